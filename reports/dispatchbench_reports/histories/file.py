"""Adds runs to a history file: one JSON line per benchmark and run."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Mapping, Sequence

from dispatchbench_reports.histories.entry import SCHEMA_VERSION, Entry, Origin
from dispatchbench_reports.histories.lines import check_date, identity, parsed, text_of
from dispatchbench_reports.output import write_all
from dispatchbench_reports.phrases import counted
from dispatchbench_reports.probe import State
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.revisions import short_revision
from dispatchbench_reports.study import Column, Study
from dispatchbench_reports.visible_text import visible

LONGEST_REASON = 300


def entries_of(study: Study, origins: Mapping[str, Origin]) -> list[Entry]:
    """The lines that a study adds; layout variants are left out.

    origins: by the name of the source.
    """
    from dispatchbench_reports import estimates  # Takes a second to load.

    times = estimates.times(study)
    columns = {column.key: column for column in study.columns}
    unsettled = {
        source.path
        for source in study.sources
        if source.probe is not None and source.probe.state is State.UNSETTLED
    }
    failures = {
        (failure.source, failure.library, failure.workload, failure.backend): failure.reason
        for failure in study.failures
    }

    def entry(
        column: Column, workload: str, backend: str, time: estimates.Estimate | None
    ) -> Entry:
        origin = origins.get(column.source, Origin())
        reason = failures.pop((column.source, column.label, workload, backend), "")
        return Entry(
            schema=SCHEMA_VERSION,
            date=column.date,
            git_revision=visible(column.git_revision),
            fingerprint=visible(column.machine.fingerprint),
            cpu_model=visible(column.machine.cpu_model),
            compiler=visible(column.compiler_text),
            flags=visible(column.flags),
            library=visible(column.label),
            workload=visible(workload),
            backend=visible(backend),
            ns_per_vm_instruction=None if time is None else time.value,
            low=None if time is None else time.low,
            high=None if time is None else time.high,
            processes=0 if time is None else time.processes,
            samples=0 if time is None else time.samples,
            branch=visible(origin.branch),
            commit=origin.commit,
            unsettled=column.source in unsettled,
            failure=visible(reason[:LONGEST_REASON]),
        )

    found = [
        entry(columns[key[0]], key[1], key[2], times[key])
        for key in study.series
        if key[0] in columns
    ]
    for source, library, workload, backend in list(failures):
        for column in study.columns:
            if column.source == source and column.label == library:
                found.append(entry(column, workload, backend, None))
    return found


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Two additions at once wait for each other, so that neither loses its lines."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def add(path: str, study: Study, origins: Mapping[str, Origin] | None = None) -> list[Entry]:
    """Appends all of the study's benchmarks or none; returns them. A run that is there already is refused.

    What would be written is read back first: a history never holds what can't be read.
    """
    for source in study.sources:
        if source.foreign:
            raise Problem(
                source.path,
                "context.dispatchbench",
                "is missing: not a dispatchbench run",
                "A history takes results that `dispatchbench run` wrote",
            )
        check_date(source.path, "context.date", source.date)
    if not path:
        raise Problem("HISTORY.jsonl", "", "is empty, expected the name of a file", "Give one")
    file = Path(path)
    if not file.parent.is_dir():
        raise Problem(path, "", "its folder does not exist", "Make it first")
    if file.exists() and not file.is_file():
        raise Problem(
            path,
            "",
            "is a folder, a device or a pipe, expected a file",
            "Give the history's file, or a new name",
        )
    with _alone_in(file.parent):
        existing = text_of(path) if file.exists() else ""
        known = {identity(entry) for entry in parsed(path, existing)}
        new = entries_of(study, origins or {})
        for entry in new:
            if identity(entry) in known:
                revision = short_revision(entry.git_revision) or "unknown"
                raise Problem(
                    study.sources[0].path,
                    "context.date",
                    f"the run of {entry.date} (revision {revision}) is in {path} already",
                    "Add each run once",
                )
        text = existing if not existing or existing.endswith("\n") else existing + "\n"
        text += "".join(f"{_line(entry)}\n" for entry in new)
        if parsed(path, text)[-len(new) :] != new:
            raise Problem(path, "", "would not hold what was added", "Please report this")
        write_all({file: text.encode()})
    return new


def _line(entry: Entry) -> str:
    values = {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
    return json.dumps(values, ensure_ascii=True, allow_nan=False)


def added_text(path: str, new: Sequence[Entry]) -> str:
    """What `history add` says."""
    branches = sorted({entry.branch for entry in new})
    failed = sum(entry.ns_per_vm_instruction is None for entry in new)
    text = f"{path}: {counted(len(new), 'benchmark')} added"
    if branches != [""]:
        text += f", branch {', '.join(branch or 'unknown' for branch in branches)}"
    if failed:
        text += f"; {failed} of them failed"
    if any(entry.unsettled for entry in new):
        text += "; the machine was unsettled"
    return text
