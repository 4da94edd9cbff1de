"""Where functions begin and end, from .eh_frame, which a stripped library keeps."""

from __future__ import annotations

import bisect
import dataclasses
import struct

# Instructions that move on: DW_CFA_advance_loc1, 2 and 4, and the four families by their upper bits. What comes before any
# of them holds where the code begins.
ADVANCES, ADVANCE, NOTHING = (0x02, 0x03, 0x04), 0x40, 0x00
POINTER_SIZES = {0x00: 8, 0x02: 2, 0x03: 4, 0x04: 8, 0x0A: 2, 0x0B: 4, 0x0C: 8}
RELATIVE, INDIRECT, OMITTED = 0x10, 0x80, 0xFF


@dataclasses.dataclass(frozen=True, slots=True)
class FunctionRange:
    """A function's code, or a part of it that lies elsewhere."""

    start: int
    end: int
    catches: bool  # It has code that only an exception leads to.
    is_part: bool = False  # It begins with a frame that another function has set up.


@dataclasses.dataclass(frozen=True, slots=True)
class _Format:
    """What a CIE says of its FDEs."""

    pointers: int
    exceptions: int  # encoding of the pointer to their tables
    is_augmented: bool


class _Reader:
    """Reads the section's numbers."""

    def __init__(self, data: bytes, address: int) -> None:
        self.data = data
        self.address = address
        self.position = 0

    def number(self, size: int, signed: bool = False) -> int:
        """A number of `size` bytes."""
        data = self.data[self.position : self.position + size]
        if len(data) < size:
            raise ValueError(".eh_frame ends in the middle of an entry")
        self.position += size
        return int.from_bytes(data, "little", signed=signed)

    def leb128(self) -> int:
        """An unsigned number of variable length; a signed one is read to its end, too."""
        result = shift = 0
        while True:
            byte = self.number(1)
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return result

    def pointer(self, encoding: int, plain: bool = False) -> int:
        """A pointer; `plain`: a size, which is relative to nothing."""
        if encoding == OMITTED:
            return 0
        at = self.address + self.position
        size = POINTER_SIZES.get(encoding & 0x0F)
        if size is None:
            raise ValueError(f".eh_frame has pointers of the unknown encoding {encoding:#x}")
        value = self.number(size, signed=bool(encoding & 0x08) and not plain)
        if value and encoding & 0x70 == RELATIVE and not plain:
            value += at
        return value & (1 << 64) - 1


class UnwindTable:
    """A library's functions by address."""

    def __init__(self, data: bytes, address: int) -> None:
        """From the section's bytes and its address. Raises ValueError for what can't be read."""
        self.ranges: list[FunctionRange] = []
        try:
            self._read(_Reader(data, address))
        except struct.error as error:
            raise ValueError(f".eh_frame: {error}") from error
        self.ranges.sort(key=lambda one: (one.start, one.end))
        self._starts = [one.start for one in self.ranges]

    def _read(self, reader: _Reader) -> None:
        formats: dict[int, _Format] = {}
        while reader.position + 4 <= len(reader.data):
            begin = reader.position
            length = reader.number(4)
            if length == 0:
                continue
            if length == 0xFFFFFFFF:
                raise ValueError(".eh_frame has an entry of more than 4 GiB")
            end = reader.position + length
            at = reader.position
            cie = reader.number(4)
            if cie == 0:
                formats[begin] = self._format(reader)
            elif at - cie in formats:
                self._take(reader, formats[at - cie], end)
            reader.position = end

    @staticmethod
    def _format(reader: _Reader) -> _Format:
        reader.number(1)  # version
        end = reader.data.index(0, reader.position)
        augmentation = reader.data[reader.position : end].decode("ascii", "replace")
        reader.position = end + 1
        reader.leb128()
        reader.leb128()
        reader.leb128()  # code and data alignment, return address
        pointers, exceptions = 0, OMITTED
        if augmentation.startswith("z"):
            reader.leb128()
            for letter in augmentation[1:]:
                if letter == "R":
                    pointers = reader.number(1)
                elif letter == "L":
                    exceptions = reader.number(1)
                elif letter == "P":
                    reader.pointer(reader.number(1))
        return _Format(pointers, exceptions, augmentation.startswith("z"))

    def _take(self, reader: _Reader, form: _Format, end: int) -> None:
        start = reader.pointer(form.pointers)
        size = reader.pointer(form.pointers, plain=True)
        catches = False
        rules = reader.position
        if form.is_augmented:
            size_of_rest = reader.leb128()
            rules = reader.position + size_of_rest
            if size_of_rest and form.exceptions != OMITTED:
                catches = reader.pointer(form.exceptions) != 0
        first = reader.data[rules] if rules < end else NOTHING
        is_part = first not in (*ADVANCES, NOTHING) and first & 0xC0 != ADVANCE
        if size:
            self.ranges.append(FunctionRange(start, start + size, catches, is_part))

    def at(self, address: int) -> FunctionRange | None:
        """The function that holds `address`."""
        index = bisect.bisect_right(self._starts, address) - 1
        if index < 0 or address >= self.ranges[index].end:
            return None
        return self.ranges[index]
