"""The command line: report, publish, chart, opcodes, verdicts, table, diff, history."""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Collection, Mapping, Sequence, cast

from markupsafe import Markup

from dispatchbench_reports import gallery, history, tables
from dispatchbench_reports.charts import trend
from dispatchbench_reports.comparison import read_comparison
from dispatchbench_reports.differences import difference_table
from dispatchbench_reports.inline_svg import inline_svg
from dispatchbench_reports.loading import load, matching, read_json, select
from dispatchbench_reports.opcode_costs import read_costs
from dispatchbench_reports.opcode_profile import read_profiles
from dispatchbench_reports.output import make_directory, write_all
from dispatchbench_reports.page import page
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.results import Clock, Study
from dispatchbench_reports.style import DARK, LIGHT, png_bytes, svg_text, themed

USAGE_EXIT = 2
REGRESSION_EXIT = 3
PUBLISHED_CHARTS = ("ratio", "technique")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m dispatchbench_reports",
        description="Charts, tables and one HTML page from dispatchbench results (or Google Benchmark's JSON).",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("results", nargs="+", metavar="RESULTS.json")
    shared.add_argument(
        "--baseline", metavar="BACKEND", help="compare with this backend (default: switch_loop)"
    )
    shared.add_argument("--workload", metavar="RE", help="only workloads whose whole name matches")
    shared.add_argument("--backend", metavar="RE", help="only backends whose whole name matches")
    shared.add_argument(
        "--clock", choices=("cpu", "wall"), default="cpu", help="CPU time (default) or wall time"
    )
    shared.add_argument(
        "--allow-missing",
        action="store_true",
        help="accept a backend that only some of the files have",
    )
    shared.add_argument(
        "--allow-one-sample",
        action="store_true",
        help="accept benchmarks with one sample, shown without interval",
    )

    with_profile = argparse.ArgumentParser(add_help=False)
    with_profile.add_argument(
        "--profile",
        metavar="PROFILE.json",
        help="show the opcode mix too: what `dispatchbench profile --json` prints",
    )
    with_profile.add_argument(
        "--costs",
        metavar="COSTS.json",
        help="with --profile: the costs of opcodes, from `tools/per_opcode --json`",
    )

    report = commands.add_parser(
        "report", parents=[shared, with_profile], help="report.html, all charts and all tables"
    )
    report.add_argument("-o", "--output", metavar="DIR", required=True)
    chart = commands.add_parser(
        "chart", parents=[_name_first(), shared], help="one chart as SVG and PNG, light and dark"
    )
    chart.add_argument("-o", "--output", metavar="DIR", required=True)
    mix = commands.add_parser("opcodes", help="the opcode mix of workloads as a chart")
    mix.add_argument("profile", metavar="PROFILE.json")
    mix.add_argument("--workload", metavar="RE", help="only workloads whose whole name matches")
    mix.add_argument("--costs", metavar="COSTS.json", help="what `tools/per_opcode --json` writes")
    mix.add_argument("-o", "--output", metavar="DIR", required=True)
    verdicts = commands.add_parser("verdicts", help="a comparison's verdicts as a chart")
    verdicts.add_argument(
        "comparison", metavar="COMPARISON.json", help="what `dispatchbench compare --output` writes"
    )
    verdicts.add_argument("-o", "--output", metavar="DIR", required=True)
    publish = commands.add_parser(
        "publish",
        parents=[shared, with_profile],
        help="results and charts into a folder of their own, named by date and processor",
    )
    publish.add_argument(
        "-o", "--output", metavar="DIR", required=True, help="where the folder is made"
    )
    table = commands.add_parser("table", parents=[shared], help="a table on stdout")
    table.add_argument("--format", choices=tables.FORMATS, default="text")
    table.add_argument("--metric", choices=tables.METRICS, default="ratio")

    diff = commands.add_parser(
        "diff", help="two runs of one machine side by side: hints, no verdict"
    )
    diff.add_argument("base", metavar="BASE.json")
    diff.add_argument("head", metavar="HEAD.json")
    diff.add_argument("--format", choices=tuple(tables.WRITERS), default="text")
    diff.add_argument("--clock", choices=("cpu", "wall"), default="cpu")
    diff.add_argument(
        "--allow-missing", action="store_true", help="list benchmarks that only one file has"
    )

    history_parser = commands.add_parser(
        "history", help="append runs to a history file; show and check it"
    )
    actions = history_parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="append the runs of results files")
    add.add_argument("history", metavar="HISTORY.jsonl")
    add.add_argument("results", nargs="+", metavar="RESULTS.json")
    show = actions.add_parser(
        "show", help="every series with its change points; with -o the chart too"
    )
    show.add_argument("history", metavar="HISTORY.jsonl")
    show.add_argument("--format", choices=tuple(tables.WRITERS), default="text")
    show.add_argument("-o", "--output", metavar="DIR")
    check = actions.add_parser("check", help="exit with 3 when a series has become slower lately")
    check.add_argument("history", metavar="HISTORY.jsonl")
    check.add_argument(
        "--threshold",
        type=_percentage,
        default=1.0,
        metavar="PERCENT",
        help="smaller changes pass (default: 1)",
    )
    check.add_argument(
        "--last",
        type=_positive,
        default=5,
        metavar="RUNS",
        help="look for changes among the last runs (default: 5)",
    )
    return parser


def _percentage(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1000:
        raise argparse.ArgumentTypeError(f"found {text}, expected percent from 0 to 1000")
    return value


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"found {text}, expected a number above 0")
    return value


def _name_first() -> argparse.ArgumentParser:
    """The chart's name, which stands before the files."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(
        "name", choices=tuple(gallery.CHARTS), metavar="NAME", help=", ".join(gallery.CHARTS)
    )
    return parser


def _study(options: argparse.Namespace, needs_ratio: bool = True) -> tuple[Study, str]:
    """The study that the options select and its baseline."""
    study = load(options.results, options.allow_missing, options.allow_one_sample)
    study = select(study, options.workload, None)
    baseline = options.baseline or (
        "switch_loop" if "switch_loop" in study.backends else study.backends[0]
    )
    if baseline not in study.backends:
        raise Problem(
            "--baseline", baseline, f"was not measured; these were: {', '.join(study.backends)}"
        )
    if options.backend is not None:
        chosen = select(study, None, options.backend)
        kept = [name for name in study.backends if name in chosen.backends or name == baseline]
        study = select(study, None, "|".join(re.escape(name) for name in kept))
    if needs_ratio:
        if len(study.backends) < 2:
            raise Problem(
                options.results[0],
                "benchmarks",
                f"holds one backend, {baseline}; a ratio needs two",
                "Measure another backend, or ask for `table --metric time`",
            )
        for column in study.columns:
            if not study.measured(column, baseline):
                raise Problem(
                    column.source,
                    f"benchmarks, library {column.label}",
                    f"the baseline {baseline} is missing",
                    "Choose another with --baseline",
                )
    return study, baseline


@dataclass(frozen=True)
class Drawn:
    """A chart's files (SVG and PNG in both themes) and its picture for the page."""

    chart: gallery.Chart
    files: Mapping[Path, bytes]
    inline: Markup


def drawn(chart: gallery.Chart, directory: Path) -> Drawn:
    files: dict[Path, bytes] = {}
    inline = Markup()
    for theme in (LIGHT, DARK):
        stem = chart.name if theme is LIGHT else f"{chart.name}-{theme.name}"
        with themed(theme):
            figure = chart.draw(theme)
            files[directory / f"{stem}.svg"] = svg_text(figure, stem).encode()
            files[directory / f"{stem}.png"] = png_bytes(figure)
            if theme is LIGHT:
                inline = inline_svg(figure, chart.name, chart.title)
    return Drawn(chart, files, inline)


def _report(options: argparse.Namespace, separate: Collection[str] | None = None) -> int:
    """Writes page, tables and charts; of the charts only those named in separate also as files of their own."""
    study, baseline = _study(options)
    directory = make_directory(options.output)
    charts = gallery.charts_for(study, baseline, cast(Clock, options.clock))
    if options.profile is not None:
        charts.append(_opcode_chart(options.profile, options.costs, options.workload))
    pictures = [drawn(chart, directory) for chart in charts]
    files = {
        path: data
        for picture in pictures
        if separate is None or picture.chart.name in separate
        for path, data in picture.files.items()
    }
    inline = [(picture.chart, picture.inline) for picture in pictures]
    files[directory / "report.html"] = page(study, baseline, inline).encode()
    for format, name in (
        ("text", "table.txt"),
        ("markdown", "table.md"),
        ("latex", "table.tex"),
        ("csv", "table.csv"),
    ):
        text = tables.rendered(
            study, baseline, cast(tables.Format, format), clock=cast(Clock, options.clock)
        )
        files[directory / name] = text.encode()
    write_all(files)
    print(directory / "report.html")
    return 0


def without_places(value: Any) -> Any:
    """The same JSON with the last part alone of each absolute path: where files lay is nobody's business."""
    if isinstance(value, dict):
        return {name: without_places(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [without_places(inner) for inner in value]
    if isinstance(value, str) and "/" in value:
        return re.sub(r"(?<![\w./-])/(?:[^\s/:;,'\"]+/)+", "", value)
    return value


def _publish(options: argparse.Namespace) -> int:
    study, _ = _study(options)
    if len(study.sources) != 1 or study.foreign:
        raise Problem(", ".join(options.results), "", "expected one results.json of dispatchbench")
    source = study.sources[0]
    processor = re.sub(r"\((R|TM)\)|Processor|CPU|@.*", " ", source.machine.cpu_model)
    name = "-".join([source.date[:10], *re.findall(r"[a-z0-9]+", processor.lower())])
    folder = make_directory(str(Path(options.output) / name))
    document = without_places(read_json(options.results[0]))
    document["context"].pop("host_name", None)
    # No time in the header: the same results give the same file.
    packed = gzip.compress(json.dumps(document, separators=(",", ":")).encode(), mtime=0)
    write_all({folder / "results.json.gz": packed})
    options.results = [str(folder / "results.json.gz")]
    options.output = str(folder)
    # The page holds all charts; files of their own, which make a repository heavy, only what others quote.
    return _report(options, separate=PUBLISHED_CHARTS)


def _chart(options: argparse.Namespace) -> int:
    study, baseline = _study(options)
    made = gallery.CHARTS[options.name](study, baseline, cast(Clock, options.clock))
    if isinstance(made, str):
        raise Problem(options.results[0], f"chart {options.name}", made)
    return _write_chart(made, options.output)


def _write_chart(chart: gallery.Chart, output: str) -> int:
    files = drawn(chart, make_directory(output)).files
    write_all(files)
    for path in files:
        print(path)
    return 0


def _opcodes(options: argparse.Namespace) -> int:
    return _write_chart(
        _opcode_chart(options.profile, options.costs, options.workload), options.output
    )


def _opcode_chart(profile: str, costs: str | None, workload: str | None) -> gallery.Chart:
    profiles = read_profiles(profile)
    if workload is not None:
        kept = matching([found.program for found in profiles], workload, "--workload")
        profiles = [found for found in profiles if found.program in kept]
    return gallery.opcodes(profiles, read_costs(costs) if costs is not None else None)


def _verdicts(options: argparse.Namespace) -> int:
    return _write_chart(gallery.verdicts(read_comparison(options.comparison)), options.output)


def _table(options: argparse.Namespace) -> int:
    study, baseline = _study(
        options, needs_ratio=options.metric == "ratio" and options.format != "csv"
    )
    sys.stdout.write(
        tables.rendered(study, baseline, options.format, options.metric, options.clock)
    )
    return 0


def _diff(options: argparse.Namespace) -> int:
    base, head = load([options.base]), load([options.head])
    table = difference_table(base, head, options.clock, options.allow_missing)
    sys.stdout.write(tables.WRITERS[options.format](table))
    return 0


def _history(options: argparse.Namespace) -> int:
    if options.action == "add":
        number = history.add(options.history, load(options.results, allow_missing=True))
        print(f"{options.history}: {number} benchmarks added")
        return 0
    found = history.trends(history.read_history(options.history))
    if options.action == "show":
        if options.output is not None:
            data = trend.trend_chart(found)
            directory = make_directory(options.output)
            chart = gallery.Chart(
                "history",
                "History",
                data.title,
                data.caption,
                lambda theme: trend.draw_trend_chart(data, theme),
            )
            write_all(drawn(chart, directory).files)
        sys.stdout.write(tables.WRITERS[options.format](history.change_table(found)))
        return 0
    slower = history.regressions(found, options.threshold / 100, options.last)
    for series, change in slower:
        where = series.entries[change.index]
        print(
            f"slower: {series.name} {history.percent(change.ratio)} from revision "
            f"{where.git_revision[:10] or 'unknown'} ({where.date}) on, {series.last.compiler}, {series.last.cpu_model}"
        )
    if not slower:
        print(
            f"no series became slower by more than {options.threshold:g} % in the last {options.last} runs"
        )
    return REGRESSION_EXIT if slower else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code: 0 fine, 2 bad usage or input (argparse exits with 2 itself), 3 a
    regression that `history check` found."""
    options = _parser().parse_args(arguments)
    try:
        commands: dict[str, Callable[[argparse.Namespace], int]] = {
            "report": _report,
            "publish": _publish,
            "chart": _chart,
            "opcodes": _opcodes,
            "verdicts": _verdicts,
            "table": _table,
            "diff": _diff,
            "history": _history,
        }
        code = commands[options.command](options)
        sys.stdout.flush()
        return code
    except Problem as problem:
        print(f"dispatchbench_reports: {problem}", file=sys.stderr)
        return USAGE_EXIT
    except BrokenPipeError:
        # The reader has enough (`| head`): not an error, and no message at shutdown either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
