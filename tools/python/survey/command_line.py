"""The command line of tools/survey."""

from __future__ import annotations

import argparse
import datetime
import pathlib
import sys
import time
from collections.abc import Sequence

from arguments import add_filter, command_parser, matching, whole_number
from compilers.suites import add_mirror, check_system, system_mirror
from locked_folder import locked_folder
from tool import exit_code_of

from .auditing import audit_all
from .fetching import Place, Shipped, fetch_suite, survey_prefix
from .program_list import FILE, ProgramList, known_places, read_list
from .publishing import publish, write_results
from .results import changes, document_of, row_of, terminal_table

DESCRIPTION = """\
Says what the compiler made of the dispatch of the interpreters that Debian ships.

Fetches the packages of tools/python/survey/programs.json from bookworm, trixie and sid with an apt that has folders of its own,
takes one file out of each, and audits its main loop. Nothing is installed and nothing of a package is run."""
EPILOG = """\
The folder is --prefix, $DISPATCHBENCH_SURVEY, or dispatchbench/survey in $XDG_DATA_HOME or ~/.local/share.
  tools/survey                                everything, as a table
  tools/survey --program 'Lua.*' --suite sid  a few
  tools/survey -o FOLDER                      also survey.json, survey.md and a chart
  tools/survey --publish                      into reports/published/DATE-survey/"""


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("tools/survey", DESCRIPTION, EPILOG)
    add_filter(parser, "--program", "programs")
    add_filter(parser, "--suite", "suites")
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", type=pathlib.Path, help="write data, table and chart"
    )
    parser.add_argument("--publish", action="store_true", help="write the folder to publish")
    parser.add_argument(
        "--prefix", metavar="FOLDER", type=pathlib.Path, help="where packages are fetched to"
    )
    parser.add_argument(
        "--list",
        metavar="FILE",
        type=pathlib.Path,
        default=FILE,
        help="the programs, as JSON (default: programs.json beside the tool's code)",
    )
    add_mirror(parser)
    parser.add_argument(
        "--seconds",
        metavar="N",
        type=whole_number(1, 3600),
        default=60,
        help="at most so long for one program's audit (default: %(default)s)",
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=whole_number(1, 64),
        default=2,
        help="audits at a time (default: %(default)s)",
    )
    return parser


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _fetched(place: Place, what: ProgramList) -> list[Shipped]:
    found: list[Shipped] = []
    for suite in what.suites:
        _say(f"{suite}: fetching what isn't here yet")
        found += fetch_suite(place, suite, what.programs)
    order = {program.name: number for number, program in enumerate(what.programs)}
    return sorted(found, key=lambda one: (order[one.program.name], what.suites.index(one.suite)))


def survey(options: argparse.Namespace) -> int:
    """Fetches, audits, and says what was found."""
    everything = read_list(options.list)
    what = ProgramList(
        tuple(matching("--suite", options.suite, everything.suites, str)),
        tuple(matching("--program", options.program, everything.programs, lambda one: one.name)),
    )
    check_system()
    prefix = survey_prefix(options.prefix)
    place = Place(prefix, options.mirror or system_mirror(), options.keyring.absolute())
    remedy = "choose another --prefix, with about 1 GB of room"
    with locked_folder(prefix, "tools/survey", remedy):
        shipped = _fetched(place, what)
    audited = [one for one in shipped if one.path is not None and one.program.stated is None]
    began = time.monotonic()

    def progress(number: int, one: Shipped, took: float) -> None:
        _say(f"{number + 1} of {len(audited)}: {one.program.name} ({one.suite}): {took:.1f} s")

    results = audit_all(audited, known_places(), options.seconds, options.jobs, progress)
    seconds = time.monotonic() - began
    by_place = {(one.program.name, one.suite): result for one, result in zip(audited, results)}
    rows = [
        row_of(one, by_place.get((one.program.name, one.suite)) or _not_audited(one))
        for one in shipped
    ]
    date = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    document = document_of(what, rows, date, seconds)
    print("\n".join(terminal_table(document)))
    print("\n".join(["", *changes(document)]))
    print(f"{len(rows)} files; the audits took {seconds:.0f} s.")
    if options.output is not None:
        write_results(document, options.output)
        print(f"Written to {options.output}")
    if options.publish:
        print(f"Published in {publish(document)}")
    return 0


def _not_audited(one: Shipped) -> dict[str, object]:
    if one.program.stated is not None:
        return {"technique": "generated", "reason": f"not audited: {one.program.stated}"}
    return {"technique": "unknown", "reason": one.inside}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the survey; returns the exit code."""
    options = _parser().parse_args(arguments)
    return exit_code_of("tools/survey", lambda: survey(options))
