"""The devices of the emulated machine."""

from __future__ import annotations

from count.devices import Devices


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
