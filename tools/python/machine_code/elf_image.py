"""A shared object as the loader would lay it out: bytes by address, relocations applied, symbols by address."""

from __future__ import annotations

import bisect
import dataclasses
import functools
import hashlib
import io
import pathlib
import struct
from typing import Any

from elftools.common.exceptions import ELFError, ELFParseError
from elftools.construct import ConstructError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import SymbolTableSection

from tool import ToolError

from .code_pointers import CodePointers
from .file_origin import build_id, compilers, what_it_is
from .object_file import ObjectFile
from .symbol_names import readable
from .unwind_table import FunctionRange, UnwindTable

# Relocations that add the load address, which is 0 here: R_X86_64_RELATIVE and R_AARCH64_RELATIVE.
RELATIVE = {"x86_64": 8, "aarch64": 1027}
# Relocations that store a symbol's address: 64, GLOB_DAT, JUMP_SLOT; ABS64, GLOB_DAT, JUMP_SLOT.
SYMBOLIC = {"x86_64": (1, 6, 7), "aarch64": (257, 1025, 1026)}
# Where a dump of generated code says whose code it is, and what its registers hold.
GENERATED_CODE = ".dispatchbench"
RELR = 19, "SHT_RELR"  # Relative relocations as a bit map; the addends are in their places.
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
    is_stored: bool = True  # in the file; else it begins as zeros

    @property
    def end(self) -> int:
        """The address after it."""
        return self.address + len(self.data)

    @property
    def is_constant(self) -> bool:
        """Whether it keeps its value once relocated."""
        return not self.is_writable or self.name.startswith((".data.rel.ro", ".got"))


def content_hash(data: bytes) -> str:
    """What tells a library's file from any other."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _section(section: Any) -> Section:
    flags = section["sh_flags"]
    is_stored = section["sh_type"] != "SHT_NOBITS"
    data = section.data() if is_stored else bytes(section["sh_size"])
    if len(data) < section["sh_size"]:
        raise ValueError(
            f"{section.name} is {section['sh_size']} bytes long and {len(data)} are there"
        )
    return Section(
        section.name,
        section["sh_addr"],
        data,
        bool(flags & SH_FLAGS.SHF_EXECINSTR),
        bool(flags & SH_FLAGS.SHF_WRITE),
        is_stored,
    )


class ElfImage:
    """A library's memory as it is after loading at address 0."""

    def __init__(self, path: pathlib.Path, data: bytes | None = None) -> None:
        """Reads the file at `path`, or takes `data` for what it holds."""
        self.path = path
        if data is None:
            try:
                data = path.read_bytes()
            except OSError as error:
                missing = isinstance(error, FileNotFoundError)
                remedy = "build it first" if missing else "give a file with code"
                raise ToolError(f"{path}: can't be read ({error.strerror}); {remedy}") from error
        if not data.startswith(b"\x7fELF"):
            raise ToolError(
                f"{path}: {what_it_is(data)}; give an ELF program, library or object file"
            )
        self.content_hash = content_hash(data)
        self.pointers: dict[int, int] = {}
        self.imports: dict[int, str] = {}
        self.strange_relocations: dict[int, int] = {}  # where, and the number of their kind
        self.symbols: list[Symbol] = []
        self.exported: dict[str, int] = {}
        self.undefined: set[str] = set()  # names that other libraries define
        self.outside: dict[
            int, str
        ] = {}  # Of an object file: such names by addresses that stand for them.
        self.sections: list[Section] = []
        self.generated_code: str | None = None  # of a dump: what it says of itself
        try:
            self._read(ELFFile(io.BytesIO(data)))
        except (ELFError, ELFParseError, ConstructError, ValueError, IndexError, KeyError) as error:
            raise ToolError(
                f"{path}: damaged or cut off: {error or type(error).__name__}; build or dump it again"
            ) from error
        except (AttributeError, TypeError, struct.error) as error:
            # pyelftools goes on with None for what it doesn't find in a damaged file.
            raise ToolError(f"{path}: damaged or cut off; build or dump it again") from error
        self._relocated = sorted(
            self.pointers.keys() | self.imports.keys() | self.strange_relocations.keys()
        )
        self.by_name = {symbol.name: symbol for symbol in self.symbols}
        by_address: dict[int, Symbol] = {}
        for symbol in self.symbols:
            known = by_address.get(symbol.address)
            if known is None or (symbol.is_function, symbol.size) > (known.is_function, known.size):
                by_address[symbol.address] = symbol
        self._symbols = [by_address[address] for address in sorted(by_address)]
        self._symbol_starts = [symbol.address for symbol in self._symbols]

    def _read(self, elf: ELFFile) -> None:
        machine = elf["e_machine"]
        if machine not in MACHINES or elf.elfclass != 64 or not elf.little_endian:
            raise ToolError(
                f"{self.path}: made for {machine}; expected 64-bit little-endian "
                f"{' or '.join(MACHINES.values())}"
            )
        self.target = MACHINES[machine]
        self.is_fixed = elf["e_type"] == "ET_EXEC"  # It is loaded where it says, not anywhere.
        if elf["e_type"] == "ET_CORE":
            raise ToolError(f"{self.path}: a core dump; give the program that it is of")
        if elf["e_type"] == "ET_REL":
            self._read_object(elf)
        else:
            self._read_linked(elf)
        self._section_starts = [section.address for section in self.sections]
        self.compilers = compilers(elf)
        self.build_id = build_id(elf)
        frames = next((one for one in self.sections if one.name == ".eh_frame"), None)
        self.functions = UnwindTable(
            frames.data if frames else b"", frames.address if frames else 0
        )

    def _read_linked(self, elf: ELFFile) -> None:
        """Takes sections, symbols and relocations of an executable or a library."""
        loaded = [
            section
            for section in elf.iter_sections()
            if section["sh_flags"] & SH_FLAGS.SHF_ALLOC
            and section["sh_size"]
            and not section["sh_flags"] & SH_FLAGS.SHF_TLS
        ]
        if not loaded:
            raise ToolError(
                f"{self.path}: has no section headers, which 'strip' would keep; give the file as it was linked, unpacked"
            )
        self.sections = sorted(map(_section, loaded), key=lambda section: section.address)
        self._section_starts = [section.address for section in self.sections]
        for section in elf.iter_sections():
            if not section["sh_flags"] & SH_FLAGS.SHF_ALLOC:
                if isinstance(section, SymbolTableSection):
                    self._take_symbols(section)
                elif section.name == GENERATED_CODE:
                    self.generated_code = section.data().decode()
            elif isinstance(section, RelocationSection):
                self._apply(elf, section)
            elif section["sh_type"] in RELR:
                self._apply_packed(section.data())
            elif isinstance(section, SymbolTableSection):
                self._take_symbols(section)
                for symbol in section.iter_symbols():
                    if symbol["st_shndx"] != "SHN_UNDEF":
                        self.exported[symbol.name] = symbol["st_value"]
                    else:
                        self.undefined.add(symbol.name)

    def _read_object(self, elf: ELFFile) -> None:
        """Takes those of an object file, which has no addresses yet."""
        laid_out = ObjectFile(elf, self.target)
        for number, address in laid_out.addresses.items():
            section = elf.get_section(number)
            flags = section["sh_flags"]
            self.sections.append(
                Section(
                    section.name,
                    address,
                    bytes(laid_out.data[number]),
                    bool(flags & SH_FLAGS.SHF_EXECINSTR),
                    bool(flags & SH_FLAGS.SHF_WRITE),
                    section["sh_type"] != "SHT_NOBITS",
                )
            )
        if laid_out.slots:
            self.sections.append(
                Section(".got", laid_out.slots_address, laid_out.slots, False, True)
            )
        if not self.sections:
            raise ToolError(
                f"{self.path}: an object file without code and data; give one with code"
            )
        self.sections.sort(key=lambda section: section.address)
        self.pointers, self.imports = laid_out.pointers, laid_out.imports
        self.strange_relocations = laid_out.unknown
        self.outside = laid_out.outside()
        for section in elf.iter_sections():
            if isinstance(section, SymbolTableSection):
                for symbol in section.iter_symbols():
                    place = laid_out.address_of(symbol)
                    kind = symbol["st_info"]["type"]
                    if place is not None and symbol.name and kind in ("STT_FUNC", "STT_OBJECT"):
                        size, is_function = symbol["st_size"], kind == "STT_FUNC"
                        self.symbols.append(Symbol(symbol.name, place, size, is_function))

    def _apply(self, elf: ELFFile, section: RelocationSection) -> None:
        symbols = elf.get_section(section["sh_link"])
        for relocation in section.iter_relocations():
            offset, kind = relocation["r_offset"], relocation["r_info_type"]
            if kind == RELATIVE[self.target]:
                self.pointers[offset] = relocation["r_addend"]
            elif kind in SYMBOLIC[self.target]:
                symbol = symbols.get_symbol(relocation["r_info_sym"])
                if symbol["st_shndx"] == "SHN_UNDEF":
                    addend = relocation["r_addend"]
                    self.imports[offset] = f"{symbol.name}+{addend}" if addend else symbol.name
                elif symbol["st_info"]["type"] not in ("STT_FUNC", "STT_OBJECT", "STT_NOTYPE"):
                    self.strange_relocations[offset] = kind  # Resolved by code, or per thread.
                else:
                    self.pointers[offset] = symbol["st_value"] + relocation["r_addend"]
            elif kind != 0:
                self.strange_relocations[offset] = kind

    def _apply_packed(self, data: bytes) -> None:
        """RELR: an even number is the place of a pointer; an odd one a bit for each of the 63 places that follow."""
        place = 0
        for (word,) in struct.iter_unpack("<Q", data):
            if not word & 1:
                self._take_pointer(word)
                place = word + 8
                continue
            for bit in range(63):
                if word >> bit + 1 & 1:
                    self._take_pointer(place + 8 * bit)
            place += 63 * 8

    def _take_pointer(self, place: int) -> None:
        self.pointers[place] = int.from_bytes(self.bytes_at(place, 8), "little")

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
        return section is not None and section.is_constant

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
        if self.section_at(address) is None:
            raise ToolError(f"{self.path}: expected a string at {address:#x}, which isn't loaded")
        text = self.text_bytes_at(address)
        if text is None:
            raise ToolError(f"{self.path}: the string at {address:#x} doesn't end; build it again")
        return text.decode(errors="replace")

    def text_bytes_at(self, address: int) -> bytes | None:
        """The same as bytes; None if nothing ends it."""
        section = self.section_at(address)
        if section is None:
            return None
        begin = address - section.address
        end = section.data.find(0, begin)
        return section.data[begin:end] if end >= 0 else None

    def symbol_at(self, address: int) -> Symbol | None:
        """The symbol whose range holds `address`."""
        index = bisect.bisect_right(self._symbol_starts, address) - 1
        if index < 0:
            return None
        symbol = self._symbols[index]
        return symbol if address < symbol.address + max(symbol.size, 1) else None

    def pointers_in(self, begin: int, end: int) -> list[int]:
        """The places from `begin` to before `end` where the loader stores something, ascending."""
        low = bisect.bisect_left(self._relocated, begin)
        return self._relocated[low : bisect.bisect_left(self._relocated, end)]

    @functools.cached_property
    def code_pointers(self) -> CodePointers:
        """The pointers to code in its data."""
        return CodePointers(self)

    def function_at(self, address: int) -> FunctionRange | None:
        """The function whose code holds `address`, as far as the library says how to unwind its stack."""
        return self.functions.at(address)

    def is_function_start(self, address: int) -> bool:
        """Whether a function begins exactly at `address`."""
        function = self.functions.at(address)
        return function is not None and function.start == address

    def place(self, address: int) -> str:
        """`address` as a symbol and a distance, or as a number."""
        symbol = self.symbol_at(address)
        if symbol is None:
            return f"{address:#x}"
        distance = address - symbol.address
        name = readable(symbol.name)
        return f"{name}+{distance:#x}" if distance else name
