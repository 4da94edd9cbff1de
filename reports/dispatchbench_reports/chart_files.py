"""Draws a chart in every form in which it is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Sequence

from markupsafe import Markup

from dispatchbench_reports.chart_list import Chart
from dispatchbench_reports.inline_svg import inline_svg
from dispatchbench_reports.output import make_directory, write_all
from dispatchbench_reports.style import (
    DARK,
    LIGHT,
    Words,
    pdf_bytes,
    png_bytes,
    svg_text,
    themed,
)


@dataclass(frozen=True)
class Drawn:
    """A chart's files (SVG and PNG in both themes, PDF in the light one), if wanted, and its picture for the page."""

    chart: Chart
    files: Mapping[Path, bytes]
    inline: Markup


def drawn(chart: Chart, directory: Path) -> Drawn:
    """Draws a chart for this directory; writes nothing."""
    files: dict[Path, bytes] = {}
    inline = Markup()
    words = Words(chart.title, chart.caption)
    for theme in (LIGHT, DARK):
        stem = chart.name if theme is LIGHT else f"{chart.name}-{theme.name}"
        with themed(theme):
            figure = chart.draw(theme)
            files[directory / f"{stem}.svg"] = svg_text(figure, stem, words).encode()
            files[directory / f"{stem}.png"] = png_bytes(figure, words)
            if theme is LIGHT:
                files[directory / f"{stem}.pdf"] = pdf_bytes(figure, words)
                inline = inline_svg(figure, chart.name, words)
    return Drawn(chart, files, inline)


def drawn_for_page(chart: Chart) -> Drawn:
    """Draws a chart for the page alone, which takes a fifth of the time."""
    words = Words(chart.title, chart.caption)
    with themed(LIGHT):
        return Drawn(chart, {}, inline_svg(chart.draw(LIGHT), chart.name, words))


def write_charts(charts: Sequence[Chart], output: str) -> list[Path]:
    """Writes the charts' files; returns their paths."""
    directory = make_directory(output)
    files = {path: data for chart in charts for path, data in drawn(chart, directory).files.items()}
    write_all(files)
    return list(files)
