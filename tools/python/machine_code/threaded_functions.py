"""Finds the functions that a program is decoded into, if each ends by jumping to what the decoded program says next."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tool import ToolError

from .function_code import FunctionCode
from .instruction import Compute, Copy, Flow, Instruction, Load
from .values import Address

if TYPE_CHECKING:
    from .decoder import Decoder

LARGEST = 1 << 13  # bytes of a function that is looked at


# What a jump's target is loaded through: the register that points to the decoded program or to a table, and whether an index
# is added to it.
Place = tuple[str, bool]


class ThreadedFunctions:
    """The functions of a file whose addresses it stores and which jump to an address that lies where a register points which
    they were passed. It holds the place in the decoded program, or a table of functions; a method of an object, say, is
    found through a pointer that was loaded."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    def like(self, addresses: Iterable[int]) -> list[int]:
        """Those that go on as the instructions at `addresses` do, by a jump or, to begin, by a call: the largest group.
        Empty if these do nothing such."""
        found: list[int] = []
        for flow in (Flow.INDIRECT_JUMP, Flow.INDIRECT_CALL):
            for place in _places(self._decoder, sorted(addresses), flow):
                if place is not None:
                    found = max(found, self.groups.get(place, []), key=len)
            if found:
                break
        return found

    @functools.cached_property
    def groups(self) -> dict[Place, list[int]]:
        """All of them, by what they have in common."""
        decoder, image = self._decoder, self._decoder.image
        pointed = {*image.code_pointers(0, 1 << 64), *decoder.references.wanted_code()}
        found: dict[Place, list[int]] = {}
        for start in sorted(pointed):
            part = image.function_at(start)
            if part is None or part.start != start or part.end - part.start > LARGEST:
                continue
            if decoder.indirect_jumps.has_any(part):
                lines = FunctionCode(decoder, start).lines
                places = _places(decoder, [line.address for line in lines], Flow.INDIRECT_JUMP)
                known = {place for place in places if place is not None}
                if len(known) == 1:
                    found.setdefault(known.pop(), []).append(start)
        return found


def _places(decoder: Decoder, addresses: list[int], flow: Flow) -> set[Place | None]:
    """What the targets of these instructions are loaded through, where they jump or call; None where that can't be told,
    or where the register itself was loaded from somewhere else than the stack."""
    defined: dict[str, Instruction] = {}
    loaded: set[str] = set()
    found: set[Place | None] = set()
    stack = (decoder.processor.stack_pointer, decoder.processor.frame_pointer)
    for address in addresses:
        try:
            instruction = decoder.at(address)
        except ToolError:
            continue
        if instruction.flow is flow:
            found.add(_place_of(instruction.through, defined))
        for effect in instruction.effects:
            if isinstance(effect, Load) and effect.destination is not None:
                if effect.address.base not in stack:
                    loaded.add(effect.destination)
        for register in instruction.written:
            defined[register] = instruction
    is_entry = flow is Flow.INDIRECT_CALL
    return {one if one is None or is_entry or one[0] not in loaded else None for one in found}


def _place_of(through: str | Address | None, defined: dict[str, Instruction]) -> Place | None:
    """What the target of a jump is loaded through."""
    for _ in range(4):
        if isinstance(through, Address):
            return _place(through, defined)
        if through is None or through not in defined:
            return None
        for effect in defined[through].effects:
            if isinstance(effect, Load) and effect.destination == through:
                return _place(effect.address, defined)
            if isinstance(effect, Copy) and effect.destination == through:
                through = effect.source
                break
        else:
            return None
    return None


def _place(address: Address, defined: dict[str, Instruction]) -> Place | None:
    base = address.base
    for _ in range(4):
        # A function that calls others keeps what it was passed in another register.
        source = _copied_from(base, defined.get(base)) if base is not None else None
        if source is None or source == base:
            break
        base = source
    return None if base is None else (base, address.index is not None)


def _copied_from(register: str, instruction: Instruction | None) -> str | None:
    """The register whose number, or a number near it, an instruction puts into `register`."""
    for effect in instruction.effects if instruction is not None else ():
        if isinstance(effect, Copy) and effect.destination == register:
            return effect.source
        if isinstance(effect, Compute) and effect.destination == register:
            return effect.address.base if effect.address.index is None else None
    return None
