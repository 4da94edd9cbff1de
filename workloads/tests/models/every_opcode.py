"""The result of the workload every_opcode, by the Python model of the instruction set.

The line of opcodes is built here anew; the model runs it, and not the program that generates it.
"""

import sys
from collections.abc import Iterator

import workload_folders
from models.xorshift import xorshift

sys.path.append(str(workload_folders.ROOT / "backends" / "isa"))

from isa_model import Machine, opcode_number  # noqa: E402

OPCODES = 512
ROUNDS = 1700
LEFT = 0x0000
SCRATCH = 0x1000
LINE = 0x2000
CLEAR_STACKS = LINE - 2 * 128 * 3
END_OF_ROUND = (
    "LIT2 10 00 STA2 LIT2 10 02 STA2 STH2r LIT2 10 04 STA2 STH2r LIT2 10 06 STA2 "
    "LIT 00 LDZ2 LIT2 00 01 SUB2 DUP2 LIT 00 STZ2 ORA"
)


def with_operands(opcode: int, address: int, numbers: Iterator[int]) -> bytes:
    """The opcode with what it needs to do no harm, as it stands at an address."""
    return_mode, short = opcode & 0x40, opcode & 0x20
    literal = bytes([0x80 | return_mode])
    literal2 = bytes([0xA0 | return_mode])
    itself = bytes([opcode])
    match opcode & 0x1F:
        case 0x00 if opcode == 0x00:
            return b""
        case 0x00 if opcode & 0x80 and short:
            return itself + next(numbers).to_bytes(2, "big")
        case 0x00 if opcode & 0x80:
            return itself + bytes([next(numbers) & 0xFF])
        case 0x00:
            return itself + bytes(2)
        case 0x0C | 0x0D | 0x0E if short:
            return literal2 + (address + 4).to_bytes(2, "big") + itself
        case 0x0C | 0x0D | 0x0E:
            return literal + bytes(1) + itself
        case 0x10 | 0x11 | 0x12:
            return literal + bytes([next(numbers) & 0x7E | 0x80]) + itself
        case 0x13:
            return literal + bytes([3]) + itself + bytes([opcode_number("JMI"), 0, 2, 0, 0])
        case 0x14 | 0x15:
            return literal2 + bytes([SCRATCH >> 8, next(numbers) & 0xFF]) + itself
        case 0x16 | 0x17:
            return literal + bytes([next(numbers) & 0x1E | 0xE0]) + itself
    return itself


def line_of_opcodes() -> bytes:
    """All of it, as it stands at LINE."""
    numbers = xorshift()
    next(numbers)  # the seed itself is not used
    order = [place & 0xFF for place in range(OPCODES)]
    for place in range(OPCODES):
        other = next(numbers) % OPCODES
        order[place], order[other] = order[other], order[place]
    line = bytearray()
    for opcode in order:
        line += with_operands(opcode, LINE + len(line), numbers)
    return bytes(line)


def assembled(text: str) -> bytes:
    """Opcodes and two-digit numbers as bytes."""
    return bytes(int(word, 16) if len(word) == 2 else opcode_number(word) for word in text.split())


def expected_output(_: bytes) -> bytes:
    """The checksum of the scratch memory."""
    machine = Machine()
    clear = assembled("LIT2 00 00 " * 128 + "LIT2r 00 00 " * 128)
    program = clear + line_of_opcodes() + assembled(END_OF_ROUND) + bytes(1)
    machine.ram[CLEAR_STACKS : CLEAR_STACKS + len(program)] = program
    machine.store_bytes(LEFT, ROUNDS, 2)
    start = CLEAR_STACKS
    while machine.load_bytes(LEFT, 2) != 0:
        machine.run_vector(start, 10_000_000)
        machine.wst.pop(1)  # as the jump to the next round does
        start = LINE
    low = high = 0
    for byte in machine.ram[0x80:0x100] + machine.ram[SCRATCH : SCRATCH + 0x101]:
        low = (low + byte) % 256
        high = (high + low) % 256
    return f"every opcode {high:02x}{low:02x}\n".encode()
