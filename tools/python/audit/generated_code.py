"""A dump of the code that a backend generated for one program, taken apart into blocks.

The dump is an ELF file (backends/jit/code_dump.cpp writes one). Its symbols name what the code consists of, ending in the
Uxn address where there is one: block_0123 is compiled, interpret_0123 has the opcode interpreted, stale_0123 was
overwritten by the program, recompile_0123 leads from either to the compiler, stub_... is shared by all.
"""

from __future__ import annotations

import dataclasses
import functools
import re

from machine_code.elf_image import ElfImage, Symbol
from machine_code.instruction import Flow, Instruction
from machine_code.processors import processor_for
from opcodes import mnemonics, operand_bytes
from tool import ToolError

SYMBOL = re.compile(r"(block|interpret|recompile|stale|uxn)_([0-9a-f]{4})")
# What a block can go on at: where its jumps were made to lead, or the end of the vector.
PLACES_IN_USE = ("block", "stale", "interpret", "stub_leave")
REGISTERS = ("working_stack", "return_stack", "ram", "translation")


@dataclasses.dataclass(frozen=True)
class Block:
    """The code of one block: all of it, and what can run on the way to another block or to the vector's end."""

    pc: int
    symbol: Symbol
    opcodes: list[str]  # with their operands: "LIT 12"
    uxn_bytes: int
    instructions: list[Instruction]
    used: set[int]  # addresses of those that are on no rare path


class GeneratedCode:
    """What a dump holds."""

    def __init__(self, image: ElfImage) -> None:
        self.image = image
        described = dict(
            line.partition(" ")[::2] for line in (image.generated_code or "").splitlines()
        )
        missing = {"backend", *REGISTERS} - described.keys()
        if missing:
            raise self._damaged(f"doesn't say its {', '.join(sorted(missing))}")
        self.backend = described["backend"]
        self._processor = processor_for(image.target)
        self.registers = {
            register: what for what, register in described.items() if what != "backend"
        }
        strange = self.registers.keys() - set(self._processor.registers)
        if strange:
            raise self._damaged(
                f"is for {image.target}, which has no registers {', '.join(sorted(strange))}"
            )
        self.by_kind: dict[str, dict[int, Symbol]] = {
            kind: {} for kind in ("block", "interpret", "recompile", "stale", "uxn")
        }
        self.stale: list[Symbol] = []
        for symbol in image.symbols:
            if match := SYMBOL.fullmatch(symbol.name):
                if match[1] == "stale":  # An address can have several.
                    self.stale.append(symbol)
                self.by_kind[match[1]][int(match[2], 16)] = symbol
        self._starts = {symbol.address: symbol.name for symbol in image.symbols}
        if "stub_leave" not in image.by_name:
            raise self._damaged("has no stubs")

    def _damaged(self, found: str) -> ToolError:
        return ToolError(f"{self.image.path}: {found}; make the dump again")

    @functools.cached_property
    def blocks(self) -> list[Block]:
        """The blocks that were compiled, by their Uxn address."""
        return [self._block(pc, symbol) for pc, symbol in sorted(self.by_kind["block"].items())]

    def _block(self, pc: int, symbol: Symbol) -> Block:
        instructions = self.instructions(symbol)
        length = self.by_kind["uxn"][pc].size if pc in self.by_kind["uxn"] else 0
        return Block(
            pc, symbol, self._opcodes(pc, length), length, instructions, self._used(instructions)
        )

    def instructions(self, symbol: Symbol) -> list[Instruction]:
        """The instructions from a symbol to its end. Raises ToolError if they aren't just that."""
        found = list(
            self._processor.decode(self.image.bytes_at(symbol.address, symbol.size), symbol.address)
        )
        end = found[-1].end if found else symbol.address
        if not found or end != symbol.address + symbol.size:
            raise self._damaged(
                f"no instruction can be decoded at {symbol.name}+{end - symbol.address:#x}"
            )
        return found

    def _opcodes(self, pc: int, length: int) -> list[str]:
        found = []
        end = pc + length
        while pc < end:
            opcode = self.image.read(pc, 1)
            if opcode is None:
                raise self._damaged(f"lacks the Uxn memory at {pc:04x}")
            size = operand_bytes(opcode)
            operand = self.image.bytes_at(pc + 1, size).hex()
            found.append(f"{mnemonics()[opcode]} {operand}".rstrip())
            pc += 1 + size
        return found

    def place(self, address: int) -> str | None:
        """The name of the block or stub that begins at `address`."""
        return self._starts.get(address)

    def leads_out(self, instruction: Instruction) -> str | None:
        """The name of the block or stub that an instruction jumps to."""
        if instruction.target is None or instruction.flow is Flow.CALL:
            return None
        return self.place(instruction.target)

    def _used(self, instructions: list[Instruction]) -> set[int]:
        """What can run from the first instruction on to another block or to the end of the vector."""
        following: dict[int, list[int]] = {}
        useful: list[int] = []  # Ends of ways that lead on.
        own = {instruction.address for instruction in instructions}
        for instruction in instructions:
            at, target = instruction.address, instruction.target
            following[at] = []
            if instruction.flow not in (Flow.JUMP, Flow.INDIRECT_JUMP, Flow.RETURN, Flow.TRAP):
                following[at].append(instruction.end)
            if instruction.flow is Flow.INDIRECT_JUMP:
                useful.append(at)
            name = self.leads_out(instruction)
            if name is not None:
                if name.startswith(PLACES_IN_USE):
                    useful.append(at)
            elif target is not None and instruction.flow is not Flow.CALL:
                if target not in own:
                    raise self._damaged(
                        f"the jump at {self.image.place(at)} leads to {self.image.place(target)}, where neither a block "
                        "nor a stub begins"
                    )
                following[at].append(target)
        before: dict[int, list[int]] = {at: [] for at in following}
        for at, successors in following.items():
            for successor in successors:
                if successor in before:
                    before[successor].append(at)
        return _reachable(following, [instructions[0].address]) & _reachable(before, useful)

    def called(self, block: Block) -> dict[int, str]:
        """The calls in a block, and what they call."""
        return {
            one.address: (self.place(one.target) if one.target is not None else None)
            or "a function that has no name"
            for one in block.instructions
            if one.flow in (Flow.CALL, Flow.INDIRECT_CALL)
        }


def _reachable(edges: dict[int, list[int]], starts: list[int]) -> set[int]:
    found: set[int] = set()
    waiting = list(starts)
    while waiting:
        at = waiting.pop()
        if at in edges and at not in found:
            found.add(at)
            waiting.extend(edges[at])
    return found
