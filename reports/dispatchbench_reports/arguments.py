"""Parses a command line into the options of its command."""

from __future__ import annotations

import argparse
from enum import StrEnum
from typing import Callable, Sequence, TypeVar

from dispatchbench_reports.argument_parser import ArgumentParser
from dispatchbench_reports.choices import CHART_NAMES, Format, Metric
from dispatchbench_reports.judgement import THRESHOLD, VISIBLE
from dispatchbench_reports.lens import DEFAULT_BASELINE
from dispatchbench_reports.options import (
    ChartOptions,
    DiffOptions,
    HistoryAddOptions,
    HistoryCheckOptions,
    HistoryOptions,
    HistoryShowOptions,
    OpcodeOptions,
    OpcodesOptions,
    Options,
    PublishOptions,
    ReportOptions,
    ResultsOptions,
    TableOptions,
    VerdictsOptions,
)
from dispatchbench_reports.reading.merging import Tolerance
from dispatchbench_reports.study import Clock
from dispatchbench_reports.trends import LAST

Choice = TypeVar("Choice", bound=StrEnum)


def _add_choice(
    parser: argparse.ArgumentParser, name: str, default: Choice, help: str | None = None
) -> None:
    """An option whose values are those of the default's enumeration."""
    kind = type(default)
    parser.add_argument(name, choices=tuple(map(str, kind)), type=str, default=default, help=help)


def _add_output(parser: argparse.ArgumentParser, help: str | None = None) -> None:
    parser.add_argument("-o", "--output", metavar="DIR", required=True, help=help)


def _add_clock(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--clock",
        choices=tuple(map(str, Clock)),
        type=str,
        help="CPU time (default, where it was measured) or wall time",
    )


def _clock(found: argparse.Namespace) -> Clock | None:
    return None if found.clock is None else Clock(found.clock)


def _add_results(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("results", nargs="+", metavar="RESULTS.json")
    parser.add_argument(
        "--baseline",
        metavar="BACKEND[/LABEL]",
        help="compare each library with its own BACKEND, or everything with that of library LABEL "
        f"(default: {DEFAULT_BASELINE})",
    )
    parser.add_argument("--workload", metavar="RE", help="only workloads whose whole name matches")
    parser.add_argument("--backend", metavar="RE", help="only backends whose whole name matches")
    _add_clock(parser)
    parser.add_argument(
        "--allow-missing",
        action="store_true",
        help="accept a backend that only some of the files have",
    )
    parser.add_argument(
        "--allow-one-sample",
        action="store_true",
        help="accept benchmarks with one sample, shown without an interval",
    )


def _add_profile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--profile",
        metavar="PROFILE.json",
        help="add the opcode mix: the output of `dispatchbench profile --json`",
    )
    parser.add_argument(
        "--costs",
        metavar="COSTS.json",
        help="with --profile: add the costs of opcodes, the output of `tools/per_opcode --json`",
    )


def _results(found: argparse.Namespace) -> ResultsOptions:
    return ResultsOptions(
        paths=tuple(found.results),
        baseline=found.baseline,
        workload=found.workload,
        backend=found.backend,
        clock=_clock(found),
        tolerance=Tolerance(
            missing_backends=found.allow_missing, one_sample=found.allow_one_sample
        ),
    )


def _opcodes(found: argparse.Namespace) -> OpcodeOptions | None:
    if found.profile is None:
        return None
    return OpcodeOptions(found.profile, found.costs, found.workload)


class _Commands:
    """Adds commands, each with the function that makes its options."""

    def __init__(self, parser: argparse.ArgumentParser, metavar: str) -> None:
        self._parsers = parser.add_subparsers(required=True, metavar=metavar)

    def add(
        self, name: str, help: str, options: Callable[[argparse.Namespace], Options] | None = None
    ) -> argparse.ArgumentParser:
        parser = self._parsers.add_parser(name, help=help)
        if options is not None:
            parser.set_defaults(options=options)
        return parser


def _add_reports(commands: _Commands) -> None:
    report = commands.add(
        "report",
        "report.html, all charts and all tables",
        lambda found: ReportOptions(_results(found), _opcodes(found), found.output),
    )
    _add_results(report)
    _add_profile(report)
    _add_output(report)
    publish = commands.add(
        "publish",
        "results, page and charts in a new folder named by date and processor",
        lambda found: PublishOptions(_results(found), _opcodes(found), found.output),
    )
    _add_results(publish)
    _add_profile(publish)
    _add_output(publish, "the parent of the new folder")
    table = commands.add(
        "table",
        "a table on stdout",
        lambda found: TableOptions(_results(found), Format(found.format), Metric(found.metric)),
    )
    _add_results(table)
    _add_choice(table, "--format", Format.TEXT)
    _add_choice(table, "--metric", Metric.RATIO)


def _add_charts(commands: _Commands) -> None:
    chart = commands.add(
        "chart",
        "one chart as SVG and PNG, light and dark, and as PDF",
        lambda found: ChartOptions(found.name, _results(found), found.output),
    )
    chart.add_argument("name", choices=CHART_NAMES, metavar="NAME", help=", ".join(CHART_NAMES))
    _add_results(chart)
    _add_output(chart)
    mix = commands.add(
        "opcodes",
        "the opcode mix of workloads as a chart",
        lambda found: OpcodesOptions(
            OpcodeOptions(found.profile, found.costs, found.workload), found.output
        ),
    )
    mix.add_argument("profile", metavar="PROFILE.json")
    mix.add_argument("--workload", metavar="RE", help="only workloads whose whole name matches")
    mix.add_argument(
        "--costs", metavar="COSTS.json", help="the output of `tools/per_opcode --json`"
    )
    _add_output(mix)
    verdicts = commands.add(
        "verdicts",
        "a comparison's verdicts as a chart",
        lambda found: VerdictsOptions(found.comparison, found.output),
    )
    verdicts.add_argument(
        "comparison",
        metavar="COMPARISON.json",
        help="a file that `dispatchbench compare --output` wrote",
    )
    _add_output(verdicts)


def _add_diff(commands: _Commands) -> None:
    diff = commands.add(
        "diff",
        "two runs of one machine side by side: hints, no verdict",
        lambda found: DiffOptions(
            found.base, found.head, Format(found.format), _clock(found), found.allow_missing
        ),
    )
    diff.add_argument("base", metavar="BASE.json", help="the baseline")
    diff.add_argument("head", metavar="HEAD.json", help="the candidate")
    _add_choice(diff, "--format", Format.TEXT)
    _add_clock(diff)
    diff.add_argument(
        "--allow-missing", action="store_true", help="list benchmarks that only one file has"
    )


def _add_history(commands: _Commands) -> None:
    history = commands.add("history", "append runs to a history file; show and check it")
    actions = _Commands(history, "ACTION")
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
    _add_choice(show, "--format", Format.TEXT)
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


def _parser() -> argparse.ArgumentParser:
    parser = ArgumentParser(
        prog="python3 -m dispatchbench_reports",
        description="Charts, tables and one HTML page from dispatchbench results, or from JSON of Google Benchmark, hyperfine, "
        "Criterion (also its folder target/criterion) or pyperf.",
    )
    commands = _Commands(parser, "COMMAND")
    _add_reports(commands)
    _add_charts(commands)
    _add_diff(commands)
    _add_history(commands)
    return parser


def parsed(arguments: Sequence[str] | None = None) -> Options:
    """The options of one command. argparse exits with 2 on wrong usage."""
    found = _parser().parse_args(arguments)
    options: Options = found.options(found)
    return options
