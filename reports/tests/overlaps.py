"""Finds texts that touch each other or leave the figure."""

from __future__ import annotations

from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

SLACK = 0.75
"""Pixels (at 72 per inch, about points) by which two boxes may overlap: boxes are a little larger than ink."""


def overlapping_texts(figure: Figure) -> list[str]:
    """A description of each pair that overlaps, and of each text that leaves the figure."""
    figure.set_dpi(72)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    not_drawn: set[Text] = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            reach = (high - low) * 1e-6
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                # A locator also offers ticks beyond the axis, which are never drawn.
                if not low - reach <= tick.get_loc() <= high + reach:
                    not_drawn.update((tick.label1, tick.label2))
    boxes: list[tuple[str, Any]] = []
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and text not in not_drawn:
            boxes.append((text.get_text(), text.get_window_extent(renderer)))
    found = []
    edge = figure.bbox
    for name, box in boxes:
        if box.x0 < edge.x0 or box.x1 > edge.x1 or box.y0 < edge.y0 or box.y1 > edge.y1:
            found.append(f"{name!r} leaves the figure")
    boxes.sort(key=lambda entry: float(entry[1].x0))
    for index, (name, box) in enumerate(boxes):
        for other_name, other in boxes[index + 1 :]:
            if other.x0 >= box.x1 - SLACK:
                break
            if other.y0 < box.y1 - SLACK and box.y0 < other.y1 - SLACK:
                found.append(f"{name!r} meets {other_name!r}")
    return found
