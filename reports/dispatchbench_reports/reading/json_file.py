"""Reads one JSON file strictly: no NaN, no infinity, no name twice in one object."""

from __future__ import annotations

import gzip
import json
import math
import zlib
from pathlib import Path
from typing import Any, Iterator

from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.json_fields import field_path

LARGEST_INTEGER = 1 << 200


def _bytes_of(path: str) -> bytes:
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise Problem(
            path, "", f"can't be read ({error.strerror})", "Give a results.json"
        ) from error
    if not path.endswith(".gz"):
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise Problem(path, "", f"not a whole gzip file ({error})", "Compress it again") from error


def _not_finite(value: Any, path: list[str | int]) -> Iterator[list[str | int]]:
    """The paths of all numbers that are NaN, infinite or absurdly large."""
    if isinstance(value, bool):
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            yield list(path)
    elif isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            yield list(path)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _not_finite(inner, path + [name])
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _not_finite(inner, path + [index])


def read_json(path: str) -> Any:
    """The content of a .json or .json.gz file; raises Problem with the file and the line or field."""

    def reject_repeated_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise Problem(path, name, "the name occurs twice in one object", "Write it once")
            found[name] = value
        return found

    raw = _bytes_of(path)
    if not raw.strip():
        raise Problem(path, "", "the file is empty", "Measure again: `dispatchbench run` writes it")
    try:
        document = json.loads(raw.decode("utf-8"), object_pairs_hook=reject_repeated_names)
    except UnicodeDecodeError as error:
        raise Problem(path, f"byte {error.start}", "is not UTF-8", "Give a JSON file") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Problem(path, where, f"not JSON ({error.msg})", "Give a whole file") from error
    except (RecursionError, ValueError) as error:
        raise Problem(path, "", "not JSON: nested too deep, or a number too long") from error
    try:
        wrong = next(_not_finite(document, []), None)
    except RecursionError as error:
        raise Problem(path, "", "not JSON: nested too deep") from error
    if wrong is not None:
        raise Problem(
            path, field_path(wrong), "is NaN, infinite or too large, expected a finite number"
        )
    return document
