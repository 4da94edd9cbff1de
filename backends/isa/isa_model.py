"""A plain model of the instruction set, written from its description alone.

It shares no line with the C++ code: slow, short, one place per rule. The vector generator runs it,
and the vectors then bind the reference interpreter and every backend to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Sequence

RAM_SIZE = 0x10000
ROM_START = 0x0100
ROM_LIMIT = RAM_SIZE - ROM_START

# Ports that do more than store a byte.
PORT_EXPANSION_LOW = 0x03
PORT_WORKING_STACK_POINTER = 0x04
PORT_RETURN_STACK_POINTER = 0x05
PORT_STATE = 0x0F
PORT_CONSOLE_VECTOR_HIGH = 0x10
PORT_CONSOLE_VECTOR_LOW = 0x11
PORT_CONSOLE_READ = 0x12
PORT_CONSOLE_TYPE = 0x17
PORT_CONSOLE_WRITE = 0x18
PORT_CONSOLE_ERROR = 0x19
PORT_SCREEN_VECTOR_HIGH = 0x20
PORT_SCREEN_VECTOR_LOW = 0x21

CONSOLE_INPUT = 1
CONSOLE_ARGUMENT = 2
CONSOLE_END_OF_ARGUMENT = 3
CONSOLE_END = 4

# How often the screen vector is delivered.
FRAMES = 60

MNEMONICS = (
    "BRK INC POP NIP SWP ROT DUP OVR EQU NEQ GTH LTH JMP JCN JSR STH "
    "LDZ STZ LDR STR LDA STA DEI DEO ADD SUB MUL DIV AND ORA EOR SFT"
).split()
IMMEDIATES = "BRK JCI JMI JSI LIT LIT2 LITr LIT2r".split()


def opcode_name(opcode: int) -> str:
    """The name as Uxntal writes it: mnemonic, then 2, k and r for short, keep and return."""
    if opcode & 0x1F == 0:
        return IMMEDIATES[opcode >> 5]
    return (
        MNEMONICS[opcode & 0x1F]
        + ("2" if opcode & 0x20 else "")
        + ("k" if opcode & 0x80 else "")
        + ("r" if opcode & 0x40 else "")
    )


def opcode_number(name: str) -> int:
    """The inverse of opcode_name; modes may come in any order. Raises ValueError or KeyError."""
    if name in IMMEDIATES:
        return IMMEDIATES.index(name) << 5
    base = MNEMONICS.index(name[:3])
    modes = {"2": 0x20, "r": 0x40, "k": 0x80}
    return base | sum(modes[letter] for letter in name[3:])


def signed(byte: int) -> int:
    """The byte as a distance, -128 to 127."""
    return byte - 0x100 if byte & 0x80 else byte


def console_events(text: bytes, arguments: Sequence[bytes]) -> list[tuple[int, int]]:
    """Byte and type of each event: the arguments with their ends, the input and its end."""
    events = []
    for position, argument in enumerate(arguments, start=1):
        events += [(byte, CONSOLE_ARGUMENT) for byte in argument]
        last = position == len(arguments)
        events.append((ord("\n"), CONSOLE_END if last else CONSOLE_END_OF_ARGUMENT))
    return events + [(byte, CONSOLE_INPUT) for byte in text] + [(0, CONSOLE_END)]


class BudgetExhausted(Exception):
    """The vector used up its instruction budget before its BRK."""


class Stack:
    """256 circular bytes. The pointer is where the next byte goes; popped bytes stay in place."""

    def __init__(self) -> None:
        self.memory = bytearray(0x100)
        self.pointer = 0

    def push(self, value: int, width: int) -> None:
        """Pushes a byte (width 1) or a short, its high byte first (width 2)."""
        for byte in value.to_bytes(width, "big"):
            self.memory[self.pointer] = byte
            self.pointer = (self.pointer + 1) & 0xFF

    def pop(self, width: int) -> int:
        """Pops a byte or a short."""
        value = 0
        for position in range(width):
            self.pointer = (self.pointer - 1) & 0xFF
            value |= self.memory[self.pointer] << (8 * position)
        return value


@dataclass
class Machine:
    """Memory, stacks, device page and the devices that the harness gives every backend."""

    ram: bytearray = field(default_factory=lambda: bytearray(RAM_SIZE))
    wst: Stack = field(default_factory=Stack)
    rst: Stack = field(default_factory=Stack)
    device_page: bytearray = field(default_factory=lambda: bytearray(0x100))
    pc: int = ROM_START
    stop_requested: bool = False
    exit_code: int = 0
    console_vector: int = 0
    screen_vector: int = 0
    console_output: bytearray = field(default_factory=bytearray)
    console_error: bytearray = field(default_factory=bytearray)
    instructions: int = 0

    # Whole programs

    def load(self, rom: bytes) -> None:
        """Loads a ROM at 0x0100. Raises ValueError if it doesn't fit."""
        if not 0 < len(rom) <= ROM_LIMIT:
            raise ValueError(f"a ROM has 1 to {ROM_LIMIT} bytes, this one has {len(rom)}")
        self.ram[ROM_START : ROM_START + len(rom)] = rom

    def run_program(
        self,
        console_input: bytes = b"",
        budget: int = 10_000_000,
        arguments: Sequence[bytes] = (),
        frames: int = FRAMES,
    ) -> int:
        """Runs the reset vector, the console events, then the frames. Returns the exit code."""
        if arguments:
            self.device_page[PORT_CONSOLE_TYPE] = 1
        self.run_vector(ROM_START, budget)
        for byte, kind in console_events(console_input, arguments):
            if self.stop_requested or self.console_vector == 0:
                break
            self.device_page[PORT_CONSOLE_READ] = byte
            self.device_page[PORT_CONSOLE_TYPE] = kind
            self.run_vector(self.console_vector, budget)
        for _ in range(frames):
            if self.stop_requested:
                break
            self.run_vector(self.screen_vector, budget)
        return self.exit_code

    def run_vector(self, address: int, budget: int) -> None:
        """Runs from address to a BRK; a vector of 0 does nothing. All vectors share the budget."""
        if address == 0:
            return
        self.pc = address
        self.run_to_break(budget)

    def run_to_break(self, budget: int) -> None:
        """Runs from the pc to a BRK; the pc is then after it. Raises BudgetExhausted."""
        while True:
            if self.instructions >= budget:
                raise BudgetExhausted(f"no BRK after {budget} instructions, pc {self.pc:04x}")
            if not self.step():
                return

    # One instruction

    def step(self) -> bool:
        """Runs one instruction. False if it was BRK, which counts too."""
        self.instructions += 1
        opcode = self.fetch(1)
        if opcode & 0x1F == 0:
            IMMEDIATE_ACTIONS[opcode >> 5](self)
        else:
            BASE_ACTIONS[opcode & 0x1F](Operation(self, opcode))
        return opcode != 0

    def fetch(self, width: int) -> int:
        """Reads a byte or a short at the pc, wrapping byte by byte, and steps over it."""
        value = 0
        for _ in range(width):
            value = value << 8 | self.ram[self.pc]
            self.pc = (self.pc + 1) & 0xFFFF
        return value

    def relative(self, distance: int) -> int:
        """The address at a distance from the pc, which is after opcode and operand."""
        return (self.pc + distance) & 0xFFFF

    def load_bytes(self, address: int, width: int, last: int = 0xFFFF) -> int:
        """A byte or a short from memory. The second byte wraps to 0 after `last`."""
        value = 0
        for position in range(width):
            value = value << 8 | self.ram[(address + position) & last]
        return value

    def store_bytes(self, address: int, value: int, width: int, last: int = 0xFFFF) -> None:
        """Stores a byte or a short, the high byte first."""
        for position, byte in enumerate(value.to_bytes(width, "big")):
            self.store_byte((address + position) & last, byte)

    def store_byte(self, address: int, value: int) -> None:
        """The one place where memory changes."""
        self.ram[address] = value

    # Devices

    def device_in(self, port: int) -> int:
        """Reads one port. All but the stack pointers come from the page."""
        if port == PORT_WORKING_STACK_POINTER:
            return self.wst.pointer
        if port == PORT_RETURN_STACK_POINTER:
            return self.rst.pointer
        return self.device_page[port]

    def device_out(self, port: int, value: int) -> None:
        """Stores in the page, then acts. A later 0 revokes a request to stop."""
        self.device_page[port] = value
        if port == PORT_WORKING_STACK_POINTER:
            self.wst.pointer = value
        elif port == PORT_RETURN_STACK_POINTER:
            self.rst.pointer = value
        elif port == PORT_EXPANSION_LOW:
            self.expand(self.page_short(PORT_EXPANSION_LOW - 1))
        elif port == PORT_STATE:
            self.stop_requested = value != 0
            self.exit_code = value & 0x7F
        elif port == PORT_CONSOLE_VECTOR_LOW:
            self.console_vector = self.page_short(PORT_CONSOLE_VECTOR_HIGH)
        elif port == PORT_SCREEN_VECTOR_LOW:
            self.screen_vector = self.page_short(PORT_SCREEN_VECTOR_HIGH)
        elif port == PORT_CONSOLE_WRITE:
            self.console_output.append(value)
        elif port == PORT_CONSOLE_ERROR:
            self.console_error.append(value)

    def page_short(self, port: int) -> int:
        """The big-endian short at a port of the device page."""
        return self.device_page[port] << 8 | self.device_page[port + 1]

    def expand(self, record: int) -> None:
        """Runs a record: operation, length, bank, address, then a value or a destination."""
        operation = self.load_bytes(record, 1)
        length = self.load_bytes(record + 1, 2)
        bank = self.load_bytes(record + 3, 2)
        address = self.load_bytes(record + 5, 2)
        if bank != 0:
            return
        if operation == 0x00:
            value = self.load_bytes(record + 7, 1)
            for position in range(length):
                self.store_byte((address + position) & 0xFFFF, value)
        elif operation in (0x01, 0x02):
            if self.load_bytes(record + 7, 2) != 0:
                return
            destination = self.load_bytes(record + 9, 2)
            ascending = range(length)
            for position in ascending if operation == 0x01 else reversed(ascending):
                byte = self.ram[(address + position) & 0xFFFF]
                self.store_byte((destination + position) & 0xFFFF, byte)


# Immediates


def brk(_: Machine) -> None:
    """Ends the vector, which step() reports."""


def jci(machine: Machine) -> None:
    distance = machine.fetch(2)
    if machine.wst.pop(1) != 0:
        machine.pc = machine.relative(distance)


def jmi(machine: Machine) -> None:
    distance = machine.fetch(2)
    machine.pc = machine.relative(distance)


def jsi(machine: Machine) -> None:
    distance = machine.fetch(2)
    machine.rst.push(machine.pc, 2)
    machine.pc = machine.relative(distance)


IMMEDIATE_ACTIONS: tuple[Callable[[Machine], None], ...] = (
    brk,
    jci,
    jmi,
    jsi,
    lambda machine: machine.wst.push(machine.fetch(1), 1),
    lambda machine: machine.wst.push(machine.fetch(2), 2),
    lambda machine: machine.rst.push(machine.fetch(1), 1),
    lambda machine: machine.rst.push(machine.fetch(2), 2),
)


# Base opcodes


class Operation:
    """What the mode bits mean for the stacks and for `m`, the byte or short operand."""

    def __init__(self, machine: Machine, opcode: int) -> None:
        self.machine = machine
        self.width = 2 if opcode & 0x20 else 1
        swapped = bool(opcode & 0x40)
        self.stack = machine.rst if swapped else machine.wst
        self.other = machine.wst if swapped else machine.rst
        self.keep = bool(opcode & 0x80)

    def take(self, *widths: int) -> tuple[int, ...]:
        """Pops operands, bottom to top; with keep the pointer is restored."""
        pointer = self.stack.pointer
        operands = [self.stack.pop(width) for width in reversed(widths)]
        if self.keep:
            self.stack.pointer = pointer
        return tuple(reversed(operands))

    def push(self, *values: int) -> None:
        """Pushes results, truncated to the operand's width."""
        for value in values:
            self.stack.push(value & (0xFFFF if self.width == 2 else 0xFF), self.width)

    def push_truth(self, truth: bool) -> None:
        """A comparison's result is one byte in every mode."""
        self.stack.push(int(truth), 1)

    def jump(self, target: int) -> None:
        """A byte is a signed distance, a short an absolute address."""
        self.machine.pc = self.near(target) if self.width == 1 else target

    def near(self, distance: int) -> int:
        """The address at a signed byte's distance from the byte after the opcode."""
        return self.machine.relative(signed(distance))


def inc(o: Operation) -> None:
    (a,) = o.take(o.width)
    o.push(a + 1)


def pop(o: Operation) -> None:
    o.take(o.width)


def nip(o: Operation) -> None:
    _, b = o.take(o.width, o.width)
    o.push(b)


def swp(o: Operation) -> None:
    a, b = o.take(o.width, o.width)
    o.push(b, a)


def rot(o: Operation) -> None:
    a, b, c = o.take(o.width, o.width, o.width)
    o.push(b, c, a)


def dup(o: Operation) -> None:
    (a,) = o.take(o.width)
    o.push(a, a)


def ovr(o: Operation) -> None:
    a, b = o.take(o.width, o.width)
    o.push(a, b, a)


def equ(o: Operation) -> None:
    a, b = o.take(o.width, o.width)
    o.push_truth(a == b)


def neq(o: Operation) -> None:
    a, b = o.take(o.width, o.width)
    o.push_truth(a != b)


def gth(o: Operation) -> None:
    a, b = o.take(o.width, o.width)
    o.push_truth(a > b)


def lth(o: Operation) -> None:
    a, b = o.take(o.width, o.width)
    o.push_truth(a < b)


def jmp(o: Operation) -> None:
    (target,) = o.take(o.width)
    o.jump(target)


def jcn(o: Operation) -> None:
    condition, target = o.take(1, o.width)
    if condition != 0:
        o.jump(target)


def jsr(o: Operation) -> None:
    (target,) = o.take(o.width)
    o.other.push(o.machine.pc, 2)
    o.jump(target)


def sth(o: Operation) -> None:
    (a,) = o.take(o.width)
    o.other.push(a, o.width)


def ldz(o: Operation) -> None:
    (address,) = o.take(1)
    o.push(o.machine.load_bytes(address, o.width, last=0xFF))


def stz(o: Operation) -> None:
    value, address = o.take(o.width, 1)
    o.machine.store_bytes(address, value, o.width, last=0xFF)


def ldr(o: Operation) -> None:
    (distance,) = o.take(1)
    o.push(o.machine.load_bytes(o.near(distance), o.width))


def str_(o: Operation) -> None:
    value, distance = o.take(o.width, 1)
    o.machine.store_bytes(o.near(distance), value, o.width)


def lda(o: Operation) -> None:
    (address,) = o.take(2)
    o.push(o.machine.load_bytes(address, o.width))


def sta(o: Operation) -> None:
    value, address = o.take(o.width, 2)
    o.machine.store_bytes(address, value, o.width)


def dei(o: Operation) -> None:
    (port,) = o.take(1)
    value = 0
    for position in range(o.width):
        value = value << 8 | o.machine.device_in((port + position) & 0xFF)
    o.push(value)


def deo(o: Operation) -> None:
    value, port = o.take(o.width, 1)
    for position, byte in enumerate(value.to_bytes(o.width, "big")):
        o.machine.device_out((port + position) & 0xFF, byte)


def add(o: Operation) -> None:
    a, b = o.take(o.width, o.width)
    o.push(a + b)


def sub(o: Operation) -> None:
    a, b = o.take(o.width, o.width)
    o.push(a - b)


def mul(o: Operation) -> None:
    a, b = o.take(o.width, o.width)
    o.push(a * b)


def div(o: Operation) -> None:
    a, b = o.take(o.width, o.width)
    o.push(a // b if b != 0 else 0)


def and_(o: Operation) -> None:
    a, b = o.take(o.width, o.width)
    o.push(a & b)


def ora(o: Operation) -> None:
    a, b = o.take(o.width, o.width)
    o.push(a | b)


def eor(o: Operation) -> None:
    a, b = o.take(o.width, o.width)
    o.push(a ^ b)


def sft(o: Operation) -> None:
    a, shift = o.take(o.width, 1)
    o.push((a >> (shift & 0x0F)) << (shift >> 4))


def no_base_opcode(_: Operation) -> None:
    raise AssertionError("bits 0 to 4 of an immediate are 0, it has no base opcode")


# In the order of bits 0 to 4.
BASE_ACTIONS: tuple[Callable[[Operation], None], ...] = (
    *(no_base_opcode, inc, pop, nip, swp, rot, dup, ovr),
    *(equ, neq, gth, lth, jmp, jcn, jsr, sth),
    *(ldz, stz, ldr, str_, lda, sta, dei, deo),
    *(add, sub, mul, div, and_, ora, eor, sft),
)
