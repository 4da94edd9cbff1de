"""Takes a function of any program apart, as BackendCode does with a backend."""

from __future__ import annotations

import collections
import copy
import dataclasses
import functools
from collections.abc import Iterable, Sequence

from machine_code.control_flow import Exploration, Site
from machine_code.declared import DeclaredBackend
from machine_code.decoder import Decoder
from machine_code.function_code import FunctionCode
from machine_code.table_entries import POINTER_BYTES
from machine_code.values import Loaded
from machine_code.program_exploration import IN_MEMORY, Limits, ProgramExploration

from .backend_code import BackendCode
from .dispatch_groups import DispatchGroups, Group
from .rare_paths import avoidable_functions

WALKED_PER_INSTRUCTION = (
    50  # So many handlers may have an instruction in common before it is too much work.
)
FEWEST_LABELS = 3  # Fewer places that only an indirect jump leads to say nothing.
FEWEST_FUNCTIONS = 4  # And so do fewer functions that jump where memory says.


class ProgramCode(BackendCode):
    """One function's dispatch and its handlers. `group` is None if it has none.

    What a handler does on rare paths counts as a part of it, unless it lies in another function: nothing else tells how
    rare it is. `gave_up`: after which limit, if so. `handlers_are_guessed`: they are all code that only an indirect jump can
    lead to.
    """

    def __init__(self, decoder: Decoder, start: int, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self.decoder = decoder
        self.image = decoder.image
        self.declared = DeclaredBackend("", "", "", "any", "", start, None, None, False)
        self.code = FunctionCode(decoder, start)
        self.whole, groups, self.handlers_are_guessed = _explored(decoder, self.code, limits)
        self.groups = groups.groups
        self.group = groups.dispatch
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


def _explored(
    decoder: Decoder, code: FunctionCode, limits: Limits
) -> tuple[ProgramExploration, DispatchGroups, bool]:
    """The function's code, its groups, and whether handlers are nothing but code that nothing else leads to. Explored again with more of it as long as no dispatch is seen that may be there.

    If some of its jumps lead through memory, they may lead to every label whose address the file's data holds; if there
    are none, to every piece of code that nothing else leads to. If it calls through a table, what it calls may dispatch.
    If it jumps or calls through memory, that may lead to the functions that go on in the same way.
    """

    def tried(
        labels: Sequence[int] = (), enters_calls: bool = False, are_computed: bool = False
    ) -> ProgramExploration:
        whole = ProgramExploration(decoder, code, limits, labels, enters_calls, are_computed)
        if whole.found_tables and whole.gave_up is None:  # Now it is known where each of them ends.
            whole = ProgramExploration(decoder, code, limits, labels, enters_calls, are_computed)
        return whole

    whole, is_guessed = tried(), False
    hidden = [site for site in whole.sites.values() if _leads_anywhere(site)]
    if hidden:
        labels = code.labels()
        if len(labels) < FEWEST_LABELS:
            labels = [place for place in code.islands if place not in whole.successors]
            is_guessed = len(labels) >= FEWEST_LABELS
        if len(labels) >= FEWEST_LABELS:
            are_computed = 2 * sum(site.unresolved for site in hidden) > len(hidden)
            whole = tried(labels, are_computed=are_computed)
            others = [] if is_guessed else code.labels(_pointer_tables(whole))
            if FEWEST_LABELS <= len(others) < len(labels):
                whole = tried(others, are_computed=are_computed)
    groups = DispatchGroups(whole)
    if groups.dispatch is None and not any(group.is_call for group in groups.groups):
        labels = decoder.threaded.like(whole.successors) if _goes_through_memory(whole) else []
        if len(labels) >= FEWEST_FUNCTIONS:
            whole = tried(labels, enters_calls=True)
            groups = DispatchGroups(whole)
    elif groups.dispatch is None or groups.dispatch.is_call:
        whole = tried(whole.labels, enters_calls=True)
        groups = DispatchGroups(whole)
    return whole, groups, is_guessed


def _pointer_tables(whole: ProgramExploration) -> list[tuple[int, int]]:
    """Where the tables of pointers begin and end that a jump leads through and no other way."""
    found = []
    for site in whole.sites.values():
        if IN_MEMORY not in site.tables:
            for table in site.tables:
                if isinstance(table, Loaded) and table.width == POINTER_BYTES:
                    begin = table.at.base
                    found.append((begin, begin + POINTER_BYTES * len(whole.tables[table])))
    return found


def _goes_through_memory(whole: ProgramExploration) -> bool:
    return any(site.through_pointer or site.unresolved for site in whole.sites.values())


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
            after = reachable(following, following[at])
            loop = {one for one in after if at in reachable(following, [one])}
            if loop:
                loops.append(CallingLoop(at, len(loop)))
    return loops[0] if len(loops) == 1 and loops[0].instructions <= LONGEST_LOOP else None


def reachable(following: dict[int, tuple[int, ...]], starts: Iterable[int]) -> set[int]:
    """The instructions that run from some of them on."""
    waiting, seen = list(starts), set()
    while waiting:
        address = waiting.pop()
        if address not in seen:
            seen.add(address)
            waiting.extend(following.get(address, ()))
    return seen


def _leads_anywhere(site: Site) -> bool:
    return not site.is_call and (site.through_pointer or site.unresolved)


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
