"""The conclusions in sentences: titles of charts and the summary of the page."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import baseline_notes, refusal_notes, state_notes
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.phrases import counted, distinct, listed, listed_briefly
from dispatchbench_reports.row_names import pair_name
from dispatchbench_reports.study import Clock, Column, Study
from dispatchbench_reports.wording import ratio_text, ratio_with_interval, time_text

MOST_ROWS_NAMED = 6


def ranking(lens: Lens, column: Column) -> list[tuple[str, Estimate]]:
    """Backends of one column with their geometric means, fastest first, without the baseline itself."""
    found = [
        (backend, mean)
        for backend in lens.compared(column)
        if (mean := estimates.geometric_mean(lens, column, backend)) is not None
    ]
    return sorted(found, key=lambda entry: entry[1].value)


def _range_text(values: list[float]) -> str:
    low, high = ratio_text(min(values)), ratio_text(max(values))
    return low if low == high else f"{low} to {high}"


@dataclass(frozen=True)
class Lead:
    """The fastest backend of one column, and whoever a paired comparison can't distinguish from it."""

    names: tuple[str, ...]
    value: float
    """geometric mean of the first, relative to the baseline"""
    resolved: bool
    """whether there are intervals at all"""
    beats_baseline: bool
    """False if the column's own baseline is among the fastest"""


def lead(lens: Lens, column: Column) -> Lead | None:
    """The fastest of a column, its own baseline included; None if nothing can be compared."""
    found = ranking(lens, column)
    if not found:
        return None
    values = {name: estimate.value for name, estimate in found}
    own_baseline = lens.baseline.backend
    if lens.is_reference(column, own_baseline):
        values[own_baseline] = 1.0
    else:
        own_baseline = ""
    first = min(values, key=lambda name: values[name])
    if all(estimate.low is None for _, estimate in found):
        return Lead((first,), values[first], False, first != own_baseline)
    against_first = lens.relative_to(first)
    tied = [
        name
        for name in sorted(values, key=lambda name: values[name])
        if name != first
        and (pair := estimates.geometric_mean(against_first, column, name)) is not None
        and not pair.resolved_from(1)
    ]
    names = (first, *tied)
    return Lead(names, values[first], True, own_baseline not in names)


def ratio_finding(lens: Lens) -> str:
    """The title of the ratio chart: the fastest backend, or that nothing beats the baseline."""
    study, baseline = lens.study, lens.baseline
    leads = [(column, found) for column in lens.columns if (found := lead(lens, column))]
    over = (
        f"geometric mean over {counted(len(study.workloads), 'workload')}"
        if len(study.workloads) > 1
        else f"on {study.workloads[0]}"
    )
    if not leads:
        return f"Nothing to compare with {baseline}"
    if not all(found.resolved for _, found in leads):
        over += "; one process, so no interval"
    if len({frozenset(found.names) for _, found in leads}) == 1:
        return _one_finding(lens, leads, over)
    parts = _finding_by_winner(leads) if len(leads) > 2 else _finding_by_column(lens, leads)
    own = baseline.label is None and not any(lens.borrows(column) for column, _ in leads)
    same_build = " of the same build" if own else ""
    return f"Fastest relative to {baseline}{same_build}: {listed(parts)}; {over}"


def _one_finding(lens: Lens, leads: list[tuple[Column, Lead]], over: str) -> str:
    """The title if the same backends lead in every column."""
    names = leads[0][1].names
    baselines = distinct(lens.baseline_name(column) for column, _ in leads)
    baseline = baselines[0] if len(baselines) == 1 else str(lens.baseline)
    share = f"{_range_text([found.value for _, found in leads])} of {baseline}’s time ({over})"
    if not any(found.beats_baseline for _, found in leads):
        if len(names) == 1:
            return f"Nothing beats {baseline} ({over})"
        return f"{listed(names)} can’t be distinguished ({over})"
    if len(names) == 1:
        return f"{names[0]} is fastest: {share}"
    return f"{listed(names)} are fastest and can’t be distinguished: {share}"


def _finding_by_winner(leads: list[tuple[Column, Lead]]) -> list[str]:
    by_winner: dict[str, list[float]] = {}
    for _, found in leads:
        name = " or ".join(found.names) if found.beats_baseline else "nothing"
        by_winner.setdefault(name, []).append(found.value)
    return [
        f"{name} in {len(values)} of {len(leads)} builds"
        + ("" if name == "nothing" else f" ({_range_text(values)})")
        for name, values in sorted(by_winner.items(), key=lambda item: -len(item[1]))
    ]


def _finding_by_column(lens: Lens, leads: list[tuple[Column, Lead]]) -> list[str]:
    parts = []
    for column, found in leads:
        several = len(lens.study.machines) > 1
        title = lens.study.column_title(column) if several else column.compiler or column.label
        if not found.beats_baseline:
            parts.append(f"nothing with {title}")
            continue
        of = f" of {lens.baseline_name(column)}" if lens.borrows(column) else ""
        names = " or ".join(found.names)
        parts.append(f"{names} with {title} ({ratio_text(found.value)}{of})")
    return parts


def _column_sentences(lens: Lens, column: Column) -> list[str]:
    found = ranking(lens, column)
    title = lens.study.column_title(column)
    baseline = lens.baseline_name(column)
    if not found:
        return [f"{title}: nothing to compare with {baseline}."]
    resolved = [(name, estimate) for name, estimate in found if estimate.resolved_from(1)]
    faster = [(name, ratio_with_interval(e)) for name, e in resolved if e.value < 1]
    slower = [f"{name} {ratio_with_interval(e)}" for name, e in resolved if e.value >= 1]
    unresolved = [name for name, estimate in found if not estimate.resolved_from(1)]
    sentences = []
    if faster:
        (name, share), *others = faster
        then = f", then {listed([f'{name} {share}' for name, share in others])}" if others else ""
        sentences.append(f"{title}: {name} takes {share} of {baseline}’s time{then}.")
    if slower:
        sentences.append(f"{title}: slower than {baseline}: {listed(slower)}.")
    if unresolved and all(estimate.low is None for _, estimate in found):
        values = listed([f"{name} {ratio_text(estimate.value)}" for name, estimate in found])
        sentences.append(
            f"{title}: one process gives no interval, so nothing is resolved; {values} of {baseline}’s time."
        )
    elif unresolved:
        sentences.append(
            f"{title}: not distinguished from {baseline} on average: {listed(unresolved)}."
        )
    return [*sentences, *_tie_sentences(lens, column)]


def _tie_sentences(lens: Lens, column: Column) -> list[str]:
    found = lead(lens, column)
    if found is None or len(found.names) < 2:
        return []
    first = found.names[0]
    pairs = [
        f"{name} takes {ratio_with_interval(pair)} of {first}’s time"
        for name in found.names[1:]
        if (pair := estimates.geometric_mean(lens.relative_to(first), column, name)) is not None
    ]
    title = lens.study.column_title(column)
    return [f"{title}: not resolved: {listed(pairs)} (more processes narrow it)."]


def _row_sentences(lens: Lens, column: Column) -> list[str]:
    """The rows whose effect is unresolved, and those whose effect is smaller than that of layout."""
    unresolved, within_layouts = [], []
    for workload in lens.study.workloads:
        for backend in lens.compared(column):
            found = estimates.ratio(lens, column, workload, backend)
            if found is not None and found.low is not None and not found.resolved_from(1):
                unresolved.append(pair_name(workload, backend))
            if estimates.within_layout_spread(lens, column, workload, backend):
                within_layouts.append(pair_name(workload, backend))
    title = lens.study.column_title(column)
    return [
        f"{title}: {text}: {listed_briefly(names, MOST_ROWS_NAMED)}."
        for text, names in (
            ("single rows whose interval includes 1", unresolved),
            ("smaller than the effect of code layout alone", within_layouts),
        )
        if names
    ]


def _audit_sentences(study: Study, column: Column) -> list[str]:
    title = study.column_title(column)
    wrong, merged, unaudited = [], [], []
    for backend in study.backends:
        audit, described = column.audit(backend), column.backends.get(backend)
        if audit is None:
            if study.measured(column, backend):
                unaudited.append(backend)
        elif not audit.as_expected:
            wrong.append(f"{backend} ({audit.label}, expected {audit.expected_text})")
        elif described is not None and described.merged_by_compiler:
            sites = audit.indirect_jump_sites
            merged.append(backend + (f", {counted(sites, 'jump')}" if sites else ""))
    sentences = []
    if wrong:
        sentences.append(f"{title}: not what it says it is: {listed(wrong)}.")
    if merged:
        sentences.append(f"{title}: merged by the compiler: {listed(merged)}.")
    if unaudited and not column.foreign:
        sentences.append(f"{title}: machine code not audited: {listed(unaudited)}.")
    return sentences


def _absolute_sentences(study: Study, clock: Clock) -> list[str]:
    """For each machine the shortest time of all, among the competitors that have every workload."""
    sentences = []
    for machine in study.machines:
        means: dict[str, float] = {}
        for column in study.columns:
            if column.machine.fingerprint != machine.fingerprint:
                continue
            for backend in study.backends:
                medians = [
                    estimates.median(found.values())
                    for workload in study.workloads
                    if (found := estimates.process_medians(study, clock, column, workload, backend))
                ]
                if len(medians) == len(study.workloads):
                    logs = math.fsum(math.log(value) for value in medians)
                    means[f"{backend} with {study.column_title(column)}"] = math.exp(
                        logs / len(medians)
                    )
        if len(means) >= 2:
            fastest = min(means, key=lambda name: means[name])
            sentences.append(
                f"Shortest time of all: {fastest}, {time_text(means[fastest])} {study.unit} "
                f"(geometric mean over {counted(len(study.workloads), 'workload')})."
            )
    return sentences


def summary(lens: Lens) -> list[str]:
    """The page's summary: the fastest, by how much, what is unresolved, which backend isn't what it says."""
    study = lens.study
    sentences = _absolute_sentences(study, lens.clock)
    sentences += [f"{note}." for note in state_notes(study)]
    sentences += [f"{note}." for note in baseline_notes(lens)]
    for column in study.columns:
        if lens.reference(column) is not None:
            sentences += _column_sentences(lens, column)
            sentences += _row_sentences(lens, column)
        sentences += _audit_sentences(study, column)
    sentences += [f"{note}." for note in refusal_notes(study)]
    for failure in study.failures:
        sentences.append(f"Failed: {failure.row} ({failure.reason.rstrip('.')}).")
    return sentences
