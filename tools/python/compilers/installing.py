"""Installs compilers: finds the suite, fetches and unpacks what is missing, and lists what is complete."""

from __future__ import annotations

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from typing import Any

from tool import ToolError, finished

from .apt import Apt, Package
from .available import From, Suite, fetched_suite
from .installed import program_names
from .prefix import Prefix
from .suites import SUITES
from .unpacked import UnpackedPackages
from .wanted import Wanted, upstream_version
from .wrappers import write_wrapper

MEGABYTE = 1_000_000


class Installation:
    """Installs one compiler after the other into a prefix."""

    def __init__(self, prefix: Prefix, place: From) -> None:
        self._prefix = prefix
        self._from = place
        self._suites: dict[str, Suite] = {}

    def _suite(self, name: str) -> Suite:
        if name not in self._suites:
            self._suites[name] = fetched_suite(self._prefix.folder, self._from, name)
        return self._suites[name]

    def install(self, wanted: Wanted, programs: Sequence[str] = ()) -> None:
        """Installs something unless it is there. `programs` are further ones of a package, as paths in it."""
        begin = time.monotonic()
        suite, name, version = self._found(wanted)
        if name in self._prefix.entries():
            print(f"{name}: is installed already")
            return
        apt = self._suite(suite).apt
        try:
            packages = apt.closure([wanted.package, *wanted.further])
        except ToolError as error:
            raise ToolError(f"{name}: {suite} can't provide it now. apt says:\n{error}") from error
        new = [package for package in packages if not self._prefix.unpacked.has(package)]
        size = sum(package.size for package in new)
        print(
            f"{name}: {len(packages)} packages of {suite}; {len(new)} to fetch, {size / MEGABYTE:.0f} MB",
            flush=True,
        )
        self._fetch(apt, name, new)
        _unpack_all(self._prefix.unpacked, new, apt.fetched)
        tree = self._prefix.tree(suite, name)
        self._prefix.unpacked.make_tree(packages, tree)
        exact = {package.name: package.version for package in packages}
        entry: dict[str, Any] = {
            "name": name,
            "version": upstream_version(version),
            "suite": suite,
            "packages": exact,
        }
        own = self._prefix.unpacked.folder(wanted.package, exact[wanted.package])
        made = self._write_wrappers(wanted, entry, tree, _programs(wanted, name, own, programs))
        if wanted.is_compiler:
            entry["version"] = _said_version(made[-1]) or entry["version"]
        else:
            entry["programs"] = [wrapper.name for wrapper in made]
        self._prefix.write_entries(self._prefix.entries() | {name: entry})
        took = time.monotonic() - begin
        print(
            f"{name}: {entry['version']} ({version}) in {took:.0f} s: {made[-1] if made else tree}"
        )

    def _found(self, wanted: Wanted) -> tuple[str, str, str]:
        """The suite, the name and the package's version of what is wanted."""
        order = SUITES[:-1][::-1] if wanted.newest else SUITES
        for suite in order if self._from.suite is None else [self._from.suite]:
            there = self._suite(suite)
            if wanted.is_compiler:
                name = wanted.among(there.compilers)
                if name is not None:
                    return suite, name, there.compilers[name]
            elif wanted.package in there.apt.names():
                fields = there.apt.newest([wanted.package])[wanted.package]
                return suite, wanted.name, fields["Version"]
        searched = ", ".join(self._suites)
        if not wanted.is_compiler:
            raise ToolError(f"{wanted.name}: no such package in {searched}; choose another --suite")
        names = {name for suite in self._suites.values() for name in suite.compilers}
        known = " ".join(sorted(names, key=_by_number)) or "no compilers"
        raise ToolError(f"{wanted.name}: not in {searched}; there are: {known}")

    def _fetch(self, apt: Apt, name: str, packages: Sequence[Package]) -> None:
        try:
            apt.fetch(packages)
        except ToolError as error:
            raise ToolError(
                f"{name}: its packages can't be fetched; nothing was installed. Check the network and the room on the "
                f"disk, and install again: what is complete is not fetched again. apt says:\n{error}"
            ) from error

    def _write_wrappers(
        self, wanted: Wanted, entry: dict[str, Any], tree: pathlib.Path, programs: Sequence[str]
    ) -> list[pathlib.Path]:
        made = []
        for program in programs:
            if not os.access(tree / program, os.X_OK):
                raise ToolError(
                    f"{wanted.name}: {program}: no program of its packages has this path"
                )
            wrapper = self._prefix.wrapper(pathlib.PurePath(program).name)
            if program == "usr/bin/rustc":
                wrapper = self._prefix.wrapper(str(entry["name"]))
            taken = [
                other["name"]
                for other in self._prefix.entries().values()
                if wrapper.name in (*program_names(other["name"]), *other.get("programs", []))
            ]
            if taken:
                raise ToolError(
                    f"{wanted.name}: {wrapper.name} is a program of {taken[0]}; remove that first"
                )
            exact = f"{wanted.package} {entry['packages'][wanted.package]}"
            title = f"{wrapper.name} of Debian's {entry['suite']} ({exact})"
            write_wrapper(wrapper, title, tree, program, is_compiler=wanted.is_compiler)
            made.append(wrapper)
        return made


def _by_number(name: str) -> tuple[str, float]:
    family, _, number = name.rpartition("-")
    return family, float(number)


def _programs(wanted: Wanted, name: str, own: pathlib.Path, further: Sequence[str]) -> list[str]:
    """The programs, as paths in the tree, that get a wrapper."""
    if wanted.package == "rustc":
        return ["usr/bin/rustc"]
    if wanted.is_compiler:
        return [f"usr/bin/{program}" for program in program_names(name)]
    folders = [own / "usr/bin", own / "usr/games"]
    found = [path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir())]
    return [*(str(path.relative_to(own)) for path in found), *further]


def _unpack_all(
    unpacked: UnpackedPackages, packages: Sequence[Package], fetched: pathlib.Path
) -> None:
    pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
    try:
        waiting = [
            pool.submit(unpacked.unpack, package, fetched / package.file) for package in packages
        ]
        for done in concurrent.futures.as_completed(waiting):
            done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _said_version(wrapper: pathlib.Path) -> str | None:
    """The version that a compiler says it is; None, with a message, if it can't be run."""
    done = finished(
        [wrapper, "--version"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if done.returncode != 0:
        print(f"It is complete, but can't be run here: {done.stderr.strip() or done.returncode}")
        return None
    found = re.search(r"\d+\.\d+\.\d+", done.stdout)
    return found[0] if found else None


def clear_apt(prefix: Prefix) -> None:
    """Removes what apt needs no longer: .deb files, and what it computed from indexes."""
    for name in ("fetched", "cache"):
        for folder in (prefix.folder / "apt").glob(f"*/{name}"):
            shutil.rmtree(folder, ignore_errors=True)
