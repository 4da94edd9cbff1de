"""The page's summary: who is fastest, by how much, what is unresolved, and which backend isn't what it says."""

from __future__ import annotations

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import (
    baseline_notes,
    failure_notes,
    incomplete_means,
    refusal_notes,
    state_notes,
)
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.findings import lead
from dispatchbench_reports.charts.matrix import matrix_lens
from dispatchbench_reports.leading import complete, leaders
from dispatchbench_reports.lens import Competitor, Lens
from dispatchbench_reports.matrix_findings import speed_finding, technique_finding
from dispatchbench_reports.phrases import all_builds, capitalised, counted, listed, listed_briefly
from dispatchbench_reports.row_names import pair_name
from dispatchbench_reports.study import Column, Source, Study
from dispatchbench_reports.wording import ratio_text, ratio_with_interval, time_text

MOST_ROWS_NAMED = 6
MOST_TIES_NAMED = 4
MOST_BUILDS_IN_SENTENCES = 6
"""Of more builds the tables show the ratios, and the summary only what is unresolved."""


def _column_sentences(lens: Lens, column: Column) -> list[str]:
    """How each backend of a column stands to the baseline, and who leads."""
    title = lens.study.column_title(column)
    baseline = lens.baseline_name(column)
    reference = lens.reference(column)
    own = [Competitor(column, backend) for backend in lens.compared(column)]
    ranked = complete(lens, own if reference is None else [*own, reference])
    found: list[tuple[str, Estimate]] = sorted(
        (
            (backend, mean)
            for backend in lens.compared(column)
            if Competitor(column, backend) in ranked
            and (mean := estimates.geometric_mean(lens, column, backend)) is not None
        ),
        key=lambda entry: entry[1].value,
    )
    notes = [
        f"{title}: {note}{'' if Competitor(column, backend) in ranked else ', so it isn’t ranked'}."
        for backend, note in incomplete_means(lens, column).items()
    ]
    if not found:
        return [*notes, f"{title}: nothing to compare with {baseline}."]
    if all(estimate.low is None for _, estimate in found):
        values = listed([f"{name} {ratio_text(estimate.value)}" for name, estimate in found])
        return [
            f"{title}: one process gives no interval, so nothing is resolved; {values} of {baseline}’s time.",
            *notes,
        ]
    resolved = [(name, estimate) for name, estimate in found if estimate.resolved_from(1)]
    faster = [f"{name} {ratio_with_interval(e)}" for name, e in resolved if e.value < 1]
    slower = [f"{name} {ratio_with_interval(e)}" for name, e in resolved if e.value >= 1]
    unresolved = [f"{name} {ratio_with_interval(e)}" for name, e in found if not e.resolved_from(1)]
    sentences = []
    if len(lens.columns) > MOST_BUILDS_IN_SENTENCES:
        faster = slower = []
    if faster:
        sentences.append(f"{title}: faster than {baseline}: {listed(faster)} of its time.")
    if unresolved:
        sentences.append(f"{title}: not distinguished from {baseline}: {listed(unresolved)}.")
    if slower:
        sentences.append(f"{title}: slower than {baseline}: {listed(slower)}.")
    return [*sentences, *_tie_sentences(lens, column), *notes]


def _tie_sentences(lens: Lens, column: Column) -> list[str]:
    each = lead(lens, column)
    if each is None or not each.found.tied:
        return []
    pairs = [
        f"{each.names[0]} takes {ratio_with_interval(ratio)} of {each.name(other)}’s time"
        for other, ratio in each.found.tied
    ]
    title = lens.study.column_title(column)
    return [
        f"{title}: which is fastest is not resolved: {listed(pairs)} (more processes narrow it)."
    ]


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
            (f"single rows not distinguished from {lens.baseline_name(column)}", unresolved),
            ("smaller than the effect of code layout alone", within_layouts),
        )
        if names
    ]


def _audit_sentences(study: Study) -> list[str]:
    """What the machine code of backends is that their names don't say, and what was not audited."""
    wrong: dict[str, list[Column]] = {}
    merged: dict[str, list[Column]] = {}
    unaudited: dict[str, list[Column]] = {}
    for column in study.columns:
        for backend in study.backends:
            audit, described = column.audit(backend), column.backends.get(backend)
            if audit is None:
                if study.measured(column, backend) and not column.foreign:
                    unaudited.setdefault(backend, []).append(column)
            elif not audit.as_expected:
                text = f"{backend} ({audit.label}, expected {audit.expected_text})"
                wrong.setdefault(text, []).append(column)
            elif described is not None and described.merged_by_compiler:
                sites = audit.indirect_jump_sites
                text = backend + (f" (to {counted(sites, 'jump')})" if sites else "")
                merged.setdefault(text, []).append(column)
    return [
        f"{start}: {'; '.join(f'{text} {_where(study, columns)}' for text, columns in found.items())}."
        for start, found in (
            ("Not what it says it is", wrong),
            ("Merged by the compiler", merged),
            ("Machine code not audited", unaudited),
        )
        if found
    ]


def _where(study: Study, columns: list[Column]) -> str:
    """In which builds: all of them, or their names."""
    if len(columns) == len(study.columns) > 1:
        return f"in {all_builds(len(columns))}"
    return f"with {listed_briefly([study.column_title(column) for column in columns], MOST_TIES_NAMED)}"


def _across_sentences(lens: Lens) -> list[str]:
    """For each run with several builds: which backend of which build is fastest."""
    return [
        sentence
        for source in lens.study.sources
        if (sentence := _across_sentence(lens, source)) is not None
    ]


def _across_sentence(lens: Lens, source: Source) -> str | None:
    study = lens.study
    columns = [column for column in study.columns if column.source == source.path]
    competitors = [
        Competitor(column, backend)
        for column in columns
        for backend in study.backends
        if study.measured(column, backend)
    ]
    found = leaders(lens, competitors) if len(columns) > 1 else None
    if found is None:
        return None

    def name(competitor: Competitor) -> str:
        copies = len(found.copies[competitor]) if found is not None else 1
        title = f"{competitor.backend} with {study.column_title(competitor.column)}"
        return title if copies == 1 else f"{title} (one of {copies} with this code)"

    builds = capitalised(all_builds(len(columns)))
    if len(study.sources) > 1:
        builds += f" of {source.path}"
    time = f"{time_text(_mean_time(lens, found.first))} {study.unit}"
    if not found.resolved:
        return f"{builds}: {name(found.first)} took the least time, {time}, in a single process: nothing is resolved."
    owners = {copy.column.key for copy in found.copies[found.first]}
    if found.alone and len(owners) > 1:
        return f"{builds}: {found.first.backend}, the same machine code in {len(owners)} of them, is fastest, {time}."
    if found.alone:
        return f"{builds}: {name(found.first)} is fastest, {time}."
    pairs = [f"{ratio_with_interval(ratio)} of {name(other)}’s time" for other, ratio in found.tied]
    return (
        f"{builds}: which is fastest is not resolved: {name(found.first)} ({time}) takes "
        f"{listed_briefly(pairs, MOST_TIES_NAMED)}."
    )


def _mean_time(lens: Lens, competitor: Competitor) -> float:
    """The geometric mean of a competitor's times over its workloads."""
    study, column, backend = lens.study, competitor.column, competitor.backend
    times = estimates.times(study, lens.clock)
    return estimates.geometric(
        times[column.key, workload, backend].value
        for workload in study.workloads
        if study.find(column, workload, backend) is not None
    )


def _row_counts(lens: Lens) -> list[str]:
    """In how many single rows of each of many builds nothing is resolved: the tables name them."""
    counts = []
    for column in lens.columns:
        rows = [
            found
            for workload in lens.study.workloads
            for backend in lens.compared(column)
            if (found := estimates.ratio(lens, column, workload, backend)) is not None
            and found.low is not None
        ]
        unresolved = sum(not found.resolved_from(1) for found in rows)
        if unresolved:
            counts.append(f"{unresolved} of {len(rows)} with {lens.study.column_title(column)}")
    if not counts:
        return []
    names = listed_briefly(counts, MOST_ROWS_NAMED)
    return [f"Single rows not distinguished from {lens.baseline}: {names}."]


def _matrix_sentences(lens: Lens) -> list[str]:
    """What the matrix of compilers and backends shows, where all libraries share a baseline."""
    seen = matrix_lens(lens)
    if len(lens.columns) < 3 or not seen.one_baseline:
        return []
    found = [technique_finding(seen), *speed_finding(seen, framed=False).split("\n")]
    relative = f" (time relative to {seen.baseline})"
    return [
        f"{text.rstrip('.')}{relative if number == len(found) - 1 else ''}."
        for number, text in enumerate(found)
        if text
    ]


def summary(lens: Lens) -> list[str]:
    """The page's summary, the most important first: the fastest, by how much, what compilers differ in, which backend
    isn't what it says, what is unresolved."""
    study = lens.study
    columns = [column for column in study.columns if lens.reference(column) is not None]
    many = len(columns) > MOST_BUILDS_IN_SENTENCES
    by_column = [_column_sentences(lens, column) for column in columns]
    rows = [_row_sentences(lens, column) for column in columns]
    details = [*(sentence for pair in zip(by_column, rows) for part in pair for sentence in part)]
    if many:
        details = [*(sentence for part in by_column for sentence in part), *_row_counts(lens)]
    beside = [
        *_audit_sentences(study),
        *(f"{note}." for note in refusal_notes(study)),
        *(f"{note}." for note in failure_notes(study)),
    ]
    return [
        *_across_sentences(lens),
        *_matrix_sentences(lens),
        *(f"{note}." for note in state_notes(study)),
        *(f"{note}." for note in baseline_notes(lens)),
        *((*beside, *details) if many else (*details, *beside)),
    ]
