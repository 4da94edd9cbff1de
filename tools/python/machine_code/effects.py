"""What an instruction does to what is known of registers and stack slots."""

from __future__ import annotations

from collections.abc import Callable

from .elf_image import ElfImage
from .instruction import (
    Compute,
    Copy,
    Forget,
    Instruction,
    Load,
    Mask,
    Set,
    SetPage,
    ShiftRight,
    Store,
    ZeroExtendByte,
)
from .memory import loaded
from .values import (
    MASK,
    Constant,
    Page,
    StackAddress,
    State,
    Value,
    evaluate,
    low_byte,
    low_half,
    masked,
    shifted_right,
    sign_extended,
)


def apply(
    instruction: Instruction,
    state: State,
    image: ElfImage,
    note_stack: Callable[[Value, int], None],
) -> None:
    """Changes `state` as `instruction` would; calls `note_stack` with the place of each load and store, and the number of
    the effect."""
    for position, effect in enumerate(instruction.effects):
        value: Value = None
        destination: str | None
        match effect:
            case Set(destination, number, is_place):
                value = Constant(number & MASK, is_place)
            case SetPage(destination, number):
                value = Page(number & MASK)
            case Copy(destination, source, width, extended):
                value = state.get(source)
                if extended:
                    value = sign_extended(value, extended)
                elif width < 8:
                    value = low_half(value)
            case ZeroExtendByte(destination, byte_of):
                value = low_byte(state.get(byte_of) if byte_of else None)
            case Mask(destination, masked_register, mask):
                value = masked(state.get(masked_register) if masked_register else None, mask)
            case ShiftRight(destination, source, bits):
                value = shifted_right(state.get(source), bits)
            case Compute(destination, place, width):
                value = evaluate(place, state)
                if width < 8:
                    value = low_half(value)
            case Load(destination, place, width, signed):
                at = evaluate(place, state)
                note_stack(at, position)
                value = loaded(image, state, at, width, signed)
            case Store(place, width, stored):
                at = evaluate(place, state)
                note_stack(at, position)
                if isinstance(at, StackAddress):
                    for offset in range(at.offset - 7, at.offset + width):
                        state.pop(offset, None)
                    if width == 8 and stored is not None and state.get(stored) is not None:
                        state[at.offset] = state[stored]
                continue
            case Forget(registers):
                for register in registers:
                    state.pop(register, None)
                continue
        if destination is not None:
            if value is None:
                state.pop(destination, None)
            else:
                state[destination] = value
