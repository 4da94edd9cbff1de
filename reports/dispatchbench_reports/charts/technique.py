"""Machine code beside its cost: indirect-jump sites and ratio of each backend, with merged ones marked."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullFormatter, NullLocator

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import baseline_notes, caption, technique_text
from dispatchbench_reports.axis_ticks import centred_limits, set_ratio_axis
from dispatchbench_reports.chart_frame import MARGIN, ChartFrame, LegendEntry, marker_style
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.phrases import capitalised, counted, distinct, listed
from dispatchbench_reports.style import Look, Theme, shortened, text_width
from dispatchbench_reports.wording import ratio_text, ratio_with_interval


@dataclass(frozen=True)
class TechniqueRow:
    name: str
    family: str
    dispatch: str
    column_title: str
    technique: str
    sites: int | None
    estimate: Estimate
    is_baseline: bool
    merged: bool
    """by the compiler, though the source keeps the jumps apart"""
    as_declared: bool

    @property
    def marked(self) -> bool:
        return self.merged or not self.as_declared

    def is_twin_of(self, other: TechniqueRow) -> bool:
        """Whether both come from one family, dispatch alike and were built by the same compiler."""
        return (
            self is not other
            and (self.family, self.dispatch, self.column_title)
            == (other.family, other.dispatch, other.column_title)
            and bool(self.family and self.dispatch)
        )


@dataclass(frozen=True)
class TechniqueChart:
    title: str
    caption: str
    baseline: str
    rows: tuple[TechniqueRow, ...]


def technique_chart(lens: Lens) -> TechniqueChart:
    """One row per audited backend and library, fastest first."""
    rows = []
    for column in lens.columns:
        for backend in lens.study.backends:
            mean = estimates.geometric_mean(lens, column, backend)
            described = column.backends.get(backend)
            if described is None or described.audit is None or mean is None:
                continue
            rows.append(
                TechniqueRow(
                    name=backend,
                    family=described.family,
                    dispatch=described.dispatch,
                    column_title=lens.study.column_title(column),
                    technique=technique_text(column, backend),
                    sites=described.audit.indirect_jump_sites,
                    estimate=mean,
                    is_baseline=lens.is_reference(column, backend),
                    merged=described.merged_by_compiler,
                    as_declared=described.audit.as_expected,
                )
            )
    rows.sort(key=lambda row: row.estimate.value)
    return TechniqueChart(
        title=_title(rows),
        caption=caption(
            lens,
            capitalised(estimates.GEOMETRIC_MEAN_METHOD),
            "Sites: counted in the machine code",
            *baseline_notes(lens),
        ),
        baseline=str(lens.baseline),
        rows=tuple(rows),
    )


def _title(rows: list[TechniqueRow]) -> str:
    wrong = [row for row in rows if not row.as_declared]
    merged = [row for row in rows if row.merged]
    if wrong:
        return f"Not what the name says: {listed(distinct(row.name for row in wrong))}"
    for row in merged:
        # A variant of the same source that the compiler left alone shows what merging costs.
        for twin in rows:
            if twin.is_twin_of(row) and not twin.merged:
                return (
                    f"Merged to {counted(row.sites or 0, 'jump')}, {row.name} takes "
                    f"{ratio_text(row.estimate.value / twin.estimate.value)} times {twin.name}’s time "
                    f"({row.column_title})"
                )
    if merged:
        return f"The compiler merged the jumps of {listed(distinct(row.name for row in merged))}"
    return "Every backend’s machine code is as declared"


ROW = 15 / 72
SITES_WIDTH = 1.6
RATIO_WIDTH = 3.4


def draw_technique_chart(chart: TechniqueChart, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    several = len({row.column_title for row in chart.rows}) > 1
    names = [f"{row.name}, {row.column_title}" if several else row.name for row in chart.rows]
    plain, marked = Look(theme.colours[0], "o"), Look(theme.colours[1], "X")
    left = min(max(text_width(name, 8.5) for name in names), 3.2) + 0.14
    technique_width = min(max(text_width(row.technique, 8) for row in chart.rows), 2.6) + 0.15
    body = len(chart.rows) * ROW
    width = 2 * MARGIN + left + technique_width + SITES_WIDTH + 0.25 + RATIO_WIDTH
    legend = [LegendEntry("as declared", plain)]
    if any(row.marked for row in chart.rows):
        legend.append(LegendEntry("merged by the compiler, or not as declared", marked))
    frame = ChartFrame(width, 0.24 + body + 0.5, theme, chart.title, chart.caption, legend=legend)
    sites_x = MARGIN + left + technique_width
    ratio_x = sites_x + SITES_WIDTH + 0.25
    top = 0.24
    for x, text in (
        (MARGIN + left, "machine code"),
        (sites_x, "indirect-jump sites"),
        (ratio_x, f"time relative to {chart.baseline}"),
    ):
        frame.text(x, top - 0.1, text, size=8.5, weight="bold", va="center")
    sites = frame.axes(sites_x, top, SITES_WIDTH, body)
    ratios = frame.axes(ratio_x, top, RATIO_WIDTH, body)
    sites.set_xscale("log")
    sites.set_xlim(0.8, 700)
    sites.xaxis.set_major_locator(FixedLocator([1, 10, 100]))
    sites.xaxis.set_major_formatter(FixedFormatter(["1", "10", "100"]))
    sites.xaxis.set_minor_locator(NullLocator())
    sites.xaxis.set_minor_formatter(NullFormatter())
    bounds = [
        bound
        for row in chart.rows
        for bound in (row.estimate.value, row.estimate.low, row.estimate.high)
        if bound is not None
    ]
    low, high = centred_limits(bounds)
    set_ratio_axis(ratios, low, high, RATIO_WIDTH)
    ratios.axvline(1, color=theme.reference, linewidth=1.0, linestyle="-", marker="", zorder=1.5)
    for axes in (sites, ratios):
        axes.set_ylim(body, 0)
        axes.set_yticks([])
        frame.bands(axes, len(chart.rows), ROW)
    for number, row in enumerate(chart.rows):
        y = (number + 0.5) * ROW
        look = marked if row.marked else plain
        frame.row_label(MARGIN + left - 0.1, top + y, names[number], left - 0.12, 8.5)
        frame.text(
            MARGIN + left,
            top + y,
            shortened(row.technique, technique_width - 0.1, 8),
            size=8,
            color=theme.muted if look is plain else look.colour,
            va="center",
        )
        _draw_sites(frame, sites, row, y, look)
        _draw_ratio(frame, ratios, row, y, look, frame.theme.band if number % 2 == 0 else None)
    below = top + body + 0.32
    frame.axis_label(sites_x, below, "sites (log scale)", SITES_WIDTH)
    frame.ratio_directions(ratio_x, below, RATIO_WIDTH)
    frame.axis_label(ratio_x, below, "geometric mean of ratios (log scale)", RATIO_WIDTH)
    return frame.figure


def _draw_sites(frame: ChartFrame, axes: Axes, row: TechniqueRow, y: float, look: Look) -> None:
    if row.sites == 0:
        axes.text(0.9, y, "none", size=7.5, color=frame.theme.muted, va="center")
    elif row.sites is not None:
        _draw_line(axes, 0.8, row.sites, y, look)
        axes.plot([row.sites], [y], zorder=4, **marker_style(look, frame.theme))


def _draw_ratio(
    frame: ChartFrame, axes: Axes, row: TechniqueRow, y: float, look: Look, band: str | None
) -> None:
    estimate = row.estimate
    if estimate.low is not None and estimate.high is not None:
        _draw_line(axes, estimate.low, estimate.high, y, look)
    axes.plot([estimate.value], [y], zorder=4, **marker_style(look, frame.theme))
    if row.is_baseline:
        return
    # The number goes to the side of 1 without the dot.
    faster = estimate.value <= 1
    axes.text(
        0.99 if faster else 0.01,
        y,
        ratio_with_interval(estimate),
        transform=axes.get_yaxis_transform(),
        size=7.5,
        ha="right" if faster else "left",
        va="center_baseline",
        bbox={"facecolor": band or frame.theme.background, "edgecolor": "none", "pad": 0.8},
    )


def _draw_line(axes: Axes, left: float, right: float, y: float, look: Look) -> None:
    axes.plot(
        [left, right],
        [y, y],
        color=look.colour,
        linewidth=1.3,
        linestyle="-",
        marker="",
        zorder=3,
    )
