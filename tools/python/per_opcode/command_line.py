"""The command line of tools/per_opcode."""

from __future__ import annotations

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence

from arguments import (
    add_filter,
    add_harness,
    add_libraries,
    command_parser,
    split_at_double_dash,
)
from tool import WRONG_USAGE, ToolError, WrongUsage, exit_code_of, finished, read_object, write_json

from .costs import cost, times_by_process
from .counting_rows import counting_rows
from .micro_roms import all_opcodes, micro_rom
from .programs import Programs
from .tables import costs_document, costs_table, difference_table

DESCRIPTION = """\
Measures what each opcode costs on each backend, in nanoseconds per execution.

For each opcode, a program executes that opcode up to 100 times in a row, 4,000 times over; the same program without it is
measured too and subtracted. So each opcode runs in a chain of copies of itself: its branches are always predicted, and
it waits for what the copy before it stored on the stack. This shows which handlers differ between two backends, but not
mispredictions, so a workload's time is not the sum of its opcodes' costs. Intervals: 95 %, over processes."""
EPILOG = """\
examples:
  tools/per_opcode --between tail_call/clang,asm_x86_64/clang
  tools/per_opcode --opcode '(ADD|LDZ).*' --json costs.json
  tools/per_opcode --between switch_loop/clang,tail_call/clang --weights fib
  tools/per_opcode -- --cpu 1 --rigorous              everything after -- goes to 'dispatchbench run'

exit codes: 0 fine; 1 a program failed; 2 wrong usage"""


def run(command: list[str]) -> str:
    """The standard output of `dispatchbench`, whose messages and progress go to the terminal."""
    try:
        done = finished(command, stdout=subprocess.PIPE)
    except OSError as error:
        raise ToolError(
            f"{command[0]}: {error.strerror}; build it with 'cmake --build --preset clang', or name one "
            "with --harness"
        ) from error
    if done.returncode == WRONG_USAGE:
        raise WrongUsage("`dispatchbench run` refuses these arguments, see above")
    if done.returncode != 0:
        raise ToolError(f"{' '.join(command[:2])} failed, see above (exit code {done.returncode})")
    return done.stdout


def weights_of(harness: pathlib.Path, workload: str) -> Mapping[str, float]:
    """Each opcode's share of a workload's instructions."""
    text = run([str(harness), "profile", "--json", "--workload", f"^{re.escape(workload)}$"])
    program = json.loads(text)["programs"][0]
    return {name: count / program["instructions"] for name, count in program["opcodes"].items()}


def measure(options: argparse.Namespace) -> None:
    """Measures, prints and writes."""
    roms = {micro_rom(opcode, True).name: opcode for opcode in all_opcodes()}
    opcodes = [opcode for name, opcode in roms.items() if options.opcode.fullmatch(name)]
    if not opcodes:
        raise WrongUsage(
            f"--opcode {options.opcode.pattern}: matches no opcode that can be repeated"
        )
    weights = weights_of(options.harness, options.weights) if options.weights else None
    with tempfile.TemporaryDirectory(prefix="dispatchbench-per-opcode-") as scratch:
        folder = pathlib.Path(scratch)
        programs = Programs(folder, opcodes)
        results = folder / "results.json"
        command = [str(options.harness), "run", "--json"]
        command += ["--workloads", scratch, "--output", str(results)]
        for library in options.library:
            command += ["--library", library]
        command += ["--backend", options.backend.pattern, *options.passed_on]
        run(command)
        document = read_object(results, "measure again")
    times = times_by_process(counting_rows(document))
    backends = sorted({backend for _, backend in times})
    costs = {
        mnemonic: {
            backend: cost(times, *programs.repeated[mnemonic], backend) for backend in backends
        }
        for mnemonic in programs.repeated
    }
    if options.json:
        context = document["context"].get("dispatchbench", {})
        write_json(options.json, costs_document(costs, context))
    if options.between:
        unknown = [name for name in options.between if name not in backends]
        if unknown or len(options.between) != 2:
            raise WrongUsage(
                f"--between: expected two of {', '.join(backends)}, separated by a comma"
            )
        print(difference_table(costs, options.between, weights))
    else:
        print(costs_table(costs, backends))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures; returns the exit code."""
    words, passed_on = split_at_double_dash(sys.argv[1:] if arguments is None else arguments)
    parser = command_parser("tools/per_opcode", DESCRIPTION, EPILOG)
    add_filter(parser, "--opcode", "opcodes")
    add_filter(parser, "--backend", "backends")
    add_libraries(parser, "as for dispatchbench run")
    parser.add_argument(
        "--between",
        metavar="A,B",
        type=lambda text: text.split(","),
        help="which opcodes differ between two backends, for example tail_call/clang,asm_x86_64/clang",
    )
    parser.add_argument(
        "--weights",
        metavar="WORKLOAD",
        help="with --between: weigh each opcode by how often WORKLOAD executes it",
    )
    parser.add_argument("--json", metavar="FILE", help="write all costs to FILE")
    add_harness(parser)
    options = parser.parse_args(words)
    options.passed_on = passed_on
    if options.weights and not options.between:
        parser.error("--weights needs --between")
    return exit_code_of("tools/per_opcode", lambda: measure(options))
