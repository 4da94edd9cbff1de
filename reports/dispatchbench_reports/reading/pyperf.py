"""Reads what pyperf (and pyperformance) wrote with `-o`.

The format is defined by github.com/psf/pyperf `pyperf/_bench.py`: a benchmark has runs, each run is a process, and its
values are seconds per iteration of the inner loop. Runs without values only calibrate, warm-ups come before what counts.
Versions 6 and 1.0 of the format are read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.foreign_file import UNKNOWN_MACHINE, ForeignFile, Origin
from dispatchbench_reports.reading.json_fields import described, is_number
from dispatchbench_reports.reading.results_file import ResultsFile
from dispatchbench_reports.row_names import split_foreign_name
from dispatchbench_reports.study import Machine

PROGRAM = "pyperf"
VERSIONS = (6, "1.0")
SECOND = 1e9


def recognises(document: Any) -> bool:
    """Whether a document is of this format, as far as its outline shows."""
    return (
        isinstance(document, dict)
        and "context" not in document
        and isinstance(document.get("benchmarks"), list)
        and any(isinstance(entry, dict) and "runs" in entry for entry in document["benchmarks"])
    )


def _metadata(holder: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    own = holder.get("metadata")
    return {**common, **(own if isinstance(own, dict) else {})}


def _runs(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    runs = entry.get("runs")
    return [run for run in runs if isinstance(run, dict)] if isinstance(runs, list) else []


def _origin(path: str, facts: Mapping[str, Any]) -> Origin:
    model = str(facts.get("cpu_model_name") or facts.get("hostname") or "")
    names = ("hostname", "cpu_model_name", "cpu_count", "platform", "cpu_config")
    details = {name: facts[name] for name in names if name in facts}
    return Origin(
        program=PROGRAM,
        label=Path(path).stem,
        machine=Machine(f"{facts.get('hostname', '')}, {model}", model, details)
        if model
        else UNKNOWN_MACHINE,
        date=str(facts.get("date", "")),
        version=str(facts.get("perf_version", "")),
    )


def read(path: str, document: dict[str, Any], source_name: str) -> ResultsFile:
    """Each run with values as a process. Raises Problem for an unknown version and if nothing was timed."""
    version = document.get("version")
    if version not in VERSIONS:
        raise Problem(
            path,
            "version",
            f"found {described(version)}, expected 1.0 or 6",
            "Convert it with `python3 -m pyperf convert --indent`",
        )
    entries = [entry for entry in document["benchmarks"] if isinstance(entry, dict)]
    common = _metadata(document, {})
    first: dict[str, Any] = next((run for entry in entries for run in _runs(entry)), {})
    shared = _metadata(entries[0], common) if entries else common
    found = ForeignFile(path, source_name, _origin(path, _metadata(first, shared)))
    for entry in entries:
        _add(found, entry, _metadata(entry, common))
    return found.content()


def _add(found: ForeignFile, entry: dict[str, Any], shared: Mapping[str, Any]) -> None:
    process = calibrations = 0
    for run in _runs(entry):
        values = run.get("values")
        if not values:
            calibrations += 1
            continue
        facts = _metadata(run, shared)
        name, unit = str(facts.get("name", "")), facts.get("unit", "second")
        backend, workload = split_foreign_name(name)
        if not backend:
            found.leave_out("without a name")
        elif unit != "second":
            found.leave_out(f"of {name} in {unit}, which is no time")
        elif not isinstance(values, list):
            found.leave_out(f"of {name} without values")
        else:
            good = [value for value in values if is_number(value) and value > 0]
            if len(good) < len(values):
                found.leave_out(f"of {name} without a time above 0", len(values) - len(good))
            for value in good:
                found.add(backend, workload, process, value * SECOND, None)
            process += 1 if good else 0
    if calibrations and not process:
        found.leave_out("that only calibrate", calibrations)
