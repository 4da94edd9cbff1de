"""Which data a function's code reads, and which addresses it hands on to where they can't be followed."""

from __future__ import annotations

import collections

from .control_flow import Exploration
from .instruction import Compute, Copy, Flow, Instruction, Load, Store
from .values import (
    LOST,
    Address,
    Constant,
    Linear,
    Loaded,
    Page,
    StackAddress,
    State,
    Value,
    alternatives,
    evaluate,
    leads_into_image,
)

LONGEST_INSTRUCTION = 15


class DataUses:
    """The data that one function's code uses, calls left out.

    `refers`: addresses that an instruction's encoding spells; `masked`: that encoding without them, where it takes the
    propagated constants to know. `reads`: ranges of bytes that an instruction reads or writes. `handed_on`: addresses
    that get out of sight, so that anything behind them may be read. `passed` and `returned`: addresses where a call's
    arguments or a return's result would be, which may be left over. `problems`: what can't be followed.
    """

    def __init__(self, exploration: Exploration) -> None:
        self.exploration = exploration
        self.refers: dict[int, list[int]] = collections.defaultdict(list)
        self.masked: dict[int, bytes] = {}
        self.reads: dict[int, list[tuple[int, int]]] = collections.defaultdict(list)
        self.handed_on: set[int] = set()
        self.passed: set[int] = set()
        self.returned: set[int] = set()
        self.problems: list[tuple[int, str]] = []
        self._processor = exploration.processor
        # Where these lead is known, so it doesn't matter who else gets to know it.
        self._resolved = exploration.tables.keys() | exploration.switches.keys()
        self._dispatched = {table.at for table in self._resolved if isinstance(table, Loaded)}
        exploration.replay(self._visit)

    def depends_on(self, address: int) -> bool:
        """Whether the byte at `address` may matter: it belongs to an instruction, or to data that is read."""
        decoder = self.exploration.decoder
        if decoder.image.is_code(address):
            near = range(address - LONGEST_INSTRUCTION, address + 1)
            return any(
                at in self.exploration.successors or at in self.exploration.undecoded for at in near
            )
        return True

    def _visit(self, instruction: Instruction, state: State) -> None:
        if instruction.refers_to is not None:
            self.refers[instruction.address].append(instruction.refers_to)
        elif instruction.flow in (Flow.NEXT, Flow.BRANCH, Flow.JUMP):
            if not any(leads_into_image(state.get(register)) for register in instruction.reads):
                return
        explained: set[str] = set()
        for effect in instruction.effects:
            if isinstance(effect, Copy):
                explained.add(effect.source)
            elif isinstance(effect, Compute):
                self._complete(instruction, effect.address, state)
                if leads_into_image(evaluate(effect.address, state)):
                    explained.update(effect.address.registers)
            elif isinstance(effect, (Load, Store)):
                at = self._access(instruction, effect.address, effect.width, state)
                if leads_into_image(at) or isinstance(at, StackAddress):
                    explained.update(effect.address.registers)
                if isinstance(effect, Store) and effect.source:
                    if isinstance(at, StackAddress) and effect.width == 8:
                        explained.add(effect.source)
                    else:
                        self._hand_on(instruction, state.get(effect.source))
        self._leave(instruction, state, explained)
        if instruction.compared is not None or instruction.tested is not None:
            return
        for register in instruction.reads:
            if register not in explained:
                self._hand_on(instruction, state.get(register))

    def _leave(self, instruction: Instruction, state: State, explained: set[str]) -> None:
        """What jumps, calls and returns use."""
        flow = instruction.flow
        site = self.exploration.sites.get(instruction.address)
        if isinstance(instruction.through, Address):
            at = self._access(instruction, instruction.through, 8, state)
            if leads_into_image(at):
                explained.update(instruction.through.registers)
        elif instruction.through is not None:
            explained.add(instruction.through)
        outside = site is not None and (site.imports or site.through_pointer)
        if flow in (Flow.CALL, Flow.INDIRECT_CALL) or outside:
            for register in self._processor.arguments:
                self._hand_on(instruction, state.get(register), self.passed)
        if flow is Flow.RETURN:
            result = state.get(self._processor.result_register)
            self._hand_on(instruction, result, self.returned)

    def _complete(self, instruction: Instruction, address: Address, state: State) -> None:
        """If an instruction adds the low bits to a page: its encoding without them, and the address."""
        base = state.get(address.base) if address.base is not None else None
        if not any(isinstance(one, Page) for one in alternatives(base)):
            return
        masked = self._processor.without_offset_in_page(instruction.encoding)
        if not isinstance(base, Page) or masked is None or address.index is not None:
            self.problems.append(
                (instruction.address, "a page's address is used in a way that can't be followed")
            )
            return
        self.masked[instruction.address] = masked
        self.refers[instruction.address].append(base.address + address.displacement)

    def _access(
        self, instruction: Instruction, address: Address, width: int, state: State
    ) -> Value:
        """Notes the bytes that a load or store may touch; returns where that is."""
        self._complete(instruction, address, state)
        at = evaluate(address, state)
        reads = self.reads[instruction.address]
        for one in alternatives(at):
            if isinstance(one, Constant) and one.is_place:
                reads.append((one.number, one.number + max(width, 1)))
            elif isinstance(one, Linear) and one.is_place:
                is_dispatched = one in self._dispatched
                if one.scale <= 0 or (one.is_assumed and not is_dispatched):
                    self.handed_on.add(one.base)
                else:
                    first = one.base + one.scale * one.first
                    reads.append((first, one.base + one.scale * one.last + max(width, 1)))
            elif leads_into_image(one):
                self._hand_on(instruction, one)
        return at

    def _hand_on(
        self, instruction: Instruction, value: Value, places: set[int] | None = None
    ) -> None:
        """Notes in `places`, or else in `handed_on`, that a value gets out of sight."""
        places = self.handed_on if places is None else places
        ways = set(alternatives(value))
        if LOST in ways:
            ways |= self.exploration.lost
        for one in ways:
            if isinstance(one, (Constant, Linear)) and one.is_place:
                places.add(one.number if isinstance(one, Constant) else one.base)
            elif isinstance(one, Loaded) and one.is_place and one not in self._resolved:
                self.problems.append(
                    (instruction.address, "a distance from a table leads out of sight")
                )
            elif isinstance(one, Page) and places is not self.passed:
                # As an argument a page's address alone would make no sense: it is left over in the register.
                self.problems.append((instruction.address, "a page's address gets out of sight"))
