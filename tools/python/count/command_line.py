"""The command line of tools/count."""

from __future__ import annotations

import argparse
import os
import pathlib
from collections.abc import Callable, Sequence

from arguments import (
    add_filter,
    add_harness,
    add_libraries,
    command_parser,
    label_and_path,
    library_of_preset,
    matching,
    regular_expression,
    whole_number,
)
from machine_code.elf_image import ElfImage
from libraries_file import libraries_named
from tool import ToolError, exit_code_of, write_json
from workload import Workload, load_workloads

from .callgrind import count_x86_64
from .counted import Session
from .counts_file import counts_document, merge_into_results, read_results
from .tables import handlers_table, ratios_table

DESCRIPTION = """\
Counts the processor instructions that backends execute per Uxn instruction.

An x86-64 library runs under Valgrind's callgrind. An AArch64 library runs in an emulator (Unicorn), on any machine.
Everything executed in the library between the call of a backend's run function and its return is counted; devices are not. The
same code, Valgrind and libc give the same counts, to the last instruction.

Counts are not measurements: they include no mispredictions, cache misses or latencies, and do not rank techniques.
Use them to compare two versions of one backend, and to see what a technique spends instructions on."""
EPILOG = """\
examples:
  tools/count --library build/clang/dispatchbench_backends.so --library build/gcc/dispatchbench_backends.so
  tools/count --json counts.json --results results.json        also adds the counts to the rows of a results file
  tools/count --target aarch64 --workload '^(fib|tak)$' --backend 'tail_call|asm' --handlers
  tools/count --target aarch64 --function other=other.so:other_run     your own code, void other_run(Machine*)

exit codes: 0 fine; 1 a library can't be loaded or computes something wrong; 2 wrong usage"""
PRESETS = {"x86_64": "clang", "aarch64": "aarch64"}


def count_emulated(options: argparse.Namespace, workloads: Sequence[Workload]) -> Session:
    """Counts in the emulator, which is loaded for this alone: x86-64 libraries are counted without."""
    try:
        from .emulated import count_aarch64  # pylint: disable=import-outside-toplevel
    except ImportError as error:
        raise ToolError(
            f"AArch64 libraries are counted in the emulator Unicorn, which can't be loaded ({error}): "
            "run ci/setup (package python3-unicorn)"
        ) from error
    return count_aarch64(options, workloads)


# One function a target.
Counter = Callable[[argparse.Namespace, Sequence[Workload]], Session]
TARGETS: dict[str, Counter] = {"aarch64": count_emulated, "x86_64": count_x86_64}


def target_of(options: argparse.Namespace) -> str:
    """The target asked for, or the one that the first library was built for."""
    if options.target:
        return str(options.target)
    if options.library:
        return ElfImage(label_and_path(options.library[0])[1]).target
    return "aarch64" if options.function else "x86_64"


def count_and_report(options: argparse.Namespace) -> None:
    """Counts, prints and writes what was asked for."""
    options.library = [each for text in options.library for each in libraries_named(text)]
    target = target_of(options)
    if not options.library and not options.function:
        options.library = [str(library_of_preset(PRESETS[target]))]
    everything = load_workloads()
    workloads = matching("--workload", options.workload, everything, lambda workload: workload.name)
    if options.results:
        read_results(options.results)  # Refuses a wrong file before the long part.
    session = TARGETS[target](options, workloads)
    if options.results:
        merge_into_results(session, options.results)
    if options.json:
        write_json(options.json, counts_document(session))
    if options.json == "-":
        return
    print(ratios_table(session, workloads))
    if options.handlers:
        print(handlers_table(session))
    print(
        f"Counted with {session.counter}, not measured: no mispredictions included. Counts don't rank techniques."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Counts; returns the exit code."""
    parser = command_parser("tools/count", DESCRIPTION, EPILOG)
    parser.add_argument(
        "--target", choices=sorted(TARGETS), help="default: that of the first library"
    )
    add_libraries(
        parser,
        "a backend library, or a folder of them; may be repeated (default: that of the preset clang, or aarch64)",
    )
    parser.add_argument(
        "--function",
        metavar="NAME=PATH:SYMBOL",
        action="append",
        default=[],
        help="count void SYMBOL(Machine*) of any AArch64 shared object that needs no other; may be repeated",
    )
    add_filter(parser, "--workload", "workloads")
    add_filter(parser, "--backend", "backends")
    parser.add_argument(
        "--exclude",
        metavar="RE",
        type=regular_expression,
        help="don't count functions in whose name this regular expression is found",
    )
    parser.add_argument(
        "--handlers", action="store_true", help="also show the functions with the most instructions"
    )
    parser.add_argument("--json", metavar="FILE", help="write the counts to FILE ('-': only them)")
    parser.add_argument(
        "--results",
        metavar="FILE",
        type=pathlib.Path,
        help="also add the counts to the rows of this results file",
    )
    add_harness(parser)
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=whole_number(1, 1024),
        default=len(os.sched_getaffinity(0)),
        help="processes at a time (default: the processors this one may use)",
    )
    options = parser.parse_args(arguments)
    return exit_code_of("tools/count", lambda: count_and_report(options))
