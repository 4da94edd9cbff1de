"""The survey as a document, as tables and in sentences."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from dispatchbench_reports.table_formats import markdown_text
from text_table import aligned

from .fetching import Shipped
from .program_list import ProgramList

SCHEMA = 1
HEADER = ("program", "suite", "version", "technique", "sites", "table entries", "compiler")


def row_of(shipped: Shipped, result: Mapping[str, Any]) -> dict[str, Any]:
    """A program's entry in the document."""
    return {
        "program": shipped.program.name,
        "suite": shipped.suite,
        "package": shipped.package,
        "version": shipped.version,
        "file": shipped.inside,
        "loop_in_the_source": shipped.program.loop
        or " or ".join(shipped.program.functions)
        or None,
        **result,
    }


def document_of(
    what: ProgramList, rows: Sequence[Mapping[str, Any]], date: str, seconds: float
) -> dict[str, Any]:
    """survey.json"""
    return {
        "schema": SCHEMA,
        "date": date,
        "suites": list(what.suites),
        "programs": [
            one.name for one in what.programs if any(row["program"] == one.name for row in rows)
        ],
        "audit_seconds": round(seconds, 1),
        "rows": list(rows),
    }


def upstream(version: str) -> str:
    """The version that people know: 5.4.4 of 5.4.4-3+deb12u1, 25.2.3 of 1:25.2.3+dfsg-1."""
    text = version.partition(":")[2] or version
    text = text.rpartition("-")[0] or text
    for mark in ("+", "~dfsg", ".git"):
        text = text.partition(mark)[0]
    return text


def technique_text(row: Mapping[str, Any]) -> str:
    """A technique in words."""
    return str(row["technique"]).replace("_", " ")


def _number(value: object) -> str:
    return "" if value in (None, 0) else f"{value:,}"


def compiler_text(row: Mapping[str, Any]) -> str:
    """The compilers that the file names."""
    return "; ".join(row.get("compiler") or []) or "not recorded"


def _cells(row: Mapping[str, Any]) -> list[str]:
    return [
        row["program"],
        row["suite"],
        upstream(row["version"]),
        technique_text(row) + (", through memory" if row.get("through_memory") else ""),
        _number(row.get("sites")),
        _number(row.get("table_entries")),
        compiler_text(row),
    ]


def terminal_table(document: Mapping[str, Any]) -> list[str]:
    """The table as lines, and below it why techniques are unknown."""
    rows = document["rows"]
    recorded = any(row.get("compiler") for row in rows)
    width = len(HEADER) if recorded else len(HEADER) - 1
    lines = aligned([HEADER[:width], *(_cells(row)[:width] for row in rows)], left=4)
    if not recorded:
        lines += ["", "No file records its compiler: Debian strips the section .comment."]
    unknown = _reasons(document)
    return [*lines, "", *unknown] if unknown else lines


def _reasons(document: Mapping[str, Any]) -> list[str]:
    return [
        f"{row['program']} ({row['suite']}): {technique_text(row)}: {row['reason']}"
        for row in document["rows"]
        if row.get("reason")
    ]


def markdown(document: Mapping[str, Any]) -> str:
    """The survey as Markdown: what changed, the table, and why techniques are unknown."""
    header = ("program", "suite", "package", "version", "technique", "sites", "table entries")
    lines = ["# Interpreters as Debian ships them", ""]
    lines += [f"- {markdown_text(text)}" for text in changes(document)]
    lines += ["", f"| {' | '.join(header)} |", f"|{' --- |' * 5}{' ---: |' * 2}"]
    for row in document["rows"]:
        cells = _cells(row)
        texts = [row["program"], row["suite"], row["package"], row["version"], *cells[3:6]]
        lines.append("| " + " | ".join(map(markdown_text, texts)) + " |")
    lines += ["", *(f"- {markdown_text(text)}" for text in _reasons(document)), ""]
    return "\n".join(lines)


def sites_text(row: Mapping[str, Any]) -> str:
    """The number of sites in words; empty if there are none."""
    count = row.get("sites") or 0
    return f"{count:,} {'site' if count == 1 else 'sites'}" if count else ""


def _sites(row: Mapping[str, Any]) -> str:
    return f" ({sites_text(row)})" if sites_text(row) else ""


def _far_apart(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether one has more than twice the other's sites, of more than a few."""
    few, many = sorted((before.get("sites") or 0, after.get("sites") or 0))
    return many > 2 * few and many > 10


def changes(document: Mapping[str, Any]) -> list[str]:
    """What changed from a suite to the next, in a sentence per program, and what didn't."""
    found, same, seen_twice = [], 0, 0
    for program in document["programs"]:
        rows = [row for row in document["rows"] if row["program"] == program]
        rows = [row for row in rows if row["technique"] != "unknown"]
        seen_twice += len(rows) > 1
        changed = False
        for before, after in itertools.pairwise(rows):
            if before["technique"] == after["technique"] and not _far_apart(before, after):
                continue
            changed = changed or before["technique"] != after["technique"]
            versions = [upstream(before["version"]), upstream(after["version"])]
            which = (
                f"{versions[0]} in both"
                if versions[0] == versions[1]
                else f"{versions[0]} in {before['suite']}, {versions[1]} in {after['suite']}"
            )
            what = (
                f"stayed {technique_text(before)}, but went from {before['sites']:,} to {after['sites']:,} sites"
                if before["technique"] == after["technique"]
                else f"went from {technique_text(before)}{_sites(before)} to {technique_text(after)}{_sites(after)}"
            )
            found.append(
                f"{program} ({which}) {what} between {before['suite']} and {after['suite']}."
            )
        same += len(rows) > 1 and not changed
    if seen_twice:
        found.append(
            f"{same} of {seen_twice} programs that several suites ship kept their technique in all of them."
        )
    return found
