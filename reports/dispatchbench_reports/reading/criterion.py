"""Reads what Criterion.rs left in `target/criterion`, and the messages of cargo-criterion.

The folder's files are named in the Criterion.rs book ("CSV Output"): for each benchmark `new/benchmark.json` (its name),
`new/sample.json` (iterations and times of each sample, in nanoseconds unless the benchmark measures something else) and
`new/estimates.json`. The messages, which name their unit, are those of the book's chapter "External Tools"
(`cargo criterion --message-format json`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Iterable

from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.benchmark_rows import NANOSECONDS
from dispatchbench_reports.reading.foreign_file import ForeignFile, Origin
from dispatchbench_reports.reading.json_fields import is_number
from dispatchbench_reports.reading.json_file import read_document
from dispatchbench_reports.reading.results_file import ResultsFile
from dispatchbench_reports.row_names import split_foreign_name

PROGRAM = "Criterion"
NAME, SAMPLE, ESTIMATES = "benchmark.json", "sample.json", "estimates.json"
COMPLETE = "benchmark-complete"
LONGEST_LIST = 100_000
"""of folders: a folder of everything is no `target/criterion`"""


def recognises(document: Any) -> bool:
    """Whether a document is one of this format's files."""
    if isinstance(document, list):
        return any(isinstance(line, dict) and "reason" in line for line in document)
    return isinstance(document, dict) and (
        document.get("reason") == COMPLETE
        or ("iters" in document and "times" in document)
        or {"group_id", "full_id"} <= document.keys()
        or (
            "median" in document
            and isinstance(document["median"], dict)
            and "point_estimate" in document["median"]
        )
    )


def read(path: str, document: Any, source_name: str) -> ResultsFile:
    """A file of messages, or the benchmark that one of the folder's files belongs to."""
    if isinstance(document, list) or "reason" in document:
        return _messages(path, document if isinstance(document, list) else [document], source_name)
    found = _file(path, source_name)
    _add_benchmark(found, Path(path).parent)
    return found.content()


def read_folder(path: str, source_name: str) -> ResultsFile:
    """Every benchmark below a folder, for example target/criterion. Raises Problem if there is none."""
    folders = sorted(set(_benchmark_folders(path)))
    if not folders:
        raise Problem(
            path,
            "",
            "is a directory without Criterion's new/sample.json",
            "Give a results file, or the folder target/criterion",
        )
    found = _file(path, source_name)
    for folder in folders:
        _add_benchmark(found, folder)
    return found.content()


def _file(path: str, source_name: str) -> ForeignFile:
    """Named after the folder that holds `target`, or after the given one."""
    parts = Path(os.path.abspath(path)).parts
    at = max((index for index, part in enumerate(parts) if part == "target"), default=0)
    return ForeignFile(
        path, source_name, Origin(PROGRAM, parts[at - 1] if at > 1 else Path(path).stem)
    )


def _benchmark_folders(path: str) -> Iterable[Path]:
    seen = 0
    for folder, _, files in os.walk(path):
        seen += 1
        if seen > LONGEST_LIST:
            raise Problem(
                path, "", f"holds more than {LONGEST_LIST} folders", "Give target/criterion"
            )
        if os.path.basename(folder) == "new" and (SAMPLE in files or ESTIMATES in files):
            yield Path(folder)


def _object(path: Path) -> dict[str, Any]:
    content = read_document(str(path)).content
    if not isinstance(content, dict):
        raise Problem(str(path), "", "found no object", "Run the benchmark again")
    return content


def _names(folder: Path) -> tuple[str, str]:
    """Function and the rest of the name; the group alone if the benchmark has no function."""
    path = folder / NAME
    if not path.is_file():
        parts = (
            folder.parts[folder.parts.index("criterion") + 1 :]
            if "criterion" in folder.parts
            else folder.parts[-2:]
        )
        return split_foreign_name("/".join(part for part in parts if part != "new") or folder.name)
    fields = _object(path)
    group, function, value = (
        str(fields[name]) if fields.get(name) not in (None, "") else ""
        for name in ("group_id", "function_id", "value_str")
    )
    if not function:
        return group or str(fields.get("full_id") or folder.parent.name), value or "all"
    return function, "/".join(part for part in (group, value) if part) or "all"


def _add_benchmark(found: ForeignFile, folder: Path) -> None:
    backend, workload = _names(folder)
    path = folder / SAMPLE
    if path.is_file():
        fields = _object(path)
        _add_samples(found, backend, workload, fields.get("iters"), fields.get("times"), 1.0)
        return
    estimate = _object(folder / ESTIMATES).get("median")
    value = estimate.get("point_estimate") if isinstance(estimate, dict) else None
    if is_number(value) and value > 0:
        found.add(backend, workload, 0, value, None)
    else:
        found.leave_out(f"of {backend} without a median")


def _add_samples(
    found: ForeignFile, backend: str, workload: str, iterations: Any, times: Any, scale: float
) -> None:
    if (
        not isinstance(iterations, list)
        or not isinstance(times, list)
        or len(iterations) != len(times)
    ):
        found.leave_out(f"of {backend} whose iterations and times don't belong together")
        return
    for number, time in zip(iterations, times):
        if is_number(number) and number > 0 and is_number(time) and time > 0:
            found.add(backend, workload, 0, time * scale / number, None)
        else:
            found.leave_out(f"of {backend} without a time above 0")


def _messages(path: str, lines: list[Any], source_name: str) -> ResultsFile:
    found = ForeignFile(path, source_name, Origin(PROGRAM, Path(path).stem))
    for line in lines:
        if not isinstance(line, dict) or line.get("reason") != COMPLETE:
            continue  # A group's end, and whatever later versions say.
        name, unit = str(line.get("id", "")), line.get("unit")
        backend, workload = split_foreign_name(name)
        if not backend:
            found.leave_out("without a name")
        elif unit not in NANOSECONDS:
            found.leave_out(f"in {unit}, which is no time")
        else:
            counts, values = line.get("iteration_count"), line.get("measured_values")
            _add_samples(found, backend, workload, counts, values, NANOSECONDS[unit])
    return found.content()
