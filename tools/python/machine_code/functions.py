"""What the functions of a library do to their callers' registers, each found out once."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from tool import ToolError

from .control_flow import Exploration
from .values import Constant, Entry, Value, merged

if TYPE_CHECKING:
    from .data_uses import DataUses
    from .decoder import Decoder

# Functions of other libraries that don't come back.
NEVER_RETURNS = re.compile(
    r"abort|_?_?exit|_Exit|quick_exit|__stack_chk_fail|__assert_fail|__fortify_fail|__chk_fail|(sig)?longjmp"
    r"|__cxa_(throw|rethrow|bad_\w+|call_terminate)|_Unwind_Resume|_ZSt9terminatev|_ZSt\d+__throw_\w+"
)


@dataclasses.dataclass(frozen=True)
class Summary:
    """What a function does to its caller's registers."""

    changed: frozenset[str]
    left: dict[str, Constant | Entry]  # what it leaves in some of them
    returns: bool = True


class Functions:
    """The functions of a library by address."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._explorations: dict[int, Exploration] = {}
        self._uses: dict[int, DataUses] = {}
        self._summaries: dict[int, Summary] = {}

    @staticmethod
    def never_returns(name: str) -> bool:
        """Whether a call of this import never comes back."""
        return NEVER_RETURNS.fullmatch(name) is not None

    def exploration(self, start: int) -> Exploration:
        """The code of the function at `start`."""
        if start not in self._explorations:
            self._explorations[start] = Exploration(self._decoder, start)
        return self._explorations[start]

    def uses(self, start: int) -> DataUses:
        """The data that the function at `start` reads or hands on."""
        from .data_uses import DataUses  # pylint: disable=import-outside-toplevel

        if start not in self._uses:
            self._uses[start] = DataUses(self.exploration(start))
        return self._uses[start]

    def take_over(self, other: Functions, changed: int) -> None:
        """Takes over what is known of the same functions in the same library, of those that the byte at `changed` can't
        matter to."""
        touched = {start for start, uses in other._uses.items() if uses.depends_on(changed)}
        known = len(touched) - 1
        while known < len(touched):
            known = len(touched)
            for start in other._uses:
                calls = other._explorations[start].calls.values()
                if not touched.isdisjoint(calls) or not other._uses.keys() >= set(calls):
                    touched.add(start)
        for start in other._uses.keys() - touched:
            self._uses[start] = other._uses[start]
            self._explorations[start] = other._explorations[start]
            if start in other._summaries:
                self._summaries[start] = other._summaries[start]

    def summary(self, start: int) -> Summary:
        """What the function at `start` does to registers; what the calling convention says for what can't be seen."""
        if start not in self._summaries:
            ordinary = Summary(frozenset(self._decoder.processor.caller_saved), {})
            self._summaries[start] = ordinary  # for a function that calls itself
            try:
                self._summaries[start] = self._summary(self.exploration(start), ordinary)
            except ToolError:
                pass  # It can't be decoded.
        return self._summaries[start]

    def _summary(self, exploration: Exploration, ordinary: Summary) -> Summary:
        if exploration.leaves:
            return ordinary
        if not exploration.exits:
            return Summary(ordinary.changed, {}, returns=False)
        changed, left = set(), {}
        for register in self._decoder.processor.registers:
            if register == self._decoder.processor.stack_pointer:
                continue
            value: Value = exploration.exits[0].get(register)
            for state in exploration.exits[1:]:
                value = merged(value, state.get(register))
            if value == Entry(register):
                continue
            changed.add(register)
            if isinstance(value, (Constant, Entry)):
                left[register] = value
        return Summary(frozenset(changed), left)
