"""One function's code as it lies in the file: its parts, its instructions in order, and the addresses that it spells."""

from __future__ import annotations

import bisect
import dataclasses
import functools
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .unwind_table import FunctionRange
from .values import POINTER_BYTES

if TYPE_CHECKING:
    from .decoder import Decoder

LARGEST_PART = 1 << 16  # bytes of a part that lies apart and is searched for jumps back
JUMP = re.compile(r"(jmp|b)")
BRANCH = re.compile(r"j[a-z]+|b\.?[a-z]*|cbn?z|tbn?z")
TAKES = re.compile(r"^(rsp|sp), |\[sp, #-0x[0-9a-f]+\]!|\[sp, #-\d+\]!")
PADDING = re.compile(r"(data16 )*(cs )?nop\w?|int3|xchg|udf")


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """An instruction, as quickly as it can be told."""

    address: int
    end: int
    mnemonic: str
    operands: str

    @property
    def is_indirect_jump(self) -> bool:
        """Whether it jumps to what a register or memory holds."""
        if self.mnemonic in ("br", "braa", "brab", "braaz", "brabz"):
            return True
        return self.mnemonic.endswith("jmp") and not self.operands.startswith("0x")

    @property
    def ends_block(self) -> bool:
        """Whether what follows it isn't reached from it."""
        name = self.mnemonic.rpartition(" ")[2]
        return self.is_indirect_jump or name in (
            "jmp",
            "b",
            "ret",
            "retaa",
            "retab",
            "ud2",
            "hlt",
            "brk",
        )


@dataclasses.dataclass(frozen=True, slots=True)
class LabelTable:
    """Addresses of labels that lie in the data one behind the other."""

    address: int
    labels: tuple[int, ...]

    @property
    def end(self) -> int:
        """The address after it."""
        return self.address + POINTER_BYTES * len(self.labels)


class FunctionCode:
    """The code of the function that begins at an address, swept from beginning to end."""

    def __init__(self, decoder: Decoder, start: int) -> None:
        self._decoder = decoder
        self.start = start
        found = decoder.image.function_at(start)
        if found is None or (found.start != start and not found.is_part):
            found = FunctionRange(start, self._end_without_unwinding(start), False)
        self.parts = [found]
        # Where the first entry is, by where that of the index 0 would be.
        self._tables: dict[int, int] = {}
        self._lines: dict[int, list[Line]] = {}  # by the beginning of their part
        self._starts: set[int] = set()
        self._spelled: set[int] = set()
        self._spelled_of: set[int] = set()  # the beginnings of parts
        self._sorted: list[int] = []
        self._kinds: dict[int, bool] = {}  # whether code that begins elsewhere is a part

    def _end_without_unwinding(self, start: int) -> int:
        """Where the function at `start` ends, of which no unwind information tells: with its symbol, or where another
        function or the section does."""
        image = self._decoder.image
        section = image.section_at(start)
        end = section.end if section is not None else start
        known = image.function_at(start)
        if known is not None:
            return min(end, known.end)
        symbol = image.symbol_at(start)
        if symbol is not None and symbol.size:
            return min(end, symbol.address + symbol.size)
        following = [one.start for one in image.functions.ranges if one.start > start]
        return min([end, *following[:1]])

    def holds(self, address: int) -> bool:
        """Whether `address` lies in one of its parts."""
        return any(part.start <= address < part.end for part in self.parts)

    def holds_apart(self, place: int) -> bool:
        """Whether `place`, which a table leads to, lies in a part of the function that no jump has led to yet."""
        other = self._decoder.image.function_at(place)
        return other is not None and other.is_part and self.takes_in(place)

    def takes_in(self, target: int) -> bool:
        """Whether code at `target`, to which this function jumps, is a part of it: a compiler puts what rarely runs
        elsewhere. Such a part is entered in the middle, begins with a frame, or leads back into the middle.
        """
        if self.holds(target):
            return True
        other = self._decoder.image.function_at(target)
        if other is None:
            return False
        if other.start not in self._kinds:
            self._kinds[other.start] = (
                target != other.start or other.is_part or self._leads_back(other)
            )
            if self._kinds[other.start]:
                self.parts.append(other)
        return self._kinds[other.start]

    def _leads_back(self, other: FunctionRange) -> bool:
        if other.end - other.start > LARGEST_PART:
            return False
        inside = {
            int(line.operands.rpartition("#")[2], 0)
            for line in sweep(self._decoder, other)
            if JUMP.fullmatch(line.mnemonic) and "0x" in line.operands and not line.is_indirect_jump
        }
        return any(self.holds(place) and place != self.start for place in inside)

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.end - part.start for part in self.parts)

    @property
    def lines(self) -> list[Line]:
        """The instructions of all parts that are known, each part in the order of memory."""
        return [line for part in self.parts for line in self._lines_of(part)]

    def _lines_of(self, part: FunctionRange) -> list[Line]:
        if part.start not in self._lines:
            self._lines[part.start] = sweep(self._decoder, part)
            self._starts.update(line.address for line in self._lines[part.start])
        return self._lines[part.start]

    def is_instruction(self, address: int) -> bool:
        """Whether an instruction of it begins at `address`."""
        for part in self.parts:
            if part.start <= address < part.end:
                self._lines_of(part)
        return address in self._starts

    @functools.cached_property
    def has_frame(self) -> bool:
        """Whether it takes room on the stack anywhere."""
        return any(
            line.mnemonic == "push"
            or (line.mnemonic in ("sub", "stp", "str") and TAKES.search(line.operands))
            for line in self._lines_of(self.parts[0])
        )

    def label_tables(self, others: Iterable[tuple[int, int]] = ()) -> list[LabelTable]:
        """Pointers in the file's data, one behind the other, to places in the function's middle: labels whose addresses are
        stored. Pointers in `others`, from their beginnings to their ends, don't count: these are of a switch.
        """
        image = self._decoder.image
        known = list(others)
        slots = sorted(
            at
            for part in list(self.parts)
            for target, stored in image.code_pointers.within(part.start, part.end).items()
            for at in stored
            if self._is_label(target) and not any(begin <= at < end for begin, end in known)
        )
        found: list[LabelTable] = []
        for slot in slots:
            if found and slot < found[-1].end:
                continue
            begin, labels = slot, []
            # A label may lie in a part that no jump has led to yet.
            while (label := self._label_at(slot)) is not None:
                labels.append(label)
                slot += POINTER_BYTES
            found.append(LabelTable(begin, tuple(labels)))
        return found

    def _label_at(self, slot: int) -> int | None:
        target = self._decoder.image.read(slot, POINTER_BYTES)
        return target if target is not None and self._is_label(target) else None

    def _is_label(self, place: int) -> bool:
        is_own = self.holds(place) or self.holds_apart(place)
        return is_own and place != self.start and self.is_instruction(place)

    @property
    def islands(self) -> list[int]:
        """Where code begins that only an indirect jump can lead to: nothing before it runs into it, and no direct jump
        of the function leads there."""
        image = self._decoder.image
        jumped: set[int] = set()
        for line in self.lines:
            if BRANCH.fullmatch(line.mnemonic.rpartition(" ")[2]) and "0x" in line.operands:
                place = re.search(r"0x[0-9a-f]+$", line.operands)
                if place is not None:
                    jumped.add(int(place[0], 16))
        found = []
        is_over = False
        for line in self.lines:
            if PADDING.fullmatch(line.mnemonic):
                continue
            if is_over and line.address not in jumped and image.is_code(line.address):
                found.append(line.address)
            is_over = line.ends_block
        return found

    def note_table(self, base: int, first: int) -> None:
        """Notes that a table's first entry is at `first`, from where `base` is for the index 0. Where an index is known not
        to be 0, an entry that isn't the first looks like it."""
        self._tables[base] = min(first, self._tables.get(base, first))

    def following(self, place: int) -> int | None:
        """The next place behind one of data that the function refers to, or where a table of it begins."""
        index = bisect.bisect_right(self.spelled, place)
        later = [one for one in self._tables.values() if one > place]
        return min([*self.spelled[index : index + 1], *later], default=None)

    @property
    def spelled(self) -> list[int]:
        """The addresses that its instructions spell, ascending."""
        if len(self._spelled_of) < len(self.parts):
            image, processor = self._decoder.image, self._decoder.processor
            for part in self.parts:
                if part.start not in self._spelled_of:
                    self._spelled_of.add(part.start)
                    data = image.bytes_at(part.start, part.end - part.start)
                    spelled = processor.spelled_addresses(data, part.start)
                    self._spelled.update(one.place for one in spelled)
            self._sorted = sorted(self._spelled)
        return self._sorted


def sweep(decoder: Decoder, part: FunctionRange) -> list[Line]:
    """The instructions from a range's beginning to its end. What is no instruction is passed over."""
    found: list[Line] = []
    address = part.start
    step = decoder.processor.instruction_alignment
    while address < part.end:
        data = decoder.image.bytes_at(address, part.end - address)
        if not data:
            break
        for at, size, mnemonic, operands in decoder.processor.quick(data, address):
            found.append(Line(at, at + size, mnemonic, operands))
            address = at + size
        if address < part.end:
            address += step
    return found
