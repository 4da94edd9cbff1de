"""What readers must know beside the numbers: machine code, provenance, baselines, refusals, incomplete means."""

from __future__ import annotations

from typing import Sequence

from dispatchbench_reports.estimates import compared_workloads
from dispatchbench_reports.left_out import left_out_notes
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.phrases import counted, distinct, listed, listed_briefly
from dispatchbench_reports.probe_notes import probe_notes
from dispatchbench_reports.revisions import is_dirty, short_revision
from dispatchbench_reports.source_notes import source_notes
from dispatchbench_reports.study import Column, Source, Study, column_key


def technique_text(column: Column, backend: str) -> str:
    """What the machine code is, if it was audited."""
    audit = column.audit(backend)
    return audit.label if audit else "not audited"


def audit_note(column: Column, backend: str) -> str:
    """What the machine code does that the reader would not expect from this backend; empty if there is nothing."""
    described = column.backends.get(backend)
    if described is None or described.audit is None:
        return ""
    as_declared = described.audit.as_expected
    notes = []
    if described.merged_by_compiler or (described.audit.merged and not as_declared):
        notes.append("merged")
    if not as_declared:
        notes.append("not as declared")
    return ", ".join(notes)


def backend_title(study: Study, backend: str) -> str:
    """The name, with what its audit found unexpectedly in every column. audit_notes says it of single ones."""
    columns = [column for column in study.columns if column.audit(backend) is not None]
    notes: dict[str, list[str]] = {}
    for column in columns:
        if note := audit_note(column, backend):
            notes.setdefault(note, []).append(column.key)
    texts = [note for note, names in notes.items() if len(names) == len(columns)]
    return f"{backend} ({'; '.join(texts)})" if texts else backend


def audit_notes(study: Study, columns: Sequence[Column] | None = None) -> list[str]:
    """Which backends are not what their names say, and in which columns, where backend_title can't say it of all."""
    found: dict[tuple[str, str], list[str]] = {}
    for column in columns if columns is not None else study.columns:
        for backend in study.backends:
            note = audit_note(column, backend)
            if note and backend_title(study, backend) == backend:
                found.setdefault((backend, note), []).append(study.column_title(column))
    return [
        f"{backend} is {note} with {listed_briefly(titles, 4)}"
        for (backend, note), titles in found.items()
    ]


def provenance(study: Study, columns: Sequence[Column] | None = None) -> str:
    """Machine, compilers, dates and rounds, for captions and notes."""
    shown = columns if columns is not None else study.columns
    sources = [
        source for source in study.sources if any(column.source == source.path for column in shown)
    ]
    parts = [
        listed(distinct(study.machine_label(column.machine) for column in shown)),
        listed(distinct(column.compiler_text for column in shown if column.compiler_text)),
        listed(distinct(source.date[:10] for source in sources if source.date)),
    ]
    if all(source.foreign and source.processes == 1 for source in sources):
        parts.append("one process")
    else:
        rounds = distinct(
            f"{counted(source.processes, 'process')} × {counted(source.repetitions, 'repetition')}"
            for source in sources
        )
        parts.append(listed(rounds))
        revisions = distinct(
            short_revision(source.git_revision)
            + (" (uncommitted changes)" if is_dirty(source.git_revision) else "")
            for source in sources
            if source.git_revision
        )
        if revisions:
            parts.append(f"revision {listed(revisions)}")
    return "; ".join(part for part in parts if part)


def _state_of(source: Source) -> list[str]:
    notes = probe_notes(source.probe)
    if source.dispatchbench.get("interrupted"):
        notes.append("The run was interrupted: it has what was complete by then")
    return notes


def state_notes(study: Study, columns: Sequence[Column] | None = None) -> list[str]:
    """What the probe said of the machine's state while these columns were measured, unless it was quiet, and whether the
    run came to its end."""
    return source_notes(study, columns, _state_of)


def refusal_notes(study: Study, columns: Sequence[Column] | None = None) -> list[str]:
    """A note for each backend and reason: which workloads it refuses and why."""
    keys = {column.key for column in (columns if columns is not None else study.columns)}
    refused: dict[tuple[str, str], list[str]] = {}
    for (key, workload, backend), reason in study.refusals.items():
        if key in keys:
            refused.setdefault((backend, reason.rstrip(".")), []).append(workload)
    return [
        f"{backend} refuses {listed_briefly(distinct(workloads), 4)}: {reason}"
        for (backend, reason), workloads in refused.items()
    ]


def failure_notes(study: Study, columns: Sequence[Column] | None = None) -> list[str]:
    """A note for each backend and reason: what failed and why; of rows that no column has, the row alone."""
    shown = columns if columns is not None else study.columns
    titles = {column.key: study.column_title(column) for column in shown}
    failed: dict[tuple[str, str, str], list[str]] = {}
    others: list[str] = []
    known = {column.key for column in (*study.columns, *study.layouts)}
    for failure in study.failures:
        key = column_key(failure.source, failure.library)
        reason = failure.reason.rstrip(".")
        if key in titles:
            failed.setdefault((titles[key], failure.backend, reason), []).append(failure.workload)
        elif key not in known:
            others.append(f"Failed: {failure.row}: {reason}")
    return [
        *(
            f"{backend} of {title} failed on {listed_briefly(distinct(workloads), 4)}: {reason}"
            for (title, backend, reason), workloads in failed.items()
        ),
        *distinct(others),
    ]


def baseline_notes(lens: Lens, columns: Sequence[Column] | None = None) -> list[str]:
    """Which columns are compared with another library's baseline, and which with nothing."""
    study = lens.study
    shown = columns if columns is not None else study.columns
    notes = []
    for column in shown:
        reference = lens.reference(column)
        if reference is not None and lens.borrows(column):
            notes.append(
                f"{study.column_title(column)} has no {lens.baseline}: "
                f"it is compared with {reference.name} of the same run"
            )
    without = [study.column_title(column) for column in shown if lens.reference(column) is None]
    if without:
        notes.append(
            f"Not compared, since no library of the run has {lens.baseline}: {listed(without)}"
        )
    return notes


def caption(lens: Lens, *sentences: str, columns: Sequence[Column] | None = None) -> str:
    """A chart's caption: provenance, the chart's own sentences, the machine's state, what compilers changed, and what
    was refused or failed."""
    parts = [
        provenance(lens.study, columns),
        *sentences,
        *state_notes(lens.study, columns),
        *left_out_notes(lens.study, columns),
        *audit_notes(lens.study, columns),
        *refusal_notes(lens.study, columns),
        *failure_notes(lens.study, columns),
    ]
    return " ".join(f"{part}." for part in parts if part)


def incomplete_means(lens: Lens, column: Column) -> dict[str, str]:
    """A note for each backend whose geometric mean lacks workloads on which it or the baseline failed, was refused or not
    measured."""
    workloads = lens.study.workloads
    notes = {}
    for backend in lens.compared(column):
        compared = compared_workloads(lens, column, backend)
        if 0 < len(compared) < len(workloads):
            missing = [workload for workload in workloads if workload not in compared]
            notes[backend] = f"the mean of {backend} leaves out {listed_briefly(missing, 4)}"
    return notes
