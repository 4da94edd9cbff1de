"""A dump of generated code as a table for people, and the disassembly of one block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from machine_code.instruction import Flow
from text_table import aligned
from tool import WrongUsage

from .disassembly import jump_to, labels, line
from .generated_code import Block, GeneratedCode
from .generated_figures import COUNTED, block_figures, checked_stacks, checks_store, many

LARGEST = 10  # So many blocks are in the table; all of them are in the JSON.


def _per_opcode(figures: Mapping[str, Any], key: str) -> str:
    return f"{figures[key] / figures['opcodes']:.2f}" if figures["opcodes"] else "-"


def generated_summary(name: str, figures: Mapping[str, Any]) -> str:
    """The figures for people."""
    rows = [["", "in all", "per opcode"]]
    rows += [
        [title, str(figures[key]), _per_opcode(figures, key)] for key, title in COUNTED.items()
    ]
    lines = [
        f"{name}: code that {figures['backend']} generated ({figures['target']})",
        figures["label"],
        f"left to the interpreter: {many(figures['interpreted'], 'opcode')}; "
        f"overwritten by the program: {many(figures['stale'], 'block')}",
        "",
        *aligned(rows),
        "",
    ]
    for title, key in (("calls", "called"), ("jumps to stubs", "stub_jumps")):
        counts = ", ".join(f"{what} {count}" for what, count in figures[key].items())
        lines.append(f"{title}: {counts or 'none'}")
    return "\n".join([*lines, "", *_largest(figures["blocks"])])


def _largest(blocks: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The blocks with the most opcodes."""
    chosen = sorted(blocks, key=lambda pc: (-blocks[pc]["opcodes"], pc))[:LARGEST]
    if not chosen:
        return ["No block is compiled at the program's end."]
    columns = (
        ("opcodes", "opcodes"),
        ("instructions", "instructions"),
        ("used_instructions", "not rare"),
        ("direct_jumps", "direct"),
        ("indirect_jumps", "indirect"),
        ("calls", "calls"),
        ("code_bytes", "bytes"),
    )
    rows = [["block", *(title for _, title in columns)]]
    rows += [[pc, *(str(blocks[pc][key]) for key, _ in columns)] for pc in chosen]
    left_out = len(blocks) - len(chosen)
    more = [f"{left_out} smaller blocks are in --json FILE"] if left_out else []
    return [*aligned(rows), *more]


def block_view(code: GeneratedCode, address: int) -> str:
    """One block's annotated disassembly, its opcodes first."""
    block = next((one for one in code.blocks if one.pc == address), None)
    if block is None:
        known = ", ".join(f"{one.pc:04x}" for one in code.blocks)
        raise WrongUsage(
            f"--block {address:04x}: not in {code.image.path}; it has {known or 'no blocks'}"
        )
    figures = block_figures(code, block)
    lines = [
        f"{code.backend}: block {address:04x}",
        f"{many(figures['opcodes'], 'opcode')}, {figures['instructions']} instructions, "
        f"{figures['used_instructions']} not on rare paths, {figures['code_bytes']} bytes",
        "  ".join(block.opcodes),
    ]
    named = labels(block.instructions)
    notes = _notes(code, block)
    for instruction in block.instructions:
        text = instruction.text
        if instruction.target is not None:
            place = code.leads_out(instruction) or named[instruction.target]
            text = jump_to(instruction, place)
        at = instruction.address
        lines.append(line(named.get(at, ""), text, notes.get(at, "")))
    return "\n".join(lines)


def _notes(code: GeneratedCode, block: Block) -> dict[int, str]:
    """What is worth saying about instructions, by their addresses."""
    notes = {one.address: "rare" for one in block.instructions if one.address not in block.used}
    for at, name in code.called(block).items():
        notes[at] = f"calls {name}"
    for at, stack in checked_stacks(code, block).items():
        notes[at] = f"does the {stack.replace('_', ' ')} suffice?"
    for one in block.instructions:
        if one.flow is Flow.INDIRECT_JUMP:
            notes[one.address] = "where the table of blocks says"
        elif checks_store(code, one):
            notes[one.address] = "does the store hit compiled code?"
    return notes
