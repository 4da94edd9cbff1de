"""The verdicts of a comparison: head over base by row, the margin as a band, what was found at the top."""

from __future__ import annotations

import math
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dispatchbench_reports.axis_ticks import centred_limits, set_ratio_axis
from dispatchbench_reports.comparison import VERDICTS, Comparison, Interval, Row
from dispatchbench_reports.sheet import MARGIN, LegendEntry, Sheet, marker_style
from dispatchbench_reports.style import Look, Theme, text_width
from dispatchbench_reports.wording import counted, listed

MOST_ROWS = 60
FARTHEST = 2.0
"""Intervals of few pairs can be endless: the axis ends here unless a ratio itself lies farther out."""


@dataclass(frozen=True)
class VerdictsChart:
    title: str
    note: str
    caption: str
    margin: float
    rows: tuple[Row, ...]


def _percent(share: float) -> str:
    return f"{share * 100:+.1f} %".replace("-", "−")


def verdicts_chart(comparison: Comparison) -> VerdictsChart:
    """Rows by verdict, then by size of the effect; when there are too many, those without a finding are left out."""

    def size(row: Row) -> float:
        return abs(math.log(row.first.ratio)) if row.first else 0.0

    ordered = sorted(comparison.rows, key=lambda row: (VERDICTS.index(row.verdict), -size(row)))
    counts = [
        f"{sum(row.verdict == verdict for row in ordered)} {verdict}"
        for verdict in VERDICTS
        if any(row.verdict == verdict for row in ordered)
    ]
    regressed = [row for row in ordered if row.verdict == "regressed" and row.first]
    if regressed and regressed[0].first:
        worst = f"{regressed[0].name} ({_percent(regressed[0].first.ratio - 1)})"
        title = f"{counted(len(regressed), 'row')} regressed, the worst: {worst}"
    else:
        title = (
            f"{comparison.head} against {comparison.base}: {comparison.verdict} ({listed(counts)})"
        )
    shown = ordered[:MOST_ROWS]
    left_out = ordered[MOST_ROWS:]
    note = f"{comparison.head} over {comparison.base}, CPU time"
    if left_out:
        kinds = sorted({row.verdict for row in left_out}, key=VERDICTS.index)
        note += f"; {counted(len(left_out), 'row')} more, {listed(kinds)}, not shown"
    return VerdictsChart(
        title=title,
        note=note,
        caption=(
            f"{comparison.machine}. {listed(counts)}. Dot and line: first run, centre of the pairs of processes and its "
            f"{100 * (1 - comparison.error):g} % interval over the whole comparison; hollow: the second run that confirms; "
            f"band: the margin of {comparison.margin * 100:g} %. Without a dot: equal machine code, or not comparable."
        ),
        margin=comparison.margin,
        rows=tuple(shown),
    )


ROW = 14 / 72
PLOT_WIDTH = 4.0


def draw_verdicts_chart(chart: VerdictsChart, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    verdict_looks = {
        "regressed": Look(theme.colours[1], "^"),
        "improved": Look(theme.colours[2], "v"),
        "unchanged": Look(theme.colours[0], "o"),
        "not resolved": Look(theme.colours[3], "D"),
        "not comparable": Look(theme.colours[4], "X"),
    }
    body = len(chart.rows) * ROW
    left = min(max(text_width(row.name, 8) for row in chart.rows), 3.4) + 0.14
    right = max(text_width(row.verdict, 8) for row in chart.rows) + 0.85
    present = [verdict for verdict in VERDICTS if any(row.verdict == verdict for row in chart.rows)]
    sheet = Sheet(
        2 * MARGIN + left + PLOT_WIDTH + right,
        body + 0.5,
        theme,
        chart.title,
        chart.caption,
        chart.note,
        [LegendEntry(verdict, verdict_looks[verdict]) for verdict in present],
    )
    axes = sheet.axes(MARGIN + left, 0, PLOT_WIDTH, body)
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
    sheet.bands(axes, len(chart.rows), ROW)
    for number, row in enumerate(chart.rows):
        y = (number + 0.5) * ROW
        look = verdict_looks[row.verdict]
        sheet.row_label(MARGIN + left - 0.09, y, row.name, left - 0.12, 8)
        text = _percent(row.first.ratio - 1) if row.first else ""
        sheet.text(MARGIN + left + PLOT_WIDTH + 0.66, y, text, size=8, ha="right", va="center")
        sheet.text(
            MARGIN + left + PLOT_WIDTH + 0.76,
            y,
            row.verdict,
            size=8,
            va="center",
            weight="bold" if row.verdict in ("regressed", "not comparable") else "normal",
        )
        for run, hollow, shift in ((row.second, True, 0.22), (row.first, False, 0.0)):
            if run is not None:
                _draw_run(sheet, axes, run, y + shift * ROW, look, hollow, (low, high))
    for text, ha, x in (("← faster", "left", 0.0), ("slower →", "right", PLOT_WIDTH)):
        sheet.text(
            MARGIN + left + x, body + 0.31, text, size=7.5, color=theme.muted, va="center", ha=ha
        )
    sheet.text(
        MARGIN + left + PLOT_WIDTH / 2,
        body + 0.31,
        "head / base (log scale)",
        size=8,
        va="center",
        ha="center",
    )
    return sheet.figure


def _draw_run(
    sheet: Sheet,
    axes: Axes,
    run: Interval,
    y: float,
    look: Look,
    hollow: bool,
    limits: tuple[float, float],
) -> None:
    ends = [
        run.low if run.low is not None else limits[0],
        run.high if run.high is not None else limits[1],
    ]
    axes.plot(
        ends,
        [y, y],
        color=look.colour,
        linewidth=0.8 if hollow else 1.3,
        linestyle="-",
        marker="",
        zorder=3,
    )
    axes.plot(
        [run.ratio],
        [y],
        zorder=4,
        **marker_style(look, sheet.theme, hollow, 3.4 if hollow else 5.0),
    )
