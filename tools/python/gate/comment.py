"""The comment for a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .counts import CountChange


def comment(
    revisions: tuple[str, str],
    changes: Sequence[CountChange],
    notes: Sequence[str],
    output: Path,
    threshold_percent: float,
) -> str:
    """Markdown: what compare wrote, then the revisions (base, head), the counts and the notes."""
    comparison = output / "comparison.md"
    lines = [comparison.read_text(encoding="utf-8").rstrip()] if comparison.is_file() else []
    lines += ["", f"Revisions: `{revisions[1][:12]}` against `{revisions[0][:12]}`."]
    if changes:
        lines += ["", f"Instruction counts that changed by more than {threshold_percent:g} %:", ""]
        lines += ["| row | base | head | change |", "| --- | ---: | ---: | ---: |"]
        lines += [
            f"| `{change.workload}/{change.backend}` | {change.base} | {change.head} | {change.percent:+.2f} % |"
            for change in changes
        ]
    lines += [f"- {note}" for note in notes]
    return "\n".join(lines) + "\n"
