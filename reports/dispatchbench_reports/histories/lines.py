"""Reads the lines of a history; every refusal names the line and the field."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

from dispatchbench_reports.histories.entry import Entry, instant_of
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.json_errors import json_fault
from dispatchbench_reports.reading.json_fields import Fields, described, is_whole
from dispatchbench_reports.visible_text import visible_values

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
REMEDY = "Remove the line and add the run again"
CONFLICT_MARKERS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


def check_date(path: str, where: str, date: str) -> None:
    """Raises Problem unless it is a date and time."""
    try:
        instant_of(date)
    except ValueError as error:
        raise Problem(
            path,
            where,
            f"found {json.dumps(date)[:60]}, expected a date such as 2026-11-22T09:00:00+00:00",
            "Correct it",
        ) from error


class _Repeated(Exception):
    """A name that an object has twice."""


def _told_apart(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Repeated(name)
        found[name] = value
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
        value = visible_values(json.loads(line, object_pairs_hook=_told_apart))
    except json.JSONDecodeError as error:
        column = f"line {number}, column {error.colno}"
        raise Problem(path, column, f"not JSON: {json_fault(line, error)}", REMEDY) from error
    except _Repeated as error:
        raise Problem(
            path, where, f"the name {described(error.args[0])} occurs twice", REMEDY
        ) from error
    except RecursionError as error:
        raise Problem(path, where, "has lists or objects nested too deep", REMEDY) from error
    except ValueError as error:
        most = sys.get_int_max_str_digits()
        raise Problem(path, where, f"has a number of more than {most} digits", REMEDY) from error
    return entry_of(path, where, value)


def entry_of(path: str, where: str, value: Any) -> Entry:
    """An entry from a line's JSON value; raises Problem with the place and field."""
    if not isinstance(value, dict):
        Fields.of(path, where, value, "A history has an object on each line: history add writes it")
    found = Fields(path, where, value, REMEDY, ", ")
    schema = value.get("schema")
    if not is_whole(schema) or schema not in READABLE_VERSIONS:
        raise found.wrong("schema", " or ".join(map(str, READABLE_VERSIONS)))
    texts: dict[str, Any] = {name: found.any_text(name) for name in TEXTS}
    check_date(path, found.place("date"), texts["date"])
    added: dict[str, Any] = _added_fields(found) if schema > 1 else {}
    if added.get("failure") and value.get("ns_per_vm_instruction") is None:
        time = None
    else:
        time = found.positive("ns_per_vm_instruction")
    low, high = found.positive_or_null("low"), found.positive_or_null("high")
    if (low is None) != (high is None) or low is not None and high is not None and low > high:
        raise found.problem(
            "low",
            f"found {described(low)}, and {described(high)} for high; expected an interval with low up to high, or null "
            "for both",
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
        "branch": found.any_text("branch"),
        "commit": None if commit is None else found.whole("commit", 0),
        "unsettled": found.values["unsettled"],
        "failure": found.any_text("failure"),
    }


def text_of(path: str) -> str:
    """The text of a history."""
    if not path:
        raise Problem("HISTORY.jsonl", "", "is empty, expected the name of a file", "Give one")
    try:
        if stat.S_ISCHR(os.stat(path).st_mode):
            raise Problem(path, "", "is a device, expected a history file", "Give a file")
        return Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        remedy = "`history add` writes it first" if missing else "Give the history's file"
        raise Problem(path, "", f"can't be read ({error.strerror})", remedy) from error
    except UnicodeDecodeError as error:
        raise Problem(
            path, f"byte {error.start}", "is not UTF-8", "Give a file that `history add` wrote"
        ) from error
    except ValueError as error:
        raise Problem(path, "", f"can't be read ({error})") from error


def parsed(path: str, text: str) -> list[Entry]:
    """The entries of a history's text. Lines end with a line feed alone: a text may hold any other separator."""
    entries = []
    first_lines: dict[tuple[Any, ...], int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        entry = _entry(path, number, line)
        earlier = first_lines.setdefault(identity(entry), number)
        if earlier != number:
            raise Problem(
                path,
                f"line {number}",
                f"has {entry.name} in the run of {entry.date}, which line {earlier} has already",
                "Remove one of the two lines",
            )
        entries.append(entry)
    return entries


def identity(entry: Entry) -> tuple[Any, ...]:
    """A benchmark in a run. A run is the same run on whichever branch someone files it."""
    return (entry.fingerprint, entry.compiler, entry.flags, *entry.place[1:], *entry.run)


def read_history(path: str) -> list[Entry]:
    """Every line of the file in order; raises Problem with the line and field."""
    entries = parsed(path, text_of(path))
    if not entries:
        raise Problem(path, "", "the history is empty", "Add a run: history add FILE results.json")
    return entries
