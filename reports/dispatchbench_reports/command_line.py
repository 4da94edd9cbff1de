"""The command line: report, chart, table."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import Sequence, cast

from dispatchbench_reports import gallery, tables
from dispatchbench_reports.loading import load, select
from dispatchbench_reports.output import make_directory, write_all
from dispatchbench_reports.page import page
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.results import Clock, Study
from dispatchbench_reports.style import DARK, LIGHT, Theme, png_bytes, svg_text, themed

USAGE_EXIT = 2


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

    report = commands.add_parser(
        "report", parents=[shared], help="report.html, all charts and all tables"
    )
    report.add_argument("-o", "--output", metavar="DIR", required=True)
    chart = commands.add_parser(
        "chart", parents=[shared], help="one chart as SVG and PNG, light and dark"
    )
    chart.add_argument("--name", choices=tuple(gallery.CHARTS), required=True)
    chart.add_argument("-o", "--output", metavar="DIR", required=True)
    table = commands.add_parser("table", parents=[shared], help="a table on stdout")
    table.add_argument("--format", choices=tables.FORMATS, default="text")
    table.add_argument("--metric", choices=tables.METRICS, default="ratio")
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


def chart_files(charts: Sequence[gallery.Chart], directory: Path) -> dict[Path, bytes]:
    """SVG and PNG of each chart in both themes."""
    files: dict[Path, bytes] = {}
    for chart in charts:
        for theme in (LIGHT, DARK):
            files.update(_chart_in(chart, theme, directory))
    return files


def _chart_in(chart: gallery.Chart, theme: Theme, directory: Path) -> dict[Path, bytes]:
    stem = chart.name if theme is LIGHT else f"{chart.name}-{theme.name}"
    with themed(theme):
        figure = chart.draw(theme)
        return {
            directory / f"{stem}.svg": svg_text(figure, stem).encode(),
            directory / f"{stem}.png": png_bytes(figure),
        }


def _report(options: argparse.Namespace) -> int:
    study, baseline = _study(options)
    directory = make_directory(options.output)
    charts = gallery.charts_for(study, baseline, cast(Clock, options.clock))
    files = chart_files(charts, directory)
    drawn = [(chart, files[directory / f"{chart.name}.svg"].decode()) for chart in charts]
    files[directory / "report.html"] = page(study, baseline, drawn).encode()
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


def _chart(options: argparse.Namespace) -> int:
    study, baseline = _study(options)
    made = gallery.CHARTS[options.name](study, baseline, cast(Clock, options.clock))
    if isinstance(made, str):
        raise Problem(options.results[0], f"chart {options.name}", made)
    directory = make_directory(options.output)
    files = chart_files([made], directory)
    write_all(files)
    for path in files:
        print(path)
    return 0


def _table(options: argparse.Namespace) -> int:
    study, baseline = _study(
        options, needs_ratio=options.metric == "ratio" and options.format != "csv"
    )
    sys.stdout.write(
        tables.rendered(study, baseline, options.format, options.metric, options.clock)
    )
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code: 0 fine, 2 bad usage or input (argparse exits with 2 itself)."""
    options = _parser().parse_args(arguments)
    try:
        code = {"report": _report, "chart": _chart, "table": _table}[options.command](options)
        sys.stdout.flush()
        return code
    except Problem as problem:
        print(f"dispatchbench_reports: {problem}", file=sys.stderr)
        return USAGE_EXIT
    except BrokenPipeError:
        # The reader has enough (`| head`): not an error, and no message at shutdown either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
