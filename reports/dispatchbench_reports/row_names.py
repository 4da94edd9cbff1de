"""The only place that builds and splits names: `workload/backend/label`, `backend/label`, and foreign names."""

from __future__ import annotations


def row_name(workload: str, backend: str, label: str) -> str:
    """The name of a benchmark row; none of the three parts contains a slash."""
    return f"{workload}/{backend}/{label}"


def split_row_name(name: str) -> tuple[str, str, str] | None:
    """Workload, backend and label of a row; None if the name has another form."""
    parts = name.split("/")
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and all(parts) else None


def pair_name(workload: str, backend: str) -> str:
    """A row within one library, where the reader already knows which."""
    return f"{workload}/{backend}"


def competitor_name(backend: str, label: str) -> str:
    """A backend of one particular library."""
    return f"{backend}/{label}"


def split_competitor_name(name: str) -> tuple[str, str | None]:
    """Backend and label; the label is None if the name is a backend's alone."""
    backend, slash, label = name.partition("/")
    return backend, label if slash else None


def split_foreign_name(name: str) -> tuple[str, str]:
    """Backend and workload of another program's benchmark: the text before the first slash, and the rest or "all".

    This compares functions argument by argument: `BM_copy/8` with `BM_move/8`.
    """
    backend, _, workload = name.partition("/")
    return backend, workload or "all"
