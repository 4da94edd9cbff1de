"""What each WebAssembly engine makes of each variant: its time over that of native switch_loop, in the same run.

An engine is there once or twice: as users get it, and with its best compiler alone (label ENGINE-top). All numbers are
geometric means over workloads with the intervals of every other chart, paired by process number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterable, Mapping, Sequence

from dispatchbench_reports.annotations import incomplete_means
from dispatchbench_reports.compilers import backends_in_order
from dispatchbench_reports.engine import V8, Engine
from dispatchbench_reports.estimates import Estimate, mean_ratio
from dispatchbench_reports.leading import Leaders, leaders
from dispatchbench_reports.lens import Baseline, Competitor, Lens
from dispatchbench_reports.phrases import distinct
from dispatchbench_reports.study import Column

SWITCH = "switch_loop"
TAIL_CALL = "tail_call"
TYPED = "tail_call_typed"
NATIVE_HOST = "native"
ALONE_SUFFIX = "-top"

AS_USERS = "as users get it"
ALONE = "best compiler alone"
NO_ENGINES = (
    "no library has an engine in context.dispatchbench.libraries[]: measure with tools/wasm"
)
NO_NATIVE = (
    f"no native library of the run has {SWITCH}, which engines are compared with: measure with tools/wasm, which adds it, "
    "and don’t leave it out with --backend"
)


@dataclass(frozen=True)
class Variants:
    """One library, native or in one mode of an engine, and what its variants take."""

    column: Column
    title: str
    times: Mapping[str, Estimate]
    """relative to native switch_loop, by variant; without that itself, and empty if the run has none"""
    missing: Mapping[str, str]
    """why a variant has no time at all"""
    incomplete: tuple[str, ...]
    """which means lack workloads"""
    fastest: tuple[str, ...]
    """the variant with the smallest mean, and those that can't be told from it"""
    resolved: bool
    """False: a single process, from which nothing can be told"""
    distance: Estimate | None
    """of the first of them from native switch_loop"""
    typed: Estimate | None
    """tail_call_typed over tail_call"""
    tail_call: Estimate | None
    """tail_call over switch_loop, both in this library"""

    @property
    def engine(self) -> Engine:
        return self.column.engine or Engine()

    @property
    def mode(self) -> str:
        return ALONE if self.engine.best_compiler_alone else AS_USERS


@dataclass(frozen=True)
class EngineRow:
    """An engine with its modes, and what it is compared with."""

    title: str
    users: Variants | None
    alone: Variants | None
    native: Variants | None

    @property
    def modes(self) -> tuple[Variants, ...]:
        return tuple(mode for mode in (self.users, self.alone) if mode is not None)

    @property
    def engine(self) -> Engine:
        return self.modes[0].engine

    def mode(self, text: str) -> Variants | None:
        return self.alone if text == ALONE else self.users


@dataclass(frozen=True)
class EngineTimes:
    """Everything that a report says of engines."""

    lens: Lens
    variants: tuple[str, ...]
    rows: tuple[EngineRow, ...]

    @property
    def modes(self) -> tuple[Variants, ...]:
        return tuple(mode for row in self.rows for mode in row.modes)

    @property
    def natives(self) -> tuple[Variants, ...]:
        """What engines are compared with, each once: a run has one."""
        found = {row.native.column.key: row.native for row in self.rows if row.native is not None}
        return tuple(found.values())

    @property
    def kinds(self) -> tuple[str, ...]:
        """The modes that any engine has."""
        return tuple(text for text in (AS_USERS, ALONE) if any(row.mode(text) for row in self.rows))

    @property
    def columns(self) -> list[Column]:
        """Engines, then native libraries."""
        return [each.column for each in (*self.modes, *self.natives)]

    @property
    def of_v8(self) -> tuple[EngineRow, ...]:
        """Those whose version of V8 is known, from the oldest."""
        found = (row for row in self.rows if row.engine.name == V8 and row.engine.release[1])
        return tuple(sorted(found, key=lambda row: row.engine.release))


def engine_times(lens: Lens) -> EngineTimes | str:
    """All engines of the results, or why there are none. Without a native library ratios within an engine remain."""
    columns = [column for column in lens.study.columns if column.engine is not None]
    if not columns:
        return NO_ENGINES
    variants = tuple(
        name
        for name in backends_in_order(replace(lens.study, columns=tuple(columns)))
        if any(lens.study.measured(column, name) for column in columns)
    )
    natives = {
        source: _variants(lens, native, variants, native)
        for source in distinct(column.source for column in columns)
        if (native := _native(lens, source)) is not None
    }
    titles = _titles(lens, columns)
    rows: dict[tuple[str, str], list[Column]] = {}
    for column in columns:
        rows.setdefault((column.source, _base_label(column)), []).append(column)
    found = [
        _row(lens, modes, variants, natives.get(source), titles)
        for (source, _), modes in rows.items()
    ]
    return EngineTimes(lens, variants, tuple(_in_order(found)))


def _base_label(column: Column) -> str:
    """The label of the engine as users get it."""
    alone = column.engine is not None and column.engine.best_compiler_alone
    return column.label.removesuffix(ALONE_SUFFIX) if alone else column.label


def _native(lens: Lens, source: str) -> Column | None:
    """The native library that a run's engines are compared with: the baseline's, or else the first one."""
    found = [
        column
        for column in lens.study.columns
        if column.source == source
        and column.engine is None
        and column.host == NATIVE_HOST
        and lens.study.measured(column, SWITCH)
    ]
    return next(
        (column for column in found if column.label == lens.baseline.label),
        found[0] if found else None,
    )


def _titles(lens: Lens, columns: Sequence[Column]) -> Mapping[str, str]:
    """A title by column key: its label, and where it was measured if several files have it."""
    labels = [column.label for column in columns]
    machines = len(lens.study.machines) > 1
    return {
        column.key: column.label
        if labels.count(column.label) == 1
        else f"{column.label}, {lens.study.machine_label(column.machine) if machines else column.source}"
        for column in columns
    }


def _row(
    lens: Lens,
    modes: Sequence[Column],
    variants: Sequence[str],
    native: Variants | None,
    titles: Mapping[str, str],
) -> EngineRow:
    by_mode = {
        bool(column.engine and column.engine.best_compiler_alone): _variants(
            lens, column, variants, native.column if native else None, titles[column.key]
        )
        for column in modes
    }
    users, alone = by_mode.get(False), by_mode.get(True)
    title = users.title if users else alone.title.replace(ALONE_SUFFIX, "", 1) if alone else ""
    return EngineRow(title, users, alone, native)


def _in_order(rows: Iterable[EngineRow]) -> list[EngineRow]:
    """Each engine's releases together, from the oldest; engines in the file's order."""
    found = list(rows)
    names = distinct(row.engine.name for row in found)
    return sorted(found, key=lambda row: (names.index(row.engine.name), row.engine.release))


def _variants(
    lens: Lens,
    column: Column,
    names: Sequence[str],
    native: Column | None,
    title: str = "",
) -> Variants:
    study = lens.study
    measured = [name for name in names if study.measured(column, name)]
    reference = Competitor(native, SWITCH) if native is not None else None
    times = {
        name: mean
        for name in measured
        if reference is not None
        and reference != Competitor(column, name)
        and (mean := mean_ratio(lens, Competitor(column, name), reference)) is not None
    }
    own = leaders(lens, [Competitor(column, name) for name in measured])
    fastest = _names(own) or tuple(measured[:1])

    def between(name: str, other: str) -> Estimate | None:
        return mean_ratio(lens, Competitor(column, name), Competitor(column, other))

    return Variants(
        column,
        title or column.label,
        times,
        {
            name: column.unavailable.get(name, study.mean_absence(column, name))
            for name in names
            if name not in measured
        },
        _incomplete(lens, column, native, times),
        fastest,
        own is None or own.resolved,
        times.get(fastest[0]) if fastest else None,
        between(TYPED, TAIL_CALL),
        between(TAIL_CALL, SWITCH),
    )


def _names(found: Leaders | None) -> tuple[str, ...]:
    return tuple(each.backend for each in found.all) if found else ()


def _incomplete(
    lens: Lens, column: Column, native: Column | None, times: Mapping[str, Estimate]
) -> tuple[str, ...]:
    if native is None:
        return ()
    against = replace(lens, baseline=Baseline(SWITCH, native.label))
    return tuple(
        f"{column.label}: {note}"
        for name, note in incomplete_means(against, column).items()
        if name in times
    )
