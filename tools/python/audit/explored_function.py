"""Explores a function of any program until its dispatch is seen, if it has one."""

from __future__ import annotations

from collections.abc import Sequence

from machine_code.control_flow import Site
from machine_code.decoder import Decoder
from machine_code.function_code import FunctionCode, LabelTable
from machine_code.program_exploration import IN_MEMORY, Limits, ProgramExploration
from machine_code.values import POINTER_BYTES, Loaded

from .dispatch_groups import DispatchGroups

FEWEST_LABELS = 3  # Fewer places that only an indirect jump leads to say nothing.
FEWEST_FUNCTIONS = 4  # And so do fewer functions that jump where memory says.


class ExploredFunction:
    """A function's code, explored again with more of it as long as no dispatch is seen that may be there.

    `whole`: the exploration; `groups`: its jumps and calls by where they lead; `label_tables`: tables of labels in the
    file's data that its jumps through memory may lead to; `handlers_are_guessed`: they are all code that only an indirect
    jump can lead to.
    """

    def __init__(self, decoder: Decoder, code: FunctionCode, limits: Limits) -> None:
        self._decoder, self._code, self._limits = decoder, code, limits
        self.label_tables: list[LabelTable] = []
        self.handlers_are_guessed = False
        self._labels_are_computed = False
        self.whole = self._tried()
        self._look_for_labels()
        self.groups = DispatchGroups(self.whole)
        self._look_for_functions()

    def _tried(self, labels: Sequence[int] = (), enters_calls: bool = False) -> ProgramExploration:
        options = labels, enters_calls, self._labels_are_computed
        whole = ProgramExploration(self._decoder, self._code, self._limits, *options)
        # Now it is known where every table begins, and so where another ends.
        if whole.gave_up is None and whole.has_overlong_tables():
            whole = ProgramExploration(self._decoder, self._code, self._limits, *options)
        return whole

    def _look_for_labels(self) -> None:
        """If some of its jumps lead through memory, they may lead to every label whose address the file's data holds; if
        there are none, to every piece of code that nothing else leads to."""
        hidden = [site for site in self.whole.sites.values() if _leads_anywhere(site)]
        if not hidden:
            return
        unresolved = sum(site.unresolved for site in hidden)
        tables = self._code.label_tables()
        labels = _labels(tables)
        if len(labels) < FEWEST_LABELS:
            if DispatchGroups(self.whole).dispatch is not None:
                return
            tables = []
            labels = [one for one in self._code.islands if one not in self.whole.successors]
            self.handlers_are_guessed = len(labels) >= FEWEST_LABELS
        if len(labels) < FEWEST_LABELS:
            return
        self._labels_are_computed = 2 * unresolved > len(hidden)
        self.whole, self.label_tables = self._tried(labels), tables
        if tables:
            tables = self._code.label_tables(_pointer_tables(self.whole))
            others = _labels(tables)
            if FEWEST_LABELS <= len(others) < len(labels):
                self.whole = self._tried(others)
                self.label_tables = tables

    def _look_for_functions(self) -> None:
        """If it calls through a table, what it calls may dispatch. If it jumps or calls through memory, that may lead to
        the functions that go on in the same way."""
        dispatch = self.groups.dispatch
        if dispatch is None and not any(group.is_call for group in self.groups.groups):
            sites = self.whole.sites.values()
            if not any(site.through_pointer or site.unresolved for site in sites):
                return
            functions = self._decoder.threaded.like(self.whole.successors)
            if len(functions) < FEWEST_FUNCTIONS:
                return
            self.whole = self._tried(functions, enters_calls=True)
        elif dispatch is None or dispatch.is_call:
            self.whole = self._tried(self.whole.labels, enters_calls=True)
        else:
            return
        self.groups = DispatchGroups(self.whole)


def _labels(tables: Sequence[LabelTable]) -> list[int]:
    return sorted({label for table in tables for label in table.labels})


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


def _leads_anywhere(site: Site) -> bool:
    return not site.is_call and (site.through_pointer or site.unresolved)
