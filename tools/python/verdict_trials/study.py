"""A study: a file of trials, one JSON line each, to which trials are added until every case has enough."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tool import ToolError, read_text, write_text

from .table import table
from .trial import Case, run_trial

FIELDS = {
    *("backend", "state", "percent", "verdict", "seconds"),
    *("smallest_visible", "load_average", "machine"),
}
"""of a trial, which the table and the choice of the next case need"""


def read_study(path: Path) -> list[dict[str, Any]]:
    """The trials so far. Cuts off the half line that a killed study leaves at the end."""
    if not path.exists():
        return []
    text = read_text(path, "name a study's file")
    complete = text[: text.rfind("\n") + 1]
    if complete != text:
        write_text(path, complete)
    trials = []
    for number, line in enumerate(complete.split("\n")[:-1], 1):
        try:
            trial = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ToolError(f"{path}:{number}: not JSON; remove the line") from error
        if not isinstance(trial, dict) or not FIELDS <= trial.keys():
            raise ToolError(f"{path}:{number}: not a trial of this tool; remove the line")
        trials.append(trial)
    return trials


def next_case(
    cases: Sequence[Case], trials: Sequence[dict[str, Any]], wanted: int
) -> tuple[Case, int] | None:
    """The case with the fewest trials, so that a stopped study is balanced; None when all have enough."""
    counts = [(sum(case.matches(trial) for trial in trials), case) for case in cases]
    count, case = min(counts, key=lambda pair: pair[0])
    return (case, count) if count < wanted else None


def run_study(cases: Sequence[Case], options: argparse.Namespace) -> None:
    """Continues the study until every case has enough trials, and prints its table."""
    begin = time.monotonic()
    if options.table and not options.study.is_file():
        found = "is a folder" if options.study.is_dir() else "isn't there"
        raise ToolError(f"{options.study}: {found}; expected the file of a study to print")
    trials = read_study(options.study)
    while not options.table:
        chosen = next_case(cases, trials, options.trials)
        if chosen is None:
            break
        if options.seconds is not None and time.monotonic() - begin > options.seconds:
            break
        trial = run_trial(chosen[0], chosen[1], options)
        trials.append(trial)
        with options.study.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(trial) + "\n")
    print(table(trials))
