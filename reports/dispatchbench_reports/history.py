"""A history file: one JSON line per benchmark and run, appended after each run; its series and their changes."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from dispatchbench_reports import estimates
from dispatchbench_reports.change_points import FEWEST_RUNS, SIGNIFICANCE, change_points
from dispatchbench_reports.machines import LACKING, is_current, machine_labels
from dispatchbench_reports.output import write_all
from dispatchbench_reports.phrases import counted, percent
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.json_fields import Fields
from dispatchbench_reports.row_names import row_name
from dispatchbench_reports.study import Study
from dispatchbench_reports.tables import Table
from dispatchbench_reports.wording import time_text

SCHEMA_VERSION = 1
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


@dataclass(frozen=True)
class Entry:
    """One line: a benchmark in a run."""

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
    ns_per_vm_instruction: float
    low: float | None
    high: float | None
    processes: int
    samples: int

    @property
    def series(self) -> tuple[str, ...]:
        """Only runs of one machine, one compiler with its flags and one benchmark are compared."""
        return (
            self.fingerprint,
            self.compiler,
            self.flags,
            self.library,
            self.workload,
            self.backend,
        )

    @property
    def run(self) -> tuple[str, str]:
        return (self.date, self.git_revision)


@dataclass(frozen=True)
class Change:
    """A change in a series, from the run at this index on."""

    index: int
    ratio: float
    """level from here on over the level before, both medians of their segments"""


@dataclass(frozen=True)
class Trend:
    """One series with its changes."""

    entries: tuple[Entry, ...]
    changes: tuple[Change, ...]

    @property
    def last(self) -> Entry:
        return self.entries[-1]

    @property
    def name(self) -> str:
        return row_name(self.last.workload, self.last.backend, self.last.library)


def entries_of(study: Study) -> list[Entry]:
    """The lines that a study adds; layout variants are left out."""
    times = estimates.times(study)
    columns = {column.key: column for column in study.columns}
    found = []
    for key, _ in study.series.items():
        column = columns.get(key[0])
        if column is None:
            continue
        time = times[key]
        found.append(
            Entry(
                schema=SCHEMA_VERSION,
                date=column.date,
                git_revision=column.git_revision,
                fingerprint=column.machine.fingerprint,
                cpu_model=column.machine.cpu_model,
                compiler=column.compiler_text,
                flags=column.flags,
                library=column.label,
                workload=key[1],
                backend=key[2],
                ns_per_vm_instruction=time.value,
                low=time.low,
                high=time.high,
                processes=time.processes,
                samples=time.samples,
            )
        )
    return found


def _entry(path: str, number: int, line: str) -> Entry:
    where = f"line {number}"
    try:
        value = json.loads(line)
    except ValueError as error:
        raise Problem(path, where, f"not JSON ({error})", "Remove the line") from error
    found = replace(Fields.of(path, where, value, "Add the run again"), separator=", ")
    found.schema(SCHEMA_VERSION)
    return Entry(
        schema=SCHEMA_VERSION,
        **{name: found.any_text(name) for name in TEXTS},
        ns_per_vm_instruction=found.positive("ns_per_vm_instruction"),
        low=found.positive_or_null("low"),
        high=found.positive_or_null("high"),
        processes=found.whole("processes", 0),
        samples=found.whole("samples", 0),
    )


def read_history(path: str) -> list[Entry]:
    """Every line of the file in order; raises Problem with the line and field."""
    try:
        text = Path(path).read_text("utf-8")
    except OSError as error:
        raise Problem(
            path, "", f"can't be read ({error.strerror})", "`history add` writes it first"
        ) from error
    except UnicodeDecodeError as error:
        raise Problem(path, f"byte {error.start}", "is not UTF-8") from error
    entries = [
        _entry(path, number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip()
    ]
    if not entries:
        raise Problem(path, "", "the history is empty", "Add a run: history add FILE results.json")
    return entries


def add(path: str, study: Study) -> int:
    """Appends all of the study's benchmarks or none; returns their number. A run that is there already is refused."""
    if study.foreign:
        raise Problem(
            study.sources[0].path, "context.dispatchbench", "is missing: not a dispatchbench run"
        )
    existing = Path(path).read_text("utf-8") if Path(path).exists() else ""
    known = (
        {(entry.series, entry.run) for entry in read_history(path)} if existing.strip() else set()
    )
    new = entries_of(study)
    for entry in new:
        if (entry.series, entry.run) in known:
            raise Problem(
                study.sources[0].path,
                "context.date",
                f"the run of {entry.date} (revision {entry.git_revision[:10] or 'unknown'}) is in {path} already",
                "Add each run once",
            )
    if existing and not existing.endswith("\n"):
        existing += "\n"
    lines = [json.dumps(asdict(entry), ensure_ascii=False, allow_nan=False) for entry in new]
    if not Path(path).parent.is_dir():
        raise Problem(path, "", "its folder does not exist", "Make it first")
    write_all({Path(path): (existing + "\n".join(lines) + "\n").encode()})
    return len(new)


def trends(entries: list[Entry], significance: float = SIGNIFICANCE) -> list[Trend]:
    """Every series by date, with the change points of the logs of its times."""
    by_series: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        by_series.setdefault(entry.series, []).append(entry)
    found = []
    for series in by_series.values():
        series.sort(key=lambda entry: entry.date)
        logs = [math.log(entry.ns_per_vm_instruction) for entry in series]
        starts = change_points(logs, significance)
        bounds = [0, *starts, len(series)]
        changes = []
        for position, start in enumerate(starts):
            before = estimates.median(logs[bounds[position] : start])
            after = estimates.median(logs[start : bounds[position + 2]])
            changes.append(Change(start, math.exp(after - before)))
        found.append(Trend(tuple(series), tuple(changes)))
    return found


def change_table(found: list[Trend]) -> Table:
    """One row per series: its runs, its last time and every change."""
    labels = machine_labels({trend.last.fingerprint: trend.last.cpu_model for trend in found})
    rows = []
    for trend in found:
        changes = [
            f"{percent(change.ratio)} at {trend.entries[change.index].git_revision[:10] or 'unknown revision'} "
            f"({trend.entries[change.index].date[:10]})"
            for change in trend.changes
        ]
        rows.append(
            (
                trend.name,
                labels[trend.last.fingerprint],
                trend.last.compiler,
                str(len(trend.entries)),
                time_text(trend.last.ns_per_vm_instruction),
                "; ".join(changes) or "none",
            )
        )
    return Table(
        title="History: change points",
        header=(
            "benchmark",
            "machine",
            "compiler",
            "runs",
            "last, ns per VM instruction",
            "changes",
        ),
        rows=tuple(rows),
        notes=(*_split_notes(found), METHOD),
    )


def _split_notes(found: list[Trend]) -> list[str]:
    """Names series that end where a newer version told their machine apart further."""
    newer = {trend.last.series[1:] for trend in found if is_current(trend.last.fingerprint)}
    ended = [
        trend
        for trend in found
        if not is_current(trend.last.fingerprint) and trend.last.series[1:] in newer
    ]
    if not ended:
        return []
    return [
        f"{len(ended)} series of an older version end where a newer one begins: older runs don't say {LACKING}, so "
        "whether they come from the same machine can't be told."
    ]


METHOD = (
    f"Change points by E-divisive on the logs of the medians (Matteson and James 2014), permutation test at "
    f"{SIGNIFICANCE:g}, at least three runs on either side; only runs of one machine, compiler and set of flags are compared."
)


def regressions(found: list[Trend], threshold: float, last: int) -> list[tuple[Trend, Change]]:
    """The series that became slower by more than threshold (a share) at a change among the last runs."""
    return [
        (trend, trend.changes[-1])
        for trend in found
        if trend.changes
        and trend.changes[-1].ratio > 1 + threshold
        and trend.changes[-1].index >= len(trend.entries) - last
    ]


def summary_line(found: list[Trend]) -> str:
    """The largest change, or why there is none."""
    changes = [
        (abs(math.log(change.ratio)), trend, change) for trend in found for change in trend.changes
    ]
    if not changes:
        runs = max(len(trend.entries) for trend in found)
        if runs < FEWEST_RUNS:
            return (
                f"{len(found)} series of up to {counted(runs, 'run')}: too short to find a change"
            )
        return f"No change point in {len(found)} series of up to {counted(runs, 'run')}"
    _, trend, change = max(changes, key=lambda entry: entry[0])
    where = trend.entries[change.index].git_revision[:10] or trend.entries[change.index].date[:10]
    return f"{counted(len(changes), 'change')}; the largest: {trend.name} {percent(change.ratio)} at {where}"
