"""Start states that run several instructions: hand-written programs, and random ones."""

from __future__ import annotations

import itertools
import random
from typing import Iterator

from isa_model import opcode_name, opcode_number
from single_instructions import (
    ADDRESSES,
    BYTES,
    DISTANCES,
    POINTERS,
    PORTS,
    random_state,
)
from vector_format import BACKGROUNDS, State


def code(text: str) -> bytes:
    """Bytes from opcode names and two-digit hexadecimal numbers."""
    return bytes(int(word, 16) if len(word) == 2 else opcode_number(word) for word in text.split())


# name, pc, code. The comments give the bytes by their distance from the pc.
PROGRAMS: tuple[tuple[str, int, str], ...] = (
    # Stores into the instruction that follows the store.
    ("STZ into the next instruction", 0x0040, "LIT INC LIT 45 STZ BRK BRK"),
    ("STZ2 into the next two", 0x0040, "LIT2 INC INC LIT 46 STZ2 BRK BRK BRK"),
    ("STR into the next instruction", 0x0100, "LIT INC LIT 00 STR BRK BRK"),
    ("STR2 into the next two", 0x0100, "LIT2 INC DUP LIT 00 STR2 BRK BRK BRK"),
    ("STA into the next instruction", 0x0100, "LIT INC LIT2 01 06 STA BRK BRK"),
    ("STA2 into the next two", 0x0100, "LIT2 INC DUP LIT2 01 07 STA2 BRK BRK BRK"),
    ("STRr into the next instruction", 0x0100, "LITr INC LITr 00 STRr BRK BRK"),
    ("STRk into the next instruction", 0x0100, "LIT INC LIT 00 STRk BRK BRK"),
    ("STAk2 into the next two", 0x0100, "LIT2 INC DUP LIT2 01 07 STA2k BRK BRK BRK"),
    ("STR makes the next instruction BRK", 0x0100, "LIT BRK LIT 00 STR INC INC BRK"),
    ("STR one behind the next", 0x0100, "LIT INC LIT 01 STR DUP BRK BRK"),
    # Stores into an operand that is about to be read.
    ("STZ into a literal", 0x0040, "LIT 77 LIT 46 STZ LIT 00 BRK"),
    ("STR into a literal", 0x0100, "LIT 77 LIT 01 STR LIT 00 BRK"),
    ("STR2 into a literal short", 0x0100, "LIT2 77 78 LIT 01 STR2 LIT2 00 00 BRK"),
    ("STA into a literal's low byte", 0x0100, "LIT 77 LIT2 01 08 STA LIT2 00 00 BRK"),
    ("STR into a literal of the return stack", 0x0100, "LIT 77 LIT 01 STR LITr 00 BRK"),
    ("STR2 into LIT2r", 0x0100, "LIT2 77 78 LIT 01 STR2 LIT2r 00 00 BRK"),
    ("STR into JMI's distance", 0x0100, "LIT 02 LIT 02 STR JMI 00 00 INC INC BRK"),
    ("STR2 into JMI's distance", 0x0100, "LIT2 00 02 LIT 01 STR2 JMI 00 00 INC INC BRK"),
    ("STR into JCI's distance", 0x0100, "LIT 01 LIT 02 LIT 02 STR JCI 00 00 INC INC BRK"),
    ("STR into JSI's distance", 0x0100, "LIT 02 LIT 02 STR JSI 00 00 INC INC BRK"),
    # Stores into what a jump then leads to.
    ("STR into JMP's target", 0x0100, "LIT INC LIT 04 STR LIT 00 JMP BRK BRK BRK"),
    ("STA into JMP2's target", 0x0100, "LIT DUP LIT2 02 00 STA LIT2 02 00 JMP2"),
    ("STA into JSI's target", 0x0100, "LIT DUP LIT2 02 00 STA JSI 00 f7"),
    ("STA into JSR2's target, then back", 0x0100, "LIT2 JMP2r DUP LIT2 01 10 STA2 LIT2 01 10 JSR2"),
    ("loop that ends itself", 0x0100, "INC LIT 00 LIT fa STR JMI ff f7"),
    ("loop that ends itself by STZ", 0x0000, "INC LIT 00 LIT 00 STZ JMI ff f7"),
    ("loop around 0 that ends itself", 0xFFFC, "INC LIT 00 LIT fa STR JMI ff f7"),
    ("loop over its own counter", 0x0100, "LIT 05 LIT 01 SUB DUP LIT f8 STR LIT ff AND JCI ff f2"),
    # Expansion: the record is at 0x0200 and what it copies at 0x0300, see RECORDS.
    *(
        (f"expansion over the next instructions: {name}", 0x0100, text)
        for name, text in (
            ("DEO2", "LIT2 02 00 LIT 02 DEO2 BRK BRK BRK BRK"),
            ("DEO2k", "LIT2 02 00 LIT 02 DEO2k BRK BRK BRK BRK"),
            ("DEO2r", "LIT2r 02 00 LITr 02 DEO2r BRK BRK BRK BRK"),
            ("port 02, then 03", "LIT 02 LIT 02 DEO LIT2 00 03 DEO BRK BRK BRK BRK"),
            ("port 03 alone", "LIT2 00 03 DEO BRK BRK BRK BRK"),
            ("port 02 alone", "LIT2 02 02 DEO BRK BRK BRK BRK"),
            ("DEO2 at 01 ends at 02", "LIT2 02 00 LIT 01 DEO2 BRK BRK BRK BRK"),
            ("DEO2 at 03 goes on to 04", "LIT2 00 40 LIT 03 DEO2 BRK BRK BRK BRK"),
        )
    ),
    # The state port stops nothing before BRK.
    ("write to 0f, then go on", 0x0100, "LIT2 81 0f DEO LIT2 41 18 DEO LIT 07 BRK"),
    ("write to 0f, then 0 to it", 0x0100, "LIT2 81 0f DEO LIT2 00 0f DEO LIT 07 BRK"),
    (
        "write to 0f, 0 to it, then again",
        0x0100,
        "LIT2 81 0f DEO LIT2 00 0f DEO LIT2 82 0f DEO BRK",
    ),
    ("DEO2 to 0e and 0f, then go on", 0x0100, "LIT2 00 05 LIT 0e DEO2 LIT2 42 19 DEO BRK"),
    ("write to 0f and jump", 0x0100, "LIT2 01 0f DEO JMI 00 01 INC DUP BRK"),
    # Console.
    ("write to 18 and 19 by DEO2", 0x0100, "LIT2 61 62 LIT 18 DEO2 BRK"),
    ("console vector by DEO2", 0x0100, "LIT2 12 34 LIT 10 DEO2 BRK"),
    ("console vector's high byte alone", 0x0100, "LIT2 12 10 DEO BRK"),
    ("console vector latched before 10 changes", 0x0100, "LIT2 34 11 DEO LIT2 56 10 DEO BRK"),
    ("screen vector by DEO2", 0x0100, "LIT2 12 34 LIT 20 DEO2 BRK"),
    ("screen vector's high byte alone", 0x0100, "LIT2 12 20 DEO BRK"),
    ("screen vector latched before 20 changes", 0x0100, "LIT2 34 21 DEO LIT2 56 20 DEO BRK"),
    (
        "screen vector beside the console's",
        0x0100,
        "LIT2 12 34 LIT 20 DEO2 LIT2 56 78 LIT 10 DEO2 BRK",
    ),
    # Pointers through 04 and 05.
    ("set wst by DEO, then push", 0x0100, "LIT2 40 04 DEO LIT 99 BRK"),
    ("set wst by DEOk, then push", 0x0100, "LIT2 40 04 DEOk LIT 99 BRK"),
    ("set rst by DEO, then push", 0x0100, "LIT2 40 05 DEO LITr 99 LIT 98 BRK"),
    ("set wst from rst", 0x0100, "LIT2r 40 04 DEOr LIT 99 LITr 98 BRK"),
    ("set rst from rst", 0x0100, "LIT2r 40 05 DEOr LIT 99 LITr 98 BRK"),
    ("set rst from rst, keep", 0x0100, "LIT2r 40 05 DEOkr LIT 99 LITr 98 BRK"),
    ("set both", 0x0100, "LIT2 40 50 LIT 04 DEO2 LIT 99 LITr 98 BRK"),
    ("set both, keep", 0x0100, "LIT2 40 50 LIT 04 DEO2k LIT 99 LITr 98 BRK"),
    ("set both from rst, keep", 0x0100, "LIT2r 40 50 LITr 04 DEO2kr LIT 99 LITr 98 BRK"),
    ("set wst to ff, then push a short", 0x0100, "LIT2 ff 04 DEO LIT2 98 99 BRK"),
    ("set wst to 00, then pop a short", 0x0100, "LIT2 00 04 DEO INC2 BRK"),
    ("read both", 0x0100, "LIT 04 DEI2 BRK"),
    ("read both, keep", 0x0100, "LIT 04 DEI2k BRK"),
    ("read both from rst", 0x0100, "LITr 04 DEI2r BRK"),
    ("read 03 and 04", 0x0100, "LIT 03 DEI2 BRK"),
    ("read 05 and 06", 0x0100, "LIT 05 DEI2 BRK"),
    ("set wst, then read it", 0x0100, "LIT2 40 04 DEO LIT 04 DEI BRK"),
    # Through 0xffff.
    ("straight through 0xffff", 0xFFFD, "LIT2 12 34 INC2 DUP BRK"),
    ("literal across 0xffff", 0xFFFE, "LIT2 12 34 INC2 BRK"),
    ("call across 0xffff and back", 0xFFFD, "JSI 00 01 BRK LIT 07 JMP2r"),
    ("STR over 0xffff into the next instruction", 0xFFFA, "LIT2 INC DUP LIT 00 STR2 BRK BRK BRK"),
)

RECORD = 0x0200
SOURCE = 0x0300
TARGET = 0x0106

# The bytes at RECORD: operation, length, bank, address, then value or bank, address.
RECORDS: tuple[tuple[str, str], ...] = (
    ("fill", "00 00 03 00 00 01 06 01"),
    ("fill with length 0", "00 00 00 00 00 01 06 01"),
    ("fill in bank 1", "00 00 03 00 01 01 06 01"),
    ("fill in bank 0x0100", "00 00 03 01 00 01 06 01"),
    ("fill across 0xffff", "00 00 08 00 00 ff fc 01"),
    ("fill over its own record", "00 00 20 00 00 01 f8 01"),
    ("fill almost all memory with BRK", "00 ff ff 00 00 00 00 00"),
    ("copy ascending", "01 00 03 00 00 03 00 00 00 01 06"),
    ("copy descending", "02 00 03 00 00 03 00 00 00 01 06"),
    ("copy ascending, overlapping upwards", "01 00 10 00 00 03 00 00 00 03 01"),
    ("copy descending, overlapping upwards", "02 00 10 00 00 03 00 00 00 03 01"),
    ("copy ascending, overlapping downwards", "01 00 10 00 00 03 01 00 00 03 00"),
    ("copy descending, overlapping downwards", "02 00 10 00 00 03 01 00 00 03 00"),
    ("copy ascending from across 0xffff", "01 00 08 00 00 ff fc 00 00 01 06"),
    ("copy descending to across 0xffff", "02 00 08 00 00 03 00 00 00 ff fc"),
    ("copy with length 0", "01 00 00 00 00 03 00 00 00 01 06"),
    ("copy from bank 1", "01 00 03 00 01 03 00 00 00 01 06"),
    ("copy to bank 1", "01 00 03 00 00 03 00 00 01 01 06"),
    ("copy to bank 0x0100", "02 00 03 00 00 03 00 01 00 01 06"),
    ("copy over its own record", "01 00 10 00 00 03 00 00 00 01 fc"),
    ("operation 03", "03 00 03 00 00 03 00 00 00 01 06"),
    ("operation ff", "ff 00 03 00 00 03 00 00 00 01 06"),
    ("operation 81", "81 00 03 00 00 03 00 00 00 01 06"),
)


def directed_programs(rng: random.Random) -> Iterator[tuple[str, State]]:
    """PROGRAMS on every background, those of the expansion with every record."""
    for name, pc, text in PROGRAMS:
        records = RECORDS if name.startswith("expansion") else (("", ""),)
        for (record_name, record), background in itertools.product(records, BACKGROUNDS):
            state = random_state(rng, background)
            state.pc = pc
            state.wst, state.rst = rng.choice(((0x10, 0x20), (0xFE, 0xFF), (0x00, 0x01)))
            if record:
                state.device_page[0x02] = RECORD >> 8
                state.write(RECORD, code(record))
                state.write(SOURCE, [0x01] * 3 + [*range(0x60, 0x70)])
            state.write(pc, code(text) + bytes(4))
            yield f"{name}{record_name and ', '}{record_name} ({background})", state
    for address in range(0xFFF4, 0x10000):
        for record_name, record in RECORDS:
            state = random_state(rng, "noise")
            state.pc = 0x0100
            state.write(0x0300, [0x01] * 0x20)
            state.write(address, code(record))
            state.write(0x0100, code("LIT2 ff 00 LIT 02 DEO2 BRK BRK BRK BRK BRK BRK"))
            state.ram[0x0102] = address & 0xFF
            yield f"expansion record at {address:04x}, {record_name}", state


def literal(rng: random.Random, value: int, width: int) -> bytes:
    """Pushes a value on wst, occasionally on rst."""
    opcode = "LIT2" if width == 2 else "LIT"
    opcode += "r" if rng.random() < 0.1 else ""
    return bytes([opcode_number(opcode)]) + value.to_bytes(width, "big")


def random_fragment(rng: random.Random, address: int) -> bytes:
    """A few bytes of program that make sense, as random bytes rarely do."""
    keep = "k" if rng.random() < 0.15 else ""
    short = rng.random() < 0.5
    mode = ("2" if short else "") + keep
    width = 2 if short else 1
    value = literal(rng, rng.randrange(1 << (8 * width)), width)
    tame = [opcode for opcode in range(1, 0x100) if opcode & 0x1F and opcode & 0x1F not in JUMPS]
    if rng.random() < 0.3:
        value = literal(rng, int.from_bytes(bytes(rng.choices(tame, k=width)), "big"), width)
    near = (address + rng.randrange(0x18)) & 0xFFFF
    kind = rng.random()
    if kind < 0.35:
        return bytes([rng.choice(tame)])
    if kind < 0.45:
        return value
    if kind < 0.52:
        distance = rng.choice((*DISTANCES, *range(0, 12)))
        return value + literal(rng, distance, 1) + bytes([opcode_number("STR" + mode)])
    if kind < 0.59:
        target = rng.choice((near, near, rng.choice(ADDRESSES)))
        return value + literal(rng, target, 2) + bytes([opcode_number("STA" + mode)])
    if kind < 0.64:
        return value + literal(rng, near & 0xFF, 1) + bytes([opcode_number("STZ" + mode)])
    if kind < 0.74:
        port = rng.choice(PORTS)
        return value + literal(rng, port, 1) + bytes([opcode_number("DEO" + mode)])
    if kind < 0.79:
        return literal(rng, rng.choice(PORTS), 1) + bytes([opcode_number("DEI" + mode)])
    if kind < 0.82:
        return code("LIT2") + near.to_bytes(2, "big") + code("LIT 02 DEO2")
    if kind < 0.85:
        return literal(rng, rng.choice(POINTERS), 1) + code(
            rng.choice(("LIT 04", "LIT 05")) + " DEO"
        )
    if kind < 0.89:
        jump = rng.choice(("JMI", "JCI", "JSI"))
        return code(jump) + rng.choice((0, 1, 2, 3, 5, 0xFFF0)).to_bytes(2, "big")
    if kind < 0.93:
        jump = rng.choice(("JMP", "JCN", "JSR")) + keep
        return literal(rng, rng.choice((0, 1, 2, 3, 5, 0xF8)), 1) + code(jump)
    if kind < 0.96:
        jump = rng.choice(("JMP2", "JCN2", "JSR2")) + keep
        return code("LIT2") + near.to_bytes(2, "big") + code(jump)
    if kind < 0.98:
        return bytes([rng.randrange(1, 0x100)])
    return bytes([rng.choice(BYTES)])


JUMPS = {opcode_number(name) for name in ("JMP", "JCN", "JSR")}


def random_programs(rng: random.Random, how_many: int) -> Iterator[tuple[str, State]]:
    """Programs of 1 to 16 fragments, most of memory BRK."""
    for number in range(how_many):
        state = random_state(rng, rng.choice(("brk", "brk", "brk", "sled", "noise")))
        state.pc = rng.choice((0x0100, 0x0100, 0x0100, 0x0040, rng.randrange(0xFFE8, 0x10000)))
        if rng.random() < 0.4:
            state.wst, state.rst = rng.choice(POINTERS), rng.choice(POINTERS)
        program = b""
        for _ in range(rng.randint(1, 16)):
            program += random_fragment(rng, state.pc + len(program))
        state.write(state.pc, program + bytes(4))
        first = opcode_name(program[0])
        yield f"program {number}, {len(program)} bytes from {first} on", state
