"""Writes what a survey found: data, table and chart; and the folder that is published."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

from dispatchbench_reports.output import make_directory, write_all
from tool import REPOSITORY, write_json

from .results import changes, markdown, technique_text

PUBLISHED = REPOSITORY / "reports/published"


def write_results(document: Mapping[str, Any], folder: pathlib.Path) -> None:
    """survey.json, survey.md and the chart. What a chart needs is loaded only now."""
    from .chart import write_chart  # pylint: disable=import-outside-toplevel

    make_directory(str(folder))
    write_json(folder / "survey.json", document)
    write_all({folder / "survey.md": markdown(document).encode()})
    write_chart(document, folder)


def publish(document: Mapping[str, Any]) -> pathlib.Path:
    """Writes the folder that is published, with a page to read first; returns it."""
    folder = PUBLISHED / f"{document['date']}-survey"
    write_results(document, folder)
    write_all({folder / "README.md": readme(document).encode()})
    return folder


def readme(document: Mapping[str, Any]) -> str:
    """The page of the published folder."""
    rows = document["rows"]
    counts: dict[str, int] = {}
    for row in rows:
        counts[technique_text(row)] = counts.get(technique_text(row), 0) + 1
    summary = ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=_order))
    lines = [
        f"# Interpreters as Debian ships them, {document['date']}",
        "",
        '<picture>\n  <source media="(prefers-color-scheme: dark)" srcset="survey-dark.svg">',
        "  <img alt=\"A table of programs by release of Debian: the technique of each one's dispatch and the number of its "
        'sites; survey.md has the same as text." src="survey.svg">\n</picture>',
        "",
        f"{len(document['programs'])} programs in {', '.join(document['suites'])}, {len(rows)} files: {summary}.",
        "",
        *(f"- {text}" for text in changes(document)),
        "",
        "*Merged* says nothing of the source: Lua 5.1 to 5.3 are switches, Lua 5.4 is a computed goto whose jumps the compiler merged. "
        "*Partly merged* counts the sites for each handler that dispatches: OCaml's PUSH instructions fall through into the next handler "
        "in the source and share its jump.",
        "",
        "[survey.md](survey.md) has the table, [survey.json](survey.json) the packages' versions, the files' hashes and "
        "the addresses. Files are for x86-64; they were read, never run. "
        "The compiler is missing where the file doesn't name it: Debian strips `.comment`.",
        "",
        f"Made with `tools/survey --publish`, which took {document['audit_seconds']:.0f} s for the audits.",
        "",
    ]
    return "\n".join(lines)


def _order(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]
