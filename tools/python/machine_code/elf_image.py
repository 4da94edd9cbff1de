"""A shared object as the loader would lay it out: bytes by address, relocations applied, symbols by address."""

from __future__ import annotations

import bisect
import dataclasses
import pathlib

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import SymbolTableSection

from tool import ToolError

from .symbol_names import readable

# Relocations that add the load address, which is 0 here: R_X86_64_RELATIVE and R_AARCH64_RELATIVE.
RELATIVE = {"x86_64": 8, "aarch64": 1027}
# Relocations that store a symbol's address: 64, GLOB_DAT, JUMP_SLOT; ABS64, GLOB_DAT, JUMP_SLOT.
SYMBOLIC = {"x86_64": (1, 6, 7), "aarch64": (257, 1025, 1026)}
MACHINES = {"EM_X86_64": "x86_64", "EM_AARCH64": "aarch64"}


@dataclasses.dataclass(frozen=True)
class Symbol:
    """A named range of addresses."""

    name: str
    address: int
    size: int
    is_function: bool


@dataclasses.dataclass(frozen=True)
class Section:
    """A loaded range of bytes."""

    name: str
    address: int
    data: bytes
    is_code: bool
    is_writable: bool


class ElfImage:
    """A library's memory as it is after loading at address 0."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        try:
            stream = path.open("rb")
        except OSError as error:
            raise ToolError(f"{path}: can't be read ({error.strerror}); build it first") from error
        with stream:
            if stream.read(4) != b"\x7fELF":
                raise ToolError(f"{path}: not an ELF file; give a dispatchbench_backends.so")
            elf = ELFFile(stream)
            machine = elf["e_machine"]
            if machine not in MACHINES or elf.elfclass != 64 or not elf.little_endian:
                raise ToolError(
                    f"{path}: made for {machine}; expected 64-bit little-endian "
                    f"{' or '.join(MACHINES.values())}"
                )
            self.target = MACHINES[machine]
            self.sections = sorted(
                (
                    Section(
                        section.name,
                        section["sh_addr"],
                        (
                            section.data()
                            if section["sh_type"] != "SHT_NOBITS"
                            else bytes(section["sh_size"])
                        ),
                        bool(section["sh_flags"] & SH_FLAGS.SHF_EXECINSTR),
                        bool(section["sh_flags"] & SH_FLAGS.SHF_WRITE),
                    )
                    for section in elf.iter_sections()
                    if section["sh_flags"] & SH_FLAGS.SHF_ALLOC
                    and section["sh_size"]
                    and not section["sh_flags"] & SH_FLAGS.SHF_TLS
                ),
                key=lambda section: section.address,
            )
            self.pointers: dict[int, int] = {}
            self.imports: dict[int, str] = {}
            self.symbols: list[Symbol] = []
            for section in elf.iter_sections():
                if (
                    isinstance(section, RelocationSection)
                    and section["sh_flags"] & SH_FLAGS.SHF_ALLOC
                ):
                    self._apply(elf, section)
                elif isinstance(section, SymbolTableSection):
                    self._take_symbols(section)
        self._section_starts = [section.address for section in self.sections]
        self.by_name = {symbol.name: symbol for symbol in self.symbols}
        by_address: dict[int, Symbol] = {}
        for symbol in self.symbols:
            known = by_address.get(symbol.address)
            if known is None or (symbol.is_function, symbol.size) > (known.is_function, known.size):
                by_address[symbol.address] = symbol
        self._symbols = [by_address[address] for address in sorted(by_address)]
        self._symbol_starts = [symbol.address for symbol in self._symbols]

    def _apply(self, elf: ELFFile, section: RelocationSection) -> None:
        symbols = elf.get_section(section["sh_link"])
        for relocation in section.iter_relocations():
            offset, kind = relocation["r_offset"], relocation["r_info_type"]
            if kind == RELATIVE[self.target]:
                self.pointers[offset] = relocation["r_addend"]
            elif kind in SYMBOLIC[self.target]:
                symbol = symbols.get_symbol(relocation["r_info_sym"])
                if symbol["st_shndx"] == "SHN_UNDEF":
                    self.imports[offset] = symbol.name
                else:
                    self.pointers[offset] = symbol["st_value"] + relocation["r_addend"]

    def _take_symbols(self, section: SymbolTableSection) -> None:
        for symbol in section.iter_symbols():
            # "$x" and "$d" are AArch64's marks of code and data.
            if symbol["st_shndx"] == "SHN_UNDEF" or not symbol.name or symbol.name.startswith("$"):
                continue
            kind = symbol["st_info"]["type"]
            if kind in ("STT_FUNC", "STT_OBJECT", "STT_NOTYPE"):
                self.symbols.append(
                    Symbol(symbol.name, symbol["st_value"], symbol["st_size"], kind == "STT_FUNC")
                )

    def section_at(self, address: int) -> Section | None:
        """The section that holds the byte at `address`."""
        index = bisect.bisect_right(self._section_starts, address) - 1
        if index < 0:
            return None
        section = self.sections[index]
        return section if address < section.address + len(section.data) else None

    def is_code(self, address: int) -> bool:
        """Whether `address` lies in an executable section."""
        section = self.section_at(address)
        return section is not None and section.is_code

    def is_constant(self, address: int) -> bool:
        """Whether memory at `address` keeps its value once relocated."""
        section = self.section_at(address)
        return section is not None and (
            not section.is_writable or section.name.startswith((".data.rel.ro", ".got"))
        )

    def bytes_at(self, address: int, size: int) -> bytes:
        """Up to `size` bytes at `address`; fewer at the end of a section."""
        section = self.section_at(address)
        if section is None:
            return b""
        begin = address - section.address
        return section.data[begin : begin + size]

    def read(self, address: int, width: int, signed: bool = False) -> int | None:
        """The number of `width` bytes at `address`, None outside the image."""
        if width == 8 and address in self.pointers:
            return self.pointers[address]
        data = self.bytes_at(address, width)
        return int.from_bytes(data, "little", signed=signed) if len(data) == width else None

    def text_at(self, address: int) -> str:
        """The zero-terminated string at `address`."""
        section = self.section_at(address)
        if section is None:
            raise ToolError(f"{self.path}: expected a string at {address:#x}, which isn't loaded")
        begin = address - section.address
        return section.data[begin : section.data.index(0, begin)].decode()

    def symbol_at(self, address: int) -> Symbol | None:
        """The symbol whose range holds `address`."""
        index = bisect.bisect_right(self._symbol_starts, address) - 1
        if index < 0:
            return None
        symbol = self._symbols[index]
        return symbol if address < symbol.address + max(symbol.size, 1) else None

    def function_starting_at(self, address: int) -> Symbol | None:
        """The function that begins exactly at `address`."""
        symbol = self.symbol_at(address)
        return symbol if symbol and symbol.address == address and symbol.is_function else None

    def place(self, address: int) -> str:
        """`address` as a symbol and a distance, or as a number."""
        symbol = self.symbol_at(address)
        if symbol is None:
            return f"{address:#x}"
        distance = address - symbol.address
        name = readable(symbol.name)
        return f"{name}+{distance:#x}" if distance else name
