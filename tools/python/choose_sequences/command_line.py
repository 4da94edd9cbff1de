"""The command line of tools/choose_sequences."""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import subprocess
from collections.abc import Sequence
from typing import Any

from arguments import add_harness, command_parser, whole_number
from tool import REPOSITORY, ToolError, exit_code_of, finished, read_object, write_text

from .choosing import chosen_sequences
from .sequence_list import LIST, SIZES, listed, text_of
from .straight_runs import Opcodes, Program, dispatches, halves, programs_of

DESCRIPTION = """\
Chooses the sequences of opcodes that backends/threaded fuses, from what half of the workloads execute, and judges them on
the other half.

Half: every other workload by name. Each step takes the sequence that saves most dispatches beside those chosen before; it
counts with what it saves in all programs but the one where it saves most. When no more saves anything, pairs follow by how
often other programs may be expected to execute them. The table says how many handlers run per instruction: 1 without
fusing."""
EPILOG = f"""\
examples:
  tools/choose_sequences                     chooses, and says what that gives
  tools/choose_sequences --write             the same, and writes {LIST.relative_to(REPOSITORY)}
  tools/choose_sequences --check             fails if the list in the tree is another

exit codes: 0 fine; 1 a program failed, or the list is another; 2 wrong usage"""


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    result = command_parser("tools/choose_sequences", DESCRIPTION, EPILOG)
    result.add_argument(
        "--count",
        metavar="N",
        type=whole_number(1, 10_000),
        default=SIZES[-1],
        help="how many sequences (default: %(default)s)",
    )
    result.add_argument(
        "--profile",
        metavar="FILE",
        type=pathlib.Path,
        help="what `dispatchbench profile --json` printed (default: it is run on the workloads)",
    )
    result.add_argument("--write", action="store_true", help="writes the list into the tree")
    result.add_argument(
        "--check", action="store_true", help="fails unless the list in the tree is the one chosen"
    )
    add_harness(result)
    return result


def profile_of_workloads(harness: pathlib.Path) -> dict[str, Any]:
    """Profiles the workloads."""
    command = [str(harness), "profile", "--json"]
    try:
        done = finished(command, stdout=subprocess.PIPE)
    except OSError as error:
        raise ToolError(
            f"{harness}: {error.strerror}; build it with 'cmake --build --preset clang', or name one with --harness"
        ) from error
    if done.returncode != 0:
        raise ToolError(f"{' '.join(command)} failed, see above (exit code {done.returncode})")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def table(
    sizes: Sequence[int], chosen: Sequence[Opcodes], halves_of: Sequence[Sequence[Program]]
) -> str:
    """How many handlers run per instruction in each half, with so many sequences."""
    lines = [
        "handlers per instruction (geometric mean)",
        f"{'sequences':>9} {'chosen on':>10} {'judged on':>10}",
    ]
    for size in sizes:
        means = [
            statistics.geometric_mean(dispatches(program, set(chosen[:size])) for program in half)
            for half in halves_of
        ]
        lines.append(f"{size:>9} {means[0]:>10.3f} {means[1]:>10.3f}")
    names = [", ".join(program.name for program in half) for half in halves_of]
    return "\n".join([*lines, f"chosen on: {names[0]}", f"judged on: {names[1]}"])


def run(options: argparse.Namespace) -> None:
    """Chooses and reports."""
    profile = (
        profile_of_workloads(options.harness)
        if options.profile is None
        else read_object(options.profile, "make it with 'dispatchbench profile --json'")
    )
    both = halves(programs_of(profile))
    chosen = chosen_sequences(both[0], options.count)
    sizes = [size for size in SIZES if size < len(chosen)] + [len(chosen)]
    print(table(sizes, chosen, both))
    if options.check and listed(LIST.read_text()) != chosen:
        raise ToolError(
            f"{LIST}: isn't what is chosen from the workloads; write it with 'tools/choose_sequences --write'"
        )
    if options.write:
        write_text(LIST, text_of(chosen))


def main(arguments: Sequence[str]) -> int:
    """Runs the command; returns its exit code."""
    options = parser().parse_args(arguments)
    return exit_code_of("tools/choose_sequences", lambda: run(options))
