"""What compiler flags do to each backend: its time with a flag set over its time without, in the same run.

A flag set is a library whose build names a base (`build.factors`). A unit is a process: the processes of both libraries
with one number were measured side by side, and give one log ratio, the mean over workloads. If both libraries came in
layouts, a unit is a layout instead, since more processes say nothing of other layouts.

All intervals of one analysis hold together with the study's level (Bonferroni). Backends whose machine code is the same
with and without the set are no question and so don't count: they show what a run finds where nothing has changed.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any, Iterator, Mapping

from dispatchbench_reports.estimates import Estimate, interval_of_logs, mean_logs
from dispatchbench_reports.lens import Competitor, Lens
from dispatchbench_reports.study import Column, is_one_code

SUBJECT = "tail_call"
OTHERS = ("computed_goto", "switch_loop")
"""What a set's effect on the subject is compared with."""
PGO = "pgo"
SWITCH = "switch_loop"

Units = Mapping[int, float]
"""A log by process or layout."""


@dataclass(frozen=True)
class Effect:
    """A flag set's effect on one backend, as a ratio to its time without the set."""

    estimate: Estimate
    same_code: bool
    """its machine code is the same with and without"""

    @property
    def resolved(self) -> bool:
        return not self.same_code and self.estimate.resolved_from(1)


@dataclass(frozen=True)
class Interaction:
    """How many times as much a flag set costs one backend as another."""

    backend: str
    other: str
    estimate: Estimate


@dataclass(frozen=True)
class FlagSetEffects:
    """One flag set with one compiler."""

    label: str
    flags: str
    effects: Mapping[str, Effect]
    """by backend"""
    interactions: tuple[Interaction, ...]
    missing: Mapping[str, str]
    """why a backend has no effect, by backend"""


@dataclass(frozen=True)
class BoughtByProfile:
    """Whether tail calls buy what profile-guided optimisation buys a switch."""

    tail_call: Estimate
    """tail_call over switch_loop, both without a profile"""
    profile: Estimate
    """switch_loop with a profile over switch_loop without"""
    against: Estimate
    """tail_call without a profile over switch_loop with one"""
    gain: Interaction
    """the profile's effect on tail_call over that on switch_loop"""


@dataclass(frozen=True)
class CompilerEffects:
    """All flag sets with one compiler."""

    title: str
    base: Column
    sets: tuple[FlagSetEffects, ...]
    refused: Mapping[str, str]
    """why a set has no library, by its label"""
    bought: BoughtByProfile | None

    @property
    def labels(self) -> tuple[str, ...]:
        return (*(each.label for each in self.sets), *self.refused)

    def find(self, label: str) -> FlagSetEffects | None:
        return next((each for each in self.sets if each.label == label), None)


@dataclass(frozen=True)
class FlagEffects:
    """Everything that a run says of flags."""

    compilers: tuple[CompilerEffects, ...]
    backends: tuple[str, ...]
    questions: int
    """how many intervals hold together"""
    level: float
    """of each of them"""
    layouts: int
    """how many the intervals are over; 0: they are over processes"""

    @property
    def labels(self) -> tuple[str, ...]:
        """Of all sets, each once, in order."""
        return tuple(dict.fromkeys(label for each in self.compilers for label in each.labels))

    @property
    def same_code(self) -> tuple[float, ...]:
        """The ratios of backends whose code is the same."""
        return tuple(
            effect.estimate.value
            for compiler in self.compilers
            for each in compiler.sets
            for effect in each.effects.values()
            if effect.same_code
        )

    @property
    def layout_noise(self) -> float | None:
        """The largest change, as a share, that was measured where the code is the same; None without such backends."""
        return max((math.exp(abs(math.log(ratio))) - 1 for ratio in self.same_code), default=None)


def flag_effects(lens: Lens) -> FlagEffects | str:
    """The effects of every flag set of a study, or what it lacks for them."""
    sets = list(_flag_sets(lens))
    if not sets:
        return "no library has build.factors beside the library that it is based on: measure with tools/flags, which builds both"
    questions = sum(_questions(lens, base, column) for base, column in sets)
    questions += len({base.key for base, column in sets if _is_profile(column)}) * 3
    level = 1 - (1 - lens.study.interval_level) / max(questions, 1)
    estimate = functools.partial(_estimate, level=level)
    compilers = []
    for base in dict.fromkeys(base for base, _ in sets):
        own = [column for each, column in sets if each is base]
        compilers.append(
            CompilerEffects(
                title=base.compiler_text or base.label,
                base=base,
                sets=tuple(_effects(lens, base, column, estimate) for column in own),
                refused=_refused(lens, base),
                bought=next(
                    (
                        bought
                        for column in own
                        if _is_profile(column) and (bought := _bought(lens, base, column, estimate))
                    ),
                    None,
                ),
            )
        )
    measured = {
        backend for compiler in compilers for each in compiler.sets for backend in each.effects
    }
    layouts = {_layout_count(lens, base, column) for base, column in sets}
    return FlagEffects(
        tuple(compilers),
        tuple(backend for backend in lens.study.backends if backend in measured),
        questions,
        level,
        min(layouts),
    )


def _flag_sets(lens: Lens) -> Iterator[tuple[Column, Column]]:
    """Each library with flags, after its base."""
    for column in lens.study.columns:
        factors = column.build.factors if column.build else None
        if factors is None:
            continue
        for base in lens.study.columns:
            if base.source == column.source and base.label == factors.base:
                yield base, column


def _is_profile(column: Column) -> bool:
    return bool(column.build and column.build.factors and column.build.factors.label == PGO)


def _layout_count(lens: Lens, base: Column, column: Column) -> int:
    """How many layouts both libraries have, the one that was built first included; 0 if they have no further ones."""
    further = min(len(lens.study.layouts_of(each)) for each in (base, column))
    return further + 1 if further else 0


def _units(lens: Lens, candidate: Competitor, reference: Competitor) -> Units:
    """Log ratios by process, or by layout if both have several."""
    if not _layout_count(lens, reference.column, candidate.column):
        return mean_logs(lens, candidate, reference)
    units = {}
    families = (
        (each.column, *lens.study.layouts_of(each.column)) for each in (candidate, reference)
    )
    for number, (own, other) in enumerate(zip(*families)):
        logs = mean_logs(
            lens, Competitor(own, candidate.backend), Competitor(other, reference.backend)
        )
        if logs:
            units[number] = math.fsum(logs.values()) / len(logs)
    return units


def _estimate(units: Units, level: float) -> Estimate:
    return interval_of_logs(list(units.values()), len(units), level)


def _difference(units: Units, others: Units) -> Units:
    """What one log ratio has more than another, over the units that have both."""
    return {unit: units[unit] - others[unit] for unit in units if unit in others}


def _effect_units(lens: Lens, base: Column, column: Column, backend: str) -> Units:
    return _units(lens, Competitor(column, backend), Competitor(base, backend))


def _same_code(base: Column, column: Column, backend: str) -> bool:
    return is_one_code(each.code_hash(backend) for each in (base, column))


def _pairs(lens: Lens, base: Column, column: Column) -> list[tuple[str, str]]:
    """The backends whose effects are compared with one another: those that the flags change at all."""
    have = [
        backend
        for backend in (SUBJECT, *OTHERS)
        if lens.study.measured(base, backend) and lens.study.measured(column, backend)
    ]
    return [
        (have[0], other)
        for other in have[1:]
        if not (_same_code(base, column, have[0]) and _same_code(base, column, other))
    ]


def _questions(lens: Lens, base: Column, column: Column) -> int:
    changed = sum(
        lens.study.measured(base, backend)
        and lens.study.measured(column, backend)
        and not _same_code(base, column, backend)
        for backend in lens.study.backends
    )
    return changed + len(_pairs(lens, base, column))


def _interaction(
    lens: Lens, base: Column, column: Column, pair: tuple[str, str], estimate: Any
) -> Interaction | None:
    units = _difference(*(_effect_units(lens, base, column, backend) for backend in pair))
    return Interaction(*pair, estimate(units)) if units else None


def _effects(lens: Lens, base: Column, column: Column, estimate: Any) -> FlagSetEffects:
    effects, missing = {}, {}
    for backend in lens.study.backends:
        if not lens.study.measured(base, backend):
            continue
        units = _effect_units(lens, base, column, backend)
        if units:
            effects[backend] = Effect(estimate(units), _same_code(base, column, backend))
        else:
            missing[backend] = column.unavailable.get(
                backend, lens.study.mean_absence(column, backend)
            )
    interactions = (
        _interaction(lens, base, column, pair, estimate) for pair in _pairs(lens, base, column)
    )
    factors = column.build.factors if column.build else None
    return FlagSetEffects(
        factors.label if factors else column.label,
        factors.flags if factors else column.flags,
        effects,
        tuple(each for each in interactions if each),
        missing,
    )


def _bought(lens: Lens, base: Column, column: Column, estimate: Any) -> BoughtByProfile | None:
    tail, switch = Competitor(base, SUBJECT), Competitor(base, SWITCH)
    profiled = Competitor(column, SWITCH)
    units = [
        _units(lens, tail, switch),
        _units(lens, profiled, switch),
        _units(lens, tail, profiled),
    ]
    gain = _interaction(lens, base, column, (SUBJECT, SWITCH), estimate)
    if not all(units) or gain is None:
        return None
    tail_call, profile, against = map(estimate, units)
    return BoughtByProfile(tail_call, profile, against, gain)


def _facts(lens: Lens, base: Column) -> Mapping[str, Any]:
    """What tools/flags adds to its results."""
    for source in lens.study.sources:
        if source.path == base.source:
            found: Mapping[str, Any] = source.dispatchbench.get("flags") or {}
            return found
    return {}


def _refused(lens: Lens, base: Column) -> dict[str, str]:
    return {
        str(each["label"]): str(each["reason"])
        for each in _facts(lens, base).get("missing", ())
        if each["compiler"] == base.label
    }


def training_workloads(lens: Lens, compiler: CompilerEffects) -> tuple[str, ...]:
    """What profiles were trained with, none of which was measured; empty without a profile, or if unknown."""
    if compiler.find(PGO) is None:
        return ()
    return tuple(_facts(lens, compiler.base).get("training", ()))
