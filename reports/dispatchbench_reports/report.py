"""Makes reports: the page, all charts and all tables in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Collection

from dispatchbench_reports.chart_files import drawn, drawn_for_page
from dispatchbench_reports.chart_list import (
    Chart,
    charts_for,
    cold_starts,
    opcode_mix,
    verified_levels,
)
from dispatchbench_reports.charts.correctness import correctness
from dispatchbench_reports.choices import Format
from dispatchbench_reports.lens import Lens, lens_for
from dispatchbench_reports.options import ExtraOptions, OpcodeOptions, ResultsOptions
from dispatchbench_reports.output import make_directory, write_all
from dispatchbench_reports.page import page
from dispatchbench_reports.reading.cold_starts import ColdStarts, read_cold_starts
from dispatchbench_reports.reading.opcode_costs import read_costs
from dispatchbench_reports.reading.opcode_profile import read_profiles
from dispatchbench_reports.reading.selection import clock_for, matching, on_clock
from dispatchbench_reports.reading.verification import read_verification
from dispatchbench_reports.selected_results import read_lens
from dispatchbench_reports.table_formats import rendered


def opcode_chart(options: OpcodeOptions) -> Chart:
    """The opcode mix of the selected workloads."""
    profiles = read_profiles(options.profile)
    kept = matching([found.program for found in profiles], options.workload, "--workload")
    profiles = [found for found in profiles if found.program in kept]
    return opcode_mix(profiles, read_costs(options.costs) if options.costs is not None else None)


def _extra_charts(options: ExtraOptions, cold: ColdStarts | None) -> list[Chart]:
    found = []
    if cold is not None:
        found.append(cold_starts(cold))
    if options.verification is not None:
        found.append(verified_levels(correctness(read_verification(options.verification))))
    if options.opcodes is not None:
        found.append(opcode_chart(options.opcodes))
    return found


def _on_first_clock(lens: Lens) -> Lens:
    """What the page starts with, without rows that lack one of the clocks that it offers."""
    clock = clock_for(lens.study, None)
    study = on_clock(lens.study, clock)
    if lens.baseline.backend not in study.backends:
        return lens_for(study, None, clock)
    return lens.of(study).on(clock)


def write_report(
    options: ResultsOptions,
    extra: ExtraOptions,
    output: str,
    separate: Collection[str] | None = None,
) -> Path:
    """Writes page, tables and charts, but only the charts named in separate as files too; returns the page's path."""
    cold = read_cold_starts(extra.cold) if extra.cold is not None else None
    lens = read_lens(options, cold=cold)
    directory = make_directory(output)
    charts = [*charts_for(lens), *_extra_charts(extra, cold)]
    pictures = [
        (
            drawn(chart, directory)
            if separate is None or chart.name in separate
            else drawn_for_page(chart)
        )
        for chart in charts
    ]
    files = {path: data for picture in pictures for path, data in picture.files.items()}
    # The page has its own choice of clock, which starts with CPU time.
    inline = [(picture.chart, picture.inline) for picture in pictures]
    html = directory / "report.html"
    files[html] = page(_on_first_clock(lens), inline).encode()
    for format in Format:
        files[directory / format.file_name] = rendered(lens, format).encode()
    write_all(files)
    return html
