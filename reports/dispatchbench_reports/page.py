"""report.html: one file that works offline and without JavaScript."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from dispatchbench_reports import __version__, estimates
from dispatchbench_reports.findings import ratio_finding, summary
from dispatchbench_reports.gallery import Chart
from dispatchbench_reports.inline_svg import theme_variables
from dispatchbench_reports.results import Study
from dispatchbench_reports.style import DARK, LIGHT
from dispatchbench_reports.tables import Table, ratio_table, time_table
from dispatchbench_reports.wording import (
    backend_title,
    provenance,
    ratio_with_interval,
    technique_text,
    time_with_interval,
)

LARGE = 600_000
"""Characters of a picture beyond which the page opens without it: it unfolds on request."""

MOST_DEGREES = 64
"""Student-t quantiles are embedded up to so many degrees of freedom."""


def _digits(value: float | None, digits: int) -> float | None:
    return None if value is None else float(f"{value:.{digits}g}")


def page_data(study: Study, baseline: str) -> dict[str, Any]:
    """What the page's script works on: compact columns, one entry a benchmark."""
    columns = list(study.columns)
    column_numbers = {column.key: index for index, column in enumerate(columns)}
    cpu, wall = estimates.times(study, "cpu"), estimates.times(study, "wall")
    series: dict[str, list[Any]] = {
        name: []
        for name in (
            "column workload backend processes cpu wall cpu_low cpu_high wall_low wall_high n counted near "
            "samples"
        ).split()
    }
    workload_numbers = {name: index for index, name in enumerate(study.workloads)}
    backend_numbers = {name: index for index, name in enumerate(study.backends)}
    spreads: dict[tuple[str, str, str], float | None] = {}
    for key, found in study.series.items():
        column_key, workload, backend = key
        if column_key not in column_numbers:
            continue
        column = columns[column_numbers[column_key]]
        spread = estimates.layout_spread(study, column, workload, backend)
        spreads[key] = spread.spread if spread else None
        series["column"].append(column_numbers[column_key])
        series["workload"].append(workload_numbers[workload])
        series["backend"].append(backend_numbers[backend])
        series["processes"].append(list(found.cpu))
        for clock, estimate in (("cpu", cpu[key]), ("wall", wall[key])):
            medians = estimates.process_medians(
                study, column, workload, backend, "cpu" if clock == "cpu" else "wall"
            )
            series[clock].append([_digits(value, 7) for value in medians.values()])
            series[f"{clock}_low"].append(_digits(estimate.low, 6))
            series[f"{clock}_high"].append(_digits(estimate.high, 6))
        series["n"].append(found.sample_count)
        series["counted"].append(_digits(found.counted, 7))
        series["near"].append(_digits(spreads[key], 6))
        series["samples"].append(
            [[_digits(sample, 5) for sample in samples] for samples in found.cpu.values()]
        )
    return {
        "unit": study.unit,
        "baseline": backend_numbers[baseline],
        "workloads": list(study.workloads),
        "backends": list(study.backends),
        "titles": [backend_title(study, backend) for backend in study.backends],
        "columns": [
            {
                "title": study.column_title(column),
                "techniques": [technique_text(column, backend) for backend in study.backends],
                "sites": [column.sites(backend) for backend in study.backends],
                "unavailable": dict(column.unavailable),
            }
            for column in columns
        ],
        "quantiles": [None]
        + [_digits(estimates.t_quantile(n), 9) for n in range(1, MOST_DEGREES + 1)],
        "series": series,
    }


def _benchmark_rows(study: Study, baseline: str) -> list[dict[str, Any]]:
    """The rows of the table of all benchmarks, in the order of page_data's series."""
    times = estimates.times(study)
    rows = []
    for (key, workload, backend), series in study.series.items():
        column = next((column for column in study.columns if column.key == key), None)
        if column is None:
            continue
        time = times[key, workload, backend]
        relative = estimates.ratio(study, column, workload, backend, baseline)
        rows.append(
            {
                "workload": workload,
                "backend": backend,
                "library": study.column_title(column),
                "time": time_with_interval(time),
                "time_value": f"{time.value:.7g}",
                "ratio": ratio_with_interval(relative) if relative else "",
                "ratio_value": f"{relative.value:.7g}" if relative else "",
                "samples": f"{time.samples} in {time.processes}",
                "sample_count": time.samples,
                "technique": technique_text(column, backend),
                "sites": column.sites(backend),
                "counted": "" if series.counted is None else f"{series.counted:.2f}",
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


def page(study: Study, baseline: str, charts: list[tuple[Chart, Markup]]) -> str:
    """The whole page as text; each chart comes with its picture from inline_svg."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dispatchbench_reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["facts"] = _facts

    def verbatim(name: str) -> Markup:
        folder = resources.files("dispatchbench_reports").joinpath("templates")
        return Markup(folder.joinpath(name).read_text("utf-8"))

    tables: list[Table] = [ratio_table(study, column, baseline) for column in study.columns]
    benchmark_rows = _benchmark_rows(study, baseline)
    return environment.get_template("report.html.j2").render(
        version=__version__,
        title=ratio_finding(study, baseline),
        provenance=provenance(study),
        sentences=summary(study, baseline),
        study=study,
        baseline=baseline,
        charts=charts,
        tables=tables,
        time_tables=[time_table(study, column) for column in study.columns],
        benchmarks=benchmark_rows,
        large=LARGE,
        has_counts=any(row["counted"] for row in benchmark_rows),
        light=theme_variables(LIGHT),
        dark=theme_variables(DARK),
        styles=verbatim("report.css"),
        script=verbatim("report.js"),
        data=_script_json(page_data(study, baseline)),
    )
