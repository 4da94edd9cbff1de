"""The command line of tools/flags."""

from __future__ import annotations

import argparse
import os
import pathlib
import re
import shlex
from collections.abc import Sequence

from arguments import backend_filter, command_parser, name_filter, whole_number
from measuring_program import PROGRAM, build_program, results_file
from text_table import aligned
from tool import FINE, REPOSITORY, ToolError, exit_code_of, make_folder
from workload import workload_names

from .building import Built, build, say
from .flag_sets import FLAG_SETS
from .halves import SEED, Halves, narrowed, split
from .measuring import (
    FAST,
    SAMPLES,
    SECONDS_PER_BUILD,
    SECONDS_PER_PROCESS,
    SECONDS_PER_SAMPLE,
    USUAL,
    Effort,
    facts,
    measure,
    report,
    run_command,
)
from .offered import Offered, chosen_compilers, chosen_sets, offered

DESCRIPTION = """\
Measures what compiler flags cost each dispatch technique: one library for each compiler and flag set, all interleaved in
one run, and the effect of each set on each backend as a ratio to the same backend without it."""
EPILOG = """\
examples:
  tools/flags --plan                               what would be built and measured, and how long it would take
  tools/flags --compiler clang-19 --set 'pgo|cf-.*'   some of it
  tools/flags --list                               the flag sets: what each is, and why people use it

Interrupted while it measures, it keeps what is complete. Exit codes: 0 fine; 1 a failure; 2 wrong usage; 130 and 143
interrupted by SIGINT or SIGTERM."""
DEFAULT_COMPILERS = r"clang-19|g\+\+-12"
DEFAULT_BACKENDS = (
    "switch_loop|computed_goto(_plain)?|tail_call|direct_threaded|asm_x86_64|asm_aarch64"
)
"""Those whose dispatch a compiler makes, and the assembly that flags can't change."""
BACKENDS_ABOUT = 6
"""As many does a library have unless --backend says which."""


def show_sets() -> None:
    """Prints all flag sets."""
    for flag_set in FLAG_SETS:
        print(f"{flag_set.label}: {flag_set.meaning}")
        print(f"    why    {flag_set.use}")
        print(f"    clang  {shlex.join(flag_set.clang)}")
        print(f"    g++    {shlex.join(flag_set.gcc)}")


def in_words(seconds: float) -> str:
    """A duration."""
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def show_plan(sets: Sequence[Offered], halves: Halves, effort: Effort, layouts: int) -> None:
    """Prints what would be built and measured. Nothing is built for it."""
    rows = [("compiler", "flag set", "flags")]
    for each in sets:
        rows.append(
            (
                each.compiler.label,
                each.flag_set.label,
                f"refused: {each.refused}" if each.refused else shlex.join(each.flags),
            )
        )
    print("\n".join(aligned(rows, left=len(rows[0]))))
    taken = sum(each.refused is None for each in sets)
    compilers = len({each.compiler.label for each in sets})
    libraries = (taken + compilers) * (1 + layouts)
    samples = BACKENDS_ABOUT * len(halves.measured) * SAMPLES
    seconds = samples * SECONDS_PER_SAMPLE + SECONDS_PER_PROCESS
    print(
        f"\n{taken + compilers} libraries to build, up to {in_words((taken + 2 * compilers) * SECONDS_PER_BUILD)} "
        f"(those that are there already aren't built again)"
    )
    print(f"trained with: {', '.join(halves.training)}")
    print(f"measured:     {', '.join(halves.measured)}")
    print(
        f"{libraries} libraries with about {BACKENDS_ABOUT} backends, {effort.processes} processes each: about "
        f"{in_words(libraries * effort.processes * seconds)}, and up to twice that on a machine that others disturb"
    )


def reduced(halves: Halves, most: int) -> Halves:
    """The first of the measured workloads."""
    return Halves(halves.training, halves.measured[:most])


def work(options: argparse.Namespace) -> int:
    """Plans, or builds, measures and reports; returns the exit code."""
    if options.list:
        show_sets()
        return FINE
    effort = FAST if options.fast else USUAL
    if options.processes:
        effort = Effort(options.processes, effort.workloads)
    whole = split(workload_names(), options.seed)
    halves = (
        narrowed(whole, options.workload) if options.workload else reduced(whole, effort.workloads)
    )
    compilers = chosen_compilers(options.compiler)
    chosen = chosen_sets(options.set)
    sets = [each for compiler in compilers for each in offered(compiler, chosen)]
    if options.plan:
        show_plan(sets, halves, effort, options.layouts)
        return FINE
    output = results_file(options.output, "flags")
    if options.build.exists() and not options.build.is_dir():
        raise ToolError(f"--build {options.build}: is no folder; expected one for the libraries")
    if options.harness == PROGRAM:
        say("building dispatchbench")
        build_program()
    elif not os.access(options.harness, os.X_OK):
        raise ToolError(f"{options.harness}: is no program; expected dispatchbench")
    built: list[Built] = []
    for compiler in compilers:
        own = [each for each in sets if each.compiler is compiler]
        built.append(
            build(
                compiler,
                own,
                options.build.absolute(),
                options.harness,
                halves.training,
                options.backend,
                options.layouts,
                len(os.sched_getaffinity(0)),
            )
        )
    libraries = [library for each in built for library in each.libraries]
    missing = [each for one in built for each in one.missing]
    command = run_command(
        options.harness, libraries, halves, effort.processes, options.seed, options.backend
    )
    say(f"measuring {len(libraries)} libraries with {', '.join(halves.measured)}")
    make_folder(output.parent)
    measure(command, output, facts(halves, options.seed, missing))
    folder = output.with_name(f"{output.stem}-flags")
    code = report(output, folder)
    print(f"results:  {output}")
    if code == FINE:
        print(f"chart:    {folder}/flags.svg (and .png and .pdf, and one for a dark background)")
    return code


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures flag sets; returns the exit code."""
    parser = command_parser("tools/flags", DESCRIPTION, EPILOG)
    parser.add_argument(
        "--compiler",
        metavar="RE",
        type=name_filter,
        default=re.compile(DEFAULT_COMPILERS),
        help=f"compilers whose whole name matches, of those tools/libraries --list shows (default: {DEFAULT_COMPILERS})",
    )
    parser.add_argument(
        "--set",
        metavar="RE",
        type=name_filter,
        default=re.compile(".*"),
        help="only these flag sets",
    )
    parser.add_argument(
        "--backend",
        metavar="RE",
        type=backend_filter,
        default=DEFAULT_BACKENDS,
        help=f"build and measure these backends (default: {DEFAULT_BACKENDS})",
    )
    parser.add_argument(
        "--workload",
        metavar="RE",
        type=name_filter,
        help="only these workloads of the measured half",
    )
    parser.add_argument(
        "--fast",
        action="store_true",
        help=f"{FAST.workloads} workloads and {FAST.processes} processes instead of {USUAL.workloads} and {USUAL.processes}",
    )
    parser.add_argument(
        "--processes",
        metavar="N",
        type=whole_number(2, 1000),
        help="exactly so many processes per library",
    )
    parser.add_argument(
        "--layouts",
        metavar="N",
        type=whole_number(0, 100),
        default=0,
        help="also N layouts of each library: the layout is then what intervals are over (8 or more; default: none)",
    )
    parser.add_argument(
        "--seed",
        type=whole_number(0, 2**63),
        default=SEED,
        help="seed of the split into halves and of the run's orders (default: %(default)s)",
    )
    parser.add_argument(
        "--build",
        metavar="FOLDER",
        type=pathlib.Path,
        default=REPOSITORY / "build/flags",
        help="folder for the libraries (default: build/flags)",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=pathlib.Path,
        help="results (default: a new folder in results/)",
    )
    parser.add_argument(
        "--harness",
        metavar="PATH",
        type=lambda text: pathlib.Path(text).absolute(),
        default=PROGRAM,
        help="the dispatchbench program (default: build/clang/dispatchbench, which is built)",
    )
    parser.add_argument(
        "--plan", action="store_true", help="only say what would be done; builds nothing"
    )
    parser.add_argument("--list", action="store_true", help="only list the flag sets")
    options = parser.parse_args(arguments)
    return exit_code_of("tools/flags", lambda: work(options))
