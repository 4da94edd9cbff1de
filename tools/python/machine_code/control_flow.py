"""Finds a backend's code: from its run function through its dispatch tables into every handler.

It relies neither on a compiler's habits nor on symbol names: it propagates constants along the control flow until
nothing changes, and so knows each indirect jump's table from the instructions that compute its target.
"""

from __future__ import annotations

import dataclasses

from .decoder import Decoder
from .instruction import (
    Compute,
    Copy,
    Flow,
    Forget,
    Instruction,
    Load,
    Set,
    Store,
    ZeroExtendByte,
)
from .values import (
    Address,
    Constant,
    Linear,
    Loaded,
    StackAddress,
    State,
    Value,
    entries,
    evaluate,
    loaded,
    low_half,
    sign_extended,
)


@dataclasses.dataclass(slots=True)
class Site:
    """One indirect jump or call."""

    instruction: Instruction
    tables: set[Linear | Loaded] = dataclasses.field(default_factory=set)

    @property
    def is_call(self) -> bool:
        """Whether it comes back."""
        return self.instruction.flow is Flow.INDIRECT_CALL


class Exploration:
    """All code reachable from one run function, its dispatch tables, and what is known of the stack."""

    def __init__(self, decoder: Decoder, start: int) -> None:
        self.decoder = decoder
        self.image = decoder.image
        self.processor = decoder.processor
        self.start = start
        self.successors: dict[int, tuple[int, ...]] = {}
        self.sites: dict[int, Site] = {}
        self.calls: dict[int, int] = {}  # direct calls: where from, where to
        self.tables: dict[Linear | Loaded, list[int | None]] = {}
        self.stack_accesses: dict[int, int] = {}  # by instruction
        self.returned: Value = None
        self.comparisons: set[int] = set()  # branches that compare the opcode with a number
        self.unbalanced: set[int] = set()  # dispatches with something left on the stack
        self._states: dict[int | Linear | Loaded, State] = {}
        self._waiting: list[int | Linear | Loaded] = []
        self._propagate(start, {self.processor.stack_pointer: StackAddress(0)})
        while self._waiting:
            place = self._waiting.pop()
            if isinstance(place, int):
                self._walk(place)
            else:
                self._enter_handlers(place)

    def _propagate(self, place: int | Linear | Loaded, state: State) -> None:
        """Merges `state` into what is known at `place`, and walks on from there again if that changed."""
        known = self._states.get(place)
        if known is None:
            self._states[place] = dict(state)
        else:
            kept = {key: value for key, value in known.items() if state.get(key) == value}
            if len(kept) == len(known):
                return
            self._states[place] = kept
        self._waiting.append(place)

    def _enter_handlers(self, table: Linear | Loaded) -> None:
        state = self._states[table]
        for target in set(self.tables[table]):
            if target is not None:
                self._propagate(target, self._entered(target, state))

    def _entered(self, target: int, state: State) -> State:
        """The state in which a dispatch enters `target`: if that is a function, it starts with a new frame."""
        if self.image.function_starting_at(target) is None or target == self.start:
            return state
        fresh: State = {
            key: value
            for key, value in state.items()
            if isinstance(key, str) and not isinstance(value, StackAddress)
        }
        fresh[self.processor.stack_pointer] = StackAddress(0)
        return fresh

    def _walk(self, leader: int) -> None:
        state = dict(self._states[leader])
        address = leader
        while True:
            if address != leader and address in self._states:
                self._propagate(address, state)
                return
            instruction = self.decoder.at(address)
            self._apply(instruction, state)
            flow = instruction.flow
            if flow is Flow.NEXT:
                following: tuple[int, ...] = (instruction.end,)
            elif flow is Flow.BRANCH:
                assert instruction.target is not None
                following = (instruction.end, instruction.target)
                self._propagate(instruction.target, state)
            elif flow is Flow.CALL:
                assert instruction.target is not None
                self.calls[address] = instruction.target
                self._forget_call(state)
                following = (instruction.end,)
            elif flow is Flow.JUMP:
                assert instruction.target is not None
                following = (instruction.target,)
                self.successors[address] = following
                self._propagate(instruction.target, state)
                return
            elif flow in (Flow.INDIRECT_JUMP, Flow.INDIRECT_CALL):
                following = self._indirect(instruction, state)
                if flow is Flow.INDIRECT_JUMP:
                    return
            else:
                if flow is Flow.RETURN:
                    self.returned = state.get(self.processor.result_register)
                self.successors[address] = ()
                return
            self.successors[address] = following
            address = instruction.end

    def _indirect(self, instruction: Instruction, state: State) -> tuple[int, ...]:
        """Finds out where an indirect jump or call leads; returns what follows it."""
        address = instruction.address
        through = instruction.through
        target: Value = None
        if isinstance(through, Address):
            at = evaluate(through, state, self._in_image)
            self._note_stack(address, at, 0)
            target = loaded(self.image, state, at, 8, False)
        elif through is not None:
            target = state.get(through)
        is_call = instruction.flow is Flow.INDIRECT_CALL
        following: tuple[int, ...] = (instruction.end,) if is_call else ()
        site = self.sites.setdefault(address, Site(instruction))
        self.calls.pop(address, None)
        if isinstance(target, (Linear, Loaded)) and self._is_table(target):
            site.tables.add(target)
            entering = dict(state)
            stack = state.get(self.processor.stack_pointer)
            if is_call and isinstance(stack, StackAddress):
                entering[self.processor.stack_pointer] = StackAddress(
                    stack.offset - self.processor.return_address_bytes
                )
            elif not is_call and self._is_function_code(address):
                if stack == StackAddress(0):
                    self.unbalanced.discard(address)
                else:
                    self.unbalanced.add(address)
            self._propagate(target, entering)
        elif isinstance(target, Constant) and self.image.is_code(target.number):
            # Really a direct one: with -fno-plt it goes through the global offset table.
            if is_call:
                self.calls[address] = target.number
            else:
                following = (target.number,)
                self._propagate(target.number, state)
        self.successors[address] = following
        if is_call:
            if site.tables:
                # A handler needn't save registers: only the stack is as before.
                for register in [key for key in state if isinstance(key, str)]:
                    if register not in (self.processor.stack_pointer, self.processor.frame_pointer):
                        del state[register]
            else:
                self._forget_call(state)
        return following

    def _is_function_code(self, address: int) -> bool:
        symbol = self.image.symbol_at(address)
        return symbol is not None and symbol.is_function and symbol.address != self.start

    def _is_table(self, target: Linear | Loaded) -> bool:
        if target not in self.tables:
            found = entries(self.image, target)
            # Anything shorter isn't a dispatch over opcodes but some small switch, or nothing.
            if sum(entry is not None for entry in found) < 192:
                return False
            self.tables[target] = found
        return True

    def _in_image(self, number: int) -> bool:
        return number > 0 and self.image.section_at(number) is not None

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
            if isinstance(value, Loaded) or (isinstance(value, Linear) and value.scale == 1):
                self.comparisons.add(instruction.address)
        for position, effect in enumerate(instruction.effects):
            value = None
            destination: str | None
            match effect:
                case Set(destination, number):
                    value = Constant(number & (1 << 64) - 1)
                case Copy(destination, source, width, extended):
                    value = state.get(source)
                    if extended:
                        value = sign_extended(value, extended)
                    elif width < 8:
                        value = low_half(value)
                case ZeroExtendByte(destination):
                    value = Linear(0, 1)
                case Compute(destination, place, width):
                    value = evaluate(place, state, self._in_image)
                    if width < 8:
                        value = low_half(value)
                case Load(destination, place, width, signed):
                    at = evaluate(place, state, self._in_image)
                    self._note_stack(instruction.address, at, position)
                    value = loaded(self.image, state, at, width, signed)
                case Store(place, width, stored):
                    at = evaluate(place, state, self._in_image)
                    self._note_stack(instruction.address, at, position)
                    if isinstance(at, StackAddress):
                        for offset in range(at.offset - 7, at.offset + width):
                            state.pop(offset, None)
                        if width == 8 and stored is not None and state.get(stored) is not None:
                            state[at.offset] = state[stored]
                    continue
                case Forget(registers):
                    for register in registers:
                        state.pop(register, None)
                    continue
            if destination is not None:
                if value is None:
                    state.pop(destination, None)
                else:
                    state[destination] = value
