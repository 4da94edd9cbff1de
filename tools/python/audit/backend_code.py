"""Takes a backend's code apart: its handlers, the dispatches between them, and what runs only on rare paths."""

from __future__ import annotations

import collections
import dataclasses
import functools
from collections.abc import Container

from machine_code.closure import Closure
from machine_code.code_hash import code_hash
from machine_code.control_flow import Exploration, Site
from machine_code.declared import DeclaredBackend
from machine_code.decoder import Decoder
from machine_code.instruction import Instruction

from .rare_paths import rare_paths


@dataclasses.dataclass(slots=True)
class Handler:
    """One handler's code: everything that can run from its first instruction to the next dispatch, except rare paths."""

    address: int
    opcodes: list[int]
    hot: list[int]  # addresses of its instructions, ascending
    shortest: list[int]  # the shortest way to the dispatch, in order
    sites: list[int]  # the dispatches it can leave through
    other_calls: list[int]  # calls of fixed functions
    indirect_calls: list[int]  # calls through pointers: the devices


def _goes_on(site: Site) -> bool:
    """Whether a site jumps to where memory says."""
    return site.through_pointer and not site.is_call


def _distinct_targets(exploration: Exploration) -> int:
    """How many places its dispatch tables lead to."""
    return len({target for targets in exploration.tables.values() for target in targets})


class BackendCode:
    """One backend's code, taken apart into handlers, dispatches and rare paths.

    `is_decoded`: it dispatches through pointers that it has decoded the program into. `fused`: handlers that serve no
    single opcode.
    """

    is_decoded = False

    def __init__(self, decoder: Decoder, declared: DeclaredBackend) -> None:
        self.decoder = decoder
        self.image = decoder.image
        self.declared = declared
        self.exploration = decoder.functions.exploration(declared.run)
        self.fused: list[Exploration] = []
        if not self.exploration.tables:
            self._look_behind_decoded_programs()
        self.cold = self._cold()
        self.handlers = self._handlers()
        self.by_opcode = {
            opcode: handler for handler in self.handlers for opcode in handler.opcodes
        }

    def _look_behind_decoded_programs(self) -> None:
        """Finds the handlers of a backend that decodes a program into pointers in memory: `run` only jumps through one of
        these. They are in a table that some code reads which `run` or `prepare` hands on; what else such code reads
        that points to functions which go on through memory are fused handlers."""
        closure = Closure.of_backend(self.decoder, self.declared)
        offered = [
            one
            for one in closure.explorations
            if one.tables and any(map(_goes_on, one.sites.values()))
        ]
        if not offered:
            return
        self.is_decoded = True
        self.exploration = exploration = max(offered, key=_distinct_targets)
        known = exploration.successors.keys()
        pointed = {
            self.image.pointers[slot]
            for begin, end in closure.ranges
            for slot in self.image.pointers_in(begin, end)
            if slot in self.image.pointers
        }
        self.fused = [
            other
            for other in closure.explorations
            if other.start in pointed - known and any(map(_goes_on, other.sites.values()))
        ]

    @functools.cached_property
    def dispatches(self) -> dict[int, Site]:
        """The sites that lead to handlers, through a table of opcodes or through what a program was decoded into."""
        return {
            address: site
            for address, site in self.exploration.sites.items()
            if site.tables or (self.is_decoded and _goes_on(site))
        }

    def _cold(self) -> set[int]:
        """Instructions that run only when an access wraps around: see rare_paths."""
        exploration = self.exploration
        cold = rare_paths(self)
        predecessors = self._predecessors
        # Code that leads nowhere else is cold too, for example the moves before the call.
        waiting = list(cold)
        while waiting:
            for address in predecessors[waiting.pop()]:
                following = exploration.successors.get(address, ())
                if address not in cold and following and all(one in cold for one in following):
                    cold.add(address)
                    waiting.append(address)
        return cold

    @functools.cached_property
    def _predecessors(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = collections.defaultdict(list)
        for address, following in self.exploration.successors.items():
            for successor in following:
                found[successor].append(address)
        return found

    @functools.cached_property
    def _dispatching(self) -> set[int]:
        """Code that can lead to a dispatch."""
        found: set[int] = set()
        waiting = list(self.dispatches)
        while waiting:
            address = waiting.pop()
            if address not in found:
                found.add(address)
                waiting.extend(self._predecessors[address])
        return found

    def _code_of(self, start: int) -> Container[int]:
        """Code that can belong to the handler at `start`: nothing that only ends the vector, unless the handler does. g++
        on AArch64 compares each opcode with BRK's before the switch's table."""
        return self._dispatching if start in self._dispatching else self.exploration.successors

    def hot_from(self, start: int) -> set[int]:
        """Everything that can run from `start` to the next dispatch, except rare paths."""
        exploration = self.exploration
        within = self._code_of(start)
        found: set[int] = set()
        waiting = [start]
        while waiting:
            address = waiting.pop()
            if address in found or address in self.cold or address not in within:
                continue
            found.add(address)
            waiting.extend(exploration.successors[address])
        return found

    def _shortest(self, start: int) -> list[int]:
        """The fewest instructions from `start` to a dispatch or to the end of the vector."""
        exploration = self.exploration
        within = self._code_of(start)
        came_from: dict[int, int | None] = {start: None}
        waiting = collections.deque([start])
        while waiting:
            address = waiting.popleft()
            following = exploration.successors.get(address, ())
            if address in self.dispatches or not following:
                path = []
                at: int | None = address
                while at is not None:
                    path.append(at)
                    at = came_from[at]
                return path[::-1]
            for successor in following:
                if (
                    successor not in came_from
                    and successor in within
                    and successor not in self.cold
                ):
                    came_from[successor] = address
                    waiting.append(successor)
        return []

    @functools.cached_property
    def opcodes_of(self) -> dict[int, set[int]]:
        """The opcodes that each handler serves, by its address."""
        found: dict[int, set[int]] = collections.defaultdict(set)
        for targets in self.exploration.tables.values():
            # A table that leads every opcode to one place dispatches nothing: it makes the next opcode stop there.
            if len({target for target in targets if target is not None}) > 1:
                for opcode, target in enumerate(targets[:256]):
                    if target is not None:
                        found[target].add(opcode)
        return found

    @functools.cached_property
    def landing_pads(self) -> set[int]:
        """Landing pads where functions begin and where indirect jumps lead. AArch64's paciasp, which is one too, also stands
        in the middle of functions that need it only on one way."""
        exploration = self.exploration
        tables = [*exploration.tables.values(), *exploration.switches.values()]
        reached = {target for targets in tables for target in targets}
        return {
            at
            for at in exploration.successors
            if self.instruction(at).is_landing_pad
            and (at in reached or self.image.is_function_start(at))
        }

    @functools.cached_property
    def fixed_calls(self) -> dict[int, str]:
        """The calls that always call the same function, and which: one of this library, or one of another that the
        loader's table leads to."""
        exploration = self.exploration
        found = {at: self.distance(called) for at, called in exploration.calls.items()}
        for at, site in exploration.sites.items():
            if site.is_call and len(site.imports) == 1 and not site.through_pointer:
                found.setdefault(at, min(site.imports))
        return found

    @functools.cached_property
    def _indirect_calls(self) -> set[int]:
        """The calls that may call anything."""
        sites = self.exploration.sites
        calls = {at for at, site in sites.items() if site.is_call and not site.tables}
        return calls - self.fixed_calls.keys()

    def _handlers(self) -> list[Handler]:
        result = []
        for address, numbers in sorted(self.opcodes_of.items()):
            hot = self.hot_from(address)
            result.append(
                Handler(
                    address,
                    sorted(numbers),
                    sorted(hot),
                    self._shortest(address),
                    sorted(hot & self.dispatches.keys()),
                    sorted(hot & self.fixed_calls.keys()),
                    sorted(hot & self._indirect_calls),
                )
            )
        return result

    @functools.cached_property
    def handler_sites(self) -> collections.Counter[int]:
        """How many handlers leave through each site, except on rare paths."""
        return collections.Counter(site for handler in self.handlers for site in handler.sites)

    def instruction(self, address: int) -> Instruction:
        """The instruction at `address`."""
        return self.decoder.at(address)

    @functools.cached_property
    def _hash_and_reason(self) -> tuple[str | None, str | None]:
        if self.declared.generates_code:
            return None, "it runs code that it makes in memory, which the library doesn't contain"
        return code_hash(self.decoder, self.declared)

    def code_hash(self) -> str | None:
        """A fingerprint of everything it can execute or read, wherever the linker put it; None if that can't be told."""
        return self._hash_and_reason[0]

    @property
    def code_hash_reason(self) -> str | None:
        """Why there is no fingerprint."""
        return self._hash_and_reason[1]

    def distance(self, address: int) -> str:
        """`address` as a distance from the run function, which says the same with and without symbols."""
        return f"run{address - self.declared.run:+#x}"
