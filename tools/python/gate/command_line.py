"""The command line of ci/gate."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from arguments import command_parser, split_at_double_dash
from tool import REPOSITORY, exit_code_of, make_folder

from .decision import Question, decide
from .thresholds import read_thresholds

DESCRIPTION = """\
Fails if the backends of HEAD are slower than those of BASE.

Builds both revisions. Backends whose machine code is the same are unchanged and are not timed. For the others it counts
instructions, which shows where to look closer, and then times base and head in turn, in several layouts
(dispatchbench compare). The thresholds are in ci/gate.toml."""
EPILOG = """\
Everything after -- goes to 'dispatchbench compare': ci/gate main -- --rigorous

exit codes: 0 no regression was found; 1 a failure: a revision that can't be built, a wrong result, another ABI;
2 wrong usage; 3 a regression was found"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the gate; returns the exit code."""
    words, passed_on = split_at_double_dash(sys.argv[1:] if arguments is None else arguments)
    parser = command_parser("ci/gate", DESCRIPTION, EPILOG)
    parser.add_argument("base", metavar="BASE", help="baseline revision")
    parser.add_argument(
        "head", metavar="HEAD", nargs="?", help="candidate revision (default: this tree as it is)"
    )
    parser.add_argument("--preset", help="preset to build with (default: as in the thresholds)")
    parser.add_argument(
        "--thresholds", type=Path, default=REPOSITORY / "ci/gate.toml", help="default: ci/gate.toml"
    )
    parser.add_argument(
        "--gate-on-counts",
        action="store_true",
        help="treat a grown instruction count as a regression, whatever the time",
    )
    parser.add_argument(
        "--only-counts",
        action="store_true",
        help="only count, time nothing: for runners that are too noisy",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=REPOSITORY / "build/gate",
        help="folder (default: build/gate)",
    )
    options = parser.parse_args(words)
    if options.only_counts and not options.gate_on_counts:
        parser.error("--only-counts without --gate-on-counts would let everything pass")

    def run() -> int:
        thresholds = read_thresholds(options.thresholds)
        output: Path = options.output.resolve()
        make_folder(output)
        return decide(
            Question(
                base=options.base,
                head=options.head,
                preset=options.preset or thresholds.preset,
                thresholds=thresholds,
                gate_on_counts=options.gate_on_counts,
                only_counts=options.only_counts,
                output=output,
                passed_on=passed_on,
            )
        )

    return exit_code_of("ci/gate", run)
