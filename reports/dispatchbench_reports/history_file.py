"""A history file: one JSON line per benchmark and run, appended after each run."""

from __future__ import annotations

import datetime
import fcntl
import json
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence

from dispatchbench_reports import estimates
from dispatchbench_reports.output import write_all
from dispatchbench_reports.phrases import counted
from dispatchbench_reports.probe import State
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.json_fields import Fields, is_whole
from dispatchbench_reports.revisions import short_revision
from dispatchbench_reports.row_names import row_name
from dispatchbench_reports.study import Column, Study

SCHEMA_VERSION = 2
READABLE_VERSIONS = (1, 2)
TEXTS = (
    "date",
    "git_revision",
    "fingerprint",
    "cpu_model",
    "compiler",
    "flags",
    "library",
    "workload",
    "backend",
)
LONGEST_REASON = 300
CONFLICT_MARKERS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


@dataclass(frozen=True)
class Entry:
    """One line: a benchmark in a run. Lines of schema 1 end with `samples`."""

    schema: int
    date: str
    git_revision: str
    fingerprint: str
    cpu_model: str
    compiler: str
    flags: str
    library: str
    workload: str
    backend: str
    ns_per_vm_instruction: float | None
    """None if the benchmark failed in this run"""
    low: float | None
    high: float | None
    processes: int
    samples: int
    branch: str = ""
    """empty if unknown"""
    commit: int | None = None
    """how many commits the revision's line of first parents has: orders the runs of a branch"""
    unsettled: bool = False
    """whether the probe found the machine's quiet state to be too rare"""
    failure: str = ""
    """why the benchmark failed; empty if it didn't"""

    @cached_property
    def instant(self) -> datetime.datetime:
        """The date as a moment in time: two zones are compared rightly. Without a zone it is taken as UTC."""
        return instant_of(self.date)

    @property
    def place(self) -> tuple[str, ...]:
        """What stays the same across a new machine, compiler or set of flags."""
        return (self.branch, self.library, self.workload, self.backend)

    @property
    def series(self) -> tuple[str, ...]:
        """Only runs of one machine, one compiler with its flags, one branch and one benchmark are compared."""
        return (self.fingerprint, self.compiler, self.flags, *self.place)

    @property
    def run(self) -> tuple[datetime.datetime, str]:
        return (self.instant, self.git_revision)

    @property
    def name(self) -> str:
        return row_name(self.workload, self.backend, self.library)

    @property
    def revision_text(self) -> str:
        return short_revision(self.git_revision) or "unknown revision"


@dataclass(frozen=True)
class Origin:
    """Where a revision stands in its repository, as far as that is known."""

    branch: str = ""
    commit: int | None = None


def instant_of(date: str) -> datetime.datetime:
    """Raises ValueError unless the text is a date and time."""
    found = datetime.datetime.fromisoformat(date)
    if len(date) <= len("2026-11-22"):
        # A date alone: midnight.
        found = found.replace(hour=0)
    if found.tzinfo is None:
        return found.replace(tzinfo=datetime.timezone.utc)
    try:
        return found.astimezone(datetime.timezone.utc)
    except OverflowError as error:
        raise ValueError("the date is out of range") from error


def printable(text: str) -> str:
    """The text with everything that a terminal or a line-based file could stumble over as an escape."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def _check_date(path: str, where: str, date: str) -> None:
    try:
        instant_of(date)
    except ValueError as error:
        raise Problem(
            path,
            where,
            f"found {json.dumps(date)[:60]}, expected a date such as 2026-11-22T09:00:00+00:00",
            "Correct it",
        ) from error


def _told_apart(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _entry(path: str, number: int, line: str) -> Entry:
    where = f"line {number}"
    if line.startswith(CONFLICT_MARKERS):
        raise Problem(
            path,
            where,
            "is the marker of a merge conflict",
            "Keep both sides and remove the markers",
        )
    try:
        value = json.loads(line, object_pairs_hook=_told_apart)
    except (ValueError, RecursionError) as error:
        raise Problem(
            path, where, f"not JSON ({error})", "Remove the line, or add the run again"
        ) from error
    return entry_of(path, where, value)


def entry_of(path: str, where: str, value: Any) -> Entry:
    """An entry from a line's JSON value; raises Problem with the place and field."""
    if not isinstance(value, dict):
        Fields.of(path, where, value, "A history has an object on each line: history add writes it")
    found = Fields(path, where, value, "Remove the line and add the run again", ", ")
    schema = value.get("schema")
    if not is_whole(schema) or schema not in READABLE_VERSIONS:
        raise found.wrong("schema", " or ".join(map(str, READABLE_VERSIONS)))
    texts: dict[str, Any] = {name: printable(found.any_text(name)) for name in TEXTS}
    _check_date(path, found.place("date"), texts["date"])
    added: dict[str, Any] = _added_fields(found) if schema > 1 else {}
    if added.get("failure") and value.get("ns_per_vm_instruction") is None:
        time = None
    else:
        time = found.positive("ns_per_vm_instruction")
    low, high = found.positive_or_null("low"), found.positive_or_null("high")
    if (low is None) != (high is None) or low is not None and high is not None and low > high:
        raise found.problem(
            "low", f"found {low} with high {high}, expected an interval or two nulls"
        )
    return Entry(
        schema=schema,
        **texts,
        ns_per_vm_instruction=time,
        low=low,
        high=high,
        processes=found.whole("processes", 0),
        samples=found.whole("samples", 0),
        **added,
    )


def _added_fields(found: Fields) -> dict[str, Any]:
    """The fields that schema 2 added."""
    commit = found.values.get("commit")
    if not isinstance(found.values.get("unsettled"), bool):
        raise found.wrong("unsettled", "true or false")
    return {
        "branch": printable(found.any_text("branch")),
        "commit": None if commit is None else found.whole("commit", 0),
        "unsettled": found.values["unsettled"],
        "failure": printable(found.any_text("failure")),
    }


def _text_of(path: str) -> str:
    try:
        if stat.S_ISCHR(os.stat(path).st_mode):
            raise Problem(path, "", "is a device, expected a history file", "Give a file")
        return Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        remedy = "`history add` writes it first" if isinstance(error, FileNotFoundError) else ""
        raise Problem(path, "", f"can't be read ({error.strerror})", remedy) from error
    except UnicodeDecodeError as error:
        raise Problem(
            path, f"byte {error.start}", "is not UTF-8", "Give a file that `history add` wrote"
        ) from error
    except ValueError as error:
        raise Problem(path, "", f"can't be read ({error})") from error


def _parsed(path: str, text: str) -> list[Entry]:
    """Lines end with a line feed alone: a text may hold any other separator."""
    entries = []
    first_lines: dict[tuple[Any, ...], int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        entry = _entry(path, number, line)
        earlier = first_lines.setdefault(_identity(entry), number)
        if earlier != number:
            raise Problem(
                path,
                f"line {number}",
                f"has {entry.name} in the run of {entry.date}, which line {earlier} has already",
                "Remove one of the two lines",
            )
        entries.append(entry)
    return entries


def _identity(entry: Entry) -> tuple[Any, ...]:
    """A benchmark in a run. A run is the same run on whichever branch someone files it."""
    return (entry.fingerprint, entry.compiler, entry.flags, *entry.place[1:], *entry.run)


def read_history(path: str) -> list[Entry]:
    """Every line of the file in order; raises Problem with the line and field."""
    entries = _parsed(path, _text_of(path))
    if not entries:
        raise Problem(path, "", "the history is empty", "Add a run: history add FILE results.json")
    return entries


def entries_of(study: Study, origins: Mapping[str, Origin]) -> list[Entry]:
    """The lines that a study adds; layout variants are left out.

    origins: by the name of the source.
    """
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
            git_revision=printable(column.git_revision),
            fingerprint=printable(column.machine.fingerprint),
            cpu_model=printable(column.machine.cpu_model),
            compiler=printable(column.compiler_text),
            flags=printable(column.flags),
            library=printable(column.label),
            workload=printable(workload),
            backend=printable(backend),
            ns_per_vm_instruction=None if time is None else time.value,
            low=None if time is None else time.low,
            high=None if time is None else time.high,
            processes=0 if time is None else time.processes,
            samples=0 if time is None else time.samples,
            branch=printable(origin.branch),
            commit=origin.commit,
            unsettled=column.source in unsettled,
            failure=printable(reason[:LONGEST_REASON]),
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
        _check_date(source.path, "context.date", source.date)
    file = Path(path)
    if not file.parent.is_dir():
        raise Problem(path, "", "its folder does not exist", "Make it first")
    if file.exists() and not file.is_file():
        raise Problem(path, "", "is no file", "Give the history's file, or a new name")
    with _alone_in(file.parent):
        existing = _text_of(path) if file.exists() else ""
        known = {_identity(entry) for entry in _parsed(path, existing)}
        new = entries_of(study, origins or {})
        for entry in new:
            if _identity(entry) in known:
                revision = short_revision(entry.git_revision) or "unknown"
                raise Problem(
                    study.sources[0].path,
                    "context.date",
                    f"the run of {entry.date} (revision {revision}) is in {path} already",
                    "Add each run once",
                )
        text = existing if not existing or existing.endswith("\n") else existing + "\n"
        text += "".join(f"{_line(entry)}\n" for entry in new)
        if _parsed(path, text)[-len(new) :] != new:
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
