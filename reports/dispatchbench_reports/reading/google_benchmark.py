"""Reads what any program wrote with Google Benchmark (`--benchmark_out`).

The format is defined by what writes it: github.com/google/benchmark `src/json_reporter.cc`. It writes NaN and Infinity
bare, each benchmark in a unit of its own, and rows without times: complexity (BigO, RMS), skipped and failed ones. Before
version 1.5 rows had no `run_type`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Sequence

from dispatchbench_reports.reading.benchmark_rows import NANOSECONDS
from dispatchbench_reports.reading.foreign_file import ForeignFile, Origin
from dispatchbench_reports.reading.json_fields import Fields, is_number
from dispatchbench_reports.reading.results_file import ResultsFile
from dispatchbench_reports.row_names import split_foreign_name
from dispatchbench_reports.study import Machine

PROGRAM = "Google Benchmark"
COMPLEXITY = ("big_o", "cpu_coefficient", "rms")
SUMMARIES = ("mean", "median", "stddev", "cv")


def recognises(document: Any) -> bool:
    """Whether a document is of this format, as far as its outline shows."""
    return isinstance(document, dict) and "context" in document and "benchmarks" in document


def _origin(path: str, context: dict[str, Any]) -> Origin:
    processor = f"{context.get('num_cpus', '?')} CPUs at {context.get('mhz_per_cpu', '?')} MHz"
    host = str(context.get("host_name", "unknown host"))
    return Origin(
        program=PROGRAM,
        label=os.path.basename(str(context.get("executable", ""))) or Path(path).stem,
        machine=Machine(f"{host}, {processor}", f"{host} ({processor})", {"host_name": host}),
        date=str(context.get("date", "")),
        version=str(context.get("library_version", "")),
    )


def read(path: str, document: dict[str, Any], source_name: str) -> ResultsFile:
    """The file as one process of one library; times stay per iteration. Raises Problem if no row has a time."""
    fields = Fields.of(path, "", document)
    context = fields.object("context").values
    rows = fields.values["benchmarks"]
    if not isinstance(rows, list):
        raise fields.wrong("benchmarks", "a list")
    found = ForeignFile(path, source_name, _origin(path, context))
    summaries = _unmarked_summaries(rows)
    samples: list[dict[str, Any]] = []
    medians: list[dict[str, Any]] = []
    others = 0
    for row in rows:
        if not isinstance(row, dict):
            found.leave_out("that are no objects")
        elif any(name in row for name in COMPLEXITY):
            found.leave_out("of complexity: BigO, RMS")
        elif row.get("error_occurred"):
            name = _name(row)
            found.fail(
                name, *split_foreign_name(name), str(row.get("error_message", "no reason given"))
            )
        elif row.get("skipped"):
            found.leave_out(f"skipped: {row.get('skip_message') or 'no reason given'}")
        elif _is_summary(row, summaries):
            is_median = row.get("aggregate_name", _name(row).rpartition("_")[2]) == "median"
            if is_median:
                medians.append(row)
            else:
                others += 1
        else:
            samples.append(row)
    for row in samples or medians:
        _add(found, row, summaries)
    if not samples and not medians and others:
        found.leave_out("that summarise others, none of them a median", others)
    return found.content()


def _name(row: dict[str, Any]) -> str:
    name = row.get("run_name") or row.get("name")
    return name if isinstance(name, str) else ""


def _unmarked_summaries(rows: Sequence[Any]) -> set[str]:
    """The names of rows without `run_type` that summarise others: those of a benchmark that has all of them."""
    names = {
        row["name"]
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("name"), str) and "run_type" not in row
    }
    return {
        f"{name[:-5]}_{summary}"
        for name in names
        if name.endswith("_mean") and {f"{name[:-5]}_median", f"{name[:-5]}_stddev"} <= names
        for summary in SUMMARIES
    }


def _is_summary(row: dict[str, Any], unmarked: set[str]) -> bool:
    if "run_type" in row:
        return bool(row["run_type"] != "iteration")
    return row.get("name") in unmarked


def _add(found: ForeignFile, row: dict[str, Any], unmarked: set[str]) -> None:
    """Adds a row's times, or says why there is none."""
    name = _name(row)
    if row.get("name") in unmarked:
        name = name.rpartition("_")[0]
    backend, workload = split_foreign_name(name)
    unit = row.get("time_unit", "ns")
    wall, cpu = row.get("real_time"), row.get("cpu_time")
    if not backend:
        found.leave_out("without a name")
    elif unit not in NANOSECONDS:
        found.leave_out(f"in an unknown unit ({unit})")
    elif not is_number(wall) or wall < 0:
        found.leave_out("without a time")
    elif wall == 0:
        found.leave_out("with a time of 0")
    else:
        scale = NANOSECONDS[unit]
        has_cpu = is_number(cpu) and cpu > 0
        found.add(backend, workload, 0, wall * scale, cpu * scale if has_cpu and cpu else None)
