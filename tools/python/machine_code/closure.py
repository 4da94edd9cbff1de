"""Everything that a backend can execute or read: its functions, what they call, and the data that they use."""

from __future__ import annotations

import bisect
import collections
from collections.abc import Iterable

from .control_flow import Exploration, Site
from .data_uses import DataUses
from .declared import DeclaredBackend
from .decoder import Decoder
from .elf_image import Section
from .values import POINTER_BYTES, Linear, Loaded


class Closure:
    """The code that can run from some functions on, and the ranges of data that it can read."""

    def __init__(
        self, decoder: Decoder, roots: Iterable[int], returns_text: int | None = None
    ) -> None:
        """`returns_text`: a root whose result is a text or null, so that what it returns ends at the zero."""
        self.decoder = decoder
        self.image = decoder.image
        self.roots = list(roots)
        self.explorations: list[Exploration] = []
        self.problems: list[tuple[int, str]] = []
        self.successors: dict[int, list[int]] = {}
        self.sites: dict[int, list[Site]] = collections.defaultdict(list)
        self.tables: dict[Linear | Loaded, list[int | None]] = {}
        self.refers: dict[int, list[int]] = collections.defaultdict(list)
        self.reads: dict[int, list[tuple[int, int]]] = collections.defaultdict(list)
        self.masked: dict[int, bytes] = {}
        self._handed_on: set[int] = set()
        self._passed: set[int] = set()
        self._texts: set[int] = set()
        self._returns_text = returns_text
        self._pointed: set[int] = set()  # slots whose targets were taken in
        self._entered: set[int] = set()
        self._objects: set[tuple[int, int]] = set()
        self._enter(self.roots)
        if not self.problems:
            self._follow_data()
        self.ranges = self._merged_ranges()
        self._range_starts = [begin for begin, _ in self.ranges]

    @classmethod
    def of_backend(cls, decoder: Decoder, backend: DeclaredBackend) -> Closure:
        """That of a backend's functions."""
        roots = (backend.run, backend.prepare, backend.release)
        return cls(decoder, [root for root in roots if root is not None], backend.prepare)

    # ---- Code

    def _enter(self, starts: Iterable[int]) -> None:
        """Takes in functions and what they call."""
        waiting = list(starts)
        while waiting:
            start = waiting.pop()
            if start in self._entered:
                continue
            self._entered.add(start)
            functions = self.decoder.functions
            exploration = functions.exploration(start)
            for at in exploration.unresolved:
                self.problems.append((at, "an indirect jump leads where the audit can't see"))
            for at in sorted(exploration.undecoded):
                self.problems.append((at, "the code can't be decoded"))
            if self.problems:
                return  # Nothing that can still be found makes up for it.
            self._take(exploration, functions.uses(start))
            waiting.extend(exploration.calls.values())

    def _take(self, exploration: Exploration, uses: DataUses) -> None:
        self.explorations.append(exploration)
        for address, following in exploration.successors.items():
            known = self.successors.setdefault(address, [])
            known.extend(one for one in following if one not in known)
        for address, site in exploration.sites.items():
            self.sites[address].append(site)
        self.tables |= exploration.tables
        self.tables |= exploration.switches
        for address, places in uses.refers.items():
            known = self.refers[address]
            known.extend(one for one in places if one not in known)
        for address, ranges in uses.reads.items():
            old = self.reads[address]
            old.extend(one for one in ranges if one not in old)
        self.masked |= uses.masked
        self._handed_on |= uses.handed_on
        self._passed |= uses.passed
        if exploration.start == self._returns_text:
            self._texts |= uses.returned
        else:
            self._passed |= uses.returned
        self.problems += uses.problems
        for start in {self.image.function_at(address) for address in exploration.successors}:
            if start is not None and start.catches:
                self.problems.append((start.start, "code that only an exception leads to"))

    # ---- Data

    def _follow_data(self) -> None:
        """Takes in the objects whose addresses get out of sight, and what the pointers lead to that can be read."""
        for place in self._texts:
            text = self.image.text_bytes_at(place)
            if text is None:
                self._passed.add(place)
            else:
                self._objects.add((place, place + len(text)))
        while True:
            places = self._handed_on | (self._passed - self._tables_of_distances())
            ranges = {one for ranges in self.reads.values() for one in ranges} | self._objects
            for begin, end in ranges:
                places |= self._pointers_in(begin, end)
            self._handed_on.clear()
            self._passed.clear()
            functions = []
            for place in places:
                if self.image.is_code(place):
                    if place not in self.successors and place not in self._entered:
                        functions.append(place)
                else:
                    self._objects.add((place, self._end_of_object(place)))
            if (not functions and self._objects <= ranges) or self.problems:
                return
            self._enter(functions)

    def _tables_of_distances(self) -> set[int]:
        """Where the tables begin that switches jump by. No source code can name one, so that as an argument or a result
        its address is left over from the jump: beyond what the jump reads there is nothing to read.
        """
        return {
            table.at.base + table.at.scale * table.at.first
            for table in self.tables
            if isinstance(table, Loaded) and table.width < POINTER_BYTES
        }

    def _pointers_in(self, begin: int, end: int) -> set[int]:
        """Where the pointers lead that lie in a range and weren't looked at before."""
        found = set()
        for slot in self.image.pointers_in(begin - POINTER_BYTES + 1, end):
            if slot not in self._pointed:
                self._pointed.add(slot)
                target = self.image.pointers.get(slot)
                if slot in self.image.strange_relocations:
                    kind = self.image.strange_relocations[slot]
                    self.problems.append((slot, f"a relocation of the unknown kind {kind}"))
                elif target is not None:
                    found.add(target)
        return found

    def _end_of_object(self, place: int) -> int:
        """The end of an object of which only the address is known, without the zeros behind it, which may be padding.
        Without its symbol, as in a stripped library, what follows counts up to the next address that something wants.
        """
        end = self.decoder.references.end_of_object(place)
        symbol = self.image.symbol_at(place)
        if symbol is not None and symbol.size and not symbol.is_function:
            end = min(end, symbol.address + symbol.size)
        data = self.image.bytes_at(place, end - place)
        stored = place + len(data.rstrip(b"\0"))
        slots = self.image.pointers_in(place, end)
        return max([stored, place, *(slot + POINTER_BYTES for slot in slots)])

    def _merged_ranges(self) -> list[tuple[int, int]]:
        """The ranges that can be read, those in one that overlap; pointers are in one as a whole."""
        found = {one for ranges in self.reads.values() for one in ranges} | self._objects
        whole = []
        for begin, end in found:
            slots = self.image.pointers_in(begin - POINTER_BYTES + 1, end)
            whole.append(
                (min([begin, *slots]), max([end, *(one + POINTER_BYTES for one in slots)]))
            )
        result: list[tuple[int, int]] = []
        for begin, end in sorted(whole):
            if result and begin < result[-1][1]:
                result[-1] = (result[-1][0], max(end, result[-1][1]))
            elif end > begin or not result or result[-1] != (begin, end):
                result.append((begin, end))
        return result

    def range_at(self, address: int) -> tuple[int, int] | None:
        """The range that can be read and holds `address`, or begins there and is empty."""
        index = bisect.bisect_right(self._range_starts, address) - 1
        if index < 0:
            return None
        begin, end = self.ranges[index]
        return (begin, end) if address < end or address == begin else None

    def section_of(self, begin: int, end: int) -> Section | None:
        """The section that holds a whole range."""
        section = self.image.section_at(begin)
        return section if section is not None and end <= section.end else None
