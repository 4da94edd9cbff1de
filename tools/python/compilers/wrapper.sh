#!/bin/sh
# @TITLE@. Written by tools/compilers.
# Runs a program that was unpacked and not installed, in a mount namespace of its own in which its tree's usr is /usr.
# All other folders are the system's, so that files have the same names there as anywhere.
# shellcheck disable=SC2016,SC2086  # Variables of the inner shell, and options that are several words.
tree=@TREE@
how="--user --map-root-user --mount"
# In a namespace of users root could no longer write into the folders of others.
if [ -O / ] && unshare --mount true 2>&-; then how=--mount; fi
if [ "$how" != --mount ] && ! unshare $how true 2>&-; then
  echo "$0: this kernel or container allows no mount namespaces ('unshare $how true' fails), which compilers of tools/compilers run in. Allow them (in a container: --cap-add SYS_ADMIN and no seccomp or AppArmor profile that forbids it), or use compilers of the system" >&2
  exit 126
fi
if [ ! -x "$tree/usr/bin" ]; then
  echo "$0: $tree can't be read by this user; put compilers where it can: DISPATCHBENCH_COMPILERS=FOLDER tools/compilers install" >&2
  exit 126
fi
exec unshare $how -- /bin/sh -c '
tree=$1 program=$2
shift 2
for shared in @SHARED@; do mount -n --bind "/$shared" "$tree/$shared" || exit 126; done
# The system'\''s cache of libraries names other versions.
if [ -e /etc/ld.so.cache ]; then mount -n --bind "$tree/no_cache" /etc/ld.so.cache || exit 126; fi
mount -n --rbind "$tree/usr" /usr || exit 126
PATH=$tree/usr/bin:$PATH
case $1 in -cc1*) ;; *) set -- @ARGUMENTS@ "$@" ;; esac
exec "$tree/$program" "$@"' "$0" "$tree" @PROGRAM@ "$@"
