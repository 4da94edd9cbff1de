"""Programs that execute one opcode many times in a row, and the same program without it.

A program fills both stacks, then loops: it sets both stack pointers (ports 04 and 05), executes the opcode as often as
fits without wrapping around, and counts its rounds in the zero page. The housekeeping works on the stack that the
opcode's operands are not on, so that these stay as they were filled: popped bytes stay in place.
"""

from __future__ import annotations

import dataclasses

from isa_model import ROM_START, Machine, opcode_name, opcode_number
from opcodes import operand_bytes
from tool import ToolError

MODE_SHORT, MODE_RETURN, MODE_KEEP = 0x20, 0x40, 0x80
COUNTER = 0x80  # Where the rounds are counted, in the zero page.
ROUNDS = 4000
LONGEST_CHAIN = 100
CHAIN_START = 0x0700
PADDING = 0x0100  # After the program, for LDR and STR to reach.
FILL = (
    0x40  # Any operand: a port of no device (20 is the screen's vector), a free address, no code.
)
FAR = 0x7F  # A distance from inside the chain to the padding after the program.
# Jumps whose operand stays on the stack can't lead to different places in a row.
NOT_CHAINABLE = {
    "BRK": "ends the program",
    **{
        name: "its operand stays, so that it always jumps to the same place"
        for name in ("JMP2k", "JMP2kr", "JSR2k", "JSR2kr")
    },
}


@dataclasses.dataclass(frozen=True)
class MicroRom:
    """A program and what it executes."""

    name: str
    rom: bytes
    instructions: int  # in all
    repeated: int  # executions of the opcode


@dataclasses.dataclass(frozen=True)
class Movement:
    """By how much an opcode moves the two stack pointers."""

    own: int
    other: int


def uses_return_stack(opcode: int) -> bool:
    """Whether its operands are on the return stack."""
    return bool(opcode & MODE_RETURN) and opcode_name(opcode) not in ("JMI", "JSI")


def movement(opcode: int) -> Movement:
    """Found by executing it once in the model."""
    machine = Machine()
    machine.load(bytes([opcode]))
    machine.wst.pointer = machine.rst.pointer = 128
    for stack in (machine.wst, machine.rst):
        stack.memory[:] = bytes([FILL]) * 0x100
    machine.pc = ROM_START
    machine.step()
    working, returning = machine.wst.pointer - 128, machine.rst.pointer - 128
    return (
        Movement(returning, working) if uses_return_stack(opcode) else Movement(working, returning)
    )


def _fill(opcode: int) -> int:
    base = opcode_name(opcode).rstrip("2kr")
    if base in ("JMP", "JCN", "JSR", "JCI"):
        return 0  # To the next instruction; a condition that doesn't hold.
    return FAR if base in ("LDR", "STR") else FILL


def _literal(value: int, returning: bool) -> bytes:
    return bytes([opcode_number("LITr" if returning else "LIT"), value])


def _literal_short(value: int, returning: bool) -> bytes:
    return bytes([opcode_number("LIT2r" if returning else "LIT2")]) + value.to_bytes(2, "big")


def _start(step: int) -> int:
    """Where a stack pointer starts that moves by `step` each time."""
    return 16 if step > 0 else 240 if step < 0 else 128


def chain_length(opcode: int, moves: Movement) -> int:
    """How often it fits in a row."""
    longest = LONGEST_CHAIN // (1 + operand_bytes(opcode))
    for step in (moves.own, moves.other):
        if step:
            longest = min(longest, 220 // abs(step))
    return longest


def micro_rom(opcode: int, with_chain: bool) -> MicroRom:
    """The program for an opcode, or the same without it."""
    name = opcode_name(opcode)
    moves = movement(opcode)
    # The opcode's own stack; the other one does the housekeeping.
    returning = uses_return_stack(opcode)
    suffix = "" if returning else "r"
    length = chain_length(opcode, moves)
    chain = (bytes([opcode]) + bytes(operand_bytes(opcode))) * length

    program = bytearray()
    count = 0

    def emit(*parts: bytes) -> None:
        nonlocal count
        for part in parts:
            program.extend(part)
            count += 1

    def one(mnemonic: str) -> bytes:
        return bytes([opcode_number(mnemonic)])

    def deo(value: int, port: int, on_return: bool) -> list[bytes]:
        mnemonic = "DEOr" if on_return else "DEO"
        return [_literal(value, on_return), _literal(port, on_return), one(mnemonic)]

    fill = _fill(opcode)
    for stack in (False, True):
        for _ in range(120):  # As high as any chain starts.
            emit(_literal_short(fill << 8 | fill, stack))
    own_start, other_start = _start(moves.own), _start(moves.other)
    jumps_far = name.rstrip("kr") in ("JMP2", "JSR2")
    own_port, other_port = (0x05, 0x04) if returning else (0x04, 0x05)
    if jumps_far:
        emit(*deo(16, own_port, not returning))
        for place in reversed(range(length)):
            emit(_literal_short(CHAIN_START + place + 1, returning))
        own_start = 16 + 2 * length
    emit(*deo(FILL, FILL, not returning))
    emit(
        _literal_short(0x10000 - ROUNDS, not returning),
        _literal(COUNTER, not returning),
        one("STZ2" + suffix),
    )
    before_round = count

    # The round is placed so that its chain begins at CHAIN_START, whatever came before.
    head = b"".join(
        deo(own_start, own_port, not returning) + deo(other_start, other_port, not returning)
    )
    round_start = CHAIN_START - len(head)
    here = ROM_START + len(program)
    gap = round_start - here - 3
    if gap < 0:
        raise ToolError(f"{name}: the program in front of its chain is {-gap} bytes too long")
    program.extend(one("JMI") + gap.to_bytes(2, "big") + bytes(gap))
    program.extend(head)
    if with_chain:
        program.extend(chain)
    tail = [
        _literal(COUNTER, not returning),
        one("LDZ2" + suffix),
        one("INC2" + suffix),
        one("DUP2" + suffix),
        _literal(COUNTER, not returning),
        one("STZ2" + suffix),
        one("ORA" + suffix),
        _literal_short(round_start, not returning),
        one("JCN2" + suffix),
    ]
    program.extend(b"".join(tail))
    program.extend(one("BRK"))
    program.extend(bytes([fill]) * PADDING)
    per_round = 6 + len(tail) + (length if with_chain else 0)
    return MicroRom(
        name if with_chain else f"{name}_without",
        bytes(program),
        before_round + 1 + per_round * ROUNDS + 1,
        length * ROUNDS if with_chain else 0,
    )


def all_opcodes() -> list[int]:
    """The opcodes that can be repeated."""
    return [opcode for opcode in range(256) if opcode_name(opcode) not in NOT_CHAINABLE]
