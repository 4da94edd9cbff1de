"""Mangled names as people read them."""

from __future__ import annotations

import re

from opcodes import mnemonics


def readable(name: str) -> str:
    """A mangled name without namespaces and types, except an opcode in its template arguments: handler<ADD2>."""
    if not name.startswith("_ZN"):
        return name
    rest, identifier = name[3:], ""
    while match := re.match(r"(\d+)", rest):
        begin, length = match.end(), int(match[1])
        identifier, rest = rest[begin : begin + length], rest[begin + length :]
    opcode = re.search(r"6OpcodeE(\d+)E", rest)
    if opcode is None:
        return identifier or name
    return f"{identifier}<{mnemonics()[int(opcode[1])]}>"
