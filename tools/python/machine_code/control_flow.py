"""Finds the code that can run from one function on: through its dispatch tables into every handler.

It relies neither on a compiler's habits nor on symbol names: it propagates constants along the control flow until
nothing changes, and so knows each indirect jump's table from the instructions that compute its target. What called
functions do to registers comes from the same walk through them.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tool import ToolError

from .conditions import Flags
from .effects import apply
from .instruction import Flow, Instruction
from .memory import entries, loaded
from .values import (
    LOST,
    Address,
    Constant,
    Entry,
    Import,
    Linear,
    Loaded,
    Pointer,
    StackAddress,
    State,
    Value,
    alternatives,
    evaluate,
    merged,
)

if TYPE_CHECKING:
    from .decoder import Decoder


@dataclasses.dataclass(slots=True)
class Site:
    """One indirect jump or call."""

    instruction: Instruction
    tables: set[Linear | Loaded] = dataclasses.field(default_factory=set)  # of handlers
    switches: set[Linear | Loaded] = dataclasses.field(default_factory=set)  # smaller ones
    imports: set[str] = dataclasses.field(default_factory=set)
    functions: set[int] = dataclasses.field(default_factory=set)  # Really it goes there directly.
    through_pointer: bool = False  # to what some memory or an argument holds
    unresolved: bool = False

    @property
    def is_call(self) -> bool:
        """Whether it comes back."""
        return self.instruction.flow is Flow.INDIRECT_CALL


class Exploration:
    """All code reachable from one function without calls, its dispatch tables, and what is known of the stack."""

    def __init__(self, decoder: Decoder, start: int) -> None:
        self.decoder = decoder
        self.image = decoder.image
        self.processor = decoder.processor
        self.start = start
        self.successors: dict[int, tuple[int, ...]] = {}
        self.sites: dict[int, Site] = {}
        self.calls: dict[int, int] = {}  # direct calls: where from, where to
        self.tables: dict[Linear | Loaded, list[int | None]] = {}
        self.switches: dict[Linear | Loaded, list[int | None]] = {}
        self.stack_accesses: dict[int, int] = {}  # by instruction
        self.leaves = False  # by a jump to somewhere else
        self.undecoded: set[int] = set()  # where no instruction is
        self.comparisons: set[int] = set()  # branches that compare the opcode with a number
        self.unbalanced: set[int] = set()  # dispatches with something left on the stack
        self.lost: set[Value] = set()  # what went into LOST
        self._states: dict[int | Linear | Loaded, State] = {}
        self._waiting: dict[int, None] = {}  # blocks to walk, each once
        self._waiting_tables: dict[Linear | Loaded, None] = {}
        self._replaying = False
        self._flags = Flags()
        entry: State = {register: Entry(register) for register in self.processor.registers}
        entry[self.processor.stack_pointer] = StackAddress(0)
        self._propagate(start, entry)
        while (self._waiting or self._waiting_tables) and not self._gives_up():
            if self._waiting:
                self._walk(self._waiting.popitem()[0])
            else:  # Late, since whatever changes there makes every handler be walked again.
                self._enter_handlers(self._waiting_tables.popitem()[0])

    @functools.cached_property
    def exits(self) -> list[State]:
        """What is known at each of its returns."""
        found: list[State] = []

        def visit(instruction: Instruction, state: State) -> None:
            if instruction.flow is Flow.RETURN:
                found.append(dict(state))

        self.replay(visit)
        return found

    @property
    def returned(self) -> Value:
        """What it returns."""
        register = self.processor.result_register
        found = {state.get(register) for state in self.exits}
        return found.pop() if len(found) == 1 else None

    @property
    def unresolved(self) -> list[int]:
        """The indirect jumps that lead nobody knows where."""
        return sorted(at for at, site in self.sites.items() if site.unresolved)

    def reachable(self, starts: Iterable[int]) -> set[int]:
        """The instructions that can run from some on."""
        found: set[int] = set()
        waiting = list(starts)
        while waiting:
            address = waiting.pop()
            if address not in found and address in self.successors:
                found.add(address)
                waiting.extend(self.successors[address])
        return found

    def replay(self, visit: Callable[[Instruction, State], None]) -> None:
        """Calls `visit` for each instruction with everything that is known before it."""
        self._replaying = True
        for place in list(self._states):
            if isinstance(place, int):
                self._walk(place, visit)
        self._replaying = False

    def _gives_up(self) -> bool:
        """Whether it stops here, with what it has seen until now: see ProgramExploration."""
        return False

    def _follows(self, address: int, target: int) -> bool:
        """Whether code at `target`, where the instruction at `address` leads, is part of what is explored."""
        return True

    def _propagate(self, place: int | Linear | Loaded, state: State) -> None:
        """Merges `state` into what is known at `place`, and walks on from there again if that changed."""
        if self._replaying:
            return
        known = self._states.get(place)
        if known is None:
            self._states[place] = dict(state)
            self._wait(place)
            return
        kept: State = {}
        changed = False
        for key in known.keys() | state.keys():
            old, new = known.get(key), state.get(key)
            value = old if old == new else merged(old, new)
            if value is LOST and old is not LOST:
                self.lost.update(alternatives(old))
                self.lost.update(alternatives(new))
            if value is not None:
                kept[key] = value
            changed |= value != old
        if changed:
            self._states[place] = kept
            self._wait(place)

    def _wait(self, place: int | Linear | Loaded) -> None:
        if isinstance(place, int):
            self._waiting[place] = None
        else:
            self._waiting_tables[place] = None

    def _enter_handlers(self, table: Linear | Loaded) -> None:
        state = self._states[table]
        for target in dict.fromkeys(self.tables[table]):
            if target is not None:
                self._propagate(target, self._entered(target, state))

    def _entered(self, target: int, state: State) -> State:
        """The state in which a dispatch enters `target`: if that is a function, it starts with a new frame."""
        if not self.image.is_function_start(target) or target == self.start:
            return state
        fresh: State = {
            key: value
            for key, value in state.items()
            if isinstance(key, str) and not isinstance(value, StackAddress)
        }
        fresh[self.processor.stack_pointer] = StackAddress(0)
        return fresh

    def _walk(self, leader: int, visit: Callable[[Instruction, State], None] | None = None) -> None:
        state = dict(self._states[leader])
        address = leader
        self._flags = Flags()
        while True:
            if address != leader and address in self._states:
                self._propagate(address, state)
                return
            try:
                instruction = self.decoder.at(address)
            except ToolError:
                self.undecoded.add(address)
                return
            if visit is not None:
                visit(instruction, state)
            self._apply(instruction, state)
            flow = instruction.flow
            if flow is Flow.NEXT:
                following: tuple[int, ...] = (instruction.end,)
            elif flow is Flow.BRANCH:
                assert instruction.target is not None
                taken = self._flags.narrowed(instruction, state, 0)
                passed_by = self._flags.narrowed(instruction, state, 1)
                following = () if passed_by is None else (instruction.end,)
                if taken is not None and self._follows(address, instruction.target):
                    following += (instruction.target,)
                    self._propagate(instruction.target, taken)
                state = state if passed_by is None else passed_by
            elif flow is Flow.CALL:
                assert instruction.target is not None
                self.calls[address] = instruction.target
                following = (instruction.end,) if self._call(instruction.target, state) else ()
            elif flow is Flow.JUMP:
                assert instruction.target is not None
                is_followed = self._follows(address, instruction.target)
                following = (instruction.target,) if is_followed else ()
                self.leaves |= not is_followed
                self.successors[address] = following
                if is_followed:
                    self._propagate(instruction.target, state)
                return
            elif flow in (Flow.INDIRECT_JUMP, Flow.INDIRECT_CALL):
                following = self._indirect(instruction, state)
            else:
                following = ()
            self.successors[address] = following
            if instruction.end not in following or flow is Flow.INDIRECT_JUMP:
                return
            if not self._follows(address, instruction.end):
                self.successors[address] = tuple(one for one in following if one != instruction.end)
                return
            address = instruction.end

    def _indirect(self, instruction: Instruction, state: State) -> tuple[int, ...]:
        """Finds out where an indirect jump or call leads; returns what follows it."""
        address = instruction.address
        through = instruction.through
        target: Value = None
        if isinstance(through, Address):
            at = evaluate(through, state)
            self._note_stack(address, at, 0)
            target = loaded(self.image, state, at, 8, False)
        elif through is not None:
            target = state.get(through)
        is_call = instruction.flow is Flow.INDIRECT_CALL
        site = self.sites.setdefault(address, Site(instruction))
        before = dict(state)
        following: list[int] = []
        comes_back = False
        for one in alternatives(target):
            comes_back |= self._lead(site, one, before, following)
        if is_call:
            following = [instruction.end] if comes_back else []
            self._return_from(site, state)
        return tuple(dict.fromkeys(following))

    def _lead(self, site: Site, target: Value, state: State, following: list[int]) -> bool:
        """Follows one way that an indirect jump or call can take; returns whether a call comes back from it."""
        address, is_call = site.instruction.address, site.is_call
        if isinstance(target, (Linear, Loaded)) and self._is_table(target):
            site.tables.add(target)
            entering = dict(state)
            stack = state.get(self.processor.stack_pointer)
            if is_call and isinstance(stack, StackAddress):
                entering[self.processor.stack_pointer] = StackAddress(
                    stack.offset - self.processor.return_address_bytes
                )
            elif not is_call:
                self._check_balance(address, state)
            self._propagate(target, entering)
        elif isinstance(target, (Linear, Loaded)) and not is_call and self._is_switch(target):
            site.switches.add(target)
            for place in self.switches[target]:
                if place is not None:
                    following.append(place)
                    self._propagate(place, state)
        elif isinstance(target, Constant) and self.image.is_code(target.number):
            # Really a direct one: with -fno-plt it goes through the global offset table.
            site.functions.add(target.number)
            if is_call:
                self.calls[address] = target.number
                return self.decoder.functions.summary(target.number).returns
            following.append(target.number)
            self._propagate(target.number, state)
        elif isinstance(target, Import):
            site.imports.add(target.name)
            self.leaves |= not is_call
            return not self.decoder.functions.never_returns(target.name)
        elif isinstance(target, (Pointer, Entry)):
            site.through_pointer = True
            self.leaves |= not is_call
            if not is_call:
                self._check_balance(address, state)
        elif not self._replaying or not (site.tables or site.switches or site.functions):
            site.unresolved = not is_call
            self.leaves |= not is_call
        return True

    def _return_from(self, site: Site, state: State) -> None:
        """Changes `state` as what was called would."""
        if site.tables:
            # A handler needn't save registers: only the stack is as before.
            for register in [key for key in state if isinstance(key, str)]:
                if register not in (self.processor.stack_pointer, self.processor.frame_pointer):
                    del state[register]
        elif site.functions and not site.imports and not site.through_pointer:
            for function in site.functions:
                self._call(function, state)
        else:
            self._forget_call(state)

    def _check_balance(self, address: int, state: State) -> None:
        """Notes whether a jump out of a function leaves something of it on the stack."""
        if self._is_function_code(address):
            if state.get(self.processor.stack_pointer) == StackAddress(0):
                self.unbalanced.discard(address)
            else:
                self.unbalanced.add(address)

    def _is_function_code(self, address: int) -> bool:
        function = self.image.function_at(address)
        return function is not None and function.start != self.start

    def _is_table(self, target: Linear | Loaded) -> bool:
        if target not in self.tables:
            found = entries(self.image, target)
            # Anything shorter isn't a dispatch over opcodes but some small switch, or nothing.
            if sum(entry is not None for entry in found[:256]) < 192:
                return False
            self.tables[target] = found
        return True

    def _is_switch(self, target: Linear | Loaded) -> bool:
        index = target.at if isinstance(target, Loaded) else target
        if index.is_assumed or index.scale == 0:
            return False
        if target not in self.switches:
            found = entries(self.image, target)
            if None in found[index.first : index.last + 1] or index.last < index.first:
                return False
            self.switches[target] = found
        return True

    def _call(self, function: int, state: State) -> bool:
        """Changes `state` as a call of a function of this library would; returns whether it comes back."""
        summary = self.decoder.functions.summary(function)
        before = dict(state)
        if self.processor.link_register is not None:
            state.pop(self.processor.link_register, None)
        for register in summary.changed:
            state.pop(register, None)
        for register, value in summary.left.items():
            state[register] = before.get(value.register) if isinstance(value, Entry) else value
            if state[register] is None:
                del state[register]
        return summary.returns

    def _forget_call(self, state: State) -> None:
        for register in self.processor.caller_saved:
            state.pop(register, None)

    def _note_stack(self, address: int, at: Value, position: int) -> None:
        if isinstance(at, StackAddress):
            self.stack_accesses[address] = self.stack_accesses.get(address, 0) | 1 << position

    def _apply(self, instruction: Instruction, state: State) -> None:
        """Changes `state` as `instruction` would."""
        if instruction.compared is not None:
            value = state.get(instruction.compared)
            if isinstance(value, Loaded) or (
                isinstance(value, Linear) and value.scale == 1 and value.is_opcode
            ):
                self.comparisons.add(instruction.address)
        self._flags.note(instruction)
        address = instruction.address
        apply(
            instruction, state, self.image, lambda at, number: self._note_stack(address, at, number)
        )
