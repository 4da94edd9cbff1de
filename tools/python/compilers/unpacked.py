"""Packages unpacked once each, and trees of hard links to them: one for each compiler, however many share a package.

Whatever is not complete lies in the folder `unfinished`, and is moved to its place by one rename.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator

from tool import ToolError, finished

from .apt import Package

LEFT_OUT = ("doc", "info", "locale", "man")  # of usr/share: nothing that runs reads them
MERGED = ("bin", "include", "lib", "lib64", "sbin")
"""Folders that are links into usr. Debian has no /include, but clang calls a header lib/gcc/../../include/x, and ninja
shortens that to include/x without a look at where lib leads."""


class UnpackedPackages:
    """The folder of a prefix that holds packages."""

    def __init__(self, prefix: pathlib.Path) -> None:
        self._packages = prefix / "packages"
        self._unfinished = prefix / "unfinished"

    def folder(self, name: str, version: str) -> pathlib.Path:
        """Where a package's files are, if it has been unpacked."""
        return self._packages / f"{name}_{version}"

    def has(self, package: Package) -> bool:
        """Whether a package has been unpacked."""
        return self.folder(package.name, package.version).is_dir()

    @contextlib.contextmanager
    def _new_folder(self) -> Iterator[pathlib.Path]:
        """An empty folder, of which nothing is left unless it is moved elsewhere."""
        self._unfinished.mkdir(parents=True, exist_ok=True)
        folder = pathlib.Path(tempfile.mkdtemp(dir=self._unfinished))
        folder.chmod(0o755)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def unpack(self, package: Package, deb: pathlib.Path) -> None:
        """Unpacks a package and removes its .deb."""
        with self._new_folder() as folder:
            options = [f"--exclude=./usr/share/{name}" for name in LEFT_OUT]
            options += ["--no-same-owner", "--no-same-permissions", f"--directory={folder}"]
            pipe = 'deb=$1; shift; dpkg-deb --fsys-tarfile "$deb" | tar --extract --file=- "$@"'
            command = ["bash", "-o", "pipefail", "-c", pipe, "unpack", str(deb), *options]
            done = finished(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, umask=0o022)
            if done.returncode != 0:
                deb.unlink(missing_ok=True)  # It may be damaged; the next try fetches it again.
                first = done.stderr.strip().partition("\n")[0] or "no reason given"
                raise ToolError(
                    f"{package.name} {package.version}: can't be unpacked ({first}); nothing was installed. "
                    "Make room if the disk is full, and install again: what is complete is not fetched again"
                )
            self._packages.mkdir(exist_ok=True)
            folder.rename(self.folder(package.name, package.version))
        deb.unlink(missing_ok=True)

    def make_tree(self, packages: Iterable[Package], tree: pathlib.Path) -> None:
        """Makes a tree of these packages, in place of an unlisted one that a killed installation left."""
        with self._new_folder() as folder:
            for name in MERGED:
                (folder / "usr" / name).mkdir(parents=True)
                (folder / name).symlink_to(f"usr/{name}")
            # Where those of the system are bound.
            for name in ("usr/share", "usr/local", "etc"):
                (folder / name).mkdir(exist_ok=True)
            for package in packages:
                _link_into(self.folder(package.name, package.version), folder)
            if (folder / "usr/bin/gcc").exists() and not (folder / "usr/bin/cc").exists():
                (folder / "usr/bin/cc").symlink_to(
                    "gcc"
                )  # As the package's script would; rustc links with it.
            (folder / "no_cache").touch()
            tree.parent.mkdir(exist_ok=True)
            self.remove_tree(tree)
            folder.rename(tree)

    def remove_tree(self, tree: pathlib.Path) -> None:
        """Removes a tree: at once for everybody who looks, then file by file."""
        if tree.exists():
            with self._new_folder() as folder:
                tree.rename(folder / "removed")

    def sweep(self) -> None:
        """Removes what killed installations left. Only for the holder of the prefix's lock."""
        shutil.rmtree(self._unfinished, ignore_errors=True)

    def keep_only(self, packages: Iterable[tuple[str, str]]) -> None:
        """Removes all other packages, which no tree uses."""
        kept = {self.folder(name, version) for name, version in packages}
        if self._packages.is_dir():
            for folder in self._packages.iterdir():
                if folder not in kept:
                    self.remove_tree(folder)
            if not kept:
                self._packages.rmdir()


def _link_into(source: pathlib.Path, target: pathlib.Path) -> None:
    """Adds the files of a folder to another, as hard links."""
    for entry in os.scandir(source):
        place = target / entry.name
        if entry.is_dir(follow_symlinks=False):
            place.mkdir(exist_ok=True)
            _link_into(pathlib.Path(entry.path), place)
        elif not place.is_dir():  # A package may bring links such as /bin, too.
            place.unlink(missing_ok=True)
            if entry.is_symlink():
                place.symlink_to(os.readlink(entry.path))
            else:
                try:
                    os.link(entry.path, place)
                except PermissionError:  # What a file system without hard links says.
                    shutil.copy2(entry.path, place)
