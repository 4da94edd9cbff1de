"""The command line of tools/model."""

from __future__ import annotations

import argparse
import pathlib
import sys
from collections.abc import Sequence

from arguments import add_filter, command_parser, library_of_preset
from machine_code.instruction import Instruction
from opcodes import mnemonics
from text_table import aligned
from tool import WrongUsage, exit_code_of, write_json

from . import llvm_mca
from .handlers import Handlers, library_handlers, symbol_handlers
from .llvm_mca import Modelled
from .processors import BORROWED_MODEL, DEFAULT, OWN_MODEL, description

DESCRIPTION = """\
Models AArch64 handlers on processors that LLVM knows, backends side by side: llvm-mca gets the machine code from a
handler's first instruction to its dispatch, where no access wraps around.

The figures are modelled, not measured: every load hits, no branch is mispredicted, a taken branch costs nothing, and a
value that goes through the stack in memory costs no latency. Of two ways through a handler the shorter one is modelled.
They show what a handler's instructions cost the processor's ports, and how long its chain of registers is. llvm-mca
starts an instruction as a whole: a store that also moves its address register seems to wait for the value it stores
(DUP, EQU2), which real processors don't do."""
EPILOG = f"""\
models: {", ".join(OWN_MODEL)}
LLVM lends these models to other processors, which --cpu takes and labels: {", ".join(BORROWED_MODEL)}

examples:
  tools/model --handler ADD2 --handler LIT --cpu neoverse-v2
  tools/model --sequence 'LIT2 LDZ2 INC2' --backend 'tail_call|asm.*'

exit codes: 0 fine; 1 llvm-mca or the library is missing or unusable; 2 wrong usage"""
# The opcodes that the workloads execute most, of every kind.
HOT = (
    "LIT",
    "LIT2",
    "DUP",
    "INC2",
    "ADD",
    "ADD2",
    "EQU2",
    "JCI",
    "JSR2",
    "JMP2r",
    "LDZ2",
    "LDA2",
    "STA",
)


def block_of(handlers: Handlers, names: Sequence[str]) -> list[Instruction]:
    """The handlers of several opcodes, one after the other."""
    return [instruction for name in names for instruction in handlers.way(name)]


def table(
    rows: Sequence[str], chosen: Sequence[Handlers], modelled: Sequence[Sequence[Modelled]]
) -> str:
    """Instructions and cycles, a row a handler."""
    lines = [["", *(handlers.label for handlers in chosen)]]
    for name, results in zip(rows, modelled):
        cells = [f"{result.instructions} in {result.cycles:.1f}" for result in results]
        lines.append([name, *cells])
    return "\n".join(aligned(lines))


def run(options: argparse.Namespace) -> None:
    """Models and prints."""
    known = set(mnemonics())
    sequences = [text.split() for text in options.sequence]
    if not sequences or options.handler:
        sequences = [[name] for name in options.handler or HOT] + sequences
    for name in (name for sequence in sequences for name in sequence):
        if name not in known:
            raise WrongUsage(f"{name}: not an opcode; expected a mnemonic like ADD2k")
    if not all(sequences):
        raise WrongUsage("--sequence: expected mnemonics, found nothing")
    chosen, without_handlers = library_handlers(options.library, options.backend)
    chosen += [symbol_handlers(text) for text in options.symbols]
    if not chosen:
        raise WrongUsage(
            f"--backend {options.backend.pattern}: matches no backend that has handlers; see tools/audit"
        )
    tool = llvm_mca.find()
    blocks = [block_of(handlers, names) for names in sequences for handlers in chosen]
    titles = [" ".join(names) for names in sequences]
    report = []
    for processor in options.cpu or DEFAULT:
        results = llvm_mca.model(tool, processor, blocks)
        rows = [results[at : at + len(chosen)] for at in range(0, len(results), len(chosen))]
        if options.json:
            report.append((processor, rows))
            continue
        print(f"modelled: {description(processor)}: instructions in cycles, run again and again")
        print(table(titles, chosen, rows), end="\n\n")
    for name in without_handlers:
        print(f"{name} is left out: it has no handlers, it generates code", file=sys.stderr)
    if options.json:
        write_json("-", to_json(report, titles, chosen))
    else:
        print(
            "Modelled, not measured: no mispredictions, no cache misses, no latency through memory included."
        )


def to_json(
    report: Sequence[tuple[str, Sequence[Sequence[Modelled]]]],
    titles: Sequence[str],
    chosen: Sequence[Handlers],
) -> dict[str, object]:
    """What --json prints."""
    return {
        "schema": 1,
        "kind": "modelled",
        "note": "llvm-mca; no mispredictions, no cache misses, no latency through memory in it",
        "rows": [
            {
                "processor": processor,
                "model": BORROWED_MODEL.get(processor, "its own"),
                "handlers": title,
                "backend": handlers.label,
                "instructions": result.instructions,
                "micro_operations": result.micro_operations,
                "cycles": result.cycles,
                "throughput_cycles": result.throughput,
            }
            for processor, rows in report
            for title, results in zip(titles, rows)
            for handlers, result in zip(chosen, results)
        ],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Models; returns the exit code."""
    parser = command_parser("tools/model", DESCRIPTION, EPILOG)
    parser.add_argument(
        "--library",
        metavar="PATH",
        type=pathlib.Path,
        default=library_of_preset("aarch64"),
        help="an AArch64 backend library (default: build/aarch64/dispatchbench_backends.so)",
    )
    parser.add_argument(
        "--symbols",
        metavar="NAME=PATH:PREFIX",
        action="append",
        default=[],
        help="also handlers that are symbols PREFIX + mnemonic of any shared object; may be repeated",
    )
    parser.add_argument(
        "--cpu",
        metavar="NAME",
        action="append",
        choices=[*OWN_MODEL, *BORROWED_MODEL],
        help=f"a processor; may be repeated (default: {', '.join(DEFAULT)})",
    )
    parser.add_argument(
        "--handler",
        metavar="MNEMONIC",
        action="append",
        default=[],
        help=f"an opcode; may be repeated (default: {', '.join(HOT)})",
    )
    parser.add_argument(
        "--sequence",
        metavar="'MNEMONIC ...'",
        action="append",
        default=[],
        help="opcodes that follow one another; may be repeated",
    )
    add_filter(parser, "--backend", "backends")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    return exit_code_of("tools/model", lambda: run(options))
