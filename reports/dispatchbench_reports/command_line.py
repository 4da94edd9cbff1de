"""The command line: report, publish, chart, opcodes, verdicts, table, diff, history."""

from __future__ import annotations

import sys
from typing import Iterable, Sequence

from dispatchbench_reports import history
from dispatchbench_reports.arguments import parsed
from dispatchbench_reports.chart_files import write_chart
from dispatchbench_reports.chart_list import CHARTS, comparison_verdicts, history_trends
from dispatchbench_reports.differences import difference_table
from dispatchbench_reports.options import (
    ChartOptions,
    DiffOptions,
    HistoryAddOptions,
    HistoryCheckOptions,
    HistoryShowOptions,
    OpcodesOptions,
    Options,
    PublishOptions,
    ReportOptions,
    TableOptions,
    VerdictsOptions,
)
from dispatchbench_reports.phrases import percent
from dispatchbench_reports.problems import Problem, Unwritable
from dispatchbench_reports.program_end import FAILURE, complain, run_program
from dispatchbench_reports.publishing import publish
from dispatchbench_reports.reading.comparison import read_comparison
from dispatchbench_reports.reading.merging import Tolerance, load
from dispatchbench_reports.reading.selection import clock_for, on_clock
from dispatchbench_reports.report import opcode_chart, read_lens, write_report
from dispatchbench_reports.table_formats import rendered, written
from dispatchbench_reports.visible_text import visible

PROGRAM = "dispatchbench_reports"
USAGE_EXIT = 2
REGRESSION_EXIT = 3


def _print_lines(lines: Iterable[object]) -> None:
    for line in lines:
        print(visible(str(line)))


def _chart(options: ChartOptions) -> None:
    made = CHARTS[options.name](read_lens(options.results))
    if isinstance(made, str):
        raise Problem(options.results.paths[0], f"chart {options.name}", made)
    _print_lines(write_chart(made, options.output))


def _table(options: TableOptions) -> None:
    lens = read_lens(options.results, options.needs_ratio)
    sys.stdout.write(rendered(lens, options.format, options.metric))


def _diff(options: DiffOptions) -> None:
    baseline, candidate = load([options.baseline]), load([options.candidate])
    clock = clock_for(baseline, options.clock)
    table = difference_table(
        on_clock(baseline, clock), on_clock(candidate, clock), clock, options.allow_missing
    )
    sys.stdout.write(written(table, options.format))


def _history_add(options: HistoryAddOptions) -> None:
    study = load(options.results, Tolerance(missing_backends=True))
    print(f"{options.history}: {history.add(options.history, study)} benchmarks added")


def _history_show(options: HistoryShowOptions) -> None:
    found = history.trends(history.read_history(options.history))
    if options.output is not None:
        write_chart(history_trends(found), options.output)
    sys.stdout.write(written(history.change_table(found), options.format))


def _history_check(options: HistoryCheckOptions) -> int:
    found = history.trends(history.read_history(options.history))
    slower = history.regressions(found, options.threshold, options.last)
    for series, change in slower:
        first = series.entries[change.index]
        revision = first.git_revision[:10] or "unknown"
        print(
            f"slower: {series.name} {percent(change.ratio)} since revision {revision} ({first.date}), "
            f"{series.last.compiler}, {series.last.cpu_model}"
        )
    if not slower:
        print(
            f"no series became slower by more than {options.threshold * 100:g} % in the last {options.last} runs"
        )
    return REGRESSION_EXIT if slower else 0


def run(options: Options) -> int:
    """Runs one command; returns its exit code."""
    match options:
        case ReportOptions():
            _print_lines([write_report(options.results, options.opcodes, options.output)])
        case PublishOptions():
            _print_lines([publish(options.results, options.opcodes, options.output)])
        case ChartOptions():
            _chart(options)
        case OpcodesOptions():
            _print_lines(write_chart(opcode_chart(options.opcodes), options.output))
        case VerdictsOptions():
            chart = comparison_verdicts(read_comparison(options.comparison))
            _print_lines(write_chart(chart, options.output))
        case TableOptions():
            _table(options)
        case DiffOptions():
            _diff(options)
        case HistoryAddOptions():
            _history_add(options)
        case HistoryShowOptions():
            _history_show(options)
        case HistoryCheckOptions():
            return _history_check(options)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line; returns its exit code: 0 fine, 1 an output that can't be written, 2 bad usage or input
    (argparse exits with 2 itself), 3 a regression that `history check` found."""

    def work() -> int:
        options = parsed(arguments)
        try:
            return run(options)
        except Problem as problem:
            complain(PROGRAM, str(problem))
            return FAILURE if isinstance(problem, Unwritable) else USAGE_EXIT

    return run_program(PROGRAM, work)
