"""Mangled names as people read them."""

from __future__ import annotations

import re

from opcodes import mnemonics


def readable(name: str) -> str:
    """A mangled name of C++ or Rust without namespaces and types, except an opcode in its template arguments or constant
    generics: handler<ADD2>."""
    if name.startswith("_ZN"):
        identifier, rest = _last_identifier(name[3:], r"(\d+)")
        opcode = re.search(r"6OpcodeE(\d+)E", rest)
        return _with_opcode(identifier or name, int(opcode[1]) if opcode else None)
    if name.startswith("_R"):
        path = re.sub(r"^(I|N[a-zA-Z]|C)*", "", name[2:])
        # A crate's identifier begins with a hash.
        identifier, rest = _last_identifier(path, r"(?:s\w*?_)?(\d+)_?")
        opcode = re.search(r"Kh([0-9a-f]+)_", rest)
        return _with_opcode(identifier or name, int(opcode[1], 16) if opcode else None)
    return name


def _last_identifier(path: str, length: str) -> tuple[str, str]:
    """The last of the identifiers at the beginning of a path, each after its length, and what follows it."""
    identifier = ""
    while match := re.match(length, path):
        begin, size = match.end(), int(match[1])
        identifier, path = path[begin : begin + size], path[begin + size :]
    return identifier, path


def _with_opcode(identifier: str, opcode: int | None) -> str:
    return identifier if opcode is None else f"{identifier}<{mnemonics()[opcode]}>"
