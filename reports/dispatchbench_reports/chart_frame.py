"""A chart's frame stacks title, note, legend, body and caption by their measured heights, so that no texts overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from dispatchbench_reports.style import Look, Theme, shortened, text_width, wrapped

TITLE_SIZE = 11.0
NOTE_SIZE = 8.5
LEGEND_SIZE = 8.5
CAPTION_SIZE = 7.0
MARGIN = 0.15
LINE = 1.35 / 72
OUTLINE = 0.7
"""Of both sides together, in points."""


@dataclass(frozen=True)
class LegendEntry:
    text: str
    look: Look
    hollow: bool = False
    size: float = 5.0


class ChartFrame:
    """A figure whose body has a fixed size in inches; axes are placed from the body's top left corner."""

    def __init__(
        self,
        width: float,
        body_height: float,
        theme: Theme,
        title: str,
        caption: str,
        note: str = "",
        legend: Sequence[LegendEntry] = (),
    ) -> None:
        self.theme = theme
        self.width = width
        inner = width - 2 * MARGIN
        title_lines = wrapped(title, inner, TITLE_SIZE, bold=True)
        note_lines = wrapped(note, inner, NOTE_SIZE)
        caption_lines = wrapped(caption, inner, CAPTION_SIZE)
        legend_lines = self._flow(legend, inner)
        above = (
            MARGIN
            + len(title_lines) * TITLE_SIZE * LINE
            + len(note_lines) * NOTE_SIZE * LINE
            + (0.06 if legend_lines else 0)
            + len(legend_lines) * LEGEND_SIZE * 1.2 * LINE
            + 0.08
        )
        below = 0.12 + len(caption_lines) * CAPTION_SIZE * LINE + MARGIN
        self.height = above + body_height + below
        self.top = above
        self.figure = Figure(figsize=(width, self.height))
        y = MARGIN
        for line in title_lines:
            self.text(MARGIN, y, line, from_figure=True, size=TITLE_SIZE, weight="bold", va="top")
            y += TITLE_SIZE * LINE
        for line in note_lines:
            self.text(
                MARGIN, y, line, from_figure=True, size=NOTE_SIZE, color=theme.muted, va="top"
            )
            y += NOTE_SIZE * LINE
        if legend_lines:
            y += 0.06
        for entries in legend_lines:
            x = MARGIN
            middle = y + LEGEND_SIZE * LINE / 2
            for entry in entries:
                self.mark(x + 0.06, middle, entry.look, entry.hollow, entry.size)
                self.text(
                    x + 0.16, middle, entry.text, from_figure=True, size=LEGEND_SIZE, va="center"
                )
                x += self._entry_width(entry)
            y += LEGEND_SIZE * 1.2 * LINE
        y = above + body_height + 0.12
        for line in caption_lines:
            self.text(
                MARGIN, y, line, from_figure=True, size=CAPTION_SIZE, color=theme.muted, va="top"
            )
            y += CAPTION_SIZE * LINE

    @staticmethod
    def _entry_width(entry: LegendEntry) -> float:
        return 0.16 + text_width(entry.text, LEGEND_SIZE) + 0.2

    def _flow(self, legend: Sequence[LegendEntry], inner: float) -> list[list[LegendEntry]]:
        lines: list[list[LegendEntry]] = []
        used = inner + 1
        for entry in legend:
            needed = self._entry_width(entry)
            if used + needed - 0.2 > inner:
                lines.append([])
                used = 0.0
            lines[-1].append(entry)
            used += needed
        return lines

    def text(self, x: float, y: float, text: str, from_figure: bool = False, **style: Any) -> None:
        """Text at inches from the body's (or the figure's) top left corner."""
        down = y if from_figure else y + self.top
        self.figure.text(x / self.width, 1 - down / self.height, text, **style)

    def panel_title(self, x: float, y: float, title: str, width: float) -> None:
        """A panel's title, cut to width, with its middle at y."""
        title = shortened(title, width, 9, bold=True)
        self.text(x, y, title, size=9, weight="bold", va="center")

    def panel_subtitle(self, x: float, y: float, subtitle: str, width: float) -> None:
        """The line below a panel's title, cut to width, with its middle at y."""
        subtitle = shortened(subtitle, width, 7.5)
        self.text(x, y, subtitle, size=7.5, color=self.theme.muted, va="center")

    def row_label(self, right: float, y: float, label: str, width: float, size: float) -> None:
        """A row's name, cut to width, ending at right, with its middle at y."""
        self.text(right, y, shortened(label, width, size), size=size, ha="right", va="center")

    def axis_label(self, x: float, y: float, label: str, width: float) -> None:
        """The text below an axis that starts at x, with its middle at y."""
        self.text(x + width / 2, y, label, size=8, ha="center", va="center")

    def ratio_directions(self, x: float, y: float, width: float) -> float:
        """Which way is faster, at both ends below a ratio axis; returns the width left for a label between them."""
        faster, slower = "← faster", "slower →"
        self.text(x, y, faster, size=7.5, color=self.theme.muted, va="center")
        self.text(x + width, y, slower, size=7.5, color=self.theme.muted, va="center", ha="right")
        return width - text_width(faster, 7.5) - text_width(slower, 7.5) - 0.2

    def bands(self, axes: Axes, rows: int, row_height: float) -> None:
        """Tints every second row of axes in inches, so that the eye stays in its row."""
        for row in range(0, rows, 2):
            top = row * row_height
            axes.axhspan(top, top + row_height, color=self.theme.band, linewidth=0, zorder=0)

    def mark(self, x: float, y: float, look: Look, hollow: bool = False, size: float = 5.0) -> None:
        """A marker at inches from the figure's top left corner."""
        self.figure.add_artist(
            Line2D(
                [x / self.width],
                [1 - y / self.height],
                transform=self.figure.transFigure,
                **marker_style(look, self.theme, hollow, size),
            )
        )

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes at inches from the body's top left corner."""
        bottom = self.height - self.top - top - height
        return self.figure.add_axes(
            (left / self.width, bottom / self.height, width / self.width, height / self.height)
        )


def outlined(look: Look, width: float) -> dict[str, Any]:
    """What gives a line of this width (points) an outline if its colour needs one."""
    if not look.outline:
        return {}
    return {"path_effects": [withStroke(linewidth=width + OUTLINE, foreground=look.outline)]}


def marker_style(
    look: Look, theme: Theme, hollow: bool = False, size: float = 5.0
) -> dict[str, Any]:
    """How a dot is drawn: an outline keeps light colours visible; hollow means what the chart’s note or caption says."""
    return {
        "marker": look.marker,
        "markersize": size,
        "markerfacecolor": theme.background if hollow else look.colour,
        "markeredgecolor": look.colour if hollow else theme.ink,
        "markeredgewidth": 1.1 if hollow else 0.4,
        "linestyle": "none",
        **(outlined(look, 1.1) if hollow else {}),
    }
