"""The command line of tools/layouts."""

from __future__ import annotations

import argparse
import pathlib
from collections.abc import Sequence

from arguments import command_parser, whole_number
from libraries_file import NAME
from machine_code.declared import read_declared_library
from tool import exit_code_of

from .linking import LIBRARY, read_link
from .variants import build_variants

DESCRIPTION = """\
Links layout variants of a backend library: the same object files in another order, with other padding.

Where code lies decides how it shares the processor's caches and predictors, which can move a time by more than the
change under test. Variants that differ in nothing else show by how much. Nothing is compiled: the build's link command
runs again for each variant, with its objects shuffled and a padding object in front of each."""
EPILOG = f"""\
{NAME} in the folder says what each variant is a layout of. Measure them beside the original:
  dispatchbench run --library build/clang/{LIBRARY} --library build/clang/layouts"""


def make(options: argparse.Namespace) -> None:
    """Links and prints how many."""
    build: pathlib.Path = options.build
    read_link(
        build.resolve()
    )  # Says what is wrong with the folder before anything reads the library.
    label = options.label or read_declared_library(build / LIBRARY).label
    output = options.output or build / "layouts"
    made = build_variants(build, output, label, options.count, options.seed)
    print(f"{len(made)} variants of {build / LIBRARY} in {output}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Links variants; returns the exit code."""
    parser = command_parser("tools/layouts", DESCRIPTION, EPILOG)
    parser.add_argument("build", type=pathlib.Path, help="build folder, for example build/clang")
    parser.add_argument(
        "--count",
        type=whole_number(1, 10_000),
        default=8,
        help="variants to build (default: %(default)s)",
    )
    parser.add_argument(
        "--output", type=pathlib.Path, help="folder for them (default: BUILD/layouts)"
    )
    parser.add_argument(
        "--label",
        help="label under which the original is measured; theirs begin with it (default: the library's own)",
    )
    parser.add_argument(
        "--seed",
        type=whole_number(0, 2**64),
        default=1,
        help="seed of orders and padding (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    if options.label is not None and (
        not options.label or any(character in options.label for character in "/= \t")
    ):
        parser.error(f'--label "{options.label}": expected a name without slash, space or "="')
    return exit_code_of("tools/layouts", lambda: make(options))
