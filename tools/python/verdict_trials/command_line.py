"""The command line of tools/verdict_trials."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from arguments import (
    add_harness,
    command_parser,
    library_of_preset,
    shortened,
    split_at_double_dash,
    whole_number,
)
from tool import exit_code_of

from .study import run_study
from .trial import STATES, Case

DESCRIPTION = """\
Measures how often `dispatchbench compare` is wrong and which slow-downs it finds, with many comparisons whose answer is
known.

Both sides of a trial are the same library file. Either nothing differs (0 %), or the candidate has a chain of dependent
multiplications of known length inside its timed region. In the state "busy" a second process computes beside the trial.
Every trial is a line of the study's file, so that a stopped study can be continued."""
EPILOG = "Everything after -- goes to 'dispatchbench compare': tools/verdict_trials study.jsonl -- --cpu 1"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs or shows a study; returns the exit code."""
    words, passed_on = split_at_double_dash(sys.argv[1:] if arguments is None else arguments)
    parser = command_parser("tools/verdict_trials", DESCRIPTION, EPILOG)
    parser.add_argument(
        "study", type=Path, help="file of the study, JSON lines; created if missing"
    )
    parser.add_argument(
        "--trials",
        type=whole_number(1, 1_000_000),
        default=100,
        help="trials of each case (default: %(default)s)",
    )
    parser.add_argument("--backends", default="switch_loop,computed_goto,tail_call")
    parser.add_argument("--percents", default="0,1,2,3", help="slow-downs (default: %(default)s)")
    parser.add_argument("--states", default="idle,busy", help="default: %(default)s")
    parser.add_argument("--workload", default="^fib$", help="default: %(default)s")
    parser.add_argument(
        "--seconds", type=whole_number(0, 10**9), help="start no trial after this many"
    )
    parser.add_argument(
        "--table", action="store_true", help="only print the table of the trials so far"
    )
    add_harness(parser)
    parser.add_argument("--library", type=Path, default=library_of_preset("clang"))
    options = parser.parse_args(words, argparse.Namespace(passed_on=passed_on))
    try:
        cases = [
            Case(backend, state, float(percent))
            for state in options.states.split(",")
            for percent in options.percents.split(",")
            for backend in options.backends.split(",")
        ]
    except ValueError:
        cases = []
    if not all(0 <= case.percent <= 50 for case in cases) or not cases:
        parser.error(
            f"--percents {shortened(options.percents)}: expected numbers from 0 to 50, separated by commas"
        )
    if not {case.state for case in cases} <= set(STATES):
        parser.error(f"--states {shortened(options.states)}: expected {' or '.join(STATES)}")
    return exit_code_of("tools/verdict_trials", lambda: run_study(cases, options))
