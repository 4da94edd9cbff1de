"""The command line of tools/libraries."""

from __future__ import annotations

import argparse
import functools
import os
import pathlib
import re
import shlex
import sys
from collections.abc import Sequence

from arguments import add_filter, backend_filter, command_parser, whole_number
from text_table import aligned
from tool import FAILURE, FINE, REPOSITORY, ToolError, WrongUsage, exit_code_of, make_folder

from .build_library import build_library
from .child_processes import results_of
from .compiler import Compiler
from .find_compilers import compilers_by_path, found_compilers
from .listed import check_labels, update_list
from .wanted import Outcome, WantedLibrary

DESCRIPTION = """\
Builds one backend library per compiler: build/libraries/LABEL/dispatchbench_backends.so, with its audit and with what it took to
compile each backend (.build.json). libraries.json in the folder lists them all, in order of release.

Compilers are clang++-N, g++-N and rustc on PATH, those that tools/compilers installed, and those given by path. What hasn't
changed isn't built again. A backend on which a compiler fails is left out of its library, with the reason; a compiler
that fails altogether is reported at the end."""
EPILOG = """\
examples:
  tools/libraries --list                               the compilers there are
  tools/libraries --compiler 'clang-(18|19)|g\\+\\+-.*'  some of them
  tools/libraries --flags O3=-O3 --flags cet=-fcf-protection=full     clang-19, clang-19-O3, clang-19-cet, ...
  tools/libraries --backend 'tail_call|asm_x86_64'     libraries of these backends alone, which are built sooner
  tools/libraries --levels                             each compiler at -O0 to -Os, into build/levels
  build/clang/dispatchbench run --library build/libraries             measures them all

exit codes: 0 fine; 1 a library can't be built; 2 wrong usage"""
LEVELS = ("O0", "Og", "O1", "O2", "O3", "Os")
FLAG_LABEL = re.compile(r"[A-Za-z0-9][\w.+-]*")


def level_flags(family: str) -> dict[str, tuple[str, ...]]:
    """A family's flags for each optimisation level it has."""
    if family == "rust":
        return {name: (f"-Copt-level={name[1:]}",) for name in LEVELS if name != "Og"}
    # g++ 16 suspects at -O0 and -Og that a handler's tail call outlives a variable it points to. Whether the code is wrong is
    # what is to be found out.
    further = ("-Wno-maybe-musttail-local-addr",) if family == "g++" else ()
    return {name: (f"-{name}", *further) for name in LEVELS}


def flag_set(text: str) -> tuple[str, tuple[str, ...]]:
    """The type of --flags: a label and flags."""
    label, equals, flags = text.partition("=")
    if not equals or not FLAG_LABEL.fullmatch(label):
        raise argparse.ArgumentTypeError(
            f"found {text!r}, expected LABEL=FLAGS with a label of letters, digits and +-._"
        )
    try:
        words = tuple(shlex.split(flags))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r}: {error}; expected flags as in a shell"
        ) from error
    if not words:
        raise argparse.ArgumentTypeError(f"{text!r}: expected flags after {label}=, as in O3=-O3")
    if any(not word.isprintable() or ";" in word for word in words):
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected flags without semicolons and control characters"
        )
    return label, words


def chosen_compilers(options: argparse.Namespace) -> list[Compiler]:
    """The compilers asked for. Raises WrongUsage if there are none."""
    if options.compiler_path:
        known = compilers_by_path(options.compiler_path)
    else:
        known = found_compilers()
    chosen = [
        compiler
        for compiler in known
        if options.compiler.fullmatch(compiler.label)
        and options.language in (None, compiler.language)
        and (compiler.packages or not options.installed)
    ]
    if chosen:
        return chosen
    if not known:
        raise ToolError(
            "no compiler found: neither clang++-N, g++-N or rustc on PATH nor any that tools/compilers installed; "
            "install one, or name one with --compiler-path"
        )
    further = f" with --language {options.language}" if options.language else ""
    further += " and --installed" if options.installed else ""
    raise WrongUsage(
        f"--compiler {options.compiler.pattern}{further}: matches none of "
        + ", ".join(compiler.label for compiler in known)
    )


def wanted_libraries(
    options: argparse.Namespace, compilers: Sequence[Compiler]
) -> list[WantedLibrary]:
    """A library for each compiler, and for each compiler with each set of flags. Raises WrongUsage."""
    output: pathlib.Path = options.output.absolute()
    wanted: dict[str, WantedLibrary] = {}

    def add(compiler: Compiler, label: str | None, flags: tuple[str, ...]) -> None:
        library = WantedLibrary(
            compiler, label, flags, output, not options.levels, options.backend or ""
        )
        taken = wanted.setdefault(library.label, library)
        if taken is not library:
            raise WrongUsage(
                f"--flags {label}={shlex.join(flags)}: the label {library.label} is taken; choose another than {label}"
            )

    for compiler in compilers:
        if not options.levels:
            add(compiler, None, ())
    for compiler in compilers:
        is_rust = compiler.language == "rust"
        if options.levels:
            for label, flags in level_flags(compiler.family).items():
                add(compiler, label, flags)
        if is_rust and options.language != "rust":
            continue  # The flags are those of C++ compilers.
        for label, flags in options.flags:
            add(compiler, label, flags)
    return list(wanted.values())


def show_compilers(compilers: Sequence[Compiler], output: pathlib.Path) -> None:
    """Prints the compilers, where they are, and which have a library."""
    rows = [("compiler", "version", "released", "library", "from", "program")]
    for compiler in compilers:
        library = WantedLibrary(compiler, None, (), output)
        rows.append(
            (
                compiler.label,
                compiler.version,
                compiler.released or "unknown",
                "built" if library.file.exists() else "-",
                compiler.origin,
                str(compiler.path),
            )
        )
    print("\n".join(aligned(rows, left=len(rows[0]))))


def in_words(outcome: Outcome) -> str:
    """What became of a library."""
    if outcome.failure or outcome.built is None:
        return "FAILED, see below"
    count = len(outcome.built.costs)
    done = "unchanged" if outcome.unchanged else f"built in {outcome.seconds:.0f} s"
    lines = [f"{count} backends, {done}"]
    lines += [f"  without {name}: {why}" for name, why in outcome.built.left_out.items()]
    return "\n".join(lines)


def build_all(options: argparse.Namespace) -> int:
    """Builds, lists and prints; returns the exit code."""
    compilers = chosen_compilers(options)
    if options.list:
        show_compilers(compilers, options.output)
        return FINE
    wanted = wanted_libraries(options, compilers)
    make_folder(options.output)
    if not os.access(options.output, os.W_OK | os.X_OK):
        raise ToolError(f"{options.output}: can't be written; choose another --output")
    check_labels(options.output, wanted)
    at_a_time = min(options.jobs, len(wanted))
    work = functools.partial(build_library, jobs=max(1, options.jobs // at_a_time))
    outcomes: dict[str, Outcome] = {}
    width = max(len(library.label) for library in wanted)
    for library, outcome in results_of(wanted, work, at_a_time):
        outcomes[library.label] = outcome
        print(f"{library.label:{width}}  {in_words(outcome)}", flush=True)
        # At once, so that an interruption loses nothing.
        in_order = [outcomes[each.label] for each in wanted if each.label in outcomes]
        listed = update_list(options.output, in_order)
    failed = [outcome for outcome in in_order if outcome.failure]
    print(f"{len(listed)} libraries in {options.output}, {len(failed)} failed.")
    for outcome in failed:
        print(f"tools/libraries: {outcome.library.label}: {outcome.failure}", file=sys.stderr)
    return FAILURE if failed else FINE


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds libraries; returns the exit code."""
    parser = command_parser("tools/libraries", DESCRIPTION, EPILOG)
    add_filter(parser, "--compiler", "compilers")
    parser.add_argument(
        "--compiler-path",
        metavar="[LABEL=]PATH",
        action="append",
        default=[],
        help="this compiler, and no other that isn't given so; may be repeated",
    )
    parser.add_argument(
        "--language",
        choices=("c++", "rust"),
        help="only compilers of this language (default: both)",
    )
    parser.add_argument(
        "--installed", action="store_true", help="only compilers that tools/compilers has installed"
    )
    parser.add_argument(
        "--backend",
        metavar="RE",
        type=backend_filter,
        help="build only the C++ backends whose whole name matches this simple regular expression (default: all)",
    )
    parser.add_argument(
        "--flags",
        metavar="LABEL=FLAGS",
        type=flag_set,
        action="append",
        default=[],
        help="also a library of each compiler with these further flags, COMPILER-LABEL; may be repeated. With "
        "--language rust they are rustc's",
    )
    parser.add_argument(
        "--levels",
        action="store_true",
        help=f"each compiler at -{' -'.join(LEVELS)}, into build/levels, and not without; to be verified, so without audits",
    )
    parser.add_argument(
        "--output",
        type=pathlib.Path,
        help="folder for the libraries (default: build/libraries, with --levels build/levels)",
    )
    parser.add_argument("--list", action="store_true", help="only list the compilers")
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=whole_number(1, 1024),
        default=len(os.sched_getaffinity(0)),
        help="compilations at a time (default: the processors this one may use)",
    )
    options = parser.parse_args(arguments)
    if options.output == pathlib.Path():  # Nothing here is meant to be a folder of libraries.
        parser.error("--output: is empty or this folder; expected a folder for the libraries")
    if options.output is None:
        options.output = REPOSITORY / "build" / ("levels" if options.levels else "libraries")
    return exit_code_of("tools/libraries", lambda: build_all(options))
