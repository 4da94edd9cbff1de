"""What the numbers say, in sentences: titles of charts and the summary of the page."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dispatchbench_reports import estimates
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.results import Clock, Column, Study
from dispatchbench_reports.wording import (
    audit_note,
    counted,
    listed,
    ratio_text,
    ratio_with_interval,
    time_text,
)


def ranking(
    study: Study, column: Column, baseline: str, clock: Clock = "cpu"
) -> list[tuple[str, Estimate]]:
    """Backends of one column with their geometric means to the baseline, fastest first."""
    found = [
        (backend, mean)
        for backend in study.backends
        if backend != baseline
        and (mean := estimates.geometric_mean(study, column, backend, baseline, clock)) is not None
    ]
    return sorted(found, key=lambda entry: entry[1].value)


def _range_text(values: list[float]) -> str:
    low, high = ratio_text(min(values)), ratio_text(max(values))
    return low if low == high else f"{low} to {high}"


@dataclass(frozen=True)
class Lead:
    """Who is fastest in one column: the first, and whoever a paired comparison can't tell from it."""

    names: tuple[str, ...]
    value: float
    """geometric mean of the first to the baseline"""
    resolved: bool
    """whether there are intervals at all"""


def lead(study: Study, column: Column, baseline: str, clock: Clock = "cpu") -> Lead | None:
    """The fastest of a column, the baseline included; None when nothing can be compared."""
    found = ranking(study, column, baseline, clock)
    if not found:
        return None
    values = {name: estimate.value for name, estimate in found}
    values[baseline] = 1.0
    first = min(values, key=lambda name: values[name])
    if all(estimate.low is None for _, estimate in found):
        return Lead((first,), values[first], False)
    tied = [
        name
        for name in sorted(values, key=lambda name: values[name])
        if name != first
        and (pair := estimates.geometric_mean(study, column, name, first, clock)) is not None
        and not pair.resolved_from(1)
    ]
    return Lead((first, *tied), values[first], True)


def ratio_finding(study: Study, baseline: str, clock: Clock = "cpu") -> str:
    """The title of the ratio chart: the fastest backend, or that nothing beats the baseline."""
    leads = [
        (column, found)
        for column in study.columns
        if (found := lead(study, column, baseline, clock))
    ]
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
        names = leads[0][1].names
        share = f"{_range_text([found.value for _, found in leads])} of {baseline}’s time ({over})"
        if names == (baseline,):
            return f"Nothing beats {baseline} ({over})"
        if len(names) == 1:
            return f"{names[0]} is fastest: {share}"
        if baseline in names:
            return f"{listed(names)} can’t be told apart ({over})"
        return f"{listed(names)} are fastest and can’t be told apart: {share}"
    if len(leads) > 2:
        by_winner: dict[str, list[float]] = {}
        for _, found in leads:
            name = "nothing" if baseline in found.names else " or ".join(found.names)
            by_winner.setdefault(name, []).append(found.value)
        parts = [
            f"{name} in {len(values)} of {len(leads)} builds"
            + ("" if name == "nothing" else f" ({_range_text(values)})")
            for name, values in sorted(by_winner.items(), key=lambda item: -len(item[1]))
        ]
    else:
        parts = []
        for column, found in leads:
            several = len(study.machines) > 1
            where = (
                f"with {study.column_title(column) if several else column.compiler or column.label}"
            )
            if baseline in found.names:
                parts.append(f"nothing {where}")
            else:
                parts.append(f"{' or '.join(found.names)} {where} ({ratio_text(found.value)})")
    return f"Fastest relative to {baseline} of the same build: {listed(parts)}; {over}"


def _column_sentences(study: Study, column: Column, baseline: str) -> list[str]:
    found = ranking(study, column, baseline)
    title = study.column_title(column)
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
    if unresolved:
        if all(estimate.low is None for _, estimate in found):
            sentences.append(
                f"{title}: one process gives no interval, so nothing is resolved; "
                + listed([f"{name} {ratio_text(estimate.value)}" for name, estimate in found])
                + f" of {baseline}’s time."
            )
        else:
            sentences.append(
                f"{title}: not told apart from {baseline} on average: {listed(unresolved)}."
            )
    found_lead = lead(study, column, baseline)
    if found_lead is not None and len(found_lead.names) > 1:
        first = found_lead.names[0]
        pairs = [
            f"{name} takes {ratio_with_interval(pair)} of {first}’s time"
            for name in found_lead.names[1:]
            if (pair := estimates.geometric_mean(study, column, name, first)) is not None
        ]
        sentences.append(f"{title}: not resolved: {listed(pairs)} (more processes narrow it).")
    return sentences


def _unresolved_rows(study: Study, column: Column, baseline: str) -> str | None:
    names = [
        f"{workload}/{backend}"
        for workload in study.workloads
        for backend in study.backends
        if backend != baseline
        and (found := estimates.ratio(study, column, workload, backend, baseline)) is not None
        and found.low is not None
        and not found.resolved_from(1)
    ]
    if not names:
        return None
    shown = names if len(names) <= 6 else [*names[:5], f"{len(names) - 5} more"]
    return f"{study.column_title(column)}: single rows whose interval holds 1: {listed(shown)}."


def _within_layouts(study: Study, column: Column, baseline: str) -> str | None:
    names = [
        f"{workload}/{backend}"
        for workload in study.workloads
        for backend in study.backends
        if backend != baseline
        and estimates.within_layout_spread(study, column, workload, backend, baseline)
    ]
    if not names:
        return None
    shown = names if len(names) <= 6 else [*names[:5], f"{len(names) - 5} more"]
    return (
        f"{study.column_title(column)}: smaller than what code layout alone does: {listed(shown)}."
    )


def _audit_sentences(study: Study, column: Column) -> list[str]:
    title = study.column_title(column)
    sentences = []
    wrong = [
        f"{backend} ({audit.label}, expected {audit.expected or 'something else'})"
        for backend in study.backends
        if (audit := column.audit(backend)) is not None and not audit.as_expected
    ]
    if wrong:
        sentences.append(f"{title}: not what it says it is: {listed(wrong)}.")
    merged = [
        backend
        + (f", {counted(audit.indirect_jump_sites, 'jump')}" if audit.indirect_jump_sites else "")
        for backend in study.backends
        if (audit := column.audit(backend)) is not None
        and audit.merged
        and audit.as_expected
        and audit_note(column, backend)
    ]
    if merged:
        sentences.append(f"{title}: merged by the compiler, as declared: {listed(merged)}.")
    unaudited = [
        backend
        for backend in study.backends
        if study.measured(column, backend) and column.audit(backend) is None
    ]
    if unaudited and not column.foreign:
        sentences.append(f"{title}: machine code not audited: {listed(unaudited)}.")
    return sentences


def _absolute_sentences(study: Study) -> list[str]:
    """Per machine the shortest time of all, over the workloads that every contender has."""
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
                    if (found := estimates.process_medians(study, column, workload, backend))
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


def summary(study: Study, baseline: str) -> list[str]:
    """The page's summary: who wins, by how much, where it isn't resolved, which backend isn't what it says."""
    sentences = _absolute_sentences(study)
    for column in study.columns:
        sentences += _column_sentences(study, column, baseline)
        for found in (
            _unresolved_rows(study, column, baseline),
            _within_layouts(study, column, baseline),
        ):
            if found:
                sentences.append(found)
        sentences += _audit_sentences(study, column)
    for failure in study.failures:
        sentences.append(f"Failed: {failure.row} ({failure.reason.rstrip('.')}).")
    return sentences
