"""A study's table, in Markdown."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Any


def wrong_or_found(trials: Sequence[dict[str, Any]], percent: float) -> int:
    """False alarms among trials without a slow-down, or slow-downs found among the others."""
    verdicts = ("regressed", "improved") if percent == 0 else ("regressed",)
    return sum(trial["verdict"] in verdicts for trial in trials)


def table(trials: Sequence[dict[str, Any]]) -> str:
    """False alarms and slow-downs found, by backend and state."""
    percents = sorted({trial["percent"] for trial in trials})
    cases = sorted(
        {(trial["backend"], trial["state"]) for trial in trials}, key=lambda case: case[::-1]
    )
    heads = ["false alarms" if percent == 0 else f"found at {percent:g} %" for percent in percents]
    lines = [
        "| backend | state | " + " | ".join(heads) + " | seconds a trial | visible |",
        "| --- | --- |" + " ---: |" * (len(heads) + 2),
    ]
    for backend, state in sorted(cases, key=lambda case: (case[1] != "idle", case[0])):
        of_case = [t for t in trials if (t["backend"], t["state"]) == (backend, state)]
        cells = []
        for percent in percents:
            chosen = [trial for trial in of_case if trial["percent"] == percent]
            cells.append(f"{wrong_or_found(chosen, percent)} of {len(chosen)}" if chosen else "-")
        seconds = sorted(trial["seconds"] for trial in of_case)
        visible = sorted(
            t["smallest_visible"] for t in of_case if t["smallest_visible"] is not None
        )
        cells.append(f"{seconds[len(seconds) // 2]:.1f}")
        cells.append(f"{100 * visible[len(visible) // 2]:.1f} %" if visible else "> 50 %")
        lines.append(f"| `{backend}` | {state} | " + " | ".join(cells) + " |")
    loads = sorted(trial["load_average"] for trial in trials)
    if loads:
        lines.append("")
        lines.append(
            f"{len(trials)} trials on {trials[0]['machine']} ({platform.system()}); load average when a trial began: "
            f"median {loads[len(loads) // 2]}, {loads[0]} to {loads[-1]}."
        )
    return "\n".join(lines)
