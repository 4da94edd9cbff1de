"""What can be known about a register without running anything.

Just enough to see through a dispatch: where the table is, how it is indexed, and which accesses hit the stack frame.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from .elf_image import ElfImage

MASK = (1 << 64) - 1


@dataclasses.dataclass(frozen=True, slots=True)
class Constant:
    """A number, most often an address."""

    number: int


@dataclasses.dataclass(frozen=True, slots=True)
class Linear:
    """base + scale * opcode, for opcodes from `first`; scale 0: the opcode was scaled out of sight."""

    base: int
    scale: int
    first: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """A table's entry for an opcode: memory[at] * multiplier + addend."""

    at: Linear
    width: int
    signed: bool
    multiplier: int = 1
    addend: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class StackAddress:
    """The stack pointer at the function's start, and a distance."""

    offset: int


Value = Constant | Linear | Loaded | StackAddress | None  # None: not known

OPCODE = Linear(0, 1)  # Any zero-extended byte might be the opcode.


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """base + index * scale + displacement, as an instruction spells it."""

    base: str | None
    index: str | None
    scale: int
    displacement: int
    sign_extended: int = 0  # bytes of the index that are sign-extended, 0: none


# Registers by name; stack slots by their distance from the stack pointer at the function's start.
State = dict[str | int, Value]


def added(left: Value, right: Value, is_image: Callable[[int], bool]) -> Value:
    """The sum, as far as it can be known."""
    if isinstance(left, Constant) and isinstance(right, Constant):
        return Constant((left.number + right.number) & MASK)
    if isinstance(right, Constant):
        left, right = right, left
    if isinstance(left, Constant):
        number = left.number if left.number < 1 << 63 else left.number - (1 << 64)
        if isinstance(right, Linear):
            base = right.base + number
            first = right.first
            if base < 0 and right.scale:
                first = max(first, -(base // right.scale))
            return Linear(base, right.scale, first)
        if isinstance(right, Loaded):
            return dataclasses.replace(right, addend=right.addend + number)
        if isinstance(right, StackAddress):
            return StackAddress(right.offset + number)
        if right is None and is_image(number):
            return Linear(number, 0)
    return None


def scaled(value: Value, scale: int) -> Value:
    """The product, as far as it can be known."""
    if scale == 1:
        return value
    if isinstance(value, Constant):
        return Constant(value.number * scale & MASK)
    if isinstance(value, Linear):
        return Linear(value.base * scale, value.scale * scale, value.first)
    if isinstance(value, Loaded):
        return dataclasses.replace(
            value, multiplier=value.multiplier * scale, addend=value.addend * scale
        )
    return None


def low_half(value: Value) -> Value:
    """The value after an operation on 32 bits."""
    if isinstance(value, Constant):
        return Constant(value.number & 0xFFFFFFFF)
    if isinstance(value, StackAddress):
        return None
    return value


def sign_extended(value: Value, width: int) -> Value:
    """The value after sign extension from `width` bytes."""
    if isinstance(value, Loaded):
        return dataclasses.replace(value, signed=True) if value.width == width else value
    return value


def evaluate(address: Address, state: State, is_image: Callable[[int], bool]) -> Value:
    """Where `address` leads."""
    result: Value = Constant(address.displacement & MASK)
    if address.index is not None:
        index = state.get(address.index)
        if address.sign_extended:
            index = sign_extended(index, address.sign_extended)
        if index is None and address.scale > 1 and address.base is not None:
            index = (
                OPCODE  # A register scaled by an entry's size: the opcode, whatever became of it.
            )
        result = added(result, scaled(index, address.scale), is_image)
    if address.base is not None:
        result = added(result, state.get(address.base), is_image)
    return result


def loaded(image: ElfImage, state: State, at: Value, width: int, signed: bool) -> Value:
    """What a load of `width` bytes from `at` gives."""
    if isinstance(at, StackAddress):
        slot = state.get(at.offset)
        if width == 8:
            return slot
        return low_half(slot) if width == 4 else OPCODE if width == 1 and not signed else None
    if isinstance(at, Constant) and image.is_constant(at.number):
        if width == 8 and at.number in image.imports:
            return None
        number = image.read(at.number, width, signed)
        return None if number is None else Constant(number & MASK)
    if isinstance(at, Linear) and image.is_constant(at.base + at.scale * at.first):
        place = at if at.scale else Linear(at.base, width, at.first)
        return Loaded(place, width, signed)
    return OPCODE if width == 1 and not signed else None


def entries(image: ElfImage, target: Linear | Loaded) -> list[int | None]:
    """Where an indirect jump to `target` leads for each opcode; None where that is no code."""
    result: list[int | None] = []
    for opcode in range(256):
        place: int | None
        if isinstance(target, Loaded):
            at = target.at
            number = image.read(at.base + at.scale * opcode, target.width, target.signed)
            place = None if number is None else (number * target.multiplier + target.addend) & MASK
            first = at.first
        else:
            place, first = target.base + target.scale * opcode, target.first
        valid = opcode >= first and place is not None and image.is_code(place)
        result.append(place if valid else None)
    return result
