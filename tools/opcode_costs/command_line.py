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
from typing import Any

from tool import ToolError, exit_code_of, regular_expression, write_whole

from .costs import Cost, cost, times_by_process
from .micro_roms import NOT_CHAINABLE, REPOSITORY, MicroRom, all_opcodes, micro_rom

DESCRIPTION = """\
Measures what each opcode costs on each backend, in nanoseconds per execution.

For every opcode a program executes it up to 100 times in a row, 4,000 times over; the same program without it is
measured too and subtracted. So this is an opcode behind itself: always predicted, and waiting for what the one before
it stored on the stack. It shows which handlers differ between two backends, and no mispredictions: times of whole
workloads are not sums of it. Intervals: 95 %, over processes."""
EPILOG = """\
examples:
  tools/per_opcode --between tail_call/clang,asm_x86_64/clang
  tools/per_opcode --opcode '^(ADD|LDZ)' --json costs.json
  tools/per_opcode --between switch_loop/clang,tail_call/clang --weights fib
  tools/per_opcode -- --cpu 1 --rigorous              what stands behind -- goes to 'dispatchbench run'

exit codes: 0 fine; 1 a program failed; 2 wrong usage"""


def write_workload(folder: pathlib.Path, name: str, rom: MicroRom) -> None:
    """A workload of its own for a program."""
    (folder / name).mkdir()
    (folder / name / f"{name}.rom").write_bytes(rom.rom)
    fields = {
        "schema": 1,
        "name": name,
        "summary": f"{rom.name}, {rom.repeated} times",
        "why": "One opcode alone.",
        "input": "",
        "expected_output": "",
        "expected_error": "",
        "expected_exit_code": 0,
        "instructions": rom.instructions,
    }
    (folder / name / "workload.json").write_text(json.dumps(fields))


class Programs:
    """All programs as a folder of workloads; opcodes that need the same program without them share it."""

    def __init__(self, folder: pathlib.Path, opcodes: Sequence[int]) -> None:
        self.repeated: dict[str, tuple[str, str, int]] = {}  # mnemonic: with, without, how often
        baselines: dict[bytes, str] = {}
        for opcode in opcodes:
            rom, without = micro_rom(opcode, True), micro_rom(opcode, False)
            if without.rom not in baselines:
                baselines[without.rom] = f"without_{len(baselines)}"
                write_workload(folder, baselines[without.rom], without)
            name = f"opcode_{opcode:02x}"
            write_workload(folder, name, rom)
            self.repeated[rom.name] = (name, baselines[without.rom], rom.repeated)


def run(command: list[str]) -> str:
    """The standard output of `dispatchbench`."""
    try:
        finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    except OSError as error:
        raise ToolError(
            f"{command[0]}: {error.strerror}; build it with 'cmake --build --preset clang', or name one "
            "with --harness"
        ) from error
    if finished.returncode != 0:
        raise ToolError(
            f"{' '.join(command[:2])} failed, see above (exit code {finished.returncode})"
        )
    return finished.stdout


def weights_of(harness: str, workload: str) -> Mapping[str, float]:
    """Which share of a workload's instructions each opcode is."""
    text = run([harness, "profile", "--json", "--workload", f"^{re.escape(workload)}$"])
    program = json.loads(text)["programs"][0]
    return {name: count / program["instructions"] for name, count in program["opcodes"].items()}


Costs = Mapping[str, Mapping[str, Cost | None]]  # mnemonic -> backend/library -> cost


def table(costs: Costs, backends: Sequence[str]) -> str:
    """A row an opcode, a column a backend."""
    width = max(len(backend) for backend in backends) + 2
    lines = [
        "ns per execution".ljust(18) + "".join(name.rjust(max(width, 16)) for name in backends)
    ]
    for mnemonic, by_backend in costs.items():
        cells = []
        for backend in backends:
            found = by_backend.get(backend)
            cells.append(f"{found.nanoseconds:.2f} ± {found.half_width:.2f}" if found else "-")
        lines.append(mnemonic.ljust(18) + "".join(cell.rjust(max(width, 16)) for cell in cells))
    return "\n".join(lines)


def difference_table(
    costs: Costs, between: Sequence[str], weights: Mapping[str, float] | None
) -> str:
    """The opcodes that differ most between two backends, or make most of the difference in a workload."""
    first, second = between
    rows = []
    for mnemonic, by_backend in costs.items():
        one, two = by_backend.get(first), by_backend.get(second)
        if one is None or two is None:
            continue
        difference = one.nanoseconds - two.nanoseconds
        clear = one.low > two.high or two.low > one.high
        share = weights.get(mnemonic, 0.0) if weights is not None else 1.0
        rows.append((difference * share, mnemonic, one, two, clear, share))
    rows.sort(key=lambda row: -abs(row[0]))
    lines = [f"{first} minus {second}" + (", weighted by the workload's mix" if weights else "")]
    for weighted, mnemonic, one, two, clear, share in rows:
        if weights is not None and share == 0.0:
            continue
        text = f"  {mnemonic:7} {weighted:+7.3f} ns   {one.nanoseconds:6.2f} against {two.nanoseconds:6.2f}"
        if weights is not None:
            text += f"   {share:6.1%} of the instructions"
        lines.append(text + ("" if clear else "   (intervals overlap)"))
    if weights is not None:
        total = sum(row[0] for row in rows)
        lines.append(
            f"  sum     {total:+7.3f} ns per instruction, if each opcode cost what it costs alone"
        )
    return "\n".join(lines)


def to_json(costs: Costs, context: Mapping[str, Any]) -> dict[str, Any]:
    """What --json writes."""
    return {
        "schema": 1,
        "kind": "nanoseconds per execution of an opcode behind itself, 95 % intervals over processes",
        "context": context,
        "not_measured": NOT_CHAINABLE,
        "opcodes": {
            mnemonic: {
                backend: (
                    {"ns": found.nanoseconds, "low": found.low, "high": found.high}
                    if found
                    else None
                )
                for backend, found in by_backend.items()
            }
            for mnemonic, by_backend in costs.items()
        },
    }


def measure(options: argparse.Namespace) -> None:
    """Measures, prints and writes."""
    roms = {micro_rom(opcode, True).name: opcode for opcode in all_opcodes()}
    opcodes = [opcode for name, opcode in roms.items() if options.opcode.search(name)]
    if not opcodes:
        raise ValueError(
            f"--opcode {options.opcode.pattern}: matches no opcode that can be repeated"
        )
    weights = weights_of(options.harness, options.weights) if options.weights else None
    with tempfile.TemporaryDirectory(prefix="dispatchbench-per-opcode-") as scratch:
        folder = pathlib.Path(scratch)
        programs = Programs(folder, opcodes)
        results = folder / "results.json"
        command = [
            options.harness,
            "run",
            "--workloads",
            scratch,
            "--output",
            str(results),
            "--json",
        ]
        for library in options.library:
            command += ["--library", library]
        command += ["--backend", options.backend, *options.passed_on]
        run(command)
        document = json.loads(results.read_text())
    times = times_by_process(document["benchmarks"])
    backends = sorted({backend for _, backend in times})
    costs = {
        mnemonic: {
            backend: cost(times, *programs.repeated[mnemonic], backend) for backend in backends
        }
        for mnemonic in programs.repeated
    }
    if options.json:
        context = document["context"].get("dispatchbench", {})
        text = json.dumps(to_json(costs, context), indent=1) + "\n"
        write_whole(pathlib.Path(options.json), text)
    if options.between:
        unknown = [name for name in options.between if name not in backends]
        if unknown or len(options.between) != 2:
            raise ValueError(
                f"--between: expected two of {', '.join(backends)}, separated by a comma"
            )
        print(difference_table(costs, options.between, weights))
    else:
        print(table(costs, backends))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures; returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    passed_on: list[str] = []
    if "--" in words:
        passed_on = words[words.index("--") + 1 :]
        words = words[: words.index("--")]
    parser = argparse.ArgumentParser(
        prog="tools/per_opcode",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--opcode",
        metavar="RE",
        type=regular_expression,
        default=re.compile(""),
        help="only matching opcodes",
    )
    parser.add_argument("--backend", metavar="RE", default="", help="only matching backends")
    parser.add_argument(
        "--library",
        metavar="LABEL=PATH",
        action="append",
        default=[],
        help="as for dispatchbench run",
    )
    parser.add_argument(
        "--between",
        metavar="A,B",
        type=lambda text: text.split(","),
        help="which opcodes differ between two backends, for example tail_call/clang,asm_x86_64/clang",
    )
    parser.add_argument(
        "--weights",
        metavar="WORKLOAD",
        help="with --between: weigh by how often WORKLOAD executes each",
    )
    parser.add_argument("--json", metavar="FILE", help="write all costs to FILE")
    parser.add_argument(
        "--harness",
        metavar="PATH",
        default=str(REPOSITORY / "build" / "clang" / "dispatchbench"),
        help="default: that of the preset clang",
    )
    options = parser.parse_args(words)
    options.passed_on = passed_on
    if options.weights and not options.between:
        parser.error("--weights needs --between")
    return exit_code_of("tools/per_opcode", lambda: measure(options))
