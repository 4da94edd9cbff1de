"""AArch64 instructions, decoded with Capstone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import capstone
from capstone import arm64 as cs

from .instruction import (
    Compute,
    Copy,
    Effect,
    Flow,
    Forget,
    Instruction,
    Load,
    Mask,
    Set,
    SetPage,
    ShiftRight,
    Store,
    ZeroExtendByte,
)
from .processor import Processor, Spelled
from .values import Address

# bti, bti c, bti j, bti jc; paciasp and pacibsp count as landing pads for calls.
PADS = {0xD503241F, 0xD503245F, 0xD503249F, 0xD50324DF, 0xD503233F, 0xD503237F}
# Bits that tell an instruction, their value, and the field with the distance: adr and adrp, b and bl, b.cond, cbz and
# cbnz, tbz and tbnz (the number of the bit stays), loads of a literal.
DISTANCES = (
    (0x1F000000, 0x10000000, 0x60FFFFE0),
    (0x7C000000, 0x14000000, 0x03FFFFFF),
    (0xFF000000, 0x54000000, 0x00FFFFE0),
    (0x7E000000, 0x34000000, 0x00FFFFE0),
    (0x7E000000, 0x36000000, 0x0007FFE0),
    (0x3B000000, 0x18000000, 0x00FFFFE0),
)
# br: the last two bytes of the word are D6 1F, and the register lies in bits 5 to 9.
INDIRECT_JUMP = re.compile(rb"[\x00\x20\x40\x60\x80\xa0\xc0\xe0][\x00-\x03]\x1f\xd6")
# An address in a page, as add and as loads and stores spell it.
IN_PAGE = re.compile(r"(?:, |\[)(x\d+)(?:, #(0x[0-9a-f]+|\d+))?\]?$")
LOADS = {
    "ldr": (0, False),
    "ldur": (0, False),
    "ldrb": (1, False),
    "ldurb": (1, False),
    "ldrh": (2, False),
    "ldurh": (2, False),
    "ldrsb": (1, True),
    "ldursb": (1, True),
    "ldrsh": (2, True),
    "ldursh": (2, True),
    "ldrsw": (4, True),
    "ldursw": (4, True),
    "ldp": (0, False),
    "ldpsw": (4, True),
    "ldar": (0, False),
    "ldxr": (0, False),
}
STORES = {
    "str": 0,
    "stur": 0,
    "strb": 1,
    "sturb": 1,
    "strh": 2,
    "sturh": 2,
    "stp": 0,
    "stlr": 0,
}
# Names of those whose first operand isn't written.
READ_FIRST = re.compile(r"st|c?cm[np]|tst|[ct]bn?z|ret|(b|bl|br|blr)$|b\.")
# They write nothing but flags; Capstone 4 takes the first register that they read for one that they write.
COMPARISONS = ("cmp", "cmn", "tst")
SIGN_EXTENSIONS = {cs.ARM64_EXT_SXTB: 1, cs.ARM64_EXT_SXTH: 2, cs.ARM64_EXT_SXTW: 4}


def _width(name: str) -> int:
    if name == "sp":  # s0 to s31 are registers of 4 bytes.
        return 8
    return {"w": 4, "s": 4, "h": 2, "b": 1, "q": 16}.get(name[0], 8)


class Aarch64Processor(Processor):
    """Decodes AArch64."""

    stack_pointer = "sp"
    frame_pointer = "x29"
    result_register = "x0"
    caller_saved = tuple(f"x{number}" for number in [*range(19), 30])
    return_address_bytes = 0
    instruction_alignment = 4
    link_register = "x30"
    arguments = tuple(f"x{number}" for number in range(9))
    registers = (*(f"x{number}" for number in range(31)), "sp")

    def __init__(self) -> None:
        super().__init__(capstone.CS_ARCH_ARM64, capstone.CS_MODE_ARM)

    def _wide_name(self, name: str) -> str | None:
        """See Processor; None for the zero register, too."""
        name = {"fp": "x29", "lr": "x30", "wsp": "sp"}.get(name, name)
        if re.fullmatch(r"[xw]\d+", name):
            return "x" + name[1:]
        return name if name == "sp" else None

    def _instruction(self, raw: Any) -> Instruction:
        result = Instruction(raw.address, raw.size, raw.mnemonic, raw.op_str)
        name = raw.mnemonic
        operands = raw.operands
        word = int.from_bytes(bytes(raw.bytes), "little")
        result.encoding = result.masked = bytes(raw.bytes)
        result.keeps_flags = name.startswith(("mov", "ldr", "adr", "nop")) or name == "add"
        result.reads = self._read(raw)
        if name in COMPARISONS:
            registers = {self._register(raw, operands[0].reg), *result.reads}
            result.reads = tuple(sorted(register for register in registers if register))
        self._mask(result, word)
        if word in PADS:
            result.is_landing_pad = True
        elif name in ("br", "braa", "brab", "braaz", "brabz"):
            result.flow = Flow.INDIRECT_JUMP
            result.through = self._register(raw, operands[0].reg)
        elif name in ("blr", "blraa", "blrab", "blraaz", "blrabz"):
            result.flow = Flow.INDIRECT_CALL
            result.through = self._register(raw, operands[0].reg)
        elif name in ("ret", "retaa", "retab"):
            result.flow = Flow.RETURN
        elif name == "b" or name.startswith("b."):
            conditional = name != "b" and name != "b.al"
            result.flow = Flow.BRANCH if conditional else Flow.JUMP
            result.target = operands[-1].imm
        elif name == "bl":
            result.flow, result.target = Flow.CALL, operands[0].imm
        elif name in ("cbz", "cbnz", "tbz", "tbnz"):
            result.flow, result.target = Flow.BRANCH, operands[-1].imm
            if name in ("cbz", "cbnz"):
                result.tested = self._register(raw, operands[0].reg)
        elif name in ("brk", "udf", "hlt"):
            result.flow = Flow.TRAP
        else:
            result.effects = tuple(self._effects(raw, result, name, operands))
            is_literal = len(operands) == 2 and operands[1].type == cs.ARM64_OP_IMM
            if name == "adr" or (name.startswith("ldr") and is_literal):
                result.refers_to = operands[-1].imm
        return result

    @staticmethod
    def _mask(result: Instruction, word: int) -> None:
        """Takes the distance out that is relative to the program counter."""
        for bits, value, field in DISTANCES:
            if word & bits == value:
                result.masked = (word & ~field).to_bytes(4, "little")
                return

    def without_offset_in_page(self, encoding: bytes) -> bytes | None:
        """See Processor: add, and loads and stores at an unsigned distance."""
        word = int.from_bytes(encoding, "little")
        if word & 0xFFC00000 == 0x91000000 or word & 0x3B000000 == 0x39000000:
            return (word & ~0x003FFC00).to_bytes(4, "little")
        return None

    def _effects(self, raw: Any, result: Instruction, name: str, operands: Any) -> list[Effect]:
        types = [operand.type for operand in operands]
        if name in LOADS or name in STORES:
            return self._memory(raw, name, operands, types)
        first = (
            self._register(raw, operands[0].reg) if types and types[0] == cs.ARM64_OP_REG else None
        )
        if name in ("cmp", "subs", "sub") and first and types[-1] == cs.ARM64_OP_IMM:
            compared = operands[0] if name == "cmp" else operands[1]
            result.compared = self._register(raw, compared.reg)
            if name == "cmp":
                result.compared_with = operands[-1].imm << operands[-1].shift.value
        if name in COMPARISONS:
            return []
        if first:
            known = self._known(raw, name, operands, types, first)
            if known is not None:
                return [known]
            if name == "adds":  # Capstone 4 says of some that they write nothing but flags.
                return [Forget((first,))]
        return self._unknown(raw, operands, types)

    def _known(
        self, raw: Any, name: str, operands: Any, types: list[int], first: str
    ) -> Effect | None:
        width = _width(raw.reg_name(operands[0].reg))
        if name == "adr":
            return Set(first, operands[1].imm, True)
        if name == "adrp":
            return SetPage(first, operands[1].imm)
        last = operands[-1]
        source = (
            self._register(raw, operands[1].reg)
            if len(types) > 1 and types[1] == cs.ARM64_OP_REG
            else None
        )
        if name in ("mov", "movz"):
            if types[1] == cs.ARM64_OP_IMM:
                return Set(first, operands[1].imm << operands[1].shift.value)
            return Copy(first, source, width) if source else Set(first, 0)
        if name in ("add", "sub") and len(types) == 3 and source:
            if last.type == cs.ARM64_OP_IMM:
                number = last.imm << last.shift.value
                return Compute(
                    first, Address(source, None, 1, number if name == "add" else -number), width
                )
            index = self._register(raw, last.reg)
            if (
                name == "add"
                and index
                and last.shift.type in (cs.ARM64_SFT_INVALID, cs.ARM64_SFT_LSL)
            ):
                extension = SIGN_EXTENSIONS.get(last.ext, 0)
                return Compute(
                    first, Address(source, index, 1 << last.shift.value, 0, extension), width
                )
            return None
        if name == "lsl" and last.type == cs.ARM64_OP_IMM and source:
            return Compute(first, Address(None, source, 1 << last.imm, 0), width)
        if name == "ubfiz" and source:
            return Compute(first, Address(None, source, 1 << operands[2].imm, 0), width)
        if name == "uxtb" or (name == "and" and last.type == cs.ARM64_OP_IMM and last.imm == 0xFF):
            return ZeroExtendByte(first, source)
        if name == "and" and last.type == cs.ARM64_OP_IMM and last.imm >= 0:
            return Mask(first, source, last.imm)
        if name == "uxth":
            return Mask(first, source, 0xFFFF)
        if (
            name == "ubfx"
        ):  # Some bits in the middle are as bounded as the lowest, but another number.
            return Mask(first, source if operands[2].imm == 0 else None, (1 << operands[3].imm) - 1)
        if name == "lsr" and last.type == cs.ARM64_OP_IMM and source:
            return ShiftRight(first, source, last.imm)
        if name == "sxtw" and source:
            return Copy(first, source, 8, 4)
        return None

    def _memory(self, raw: Any, name: str, operands: Any, types: list[int]) -> list[Effect]:
        position = next((i for i, kind in enumerate(types) if kind == cs.ARM64_OP_MEM), -1)
        registers = [
            operand.reg
            for operand in operands[: position if position >= 0 else len(operands)]
            if operand.type == cs.ARM64_OP_REG
        ]
        if position < 0:  # ldr of a literal beside the code
            address = Address(None, None, 1, operands[-1].imm, is_place=True)
            return [
                Load(self._register(raw, registers[0]), address, _width(raw.reg_name(registers[0])))
            ]
        operand = operands[position]
        base = self._register(raw, operand.mem.base)
        post = position + 1 < len(operands)
        address = Address(
            base,
            self._register(raw, operand.mem.index),
            1 << operand.shift.value,
            0 if post else operand.mem.disp,
            SIGN_EXTENSIONS.get(operand.ext, 0),
        )
        effects: list[Effect] = []
        step = 0
        for number in registers:
            register = self._register(raw, number)
            at = Address(
                address.base,
                address.index,
                address.scale,
                address.displacement + step,
                address.sign_extended,
            )
            if name in LOADS:
                width, signed = LOADS[name]
                width = width or _width(raw.reg_name(number))
                effects.append(Load(register, at, width, signed))
            else:
                width = STORES[name] or _width(raw.reg_name(number))
                effects.append(Store(at, width, register))
            step += width
        if raw.writeback and base:
            distance = operands[position + 1].imm if post else operand.mem.disp
            effects.append(Compute(base, Address(base, None, 1, distance)))
        return effects

    def _unknown(self, raw: Any, operands: Any, types: list[int]) -> list[Effect]:
        effects: list[Effect] = []
        for operand, kind in zip(operands, types):
            if kind == cs.ARM64_OP_MEM:
                effects.append(
                    Load(None, Address(self._register(raw, operand.mem.base), None, 1, 0), 8)
                )
        return [*effects, *self._forgotten(raw)]

    def likely_jumps(self, data: bytes) -> Iterator[int]:
        """See Processor."""
        for found in INDIRECT_JUMP.finditer(data):
            if found.start() % 4 == 0:
                yield found.start()

    def spelled_addresses(self, data: bytes, address: int) -> Iterator[Spelled]:
        """See Processor. g++ spells one place for several objects, and adds the distance of another to it. A register that
        held a page may hold something else by now, or on another way still the page: what it spells isn't sure.
        """
        pages: dict[str, int] = {}
        unsure: set[str] = set()
        places: dict[str, int] = {}
        for at, _, mnemonic, operands in self._quick.disasm_lite(data, address):
            first = operands.partition(",")[0]
            if mnemonic in ("adr", "adrp"):
                number = int(operands.rpartition("#")[2], 0)
                places.pop(first, None)
                if mnemonic == "adrp":
                    pages[first] = number
                    unsure.discard(first)
                else:
                    pages.pop(first, None)
                    yield Spelled(at, number, True)
                continue
            found = IN_PAGE.search(operands)
            place = None
            is_sure = True
            if found and found[1] in pages:
                place = pages[found[1]] + int(found[2] or "0", 0)
                is_sure = found[1] not in unsure
            elif found and mnemonic == "add" and found[1] in places:
                place = places[found[1]] + int(found[2] or "0", 0)
            if place is not None:
                yield Spelled(at, place, mnemonic == "add" and is_sure)
                if mnemonic in ("add", "ldr"):
                    pages.pop(first, None)
            if not READ_FIRST.match(mnemonic):
                unsure.add(first.replace("w", "x"))
            for written in operands.split(", ")[:2]:  # A load of a pair writes two.
                places.pop(written.replace("w", "x"), None)
            if place is not None and mnemonic == "add":
                places[first] = place
