"""Checks that the directed vectors notice mistakes: the model must fail with each of those below.

Most of them were made by some interpreter of this instruction set.
"""

from __future__ import annotations

import random
from typing import Callable, Iterator

import pytest

import isa_model
import programs
import single_instructions
from isa_model import Machine, Operation, Stack, signed
from vector_format import State, vector_line

Change = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(scope="module")
def vectors() -> list[tuple[str, State, str]]:
    """Name, start and line of every directed vector."""

    def all_states() -> Iterator[tuple[str, State]]:
        rng = random.Random(1)
        yield from programs.directed_programs(rng)
        yield from single_instructions.directed_instructions(rng)

    lines = ((name, state, vector_line(name, "directed", state)) for name, state in all_states())
    return [(name, state, line) for name, state, line in lines if line is not None]


def base(mnemonic: str, action: Callable[[Operation], None]) -> Change:
    """A base opcode that does something else."""
    number = isa_model.MNEMONICS.index(mnemonic)

    def change(monkeypatch: pytest.MonkeyPatch) -> None:
        actions = list(isa_model.BASE_ACTIONS)
        actions[number] = action
        monkeypatch.setattr(isa_model, "BASE_ACTIONS", tuple(actions))

    return change


def immediate(name: str, action: Callable[[Machine], None]) -> Change:
    """An immediate that does something else."""
    number = isa_model.IMMEDIATES.index(name)

    def change(monkeypatch: pytest.MonkeyPatch) -> None:
        actions = list(isa_model.IMMEDIATE_ACTIONS)
        actions[number] = action
        monkeypatch.setattr(isa_model, "IMMEDIATE_ACTIONS", tuple(actions))

    return change


def method(owner: type, name: str, replacement: Callable[..., object]) -> Change:
    """Changes a rule of the model."""
    return lambda monkeypatch: monkeypatch.setattr(owner, name, replacement)


def ldz_into_the_first_page(o: Operation) -> None:
    (address,) = o.take(1)
    o.push(o.machine.load_bytes(address, o.width))


def stz_into_the_first_page(o: Operation) -> None:
    value, address = o.take(o.width, 1)
    o.machine.store_bytes(address, value, o.width)


def ldr_unsigned(o: Operation) -> None:
    (distance,) = o.take(1)
    o.push(o.machine.load_bytes((o.machine.pc + distance) & 0xFFFF, o.width))


def str_from_the_opcode(o: Operation) -> None:
    value, distance = o.take(o.width, 1)
    address = (o.machine.pc - 1 + signed(distance)) & 0xFFFF
    o.machine.store_bytes(address, value, o.width)


def lda_without_wrap(o: Operation) -> None:
    (address,) = o.take(2)
    high = o.machine.ram[address]
    low = o.machine.ram[address + 1] if address < 0xFFFF else 0
    o.push(high << 8 | low if o.width == 2 else high)


def dei_before_the_operand_is_popped(o: Operation) -> None:
    pointer = o.stack.pointer
    port = o.stack.pop(1)
    after = o.stack.pointer
    o.stack.pointer = pointer
    value = 0
    for position in range(o.width):
        value = value << 8 | o.machine.device_in((port + position) & 0xFF)
    o.stack.pointer = pointer if o.keep else after
    o.push(value)


def dei_pushes_in_between(o: Operation) -> None:
    (port,) = o.take(1)
    for position in range(o.width):
        o.stack.push(o.machine.device_in((port + position) & 0xFF), 1)


def deo_low_byte_first(o: Operation) -> None:
    value, port = o.take(o.width, 1)
    for position, byte in reversed(list(enumerate(value.to_bytes(o.width, "big")))):
        o.machine.device_out((port + position) & 0xFF, byte)


def deo_puts_the_pointer_back_last(o: Operation) -> None:
    pointer = o.stack.pointer
    isa_model.deo(o)
    if o.keep:
        o.stack.pointer = pointer


def deo_without_port_wrap(o: Operation) -> None:
    value, port = o.take(o.width, 1)
    for position, byte in enumerate(value.to_bytes(o.width, "big")):
        if port + position <= 0xFF:
            o.machine.device_out(port + position, byte)


def jsr_to_the_return_stack_always(o: Operation) -> None:
    (target,) = o.take(o.width)
    o.machine.rst.push(o.machine.pc, 2)
    o.jump(target)


def jcn_short_condition(o: Operation) -> None:
    condition, target = o.take(o.width, o.width)
    if condition != 0:
        o.jump(target)


def sft_left_first(o: Operation) -> None:
    a, shift = o.take(o.width, 1)
    o.push(((a << (shift >> 4)) & (0xFFFF if o.width == 2 else 0xFF)) >> (shift & 0x0F))


def sft_count_of_three_bits(o: Operation) -> None:
    a, shift = o.take(o.width, 1)
    o.push((a >> (shift & 0x07)) << (shift >> 4))


def div_by_zero_gives_ones(o: Operation) -> None:
    a, b = o.take(o.width, o.width)
    o.push(a // b if b != 0 else 0xFFFF)


def gth_signed(o: Operation) -> None:
    sign = 1 << (8 * o.width - 1)
    a, b = o.take(o.width, o.width)
    o.push_truth((a ^ sign) > (b ^ sign))


def jsi_returns_to_the_operand(machine: Machine) -> None:
    machine.rst.push(machine.pc, 2)
    distance = machine.fetch(2)
    machine.pc = machine.relative(distance)


def jci_keeps_the_condition(machine: Machine) -> None:
    pointer = machine.wst.pointer
    isa_model.jci(machine)
    machine.wst.pointer = pointer


def fetch_without_wrap(self: Machine, width: int) -> int:
    data = bytes(self.ram[self.pc : self.pc + width]).ljust(width, b"\0")
    self.pc = (self.pc + width) & 0xFFFF
    return int.from_bytes(data, "big")


def pop_that_clears(self: Stack, width: int) -> int:
    value = 0
    for position in range(width):
        self.pointer = (self.pointer - 1) & 0xFF
        value |= self.memory[self.pointer] << (8 * position)
        self.memory[self.pointer] = 0
    return value


def pop_low_byte_on_top_only(self: Stack, width: int) -> int:
    data = [self.memory[(self.pointer - width + position) & 0xFF] for position in range(width)]
    self.pointer = (self.pointer - width) & 0xFF
    return int.from_bytes(bytes(reversed(data)), "big")


def step_that_stops_at_0f(self: Machine) -> bool:
    return STEP(self) and not self.stop_requested


def reading_a_pointer_stores_it(self: Machine, port: int) -> int:
    value = DEVICE_IN(self, port)
    self.device_page[port] = value
    return value


def console_vector_not_latched(self: Machine, port: int, value: int) -> None:
    DEVICE_OUT(self, port, value)
    if port == 0x10:
        self.console_vector = self.page_short(0x10)


def screen_vector_not_latched(self: Machine, port: int, value: int) -> None:
    DEVICE_OUT(self, port, value)
    if port == 0x20:
        self.screen_vector = self.page_short(0x20)


def stop_that_stands(self: Machine, port: int, value: int) -> None:
    stopped, exit_code = self.stop_requested, self.exit_code
    DEVICE_OUT(self, port, value)
    if port == 0x0F and value == 0:
        self.stop_requested, self.exit_code = stopped, exit_code


def exit_code_that_stands(self: Machine, port: int, value: int) -> None:
    exit_code = self.exit_code
    DEVICE_OUT(self, port, value)
    if port == 0x0F and value == 0:
        self.exit_code = exit_code


def expansion_that(**otherwise: bool) -> Change:
    """The expansion device with one rule changed."""

    def expand(self: Machine, record: int) -> None:
        def field(offset: int, width: int) -> int:
            address = record + offset
            if otherwise.get("record_does_not_wrap") and address + width > 0x10000:
                return 0
            return self.load_bytes(address & 0xFFFF, width)

        operation, length, bank = field(0, 1), field(1, 2), field(3, 2)
        address = field(5, 2)
        if bank != 0 and not otherwise.get("ignores_the_bank"):
            return
        if bank & 0xFF != 0 and otherwise.get("ignores_the_bank"):
            return
        copies = (1, 2, 3) if otherwise.get("copies_for_operation_3") else (1, 2)
        if length == 0 and otherwise.get("length_0_is_all"):
            length = 1
        if operation == 0:
            value = field(7, 1)
            for position in range(length):
                if address + position > 0xFFFF and otherwise.get("fill_does_not_wrap"):
                    break
                self.store_byte((address + position) & 0xFFFF, value)
        elif operation in copies:
            if field(7, 2) != 0 and not otherwise.get("ignores_the_destination_bank"):
                return
            destination = field(9, 2)
            ascending = range(length)
            downwards = operation == 2
            if otherwise.get("copies_ascending_only"):
                downwards = False
            if otherwise.get("copies_as_memmove"):
                downwards = destination > address
            for position in reversed(ascending) if downwards else ascending:
                byte = self.ram[(address + position) & 0xFFFF]
                self.store_byte((destination + position) & 0xFFFF, byte)

    return method(Machine, "expand", expand)


def stale_code(operands: bool) -> Change:
    """A backend that decodes ahead and doesn't notice stores into operands or opcodes."""

    def step(self: Machine) -> bool:
        if not hasattr(self, "decoded"):
            setattr(self, "decoded", bytes(self.ram))
        return STEP(self)

    def fetch(self: Machine, width: int) -> int:
        # Whether this is an operand shows in what runs before: the opcode was fetched by step.
        is_operand = getattr(self, "in_instruction", False)
        present = self.ram
        if is_operand == operands:
            self.ram = bytearray(getattr(self, "decoded"))
        value = FETCH(self, width)
        self.ram = present
        setattr(self, "in_instruction", not is_operand and value in (0x20, 0x40, 0x60, 0x80, 0xA0))
        return value

    def change(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Machine, "step", step)
        monkeypatch.setattr(Machine, "fetch", fetch)

    return change


STEP = Machine.step
FETCH = Machine.fetch
DEVICE_IN = Machine.device_in
DEVICE_OUT = Machine.device_out

MISTAKES: dict[str, Change] = {
    "LDZ2 at ff reads 0x0100": base("LDZ", ldz_into_the_first_page),
    "STZ2 at ff writes 0x0100": base("STZ", stz_into_the_first_page),
    "LDR's distance is unsigned": base("LDR", ldr_unsigned),
    "STR's distance counts from the opcode": base("STR", str_from_the_opcode),
    "LDA2 at ffff doesn't wrap": base("LDA", lda_without_wrap),
    "DEI reads before it pops": base("DEI", dei_before_the_operand_is_popped),
    "DEI2 pushes in between": base("DEI", dei_pushes_in_between),
    "DEO2 writes the low byte first": base("DEO", deo_low_byte_first),
    "DEOk puts the pointer back last": base("DEO", deo_puts_the_pointer_back_last),
    "DEO2 at ff doesn't wrap": base("DEO", deo_without_port_wrap),
    "JSRr pushes on rst": base("JSR", jsr_to_the_return_stack_always),
    "JCN2 pops a short condition": base("JCN", jcn_short_condition),
    "SFT shifts left first": base("SFT", sft_left_first),
    "SFT counts to 7": base("SFT", sft_count_of_three_bits),
    "DIV by 0 gives ones": base("DIV", div_by_zero_gives_ones),
    "GTH is signed": base("GTH", gth_signed),
    "JSI returns to its operand": immediate("JSI", jsi_returns_to_the_operand),
    "JCI keeps its condition": immediate("JCI", jci_keeps_the_condition),
    "operands don't wrap at ffff": method(Machine, "fetch", fetch_without_wrap),
    "popped bytes are cleared": method(Stack, "pop", pop_that_clears),
    "shorts are little-endian": method(Stack, "pop", pop_low_byte_on_top_only),
    "a write to 0f stops at once": method(Machine, "step", step_that_stops_at_0f),
    "reading 04 changes the page": method(Machine, "device_in", reading_a_pointer_stores_it),
    "10 alone sets the vector": method(Machine, "device_out", console_vector_not_latched),
    "20 alone sets the screen vector": method(Machine, "device_out", screen_vector_not_latched),
    "0 doesn't take a stop back": method(Machine, "device_out", stop_that_stands),
    "0 leaves the exit code": method(Machine, "device_out", exit_code_that_stands),
    **{
        f"expansion: {rule.replace('_', ' ')}": expansion_that(**{rule: True})
        for rule in (
            "record_does_not_wrap",
            "ignores_the_bank",
            "ignores_the_destination_bank",
            "copies_for_operation_3",
            "length_0_is_all",
            "fill_does_not_wrap",
            "copies_ascending_only",
            "copies_as_memmove",
        )
    },
    "stale opcodes are run": stale_code(operands=False),
    "stale operands are read": stale_code(operands=True),
}


def without_notes(line: str | None) -> str | None:
    """A vector without the special cases it met, which are not part of the machine."""
    return line and line.partition(',"touches"')[0]


def first_failure(vectors: list[tuple[str, State, str]]) -> str | None:
    """The first vector that the changed model doesn't end as expected."""
    for name, state, line in vectors:
        if without_notes(vector_line(name, "directed", state)) != without_notes(line):
            return name
    return None


def test_the_model_as_it_is_passes(vectors: list[tuple[str, State, str]]) -> None:
    assert first_failure(vectors[:500]) is None


def test_the_expansion_device_without_a_mistake_passes(
    vectors: list[tuple[str, State, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Otherwise the vectors would notice how it is written here rather than its mistakes.
    expansion_that()(monkeypatch)
    assert first_failure([vector for vector in vectors if '"expansion"' in vector[2]]) is None


@pytest.mark.parametrize("mistake", MISTAKES)
def test_vectors_notice(
    mistake: str, vectors: list[tuple[str, State, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    MISTAKES[mistake](monkeypatch)
    assert first_failure(vectors) is not None
