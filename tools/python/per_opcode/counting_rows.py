"""Which rows of a results file count."""

from __future__ import annotations

from typing import Any, Mapping


def counting_rows(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows that count, of processes that count: all before schema 3, and all of hosts without a probe."""
    rows: list[Mapping[str, Any]] = list(document["benchmarks"])
    probe = document["context"].get("dispatchbench", {}).get("probe")
    if probe is None or probe["verdict"] == "absent":
        return rows
    counting = {
        (process["library"], process["process"], process["attempt"])
        for process in probe["processes"]
        if process["counts"]
    }
    return [
        row
        for row in rows
        if row.get("counts", True) and (row["library"], row["process"], row["attempt"]) in counting
    ]
