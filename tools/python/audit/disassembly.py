"""Lines of annotated disassembly."""

from __future__ import annotations

from collections.abc import Iterable

from machine_code.instruction import Instruction


def labels(instructions: Iterable[Instruction]) -> dict[int, str]:
    """A label for each of these instructions that one of them jumps to, by its address."""
    shown = list(instructions)
    addresses = {instruction.address for instruction in shown}
    found: dict[int, str] = {}
    for instruction in shown:
        target = instruction.target
        if target is not None and target in addresses and target not in found:
            found[target] = f"L{len(found) + 1}"
    return found


def jump_to(instruction: Instruction, place: str) -> str:
    """A direct jump, branch or call, with `place` for where it leads."""
    text = f"{instruction.mnemonic} {instruction.operands.rpartition(',')[0]}".rstrip()
    return text + (", " if "," in instruction.operands else " ") + place


def line(label: str, text: str, note: str) -> str:
    """One line; label and note may be empty."""
    heading = f"{label}:" if label else ""
    return f"{heading:4}{text:38}{'; ' + note if note else ''}".rstrip()
