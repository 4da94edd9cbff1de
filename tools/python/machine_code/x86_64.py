"""x86-64 instructions, decoded with Capstone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import capstone
from capstone import x86 as cs

from .instruction import (
    Compute,
    Copy,
    Effect,
    Flow,
    Instruction,
    Load,
    Mask,
    Set,
    ShiftRight,
    Store,
    ZeroExtendByte,
)
from tool import ToolError

from .processor import Processor, Spelled
from .values import Address

WIDE = ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp"]


def _register_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for wide in WIDE:
        short = wide[1:]
        names |= {wide: wide, "e" + short: wide, short: wide}
        if short.endswith("x"):
            names |= {short[0] + "l": wide, short[0] + "h": wide}
        else:
            names[short + "l"] = wide
    for number in range(8, 16):
        wide = f"r{number}"
        names |= {wide: wide, wide + "d": wide, wide + "w": wide, wide + "b": wide}
    return names


REGISTERS = _register_names()
PADS = (b"\xf3\x0f\x1e\xfa", b"\xf3\x0f\x1e\xfb")  # endbr64, endbr32
STOPS = {"hlt", "ud2", "int3"}
# mov [rsp], register; ret: a return that is really a jump, the way out of a retpoline.
TRAMPOLINE = re.compile(rb"[\x48\x4c]\x89(.)\x24\xc3", re.DOTALL)
# jmp through a register or memory: FF /4, so the ModR/M byte's middle three bits are 4.
INDIRECT_JUMP = re.compile(rb"\xff[\x20-\x27\x60-\x67\xa0-\xa7\xe0-\xe7]")
ABSOLUTE = re.compile(r"0x[0-9a-f]{5,8}\b")
RELATIVE = re.compile(r"\[rip ?([+-]?) ?(0x[0-9a-f]+|\d+|)\]")
NUMBERED = ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"] + [
    f"r{n}" for n in range(8, 16)
]


CALL, JUMP = re.compile(rb"\xe8(?=....)", re.DOTALL), re.compile(rb"\xe9(?=....)", re.DOTALL)


def _target(data: bytes, at: int) -> int:
    """Where a call or jump of five bytes leads."""
    return at + 5 + int.from_bytes(data[at + 1 : at + 5], "little", signed=True)


def trampoline_register(data: bytes) -> str | None:
    """The register that a retpoline's last two instructions, at the start of `data`, jump through."""
    match = TRAMPOLINE.match(data)
    if match is None or match[1][0] & 0xC7 != 0x04:
        return None
    return NUMBERED[(match[1][0] >> 3) + (8 if data[0] == 0x4C else 0)]


class X86Processor(Processor):
    """Decodes x86-64."""

    stack_pointer = "rsp"
    frame_pointer = "rbp"
    result_register = "rax"
    caller_saved = ("rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11")
    return_address_bytes = 8
    instruction_alignment = 1
    link_register = None
    arguments = ("rdi", "rsi", "rdx", "rcx", "r8", "r9")
    registers = tuple(NUMBERED)

    def __init__(self) -> None:
        super().__init__(capstone.CS_ARCH_X86, capstone.CS_MODE_64)

    def _wide_name(self, name: str) -> str | None:
        """See Processor."""
        return REGISTERS.get(name)

    def _address(self, raw: Any, operand: Any) -> Address:
        memory = operand.mem
        if memory.base == cs.X86_REG_RIP:
            return Address(None, None, 1, memory.disp + raw.address + raw.size, is_place=True)
        return Address(
            self._register(raw, memory.base),
            self._register(raw, memory.index),
            memory.scale,
            memory.disp,
        )

    def _instruction(self, raw: Any) -> Instruction:
        result = Instruction(raw.address, raw.size, raw.mnemonic, raw.op_str)
        name = raw.mnemonic.rsplit(" ", 1)[-1]
        operands = raw.operands
        result.encoding = result.masked = bytes(raw.bytes)
        result.keeps_flags = name.startswith(("mov", "lea", "nop"))
        if bytes(raw.bytes) in PADS:
            result.is_landing_pad = True
            return result
        if name.startswith("nop"):
            return result
        groups = raw.groups
        result.reads = self._read(raw)
        self._mask(raw, result, operands)
        if cs.X86_GRP_JUMP in groups or cs.X86_GRP_CALL in groups:
            self._branch(raw, result, name, operands[0])
        elif name.startswith("ret"):
            result.flow = Flow.RETURN
        elif name in STOPS:
            result.flow = Flow.TRAP
        else:
            result.effects = tuple(self._effects(raw, result, name, operands))
        return result

    def _mask(self, raw: Any, result: Instruction, operands: Any) -> None:
        """Takes the displacement out that is relative to the program counter."""
        for operand in operands:
            if operand.type == cs.X86_OP_MEM and operand.mem.base == cs.X86_REG_RIP:
                immediate = any(other.type == cs.X86_OP_IMM for other in operands)
                # Behind the displacement only an immediate operand of 1, 2 or 4 bytes can follow.
                ends = (4, 2, 1) if immediate else (0,)
                found = [
                    begin
                    for begin in (raw.size - 4 - end for end in ends)
                    if begin > 1
                    and result.encoding[begin - 1] & 0xC7 == 0x05
                    and result.encoding[begin - 1] == raw.modrm
                ]
                result.masked = self._blanked(
                    result.encoding, found[0] if found else 0, 4, operand.mem.disp
                )
                result.refers_to = operand.mem.disp + raw.address + raw.size

    @staticmethod
    def _blanked(encoding: bytes, begin: int, size: int, expected: int) -> bytes:
        found = int.from_bytes(encoding[begin : begin + size], "little", signed=True)
        if begin == 0 or found != expected:
            raise ToolError(
                f"the displacement {expected:#x} isn't in {encoding.hex()} where Capstone says it is; "
                "update Capstone (apt-get install python3-capstone)"
            )
        return encoding[:begin] + bytes(size) + encoding[begin + size :]

    def _branch(self, raw: Any, result: Instruction, name: str, operand: Any) -> None:
        is_call = name == "call"
        if operand.type == cs.X86_OP_IMM:
            result.target = operand.imm
            result.flow = Flow.CALL if is_call else Flow.JUMP if name == "jmp" else Flow.BRANCH
            # The distance is the last thing in the encoding: a byte, or four.
            size = 4 if is_call or raw.opcode[0] in (0x0F, 0xE9) else 1
            begin, distance = raw.size - size, operand.imm - raw.address - raw.size
            if int.from_bytes(result.encoding[begin:], "little", signed=True) == distance:
                result.masked = self._blanked(result.encoding, begin, size, distance)
            return
        result.flow = Flow.INDIRECT_CALL if is_call else Flow.INDIRECT_JUMP
        if operand.type == cs.X86_OP_MEM:
            result.through = self._address(raw, operand)
        else:
            result.through = self._register(raw, operand.reg)

    def _effects(self, raw: Any, result: Instruction, name: str, operands: Any) -> list[Effect]:
        types = [operand.type for operand in operands]
        first = (
            self._register(raw, operands[0].reg) if types and types[0] == cs.X86_OP_REG else None
        )
        second = (
            self._register(raw, operands[1].reg)
            if len(types) > 1 and types[1] == cs.X86_OP_REG
            else None
        )
        width = operands[0].size if operands else 0
        rsp = self.stack_pointer
        if name == "push":
            result.is_push_or_pop = True
            effects: list[Effect] = [Compute(rsp, Address(rsp, None, 1, -8))]
            if types[0] == cs.X86_OP_MEM:
                effects.insert(0, Load(None, self._address(raw, operands[0]), 8))
            effects.append(Store(Address(rsp, None, 1, 0), 8, first))
            return effects
        if name == "pop" and first:
            result.is_push_or_pop = True
            return [
                Load(first, Address(rsp, None, 1, 0), 8),
                Compute(rsp, Address(rsp, None, 1, 8)),
            ]
        if name == "leave":
            result.is_push_or_pop = True
            return [
                Copy(rsp, "rbp"),
                Load("rbp", Address(rsp, None, 1, 0), 8),
                Compute(rsp, Address(rsp, None, 1, 8)),
            ]
        if name == "cdqe":  # movsxd rax, eax
            return [Copy("rax", "rax", 8, 4)]
        if name == "cmp" and first and types[1] == cs.X86_OP_IMM:
            result.compared, result.compared_with = first, operands[1].imm & (1 << 8 * width) - 1
        if name == "test" and first and first == second:
            result.tested = first
        if name == "sub" and first and types[1] == cs.X86_OP_IMM:
            result.compared = first
        if name == "xor" and width >= 4 and first and operands[0].reg == operands[1].reg:
            result.reads = ()  # Whatever was there, it becomes 0.
        if (
            name
            in (
                *("mov", "movabs", "movzx", "movsxd", "lea"),
                *("add", "sub", "inc", "dec", "shl", "shr", "xor", "and"),
            )
            and first
        ):
            if name == "mov" and width == 1 and types[1] == cs.X86_OP_MEM:
                return [Load(first, self._address(raw, operands[1]), 1)]
            if width >= 4:
                known = self._known(raw, name, operands, first, second, width)
                if known is not None:
                    return [known]
        if name == "mov" and types == [cs.X86_OP_MEM, cs.X86_OP_REG]:
            return [Store(self._address(raw, operands[0]), width, second)]
        return self._unknown(raw, name, operands)

    def _known(
        self, raw: Any, name: str, operands: Any, first: str, second: str | None, width: int
    ) -> Effect | None:
        if name in ("inc", "dec"):
            return Compute(first, Address(first, None, 1, 1 if name == "inc" else -1), width)
        other = operands[1]
        if name == "lea":
            return Compute(first, self._address(raw, other), width)
        if name in ("mov", "movabs", "movzx", "movsxd") and other.type == cs.X86_OP_MEM:
            return Load(first, self._address(raw, other), other.size, name == "movsxd")
        if name in ("mov", "movabs"):
            if other.type == cs.X86_OP_IMM:
                return Set(first, other.imm)
            return Copy(first, second, width) if second else None
        if name == "movzx":
            if other.size == 1:
                # ah to dh are no low bytes.
                is_low = not str(raw.reg_name(other.reg)).endswith("h")
                return ZeroExtendByte(first, second if is_low else None)
            return Mask(first, second, 0xFFFF)
        if name == "movsxd":
            return Copy(first, second, 8, 4) if second else None
        if name == "xor":
            return Set(first, 0) if first == second else None
        if name == "shl":
            if other.type == cs.X86_OP_IMM:
                return Compute(first, Address(None, first, 1 << other.imm, 0), width)
            return None
        if name == "shr":
            if other.type == cs.X86_OP_IMM:
                return ShiftRight(first, first, other.imm)
            return None
        if name == "and":
            if other.type == cs.X86_OP_IMM and other.imm >= 0:
                if other.imm == 0xFF:
                    return ZeroExtendByte(first, first)
                return Mask(first, first, other.imm)
            return None
        if name == "add" and second:
            return Compute(first, Address(first, second, 1, 0), width)
        if name in ("add", "sub") and other.type == cs.X86_OP_IMM:
            return Compute(
                first, Address(first, None, 1, other.imm if name == "add" else -other.imm), width
            )
        return None

    def _unknown(self, raw: Any, name: str, operands: Any) -> list[Effect]:
        effects: list[Effect] = []
        for operand in operands:
            if operand.type == cs.X86_OP_MEM and name != "lea":
                address = self._address(raw, operand)
                # Capstone 4 leaves the access of some instructions out; comparisons only read.
                access = operand.access or capstone.CS_AC_READ
                if name in ("cmp", "test"):
                    access = capstone.CS_AC_READ
                elif name == "movbe" or name.startswith("set"):  # Called reads by Capstone 4.
                    access = capstone.CS_AC_WRITE if operand is operands[0] else access
                if access & capstone.CS_AC_READ:
                    effects.append(Load(None, address, operand.size))
                if access & capstone.CS_AC_WRITE:
                    effects.append(Store(address, operand.size))
        return [*effects, *self._forgotten(raw)]

    def without_offset_in_page(self, encoding: bytes) -> bytes | None:
        """See Processor: x86-64 has no such instruction."""
        return None

    def may_have_thunks(self, data: bytes) -> bool:
        """See Processor."""
        return TRAMPOLINE.search(data) is not None

    def likely_jumps(self, data: bytes) -> Iterator[int]:
        """See Processor. A retpoline's way out lies in it or, if it is a function, where jumps lead."""
        yield from (found.start() for found in INDIRECT_JUMP.finditer(data))
        inner = {found.start() for found in TRAMPOLINE.finditer(data)}
        if not inner:
            return
        thunks = set()
        for call in CALL.finditer(data):
            if _target(data, call.start()) in inner:
                thunks.add(call.start())
                yield call.start()
        for jump in JUMP.finditer(data):
            if _target(data, jump.start()) in thunks:
                yield jump.start()

    def spelled_addresses(self, data: bytes, address: int) -> Iterator[Spelled]:
        """See Processor."""
        for at, size, mnemonic, operands in self._quick.disasm_lite(data, address):
            found = RELATIVE.search(operands)
            if found:
                place = at + size + int(found[1] + (found[2] or "0"), 0)
                yield Spelled(at, place, mnemonic == "lea")
            elif self.spells_absolute and ("[" in operands or mnemonic == "mov"):
                number = ABSOLUTE.search(operands)
                if number:
                    is_inside = "[" in operands and "*" not in operands
                    yield Spelled(at, int(number[0], 16), not is_inside)
