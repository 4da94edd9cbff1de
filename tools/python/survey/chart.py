"""The survey as a chart: programs down, suites across, each cell the technique and its sites."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

from dispatchbench_reports.chart_files import write_charts
from dispatchbench_reports.chart_list import Chart
from dispatchbench_reports.charts.grid import Block, Grid, GridCell, draw_grid
from dispatchbench_reports.charts.matrix import TECHNIQUES, UNPROVED

from .results import changes, sites_text, technique_text, upstream

NAME = "survey"
CELL_WIDTH = 1.55
SHADES = {
    "merged": 0.9,
    "comparisons": 0.9,
    "calls": 0.6,
    "partly_merged": 0.4,
    "generated": 0.0,
    "replicated": -0.5,
    "tail_calls": -0.9,
}
"""Orange: jumps that many handlers share. Blue: a jump for each handler."""


def _cell(row: Mapping[str, Any]) -> GridCell:
    technique = row["technique"]
    known = technique in SHADES
    sites = sites_text(row) if known else ""
    marker = TECHNIQUES[technique][0] if known else UNPROVED[0]
    return GridCell(
        technique_text(row),
        below=" · ".join(part for part in (upstream(row["version"]), sites) if part),
        marker=marker,
        shade=SHADES.get(technique, 0.0),
        muted=not known,
    )


def _title(rows: list[Mapping[str, Any]]) -> str:
    known = [row for row in rows if row["technique"] in SHADES]
    merged = sum(row["technique"] == "merged" for row in known)
    replicated = sum(row["technique"] == "replicated" for row in known)
    return (
        f"Of {len(known)} builds of {len({row['program'] for row in known})} interpreters that Debian ships, "
        f"{merged} dispatch through a few shared jumps, {replicated} through a jump in each handler"
    )


def survey_grid(document: Mapping[str, Any]) -> Grid:
    """The chart's numbers and texts."""
    rows = list(document["rows"])
    programs, suites = tuple(document["programs"]), tuple(document["suites"])
    cells = {
        (program, suite): GridCell("–", muted=True) for program in programs for suite in suites
    }
    cells |= {(row["program"], row["suite"]): _cell(row) for row in rows}
    used = {row["technique"] for row in rows}
    markers = {marker: text for name, (marker, text) in TECHNIQUES.items() if name in used}
    if used - set(SHADES):
        markers[UNPROVED[0]] = "can’t be told"
    return Grid(
        title=_title(rows),
        note=" ".join(changes(document)[-1:]),
        caption=(
            f"Packages of {document['date']} for x86-64, read and not run. Below each technique: the version, and the sites, "
            "which are the indirect jumps or calls that dispatch. "
            "Merged is a switch, or what a compiler made of a computed goto. –: the suite doesn’t ship it."
        ),
        blocks=(Block(suites, (programs,)),),
        row_titles={program: program for program in programs},
        cells=cells,
        markers=markers,
    )


def chart_of(document: Mapping[str, Any]) -> Chart:
    """The chart, ready to be drawn."""
    grid = survey_grid(document)
    return Chart(
        NAME,
        "Interpreters as Debian ships them",
        grid.title,
        grid.caption,
        lambda theme: draw_grid(grid, theme, CELL_WIDTH),
        NAME,
    )


def write_chart(document: Mapping[str, Any], folder: pathlib.Path) -> list[pathlib.Path]:
    """Writes the chart in both themes; returns the files."""
    return write_charts([chart_of(document)], str(folder))
