"""Takes a function of any program apart, as BackendCode does with a backend."""

from __future__ import annotations

import collections
import copy
import functools

from machine_code.control_flow import Exploration, Site
from machine_code.declared import DeclaredBackend
from machine_code.decoder import Decoder
from machine_code.function_code import FunctionCode
from machine_code.program_exploration import IN_MEMORY, Limits, ProgramExploration
from machine_code.threaded_functions import threaded_functions

from .backend_code import BackendCode
from .dispatch_groups import DispatchGroups, Group

FEWEST_LABELS = 3  # Fewer places that only an indirect jump leads to say nothing.
FEWEST_FUNCTIONS = 8  # And so do fewer functions that jump where memory says.


class ProgramCode(BackendCode):
    """One function's dispatch and its handlers. `group` is None if it has none.

    What a handler does on rare paths counts as a part of it: in any program nothing tells how rare it is.
    """

    def __init__(self, decoder: Decoder, start: int, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self.decoder = decoder
        self.image = decoder.image
        self.declared = DeclaredBackend("", "", "", "any", "", start, None, None, False)
        self.code = FunctionCode(decoder, start)
        self.whole = _explored(decoder, self.code, limits)
        groups = DispatchGroups(self.whole)
        if groups.dispatch is not None and groups.dispatch.is_call:
            self.whole = ProgramExploration(decoder, self.code, limits, enters_calls=True)
            groups = DispatchGroups(self.whole)
        self.groups = groups.groups
        self.group = groups.dispatch
        self.exploration = _view(self.whole, self.group)
        self.is_decoded = self.group is not None and IN_MEMORY in self.group.tables
        self.fused = []
        self.cold = set()
        self.handlers = self._handlers()
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

    def distance(self, address: int) -> str:
        """`address` as a distance from the function."""
        return f"{address - self.declared.run:+#x}"


def _explored(decoder: Decoder, code: FunctionCode, limits: Limits) -> ProgramExploration:
    """The function's code. If some of its jumps lead through memory, they may lead to every label whose address the file's
    data holds; if there are none, to every piece of code that nothing else leads to; or to other functions that do the
    same."""
    first = ProgramExploration(decoder, code, limits)
    if not any(_leads_anywhere(site) for site in first.sites.values()) or first.gave_up:
        return first
    labels = code.labels if any(one not in first.successors for one in code.labels) else []
    if len(labels) < FEWEST_LABELS:
        labels = [place for place in code.islands if place not in first.successors]
    if len(labels) < FEWEST_LABELS:
        labels = threaded_functions(decoder, code.start)
        if len(labels) < FEWEST_FUNCTIONS:
            return first
    return ProgramExploration(decoder, code, limits, labels)


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
        if site.tables:
            seen.unresolved = False
        view.sites[at] = seen
    view.tables = {table: whole.tables[table] for table in (group.tables if group else ())}
    view.switches = {
        table: targets for table, targets in whole.tables.items() if table not in view.tables
    }
    return view
