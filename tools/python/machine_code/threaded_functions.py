"""Finds the functions that a program is decoded into, if each ends by jumping to what the decoded program says next."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from tool import ToolError

from .function_code import FunctionCode
from .instruction import Copy, Flow, Instruction, Load
from .values import Address

if TYPE_CHECKING:
    from .decoder import Decoder

LARGEST = 1 << 13  # bytes of a function that is looked at


Place = tuple[str, str | None]  # base and index: registers


class ThreadedFunctions:
    """The functions of a file whose addresses it stores and which jump to an address that lies where registers point which
    they were passed. These hold the place in the decoded program; a method of an object, say, is found through a pointer
    that was loaded."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    def like(self, start: int) -> list[int]:
        """Those that go on as the function at `start` does, or as it begins: by a call. Empty if that does nothing such."""
        place = _place_in_program(self._decoder, start, Flow.INDIRECT_JUMP)
        place = place or _place_in_program(self._decoder, start, Flow.INDIRECT_CALL)
        return self.groups.get(place, []) if place is not None else []

    @functools.cached_property
    def groups(self) -> dict[Place, list[int]]:
        """All of them, by the registers that they have in common."""
        decoder, image = self._decoder, self._decoder.image
        pointed = {*image.code_pointers(0, 1 << 64), *decoder.references.wanted_code()}
        found: dict[Place, list[int]] = {}
        for start in sorted(pointed):
            part = image.function_at(start)
            if part is None or part.start != start or part.end - part.start > LARGEST:
                continue
            if decoder.indirect_jumps.has_any(part):
                place = _place_in_program(decoder, start, Flow.INDIRECT_JUMP)
                if place is not None:
                    found.setdefault(place, []).append(start)
        return found


def _place_in_program(decoder: Decoder, start: int, flow: Flow) -> Place | None:
    """The registers that the address of the next function is loaded through, where a function jumps or calls."""
    defined: dict[str, Instruction] = {}
    loaded: set[str] = set()
    found: set[Place | None] = set()
    for line in FunctionCode(decoder, start).lines:
        try:
            instruction = decoder.at(line.address)
        except ToolError:
            continue
        if instruction.flow is flow:
            found.add(_place_of(instruction.through, defined))
        for effect in instruction.effects:
            if isinstance(effect, Load) and effect.destination is not None:
                if not instruction.is_push_or_pop:
                    loaded.add(effect.destination)
        for register in instruction.written:
            defined[register] = instruction
    if len(found) != 1 or (place := found.pop()) is None:
        return None
    is_passed_on = flow is Flow.INDIRECT_CALL or loaded.isdisjoint(place)
    return place if is_passed_on else None


def _place_of(through: str | Address | None, defined: dict[str, Instruction]) -> Place | None:
    """The registers that point to where the target of a jump is stored."""
    for _ in range(4):
        if isinstance(through, Address):
            return _registers(through)
        if through is None or through not in defined:
            return None
        for effect in defined[through].effects:
            if isinstance(effect, Load) and effect.destination == through:
                return _registers(effect.address)
            if isinstance(effect, Copy) and effect.destination == through:
                through = effect.source
                break
        else:
            return None
    return None


def _registers(address: Address) -> Place | None:
    return None if address.base is None else (address.base, address.index)
