#!/bin/sh
# Starts a browser that can't outlive its host. puppeteer calls it in place of the browser, in a process group of its own:
#
#   DISPATCHBENCH_BROWSER=PROGRAM DISPATCHBENCH_BROWSER_FOLDER=FOLDER [DISPATCHBENCH_BROWSER_LOG=FILE] keep.sh ARGUMENT...
#
# Standard input is a pipe that only the host holds open. When it ends, for whatever reason, SIGKILL too, the watcher ends the
# browser's process group and removes FOLDER. It is in no such group itself, so whoever ends the browser doesn't end it.
set -eu
# The browser's processes may still write while they end.
# shellcheck disable=SC2016  # The watcher's variables.
watch='cat; kill -s KILL -- "-$1"; for _ in 1 2 3 4 5; do rm -rf -- "$2" && exit; sleep 0.2; done'
exec 9<&0 # A shell gives what it starts in the background no standard input.
setsid sh -c "$watch" watcher "$$" "${DISPATCHBENCH_BROWSER_FOLDER:?}" <&9 >/dev/null 2>&1 3>&- 4>&- 9<&- &
if [ -n "${DISPATCHBENCH_BROWSER_LOG-}" ]; then exec 2>"$DISPATCHBENCH_BROWSER_LOG"; fi
exec "${DISPATCHBENCH_BROWSER:?}" "$@" </dev/null 9<&-
