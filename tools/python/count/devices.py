"""The devices that every backend gets, for machines that Python emulates; harness/machine/ has the original."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from abi_offsets import constants
from workload import Workload

STATE, CONSOLE_VECTOR, CONSOLE_READ, CONSOLE_TYPE = 0x0F, 0x10, 0x12, 0x17
CONSOLE_WRITE, CONSOLE_ERROR, SCREEN_VECTOR = 0x18, 0x19, 0x20
TYPE_INPUT, TYPE_ARGUMENT, TYPE_END_OF_ARGUMENT, TYPE_END = 1, 2, 3, 4


class Memory(Protocol):
    """The parts of a machine that devices read and write."""

    def pointer(self, port: int) -> int:
        """The stack pointer that port 04 or 05 shows."""

    def set_pointer(self, port: int, value: int) -> None:
        """Sets it."""

    def port(self, port: int) -> int:
        """A byte of the device page."""

    def set_port(self, port: int, value: int) -> None:
        """Sets it."""

    def ram(self, address: int) -> int:
        """A byte of memory."""

    def set_ram(self, address: int, value: int) -> None:
        """Sets it."""


class Devices:
    """Console, screen vector, stack pointers, state and expansion."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.output = bytearray()
        self.error = bytearray()
        self.stopped = False
        self.exit_code = 0
        self.console_vector = 0
        self.screen_vector = 0

    def dei(self, port: int) -> int:
        """Reads one port."""
        return self.memory.pointer(port) if port in (0x04, 0x05) else self.memory.port(port)

    def deo(self, port: int, value: int) -> None:
        """Writes one port: stores, then acts."""
        memory = self.memory
        memory.set_port(port, value)
        if port in (0x04, 0x05):
            memory.set_pointer(port, value)
        elif port == 0x03:
            self._expand(memory.port(0x02) << 8 | value)
        elif port == STATE:
            self.stopped = value != 0
            self.exit_code = value & 0x7F
        elif port == CONSOLE_VECTOR + 1:
            self.console_vector = memory.port(CONSOLE_VECTOR) << 8 | value
        elif port == SCREEN_VECTOR + 1:
            self.screen_vector = memory.port(SCREEN_VECTOR) << 8 | value
        elif port == CONSOLE_WRITE:
            self.output.append(value)
        elif port == CONSOLE_ERROR:
            self.error.append(value)

    def _expand(self, address: int) -> None:
        record = [self.memory.ram((address + index) & 0xFFFF) for index in range(11)]
        shorts = [record[index] << 8 | record[index + 1] for index in (1, 3, 5, 7, 9)]
        operation, (length, bank, start, other_bank, other_start) = record[0], shorts
        if bank or operation > 2:
            return
        if operation == 0:
            for index in range(length):
                self.memory.set_ram((start + index) & 0xFFFF, record[7])
        elif other_bank == 0:
            order = range(length) if operation == 1 else reversed(range(length))
            for index in order:
                byte = self.memory.ram((start + index) & 0xFFFF)
                self.memory.set_ram((other_start + index) & 0xFFFF, byte)

    def vectors(self, workload: Workload) -> Iterator[int]:
        """Where each vector of a program starts; what it is about is in the device page by then."""
        if workload.arguments:
            self.memory.set_port(CONSOLE_TYPE, 1)
        yield constants()["ROM_ADDRESS"]
        for byte, kind in console_events(workload):
            if self.stopped or not self.console_vector:
                break
            self.memory.set_port(CONSOLE_READ, byte)
            self.memory.set_port(CONSOLE_TYPE, kind)
            yield self.console_vector
        for _ in range(workload.frames):
            if self.stopped or not self.screen_vector:
                break
            yield self.screen_vector


def console_events(workload: Workload) -> Iterator[tuple[int, int]]:
    """Byte and type of each event: the arguments with their ends, the input and its end."""
    for position, argument in enumerate(workload.arguments, start=1):
        yield from ((byte, TYPE_ARGUMENT) for byte in argument)
        is_last = position == len(workload.arguments)
        yield ord("\n"), TYPE_END if is_last else TYPE_END_OF_ARGUMENT
    yield from ((byte, TYPE_INPUT) for byte in workload.input)
    yield 0, TYPE_END
