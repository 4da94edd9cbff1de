"""The layout of the C ABI's structs, read from backends/isa/asm_offsets.h, whose numbers the C++ compiler checks."""

from __future__ import annotations

import functools
import pathlib
import re

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
ASM_OFFSETS_H = REPOSITORY / "backends/isa/asm_offsets.h"
ABI_H = REPOSITORY / "backends/abi.h"


@functools.cache
def offsets() -> dict[str, int]:
    """By macro: the offset of a struct's member, for example MACHINE_PC, or a struct's size, MACHINE_SIZE, in bytes."""
    found = re.findall(r"^#define (\w+) (\d+)$", ASM_OFFSETS_H.read_text(), re.MULTILINE)
    if not found:
        raise ValueError(f"{ASM_OFFSETS_H}: expected lines '#define NAME NUMBER', found none")
    return {name: int(number) for name, number in found}


@functools.cache
def abi_version() -> int:
    """DISPATCHBENCH_ABI_VERSION of backends/abi.h."""
    found = re.search(r"^#define DISPATCHBENCH_ABI_VERSION (\d+)$", ABI_H.read_text(), re.MULTILINE)
    if found is None:
        raise ValueError(f"{ABI_H}: defines no DISPATCHBENCH_ABI_VERSION; expected a whole number")
    return int(found[1])
