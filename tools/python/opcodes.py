"""The 256 mnemonics, read from backends/isa/opcode_list.h, which defines them, and what follows an opcode."""

from __future__ import annotations

import functools
import re

from tool import REPOSITORY, ToolError

HEADER = REPOSITORY / "backends/isa/opcode_list.h"


@functools.cache
def mnemonics() -> tuple[str, ...]:
    """The mnemonic of each opcode byte."""
    text = HEADER.read_text()
    rows = {name: int(number, 16) for name, number in re.findall(r"ROW\(X, (\w+), (0x\w\w),", text)}
    names: dict[int, str] = {
        int(value, 16): name
        for name, _, value in re.findall(r"\bX\((\w+), (\w+), (0x\w\w)\)", text)
    }
    for suffix, mode in re.findall(r"DISPATCHBENCH_BASE\(X, (\w*), (0x\w\w)\)", text):
        for row, number in rows.items():
            names[number + int(mode, 16)] = row + suffix
    if sorted(names) != list(range(256)):
        raise ToolError(f"{HEADER}: expected 256 opcodes, found {len(names)}; change {__file__}")
    return tuple(names[value] for value in range(256))


def operand_bytes(opcode: int) -> int:
    """Bytes that follow the opcode in the program."""
    name = mnemonics()[opcode]
    if name in ("JCI", "JMI", "JSI", "LIT2", "LIT2r"):
        return 2
    return 1 if name in ("LIT", "LITr") else 0
