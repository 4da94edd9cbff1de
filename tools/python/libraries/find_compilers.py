"""Finds compilers: on PATH, in the prefix of tools/compilers, and by path."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
from collections.abc import Iterator, Sequence

from arguments import label_and_path
from compilers.installed import InstalledCompiler, installed_compilers, prefix_folder
from tool import ToolError, WrongUsage

from .compiler import Compiler, compiler_at, label_of, order_of

# Names without a version come last: they are mostly links to one with.
VERSIONED = re.compile(r"(clang\+\+|g\+\+)-\d+")
PLAIN = ("clang++", "g++", "rustc")


def _programs_on_path() -> Iterator[pathlib.Path]:
    folders = [pathlib.Path(folder) for folder in os.get_exec_path()]
    for folder in folders:
        if folder == prefix_folder() / "bin" or not folder.is_dir():
            continue
        try:
            names = sorted(name for name in os.listdir(folder) if VERSIONED.fullmatch(name))
        except PermissionError:
            continue
        yield from (folder / name for name in names if os.access(folder / name, os.X_OK))
    for name in PLAIN:
        if found := shutil.which(name):
            yield pathlib.Path(found)


def _on_path() -> Iterator[Compiler]:
    for program in _programs_on_path():
        try:
            yield compiler_at(program, "PATH")
        except (ToolError, OSError):
            pass  # A name says little; whoever means this one gives its path.


def _installed(found: InstalledCompiler) -> Compiler:
    family = "rust" if found.name.startswith("rustc") else found.name.rpartition("-")[0]
    identity = f"{found.version}, {sorted(found.packages.items())}"
    return Compiler(
        label_of(family, found.version),
        family,
        found.version,
        found.cxx,
        f"tools/compilers, {found.suite}",
        identity,
        found.packages,
    )


def found_compilers() -> list[Compiler]:
    """Every compiler on PATH and in the prefix, in order of release. Of two with one label, that on PATH."""
    compilers: dict[str, Compiler] = {}
    for compiler in [*_on_path(), *map(_installed, installed_compilers())]:
        compilers.setdefault(compiler.label, compiler)
    return sorted(compilers.values(), key=lambda compiler: order_of(compiler.label))


def compilers_by_path(arguments: Sequence[str]) -> list[Compiler]:
    """The compilers that [LABEL=]PATH arguments name. Raises ToolError or WrongUsage."""
    found: dict[str, Compiler] = {}
    for argument in arguments:
        label, path = label_and_path(argument)
        if label and not re.fullmatch(r"[\w.+@-]+", label):
            raise WrongUsage(
                f"--compiler-path {argument}: expected a label of letters, digits and +-._@"
            )
        compiler = compiler_at(_cxx(path), "--compiler-path", label)
        taken = found.setdefault(compiler.label, compiler)
        if taken is not compiler:
            raise WrongUsage(
                f"--compiler-path {argument}: the label {compiler.label} is taken by {taken.path}; choose another "
                "with --compiler-path LABEL=PATH"
            )
    return list(found.values())


def _cxx(path: pathlib.Path) -> pathlib.Path:
    """The C++ compiler beside a C compiler; what else there is, as it is."""
    if not path.is_file():
        raise ToolError(
            f"{path}: is no file; expected a compiler's program, such as /opt/llvm/bin/clang++"
        )
    # Absolute, so that a program of this folder isn't looked for on PATH.
    path = path.absolute()
    name = re.sub(r"^(.*-)?(?:clang(?!\+)|(?<![a-z])gcc)(-\d+)?$", _cxx_name, path.name)
    return path.with_name(name)


def _cxx_name(found: re.Match[str]) -> str:
    cxx = "g++" if "gcc" in found[0] else "clang++"
    return f"{found[1] or ''}{cxx}{found[2] or ''}"
