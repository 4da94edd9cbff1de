"""Lays an object file out in memory and applies its relocations, as a linker would that leaves nothing out."""

from __future__ import annotations

import struct
from typing import Any

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection

from .values import POINTER_BYTES

FIRST_ADDRESS = 0x10000
PAGE = 0x1000
# Relocations by what they store, from the supplements to the System V ABI for x86-64 (4.4.1) and for AArch64 (5.7).
X86_ABSOLUTE = {1: 8, 10: 4, 11: 4}  # R_X86_64_64, 32, 32S
X86_RELATIVE = {2: 4, 4: 4, 24: 8}  # PC32, PLT32, PC64
X86_TO_POINTER = {9: 4, 41: 4, 42: 4}  # GOTPCREL, GOTPCRELX, REX_GOTPCRELX
ARM_ABSOLUTE = {257: 8, 258: 4}  # R_AARCH64_ABS64, ABS32
ARM_RELATIVE = {260: 8, 261: 4, 262: 2}  # PREL64, PREL32, PREL16
# Fields of instructions: how many bits of the distance in bytes they leave out, how many they hold, and from which bit on.
ARM_BRANCHES = {282: (2, 26, 0), 283: (2, 26, 0), 280: (2, 19, 5), 279: (2, 14, 5), 273: (2, 19, 5)}
ARM_LOW = {277: 0, 278: 0, 284: 1, 285: 2, 286: 3, 299: 4}  # ADD and LDST*: the scale of the field
ARM_PAGES, ARM_ADR = (275, 276), 274
ARM_POINTER_PAGE, ARM_POINTER_LOW = 311, 312  # ADR_GOT_PAGE, LD64_GOT_LO12_NC


class ObjectFile:
    """An object file's sections with addresses of their own.

    `addresses`: by the section's number. `pointers` and `imports`: what the loader would store, by its place. `unknown`:
    relocations that aren't applied, by place.
    """

    def __init__(self, elf: ELFFile, target: str) -> None:
        """Raises ValueError for a file that contradicts itself."""
        self._is_x86 = target == "x86_64"
        self.addresses: dict[int, int] = {}
        self.data: dict[int, bytearray] = {}
        self.pointers: dict[int, int] = {}
        self.imports: dict[int, str] = {}
        self.unknown: dict[int, int] = {}
        self._slots: dict[tuple[str, int], int] = {}  # of addresses that code loads, by symbol
        self._outside: dict[str, int] = {}  # addresses that stand for what other files define
        address = FIRST_ADDRESS
        for number, section in enumerate(elf.iter_sections()):
            if section["sh_flags"] & SH_FLAGS.SHF_ALLOC and section["sh_size"]:
                align = max(section["sh_addralign"], 1)
                address = (address + align - 1) // align * align
                self.addresses[number] = address
                is_stored = section["sh_type"] != "SHT_NOBITS"
                self.data[number] = bytearray(section.data() if is_stored else section["sh_size"])
                address += section["sh_size"]
        self.slots_address = (address // PAGE + 1) * PAGE
        self._outside_address = self.slots_address + PAGE * 256
        for section in elf.iter_sections():
            if isinstance(section, RelocationSection) and section["sh_info"] in self.data:
                self._relocate(elf, section)

    @property
    def slots(self) -> bytes:
        """The bytes of the table of addresses that code loads."""
        return bytes(POINTER_BYTES * len(self._slots))

    def address_of(self, symbol: Any) -> int | None:
        """Where a symbol is; None for one of another file, and for one without a place."""
        number = symbol["st_shndx"]
        return self.addresses[number] + symbol["st_value"] if number in self.addresses else None

    def _relocate(self, elf: ELFFile, section: RelocationSection) -> None:
        symbols = elf.get_section(section["sh_link"])
        number = section["sh_info"]
        data, begin = self.data[number], self.addresses[number]
        for relocation in section.iter_relocations():
            symbol = symbols.get_symbol(relocation["r_info_sym"])
            offset, kind = relocation["r_offset"], relocation["r_info_type"]
            if not 0 <= offset < len(data):
                raise ValueError(f"a relocation of {section.name} lies outside its section")
            addend = relocation["r_addend"] if relocation.is_RELA() else 0
            apply = self._apply_x86 if self._is_x86 else self._apply_arm
            if not apply(data, begin, offset, kind, symbol, addend):
                self.unknown[begin + offset] = kind

    def _value(self, symbol: Any) -> int:
        place = self.address_of(symbol)
        if place is not None:
            return place
        name = symbol.name or f"section {symbol['st_shndx']}"
        return self._outside.setdefault(
            name, self._outside_address + POINTER_BYTES * len(self._outside)
        )

    def outside(self) -> dict[int, str]:
        """The names of what other files define, by the addresses that stand for them."""
        return {address: name for name, address in self._outside.items()}

    def _slot(self, symbol: Any) -> int:
        """The place of a symbol's address in the table of addresses."""
        key = symbol.name, self._value(symbol)
        if key not in self._slots:
            place = self.slots_address + POINTER_BYTES * len(self._slots)
            self._slots[key] = place
            self._store_pointer(place, symbol, 0)
        return self._slots[key]

    def _store_pointer(self, place: int, symbol: Any, addend: int) -> None:
        address = self.address_of(symbol)
        if address is not None:
            self.pointers[place] = address + addend
        else:
            self.imports[place] = f"{symbol.name}+{addend}" if addend else symbol.name

    def _apply_x86(
        self, data: bytearray, begin: int, offset: int, kind: int, symbol: Any, addend: int
    ) -> bool:
        place = begin + offset
        if kind in X86_ABSOLUTE:
            if X86_ABSOLUTE[kind] == POINTER_BYTES:
                self._store_pointer(place, symbol, addend)
            _store(data, offset, X86_ABSOLUTE[kind], self._value(symbol) + addend)
        elif kind in X86_RELATIVE:
            _store(data, offset, X86_RELATIVE[kind], self._value(symbol) + addend - place)
        elif kind in X86_TO_POINTER:
            _store(data, offset, X86_TO_POINTER[kind], self._slot(symbol) + addend - place)
        else:
            return kind == 0
        return True

    def _apply_arm(
        self, data: bytearray, begin: int, offset: int, kind: int, symbol: Any, addend: int
    ) -> bool:
        place = begin + offset
        if kind in ARM_ABSOLUTE:
            if ARM_ABSOLUTE[kind] == POINTER_BYTES:
                self._store_pointer(place, symbol, addend)
            _store(data, offset, ARM_ABSOLUTE[kind], self._value(symbol) + addend)
            return True
        if kind in ARM_RELATIVE:
            _store(data, offset, ARM_RELATIVE[kind], self._value(symbol) + addend - place)
            return True
        is_pointer = kind in (ARM_POINTER_PAGE, ARM_POINTER_LOW)
        target = self._slot(symbol) if is_pointer else self._value(symbol) + addend
        if kind in ARM_BRANCHES:
            cut, bits, low = ARM_BRANCHES[kind]
            _insert(data, offset, bits, low, target - place >> cut)
        elif kind in ARM_LOW or kind == ARM_POINTER_LOW:
            _insert(data, offset, 12, 10, (target & 0xFFF) >> ARM_LOW.get(kind, 3))
        elif kind in (*ARM_PAGES, ARM_POINTER_PAGE, ARM_ADR):
            distance = target - place
            if kind != ARM_ADR:
                distance = (target >> 12) - (place >> 12)
            _insert(data, offset, 2, 29, distance)
            _insert(data, offset, 19, 5, distance >> 2)
        else:
            return kind == 0
        return True


def _store(data: bytearray, offset: int, size: int, number: int) -> None:
    if offset + size > len(data):
        raise ValueError("a relocation reaches over the end of its section")
    data[offset : offset + size] = (number & (1 << 8 * size) - 1).to_bytes(size, "little")


def _insert(data: bytearray, offset: int, bits: int, low: int, number: int) -> None:
    """Stores a number in some bits of an instruction."""
    if offset + 4 > len(data):
        raise ValueError("a relocation reaches over the end of its section")
    mask = (1 << bits) - 1
    (word,) = struct.unpack_from("<I", data, offset)
    struct.pack_into("<I", data, offset, word & ~(mask << low) | (number & mask) << low)
