"""How long a table is, and where its entries lead, in any program: nothing says how many opcodes there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .function_code import FunctionCode
from .values import LARGEST_INDEX, MASK, POINTER_BYTES, Linear, Loaded

if TYPE_CHECKING:
    from .decoder import Decoder

FEWEST_ENTRIES = 3
SMALLEST_HANDLER = 16  # bytes of a handler that is jumped to by its number, without a table


def table_entries(
    decoder: Decoder, code: FunctionCode, target: Linear | Loaded, is_call: bool
) -> list[int | None]:
    """Where a jump to `target` leads for each index from 0, up to the last that is an entry; None for an index without one.

    A table ends where the index can't be larger, where an entry leads to no instruction of the function and to no
    function, or where something else begins to which the function's code refers. Empty if there are hardly any entries:
    then it is no table.
    """
    index = target.at if isinstance(target, Loaded) else target
    if index.scale <= 0:
        return []
    if not isinstance(target, Loaded) and index.is_assumed and index.scale < SMALLEST_HANDLER:
        return []  # A distance that isn't known, scaled by the size of an instruction: no index.
    last = LARGEST_INDEX if index.is_assumed else min(index.last, LARGEST_INDEX)
    end = _end(decoder, code, target)
    found: list[int | None] = []
    for number in range(last + 1):
        place = index.base + index.scale * number
        if number < index.first:
            found.append(None)
            continue
        if end is not None and place >= end:
            break
        if isinstance(target, Loaded):
            entry = decoder.image.read(place, target.width, target.signed)
            if entry is None:
                break
            if entry == 0 and target.width == POINTER_BYTES:
                found.append(None)  # An opcode that isn't there.
                continue
            place = (entry * target.multiplier + target.addend) & MASK
        if not _is_target(decoder, code, place, is_call):
            break
        found.append(place)
    while found and found[-1] is None:
        found.pop()
    there = [place for place in found if place is not None]
    return found if len(there) >= FEWEST_ENTRIES else []


def _end(decoder: Decoder, code: FunctionCode, target: Linear | Loaded) -> int | None:
    """Where a table in memory ends at the latest."""
    if not isinstance(target, Loaded):
        return None
    first = target.at.base + target.at.scale * target.at.first
    section = decoder.image.section_at(first)
    if section is None:
        return first
    following = code.following(first)
    ends = [section.end, *([] if following is None else [following])]
    # Nothing in the code says how many entries there are.
    if target.at.is_assumed or target.at.is_opcode:
        ends.append(decoder.references.end_of_object(first))
    return min(ends)


def _is_target(decoder: Decoder, code: FunctionCode, place: int, is_call: bool) -> bool:
    if not is_call and (code.holds(place) or code.holds_apart(place)):
        return code.is_instruction(place)
    return decoder.image.is_code(place) and decoder.image.is_function_start(place)
