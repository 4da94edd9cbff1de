"""The verdicts of a comparison: candidate over baseline by row, the margin as a band, the findings at the top."""

from __future__ import annotations

import math
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dispatchbench_reports.axis_ticks import centred_limits, set_ratio_axis
from dispatchbench_reports.reading.comparison import Comparison, Interval, Row, Verdict
from dispatchbench_reports.chart_frame import MARGIN, LegendEntry, ChartFrame, marker_style
from dispatchbench_reports.charts.interval_marks import draw_lines
from dispatchbench_reports.style import Look, Theme, text_width
from dispatchbench_reports.phrases import counted, listed, percent

MOST_ROWS = 60
FARTHEST = 2.0
"""Intervals of few pairs can be unbounded: the axis ends here unless a ratio itself lies farther out."""


@dataclass(frozen=True)
class VerdictsChart:
    title: str
    note: str
    caption: str
    margin: float
    rows: tuple[Row, ...]


def verdicts_chart(comparison: Comparison) -> VerdictsChart:
    """Rows by verdict, then by size of the effect; if there are too many, those without a finding are left out."""

    def size(row: Row) -> float:
        return abs(math.log(row.first.ratio)) if row.first else 0.0

    ordered = sorted(comparison.rows, key=lambda row: (row.verdict.rank, -size(row)))
    counts = [
        f"{sum(row.verdict is verdict for row in ordered)} {verdict}"
        for verdict in Verdict
        if any(row.verdict is verdict for row in ordered)
    ]
    regressed = [row for row in ordered if row.verdict is Verdict.REGRESSED and row.first]
    if regressed and regressed[0].first:
        worst = f"{regressed[0].name} ({percent(regressed[0].first.ratio)})"
        title = f"{counted(len(regressed), 'row')} regressed, the worst: {worst}"
    else:
        title = f"{comparison.candidate} against {comparison.baseline}: {comparison.verdict} ({listed(counts)})"
    shown = ordered[:MOST_ROWS]
    left_out = ordered[MOST_ROWS:]
    note = f"{comparison.candidate} over {comparison.baseline}, CPU time"
    if left_out:
        kinds = sorted({row.verdict for row in left_out}, key=lambda verdict: verdict.rank)
        note += f"; {counted(len(left_out), 'row')} more, {listed(kinds)}, not shown"
    return VerdictsChart(
        title=title,
        note=note,
        caption=(
            f"{comparison.machine}. {listed(counts)}. Dot and line: first run, centre of the pairs of processes with its "
            f"{100 * (1 - comparison.error):g} % interval over the whole comparison; hollow: the confirming second run; "
            f"band: the margin of {comparison.margin * 100:g} %. No dot: equal machine code, or not comparable."
        ),
        margin=comparison.margin,
        rows=tuple(shown),
    )


ROW = 14 / 72
PLOT_WIDTH = 4.0


def draw_verdicts_chart(chart: VerdictsChart, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    verdict_looks = {
        Verdict.REGRESSED: Look(theme.colours[1], "^"),
        Verdict.IMPROVED: Look(theme.colours[2], "v"),
        Verdict.UNCHANGED: Look(theme.colours[0], "o"),
        Verdict.NOT_RESOLVED: Look(theme.colours[3], "D"),
        Verdict.NOT_COMPARABLE: Look(theme.colours[4], "X"),
    }
    body = len(chart.rows) * ROW
    left = min(max(text_width(row.name, 8) for row in chart.rows), 3.4) + 0.14
    right = max(text_width(row.verdict, 8) for row in chart.rows) + 0.85
    present = [verdict for verdict in Verdict if any(row.verdict is verdict for row in chart.rows)]
    frame = ChartFrame(
        2 * MARGIN + left + PLOT_WIDTH + right,
        body + 0.5,
        theme,
        chart.title,
        chart.caption,
        chart.note,
        [LegendEntry(verdict, verdict_looks[verdict]) for verdict in present],
    )
    axes = frame.axes(MARGIN + left, 0, PLOT_WIDTH, body)
    ratios = [run.ratio for row in chart.rows for run in (row.first, row.second) if run]
    bounds = [
        min(max(bound, 1 / FARTHEST), FARTHEST)
        for row in chart.rows
        for run in (row.first, row.second)
        if run
        for bound in (run.low, run.high)
        if bound is not None
    ]
    low, high = centred_limits([*ratios, *bounds, 1 + 2 * chart.margin])
    set_ratio_axis(axes, low, high, PLOT_WIDTH)
    axes.set_ylim(body, 0)
    axes.set_yticks([])
    axes.axvspan(1 / (1 + chart.margin), 1 + chart.margin, color=theme.grid, linewidth=0, zorder=1)
    axes.axvline(1, color=theme.reference, linewidth=1.0, linestyle="-", marker="", zorder=1.5)
    frame.bands(axes, len(chart.rows), ROW)
    for number, row in enumerate(chart.rows):
        y = (number + 0.5) * ROW
        look = verdict_looks[row.verdict]
        frame.row_label(MARGIN + left - 0.09, y, row.name, left - 0.12, 8)
        text = percent(row.first.ratio) if row.first else ""
        frame.text(MARGIN + left + PLOT_WIDTH + 0.66, y, text, size=8, ha="right", va="center")
        frame.text(
            MARGIN + left + PLOT_WIDTH + 0.76,
            y,
            row.verdict,
            size=8,
            va="center",
            weight="bold"
            if row.verdict in (Verdict.REGRESSED, Verdict.NOT_COMPARABLE)
            else "normal",
        )
        for run, hollow, shift in ((row.second, True, 0.22), (row.first, False, 0.0)):
            if run is not None:
                _draw_run(frame, axes, run, y + shift * ROW, look, hollow, (low, high))
    frame.ratio_directions(MARGIN + left, body + 0.31, PLOT_WIDTH)
    frame.axis_label(MARGIN + left, body + 0.31, "candidate / baseline (log scale)", PLOT_WIDTH)
    return frame.figure


def _draw_run(
    frame: ChartFrame,
    axes: Axes,
    run: Interval,
    y: float,
    look: Look,
    hollow: bool,
    limits: tuple[float, float],
) -> None:
    low = run.low if run.low is not None else limits[0]
    high = run.high if run.high is not None else limits[1]
    draw_lines(axes, [(low, high, y)], look, width=0.8 if hollow else 1.3)
    axes.plot(
        [run.ratio],
        [y],
        zorder=4,
        **marker_style(look, frame.theme, hollow, 3.4 if hollow else 5.0),
    )
