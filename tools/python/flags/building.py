"""Builds the libraries of a run with tools/libraries, and their layouts with tools/layouts."""

from __future__ import annotations

import pathlib
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from libraries.compiler import Compiler
from tool import FINE, REPOSITORY, ToolError, finished, make_folder

from .flag_sets import PGO
from .offered import Offered
from .profile import LIBRARY, profile_flags


@dataclass(frozen=True)
class Built:
    """What there is to measure."""

    libraries: tuple[pathlib.Path, ...]
    """Files, and folders of layouts."""
    missing: tuple[Offered, ...]
    """What was refused or can't be built, with the reason."""


def say(text: str) -> None:
    """Tells on standard error what happens: standard output is for results."""
    print(f"tools/flags: {text}", file=sys.stderr, flush=True)


def build(
    compiler: Compiler,
    sets: Sequence[Offered],
    output: pathlib.Path,
    harness: pathlib.Path,
    training: Sequence[str],
    backends: str,
    layouts: int,
    jobs: int,
) -> Built:
    """The base library of a compiler and one for each set that it takes, of the backends that match. Raises ToolError if
    there is no base."""
    make_folder(output)
    sets = [
        _with_profile(each, output, harness, training, backends, jobs)
        if each.flag_set.label == PGO and each.refused is None
        else each
        for each in sets
    ]
    taken = [each for each in sets if each.refused is None]
    command: list[str | pathlib.Path] = [
        REPOSITORY / "tools/libraries",
        *("--language", "c++", "--output", output, "--jobs", str(jobs)),
        *("--compiler", re.escape(compiler.label), "--backend", backends),
    ]
    for each in taken:
        command += ["--flags", f"{each.flag_set.label}={shlex.join(each.flags)}"]
    say(f"building {len(taken) + 1} libraries with {compiler.label}")
    # What tools/libraries says of its failures belongs to the terminal: it names the log.
    done = finished(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    base = output / compiler.label / LIBRARY
    if not base.is_file():
        raise ToolError(f"{base}: can't be built, for the reason above; choose another --compiler")
    libraries = [base]
    missing = [each for each in sets if each.refused is not None]
    for each in taken:
        library = output / f"{compiler.label}-{each.flag_set.label}" / LIBRARY
        if library.is_file():
            libraries.append(library)
        else:
            missing.append(replace(each, refused="the library can't be built with it"))
    if done.returncode != FINE and not missing:
        raise ToolError(f"{shlex.join(map(str, command))} failed, for the reason above")
    if layouts:
        libraries += [_layouts(library, layouts) for library in list(libraries)]
    return Built(tuple(libraries), tuple(missing))


def _with_profile(
    each: Offered,
    output: pathlib.Path,
    harness: pathlib.Path,
    training: Sequence[str],
    backends: str,
    jobs: int,
) -> Offered:
    """With the flags that use a profile, or with the reason why there is none."""
    say(f"training {each.compiler.label} with {', '.join(training)}")
    try:
        flags = profile_flags(each.compiler, output, harness, training, backends, jobs)
    except ToolError as error:
        say(f"{each.compiler.label} has no {PGO}: {error}")
        return replace(each, refused=str(error).splitlines()[0])
    return replace(each, flags=flags)


def _layouts(library: pathlib.Path, count: int) -> pathlib.Path:
    """A folder of layouts of a library."""
    folder = library.parent / "layouts"
    command: list[str | pathlib.Path] = [REPOSITORY / "tools/layouts", library.parent]
    command += ["--count", str(count), "--output", folder]
    done = finished(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    if done.returncode != FINE:
        raise ToolError(f"{shlex.join(map(str, command))} failed, for the reason above")
    return folder
