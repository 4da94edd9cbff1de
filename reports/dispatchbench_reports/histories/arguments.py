"""The arguments of the history commands."""

from __future__ import annotations

import argparse

from dispatchbench_reports.choices import LAST, THRESHOLD, VISIBLE, Format
from dispatchbench_reports.commands import Commands, add_choice
from dispatchbench_reports.options import (
    HistoryAddOptions,
    HistoryCheckOptions,
    HistoryOptions,
    HistoryShowOptions,
)


def add_history(commands: Commands) -> None:
    """Adds `history` with its three actions."""
    history = commands.add("history", "append runs to a history file; show and check it")
    actions = Commands(history, "ACTION")
    add = actions.add(
        "add",
        "append the runs of results files",
        lambda found: HistoryAddOptions(
            found.history, tuple(found.results), found.branch, found.repository
        ),
    )
    add.add_argument("history", metavar="HISTORY.jsonl")
    add.add_argument("results", nargs="+", metavar="RESULTS.json")
    add.add_argument(
        "--branch",
        type=_name,
        metavar="NAME",
        help="the branch that was measured (default: what the results say, or the checkout that they lie in)",
    )
    add.add_argument(
        "--repository", metavar="DIR", help="the git repository that knows the measured revision"
    )
    show = actions.add(
        "show",
        "list every series with its changes; with -o draw the chart too",
        lambda found: HistoryShowOptions(_runs(found), Format(found.format), found.output),
    )
    _add_runs(show)
    add_choice(show, "--format", Format.TEXT)
    show.add_argument("-o", "--output", metavar="DIR")
    check = actions.add(
        "check",
        "exit with 3 if a series is slower than it was lately, with 4 if that can't be told",
        lambda found: HistoryCheckOptions(
            _runs(found),
            found.threshold / 100,
            found.visible / 100,
            found.last,
            found.accept_unclear,
        ),
    )
    _add_runs(check)
    check.add_argument(
        "--threshold",
        type=_percentage,
        default=100 * THRESHOLD,
        metavar="PERCENT",
        help=f"ignore smaller slow-downs (default: {100 * THRESHOLD:g})",
    )
    check.add_argument(
        "--visible",
        type=_percentage,
        default=100 * VISIBLE,
        metavar="PERCENT",
        help="exit with 4 if a slow-down of this size could have been missed, because a series is too short or too "
        f"noisy (default: {100 * VISIBLE:g})",
    )
    check.add_argument(
        "--last",
        type=_positive,
        default=LAST,
        metavar="RUNS",
        help="compare the level now with the best one among the last runs or just before them "
        f"(default: {LAST})",
    )
    check.add_argument(
        "--accept-unclear", action="store_true", help="exit with 0 where it would be 4"
    )


def _add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("history", metavar="HISTORY.jsonl")
    parser.add_argument("--branch", type=_name, metavar="NAME", help="only this branch")
    parser.add_argument(
        "--repository",
        metavar="DIR",
        help="a git repository: runs are ordered as its commits, and a branch begins with those it descends from",
    )


def _runs(found: argparse.Namespace) -> HistoryOptions:
    return HistoryOptions(found.history, found.branch, found.repository)


def _name(text: str) -> str:
    if not text or not text.isprintable():
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a name")
    return text


def _percentage(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1000:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected percent from 0 to below 1000")
    return value


def _positive(text: str) -> int:
    value = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    if value < 1:
        raise argparse.ArgumentTypeError(
            f"found {text!r}, expected a whole number from 1 to 999999999"
        )
    return value
