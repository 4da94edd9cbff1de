"""The opcode mix: the share of the commonest opcodes in each workload, and the cost of each opcode on each backend."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Mapping

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dispatchbench_reports.axis_ticks import set_time_axis
from dispatchbench_reports.reading.opcode_costs import OpcodeCosts
from dispatchbench_reports.reading.opcode_profile import OpcodeProfile
from dispatchbench_reports.chart_frame import MARGIN, LegendEntry, ChartFrame, marker_style
from dispatchbench_reports.charts.interval_marks import draw_lines
from dispatchbench_reports.style import Look, Theme, looks, shortened, text_width
from dispatchbench_reports.phrases import counted

MOST_OPCODES = 30
COST_METHOD = (
    " Cost: nanoseconds per opcode in a chain of copies of itself, minus the loop around it, mean and 95 % interval over "
    "processes; its branches are always predicted, so the times of workloads are not sums of these costs."
)
STRONGEST = 0.6
"""Opacity of the largest share, low enough for text on it to stay readable."""


@dataclass(frozen=True)
class OpcodesChart:
    title: str
    caption: str
    opcodes: tuple[str, ...]
    programs: tuple[str, ...]
    shares: tuple[tuple[float, ...], ...]
    """in percent, by opcode, then program"""
    others: tuple[float, ...]
    """in percent, by program: all opcodes that have no row"""
    costs: OpcodeCosts | None


def opcodes_chart(profiles: list[OpcodeProfile], costs: OpcodeCosts | None = None) -> OpcodesChart:
    """The opcodes by their mean share over the programs, the commonest first, with their costs if known."""
    names = dict.fromkeys(opcode for profile in profiles for opcode in profile.opcodes)
    means = {
        name: sum(profile.share(name) for profile in profiles) / len(profiles) for name in names
    }
    ranked = sorted(names, key=lambda name: -means[name])
    shown = tuple(ranked[:MOST_OPCODES])
    average = f"on average over {counted(len(profiles), 'workload')}" if len(profiles) > 1 else ""
    half = next(
        n for n in range(1, len(ranked) + 1) if sum(means[name] for name in ranked[:n]) >= 0.5
    )
    title = (
        f"{ranked[0]} is the commonest opcode ({means[ranked[0]] * 100:.0f} %); "
        f"{counted(half, 'opcode')} of {len(ranked)} make half of all VM instructions {average}".rstrip()
    )
    return OpcodesChart(
        title=title,
        caption=(
            "Share of all executed VM instructions in percent, counted by the reference interpreter, so it is the same on "
            "every machine. Blank: never executed; 0: less than half a percent."
            + (COST_METHOD if costs is not None else "")
        ),
        opcodes=shown,
        programs=tuple(profile.program for profile in profiles),
        shares=tuple(tuple(profile.share(name) * 100 for profile in profiles) for name in shown),
        others=tuple(
            100 - sum(profile.share(name) for name in shown) * 100 for profile in profiles
        ),
        costs=costs,
    )


CELL_WIDTH, CELL_HEIGHT = 0.34, 15 / 72
COST_WIDTH, COST_GAP, COST_STEP = 3.2, 0.25, 4.2 / 72


def draw_opcodes_chart(chart: OpcodesChart, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    labels = [*chart.opcodes, "all others"]
    rows = [*chart.shares, chart.others]
    left = max(text_width(label, 8) for label in labels) + 0.12
    top = min(max(text_width(name, 8) for name in chart.programs), 1.6) + 0.12
    width = len(chart.programs) * CELL_WIDTH
    backends = chart.costs.backends if chart.costs else ()
    palette = looks(backends, theme)
    cell_height = max(CELL_HEIGHT, (len(backends) * COST_STEP + 5 / 72) if backends else 0)
    body = len(rows) * cell_height
    frame = ChartFrame(
        max(2 * MARGIN + left + width + (COST_GAP + COST_WIDTH if backends else 0), 5.5),
        top + body + (0.5 if backends else 0),
        theme,
        chart.title,
        chart.caption,
        legend=[LegendEntry(name, palette[name]) for name in backends],
    )
    if chart.costs is not None:
        _draw_costs(
            frame, chart, chart.costs, palette, MARGIN + left + width + COST_GAP, top, cell_height
        )
    axes = frame.axes(MARGIN + left, top, width, body)
    axes.set_xlim(0, len(chart.programs))
    axes.set_ylim(len(rows), 0)
    axes.set_axis_off()
    highest = max(share for row in chart.shares for share in row)
    for column, name in enumerate(chart.programs):
        frame.text(
            MARGIN + left + (column + 0.5) * CELL_WIDTH,
            top - 0.06,
            shortened(name, 1.6, 8),
            size=8,
            rotation=90,
            ha="center",
            va="bottom",
        )
    for number, (label, row) in enumerate(zip(labels, rows)):
        others = number == len(chart.opcodes)
        frame.text(
            MARGIN + left - 0.08,
            top + (number + 0.5) * cell_height,
            label,
            size=8,
            ha="right",
            va="center",
            color=theme.muted if others else theme.ink,
        )
        for column, share in enumerate(row):
            if share <= 0:
                continue
            if not others:
                axes.add_patch(
                    Rectangle(
                        (column + 0.04, number + 0.06),
                        0.92,
                        0.88,
                        facecolor=theme.colours[0],
                        # Opacity grows with the root of the share, so small shares stay visible.
                        alpha=round(STRONGEST * math.sqrt(share / highest), 3),
                        linewidth=0,
                    )
                )
            axes.text(
                column + 0.5,
                number + 0.5,
                f"{share:.0f}",
                size=7,
                ha="center",
                va="center_baseline",
                color=theme.muted if others else theme.ink,
            )
    return frame.figure


def _draw_costs(
    frame: ChartFrame,
    chart: OpcodesChart,
    costs: OpcodeCosts,
    palette: Mapping[str, Look],
    left: float,
    top: float,
    cell_height: float,
) -> None:
    """Draws dots beside the rows of the mix."""
    theme = frame.theme
    body = len(chart.opcodes) * cell_height
    axes = frame.axes(left, top, COST_WIDTH, body)
    axes.set_ylim(body, 0)
    axes.set_yticks([])
    shown = [cost for opcode in chart.opcodes for cost in costs.costs.get(opcode, {}).values()]
    set_time_axis(
        axes, max([max(cost.nanoseconds, cost.high) for cost in shown] or [1.0]) * 1.04, COST_WIDTH
    )
    frame.bands(axes, len(chart.opcodes), cell_height)
    for index, backend in enumerate(costs.backends):
        found = [
            (
                cost,
                (number + 0.5) * cell_height + (index - (len(costs.backends) - 1) / 2) * COST_STEP,
            )
            for number, opcode in enumerate(chart.opcodes)
            if (cost := costs.costs.get(opcode, {}).get(backend)) is not None
        ]
        look = palette[backend]
        draw_lines(axes, [(cost.low, cost.high, y) for cost, y in found], look, width=1.1)
        axes.plot(
            [cost.nanoseconds for cost, _ in found],
            [y for _, y in found],
            zorder=4,
            **marker_style(look, theme, False, 3.6),
        )
    frame.text(left, top - 0.1, "cost of the opcode", size=8.5, weight="bold", va="center")
    frame.axis_label(left, top + body + 0.33, "ns per execution", COST_WIDTH)
