"""Start states that run one instruction: chosen ones, and random ones."""

from __future__ import annotations

import itertools
import random
from typing import Iterator

from isa_model import IMMEDIATES, MNEMONICS, PORT_STATE, opcode_name
from vector_format import BACKGROUNDS, State

# The operands of each base opcode, bottom to top: m (byte or short), c (condition), z (zero page
# address), d (distance), a (absolute address), p (port), s (shift), t (jump target, wide as m).
OPERANDS = {
    **dict.fromkeys("INC POP DUP STH".split(), "m"),
    **dict.fromkeys("NIP SWP OVR EQU NEQ GTH LTH ADD SUB MUL DIV AND ORA EOR".split(), "mm"),
    "ROT": "mmm",
    **dict.fromkeys("JMP JSR".split(), "t"),
    "JCN": "ct",
    **{"LDZ": "z", "STZ": "mz", "LDR": "d", "STR": "md", "LDA": "a", "STA": "ma"},
    **{"DEI": "p", "DEO": "mp", "SFT": "ms"},
}

BYTES = (0x00, 0x01, 0x02, 0x0F, 0x7F, 0x80, 0xFE, 0xFF)
SHORTS = (0x0000, 0x0001, 0x00FF, 0x0100, 0x01FF, 0x7FFF, 0x8000, 0xFF00, 0xFFFE, 0xFFFF)
CONDITIONS = (0x00, 0x01, 0x80, 0xFF)
ZERO_PAGE = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)
DISTANCES = (0x00, 0x01, 0x02, 0x7F, 0x80, 0x81, 0xFD, 0xFE, 0xFF)
ADDRESSES = (0x0000, 0x0001, 0x00FF, 0x0100, 0x0101, 0x0102, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF)
PORTS = (0x00, 0x02, 0x03, 0x04, 0x05, 0x0E, 0x0F, 0x10, 0x11, 0x12, 0x17, 0x18, 0x19, 0x80, 0xFE)
PORTS_AT_THE_END = (0xFF,)
SHIFTS = tuple(
    [low for low in (0x00, 0x01, 0x07, 0x08, 0x0F)]
    + [high for high in (0x10, 0x70, 0x80, 0xF0)]
    + [0x11, 0x44, 0x4C, 0x78, 0x87, 0x88, 0x8F, 0xC4, 0xF1, 0x1F, 0xFF]
)
POINTERS = (0x00, 0x01, 0x02, 0x03, 0x04, 0xFC, 0xFD, 0xFE, 0xFF)
PROGRAM_COUNTERS = (0x0000, 0x0001, 0x00FE, 0x7FFF, 0xFF80, 0xFFFB, 0xFFFC, 0xFFFD, 0xFFFE, 0xFFFF)

# Operands whose sum or difference carries from the low byte: the others, and the first. Pointers at which the bytes of
# these operands lie on both sides of a stack's end.
CARRIES = ((0x0001, 0xFFFF), (0xFFFF, 0x0000))
CARRYING_POINTERS = (0x01, 0x02, 0x03)

# Operands of jumps are 16-bit distances, a literal's are data.
IMMEDIATE_OPERANDS = (
    0x0000,
    0x0001,
    0x0004,
    0x007F,
    0x0100,
    0x7FFF,
    0x8000,
    0xFEFD,
    0xFF00,
    0xFFF0,
)

Operand = tuple[int, int]  # value, width in bytes


def operand_choices(kind: str, short: bool) -> list[Operand]:
    """The values worth trying for one operand."""
    width = 2 if short else 1
    values, width = {
        "m": (SHORTS if short else BYTES, width),
        "t": (ADDRESSES if short else DISTANCES, width),
        "c": (CONDITIONS, 1),
        "z": (ZERO_PAGE, 1),
        "d": (DISTANCES, 1),
        "a": (ADDRESSES, 2),
        "p": (PORTS + PORTS_AT_THE_END, 1),
        "s": (SHIFTS, 1),
    }[kind]
    return [(value, width) for value in values]


def random_operand(kind: str, short: bool, rng: random.Random) -> Operand:
    """One of the values worth trying, or any."""
    value, width = rng.choice(operand_choices(kind, short))
    if rng.random() < 0.6:
        value = rng.randrange(1 << (8 * width))
    return value, width


def random_state(rng: random.Random, background: str) -> State:
    """Stacks and device page full of random bytes, pointers and pc anywhere."""
    state = State(
        background=background,
        fill=rng.randrange(1 << 32),
        pc=rng.choice((0x0100, 0x0040, rng.randrange(0x10000))),
        wst=rng.randrange(0x100),
        rst=rng.randrange(0x100),
    )
    # No vector is delivered after a stop was asked for.
    state.device_page[PORT_STATE] = 0
    return state


def put_operands(state: State, opcode: int, operands: tuple[Operand, ...]) -> None:
    """Lays operands on the stack that the opcode pops from, below its pointer."""
    on_return_stack = bool(opcode & 0x40) and opcode & 0x1F != 0
    memory = state.return_stack if on_return_stack else state.working_stack
    data = b"".join(value.to_bytes(width, "big") for value, width in operands)
    bottom = (state.rst if on_return_stack else state.wst) - len(data)
    for position, byte in enumerate(data):
        memory[(bottom + position) & 0xFF] = byte


def put_code(state: State, code: bytes) -> None:
    """The code at the pc, and after it a BRK; then a BRK where the first instruction leads.

    That second BRK is only put where it doesn't fall on the instruction itself: the run then ends
    in some other way, or the state is dropped.
    """
    state.write(state.pc, code + b"\0")
    probe = state.machine()
    if probe.step() and (probe.pc - state.pc) & 0xFFFF >= len(code):
        state.ram[probe.pc] = 0


def instruction(
    state: State, opcode: int, operands: tuple[Operand, ...], immediate: int = 0
) -> State:
    """Completes a state that runs one opcode on operands, or on an immediate operand."""
    put_operands(state, opcode, operands)
    code = bytes([opcode])
    if opcode & 0x1F == 0:
        name = IMMEDIATES[opcode >> 5]
        width = {"BRK": 0, "LIT": 1, "LITr": 1}.get(name, 2)
        code += (immediate & ((1 << (8 * width)) - 1)).to_bytes(width, "big")
    put_code(state, code)
    return state


def kinds_of(opcode: int) -> str:
    """The operands that an opcode pops, as in OPERANDS."""
    if opcode & 0x1F == 0:
        return "c" if IMMEDIATES[opcode >> 5] == "JCI" else ""
    return OPERANDS[MNEMONICS[opcode & 0x1F]]


def all_operands(opcode: int, rng: random.Random, most: int) -> list[tuple[Operand, ...]]:
    """All combinations of the values worth trying, or as many of them, drawn at random."""
    short = bool(opcode & 0x20)
    combinations = list(itertools.product(*(operand_choices(k, short) for k in kinds_of(opcode))))
    if len(combinations) > most:
        combinations = rng.sample(combinations, most)
    if MNEMONICS[opcode & 0x1F] == "DIV":
        width = 2 if short else 1
        combinations += [((dividend, width), (0, width)) for dividend in (0, 1, 0xFF)]
    return list(dict.fromkeys(combinations))


def any_operands(opcode: int, rng: random.Random) -> tuple[Operand, ...]:
    """One draw for each operand."""
    return tuple(random_operand(kind, bool(opcode & 0x20), rng) for kind in kinds_of(opcode))


def directed_instructions(rng: random.Random) -> Iterator[tuple[str, State]]:
    """Every opcode: operand values; stack pointers next to the ends; pc next to the ends."""
    backgrounds = itertools.cycle(BACKGROUNDS)
    for opcode in range(0x100):
        name = opcode_name(opcode)
        has_immediate = opcode != 0 and opcode & 0x1F == 0
        immediates = IMMEDIATE_OPERANDS if has_immediate else (0,)
        for operands in all_operands(opcode, rng, 20):
            for immediate in immediates:
                state = random_state(rng, next(backgrounds))
                state.pc = 0x0100
                values = " ".join(f"{value:0{2 * width}x}" for value, width in operands)
                label = f"{name} operands {values}"
                label += f" and {immediate:04x}" if has_immediate else ""
                yield label, instruction(state, opcode, operands, immediate)
        for this, other in itertools.chain(
            ((pointer, pointer) for pointer in POINTERS),
            ((pointer, 0x80) for pointer in POINTERS),
            ((0x80, pointer) for pointer in POINTERS),
        ):
            state = random_state(rng, next(backgrounds))
            state.pc, state.wst, state.rst = 0x0100, this, other
            operands = any_operands(opcode, rng)
            label = f"{name} pointers {this:02x} {other:02x}"
            yield label, instruction(state, opcode, operands, rng.choice(immediates))
        # A carry or borrow that crosses the end of a stack takes both at once.
        kinds = kinds_of(opcode)
        for pointer, carry in itertools.product(CARRYING_POINTERS, CARRIES if "m" in kinds else ()):
            state = random_state(rng, next(backgrounds))
            state.pc, state.wst, state.rst = 0x0100, pointer, pointer
            width = 2 if opcode & 0x20 else 1
            operands = tuple(
                (carry[position == 0] & (0xFFFF if width == 2 else 0xFF), width)
                if kind == "m"
                else random_operand(kind, width == 2, rng)
                for position, kind in enumerate(kinds)
            )
            label = f"{name} carries {carry[0]:04x} {carry[1]:04x} at {pointer:02x}"
            yield label, instruction(state, opcode, operands)
        for pc in PROGRAM_COUNTERS:
            state = random_state(rng, next(backgrounds))
            state.pc = pc
            operands = any_operands(opcode, rng)
            label = f"{name} pc {pc:04x}"
            yield label, instruction(state, opcode, operands, rng.choice(immediates))


def random_instructions(rng: random.Random, per_opcode: int) -> Iterator[tuple[str, State]]:
    """Every opcode, that many times, on random operands in random places."""
    for opcode in range(0x100):
        for number in range(per_opcode):
            state = random_state(rng, rng.choice(list(BACKGROUNDS)))
            operands = any_operands(opcode, rng)
            name = f"{opcode_name(opcode)} random {number}"
            yield name, instruction(state, opcode, operands, rng.randrange(0x10000))
