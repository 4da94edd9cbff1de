"""How a study is looked at: the baseline, the clock, and what each column is therefore compared with."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

from dispatchbench_reports.problems import Problem
from dispatchbench_reports.row_names import competitor_name, split_competitor_name
from dispatchbench_reports.study import Clock, Column, Study, is_one_code

DEFAULT_BASELINE = "switch_loop"


@dataclass(frozen=True)
class Baseline:
    """`BACKEND`: each library is compared with its own; `BACKEND/LABEL`: everything is compared with that one."""

    backend: str
    label: str | None = None

    def __str__(self) -> str:
        return self.backend if self.label is None else competitor_name(self.backend, self.label)


@dataclass(frozen=True)
class Competitor:
    """One backend of one column."""

    column: Column
    backend: str

    @property
    def name(self) -> str:
        return competitor_name(self.backend, self.column.label)


@dataclass(frozen=True)
class Lens:
    """A study, the baseline of every ratio, and the clock."""

    study: Study
    baseline: Baseline
    clock: Clock = Clock.CPU

    @functools.lru_cache(maxsize=4096)
    def reference(self, column: Column) -> Competitor | None:
        """What this column is compared with, always of the same run, since ratios are paired by process.

        For `BACKEND` that is the column's own, or else that of the run's first library that has one.
        """
        backend = self.baseline.backend
        label = self.baseline.label
        if label is None and self.study.measured(column, backend):
            return Competitor(column, backend)
        for other in self.study.columns:
            if (
                other.source == column.source
                and label in (None, other.label)
                and self.study.measured(other, backend)
            ):
                return Competitor(other, backend)
        return None

    def is_reference(self, column: Column, backend: str) -> bool:
        """Whether this competitor is the one that its column is compared with."""
        reference = self.reference(column)
        return (
            reference is not None
            and reference.backend == backend
            and reference.column.key == column.key
        )

    def borrows(self, column: Column) -> bool:
        """Whether a column without the baseline is compared with another library's."""
        reference = self.reference(column)
        return (
            self.baseline.label is None
            and reference is not None
            and reference.column.key != column.key
        )

    def compared(self, column: Column) -> tuple[str, ...]:
        """The backends of a column that are compared: all but the reference itself. Refused ones are among them."""
        if self.reference(column) is None:
            return ()
        return tuple(
            backend
            for backend in self.study.backends
            if self.study.attempted(column, backend) and not self.is_reference(column, backend)
        )

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that have something to be compared with."""
        return tuple(column for column in self.study.columns if self.reference(column) is not None)

    @property
    def left_out(self) -> tuple[Column, ...]:
        """The columns in whose run nobody has the baseline."""
        return tuple(column for column in self.study.columns if self.reference(column) is None)

    @property
    def backends(self) -> tuple[str, ...]:
        """The backends that are compared in at least one column."""
        compared = {backend for column in self.columns for backend in self.compared(column)}
        return tuple(backend for backend in self.study.backends if backend in compared)

    @property
    def one_baseline(self) -> bool:
        """Whether all columns are compared with one thing: one competitor, or the same machine code in each library.

        Only then can ratios of several columns share an axis.
        """
        references = {reference for column in self.columns if (reference := self.reference(column))}
        return len(references) < 2 or is_one_code(
            reference.column.code_hash(reference.backend) for reference in references
        )

    def baseline_name(self, column: Column) -> str:
        """The baseline as a table or sentence about this column names it: with its library if that is another."""
        reference = self.reference(column)
        return reference.name if self.borrows(column) and reference else str(self.baseline)

    @property
    def clock_text(self) -> str:
        """What the times are, for captions and notes."""
        return self.study.clock_text(self.clock)

    def relative_to(self, backend: str) -> Lens:
        """The same study and clock, each library against its own `backend`."""
        return replace(self, baseline=Baseline(backend))

    def of(self, study: Study) -> Lens:
        """The same baseline and clock for another part of the results."""
        return replace(self, study=study)

    def on(self, clock: Clock) -> Lens:
        """The same comparison by another clock."""
        return replace(self, clock=clock)


def _as_typed(study: Study, text: str) -> Baseline:
    # A backend of another program's file can have a slash in its name.
    return Baseline(text) if text in study.backends else Baseline(*split_competitor_name(text))


def _measured(study: Study) -> list[tuple[Column, str]]:
    """Every backend that was measured, with its library, in the study's order."""
    return [
        (column, backend)
        for column in study.columns
        for backend in study.backends
        if study.measured(column, backend)
    ]


def _usual_baseline(study: Study) -> Baseline:
    """What all runs say that they were measured against, if that is one; else switch_loop or the first backend."""
    recorded = {source.baseline for source in study.sources}
    if len(recorded) == 1 and (only := recorded.pop()):
        baseline = _as_typed(study, only)
        if Lens(study, baseline).columns:
            return baseline
    measured = [backend for _, backend in _measured(study)]
    return Baseline(
        DEFAULT_BASELINE if DEFAULT_BASELINE in measured or not measured else measured[0]
    )


def _why_not_measured(study: Study, baseline: Baseline) -> str:
    """What to do if no run measured a backend that a library has; empty if none has it."""
    backend = baseline.backend
    owners = [
        column.backends[backend]
        for column in study.columns
        if backend in column.backends and baseline.label in (None, column.label)
    ]
    if not any(owner.on_request for owner in owners):
        return ""
    return f" ({backend} is measured on request: dispatchbench run takes it with --all, or named with --backend)"


def lens_for(study: Study, baseline: str | None, clock: Clock = Clock.CPU) -> Lens:
    """The lens for a `--baseline` as it was typed; without one, what the runs were measured against.

    Raises Problem if no library has that baseline.
    """
    if baseline is None:
        return Lens(study, _usual_baseline(study), clock)
    lens = Lens(study, _as_typed(study, baseline), clock)
    if not lens.columns:
        known = [
            backend if lens.baseline.label is None else competitor_name(backend, column.label)
            for column, backend in _measured(study)
        ]
        raise Problem(
            "--baseline",
            baseline,
            f"was not measured{_why_not_measured(study, lens.baseline)}; these were: "
            f"{', '.join(dict.fromkeys(known))}",
        )
    return lens
