"""Finds the functions of a file that look like interpreters, before any of them is explored."""

from __future__ import annotations

import dataclasses

from machine_code.decoder import Decoder
from machine_code.function_code import FunctionCode
from machine_code.unwind_table import FunctionRange
from machine_code.values import POINTER_BYTES

SMALLEST = 48  # bytes of a function that can hold a dispatch loop
FEWEST_ENTRIES = 8  # A smaller table isn't looked at.
MOST_ENTRIES = 4096
JUMPS_OF_ASSEMBLY = 32
SHOWN = 12  # So many functions are explored, the most promising first.
LARGE = 8  # And so many of those with most indirect jumps, whatever their tables look like.


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """A function that may be an interpreter. `promise`: the entries of its largest table, at a quick look."""

    start: int
    promise: int
    jumps: int


def candidates(decoder: Decoder) -> list[Candidate]:
    """The functions worth exploring, the most promising first."""
    found = [
        one
        for part in decoder.image.functions.ranges
        if (one := _candidate(decoder, part)) is not None
    ]
    found += _without_unwinding(decoder)
    found += [
        Candidate(functions[0], len(functions), 1)
        for functions in decoder.threaded.groups.values()
        if len(functions) >= FEWEST_ENTRIES
    ]
    by_promise = sorted(found, key=lambda one: (-one.promise, -one.jumps))[:SHOWN]
    by_jumps = sorted(found, key=lambda one: -one.jumps)[:LARGE]
    chosen = {one.start: one for one in [*by_promise, *by_jumps]}
    return list(chosen.values())


def _candidate(decoder: Decoder, part: FunctionRange) -> Candidate | None:
    if part.end - part.start < SMALLEST:
        return None
    jumps = decoder.indirect_jumps.count(part)
    # Assembly that is entered with its frame set up looks like a part of another function.
    if not jumps or (part.is_part and jumps < JUMPS_OF_ASSEMBLY):
        return None
    code = FunctionCode(decoder, part.start)
    seen = sum(line.is_indirect_jump for line in code.lines)
    if not seen and not decoder.indirect_jumps.has_thunks:
        return None
    jumps = max(seen, jumps if decoder.indirect_jumps.has_thunks else 0)
    return Candidate(part.start, max(_largest_table(decoder, code), len(_labels(code))), jumps)


def _labels(code: FunctionCode) -> set[int]:
    return {label for table in code.label_tables() for label in table.labels}


def _without_unwinding(decoder: Decoder) -> list[Candidate]:
    """Functions with symbols alone: hand-written assembly often says nothing of how to unwind its stack."""
    image = decoder.image
    found = []
    for symbol in image.symbols:
        if symbol.is_function and symbol.size >= SMALLEST and image.is_code(symbol.address):
            if image.function_at(symbol.address) is None:
                part = FunctionRange(symbol.address, symbol.address + symbol.size, False)
                candidate = _candidate(decoder, part)
                if candidate is not None:
                    found.append(candidate)
    return found


def _largest_table(decoder: Decoder, code: FunctionCode) -> int:
    """The most different places that a table leads to, among those that the function refers to."""
    image = decoder.image
    largest = 0
    spelled = code.spelled
    for number, place in enumerate(spelled):
        section = image.section_at(place)
        if section is None or section.is_code:
            continue
        end = min([section.end, *spelled[number + 1 : number + 2]])
        data = image.bytes_at(place, min(end - place, MOST_ENTRIES * POINTER_BYTES))
        if len(data) >= FEWEST_ENTRIES * 4:
            largest = max(
                largest, _distances(code, place, data), _pointers(decoder, code, place, end)
            )
    return largest


def _distances(code: FunctionCode, place: int, data: bytes) -> int:
    """Entries of four bytes: distances from the table."""
    seen: set[int] = set()
    for at in range(0, len(data) - 3, 4):
        target = place + int.from_bytes(data[at : at + 4], "little", signed=True)
        if not code.is_instruction(target):
            break
        seen.add(target)
    return len(seen)


def _pointers(decoder: Decoder, code: FunctionCode, place: int, end: int) -> int:
    seen: set[int] = set()
    for at in range(place, min(end, place + MOST_ENTRIES * POINTER_BYTES) - 7, POINTER_BYTES):
        target = decoder.image.read(at, POINTER_BYTES)
        if target is None or not (
            code.is_instruction(target) or decoder.image.is_function_start(target)
        ):
            break
        seen.add(target)
    return len(seen)
