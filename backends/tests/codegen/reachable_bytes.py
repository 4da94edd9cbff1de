"""Which bytes a backend can execute or read, according to llvm-objdump and the symbols: a reading that knows nothing of
tools/audit, so that a test notices what the audit misses."""

from __future__ import annotations

import bisect
import dataclasses
import pathlib
import re
import subprocess
from collections.abc import Iterator

# What nothing jumps to may follow a function's last instruction or stand in front of a loop.
PADDING = re.compile(r"(data16 )*(cs )?nop|int3|xchgw\s+%ax, %ax|udf")
LINE = re.compile(r"^\s*([0-9a-f]+): ((?:[0-9a-f]{2} )+|[0-9a-f]{8})\s+(.*)$", re.MULTILINE)
SYMBOL = re.compile(
    r"^\s*\d+: ([0-9a-f]+)\s+(\d+|0x[0-9a-f]+) (FUNC|OBJECT|NOTYPE)\s+\w+\s+\w+\s+(?:\[.*\] )?\d+ (\S+)",
    re.MULTILINE,
)
RELATIVE = re.compile(r"^([0-9a-f]+) .*_RELATIVE\s+([0-9a-f]+)$", re.MULTILINE)
SECTION = re.compile(
    r"^\s*\[ *\d+\] (\.\S+)\s+\w+\s+([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)", re.MULTILINE
)
SPELLED = re.compile(r"0x([0-9a-f]+) <")
IN_PAGE = re.compile(r"(add|ldr)\s+(x\d+), \[?(x\d+)(?:, #0x([0-9a-f]+))?\]?$")
PAGE = re.compile(r"adrp\s+(x\d+), 0x([0-9a-f]+)")
POINTERS, DISTANCES = (
    256 * 8,
    255 * 4,
)  # bytes of a table of either; the first opcode's may be left out


@dataclasses.dataclass(frozen=True)
class Reachable:
    """What a backend can execute and read."""

    code: list[int]  # addresses of bytes
    data: list[int]
    slots: list[int]  # addresses of pointers that the loader stores


def _output(program: str, *arguments: str | pathlib.Path) -> str:
    command = [f"{program}-19", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


class Disassembly:
    """A library that isn't stripped, as LLVM's tools show it."""

    def __init__(self, path: pathlib.Path) -> None:
        shown = _output("llvm-objdump", "-d", path)
        self._instructions = {
            int(at, 16): (len(code.replace(" ", "")) // 2, text.replace("\t", " "))
            for at, code, text in LINE.findall(shown)
        }
        self._order = sorted(self._instructions)
        table = _output("llvm-readelf", "-rsSW", path)
        self._pointers = {int(at, 16): int(to, 16) for at, to in RELATIVE.findall(table)}
        self._slots = sorted(self._pointers)
        self.sections = {
            name: (int(at, 16), int(size, 16)) for name, at, _, size in SECTION.findall(table)
        }
        ranges: set[tuple[int, int]] = set()  # Local symbols may share a name.
        for at, size, kind, name in SYMBOL.findall(table):
            if name[0] not in "$." and (kind != "NOTYPE" or name.endswith("_table")):
                length = int(size, 0) or (POINTERS if name.endswith("_table") else 0)
                if length:
                    ranges.add((int(at, 16), length))
        self._ranges = sorted(ranges)

    def _range_at(self, address: int) -> tuple[int, int] | None:
        index = bisect.bisect_right(self._ranges, (address, 1 << 64)) - 1
        if index >= 0 and address < sum(self._ranges[index]):
            return self._ranges[index]
        return None

    def _in(self, section: str, address: int) -> bool:
        begin, size = self.sections[section]
        return begin <= address < begin + size

    def _spelled(self, begin: int, size: int) -> Iterator[int]:
        """The addresses that a function's instructions spell."""
        pages: dict[str, int] = {}
        for at in self._within(begin, size):
            text = self._instructions[at][1]
            page = PAGE.match(text)
            if page:
                pages[page[1]] = int(page[2], 16)
                continue
            low = IN_PAGE.match(text)
            if low and low[3] in pages:
                place = pages[low[3]] + int(low[4] or "0", 16)
                yield self._pointers.get(place, place) if low[1] == "ldr" else place
                pages.pop(low[2], None)  # What it holds now is no page.
            yield from (int(place, 16) for place in SPELLED.findall(text))

    def _within(self, begin: int, size: int) -> list[int]:
        low = bisect.bisect_left(self._order, begin)
        return self._order[low : bisect.bisect_left(self._order, begin + size)]

    def reachable(self, start: int) -> Reachable:
        """What the function at `start` can execute and read."""
        code: set[int] = set()
        data: set[int] = set()
        slots: set[int] = set()
        first = self._range_at(start)
        assert first is not None, f"no symbol at {start:#x}"
        waiting, seen = [first], set()
        while waiting:
            begin, size = waiting.pop()
            if (begin, size) in seen:
                continue
            seen.add((begin, size))
            places: list[int] = []
            if self._in(".text", begin):
                for at in self._within(begin, size):
                    length, text = self._instructions[at]
                    if not PADDING.match(text):
                        code.update(range(at, at + length))
                places += self._spelled(begin, size)
            else:
                inside = self._slots[
                    bisect.bisect_left(self._slots, begin) : bisect.bisect_left(
                        self._slots, begin + size
                    )
                ]
                slots.update(inside)
                places += [self._pointers[slot] for slot in inside]
                data.update(set(range(begin, begin + size)))
                data.difference_update(at for slot in inside for at in range(slot, slot + 8))
            for place in places:
                found = self._range_at(place)
                if found is not None:
                    waiting.append(found)
                elif self._in(".rodata", place):  # a switch's table, which has no symbol
                    waiting.append((place, DISTANCES))
        return Reachable(sorted(code), sorted(data), sorted(slots))
