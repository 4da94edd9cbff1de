"""counts.json, and its way into a results file."""

from __future__ import annotations

import pathlib
from typing import Any

from tool import ToolError, read_object, write_json

from .counted import Counted, Session, Task

# The extra field of a results row; reports draw instructions against time with it.
RESULTS_FIELD = "instructions_per_vm_instruction"


def _fields(task: Task) -> dict[str, str]:
    candidate, workload = task.candidate, task.workload.name
    return {
        "name": f"{workload}/{candidate.backend}/{candidate.library}",
        "workload": workload,
        "backend": candidate.backend,
        "library": candidate.library,
    }


def _row(task: Task, counted: Counted) -> dict[str, Any]:
    return {
        **_fields(task),
        "instructions": counted.instructions,
        "vm_instructions": task.workload.instructions,
        "per_vm_instruction": counted.instructions / task.workload.instructions,
        "device_calls": counted.device_calls,
        "code_hash": task.candidate.code_hash,
    }


def counts_document(session: Session) -> dict[str, Any]:
    """counts.json, the same for the same counts."""
    rows = [_row(task, counted) for task, counted in session.counted()]
    document = {
        "schema": 1,
        "kind": "counted",
        "target": session.target,
        "counter": session.counter,
        "note": "no mispredictions, caches or latencies in it; counts do not rank techniques",
        "rows": sorted(rows, key=lambda row: str(row["name"])),
    }
    refused = [{**_fields(task), "reason": found.reason} for task, found in session.refused()]
    if refused:
        document["refused"] = sorted(refused, key=lambda row: row["name"])
    return document


def read_results(path: pathlib.Path) -> dict[str, Any]:
    """A results file, to add counts to. Raises ToolError."""
    remedy = "give a results.json of dispatchbench"
    results = read_object(path, remedy)
    rows = results.get("benchmarks")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ToolError(
            f"{path}: not a results file (benchmarks: expected a list of rows); {remedy}"
        )
    return results


def merge_into_results(session: Session, path: pathlib.Path) -> None:
    """Adds the counts to the rows of a results file with the same workload, backend and library."""
    results = read_results(path)
    counted = {
        (row["workload"], row["backend"], row["library"]): row["per_vm_instruction"]
        for row in counts_document(session)["rows"]
    }
    merged = 0
    for result in results["benchmarks"]:
        key = (result.get("workload"), result.get("backend"), result.get("library"))
        if all(isinstance(name, str) for name in key) and key in counted:
            result[RESULTS_FIELD] = counted[key]
            merged += 1
    if merged == 0:
        names = ", ".join("/".join(key) for key in sorted(counted)[:3])
        raise ToolError(f"{path}: none of its rows was counted; counted are {names}, ...")
    write_json(path, results, indent=2)
