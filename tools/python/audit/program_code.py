"""Takes a function of any program apart, as BackendCode does with a backend."""

from __future__ import annotations

import collections
import copy
import dataclasses
import functools

from machine_code.control_flow import Exploration
from machine_code.declared import DeclaredBackend
from machine_code.decoder import Decoder
from machine_code.function_code import FunctionCode
from machine_code.program_exploration import IN_MEMORY, Limits, ProgramExploration

from .backend_code import BackendCode
from .dispatch_groups import Group
from .explored_function import ExploredFunction
from .rare_paths import avoidable_functions

# So many handlers may have each instruction in common before it is too much work.
WALKED_PER_INSTRUCTION = 50


class ProgramCode(BackendCode):
    """One function's dispatch and its handlers. `group` is None if it has none.

    What a handler does on rare paths counts as a part of it, unless it lies in another function: nothing else tells how
    rare it is. `gave_up`: after which limit, if so.
    """

    def __init__(self, decoder: Decoder, start: int, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self.decoder = decoder
        self.image = decoder.image
        self.declared = DeclaredBackend("", "", "", "any", "", start, None, None, False)
        self.code = FunctionCode(decoder, start)
        self.explored = ExploredFunction(decoder, self.code, limits)
        self.whole = self.explored.whole
        self.groups = self.explored.groups.groups
        self.group = self.explored.groups.dispatch
        self.exploration = _view(self.whole, self.group)
        self.is_decoded = self.group is not None and IN_MEMORY in self.group.tables
        self.fused = []
        self.gave_up = self.whole.gave_up
        self._limits = limits
        self._walked = 0
        self.cold = set() if self.gave_up else self._avoidable()
        self.handlers = [] if self.gave_up else self._handlers()
        self.calling_loop = calling_loop(self.whole) if self.group is None else None
        self.by_opcode = {
            opcode: handler for handler in self.handlers for opcode in handler.opcodes
        }

    @functools.cached_property
    def opcodes_of(self) -> dict[int, set[int]]:
        """See BackendCode. Entries of a second table that isn't a copy of the first are numbered after those of the
        first."""
        found: dict[int, set[int]] = collections.defaultdict(set)
        begin = 0
        for family in self.group.families if self.group is not None else ():
            length = 0
            for table in family:
                targets = self.exploration.tables[table]
                length = max(length, len(targets))
                for number, target in enumerate(targets):
                    if target is not None:
                        found[target].add(begin + number)
            begin += length
        return found

    def _avoidable(self) -> set[int]:
        """Functions that handlers can do without; a part of this one isn't another."""
        return {at for at in avoidable_functions(self) if not self.code.holds(at)}

    def hot_from(self, start: int) -> set[int]:
        """See BackendCode: nothing more once that has been too much work."""
        if self.gave_up is not None:
            return set()
        found = super().hot_from(start)
        self._walked += len(found)
        self.gave_up = self._limits.reached(self._walked // WALKED_PER_INSTRUCTION)
        return found

    def distance(self, address: int) -> str:
        """`address` as a distance from the function."""
        return f"{address - self.declared.run:+#x}"


LONGEST_LOOP = 16  # instructions of a loop that does nothing but call what memory says


@dataclasses.dataclass(frozen=True)
class CallingLoop:
    """A loop that does nothing but call what memory says."""

    site: int
    instructions: int


def calling_loop(whole: ProgramExploration) -> CallingLoop | None:
    """The one such loop of a function that does hardly anything else."""
    following = whole.successors
    if len(following) > 3 * LONGEST_LOOP:
        return None
    loops = []
    for at, site in whole.sites.items():
        if site.is_call and site.through_pointer:
            after = whole.reachable(following[at])
            loop = {one for one in after if at in whole.reachable([one])}
            if loop:
                loops.append(CallingLoop(at, len(loop)))
    return loops[0] if len(loops) == 1 and loops[0].instructions <= LONGEST_LOOP else None


def _view(whole: Exploration, group: Group | None) -> Exploration:
    """The same exploration with nothing but the group for a dispatch: other tables lead on within a handler."""
    view = copy.copy(whole)
    chosen = group.sites if group is not None else set()
    view.sites, view.successors = {}, dict(whole.successors)
    for at, site in whole.sites.items():
        seen = copy.copy(site)
        if at not in chosen and site.tables:
            seen.tables, seen.switches = set(), set(site.tables)
            if not site.is_call:
                targets = [one for table in site.tables for one in whole.tables[table]]
                more = [one for one in targets if one is not None]
                view.successors[at] = tuple(dict.fromkeys((*whole.successors[at], *more)))
        seen.unresolved = False  # Whether that matters, program_technique says.
        view.sites[at] = seen
    view.tables = {table: whole.tables[table] for table in (group.tables if group else ())}
    view.unbalanced = whole.unbalanced & chosen
    view.switches = {
        table: targets for table, targets in whole.tables.items() if table not in view.tables
    }
    return view
