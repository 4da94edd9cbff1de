"""The numbers of the C ABI: offsets from backends/isa/asm_offsets.h, which the C++ compiler checks, and constants from
backends/abi.h."""

from __future__ import annotations

import functools
import re

from tool import REPOSITORY, ToolError

ASM_OFFSETS_H = REPOSITORY / "backends/isa/asm_offsets.h"
ABI_H = REPOSITORY / "backends/abi.h"


@functools.cache
def offsets() -> dict[str, int]:
    """By macro: the offset of a struct's member, for example MACHINE_PC, or a struct's size, MACHINE_SIZE, in bytes."""
    found = re.findall(r"^#define (\w+) (\d+)$", ASM_OFFSETS_H.read_text(), re.MULTILINE)
    if not found:
        raise ToolError(f"{ASM_OFFSETS_H}: expected lines '#define NAME NUMBER', found none")
    return {name: int(number) for name, number in found}


@functools.cache
def constants() -> dict[str, int]:
    """By macro without its DISPATCHBENCH_: ABI_VERSION, RAM_BYTES, STACK_BYTES, DEVICE_PAGE_BYTES, ROM_ADDRESS, ..."""
    lines = re.findall(
        r"^#define DISPATCHBENCH_(\w+) (0x[0-9a-f]+|\d+)U?$", ABI_H.read_text(), re.MULTILINE
    )
    found = {name: int(number, 0) for name, number in lines}
    if "ABI_VERSION" not in found:
        raise ToolError(f"{ABI_H}: defines no DISPATCHBENCH_ABI_VERSION; expected a whole number")
    return found
