"""Which functions come back to their caller, and which of its registers they change, found out from their code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tool import ToolError

from .functions import Functions, Summary
from .instruction import Flow
from .values import Address

if TYPE_CHECKING:
    from .decoder import Decoder

MOST_INSTRUCTIONS = 4000  # A function that hasn't ended after so many is taken to come back.
# Of a larger function, or a deeper chain, registers aren't followed.
MOST_INSTRUCTIONS_SEEN, DEEPEST_SEEN = 500, 8
LARGEST_STUB = 32  # bytes of an entry of the procedure linkage table
DEEPEST = 40  # So deep a chain of calls is followed.


class OrdinaryFunctions(Functions):
    """The functions of any program: each comes back unless all its ways end in a function that doesn't, and keeps the
    registers that the calling convention says. One of which all is seen keeps those that it doesn't write, too: g++'s
    -fipa-ra, on at -O2, relies on that."""

    def __init__(self, decoder: Decoder) -> None:
        super().__init__(decoder)
        self._comes_back: dict[int, bool] = {}
        self._all = frozenset(decoder.processor.caller_saved)
        self._changed: dict[int, frozenset[str]] = {}

    def summary(self, start: int) -> Summary:
        """See Functions."""
        return Summary(self.changed(start), {}, self.comes_back(start))

    def changed(self, start: int, depth: int = 0) -> frozenset[str]:
        """The registers of its caller that the function at `start` may change."""
        if start not in self._changed:
            self._changed[start] = self._all  # for a function that calls itself
            if depth <= DEEPEST_SEEN:
                self._changed[start] = self._written_from(start, depth)
        return self._changed[start]

    def _written_from(self, start: int, depth: int) -> frozenset[str]:
        own = self._decoder.image.function_at(start)
        found: set[str] = set()
        seen: set[int] = set()
        waiting = [start]
        while waiting:
            address = waiting.pop()
            if address in seen:
                continue
            seen.add(address)
            is_outside = own is None or not own.start <= address < own.end
            if is_outside or len(seen) > MOST_INSTRUCTIONS_SEEN or found >= self._all:
                return self._all
            try:
                instruction = self._decoder.at(address)
            except ToolError:
                return self._all
            flow = instruction.flow
            if flow in (Flow.INDIRECT_CALL, Flow.INDIRECT_JUMP):
                return self._all
            found |= instruction.written & self._all
            if flow is Flow.CALL:
                assert instruction.target is not None
                if not self.comes_back(instruction.target):
                    continue
                found |= self.changed(instruction.target, depth + 1)
            if flow in (Flow.JUMP, Flow.BRANCH):
                assert instruction.target is not None
                waiting.append(instruction.target)
            if flow in (Flow.NEXT, Flow.BRANCH, Flow.CALL):
                waiting.append(instruction.end)
        return frozenset(found)

    def comes_back(self, start: int, depth: int = 0) -> bool:
        """Whether the function at `start` may return."""
        known = self._comes_back.get(start)
        if known is None:
            self._comes_back[start] = True  # for a function that calls itself
            known = depth > DEEPEST or self._some_way_returns(start, depth)
            self._comes_back[start] = known
        return known

    def _some_way_returns(self, start: int, depth: int) -> bool:
        image = self._decoder.image
        if start in image.outside:
            return not self.never_returns(image.outside[start])
        own = image.function_at(start)
        seen: set[int] = set()
        waiting = [start]
        while waiting:
            address = waiting.pop()
            if address in seen:
                continue
            seen.add(address)
            if len(seen) > MOST_INSTRUCTIONS:
                return True
            try:
                instruction = self._decoder.at(address)
            except ToolError:
                continue
            flow = instruction.flow
            if flow is Flow.RETURN:
                return True
            if flow is Flow.INDIRECT_JUMP:
                name = self._imported(instruction.through) or self._stub_of(start, instruction.end)
                if name is None or not self.never_returns(name):
                    return True
                continue
            following = []
            if flow in (Flow.JUMP, Flow.BRANCH):
                target = instruction.target
                assert target is not None
                other = image.function_at(target)
                if own is not None and other is not None and other.start == target != own.start:
                    if self.comes_back(target, depth + 1):
                        return True
                else:
                    following.append(target)
            if flow is Flow.CALL:
                assert instruction.target is not None
                if not self.comes_back(instruction.target, depth + 1):
                    continue
            if flow is Flow.INDIRECT_CALL:
                name = self._imported(instruction.through)
                if name is not None and self.never_returns(name):
                    continue
            if flow not in (Flow.JUMP, Flow.TRAP):
                if own is None or instruction.end < own.end or address >= own.end:
                    following.append(instruction.end)
            waiting += following
        return False

    def _stub_of(self, start: int, end: int) -> str | None:
        """The name of what a few instructions jump to, if the loader stores its address where they look."""
        data = self._decoder.image.bytes_at(start, end - start)
        if len(data) > LARGEST_STUB:
            return None
        spelled = self._decoder.processor.spelled_addresses(data, start)
        names = [self._decoder.image.imports.get(one.place) for one in spelled]
        return next((name for name in names if name is not None), None)

    def _imported(self, through: str | Address | None) -> str | None:
        """The name of what another library has, if `through` is the place that the loader stores its address in."""
        if not isinstance(through, Address) or not through.is_place or through.registers:
            return None
        return self._decoder.image.imports.get(through.displacement)
