"""One machine instruction and its effects, in the same terms for every processor."""

from __future__ import annotations

import dataclasses
import enum
import operator

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
    """destination = number; `is_place`: an address in the image"""

    destination: str
    number: int
    is_place: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class SetPage:
    """destination = an address in the image without its low 12 bits"""

    destination: str
    address: int


@dataclasses.dataclass(frozen=True, slots=True)
class Copy:
    """destination = source, in 64 or 32 bits; or the sign-extended low bytes of it"""

    destination: str
    source: str
    width: int = 8
    sign_extended: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class ZeroExtendByte:
    """destination = low byte of a register"""

    destination: str
    source: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Mask:
    """destination = source & mask"""

    destination: str
    source: str | None
    mask: int


@dataclasses.dataclass(frozen=True, slots=True)
class ShiftRight:
    """destination = source >> bits, unsigned"""

    destination: str
    source: str
    bits: int


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


Effect = Set | SetPage | Copy | ZeroExtendByte | Mask | ShiftRight | Compute | Load | Store | Forget


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
    compared_with: int | None = None  # that number, if nothing but flags comes of it
    tested: str | None = None  # register that a conditional jump, or the flags, compare with 0
    keeps_flags: bool = False  # A comparison before it still holds after it.
    reads: tuple[str, ...] = ()  # registers
    encoding: bytes = b""
    masked: bytes = b""  # the encoding without distances that change when code or data moves
    refers_to: int | None = None  # the address in the image that a masked distance spelled
    thunk: str | None = None  # how an indirect jump or call hides from branch prediction
    thunk_code: tuple[int, int] | None = None  # where that code begins and ends

    @property
    def end(self) -> int:
        """The address after it."""
        return self.address + self.size

    @property
    def is_movable(self) -> bool:
        """Whether it does the same wherever it lies: it spells no address relative to its own."""
        if self.target is not None or self.refers_to is not None:
            return False
        return not any(isinstance(effect, SetPage) for effect in self.effects)

    def moved(self, address: int) -> Instruction:
        """The same at another address."""
        return Instruction(address, *_all_but_address(self))

    @property
    def written(self) -> set[str]:
        """The registers that it writes."""
        found: set[str] = set()
        for effect in self.effects:
            if isinstance(effect, Forget):
                found.update(effect.registers)
            elif not isinstance(effect, Store) and effect.destination is not None:
                found.add(effect.destination)
        return found

    @property
    def text(self) -> str:
        """As an assembler would show it."""
        return f"{self.mnemonic} {self.operands}".strip()


_all_but_address = operator.attrgetter(
    *(field.name for field in dataclasses.fields(Instruction)[1:])
)
