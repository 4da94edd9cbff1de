"""Explores a function of any program: tables of every size, jumps through pointers in memory, and an end in time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .control_flow import Exploration, Site
from .function_code import FunctionCode
from .instruction import Instruction
from .table_entries import table_entries
from .values import (
    POINTER,
    Constant,
    Entry,
    Import,
    Linear,
    Loaded,
    Pointer,
    StackAddress,
    State,
    Value,
)

if TYPE_CHECKING:
    from .decoder import Decoder

# What stands for the table of a program that is decoded into addresses: it is in memory, wherever the decoder put it.
IN_MEMORY = Linear(0, 0, is_assumed=True)


class Limits:
    """How much work one function may be."""

    def __init__(self, seconds: float = 60, instructions: int = 400_000) -> None:
        self.seconds = seconds
        self.instructions = instructions
        self.begin = time.monotonic()

    def reached(self, instructions: int) -> str | None:
        """Which limit is reached, if any."""
        if time.monotonic() - self.begin > self.seconds:
            return f"{self.seconds:g} s"
        if instructions > self.instructions:
            return f"{self.instructions:,} instructions"
        return None


class ProgramExploration(Exploration):
    """All code of one function, and of the functions that it dispatches to by jumps.

    `labels`: where its jumps through memory may lead. What `Exploration` knows of our backends isn't known here: how many
    entries a table has, that a handler is entered with nothing but the registers that we pass.
    """

    def __init__(
        self,
        decoder: Decoder,
        code: FunctionCode,
        limits: Limits,
        labels: Sequence[int] = (),
        enters_calls: bool = False,
        labels_are_computed: bool = False,
    ) -> None:
        """`enters_calls`: what a table of calls leads to is explored, too. `labels_are_computed`: jumps to an address that
        was computed in a way that can't be followed lead to labels, too, not only those to one that was loaded.
        """
        self.code = code
        self._enters_calls = enters_calls
        self._labels_are_computed = labels_are_computed
        self.labels = list(labels)
        self.gave_up: str | None = None
        self.handler_functions: set[int] = set()  # that tables lead to
        self._limits = limits
        self._entries: dict[Linear | Loaded, list[int | None]] = {}
        self._handler_codes: dict[int, FunctionCode] = {}
        # Of tables: whose, the first entry, the end.
        self._ends: list[tuple[FunctionCode, int, int]] = []
        super().__init__(decoder, code.start)

    @property
    def unresolved(self) -> list[int]:
        """See Exploration. A jump that leads through a table on some ways leads there on all."""
        return [at for at in super().unresolved if not self.sites[at].tables]

    @property
    def through_memory(self) -> list[int]:
        """The jumps that lead where pointers in memory say."""
        sites = self.sites.items()
        return [at for at, site in sites if not site.is_call and site.through_pointer]

    def _gives_up(self) -> bool:
        self.gave_up = self._limits.reached(len(self.successors))
        return self.gave_up is not None

    def _follows(self, address: int, target: int) -> bool:
        if not self.image.is_code(target):
            return False
        if self.code.holds(address):
            return self.code.takes_in(target)
        own, other = self.image.function_at(address), self.image.function_at(target)
        # In a handler that is a function: its own code, and the functions that go on from there.
        if own is other or (other is not None and other.start != target):
            return True
        return other is not None and self.decoder.indirect_jumps.has_any(other)

    def _lead(self, site: Site, target: Value, state: State, following: list[int]) -> bool:
        """See Exploration: every table counts, and jumps through memory lead to the labels."""
        if isinstance(target, (Linear, Loaded)) and self._known_entries(target, site):
            site.tables.add(target)
            self.tables[target] = self._entries[target]
            self._enter_table(site, target, state)
            return True
        if isinstance(target, Import) or (site.is_call and not self._calls_labels(site, target)):
            return super()._lead(
                site, None if isinstance(target, (Linear, Loaded)) else target, state, following
            )
        if isinstance(target, Constant) and self.image.is_code(target.number):
            if self._follows(site.instruction.address, target.number):
                return super()._lead(site, target, state, following)
            site.functions.add(target.number)
            self.leaves = True
            return True
        if not site.is_call and self._is_tail_call(site, target, state):
            return super()._lead(site, POINTER, state, following)
        is_loaded = isinstance(target, (Pointer, Entry))
        if self.labels and (is_loaded or self._labels_are_computed):
            site.through_pointer = True
            site.tables.add(IN_MEMORY)
            self.tables[IN_MEMORY] = list(self.labels)
            self._enter_table(site, IN_MEMORY, state)
            return True
        site.unresolved = not site.is_call
        self.leaves |= not site.is_call
        return True

    def _is_tail_call(self, site: Site, target: Value, state: State) -> bool:
        """Whether a jump leaves the function as a call at its end does: it has taken its frame down."""
        if self.code.parts[0].is_part:  # Entered with its frame set up, as assembly may be.
            return False
        if not self.code.holds(site.instruction.address):
            return not self.labels  # A handler, which goes on with them if there are any.
        is_down = state.get(self.processor.stack_pointer) == StackAddress(0)
        return self.code.has_frame and is_down and isinstance(target, (Pointer, Entry))

    def _calls_labels(self, site: Site, target: Value) -> bool:
        """Whether a call through memory may lead to the functions that a program is decoded into: one of the function that
        begins with it, not one of a handler."""
        is_outside = not self.code.holds(site.instruction.address) or isinstance(target, Constant)
        return self._enters_calls and bool(self.labels) and not is_outside

    def _enter_table(self, site: Site, table: Linear | Loaded, state: State) -> None:
        entering = dict(state)
        stack = state.get(self.processor.stack_pointer)
        if site.is_call:
            if isinstance(stack, StackAddress):
                offset = stack.offset - self.processor.return_address_bytes
                entering[self.processor.stack_pointer] = StackAddress(offset)
        else:
            self._check_balance(site.instruction.address, state)
        if table not in self._states:
            self.handler_functions.update(
                place
                for place in self.tables[table]
                if place is not None and not self.code.holds(place)
            )
        if self._enters_calls or not site.is_call:
            self._propagate(table, entering)

    def _return_from(self, site: Site, state: State) -> None:
        # Unlike one of our handlers an ordinary function saves registers.
        self._forget_call(state)

    def _apply(self, instruction: Instruction, state: State) -> None:
        super()._apply(instruction, state)
        if instruction.compared_with is not None:
            self.comparisons.add(instruction.address)  # Any number may be the opcode.

    def _known_entries(self, target: Linear | Loaded, site: Site) -> list[int | None]:
        if target not in self._entries:
            code = self._code_at(site.instruction.address)
            index = target.at if isinstance(target, Loaded) else target
            first = index.base + index.scale * index.first
            is_stored = isinstance(target, Loaded)
            if is_stored:
                code.note_table(index.base, first)
            found = table_entries(self.decoder, code, target, site.is_call)
            self._entries[target] = found
            if is_stored:
                self._ends.append((code, first, index.base + index.scale * len(found)))
        return self._entries[target]

    def has_overlong_tables(self) -> bool:
        """Whether a table reaches over the beginning of one that was found later."""
        return any(
            (following := code.following(first)) is not None and following < end
            for code, first, end in self._ends
        )

    def _code_at(self, address: int) -> FunctionCode:
        """The function whose code holds `address`: the explored one, or a handler."""
        own = self.image.function_at(address)
        if own is None or self.code.holds(address):
            return self.code
        if own.start not in self._handler_codes:
            self._handler_codes[own.start] = FunctionCode(self.decoder, own.start)
        return self._handler_codes[own.start]
