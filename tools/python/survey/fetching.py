"""Fetches the packages of a suite that are not here yet, and keeps of each the one file that is surveyed."""

from __future__ import annotations

import dataclasses
import fnmatch
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence

from compilers.apt import Apt, Package
from compilers.suites import sources
from data_folder import data_folder
from tool import ToolError

from .program_list import Program


@dataclasses.dataclass(frozen=True)
class Shipped:
    """A program as a suite ships it."""

    program: Program
    suite: str
    package: str
    version: str
    path: pathlib.Path | None  # None: the package holds no such file
    inside: str  # the file's name in the package; else why there is none


@dataclasses.dataclass(frozen=True)
class Place:
    """Where packages come from and go to."""

    prefix: pathlib.Path
    mirror: str
    keyring: pathlib.Path


def survey_prefix(chosen: pathlib.Path | None) -> pathlib.Path:
    """The folder that packages are fetched into."""
    return data_folder("DISPATCHBENCH_SURVEY", "survey") if chosen is None else chosen.absolute()


def fetch_suite(place: Place, suite: str, programs: Sequence[Program]) -> list[Shipped]:
    """The programs that a suite ships, with their files. Fetches what isn't here."""
    apt = Apt(place.prefix / "apt" / suite, sources(place.mirror, suite, place.keyring))
    try:
        apt.fetch_index()
    except ToolError as error:
        raise ToolError(
            f"suite {suite}: its index can't be fetched from {place.mirror}. "
            f"Check the network, or choose another --mirror. apt says:\n{error}"
        ) from error
    names = apt.names()
    chosen = {one.name: one.package_in(suite, names) for one in programs}
    wanted = sorted({name for name in chosen.values() if name is not None})
    fields = apt.newest(wanted)
    found = []
    for program in programs:
        package = chosen[program.name]
        if package is not None and package in fields:
            found.append(_shipped(place, apt, suite, program, fields[package]))
    shutil.rmtree(apt.fetched, ignore_errors=True)
    return found


def _shipped(
    place: Place, apt: Apt, suite: str, program: Program, fields: Mapping[str, str]
) -> Shipped:
    package, version = fields["Package"], fields["Version"]
    folder = place.prefix / "files" / suite / f"{package}_{version.replace(':', '%3a')}"
    inside = _kept(folder, program.file)
    if inside is None:
        size = int(fields.get("Size", "0"))
        apt.fetch([Package(package, version, "", size)])
        debs = sorted(apt.fetched.glob(f"{package}_*.deb"))
        if not debs:
            raise ToolError(f"{package} {version}: apt fetched no package; run tools/survey again")
        _take(debs[0], program.file, folder)
        debs[0].unlink(missing_ok=True)
        inside = _kept(folder, program.file)
    if inside is None:
        reason = f"the package has no file {program.file}"
        return Shipped(program, suite, package, version, None, reason)
    return Shipped(program, suite, package, version, folder / inside, inside)


def _kept(folder: pathlib.Path, pattern: str) -> str | None:
    """The file that was kept of a package, if it was."""
    files = [str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file()]
    return next((name for name in files if fnmatch.fnmatchcase(name, pattern)), None)


def _take(deb: pathlib.Path, pattern: str, folder: pathlib.Path) -> None:
    """Copies the files that match out of a package. Nothing else of it is unpacked, and nothing is run."""
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
                for member in archive:
                    name = member.name.removeprefix("./")
                    if member.isfile() and fnmatch.fnmatchcase(name, pattern):
                        _write(archive, member, folder / name)
        except (tarfile.TarError, EOFError) as error:
            raise ToolError(
                f"{deb.name}: can't be unpacked ({error}); make room if the disk is full, and run tools/survey again"
            ) from error


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, path: pathlib.Path) -> None:
    content = archive.extractfile(member)
    if content is None or ".." in path.parts:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as target:
        shutil.copyfileobj(content, target)
    pathlib.Path(target.name).rename(path)  # Nobody ever sees half of it.
