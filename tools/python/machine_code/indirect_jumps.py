"""Where a file's code may jump indirectly, found without decoding all of it."""

from __future__ import annotations

import bisect
import functools
from typing import TYPE_CHECKING

from .unwind_table import FunctionRange

if TYPE_CHECKING:
    from .decoder import Decoder


class IndirectJumps:
    """The places that may be indirect jumps: every one that is, and few that only look so."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    @functools.cached_property
    def _places(self) -> list[int]:
        found = []
        for section in self._decoder.image.sections:
            if section.is_code and not section.name.startswith(".plt"):
                found += [
                    section.address + at
                    for at in self._decoder.processor.likely_jumps(section.data)
                ]
        return sorted(found)

    @functools.cached_property
    def has_thunks(self) -> bool:
        """Whether there are retpolines, which jumps go through."""
        return any(
            section.is_code and self._decoder.processor.may_have_thunks(section.data)
            for section in self._decoder.image.sections
        )

    def count(self, part: FunctionRange) -> int:
        """How many there may be in a range."""
        begin = bisect.bisect_left(self._places, part.start)
        return bisect.bisect_left(self._places, part.end) - begin

    def has_any(self, part: FunctionRange) -> bool:
        """Whether there may be one in a range."""
        return self.count(part) > 0
