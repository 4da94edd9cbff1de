"""Finds the functions that a program is decoded into, if each ends by jumping to what the decoded program says next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tool import ToolError

from .function_code import FunctionCode
from .instruction import Copy, Flow, Instruction, Load
from .values import Address

if TYPE_CHECKING:
    from .decoder import Decoder

LARGEST = 1 << 13  # bytes of a function that is looked at


def threaded_functions(decoder: Decoder, start: int) -> list[int]:
    """The functions whose addresses the file stores and which go on as the one at `start` does: they jump to an address
    that lies where the same register points. That register holds the place in the decoded program; it is passed on, while
    a method of an object is found through a pointer that was loaded. Empty if the one at `start` does nothing such.
    """
    register = _place_in_program(decoder, start)
    if register is None:
        return []
    image = decoder.image
    pointed = {one for one in image.code_pointers(0, 1 << 64) if image.is_function_start(one)}
    pointed.update(one for one in decoder.references.wanted_code() if image.is_function_start(one))
    found = []
    for place in sorted(pointed):
        part = image.function_at(place)
        if (
            part is None
            or part.end - part.start > LARGEST
            or not decoder.indirect_jumps.has_any(part)
        ):
            continue
        if _place_in_program(decoder, place) == register:
            found.append(place)
    return found


def _place_in_program(decoder: Decoder, start: int) -> str | None:
    """The register that the address of the next function is loaded through."""
    defined: dict[str, Instruction] = {}
    loaded: set[str] = set()
    found: set[str | None] = set()
    for line in FunctionCode(decoder, start).lines:
        try:
            instruction = decoder.at(line.address)
        except ToolError:
            continue
        if instruction.flow is Flow.INDIRECT_JUMP:
            found.add(_base_of(instruction.through, defined))
        for effect in instruction.effects:
            if isinstance(effect, Load) and effect.destination is not None:
                if not instruction.is_push_or_pop:
                    loaded.add(effect.destination)
        for register in instruction.written:
            defined[register] = instruction
    register = found.pop() if len(found) == 1 else None
    return register if register not in loaded else None


def _base_of(through: str | Address | None, defined: dict[str, Instruction]) -> str | None:
    """The register that holds the place where the target of a jump is stored."""
    for _ in range(4):
        if isinstance(through, Address):
            return through.base if through.index is None else None
        if through is None or through not in defined:
            return None
        for effect in defined[through].effects:
            if isinstance(effect, Load) and effect.destination == through:
                return effect.address.base if effect.address.index is None else None
            if isinstance(effect, Copy) and effect.destination == through:
                through = effect.source
                break
        else:
            return None
    return None
