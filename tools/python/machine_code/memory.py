"""What can be known of what loads give, and where tables lead."""

from __future__ import annotations

from .elf_image import ElfImage
from .values import (
    MASK,
    OPCODE,
    POINTER,
    Constant,
    Import,
    Linear,
    Loaded,
    StackAddress,
    State,
    Value,
    alternatives,
    low_half,
    one_of,
)


def _loaded(image: ElfImage, state: State, at: Value, width: int, signed: bool) -> Value:
    if isinstance(at, StackAddress):
        slot = state.get(at.offset)
        if width == 8:
            return slot
        return low_half(slot) if width == 4 else OPCODE if width == 1 and not signed else None
    if isinstance(at, Constant) and image.is_constant(at.number):
        if width == 8 and at.number in image.imports:
            return Import(image.imports[at.number])
        number = image.read(at.number, width, signed)
        is_place = width == 8 and at.number in image.pointers
        return None if number is None else Constant(number & MASK, is_place)
    if isinstance(at, Linear) and image.is_constant(at.base + at.scale * at.first):
        place = at if at.scale else Linear(at.base, width, at.first, is_assumed=True, is_place=True)
        return Loaded(place, width, signed)
    if width == 8:
        return POINTER
    return OPCODE if width == 1 and not signed else None


def loaded(image: ElfImage, state: State, at: Value, width: int, signed: bool) -> Value:
    """What a load of `width` bytes from `at` gives."""
    return one_of({_loaded(image, state, one, width, signed) for one in alternatives(at)})


def entries(image: ElfImage, target: Linear | Loaded) -> list[int | None]:
    """Where an indirect jump to `target` leads for each index from 0; None where that is no code."""
    result: list[int | None] = []
    index = target.at if isinstance(target, Loaded) else target
    for number in range(max(index.last, 255) + 1):
        place: int | None = index.base + index.scale * number
        if isinstance(target, Loaded):
            assert place is not None
            entry = image.read(place, target.width, target.signed)
            place = None if entry is None else (entry * target.multiplier + target.addend) & MASK
        valid = index.first <= number <= index.last and place is not None and image.is_code(place)
        result.append(place if valid else None)
    return result
