"""What can be known about a register without running anything.

Just enough to see through a dispatch and to name the bytes that are read: where a table is, how it is indexed, which
accesses hit the stack frame.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import Union

MASK = (1 << 64) - 1
ALTERNATIVES = 4  # As many values a register may have at one place; beyond it is not known.
LOWEST_PLACE = 0x1000  # No data lies in the first page.
POINTER_BYTES = 8  # on both processors
LARGEST_INDEX = 0xFFFF  # An index that can be larger is not bounded.


@dataclasses.dataclass(frozen=True, slots=True)
class Constant:
    """A number; `is_place`: an address in the image."""

    number: int
    is_place: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """An address in the image without its low 12 bits, which another instruction adds (AArch64's adrp)."""

    address: int


@dataclasses.dataclass(frozen=True, slots=True)
class Linear:
    """base + scale * index, for indices from `first` to `last`; scale 0: the index was scaled out of sight.

    The index is an opcode if it came from a byte. `is_assumed`: it is none that is known, but taken for an opcode because
    it is scaled by the size of a table's entry.
    """

    base: int
    scale: int
    first: int = 0
    last: int = 255
    is_opcode: bool = True
    is_assumed: bool = False
    is_place: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """A table's entry for an index: memory[at] * multiplier + addend."""

    at: Linear
    width: int
    signed: bool
    multiplier: int = 1
    addend: int = 0
    is_place: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class StackAddress:
    """The stack pointer at the function's start, and a distance."""

    offset: int


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """What a register held at the function's start."""

    register: str


@dataclasses.dataclass(frozen=True, slots=True)
class Import:
    """The address of something in another library."""

    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Pointer:
    """Eight bytes from memory that no table is known to be at."""


@dataclasses.dataclass(frozen=True, slots=True)
class Lost:
    """Too many different values, some of which are addresses in the image."""


@dataclasses.dataclass(frozen=True, slots=True)
class Several:
    """One of these."""

    values: frozenset["Known"]


Known = Union[Constant, Page, Linear, Loaded, StackAddress, Entry, Import, Pointer, Lost, Several]
Value = Union[Known, None]  # None: not known

OPCODE = Linear(0, 1)  # Any zero-extended byte might be the opcode.
ASSUMED_OPCODE = Linear(0, 1, is_assumed=True)
TRACKED = (
    Constant,
    Linear,
    Loaded,
    Page,
    Several,
    Lost,
)  # Worth knowing even if it is one of several.
POINTER = Pointer()
LOST = Lost()


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """base + index * scale + displacement, as an instruction spells it; `is_place`: the displacement is an address in
    the image, relative to the program counter."""

    base: str | None
    index: str | None
    scale: int
    displacement: int
    sign_extended: int = 0  # bytes of the index that are sign-extended, 0: none
    is_place: bool = False

    @property
    def registers(self) -> tuple[str, ...]:
        """The registers in it."""
        return tuple(name for name in (self.base, self.index) if name is not None)


# Registers by name; stack slots by their distance from the stack pointer at the function's start.
State = dict[str | int, Value]


def alternatives(value: Value) -> tuple[Value, ...]:
    """Each value that `value` may be."""
    return tuple(value.values) if isinstance(value, Several) else (value,)


def leads_into_image(value: Value) -> bool:
    """Whether the value is, or is made of, an address in the image."""
    if value is None:
        return False
    if isinstance(value, (Constant, Linear, Loaded)):
        return value.is_place
    if isinstance(value, Several):
        return any(leads_into_image(one) for one in value.values)
    return isinstance(value, (Page, Lost))


def one_of(values: set[Value]) -> Value:
    """One of `values`, if they aren't too many to be worth knowing."""
    if len(values) == 1:
        return next(iter(values))
    flat = {one for value in values for one in alternatives(value)}
    known = frozenset(one for one in flat if one is not None)
    if len(known) < len(flat) or LOST in known:
        return None
    return Several(known) if len(known) <= ALTERNATIVES else None


def merged(left: Value, right: Value) -> Value:
    """What is known where two ways meet."""
    if left == right:
        return left
    if isinstance(left, Linear) and isinstance(right, Linear):
        if (left.base, left.scale, left.is_place) == (right.base, right.scale, right.is_place):
            return dataclasses.replace(
                left,
                first=min(left.first, right.first),
                last=max(left.last, right.last),
                is_opcode=left.is_opcode and right.is_opcode,
                is_assumed=left.is_assumed or right.is_assumed,
            )
    if isinstance(left, TRACKED) or isinstance(right, TRACKED):
        found = one_of({left, right})
        if found is None and (leads_into_image(left) or leads_into_image(right)):
            return LOST
        return found
    return None


def added(left: Value, right: Value) -> Value:
    """The sum, as far as it can be known."""
    if isinstance(left, Constant) and isinstance(right, Constant):
        is_place = left.is_place or right.is_place
        return Constant((left.number + right.number) & MASK, is_place)
    if isinstance(right, (Constant, Page)):
        left, right = right, left
    if isinstance(left, Page):
        if isinstance(right, Constant):
            return Constant((left.address + right.number) & MASK, True)
        return None
    if isinstance(left, Constant):
        number = left.number if left.number < 1 << 63 else left.number - (1 << 64)
        is_place = left.is_place
        if isinstance(right, Linear):
            base = right.base + number
            first = right.first
            if base < 0 and right.scale > 0:
                first = max(first, -(base // right.scale))
            is_place |= right.is_place
            return dataclasses.replace(right, base=base, first=first, is_place=is_place)
        if isinstance(right, Loaded):
            is_place |= right.is_place
            return dataclasses.replace(right, addend=right.addend + number, is_place=is_place)
        if isinstance(right, StackAddress):
            return StackAddress(right.offset + number)
        if left.is_place:
            return Linear(number, 0, is_place=True)
    return None


def scaled(value: Value, scale: int) -> Value:
    """The product, as far as it can be known."""
    if scale == 1:
        return value
    if isinstance(value, Constant):
        return Constant(value.number * scale & MASK)
    if isinstance(value, Linear):
        return dataclasses.replace(value, base=value.base * scale, scale=value.scale * scale)
    if isinstance(value, Loaded):
        return dataclasses.replace(
            value, multiplier=value.multiplier * scale, addend=value.addend * scale
        )
    return None


def low_half(value: Value) -> Value:
    """The value after an operation on 32 bits."""
    if isinstance(value, Constant):
        return Constant(value.number & 0xFFFFFFFF, value.is_place)
    if isinstance(value, (Linear, Loaded, Several, Lost, Page)):
        return value
    return None


def low_byte(value: Value) -> Value:
    """The zero-extended low byte: an opcode, unless it is known to be something smaller."""
    if isinstance(value, Linear) and value.scale == 1 and not value.is_place:
        if value.base + value.first >= 0 and value.base + value.last <= 255:
            return value
    return OPCODE


def masked(value: Value, mask: int) -> Value:
    """The value and a mask: something from 0 to the mask."""
    if isinstance(value, Constant) and not value.is_place:
        return Constant(value.number & mask)
    if not 0 <= mask <= LARGEST_INDEX:
        return None
    return Linear(0, 1, 0, mask, is_opcode=False)


def shifted_right(value: Value, bits: int) -> Value:
    """The value shifted right, if it is small enough to stay known."""
    if isinstance(value, Linear) and value.scale == 1 and value.base == 0 and not value.is_place:
        return Linear(0, 1, value.first >> bits, value.last >> bits, is_opcode=False)
    return None


def at_most(value: Value, limit: int) -> Value:
    """The value where it is known to be `limit` or below, unsigned."""
    if isinstance(value, Linear):
        if value.scale == 1 and not value.is_place and value.base + value.first >= 0:
            return dataclasses.replace(value, last=min(value.last, limit - value.base))
        return value
    if value is None or isinstance(value, (Pointer, Entry)):
        return Linear(0, 1, 0, limit, is_opcode=False) if 0 <= limit <= LARGEST_INDEX else value
    return value


def is_below(value: Value, limit: int) -> bool:
    """Whether the value is certainly below `limit`, unsigned: a byte, or what a mask left, to which nothing was added that
    could have made it wrap around."""
    if isinstance(value, Constant):
        return not value.is_place and value.number < limit
    if not isinstance(value, Linear) or value.is_place or value.is_assumed:
        return False
    return value.base == 0 and value.scale == 1 and value.last < limit


def not_zero(value: Value) -> Value:
    """The value where it is known not to be 0."""
    if isinstance(value, Linear) and value.scale == 1 and not value.is_place:
        if value.base + value.first == 0:
            return dataclasses.replace(value, first=value.first + 1)
    return value


def sign_extended(value: Value, width: int) -> Value:
    """The value after sign extension from `width` bytes."""
    if isinstance(value, Loaded):
        return dataclasses.replace(value, signed=True) if value.width == width else value
    return value if isinstance(value, (Constant, Linear, Several, Lost)) else None


def _evaluated(address: Address, base: Value, index: Value) -> Value:
    result: Value = Constant(address.displacement & MASK, address.is_place)
    if address.index is not None:
        if address.sign_extended:
            index = sign_extended(index, address.sign_extended)
        unknown = index is None or isinstance(index, (Pointer, Entry))
        is_table = address.base is not None or address.displacement >= LOWEST_PLACE
        if unknown and address.scale > 1 and is_table:
            # A register scaled by an entry's size: the opcode, whatever became of it.
            index = ASSUMED_OPCODE
        result = added(result, scaled(index, address.scale))
    if address.base is not None:
        if result == Constant(0) and not isinstance(base, Page):
            return base
        result = added(result, base)
    return result


def evaluate(address: Address, state: State) -> Value:
    """Where `address` leads."""
    if address.index is None and address.base is not None:
        base = state.get(address.base)
        if base is None or isinstance(
            base, (Pointer, Entry)
        ):  # Quickly, since it is the most frequent.
            return base if address.displacement == 0 else None
    bases = alternatives(state.get(address.base) if address.base is not None else None)
    indices = alternatives(state.get(address.index) if address.index is not None else None)
    if len(bases) == len(indices) == 1:
        return _evaluated(address, bases[0], indices[0])
    return one_of(
        {_evaluated(address, base, index) for base, index in itertools.product(bases, indices)}
    )
