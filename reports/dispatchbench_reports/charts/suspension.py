"""What a technique pays for being able to stop: a backend that checks a budget over the same one that doesn't."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import caption, incomplete_means
from dispatchbench_reports.axis_ticks import limits_around, set_ratio_axis
from dispatchbench_reports.chart_frame import MARGIN, ChartFrame, marker_style
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.phrases import capitalised, distinct, listed
from dispatchbench_reports.study import Column, Study
from dispatchbench_reports.style import Look, Theme, text_width
from dispatchbench_reports.wording import ratio_text

SUFFIX = "_budget"
"""What the name of a budgeted backend adds to that of the backend it is a variant of."""
ROW = 20 / 72
PANEL_HEAD = 0.3
PANEL_FOOT = 0.5
PLOT_WIDTH = 4.6


@dataclass(frozen=True)
class SuspensionPanel:
    library: str
    costs: dict[str, Estimate]
    """geometric mean of budgeted over plain, by the plain backend"""


@dataclass(frozen=True)
class SuspensionChart:
    title: str
    note: str
    caption: str
    panels: tuple[SuspensionPanel, ...]


def plain_of(study: Study, column: Column, backend: str) -> str | None:
    """The backend that a budgeted one is a variant of: of the same family, its name without the suffix."""
    described = column.backends.get(backend)
    plain = backend.removesuffix(SUFFIX)
    other = column.backends.get(plain)
    if described is None or other is None or plain == backend or not described.budgeted:
        return None
    measured = study.measured(column, backend) and study.measured(column, plain)
    return plain if described.family == other.family and measured else None


def suspension_chart(lens: Lens) -> SuspensionChart | str:
    """The numbers and texts of the chart, or why there are none."""
    panels = []
    notes: list[str] = []
    for column in lens.study.columns:
        costs = {}
        for backend in lens.study.backends:
            plain = plain_of(lens.study, column, backend)
            if plain is None:
                continue
            own = lens.relative_to(plain)
            if cost := estimates.geometric_mean(own, column, backend):
                costs[plain] = cost
                note = incomplete_means(own, column).get(backend)
                notes += [note] if note else []
        if costs:
            panels.append(SuspensionPanel(lens.study.column_title(column), costs))
    if not panels:
        return (
            "no backend was measured both with a budget and without: "
            "dispatchbench run --backend 'tail_call|tail_call_budget' does that"
        )
    return SuspensionChart(
        _title(panels),
        "Time with the check over time without, in the same process; log scale",
        caption(
            lens,
            f"{capitalised(lens.clock.text)}; per process the ratio of medians to the same backend without a budget; "
            f"{estimates.mean_method(lens.study)}",
            "The budget is never used up here: this is the cost of looking at it, at jumps backward and at calls",
            *distinct(notes),
            columns=lens.study.columns,
        ),
        tuple(panels),
    )


def _title(panels: list[SuspensionPanel]) -> str:
    """What is measurably slower; no ranking, since few of these intervals can be told apart."""
    where = len(panels) > 1
    slower = [
        f"{name}{f' of {panel.library}' if where else ''} ({ratio_text(cost.value)})"
        for panel in panels
        for name, cost in panel.costs.items()
        if cost.value > 1 and cost.resolved_from(1)
    ]
    if not slower:
        return "No technique measurably slows down for being able to stop"
    return f"Being able to stop measurably slows down {listed(slower)}"


def draw_suspension_chart(chart: SuspensionChart, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    look = Look(theme.colours[0], theme.markers[0])
    names = [name for panel in chart.panels for name in panel.costs]
    left = max(text_width(name, 8) for name in names) + 0.14
    body = sum(PANEL_HEAD + len(panel.costs) * ROW + PANEL_FOOT for panel in chart.panels)
    width = 2 * MARGIN + left + PLOT_WIDTH + 1.5
    frame = ChartFrame(width, body, theme, chart.title, chart.caption, chart.note, [])
    low, high = limits_around([cost for panel in chart.panels for cost in panel.costs.values()])
    top = 0.0
    for panel in chart.panels:
        height = len(panel.costs) * ROW
        frame.panel_title(MARGIN, top + 0.12, panel.library, left + PLOT_WIDTH)
        top += PANEL_HEAD
        axes = frame.axes(MARGIN + left, top, PLOT_WIDTH, height)
        set_ratio_axis(axes, low, high, PLOT_WIDTH)
        axes.set_ylim(height, 0)
        axes.set_yticks([])
        axes.axvline(1, color=theme.reference, linewidth=1.0, linestyle="-", marker="", zorder=1.5)
        frame.bands(axes, len(panel.costs), ROW)
        for number, (name, cost) in enumerate(panel.costs.items()):
            y = (number + 0.5) * ROW
            frame.row_label(MARGIN + left - 0.09, top + y, name, left - 0.12, 8)
            text = ratio_text(cost.value)
            if cost.low is not None and cost.high is not None:
                text += f" [{ratio_text(cost.low)}, {ratio_text(cost.high)}]"
                axes.plot(
                    [cost.low, cost.high],
                    [y, y],
                    color=look.colour,
                    linewidth=1.2,
                    linestyle="-",
                    marker="",
                    zorder=3,
                )
            axes.plot([cost.value], [y], zorder=4, **marker_style(look, theme, size=4.5))
            frame.text(MARGIN + left + PLOT_WIDTH + 0.1, top + y, text, size=8, va="center")
        top += height
        frame.ratio_directions(MARGIN + left, top + 0.31, PLOT_WIDTH)
        top += PANEL_FOOT
    return frame.figure
