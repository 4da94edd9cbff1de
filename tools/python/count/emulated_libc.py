"""What of the C library backends need while they prepare and run programs, for the emulator. None of it is counted."""

from __future__ import annotations

import collections
import ctypes
import mmap
from collections.abc import Callable

import unicorn
from unicorn import arm64_const as arm64

PAGE = 0x1000
HEAP, HEAP_SIZE = 0x4000_0000, 0x400_0000
MAPPINGS = 0x8000_0000
MAP_SHARED = 1
ARGUMENTS = tuple(getattr(arm64, f"UC_ARM64_REG_X{number}") for number in range(6))
FAILED = (1 << 64) - 1


class UnknownFunction(Exception):
    """A function that isn't here."""


class EmulatedLibc:
    """Memory, files in memory, and an empty environment."""

    def __init__(self, emulator: unicorn.Uc) -> None:
        self._emulator = emulator
        emulator.mem_map(HEAP, HEAP_SIZE)
        self._heap_end = HEAP
        self._sizes: dict[int, int] = {}  # of what was allocated, by address
        self._freed: dict[int, list[int]] = collections.defaultdict(list)  # by size
        self._mapped_end = MAPPINGS
        self._files: dict[int, mmap.mmap | None] = {}
        self._functions: dict[str, Callable[..., int | None]] = {
            "malloc": self._allocate,
            "calloc": self._allocate_zeros,
            "realloc": self._reallocate,
            "free": self._free,
            "memcpy": self._copy,
            "memmove": self._copy,
            "memset": self._fill,
            "memcmp": self._compare,
            "strlen": self._length,
            "getenv": lambda _name: 0,
            "memfd_create": self._create_file,
            "ftruncate": self._resize_file,
            "close": lambda _file: 0,
            "mmap": self._map,
            "munmap": lambda _address, _size: 0,
            "__clear_cache": self._forget_code,
        }

    def call(self, name: str) -> None:
        """Does what a function does that was called just now. Raises UnknownFunction if it isn't here."""
        function = self._functions.get(name)
        if function is None:
            raise UnknownFunction(name)
        count = function.__code__.co_argcount - hasattr(function, "__self__")
        result = function(*(self._emulator.reg_read(register) for register in ARGUMENTS[:count]))
        if result is not None:
            self._emulator.reg_write(ARGUMENTS[0], result)

    def is_mapped(self, address: int) -> bool:
        """Whether a program has mapped this address, to execute what it generates."""
        return MAPPINGS <= address < self._mapped_end

    # ---- the heap

    def _allocate(self, size: int) -> int:
        size = max(16, (size + 15) & ~15)
        if self._freed[size]:
            return self._freed[size].pop()
        address = self._heap_end
        if address + size > HEAP + HEAP_SIZE:
            return 0
        self._heap_end += size
        self._sizes[address] = size
        return address

    def _allocate_zeros(self, count: int, size: int) -> int:
        address = self._allocate(count * size)
        if address:
            self._emulator.mem_write(address, bytes(count * size))
        return address

    def _reallocate(self, address: int, size: int) -> int:
        moved = self._allocate(size)
        if address and moved:
            self._copy(moved, address, min(self._sizes[address], size))
            self._free(address)
        return moved

    def _free(self, address: int) -> None:
        if address:
            self._freed[self._sizes[address]].append(address)

    # ---- memory

    def _copy(self, to: int, source: int, size: int) -> int:
        self._emulator.mem_write(to, bytes(self._emulator.mem_read(source, size)))
        return to

    def _fill(self, to: int, byte: int, size: int) -> int:
        self._emulator.mem_write(to, bytes([byte & 0xFF]) * size)
        return to

    def _compare(self, one: int, other: int, size: int) -> int:
        first, second = (bytes(self._emulator.mem_read(at, size)) for at in (one, other))
        return (first > second) - (first < second) & FAILED

    def _length(self, text: int) -> int:
        return len(self.text(text))

    def text(self, address: int) -> bytes:
        """A text that ends with a zero."""
        found = bytearray()
        while (byte := self._emulator.mem_read(address + len(found), 1)[0]) != 0:
            found.append(byte)
        return bytes(found)

    # ---- files in memory, which can be mapped twice

    def _create_file(self, _name: int, _flags: int) -> int:
        number = 3 + len(self._files)
        self._files[number] = None
        return number

    def _resize_file(self, file: int, size: int) -> int:
        if self._files[file] is not None:
            return FAILED
        self._files[file] = mmap.mmap(-1, size)
        return 0

    def _map(
        self, _hint: int, size: int, protection: int, flags: int, file: int, offset: int
    ) -> int:
        address = self._mapped_end
        size = (size + PAGE - 1) & -PAGE
        if flags & MAP_SHARED:
            content = self._files.get(file & 0xFFFF_FFFF)
            if content is None or offset + size > len(content):
                return FAILED
            host = ctypes.addressof(ctypes.c_char.from_buffer(content, offset))
            # The numbers of read, write and execute are mmap's.
            self._emulator.mem_map_ptr(address, size, protection, ctypes.c_void_p(host))
        else:
            self._emulator.mem_map(address, size, protection)
        self._mapped_end += size + PAGE
        return address

    def _forget_code(self, begin: int, end: int) -> None:
        # What was written at another address is noticed only so.
        self._emulator.ctl_remove_cache(begin & -PAGE, (end + PAGE - 1) & -PAGE)
