"""The devices of the emulated machine."""

from __future__ import annotations

from count.devices import Devices
from workload import Workload


class PlainMemory:
    """Memory without a machine."""

    def __init__(self) -> None:
        self.bytes = bytearray(0x10000)
        self.ports = bytearray(0x100)
        self.pointers = {4: 0x44, 5: 0x55}

    def pointer(self, port: int) -> int:
        """See count.devices.Memory."""
        return self.pointers[port]

    def set_pointer(self, port: int, value: int) -> None:
        """See count.devices.Memory."""
        self.pointers[port] = value

    def port(self, port: int) -> int:
        """See count.devices.Memory."""
        return self.ports[port]

    def set_port(self, port: int, value: int) -> None:
        """See count.devices.Memory."""
        self.ports[port] = value

    def ram(self, address: int) -> int:
        """See count.devices.Memory."""
        return self.bytes[address]

    def set_ram(self, address: int, value: int) -> None:
        """See count.devices.Memory."""
        self.bytes[address] = value


def expanded(record: str, memory: bytes = b"") -> PlainMemory:
    """Memory after the expansion device ran a record that lies at 0x8000."""
    plain = PlainMemory()
    plain.bytes[: len(memory)] = memory
    plain.bytes[0x8000 : 0x8000 + len(bytes.fromhex(record))] = bytes.fromhex(record)
    devices = Devices(plain)
    devices.deo(0x02, 0x80)
    devices.deo(0x03, 0x00)
    return plain


def test_expansion_fills_and_copies_both_ways_and_ignores_other_banks() -> None:
    assert expanded("00 0003 0000 ffff 2a").bytes[0xFFFF] == 0x2A
    assert expanded("00 0003 0000 ffff 2a").bytes[:3] == b"\x2a\x2a\x00"
    assert expanded("01 0003 0000 0000 0000 0001", b"abc").bytes[:4] == b"aaaa"
    assert expanded("02 0003 0000 0000 0000 0001", b"abc").bytes[:4] == b"aabc"
    assert expanded("01 0003 0000 0000 0001 0010", b"abc").bytes[0x10:0x13] == bytes(3)
    assert expanded("00 0003 0001 0000 2a").bytes[:3] == bytes(3)


def test_stack_pointer_ports_and_the_stop_request() -> None:
    memory = PlainMemory()
    devices = Devices(memory)
    assert (devices.dei(0x04), devices.dei(0x05)) == (0x44, 0x55)
    devices.deo(0x05, 0x12)
    assert memory.pointers[5] == 0x12
    devices.deo(0x0F, 0)
    assert not devices.stopped
    devices.deo(0x0F, 0x83)
    assert devices.stopped and devices.exit_code == 3
    devices.deo(0x0F, 0)
    assert not devices.stopped and devices.exit_code == 0


def test_vectors_are_those_of_the_plain_model() -> None:
    # What the model runs from; vectors of its own keep both devices busy.
    workload = Workload("x", b"\0", b"in", b"", b"", 0, 1, arguments=(b"ab", b"", b"c"), frames=3)
    memory = PlainMemory()
    devices = Devices(memory)
    found = []
    for vector in devices.vectors(workload):
        found.append((vector, memory.port(0x12), memory.port(0x17)))
        for port, value in ((0x10, 0x02), (0x11, 0x00), (0x20, 0x03), (0x21, 0x00)):
            devices.deo(port, value)
    assert found == [
        (0x0100, 0, 1),
        *((0x0200, ord(byte), kind) for byte, kind in zip("ab\n\nc\nin", (2, 2, 3, 3, 2, 4, 1, 1))),
        (0x0200, 0, 4),
        *[(0x0300, 0, 4)] * 3,
    ]


def test_no_vector_comes_after_a_stop_and_a_vector_of_0_leaves_the_page_alone() -> None:
    workload = Workload("x", b"\0", b"in", b"", b"", 0, 1)
    memory = PlainMemory()
    devices = Devices(memory)
    assert list(devices.vectors(workload)) == [0x0100]
    assert memory.ports == bytes(0x100)
    devices.console_vector = devices.screen_vector = 0x0200
    vectors = devices.vectors(workload)
    assert [next(vectors), next(vectors)] == [0x0100, 0x0200]
    devices.deo(0x0F, 0x80)
    assert not list(vectors)
