"""The command line: report, publish, chart, opcodes, verdicts, cold, correctness, table, flags, engines, diff, history.

What draws and computes takes a second to load, so each command imports it itself, if it can once its input is known to be
good.
"""

from __future__ import annotations

import sys
from typing import Iterable, Sequence

from dispatchbench_reports.arguments import parsed
from dispatchbench_reports.options import (
    ChartOptions,
    ColdOptions,
    CorrectnessOptions,
    DiffOptions,
    EnginesOptions,
    FlagsOptions,
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
from dispatchbench_reports.problems import Problem, Unwritable
from dispatchbench_reports.program_end import FAILURE, complain, run_program
from dispatchbench_reports.reading.cold_starts import read_cold_starts
from dispatchbench_reports.reading.comparison import read_comparison
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.reading.selection import clock_for, on_clock
from dispatchbench_reports.reading.verification import read_verification
from dispatchbench_reports.run_time_memory import has_memory
from dispatchbench_reports.selected_results import read_lens
from dispatchbench_reports.visible_text import visible

PROGRAM = "dispatchbench_reports"
USAGE_EXIT = 2


def _print_lines(lines: Iterable[object]) -> None:
    for line in lines:
        print(visible(str(line)))


def _chart(options: ChartOptions) -> None:
    cold = None
    if options.cold is not None:
        if options.name != "ladder":
            raise Problem("--cold", options.name, "has no use for it; the chart ladder has")
        cold = read_cold_starts(options.cold)
    lens = read_lens(options.results, cold=cold)
    if cold is not None and not has_memory(lens.study):
        raise Problem(
            cold.path,
            "rows[].memory_bytes",
            f"is missing, or of no library and backend that {options.results.paths[0]} has",
            "Measure the same libraries with this version's `dispatchbench cold`",
        )
    from dispatchbench_reports.chart_files import write_charts
    from dispatchbench_reports.chart_list import CHARTS, pictures_of

    made = CHARTS[options.name](lens)
    if isinstance(made, str):
        raise Problem(options.results.paths[0], f"chart {options.name}", made)
    _print_lines(write_charts(pictures_of(made), options.output))


def _opcodes(options: OpcodesOptions) -> None:
    from dispatchbench_reports.chart_files import write_charts
    from dispatchbench_reports.report import opcode_chart

    _print_lines(write_charts([opcode_chart(options.opcodes)], options.output))


def _verdicts(options: VerdictsOptions) -> None:
    comparison = read_comparison(options.comparison)
    from dispatchbench_reports.chart_files import write_charts
    from dispatchbench_reports.chart_list import comparison_verdicts

    _print_lines(write_charts([comparison_verdicts(comparison)], options.output))


def _cold(options: ColdOptions) -> None:
    found = read_cold_starts(options.measurement)
    from dispatchbench_reports.chart_files import write_charts
    from dispatchbench_reports.chart_list import cold_starts

    _print_lines(write_charts([cold_starts(found)], options.output))


def _correctness(options: CorrectnessOptions) -> None:
    libraries = read_verification(options.verification)
    from dispatchbench_reports.chart_files import write_charts
    from dispatchbench_reports.chart_list import verified_levels
    from dispatchbench_reports.charts.correctness import correctness, correctness_table
    from dispatchbench_reports.table_formats import written

    found = correctness(libraries)
    if options.output is not None:
        write_charts([verified_levels(found)], options.output)
    sys.stdout.write(written(correctness_table(found), options.format))


def _table(options: TableOptions) -> None:
    lens = read_lens(options.results, options.needs_ratio)
    from dispatchbench_reports.table_formats import rendered

    sys.stdout.write(rendered(lens, options.format, options.metric))


def _flags(options: FlagsOptions) -> None:
    lens = read_lens(options.results, needs_ratio=False)
    from dispatchbench_reports.flag_effects import flag_effects
    from dispatchbench_reports.flag_tables import flag_tables
    from dispatchbench_reports.table_formats import written

    found = flag_effects(lens)
    if isinstance(found, str):
        raise Problem(options.results.paths[0], "context.dispatchbench.libraries", found)
    sys.stdout.write(
        "\n".join(written(table, options.format) for table in flag_tables(lens, found))
    )


def _engines(options: EnginesOptions) -> None:
    lens = read_lens(options.results, needs_ratio=False)
    from dispatchbench_reports.engine_tables import engine_table
    from dispatchbench_reports.engine_times import engine_times
    from dispatchbench_reports.table_formats import written

    found = engine_times(lens)
    if isinstance(found, str):
        raise Problem(options.results.paths[0], "context.dispatchbench.libraries", found)
    sys.stdout.write(written(engine_table(found), options.format))


def _diff(options: DiffOptions) -> None:
    baseline, candidate = load([options.baseline]), load([options.candidate])
    from dispatchbench_reports.differences import difference_table
    from dispatchbench_reports.table_formats import written

    clock = clock_for(baseline, options.clock)
    table = difference_table(
        on_clock(baseline, clock), on_clock(candidate, clock), clock, options.allow_missing
    )
    sys.stdout.write(written(table, options.format))


def _report(options: ReportOptions | PublishOptions) -> None:
    from dispatchbench_reports.publishing import publish
    from dispatchbench_reports.report import write_report

    if isinstance(options, PublishOptions):
        page = publish(options)
    else:
        page = write_report(options.results, options.extra, options.output)
    _print_lines([page])


def _history(options: HistoryAddOptions | HistoryShowOptions | HistoryCheckOptions) -> int:
    from dispatchbench_reports.histories.commands import add_runs, check_runs, show_runs

    match options:
        case HistoryAddOptions():
            add_runs(options)
        case HistoryShowOptions():
            show_runs(options)
        case HistoryCheckOptions():
            return check_runs(options)
    return 0


def run(options: Options) -> int:
    """Runs one command; returns its exit code."""
    match options:
        case ReportOptions() | PublishOptions():
            _report(options)
        case ChartOptions():
            _chart(options)
        case OpcodesOptions():
            _opcodes(options)
        case VerdictsOptions():
            _verdicts(options)
        case ColdOptions():
            _cold(options)
        case CorrectnessOptions():
            _correctness(options)
        case TableOptions():
            _table(options)
        case FlagsOptions():
            _flags(options)
        case EnginesOptions():
            _engines(options)
        case DiffOptions():
            _diff(options)
        case HistoryAddOptions() | HistoryShowOptions() | HistoryCheckOptions():
            return _history(options)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line; returns its exit code: 0 fine, 1 an output that can't be written, 2 bad usage or input
    (argparse exits with 2 itself), 3 a slow-down that `history check` found, 4 if it can't
    tell."""

    def work() -> int:
        options = parsed(arguments)
        try:
            return run(options)
        except Problem as problem:
            complain(PROGRAM, str(problem))
            return FAILURE if isinstance(problem, Unwritable) else USAGE_EXIT

    return run_program(PROGRAM, work)
