"""The C library of the emulator: what a function returns and leaves in memory."""

from __future__ import annotations

import pytest
import unicorn
from unicorn import arm64_const as arm64

from count.emulated_libc import ARGUMENTS, EmulatedLibc, UnknownFunction

READ_WRITE, READ_EXECUTE, SHARED, PRIVATE = 3, 5, 1, 0x22
NAME = 0x1000


class Caller:
    """An emulator without a program, in which functions are called."""

    def __init__(self) -> None:
        self.emulator = unicorn.Uc(unicorn.UC_ARCH_ARM64, unicorn.UC_MODE_ARM)
        self.emulator.mem_map(NAME, 0x1000)
        self.libc = EmulatedLibc(self.emulator)

    def call(self, name: str, *arguments: int) -> int:
        """What a function returns."""
        for register, argument in zip(ARGUMENTS, arguments):
            self.emulator.reg_write(register, argument)
        self.libc.call(name)
        return int(self.emulator.reg_read(arm64.UC_ARM64_REG_X0))

    def read(self, address: int, size: int) -> bytes:
        """Memory."""
        return bytes(self.emulator.mem_read(address, size))

    def write(self, address: int, content: bytes) -> None:
        """Writes it."""
        self.emulator.mem_write(address, content)

    def run(self, address: int) -> int:
        """Runs code up to a return to 0, and gives its result."""
        self.emulator.reg_write(arm64.UC_ARM64_REG_LR, NAME)
        self.emulator.emu_start(address, NAME)
        return int(self.emulator.reg_read(arm64.UC_ARM64_REG_X0))


@pytest.fixture(name="caller")
def fixture_caller() -> Caller:
    return Caller()


def test_what_is_allocated_at_once_does_not_overlap_and_what_was_freed_is_used_again(
    caller: Caller,
) -> None:
    first, second = caller.call("malloc", 100), caller.call("malloc", 100)
    assert abs(first - second) >= 100
    assert first % 16 == second % 16 == 0
    caller.call("free", first)
    assert caller.call("malloc", 97) == first
    caller.call("free", 0)


def test_calloc_gives_zeros_where_something_was(caller: Caller) -> None:
    dirty = caller.call("malloc", 64)
    caller.write(dirty, b"x" * 64)
    caller.call("free", dirty)
    assert caller.call("calloc", 16, 4) == dirty
    assert caller.read(dirty, 64) == bytes(64)


def test_realloc_keeps_what_fits(caller: Caller) -> None:
    small = caller.call("realloc", 0, 16)
    caller.write(small, b"0123456789abcdef")
    large = caller.call("realloc", small, 400)
    assert caller.read(large, 16) == b"0123456789abcdef"
    assert caller.read(caller.call("realloc", large, 4), 4) == b"0123"


def test_memory_that_there_is_not_is_null(caller: Caller) -> None:
    assert caller.call("malloc", 1 << 40) == 0


def test_memory_is_copied_filled_compared_and_measured(caller: Caller) -> None:
    at = caller.call("malloc", 64)
    caller.write(at, b"abcdef\0")
    assert caller.call("memmove", at + 2, at, 6) == at + 2
    assert caller.read(at, 8) == b"ababcdef"
    assert caller.call("memset", at, 0x178, 3) == at
    assert caller.read(at, 4) == b"xxxb"
    assert caller.call("memcmp", at, at + 1, 2) == 0
    assert caller.call("memcmp", at, at + 2, 2) == 1
    assert caller.call("memcmp", at + 2, at, 2) == (1 << 64) - 1
    caller.write(at, b"four\0")
    assert caller.call("strlen", at) == 4


def test_the_environment_is_empty(caller: Caller) -> None:
    assert caller.call("getenv", NAME) == 0


def test_code_written_at_one_address_runs_at_another_once_it_is_said_to_have_changed(
    caller: Caller,
) -> None:
    file = caller.call("memfd_create", NAME, 1)
    assert caller.call("ftruncate", file, 0x2000) == 0
    writable = caller.call("mmap", 0, 0x2000, READ_WRITE, SHARED, file, 0)
    executable = caller.call("mmap", 0, 0x2000, READ_EXECUTE, SHARED, file, 0)
    assert writable != executable
    assert caller.libc.is_mapped(executable)
    for number in (1, 2, 3):
        # mov x0, number; ret
        caller.write(writable, (0xD2800000 | number << 5).to_bytes(4, "little"))
        caller.write(writable + 4, (0xD65F03C0).to_bytes(4, "little"))
        caller.call("__clear_cache", executable, executable + 8)
        assert caller.run(executable) == number


def test_private_memory_is_zeros_and_more_of_a_file_than_there_is_is_refused(
    caller: Caller,
) -> None:
    zeros = caller.call("mmap", 0, 5000, READ_WRITE, PRIVATE, (1 << 64) - 1, 0)
    assert caller.read(zeros, 8192) == bytes(8192)
    file = caller.call("memfd_create", NAME, 1)
    caller.call("ftruncate", file, 0x1000)
    assert caller.call("mmap", 0, 0x2000, READ_WRITE, SHARED, file, 0) == (1 << 64) - 1


def test_another_function_is_unknown(caller: Caller) -> None:
    with pytest.raises(UnknownFunction, match="printf"):
        caller.call("printf", NAME)
