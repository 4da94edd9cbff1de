"""The command line of tools/wasm."""

from __future__ import annotations

import argparse
import os
import pathlib
import shlex
import subprocess
import sys
from collections.abc import Sequence

from arguments import add_filter, command_parser, matching
from measuring_program import NATIVE_LIBRARY, PROGRAM, build_program, results_file
from text_table import aligned
from tool import FINE, REPOSITORY, WrongUsage, exit_code_of, finished, make_folder

from .building import build_modules, list_engines
from .demo import write_demo
from .engine import Engine, Missing
from .engines import found_engines
from .measuring import measure, report, start_cold
from .standalone import compile_ahead

DESCRIPTION = """\
Builds the backends as a WebAssembly module and measures them in every engine that is here, with the native library beside
them. Each engine is measured twice: as users get it, and with its best compiler alone (label `-top`)."""
EPILOG = """\
examples:
  tools/wasm --list                     the engines, and how to get those that are missing
  tools/wasm --engine 'node-26.*|js140' some of them
  tools/wasm --verify                   only verifies: opcode vectors, random programs and workloads, all backends
  tools/wasm --cold                     how long the first instructions take, compiling the module included
  tools/wasm -- --fast --workload fib   what follows -- goes to 'dispatchbench run' (or verify, or cold)
  tools/wasm --demo page.html           a page that runs the comparison in a reader's own browser

What is measured is verified first, row by row. Interrupted while it measures, it keeps what is complete. Exit codes: 0 fine;
1 a failure; 2 wrong usage; 130 and 143 interrupted by SIGINT or SIGTERM."""


def show_engines(
    engines: Sequence[Engine], missing: Sequence[Missing], folder: pathlib.Path
) -> None:
    """Prints what is here and what isn't."""
    rows = [("engine", "started with, or how to get it")]
    rows += [(engine.label, shlex.join(engine.command_for(folder))) for engine in engines]
    rows += [(each.label, f"isn't here: {each.remedy}") for each in missing]
    print("\n".join(aligned(rows, left=2)))


def built(options: argparse.Namespace) -> pathlib.Path:
    """Builds the program, the native library and the modules; returns the folder of these."""
    folder: pathlib.Path = options.build.absolute()
    build_program("dispatchbench_backends")
    build_modules(folder, len(os.sched_getaffinity(0)))
    return folder


def make_demo(options: argparse.Namespace) -> int:
    """Builds the modules and writes the demo page; returns the exit code."""
    if options.output or options.run_options:
        raise WrongUsage("--demo: measures nothing here; leave out --output and what follows --")
    page = results_file(options.demo, "demo", "--demo")
    write_demo(page, built(options), PROGRAM, NATIVE_LIBRARY)
    return FINE


def work(options: argparse.Namespace) -> int:
    """Builds, then verifies or measures; returns the exit code."""
    if options.demo:
        return make_demo(options)
    engines, missing = found_engines()
    if options.list:
        show_engines(engines, missing, options.build.absolute())
        return FINE
    chosen = matching("--engine", options.engine, engines, lambda engine: engine.label)
    if options.cold:
        chosen = [engine for engine in chosen if engine.starts_cold]
        if not chosen:
            raise WrongUsage(
                f"--cold: {options.engine.pattern} can't measure how long it compiles; expected an engine with JavaScript"
            )
    output = results_file(options.output, "wasm")
    folder = built(options)
    compile_ahead(folder, chosen)
    list_engines(folder, chosen)
    for each in missing:
        print(f"tools/wasm: {each.label} isn't here: {each.remedy}", file=sys.stderr)
    if options.verify:
        verify = [PROGRAM, "verify", "--library", folder, *options.run_options]
        return finished(verify, stdin=subprocess.DEVNULL).returncode
    make_folder(output.parent)
    if options.cold:
        return start_cold(folder, output, options.run_options)
    code = measure(folder, output, options.run_options)
    reported = report(output)
    return code or reported


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures WebAssembly engines; returns the exit code."""
    parser = command_parser("tools/wasm", DESCRIPTION, EPILOG)
    add_filter(parser, "--engine", "engines")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="only list the engines")
    what.add_argument("--verify", action="store_true", help="only build and verify")
    what.add_argument("--cold", action="store_true", help="measure cold starts instead")
    what.add_argument(
        "--demo",
        metavar="FILE.html",
        type=pathlib.Path,
        help="only build, and write a page that runs the comparison in any browser, without a server",
    )
    parser.add_argument(
        "--build",
        metavar="FOLDER",
        type=pathlib.Path,
        default=REPOSITORY / "build/wasm",
        help="folder for the modules (default: build/wasm)",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=pathlib.Path,
        help="results (default: a new folder in results/)",
    )
    parser.add_argument(
        "run_options", nargs="*", metavar="-- OPTION", help="for 'dispatchbench run'"
    )
    options = parser.parse_args(arguments)
    return exit_code_of("tools/wasm", lambda: work(options))
