"""Variants by WebAssembly engine: a block for each engine, in it a row for each variant on one log axis, native last."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from dispatchbench_reports.annotations import caption
from dispatchbench_reports.axis_ticks import limits_beside_one, set_ratio_axis, values_of
from dispatchbench_reports.chart_frame import MARGIN, ChartFrame, LegendEntry
from dispatchbench_reports.charts.interval_marks import draw_estimates
from dispatchbench_reports.charts.native_lines import line_style, native_lines
from dispatchbench_reports.engine_findings import sentences, title
from dispatchbench_reports.engine_tables import jsc_notes, method, missing_notes
from dispatchbench_reports.engine_times import (
    ALONE,
    NO_NATIVE,
    SWITCH,
    EngineTimes,
    Variants,
    engine_times,
)
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.style import Look, Theme, looks, shortened, text_width
from dispatchbench_reports.wording import ratio_text

STEP = 8.6 / 72
"""The height of a variant's row."""
BLOCK_GAP = 8.0 / 72
APART = 1.5 / 72
"""From a row's middle to the marks of its two modes."""
MARK = 4.2
CROSS = 0.9
PLOT_WIDTH = 4.4
NAME_SIZE = 8.5
VARIANT_SIZE = 7.0
MOST_NAME = 1.9
"""Inches of an engine's name and of a variant's."""
NUMBER_WIDTH = 0.44
REMARK_WIDTH = 0.66 * PLOT_WIDTH
"""Of why a variant is unavailable: the caption has it all, and the lines on the left stay clear."""
HEAD = 0.42
"""Above the axis: its ticks, and what the lines are."""
FOOT = 0.5


@dataclass(frozen=True)
class Block:
    """A bold name, a line below it, and the marks of each mode."""

    name: str
    below: str
    users: Variants | None
    alone: Variants | None
    native: Variants | None
    variants: tuple[str, ...]

    @property
    def height(self) -> float:
        # The two lines of its name need the height of two rows.
        return max(len(self.variants), 2) * STEP + BLOCK_GAP

    def times(self, variant: str) -> tuple[Estimate | None, Estimate | None]:
        """As users get it, and with the best compiler alone."""
        users, alone = (
            mode.times.get(variant) if mode else None for mode in (self.users, self.alone)
        )
        return users, alone

    def reason(self, variant: str) -> str:
        """Why no mode has it."""
        return next(
            (
                mode.missing[variant]
                for mode in (self.users, self.alone)
                if mode and variant in mode.missing
            ),
            "not measured",
        )


@dataclass(frozen=True)
class EnginesChart:
    title: str
    note: str
    caption: str
    blocks: tuple[Block, ...]
    variants: tuple[str, ...]
    kinds: tuple[str, ...]
    """the modes that any engine has"""
    looks_of: tuple[str, ...]
    """the names that share out colours and markers, so that a backend keeps its look"""

    @property
    def limits(self) -> tuple[float, float]:
        return limits_beside_one(
            values_of(
                time
                for block in self.blocks
                for variant in block.variants
                for time in block.times(variant)
                if time is not None
            )
        )


def engines_chart(lens: Lens) -> EnginesChart | str:
    """The chart's content, or what the results lack for it."""
    found = engine_times(lens)
    if isinstance(found, str):
        return found
    if not any(mode.times for mode in found.modes):
        return NO_NATIVE
    return EnginesChart(
        title=title(found),
        note=f"Time relative to native {SWITCH} of the same run, log scale\n"
        + "\n".join(sentences(found)),
        caption=chart_caption(found),
        blocks=tuple(_blocks(found)),
        variants=found.variants,
        kinds=found.kinds,
        looks_of=lens.study.backends,
    )


def chart_caption(found: EngineTimes, *sentences: str) -> str:
    """Of both charts of engines."""
    incomplete = (note for mode in found.modes for note in mode.incomplete)
    return caption(
        found.lens,
        method(found),
        *sentences,
        *missing_notes(found),
        *jsc_notes(found),
        *incomplete,
        columns=found.columns,
    )


def _blocks(found: EngineTimes) -> list[Block]:
    engines = [
        Block(row.title, row.engine.text, row.users, row.alone, row.native, found.variants)
        for row in found.rows
    ]
    natives = [
        Block(
            native.title,
            native.column.compiler_text,
            native,
            None,
            native,
            tuple(name for name in found.variants if name in native.times),
        )
        for native in found.natives
    ]
    return [*(block for block in natives if block.variants), *engines]


def draw_engines_chart(chart: EnginesChart, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    palette = looks(chart.looks_of, theme)
    names = max(
        max(text_width(block.name, NAME_SIZE, bold=True), text_width(block.below, VARIANT_SIZE))
        for block in chart.blocks
    )
    names = min(names, MOST_NAME)
    variants = min(max(text_width(name, VARIANT_SIZE) for name in chart.variants), MOST_NAME)
    left = MARGIN + names + 0.18 + variants + 0.12
    body = sum(block.height for block in chart.blocks)
    width = left + PLOT_WIDTH + 0.06 + NUMBER_WIDTH * len(chart.kinds) + MARGIN
    ink = Look(theme.ink, "o")
    frame = ChartFrame(
        width,
        HEAD + body + FOOT,
        theme,
        chart.title,
        chart.caption,
        chart.note,
        [LegendEntry(kind, ink, hollow=kind == ALONE) for kind in chart.kinds],
    )
    axes = frame.axes(left, HEAD, PLOT_WIDTH, body)
    set_ratio_axis(axes, *chart.limits, PLOT_WIDTH)
    axes.set_ylim(body, 0)
    axes.set_yticks([])
    axes.tick_params(axis="x", top=True, labeltop=True)
    top = 0.0
    for number, block in enumerate(chart.blocks):
        if number % 2 == 0:
            axes.axhspan(top, top + block.height, color=theme.band, linewidth=0, zorder=0)
        _draw_lines(axes, block, top, theme)
        first = HEAD + top + BLOCK_GAP / 2 + 0.07
        name = shortened(block.name, names, NAME_SIZE, bold=True)
        frame.text(MARGIN, first, name, size=NAME_SIZE, weight="bold", va="center")
        below = shortened(block.below, names, VARIANT_SIZE)
        frame.text(MARGIN, first + 0.14, below, size=VARIANT_SIZE, color=theme.muted, va="center")
        _draw_block(frame, axes, chart, block, palette, left, top)
        top += block.height
    _draw_headings(frame, chart, left)
    frame.ratio_directions(left, HEAD + body + 0.31, PLOT_WIDTH)
    frame.axis_label(left, HEAD + body + 0.31, f"time / native {SWITCH}", PLOT_WIDTH)
    return frame.figure


def _draw_lines(axes: Axes, block: Block, top: float, theme: Theme) -> None:
    """The native lines, of the block's own run."""
    if block.native is None:
        return
    ends = [top, top + block.height]
    for value in native_lines(block.native).values():
        axes.plot([value, value], ends, zorder=1.5, **line_style(theme, value))


def _draw_block(
    frame: ChartFrame,
    axes: Axes,
    chart: EnginesChart,
    block: Block,
    palette: Mapping[str, Look],
    left: float,
    top: float,
) -> None:
    """The rows of one block: a name, marks and numbers each."""
    theme = frame.theme
    across = blended_transform_factory(axes.transAxes, axes.transData)
    for place, variant in enumerate(block.variants):
        y = top + BLOCK_GAP / 2 + (place + 0.5) * STEP
        frame.row_label(left - 0.08, HEAD + y, variant, MOST_NAME, VARIANT_SIZE)
        times = block.times(variant)
        apart = APART if all(times) else 0.0
        users, alone = times
        size = _mark_size(palette[variant])
        if alone is not None:
            draw_estimates(
                axes, [(alone, y + apart)], palette[variant], theme, hollow=True, size=size
            )
        if users is not None:
            draw_estimates(axes, [(users, y - apart)], palette[variant], theme, size=size)
        if users is None and alone is None:
            text = shortened(f"unavailable: {_clause(block.reason(variant))}", REMARK_WIDTH, 6.5)
            style = {"size": 6.5, "color": theme.muted, "ha": "right", "va": "center"}
            axes.text(0.99, y, text, transform=across, **style)
        by_kind = {ALONE: alone}
        for number, kind in enumerate(chart.kinds):
            time = by_kind.get(kind, users)
            frame.text(
                left + PLOT_WIDTH + 0.06 + (number + 1) * NUMBER_WIDTH,
                HEAD + y,
                ratio_text(time.value) if time is not None else "–",
                size=VARIANT_SIZE,
                ha="right",
                va="center",
            )


def _clause(reason: str) -> str:
    """The beginning of a reason, which says enough beside its row."""
    return re.split(r",| \(", reason, maxsplit=1)[0]


def _mark_size(look: Look) -> float:
    """A hollow cross needs more room than other marks to be seen as one."""
    return MARK + CROSS if look.marker in "PX" else MARK


def _draw_headings(frame: ChartFrame, chart: EnginesChart, left: float) -> None:
    """What the two lines are, and which mode each column of numbers has: its mark."""
    ink = Look(frame.theme.ink, "o")
    for number, kind in enumerate(chart.kinds):
        x = left + PLOT_WIDTH + 0.06 + (number + 1) * NUMBER_WIDTH - 0.1
        frame.mark(x, frame.top + HEAD - 0.12, ink, kind == ALONE)
    low, high = (math.log(limit) for limit in chart.limits)
    lines = next(native_lines(block.native) for block in chart.blocks if block.native is not None)
    # The left one's text ends at its line and the right one's begins there, so that they can't meet.
    for number, (name, value) in enumerate(sorted(lines.items(), key=lambda line: line[1])):
        begins = number == len(lines) - 1
        place = left + (math.log(value) - low) / (high - low) * PLOT_WIDTH
        frame.text(
            place - 0.03 if begins else place + 0.03,
            HEAD - 0.31,
            f"{name} ↓" if not begins else f"↓ {name}",
            size=VARIANT_SIZE,
            color=frame.theme.muted,
            ha="left" if begins else "right",
            va="center",
        )
