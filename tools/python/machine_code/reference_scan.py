"""Every address that any code or table of a library spells, for finding where one piece of data ends and whose it is."""

from __future__ import annotations

import bisect
import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .processor import Spelled

if TYPE_CHECKING:
    from .decoder import Decoder


class ReferenceScan:
    """The references in a library: what its functions spell, one after the other, and where its pointers lead."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._image = decoder.image
        self._scanned: dict[tuple[int, int], list[Spelled]] = {}

    def take_over(self, other: ReferenceScan, changed: int) -> None:
        """Takes over what the same code in another image spells, all but the function that holds the byte at `changed`."""
        self._scanned = {
            place: spelled
            for place, spelled in other._scanned.items()
            if not place[0] <= changed < place[1]
        }

    @functools.cached_property
    def _spelled(self) -> list[Spelled]:
        return [one for begin, end in self._functions() for one in self._scan(begin, end)]

    def _functions(self) -> Iterator[tuple[int, int]]:
        """Pieces of code that begin with an instruction."""
        for section in self._image.sections:
            if section.is_code:
                starts = sorted(
                    {
                        one.start
                        for one in self._image.functions.ranges
                        if section.address < one.start < section.end
                    }
                )
                yield from zip([section.address, *starts], [*starts, section.end])

    def _scan(self, begin: int, end: int) -> list[Spelled]:
        if (begin, end) not in self._scanned:
            data = self._image.bytes_at(begin, end - begin)
            spelled = self._decoder.processor.spelled_addresses(data, begin)
            self._scanned[begin, end] = list(spelled)
        return self._scanned[begin, end]

    @functools.cached_property
    def _boundaries(self) -> list[int]:
        wanted = {one.place for one in self._spelled if one.is_wanted}
        wanted.update(self._image.pointers.values())
        wanted.update(self._image.exported.values())
        return sorted(wanted)

    def end_of_object(self, address: int) -> int:
        """Where what begins at `address` ends at the latest: at the next address that something wants, or with the
        section."""
        section = self._image.section_at(address)
        if section is None:
            return address
        index = bisect.bisect_right(self._boundaries, address)
        following = self._boundaries[index] if index < len(self._boundaries) else section.end
        return min(following, section.end)

    def wanted_code(self) -> set[int]:
        """The addresses of code that instructions spell, but don't jump to or call."""
        return {
            one.place for one in self._spelled if one.is_wanted and self._image.is_code(one.place)
        }

    def others_use(self, begin: int, end: int, own: set[int]) -> bool:
        """Whether instructions other than `own` spell an address from `begin` to before `end`."""
        return any(begin <= one.place < end and one.instruction not in own for one in self._spelled)
