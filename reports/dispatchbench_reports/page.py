"""report.html: one file that works offline and without JavaScript."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from typing import Any

import jinja2
from markupsafe import Markup

from dispatchbench_reports import __version__, estimates
from dispatchbench_reports.annotations import provenance, technique_text
from dispatchbench_reports.chart_list import Chart
from dispatchbench_reports.engine_tables import FLAGS, NUMBERS, engine_table
from dispatchbench_reports.engine_times import engine_times
from dispatchbench_reports.findings import ratio_finding
from dispatchbench_reports.inline_svg import theme_variables
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.page_data import baselines, page_data, page_keys
from dispatchbench_reports.style import DARK, LIGHT
from dispatchbench_reports.summary import summary
from dispatchbench_reports.tables import Table, ratio_tables, time_tables
from dispatchbench_reports.wording import ratio_with_interval, time_with_interval

LARGE = 600_000
"""A picture with more characters stays folded until the reader asks for it."""
MOST_SENTENCES = 12
"""Further ones of the summary stay folded, so that it fits on a screen."""
MOST_WARNINGS = 4
ENGINE_CHARTS = ("engines", "v8_history")
"""They come before everything else that results of engines have, with the table of engines."""
MOST_OPEN_TABLES = 6
"""Of more libraries each has its tables folded."""


def _benchmark_rows(lens: Lens) -> list[dict[str, Any]]:
    """The rows of the table of all benchmarks, in the order of the page's data."""
    study = lens.study
    times = estimates.times(study, lens.clock)
    columns = {column.key: column for column in study.columns}
    rows = []
    for key, workload, backend in page_keys(study):
        column = columns[key]
        time = times.get((key, workload, backend))
        relative = estimates.ratio(lens, column, workload, backend)
        series = study.find(column, workload, backend)
        counted = series.counted if series is not None else None
        rows.append(
            {
                "workload": workload,
                "backend": backend,
                "library": study.column_title(column),
                "time": time_with_interval(time)
                if time
                else study.absence(column, workload, backend),
                "time_value": f"{time.value:.7g}" if time else "",
                "ratio": ratio_with_interval(relative) if relative else "",
                "ratio_value": f"{relative.value:.7g}" if relative else "",
                "samples": f"{time.samples} in {time.processes}" if time else "",
                "sample_count": time.samples if time else "",
                "technique": technique_text(column, backend),
                "sites": column.sites(backend),
                "counted": "" if counted is None else f"{counted:.2f}",
            }
        )
    return rows


def _facts(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_facts(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_facts(inner) for inner in value)
    return str(value)


def _script_json(value: Any) -> Markup:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return Markup(
        text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    )


def _by_kind(
    charts: list[tuple[Chart, Markup]],
) -> list[tuple[str, list[tuple[Chart, Markup]]]]:
    """The pictures of each kind together, in the page's order."""
    return [(kind, list(group)) for kind, group in groupby(charts, lambda each: each[0].kind)]


def _first(charts: list[tuple[Chart, Markup]], kind: str) -> tuple[Chart, Markup] | None:
    return next((each for each in charts if each[0].kind == kind), None)


@dataclass(frozen=True)
class EnginesSection:
    """What the page says of WebAssembly engines, if they were measured."""

    table: Table
    charts: list[tuple[Chart, Markup]]

    def kind(self, column: int) -> str:
        """The class of a column's cells."""
        if column in NUMBERS:
            return "number"
        return "flags" if self.table.header[column] == FLAGS else ""


def _engines_section(lens: Lens, charts: list[tuple[Chart, Markup]]) -> EnginesSection | None:
    found = engine_times(lens)
    if isinstance(found, str):
        return None
    return EnginesSection(
        engine_table(found), [each for each in charts if each[0].kind in ENGINE_CHARTS]
    )


def page(lens: Lens, charts: list[tuple[Chart, Markup]]) -> str:
    """The whole page as text; each chart comes with its picture from inline_svg."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dispatchbench_reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["facts"] = _facts
    environment.filters["groupby_kind"] = _by_kind

    def verbatim(name: str) -> Markup:
        folder = resources.files("dispatchbench_reports").joinpath("templates")
        return Markup(folder.joinpath(name).read_text("utf-8"))

    benchmark_rows = _benchmark_rows(lens)
    engines = _engines_section(lens, charts)
    charts = [each for each in charts if each[0].kind not in ENGINE_CHARTS]
    return environment.get_template("report.html.j2").render(
        version=__version__,
        title=ratio_finding(lens),
        provenance=provenance(lens.study),
        sentences=summary(lens),
        most_sentences=MOST_SENTENCES,
        most_warnings=MOST_WARNINGS,
        fold_tables=len(lens.study.columns) > MOST_OPEN_TABLES,
        study=lens.study,
        baseline=str(lens.baseline),
        baselines=baselines(lens.study),
        matrix=_first(charts, "matrix") if len(lens.study.columns) > 2 else None,
        engines=engines,
        overview=[each for each in charts if each[0].kind == charts[0][0].kind],
        charts=[
            each
            for each in charts
            if each[0].kind != charts[0][0].kind
            and not (each[0].kind == "matrix" and len(lens.study.columns) > 2)
        ],
        tables=ratio_tables(lens),
        time_tables=time_tables(lens),
        benchmarks=benchmark_rows,
        large=LARGE,
        has_counts=any(row["counted"] for row in benchmark_rows),
        light=theme_variables(LIGHT),
        dark=theme_variables(DARK),
        styles=verbatim("report.css"),
        script=verbatim("report.js"),
        data=_script_json(page_data(lens)),
    )
