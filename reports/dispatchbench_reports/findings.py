"""What the numbers say, in sentences: titles of charts and the summary of the page."""

from __future__ import annotations

from dispatchbench_reports import estimates
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.results import Clock, Column, Study
from dispatchbench_reports.wording import (
    audit_note,
    counted,
    listed,
    ratio_text,
    ratio_with_interval,
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


def ratio_finding(study: Study, baseline: str, clock: Clock = "cpu") -> str:
    """The title of the ratio chart: the fastest backend, or that nothing beats the baseline."""
    rankings = [
        (column, found)
        for column in study.columns
        if (found := ranking(study, column, baseline, clock))
    ]
    over = f"geometric mean over {counted(len(study.workloads), 'workload')}"
    if not rankings:
        return f"Nothing to compare with {baseline}"
    winners = {found[0][0] for _, found in rankings}
    best = [found[0][1] for _, found in rankings]
    if len(winners) == 1:
        winner = next(iter(winners))
        if all(estimate.value < 1 and estimate.resolved_from(1) for estimate in best):
            return (
                f"{winner} is fastest: {_range_text([estimate.value for estimate in best])} "
                f"of {baseline}’s time ({over})"
            )
        if all(estimate.low is None for estimate in best):
            return (
                f"{winner} took {_range_text([estimate.value for estimate in best])} of {baseline}’s time "
                f"({over}; one process, so no interval)"
            )
        if all(estimate.value > 1 and estimate.resolved_from(1) for estimate in best):
            return f"Nothing beats {baseline}; {winner} comes closest at {_range_text([e.value for e in best])} ({over})"
        return f"{winner} and {baseline} can’t be told apart everywhere ({over})"
    parts = [
        f"{found[0][0]} with {column.compiler or column.label} ({ratio_text(found[0][1].value)})"
        for column, found in rankings
    ]
    if len(parts) > 3:
        parts = parts[:3] + ["others"]
    return f"Fastest, as shares of {baseline}’s time: {listed(parts)}; {over}"


def _column_sentences(study: Study, column: Column, baseline: str) -> list[str]:
    found = ranking(study, column, baseline)
    title = study.column_title(column)
    if not found:
        return [f"{title}: nothing to compare with {baseline}."]
    resolved = [(name, estimate) for name, estimate in found if estimate.resolved_from(1)]
    faster = [f"{name} {ratio_with_interval(e)}" for name, e in resolved if e.value < 1]
    slower = [f"{name} {ratio_with_interval(e)}" for name, e in resolved if e.value >= 1]
    unresolved = [name for name, estimate in found if not estimate.resolved_from(1)]
    sentences = []
    if faster:
        sentences.append(
            f"{title}: faster than {baseline}, with the time each takes of it: {listed(faster)}."
        )
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
    if len(found) >= 2:
        (first, best), (second, next_best) = found[:2]
        if best.high is not None and next_best.low is not None and best.high >= next_best.low:
            sentences.append(
                f"{title}: the intervals of {first} and {second} overlap: no winner between them."
            )
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
        f"{backend} ({audit.label})"
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


def summary(study: Study, baseline: str) -> list[str]:
    """The page's summary: who wins, by how much, where it isn't resolved, which backend isn't what it says."""
    sentences = []
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
