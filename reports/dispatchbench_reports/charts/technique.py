"""What the machine code is beside what it costs: indirect-jump sites and the ratio, row by row, merged backends marked."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullFormatter, NullLocator

from dispatchbench_reports import estimates
from dispatchbench_reports.axis_ticks import centred_limits, set_ratio_axis
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.results import Clock, Study
from dispatchbench_reports.sheet import MARGIN, LegendEntry, Sheet, marker_style
from dispatchbench_reports.style import Look, Theme, shortened, text_width
from dispatchbench_reports.wording import (
    audit_note,
    counted,
    listed,
    provenance,
    ratio_text,
    ratio_with_interval,
    technique_text,
)


@dataclass(frozen=True)
class TechniqueRow:
    name: str
    column_title: str
    technique: str
    sites: int | None
    estimate: Estimate
    merged: bool
    as_declared: bool


@dataclass(frozen=True)
class TechniqueChart:
    title: str
    caption: str
    baseline: str
    rows: tuple[TechniqueRow, ...]


def technique_chart(study: Study, baseline: str, clock: Clock = "cpu") -> TechniqueChart:
    """One row a backend and library that was audited, fastest first."""
    rows = []
    for column in study.columns:
        for backend in study.backends:
            audit = column.audit(backend)
            mean = estimates.geometric_mean(study, column, backend, baseline, clock)
            if audit is None or mean is None:
                continue
            rows.append(
                TechniqueRow(
                    backend,
                    study.column_title(column),
                    technique_text(column, backend),
                    audit.indirect_jump_sites,
                    mean,
                    "merged" in audit_note(column, backend),
                    audit.as_expected,
                )
            )
    rows.sort(key=lambda row: row.estimate.value)
    return TechniqueChart(
        title=_title(rows, baseline),
        caption=f"{provenance(study)}. {estimates.GEOMETRIC_MEAN_METHOD}. Sites: counted in the machine code.",
        baseline=baseline,
        rows=tuple(rows),
    )


def _title(rows: list[TechniqueRow], baseline: str) -> str:
    wrong = [row for row in rows if not row.as_declared]
    merged = [row for row in rows if row.merged]
    if wrong:
        names = listed(list(dict.fromkeys(row.name for row in wrong)))
        return f"Not what the name says: {names}"
    if merged:
        # The same technique where the compiler left it alone, with the same library.
        for row in merged:
            twins = [
                other
                for other in rows
                if other.column_title == row.column_title
                and not other.merged
                and row.name.startswith(other.name)
            ]
            if twins:
                return (
                    f"Merged to {counted(row.sites or 0, 'jump')}, {row.name} takes "
                    f"{ratio_text(row.estimate.value / twins[0].estimate.value)} times {twins[0].name}’s time "
                    f"({row.column_title})"
                )
        return f"The compiler merged the jumps of {listed(list(dict.fromkeys(row.name for row in merged)))}"
    return "Every backend’s machine code is what its name says"


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
    legend = [LegendEntry("as its name says", plain)]
    if any(row.merged or not row.as_declared for row in chart.rows):
        legend.append(LegendEntry("merged, or not as declared", marked))
    sheet = Sheet(width, 0.24 + body + 0.5, theme, chart.title, chart.caption, legend=legend)
    sites_x = MARGIN + left + technique_width
    ratio_x = sites_x + SITES_WIDTH + 0.25
    top = 0.24
    for x, text in (
        (MARGIN + left, "machine code"),
        (sites_x, "indirect-jump sites"),
        (ratio_x, f"time relative to {chart.baseline}"),
    ):
        sheet.text(x, top - 0.1, text, size=8.5, weight="bold", va="center")
    sites = sheet.axes(sites_x, top, SITES_WIDTH, body)
    ratios = sheet.axes(ratio_x, top, RATIO_WIDTH, body)
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
        sheet.bands(axes, len(chart.rows), ROW)
    for number, row in enumerate(chart.rows):
        y = (number + 0.5) * ROW
        look = marked if row.merged or not row.as_declared else plain
        sheet.row_label(MARGIN + left - 0.1, top + y, names[number], left - 0.12, 8.5)
        sheet.text(
            MARGIN + left,
            top + y,
            shortened(row.technique, technique_width - 0.1, 8),
            size=8,
            color=theme.muted if look is plain else look.colour,
            va="center",
        )
        if row.sites is not None and row.sites >= 1:
            sites.plot(
                [0.8, row.sites],
                [y, y],
                color=look.colour,
                linewidth=1.3,
                linestyle="-",
                marker="",
                zorder=3,
            )
            sites.plot([row.sites], [y], zorder=4, **marker_style(look, theme))
        elif row.sites == 0:
            sites.text(0.9, y, "none", size=7.5, color=theme.muted, va="center")
        estimate = row.estimate
        if estimate.low is not None and estimate.high is not None:
            ratios.plot(
                [estimate.low, estimate.high],
                [y, y],
                color=look.colour,
                linewidth=1.3,
                linestyle="-",
                marker="",
                zorder=3,
            )
        ratios.plot([estimate.value], [y], zorder=4, **marker_style(look, theme))
        if row.name != chart.baseline:
            faster = estimate.value <= 1
            ratios.text(
                0.99 if faster else 0.01,
                y,
                ratio_with_interval(estimate),
                transform=ratios.get_yaxis_transform(),
                size=7.5,
                ha="right" if faster else "left",
                va="center_baseline",
                bbox={
                    "facecolor": theme.band if number % 2 == 0 else theme.background,
                    "edgecolor": "none",
                    "pad": 0.8,
                },
            )
    sheet.text(
        sites_x + SITES_WIDTH / 2,
        top + body + 0.32,
        "sites (log scale)",
        size=8,
        ha="center",
        va="center",
    )
    sheet.text(ratio_x, top + body + 0.32, "← faster", size=7.5, color=theme.muted, va="center")
    sheet.text(
        ratio_x + RATIO_WIDTH,
        top + body + 0.32,
        "slower →",
        size=7.5,
        color=theme.muted,
        va="center",
        ha="right",
    )
    sheet.text(
        ratio_x + RATIO_WIDTH / 2,
        top + body + 0.32,
        "geometric mean of ratios (log scale)",
        size=8,
        ha="center",
        va="center",
    )
    return sheet.figure
