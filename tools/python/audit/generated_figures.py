"""Figures for a dump of generated code."""

from __future__ import annotations

import collections
from collections.abc import Iterable
from typing import Any

from machine_code.instruction import Compute, Flow, Instruction, Load, Store, ZeroExtendByte

from .generated_code import Block, GeneratedCode

SCHEMA = 1
STACKS = ("working_stack", "return_stack")
# Figures of a block that add up to those of the program.
COUNTED = {
    "opcodes": "opcodes",
    "uxn_bytes": "Uxn bytes",
    "code_bytes": "code bytes",
    "instructions": "machine instructions",
    "used_instructions": "not on rare paths",
    "direct_jumps": "direct jumps",
    "indirect_jumps": "indirect jumps",
    "calls": "calls",
    "stack_loads": "stack loads",
    "stack_stores": "stack stores",
    "memory_loads": "memory loads",
    "memory_stores": "memory stores",
    "stack_checks": "stack checks",
    "store_checks": "store checks",
}


def _held(code: GeneratedCode, accesses: Iterable[Load | Store]) -> list[str]:
    """What the registers hold that these loads and stores go through."""
    return [
        code.registers[access.address.base]
        for access in accesses
        if access.address.base in code.registers
    ]


def _loads(code: GeneratedCode, instruction: Instruction) -> list[str]:
    return _held(code, (one for one in instruction.effects if isinstance(one, Load)))


def _stores(code: GeneratedCode, instruction: Instruction) -> list[str]:
    return _held(code, (one for one in instruction.effects if isinstance(one, Store)))


def checks_store(code: GeneratedCode, instruction: Instruction) -> bool:
    """Whether an instruction asks the map of compiled bytes whether a store hits one."""
    through = _loads(code, instruction)
    return "compiled_bytes" in through or (
        instruction.mnemonic == "cmp" and "translation" in through
    )


def checked_stacks(code: GeneratedCode, block: Block) -> dict[int, str]:
    """The instructions that compare a stack's pointer, or what was subtracted from it, with a limit, and which."""
    found = {}
    pointers: dict[str, str] = {}  # Registers with the low byte of a pointer, or a number near it.
    for one in block.instructions:
        if one.compared in pointers and one.compared_with is not None:
            found[one.address] = pointers[one.compared]
        derived = {}
        for effect in one.effects:
            source = None
            if isinstance(effect, Compute) and effect.address.index is None:
                source = effect.address.base
            elif isinstance(effect, ZeroExtendByte):
                source = effect.source
            stack = pointers.get(source or "") or code.registers.get(source or "")
            if stack in STACKS and isinstance(effect, (Compute, ZeroExtendByte)):
                derived[effect.destination] = stack
        for register in one.written:
            pointers.pop(register, None)
        pointers |= {
            register: stack for register, stack in derived.items() if register not in code.registers
        }
    return found


def _accesses(code: GeneratedCode, used: Iterable[Instruction]) -> dict[str, int]:
    """Loads and stores of the two stacks and of memory."""
    loads: collections.Counter[str] = collections.Counter()
    stores: collections.Counter[str] = collections.Counter()
    for instruction in used:
        loads.update(_loads(code, instruction))
        stores.update(_stores(code, instruction))
    return {
        "stack_loads": sum(loads[stack] for stack in STACKS),
        "stack_stores": sum(stores[stack] for stack in STACKS),
        "memory_loads": loads["ram"],
        "memory_stores": stores["ram"],
    }


def block_figures(code: GeneratedCode, block: Block) -> dict[str, Any]:
    """One block's entry in the JSON. All but the sizes leave rare paths out."""
    used = [one for one in block.instructions if one.address in block.used]
    leading_out = [code.leads_out(one) for one in used]
    return {
        "opcodes": len(block.opcodes),
        "uxn_bytes": block.uxn_bytes,
        "code_bytes": block.symbol.size,
        "instructions": len(block.instructions),
        "used_instructions": len(used),
        "direct_jumps": sum(name is not None and "stub" not in name for name in leading_out),
        "indirect_jumps": sum(one.flow is Flow.INDIRECT_JUMP for one in used),
        "calls": sum(at in block.used for at in code.called(block)),
        **_accesses(code, used),
        "stack_checks": len(checked_stacks(code, block).keys() & block.used),
        "store_checks": sum(checks_store(code, one) for one in used),
    }


def _stub_jumps(code: GeneratedCode) -> dict[str, int]:
    """How many jumps of the blocks lead to each stub, on rare paths too."""
    found = collections.Counter(
        name
        for block in code.blocks
        for one in block.instructions
        if (name := code.leads_out(one)) is not None and name.startswith("stub_")
    )
    return dict(sorted(found.items()))


def generated_figures(code: GeneratedCode) -> dict[str, Any]:
    """The JSON of a dump."""
    blocks = {f"{block.pc:04x}": block_figures(code, block) for block in code.blocks}
    total = {key: sum(figures[key] for figures in blocks.values()) for key in COUNTED}
    called = collections.Counter(
        name for block in code.blocks for name in code.called(block).values()
    )
    return {
        "generated_schema": SCHEMA,
        "dump_hash": code.image.content_hash,
        "target": code.image.target,
        "backend": code.backend,
        "effective_technique": "generated",
        "label": (
            f"generated: {many(len(blocks), 'block')}, {many(total['direct_jumps'], 'direct jump')}, "
            f"{total['indirect_jumps']} indirect"
        ),
        "block_count": len(blocks),
        "interpreted": len(code.by_kind["interpret"]),
        "stale": len(code.stale),
        **total,
        "called": dict(sorted(called.items())),
        "stub_jumps": _stub_jumps(code),
        "blocks": blocks,
    }


def many(number: int, what: str) -> str:
    """A number of things."""
    return f"{number} {what}{'' if number == 1 else 's'}"
