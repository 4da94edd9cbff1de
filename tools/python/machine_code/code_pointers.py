"""The pointers to code that a file's data holds."""

from __future__ import annotations

import bisect
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .elf_image import ElfImage


class CodePointers:
    """Where they lead and where they are: those that the loader relocates or, in a file that is loaded where it says, every
    number in the data that could be one."""

    def __init__(self, image: ElfImage) -> None:
        found = {(target, at) for at, target in image.pointers.items() if image.is_code(target)}
        if image.is_fixed:
            code = [(one.address, one.end) for one in image.sections if one.is_code]
            begin, end = min(one[0] for one in code), max(one[1] for one in code)
            for section in image.sections:
                if not section.is_code and section.is_stored:
                    whole = section.data[: len(section.data) // 8 * 8]
                    for number, (word,) in enumerate(struct.iter_unpack("<Q", whole)):
                        if begin <= word < end:
                            found.add((word, section.address + 8 * number))
        self._sorted = sorted(found)

    @property
    def targets(self) -> set[int]:
        """Where any leads."""
        return {target for target, _ in self._sorted}

    def within(self, begin: int, end: int) -> dict[int, list[int]]:
        """The places from `begin` to before `end` that some lead to, and where these pointers are."""
        low = bisect.bisect_left(self._sorted, (begin, 0))
        found: dict[int, list[int]] = {}
        for target, at in self._sorted[low : bisect.bisect_left(self._sorted, (end, 0))]:
            found.setdefault(target, []).append(at)
        return found
