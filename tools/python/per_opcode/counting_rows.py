"""Which rows of a results file count."""

from __future__ import annotations

from typing import Any, Mapping


def counting_rows(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows that say they count, since schema 3; all before."""
    return [row for row in document["benchmarks"] if row.get("counts", True)]
