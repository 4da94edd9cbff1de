"""Finds the functions that a program is decoded into, if each ends by jumping to what the decoded program says next."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from tool import ToolError

from .function_code import FunctionCode
from .instruction import Compute, Copy, Flow, Forget, Load, Store
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
        pointed = {*image.code_pointers.targets, *decoder.references.wanted_code()}
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
    """What the targets of these instructions are loaded through, where they jump or call; None where that can't be told.
    Registers of a jump are followed in the order of memory to what the function was passed; a call passes its own.
    """
    own: dict[str, str | None] = {one: one for one in decoder.processor.registers}
    passed: dict[str, str | None] = {one: one for one in decoder.processor.registers}
    loaded: dict[str, Place | None] = {}  # what a register was loaded through
    found: set[Place | None] = set()
    origin: Mapping[str, str | None] = passed
    if flow is Flow.INDIRECT_CALL:
        origin = own
    for address in addresses:
        try:
            instruction = decoder.at(address)
        except ToolError:
            continue
        if instruction.flow is flow:
            through = instruction.through
            if isinstance(through, Address):
                found.add(_place(through, origin))
            elif through is not None:
                found.add(loaded.get(through))
        for effect in instruction.effects:
            match effect:
                case Copy(destination, source):
                    passed[destination] = passed.get(source)
                    loaded[destination] = loaded.get(source)
                case Compute(destination, Address(base=str(base), index=None)):
                    passed[destination] = passed.get(base)
                    loaded.pop(destination, None)
                case Load(str(destination), place):
                    loaded[destination] = _place(place, origin)
                    passed[destination] = None
                case Forget(registers):
                    for register in registers:
                        passed[register] = None
                        loaded.pop(register, None)
                case Store() | Load():
                    pass
                case _:
                    passed[effect.destination] = None
                    loaded.pop(effect.destination, None)
    stack = decoder.processor.stack_pointer
    return {None if one is None or one[0] == stack else one for one in found}


def _place(address: Address, passed: Mapping[str, str | None]) -> Place | None:
    base = passed.get(address.base) if address.base is not None else None
    return None if base is None else (base, address.index is not None)
