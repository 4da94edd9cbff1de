"""The comment for a pull request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from dispatchbench_reports.visible_text import visible

from .counts import CountChange

MARKUP = re.compile(r"[\\`*<>|$@]|\](?=[(\[:])|&(?=#?\w+;)")


def comment(
    revisions: tuple[str, str],
    changes: Sequence[CountChange],
    notes: Sequence[str],
    output: Path,
    threshold_percent: float,
) -> str:
    """Markdown: what compare wrote, then the revisions (base, head), the counts and the notes."""
    comparison = output / "comparison.md"
    lines = (
        [comparison.read_text(encoding="utf-8", errors="backslashreplace").rstrip()]
        if comparison.is_file()
        else []
    )
    lines += ["", f"Revisions: `{revisions[1][:12]}` against `{revisions[0][:12]}`."]
    if changes:
        lines += ["", f"Instruction counts that changed by more than {threshold_percent:g} %:", ""]
        lines += ["| row | base | head | change |", "| --- | ---: | ---: | ---: |"]
        lines += [
            f"| `{change.workload}/{change.backend}` | {change.base} | {change.head} | {change.percent:+.2f} % |"
            for change in changes
        ]
    lines += [f"- {in_one_line(note)}" for note in notes]
    return "\n".join(lines) + "\n"


def failure_comment(reason: str) -> str:
    """Markdown for a gate that could not decide. What a program printed stays in the log: only people's words go here."""
    return (
        "### dispatchbench: the gate could not decide\n\n"
        f"{in_one_line(reason)}.\n\n"
        "Nothing is known of this change's speed. The log of the gate's job has the details; mend what it names and run "
        "the gate again.\n"
    )


def in_one_line(text: str) -> str:
    """The first line of a message, without what Markdown would read."""
    first = text.strip().split("\n", 1)[0].rstrip(" .:")
    return MARKUP.sub(r"\\\g<0>", visible(first))
