"""The devices that every backend gets, for machines that Python emulates; harness/devices.cpp is the original."""

from __future__ import annotations

from typing import Protocol

STATE, CONSOLE_VECTOR, CONSOLE_READ, CONSOLE_TYPE = 0x0F, 0x10, 0x12, 0x17
CONSOLE_WRITE, CONSOLE_ERROR = 0x18, 0x19
TYPE_INPUT, TYPE_END_OF_INPUT = 1, 4


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
    """Console, stack pointers, state and expansion."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.output = bytearray()
        self.error = bytearray()
        self.stopped = False
        self.exit_code = 0
        self.vector = 0

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
        elif port == STATE and value:
            self.stopped = True
            self.exit_code = value & 0x7F
        elif port == CONSOLE_VECTOR + 1:
            self.vector = memory.port(CONSOLE_VECTOR) << 8 | value
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

    def events(self, text: bytes) -> list[tuple[int, int]]:
        """The console's events for an input: each byte and its type, then the end."""
        return [(byte, TYPE_INPUT) for byte in text] + [(0, TYPE_END_OF_INPUT)]
