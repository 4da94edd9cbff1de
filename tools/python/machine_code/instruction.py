"""One machine instruction and its effects, in the same terms for every processor."""

from __future__ import annotations

import dataclasses
import enum

from .values import Address


class Flow(enum.Enum):
    """Where execution goes next."""

    NEXT = enum.auto()
    JUMP = enum.auto()
    BRANCH = enum.auto()  # conditional
    CALL = enum.auto()
    INDIRECT_JUMP = enum.auto()
    INDIRECT_CALL = enum.auto()
    RETURN = enum.auto()
    TRAP = enum.auto()


@dataclasses.dataclass(frozen=True, slots=True)
class Set:
    """destination = number"""

    destination: str
    number: int


@dataclasses.dataclass(frozen=True, slots=True)
class Copy:
    """destination = source, in 64 or 32 bits; or the sign-extended low bytes of it"""

    destination: str
    source: str
    width: int = 8
    sign_extended: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class ZeroExtendByte:
    """destination = low byte of some register"""

    destination: str


@dataclasses.dataclass(frozen=True, slots=True)
class Compute:
    """destination = address, in 64 or 32 bits"""

    destination: str
    address: Address
    width: int = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Load:
    """destination = memory[address]; no destination: something untracked"""

    destination: str | None
    address: Address
    width: int
    signed: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Store:
    """memory[address] = source; no source: something untracked"""

    address: Address
    width: int
    source: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Forget:
    """these registers get unknown values"""

    registers: tuple[str, ...]


Effect = Set | Copy | ZeroExtendByte | Compute | Load | Store | Forget


@dataclasses.dataclass(slots=True)
class Instruction:
    """A decoded instruction."""

    address: int
    size: int
    mnemonic: str
    operands: str
    flow: Flow = Flow.NEXT
    target: int | None = None  # of a direct jump, branch or call
    through: str | Address | None = None  # register or memory that an indirect one goes through
    effects: tuple[Effect, ...] = ()
    is_push_or_pop: bool = False
    is_landing_pad: bool = False
    compared: str | None = None  # register compared with a number, for finding trees of comparisons
    names: tuple[
        int, ...
    ] = ()  # addresses in the image that the operands spell out, for normalising
    thunk: str | None = None  # how an indirect jump or call hides from branch prediction

    @property
    def end(self) -> int:
        """The address after it."""
        return self.address + self.size

    @property
    def text(self) -> str:
        """As an assembler would show it."""
        return f"{self.mnemonic} {self.operands}".strip()
