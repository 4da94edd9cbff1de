"""Ratio to a baseline: dots on a log axis centred on 1, workloads as rows, the geometric mean at the bottom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Mapping, Sequence

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import (
    backend_title,
    baseline_notes,
    caption,
    incomplete_means,
)
from dispatchbench_reports.axis_ticks import hidden_intervals, limits_around
from dispatchbench_reports.charts.ratio_panels import (
    NOT_IN_LIBRARY,
    Panel,
    panels_by_backend,
    panels_by_library,
)
from dispatchbench_reports.compilers import picture_groups, ranges
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.findings import ratio_finding
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.phrases import capitalised, distinct, listed
from dispatchbench_reports.preparing import LEGEND_SENTENCE
from dispatchbench_reports.study import Clock

MOST_SERIES_IN_A_PANEL = 7
"""With more dots in a row nobody can read it: each backend then gets its own panel, if all have one baseline."""
MOST_PANELS = 8
"""More panels are spread over several pictures."""
MOST_DOTS = 2000
"""With more in all panels, workloads are left to the tables: 20 of them in 7 variants and 23 engines made a chart of 19,000
pixels."""
MARK, MEAN_MARK = 4.6, 6.0
"""sizes of the dots in points"""


@dataclass(frozen=True)
class RatioChart:
    title: str
    note: str
    caption: str
    baseline: str
    clock: Clock
    rows: tuple[str, ...]
    series: tuple[str, ...]
    series_titles: Mapping[str, str]
    looks_of: tuple[str, ...]
    """the names that share out colours and markers: more than the series, so that a backend keeps its look"""
    by_backend: bool
    """whether a panel is a backend and a series a library, and not the other way round"""
    panels: tuple[Panel, ...]
    groups: tuple[tuple[str, tuple[Panel, ...]], ...]
    """the panels in the pictures over which they are spread, each with what it shows"""
    limits: tuple[float, float]
    """of the axis that all panels share"""

    @property
    def across(self) -> int:
        """How many panels stand side by side."""
        return min(len(self.panels), 5 if self.by_backend else 2)

    @property
    def panel_width(self) -> float:
        """In inches."""
        return {1: 5.0, 2: 3.1}.get(self.across, 1.75)

    @property
    def estimates(self) -> list[Estimate]:
        return [estimate for panel in self.panels for estimate in panel.estimates]

    @property
    def hidden_intervals(self) -> str:
        """A note on intervals that can't be seen; empty if there are none."""
        return hidden_intervals(self.estimates, self.limits, self.panel_width, MARK)


def _note(lens: Lens, titles: Mapping[str, str], by_backend: bool, hollow: bool) -> str:
    parts = []
    if by_backend:
        library = f"{next(iter(titles.values()))}; " if len(titles) == 1 else ""
        parts.append(f"one panel per backend; {library}time relative to {lens.baseline}, log scale")
    if hollow:
        parts.append(
            "hollow in a workload’s row: the effect is smaller than the spread of its code layouts"
        )
    parts += distinct(
        text for column in lens.columns for text in incomplete_means(lens, column).values()
    )
    return "; ".join(parts)


def _caption(lens: Lens, unprepared: bool) -> str:
    method = f"{estimates.ratio_method(lens)}; {estimates.mean_method(lens.study)}"
    one_layout = "Only one layout of the code: the intervals don’t include the effect of others"
    says_one_layout = estimates.has_intervals(lens.study) and not lens.study.layouts
    return caption(
        lens,
        f"{capitalised(lens.clock_text)}; {method}",
        *baseline_notes(lens),
        one_layout if says_one_layout else "",
        LEGEND_SENTENCE if unprepared else "",
        columns=lens.columns,
    )


def ratio_chart(lens: Lens) -> RatioChart:
    """The numbers of the chart. A panel is a library on a machine; with many backends, a backend."""
    study, compared = lens.study, lens.backends
    columns = {column.key: column for column in lens.columns}
    titles = {key: study.column_title(column) for key, column in columns.items()}
    # A panel per backend puts all libraries on one axis, which only one baseline allows.
    by_backend = len(compared) > MOST_SERIES_IN_A_PANEL and lens.one_baseline
    panels = panels_by_backend(lens) if by_backend else panels_by_library(lens)
    hollow = any(dot.hollow for panel in panels for dot in panel.dots.values())
    series = tuple(columns) if by_backend else compared
    groups = (
        _even_groups(panels)
        if by_backend
        else _groups_by_compiler(lens, dict(zip(columns, panels)))
    )
    means_alone = len(panels) * len(study.workloads) * len(series) > MOST_DOTS
    if means_alone:
        groups = [(text, [replace(panel, dots={}) for panel in inner]) for text, inner in groups]
        panels = [panel for _, inner in groups for panel in inner]
    return RatioChart(
        title=ratio_finding(lens),
        note="; ".join(
            text
            for text in (
                "geometric means alone: the tables have every workload" if means_alone else "",
                _note(lens, titles, by_backend, hollow and not means_alone),
            )
            if text
        ),
        caption=_caption(lens, any(panel.unprepared for panel in panels)),
        baseline=str(lens.baseline),
        clock=lens.clock,
        rows=() if means_alone else study.workloads,
        series=series,
        series_titles=titles
        if by_backend
        else {backend: backend_title(study, backend) for backend in compared},
        looks_of=series if by_backend else study.backends,
        by_backend=by_backend,
        panels=tuple(panels),
        groups=tuple((text, tuple(inner)) for text, inner in groups),
        limits=limits_around(estimate for panel in panels for estimate in panel.estimates),
    )


def _even_groups(panels: Sequence[Panel]) -> list[tuple[str, list[Panel]]]:
    """As few pictures as possible, all about as large."""
    pictures = max(1, -(-len(panels) // MOST_PANELS))
    size = max(1, -(-len(panels) // pictures))
    groups = [list(panels[begin : begin + size]) for begin in range(0, len(panels), size)]
    return [(listed([panel.title for panel in group]), group) for group in groups]


def _groups_by_compiler(lens: Lens, panels: Mapping[str, Panel]) -> list[tuple[str, list[Panel]]]:
    """All in one picture, or each compiler's releases together."""
    return [
        (ranges(lens.study, part, lens.columns), [panels[column.key] for column in part])
        for part in picture_groups(lens.study, lens.columns, MOST_PANELS)
    ]


def ratio_pictures(chart: RatioChart) -> list[RatioChart]:
    """The chart itself, or its groups of panels as pictures that name each other."""
    if len(chart.groups) < 2:
        return [chart]
    pictures = []
    for number, (text, panels) in enumerate(chart.groups, start=1):
        others = [
            f"ratio-{other} has {name}"
            for other, (name, _) in enumerate(chart.groups, start=1)
            if other != number
        ]
        index = f"Picture {number} of {len(chart.groups)}: {text} ({'; '.join(others)})"
        note = "; ".join(part for part in (index, chart.note) if part)
        series = tuple(
            name
            for name in chart.series
            if any(panel.absent.get(name) != NOT_IN_LIBRARY for panel in panels)
        )
        pictures.append(
            replace(chart, panels=panels, groups=((text, panels),), note=note, series=series)
        )
    return pictures
