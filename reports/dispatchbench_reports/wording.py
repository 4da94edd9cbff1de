"""Numbers and names as text, the same in every chart, table and sentence."""

from __future__ import annotations

from typing import Sequence

from dispatchbench_reports.estimates import Estimate, compared_workloads
from dispatchbench_reports.results import Column, Study


def precise_ratio_text(value: float) -> str:
    """Three decimals, or four digits: what stands beside an interval."""
    return f"{value:.3f}" if value < 10 else f"{value:.2f}" if value < 100 else f"{value:.1f}"


def ratio_text(value: float) -> str:
    """Two decimals, or enough for two digits."""
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.095 else f"{value:.2g}"


def time_text(value: float) -> str:
    """Three decimals for what a VM instruction takes, fewer for longer times, never an exponent."""
    if value >= 1000:
        return f"{value:,.0f}"
    if value >= 100:
        return f"{value:.1f}"
    if value >= 10:
        return f"{value:.2f}"
    return f"{value:.3f}" if value >= 0.01 else f"{value:.6f}"


def ratio_with_interval(estimate: Estimate) -> str:
    value = precise_ratio_text(estimate.value)
    if estimate.low is None or estimate.high is None:
        return f"{value} (no interval)"
    return f"{value} [{precise_ratio_text(estimate.low)}, {precise_ratio_text(estimate.high)}]"


def time_with_interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{time_text(estimate.value)} (no interval)"
    return f"{time_text(estimate.value)} [{time_text(estimate.low)}, {time_text(estimate.high)}]"


def listed(names: Sequence[str]) -> str:
    """a, b and c"""
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def counted(number: int, noun: str) -> str:
    return (
        f"{number} {noun}"
        if number == 1
        else f"{number} {noun}{'es' if noun.endswith('s') else 's'}"
    )


def technique_text(column: Column, backend: str) -> str:
    """What the machine code is, where an audit says so."""
    audit = column.audit(backend)
    return audit.label if audit else "not audited"


def audit_note(column: Column, backend: str) -> str:
    """What a reader has to know of a backend's machine code beside its name; empty when the name says it all."""
    audit = column.audit(backend)
    if audit is None:
        return ""
    notes = []
    if audit.merged and "switch" not in column.backends[backend].technique:
        notes.append("merged")
    if not audit.as_expected:
        notes.append("not as declared")
    return ", ".join(notes)


def backend_title(study: Study, backend: str) -> str:
    """The name, with a mark where the audit found something else than a name promises, and with which compiler."""
    columns = [column for column in study.columns if column.audit(backend) is not None]
    notes: dict[str, list[str]] = {}
    for column in columns:
        if note := audit_note(column, backend):
            notes.setdefault(note, []).append(column.compiler or column.label)
    texts = [
        note if len(names) == len(columns) else f"{note} with {listed(list(dict.fromkeys(names)))}"
        for note, names in notes.items()
    ]
    return f"{backend} ({'; '.join(texts)})" if texts else backend


def provenance(study: Study, columns: Sequence[Column] | None = None) -> str:
    """Machine, compilers, dates and rounds: what a caption carries."""
    shown = columns if columns is not None else study.columns
    sources = [
        source for source in study.sources if any(column.source == source.path for column in shown)
    ]
    machines = listed(list(dict.fromkeys(column.machine.cpu_model for column in shown)))
    compilers = listed(
        list(dict.fromkeys(column.compiler_text for column in shown if column.compiler_text))
    )
    dates = listed(list(dict.fromkeys(source.date[:10] for source in sources if source.date)))
    parts = [machines, compilers, dates]
    if all(source.foreign for source in sources):
        parts.append("one process")
    else:
        rounds = dict.fromkeys(
            f"{counted(source.processes, 'process')} × {counted(source.repetitions, 'repetition')}"
            for source in sources
        )
        parts.append(listed(list(rounds)))
        revisions = dict.fromkeys(
            source.git_revision[:10] for source in sources if source.git_revision
        )
        if revisions:
            parts.append(f"revision {listed(list(revisions))}")
    return "; ".join(part for part in parts if part)


def incomplete_means(study: Study, column: Column, baseline: str) -> list[str]:
    """A note for each backend whose geometric mean leaves out workloads, since they failed or were not measured."""
    notes = []
    for backend in study.backends:
        compared = compared_workloads(study, column, backend, baseline)
        if backend != baseline and 0 < len(compared) < len(study.workloads):
            missing = [workload for workload in study.workloads if workload not in compared]
            shown = missing if len(missing) <= 4 else [*missing[:3], f"{len(missing) - 3} more"]
            notes.append(f"the mean of {backend} leaves out {listed(shown)}")
    return notes
