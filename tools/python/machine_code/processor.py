"""What differs between processors, and what decoding them has in common."""

from __future__ import annotations

import abc
from collections.abc import Iterator
from typing import Any

import capstone

from .instruction import Forget, Instruction


class Processor(abc.ABC):
    """Decodes one processor's instructions with Capstone."""

    stack_pointer: str
    frame_pointer: str
    result_register: str  # where a function leaves what it returns
    caller_saved: tuple[str, ...]  # registers that an ordinary call may change
    return_address_bytes: int  # that a call pushes

    def __init__(self, architecture: int, mode: int) -> None:
        self._capstone = capstone.Cs(architecture, mode)
        self._capstone.detail = True

    def decode(self, data: bytes, address: int) -> Iterator[Instruction]:
        """The instructions in `data`, which is loaded at `address`."""
        for raw in self._capstone.disasm(data, address):
            yield self._instruction(raw)

    @abc.abstractmethod
    def _instruction(self, raw: Any) -> Instruction:
        """Translates one of Capstone's instructions."""

    @abc.abstractmethod
    def _register(self, raw: Any, number: int) -> str | None:
        """The 64-bit name of one of Capstone's registers; None for what isn't tracked."""

    def _forgotten(self, raw: Any) -> list[Forget]:
        """The effect of an instruction that writes registers in a way that isn't tracked."""
        names = [self._register(raw, number) for number in raw.regs_access()[1]]
        forgotten = tuple(name for name in names if name)
        return [Forget(forgotten)] if forgotten else []
