"""What differs between processors, and what decoding them has in common."""

from __future__ import annotations

import abc
from collections.abc import Iterator
from typing import Any, NamedTuple

import capstone

from .instruction import Forget, Instruction


class Spelled(NamedTuple):
    """An address that an instruction spells; `is_wanted`: for itself, not for what lies there."""

    instruction: int
    place: int
    is_wanted: bool


class Processor(abc.ABC):
    """Decodes one processor's instructions with Capstone."""

    stack_pointer: str
    frame_pointer: str
    result_register: str  # where a function leaves what it returns
    caller_saved: tuple[str, ...]  # registers that an ordinary call may change
    arguments: tuple[str, ...]  # registers that an ordinary call may pass something in
    registers: tuple[str, ...]  # all that are tracked
    return_address_bytes: int  # that a call pushes
    instruction_alignment: int
    spells_absolute = False  # Code that is loaded where it says spells addresses as numbers.
    link_register: str | None  # where a call leaves the return address instead

    def __init__(self, architecture: int, mode: int) -> None:
        self._capstone = capstone.Cs(architecture, mode)
        self._capstone.detail = True
        self._quick = capstone.Cs(architecture, mode)
        self._names: dict[int, str | None] = {}
        self._movable: dict[bytes, Instruction] = {}  # by their encoding

    def decode(self, data: bytes, address: int) -> Iterator[Instruction]:
        """The instructions in `data`, which is loaded at `address`."""
        # Where instructions end is found out quickly; what they do, once for each encoding.
        for at, size, _, _ in self._quick.disasm_lite(data, address):
            encoding = data[at - address : at - address + size]
            known = self._movable.get(encoding)
            if known is not None:
                yield known.moved(at)
                continue
            instruction = self._instruction(next(self._capstone.disasm(encoding, at, 1)))
            if instruction.is_movable:
                self._movable[encoding] = instruction
            yield instruction

    def quick(self, data: bytes, address: int) -> Iterator[tuple[int, int, str, str]]:
        """Address, size, mnemonic and operands of the instructions in `data`, up to what is none."""
        return iter(self._quick.disasm_lite(data, address))

    def may_have_thunks(self, data: bytes) -> bool:
        """Whether `data` looks as if indirect jumps went through retpolines."""
        return False

    @abc.abstractmethod
    def likely_jumps(self, data: bytes) -> Iterator[int]:
        """Where in `data` an indirect jump may be: everywhere that one is, and in few other places."""

    @abc.abstractmethod
    def _instruction(self, raw: Any) -> Instruction:
        """Translates one of Capstone's instructions."""

    def _register(self, raw: Any, number: int) -> str | None:
        """The 64-bit name of one of Capstone's registers; None for none, and for what isn't tracked."""
        if number not in self._names:
            self._names[number] = self._wide_name(str(raw.reg_name(number))) if number else None
        return self._names[number]

    @abc.abstractmethod
    def _wide_name(self, name: str) -> str | None:
        """The 64-bit name of a register; None for what isn't tracked."""

    def _forgotten(self, raw: Any) -> list[Forget]:
        """The effect of an instruction that writes registers in a way that isn't tracked."""
        names = [self._register(raw, number) for number in raw.regs_access()[1]]
        forgotten = tuple(name for name in names if name)
        return [Forget(forgotten)] if forgotten else []

    def _read(self, raw: Any) -> tuple[str, ...]:
        """The registers that an instruction reads."""
        names = {self._register(raw, number) for number in raw.regs_access()[0]}
        return tuple(sorted(name for name in names if name))

    @abc.abstractmethod
    def without_offset_in_page(self, encoding: bytes) -> bytes | None:
        """The encoding of an instruction that adds the low 12 bits to a page's address, without them; None if it is no
        such instruction."""

    @abc.abstractmethod
    def spelled_addresses(self, data: bytes, address: int) -> Iterator[Spelled]:
        """The addresses that the instructions in `data` spell, which is loaded at `address`."""
