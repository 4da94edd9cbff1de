"""Parses a command line into the options of its command."""

from __future__ import annotations

import argparse
import re
from typing import Sequence

from dispatchbench_reports.argument_parser import ArgumentParser
from dispatchbench_reports.choices import CHART_NAMES, Format, Metric
from dispatchbench_reports.commands import Commands, add_choice
from dispatchbench_reports.histories.arguments import add_history
from dispatchbench_reports.lens import DEFAULT_BASELINE
from dispatchbench_reports.options import (
    ChartOptions,
    ColdOptions,
    CorrectnessOptions,
    DiffOptions,
    EnginesOptions,
    ExtraOptions,
    FlagsOptions,
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


def _add_extra(parser: argparse.ArgumentParser) -> None:
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
    parser.add_argument(
        "--verification",
        metavar="VERIFY.json",
        help="add what is right with which compiler: the output of `dispatchbench verify --json`",
    )
    parser.add_argument(
        "--cold",
        metavar="COLD.json",
        help="add cold starts, and memory to the ladder: a file that `dispatchbench cold` wrote",
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


def _extra(found: argparse.Namespace) -> ExtraOptions:
    opcodes = None
    if found.profile is not None:
        opcodes = OpcodeOptions(found.profile, found.costs, found.workload)
    return ExtraOptions(opcodes, found.verification, found.cold)


def _topic(text: str) -> str:
    """A word or several for a folder's name."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text):
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected small letters and digits, with - between words"
        )
    return text


def _add_reports(commands: Commands) -> None:
    report = commands.add(
        "report",
        "report.html, all charts and all tables",
        lambda found: ReportOptions(_results(found), _extra(found), found.output),
    )
    _add_results(report)
    _add_extra(report)
    _add_output(report)
    publish = commands.add(
        "publish",
        "results, page and charts in a new folder named by date and processor",
        lambda found: PublishOptions(_results(found), _extra(found), found.output, found.topic),
    )
    _add_results(publish)
    _add_extra(publish)
    publish.add_argument(
        "--topic",
        type=_topic,
        metavar="WORD",
        help="ends the folder's name: what this run is about, where a day has several",
    )
    _add_output(publish, "the parent of the new folder")
    table = commands.add(
        "table",
        "a table on stdout",
        lambda found: TableOptions(_results(found), Format(found.format), Metric(found.metric)),
    )
    _add_results(table)
    add_choice(table, "--format", Format.TEXT)
    add_choice(table, "--metric", Metric.RATIO)
    flags = commands.add(
        "flags",
        "what compiler flags do to each backend, as a table on stdout",
        lambda found: FlagsOptions(_results(found), Format(found.format)),
    )
    _add_results(flags)
    add_choice(flags, "--format", Format.TEXT)
    engines = commands.add(
        "engines",
        "what WebAssembly engines make of each variant, as a table on stdout",
        lambda found: EnginesOptions(_results(found), Format(found.format)),
    )
    _add_results(engines)
    add_choice(engines, "--format", Format.TEXT)


def _add_charts(commands: Commands) -> None:
    chart = commands.add(
        "chart",
        "one chart as SVG and PNG, light and dark, and as PDF",
        lambda found: ChartOptions(found.name, _results(found), found.output, found.cold),
    )
    chart.add_argument("name", choices=CHART_NAMES, metavar="NAME", help=", ".join(CHART_NAMES))
    _add_results(chart)
    chart.add_argument(
        "--cold",
        metavar="COLD.json",
        help="for the chart ladder: memory at run time, from a file that `dispatchbench cold` wrote",
    )
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
    cold = commands.add(
        "cold",
        "cold starts as a chart",
        lambda found: ColdOptions(found.measurement, found.output),
    )
    cold.add_argument(
        "measurement", metavar="COLD.json", help="a file that `dispatchbench cold` wrote"
    )
    _add_output(cold)
    correctness = commands.add(
        "correctness",
        "which backends are right with which compiler at which optimisation level",
        lambda found: CorrectnessOptions(found.verification, Format(found.format), found.output),
    )
    correctness.add_argument(
        "verification", metavar="VERIFY.json", help="the output of `dispatchbench verify --json`"
    )
    add_choice(correctness, "--format", Format.TEXT)
    correctness.add_argument(
        "-o", "--output", metavar="DIR", help="draw the chart in this folder, too"
    )


def _add_diff(commands: Commands) -> None:
    diff = commands.add(
        "diff",
        "two runs of one machine side by side: hints, no verdict",
        lambda found: DiffOptions(
            found.base, found.head, Format(found.format), _clock(found), found.allow_missing
        ),
    )
    diff.add_argument("base", metavar="BASE.json", help="the baseline")
    diff.add_argument("head", metavar="HEAD.json", help="the candidate")
    add_choice(diff, "--format", Format.TEXT)
    _add_clock(diff)
    diff.add_argument(
        "--allow-missing", action="store_true", help="list benchmarks that only one file has"
    )


def _parser() -> argparse.ArgumentParser:
    parser = ArgumentParser(
        prog="python3 -m dispatchbench_reports",
        description="Charts, tables and one HTML page from dispatchbench results, or from JSON of Google Benchmark, hyperfine, "
        "Criterion (also its folder target/criterion) or pyperf.",
    )
    commands = Commands(parser, "COMMAND")
    _add_reports(commands)
    _add_charts(commands)
    _add_diff(commands)
    add_history(commands)
    return parser


def parsed(arguments: Sequence[str] | None = None) -> Options:
    """The options of one command. argparse exits with 2 on wrong usage."""
    found = _parser().parse_args(arguments)
    options: Options = found.options(found)
    return options
