"""A grid of libraries down and backends or levels across, whose cells are texts on a colour: matrix, correctness, compile time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable, Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dispatchbench_reports.chart_frame import MARGIN, ChartFrame, LegendEntry
from dispatchbench_reports.style import (
    Look,
    Theme,
    shade_colour,
    shortened,
    shortened_within,
    text_width,
)

MOST_ACROSS = 7
"""Of more columns a grid stacks several blocks."""
CELL_HEIGHT = 0.36
GROUP_GAP = 0.07
ROW_SIZE, HEAD_SIZE, VALUE_SIZE, SMALL_SIZE = 8.5, 8.5, 9.0, 6.8
"""Of text. A head that is too wide is set smaller, down to the smallest."""
HEAD_LINE = 0.145
KEY_HEIGHT = 0.32


@dataclass(frozen=True)
class GridCell:
    """A value with a smaller text beside it where there is room, and a line below it."""

    value: str
    aside: str = ""
    below: str = ""
    marker: str = ""
    """of the line below; empty: none"""
    shade: float = 0.0
    """from -1 to 1: how much of the scale's first or second colour"""
    muted: bool = False
    """there is no value, but a reason why not"""
    outlined: bool = False


@dataclass(frozen=True)
class Block:
    """Columns that stand side by side, and the rows that have anything in them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """keys in groups, with a gap between groups"""

    @property
    def height(self) -> float:
        """Of the cells, in inches."""
        return sum(len(group) for group in self.rows) * CELL_HEIGHT + GROUP_GAP * (
            len(self.rows) - 1
        )


@dataclass(frozen=True)
class ShadeKey:
    """What the colours mean: a text, and a label for each of some shades."""

    text: str
    steps: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Grid:
    title: str
    note: str
    caption: str
    blocks: tuple[Block, ...]
    row_titles: Mapping[str, str]
    cells: Mapping[tuple[str, str], GridCell]
    """by (row, column)"""
    key: ShadeKey | None = None
    markers: Mapping[str, str] | None = None
    """what each marker means"""


def blocks_of(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    has: Callable[[str, str], bool],
) -> tuple[Block, ...]:
    """Columns that share no row get blocks of their own, and wide blocks are split evenly."""
    everything = [row for group in rows for row in group]
    islands: list[tuple[list[str], set[str]]] = []
    for column in columns:
        own = {row for row in everything if has(row, column)}
        touching = [island for island in islands if island[1] & own]
        others = [island for island in islands if not island[1] & own]
        names = [name for island in touching for name in island[0]] + [column]
        islands = [*others, (names, own.union(*(island[1] for island in touching)))]
    order = list(columns)
    islands.sort(key=lambda island: min(map(order.index, island[0])))
    blocks = []
    for names, owners in islands:
        names.sort(key=order.index)
        kept = tuple(
            tuple(row for row in group if row in owners)
            for group in rows
            if any(row in owners for row in group)
        )
        count = -(-len(names) // MOST_ACROSS)
        width = -(-len(names) // count)
        blocks += [
            Block(tuple(names[begin : begin + width]), kept)
            for begin in range(0, len(names), width)
        ]
    return tuple(block for block in blocks if block.rows)


@dataclass(frozen=True)
class Head:
    """A column's name as lines that fit."""

    lines: tuple[str, ...]
    size: float


def head_of(name: str, width: float) -> Head:
    """Breaks a name at its underscores; a part that is too wide makes the name smaller, and is cut only then."""
    lines = [""]
    for part in name.replace("_", "_\n").replace(" ", " \n").split("\n"):
        longer = lines[-1] + part
        if lines[-1] and text_width(longer, HEAD_SIZE, bold=True) > width:
            lines.append(part)
        else:
            lines[-1] = longer
    widest = max(text_width(line, HEAD_SIZE, bold=True) for line in lines)
    fitting = math.floor(10 * HEAD_SIZE * width / widest) / 10
    size = max(min(HEAD_SIZE, fitting), SMALL_SIZE)
    return Head(tuple(shortened_within(line, width, size, bold=True) for line in lines), size)


def _row_title_width(grid: Grid) -> float:
    return min(max(text_width(title, ROW_SIZE) for title in grid.row_titles.values()), 4.0) + 0.14


def draw_grid(grid: Grid, theme: Theme, cell_width: float = 1.16) -> Figure:
    """Draws inside themed(theme)."""
    left = _row_title_width(grid)
    across = max(len(block.columns) for block in grid.blocks)
    heads = [
        {name: head_of(name, cell_width - 0.08) for name in block.columns} for block in grid.blocks
    ]
    head_heights = [
        max(len(head.lines) for head in block.values()) * HEAD_LINE + 0.06 for block in heads
    ]
    key_height = KEY_HEIGHT if grid.key else 0.0
    body = key_height + sum(
        head + block.height + 0.16 for head, block in zip(head_heights, grid.blocks)
    )
    frame = ChartFrame(
        max(2 * MARGIN + left + across * cell_width, 6.6),
        body,
        theme,
        grid.title,
        grid.caption,
        grid.note,
        [
            LegendEntry(text, Look(theme.ink, marker))
            for marker, text in (grid.markers or {}).items()
        ],
    )
    if grid.key:
        _draw_key(frame, grid.key)
    top = key_height
    for block, block_heads, head_height in zip(grid.blocks, heads, head_heights):
        for place, name in enumerate(block.columns):
            x = MARGIN + left + (place + 0.5) * cell_width
            head = block_heads[name]
            for number, line in enumerate(reversed(head.lines)):
                y = top + head_height - 0.09 - number * HEAD_LINE
                frame.text(x, y, line, size=head.size, weight="bold", ha="center", va="center")
        top += head_height
        _draw_block(frame, grid, block, top, left, cell_width)
        top += block.height + 0.16
    return frame.figure


def _draw_key(frame: ChartFrame, key: ShadeKey) -> None:
    frame.text(MARGIN, 0.12, key.text, size=8, va="center")
    x = MARGIN + text_width(key.text, 8) + 0.12
    width = 0.5
    axes = _plain_axes(frame, x, 0.02, width * len(key.steps), 0.2)
    for number, (shade, label) in enumerate(key.steps):
        colour = shade_colour(frame.theme, shade)
        axes.add_patch(Rectangle((number * width, 0), width, 0.2, facecolor=colour, linewidth=0))
        frame.text(x + (number + 0.5) * width, 0.12, label, size=7.5, ha="center", va="center")


def _plain_axes(frame: ChartFrame, x: float, y: float, width: float, height: float) -> Axes:
    """Axes in inches, without ticks and frame."""
    axes = frame.axes(x, y, width, height)
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    return axes


def _draw_block(
    frame: ChartFrame, grid: Grid, block: Block, top: float, left: float, cell_width: float
) -> None:
    theme = frame.theme
    axes = _plain_axes(frame, MARGIN + left, top, len(block.columns) * cell_width, block.height)
    y = 0.0
    for group in block.rows:
        for row in group:
            title = grid.row_titles[row]
            middle = top + y + CELL_HEIGHT / 2
            frame.row_label(MARGIN + left - 0.09, middle, title, left - 0.1, ROW_SIZE)
            for place, column in enumerate(block.columns):
                cell = grid.cells[row, column]
                axes.add_patch(
                    Rectangle(
                        (place * cell_width, y),
                        cell_width,
                        CELL_HEIGHT,
                        facecolor=theme.band if cell.muted else shade_colour(theme, cell.shade),
                        edgecolor=theme.background,
                        linewidth=1.2,
                    )
                )
                if cell.outlined:
                    _outline(axes, place * cell_width, y, cell_width, theme)
                x = MARGIN + left + (place + 0.5) * cell_width
                _draw_cell(frame, cell, x, top + y, cell_width)
            y += CELL_HEIGHT
        y += GROUP_GAP


def _outline(axes: Axes, x: float, y: float, width: float, theme: Theme) -> None:
    inset = 0.018
    axes.add_patch(
        Rectangle(
            (x + inset, y + inset),
            width - 2 * inset,
            CELL_HEIGHT - 2 * inset,
            fill=False,
            edgecolor=theme.ink,
            linewidth=1.0,
        )
    )


def _draw_cell(frame: ChartFrame, cell: GridCell, x: float, top: float, width: float) -> None:
    """The texts of a cell, centred at x."""
    theme = frame.theme
    if cell.muted:
        text = shortened(cell.value, width - 0.1, 7.5)
        middle = top + CELL_HEIGHT * (0.34 if cell.below else 0.5)
        frame.text(x, middle, text, size=7.5, color=theme.muted, ha="center", va="center")
    else:
        middle = top + CELL_HEIGHT * (0.34 if cell.below else 0.5)
        value_width = text_width(cell.value, VALUE_SIZE, bold=True)
        aside_width = text_width(cell.aside, SMALL_SIZE) + 0.05 if cell.aside else 0.0
        # Without room for the interval the value stands alone.
        aside = cell.aside if value_width + aside_width <= width - 0.06 else ""
        begin = x - (value_width + (aside_width if aside else 0)) / 2
        value = shortened(cell.value, width - 0.06, VALUE_SIZE, bold=True)
        frame.text(
            max(begin, x - width / 2 + 0.03),
            middle,
            value,
            size=VALUE_SIZE,
            weight="bold",
            va="center_baseline",
        )
        if aside:
            frame.text(
                begin + value_width + 0.05, middle, aside, size=SMALL_SIZE, va="center_baseline"
            )
    if cell.below:
        _draw_line_below(frame, cell, x, top + CELL_HEIGHT * 0.75, width)


def _draw_line_below(
    frame: ChartFrame, cell: GridCell, x: float, middle: float, width: float
) -> None:
    mark_room = 0.12 if cell.marker else 0.0
    text = shortened(cell.below, width - 0.06 - mark_room, SMALL_SIZE)
    begin = x - (text_width(text, SMALL_SIZE) + mark_room) / 2
    if cell.marker:
        look = Look(frame.theme.ink, cell.marker)
        frame.mark(begin + 0.04, middle + frame.top, look, size=3.4)
    frame.text(begin + mark_room, middle, text, size=SMALL_SIZE, va="center")
