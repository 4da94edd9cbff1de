"""What conditional jumps say of the numbers that were compared before them."""

from __future__ import annotations

from .instruction import Flow, Instruction
from .values import State, Value, at_most, is_below, not_zero

# Jumps that are taken, or passed by, only if the number compared is so large at most: (taken, passed by), as a distance
# from the number compared with; None says nothing. The other way is then gone only if it is larger.
LIMITS: dict[str, tuple[int | None, int | None]] = {
    "ja": (None, 0),
    "jbe": (0, None),
    "jae": (None, -1),
    "jb": (-1, None),
    "b.hi": (None, 0),
    "b.ls": (0, None),
    "b.hs": (None, -1),
    "b.lo": (-1, None),
}
# Whether a jump that is taken, or passed by, says that what was tested isn't 0.
NOT_ZERO = {
    "je": (False, True),
    "jne": (True, False),
    "b.eq": (False, True),
    "b.ne": (True, False),
    "cbz": (False, True),
    "cbnz": (True, False),
}


class Flags:
    """What the processor's flags are about while instructions are walked through in order."""

    def __init__(self) -> None:
        self.compared: tuple[str, int] | None = None  # register and number
        self.tested: str | None = None  # register compared with 0

    def note(self, instruction: Instruction) -> None:
        """Remembers what a following conditional jump is about."""
        if instruction.compared is not None and instruction.compared_with is not None:
            self.compared, self.tested = (instruction.compared, instruction.compared_with), None
            if instruction.compared_with == 0:
                self.tested = instruction.compared
        elif instruction.tested is not None:
            self.compared, self.tested = None, instruction.tested
        elif not instruction.keeps_flags and instruction.flow is not Flow.BRANCH:
            self.compared = self.tested = None
        elif self.compared is not None or self.tested is not None:
            written = instruction.written
            if self.compared is not None and self.compared[0] in written:
                self.compared = None
            if self.tested in written:
                self.tested = None

    def narrowed(self, instruction: Instruction, state: State, passed_by: int) -> State | None:
        """The state where a conditional jump is taken (0) or passed by (1); None where it never is, like a switch's range
        check that no opcode fails."""
        name = instruction.mnemonic
        changes: State = {}
        if self.compared is not None:
            register, number = self.compared
            value: Value = state.get(register)
            limits = LIMITS.get(name, (None, None))
            limit, limit_of_other = limits[passed_by], limits[1 - passed_by]
            if limit_of_other is not None and is_below(value, number + limit_of_other + 1):
                return None
            if limit is not None:
                changes[register] = at_most(value, number + limit)
        if self.tested is not None and NOT_ZERO.get(name, (False, False))[passed_by]:
            changes[self.tested] = not_zero(state.get(self.tested))
        return {**state, **changes} if changes else state
