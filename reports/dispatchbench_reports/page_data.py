"""The data that the page's script works on: compact columns of numbers, from which it computes every estimate itself."""

from __future__ import annotations

from typing import Any

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import backend_title, baseline_notes, technique_text
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.preparing import LEAST_VISIBLE, rest_medians
from dispatchbench_reports.row_names import competitor_name
from dispatchbench_reports.study import Clock, Column, SeriesKey, Study

MOST_DEGREES = 64
"""Student-t quantiles are embedded up to this many degrees of freedom."""


def _digits(value: float | None, digits: int) -> float | None:
    return None if value is None else float(f"{value:.{digits}g}")


def page_keys(study: Study) -> list[SeriesKey]:
    """The rows of the page: measured ones first, then refused and failed ones."""
    shown = {column.key for column in study.columns}
    return [key for key in (*study.series, *study.refusals, *study.failed) if key[0] in shown]


def _medians(
    study: Study, clock: Clock, column: Column, workload: str, backend: str
) -> list[float | None]:
    medians = estimates.process_medians(study, clock, column, workload, backend)
    return [_digits(value, 7) for value in medians.values()]


class _Numbers:
    """The places of names in the lists of the page's data."""

    def __init__(self, study: Study) -> None:
        self.column = {column.key: index for index, column in enumerate(study.columns)}
        self.workload = {name: index for index, name in enumerate(study.workloads)}
        self.backend = {name: index for index, name in enumerate(study.backends)}


def _measured(study: Study, numbers: _Numbers) -> dict[str, list[Any]]:
    """One entry per measured benchmark in each list."""
    times = {clock: estimates.times(study, clock) for clock in Clock}
    columns = {column.key: column for column in study.columns}
    series: dict[str, list[Any]] = {
        name: []
        for name in (
            "column workload backend processes cpu wall cpu_low cpu_high wall_low wall_high rest n counted samples"
        ).split()
    }
    for key, found in study.series.items():
        column_key, workload, backend = key
        if column_key not in columns:
            continue
        series["column"].append(numbers.column[column_key])
        series["workload"].append(numbers.workload[workload])
        series["backend"].append(numbers.backend[backend])
        series["processes"].append(list(found.cpu))
        for clock in Clock:
            estimate = times[clock][key]
            series[clock].append(_medians(study, clock, columns[column_key], workload, backend))
            series[f"{clock}_low"].append(_digits(estimate.low, 6))
            series[f"{clock}_high"].append(_digits(estimate.high, 6))
        rests = [_digits(value, 7) for value in rest_medians(found).values()]
        series["rest"].append(rests or None)
        series["n"].append(found.sample_count)
        series["counted"].append(_digits(found.counted, 7))
        series["samples"].append(
            [[_digits(sample, 5) for sample in samples] for samples in found.cpu.values()]
        )
    return series


def _absent(study: Study, numbers: _Numbers) -> dict[str, list[Any]]:
    """One entry per refused or failed row in each list."""
    absent: dict[str, list[Any]] = {
        name: [] for name in ("column", "workload", "backend", "kind", "reason")
    }
    for kind, rows in (("refused", study.refusals), ("failed", study.failed)):
        for (key, workload, backend), reason in rows.items():
            if key in numbers.column:
                absent["column"].append(numbers.column[key])
                absent["workload"].append(numbers.workload[workload])
                absent["backend"].append(numbers.backend[backend])
                absent["kind"].append(kind)
                absent["reason"].append(reason)
    return absent


def _layouts(study: Study, numbers: _Numbers) -> list[dict[str, Any]]:
    """The process medians of every layout variant, by the column whose variant it is."""
    found = []
    for column in study.columns:
        for layout in study.layouts_of(column):
            if layout.key == column.key:
                continue
            keys = [key for key in study.series if key[0] == layout.key]
            found.append(
                {
                    "of": numbers.column[column.key],
                    "workload": [numbers.workload[workload] for _, workload, _ in keys],
                    "backend": [numbers.backend[backend] for _, _, backend in keys],
                    "processes": [list(study.series[key].cpu) for key in keys],
                    **{
                        str(clock): [_medians(study, clock, layout, *key[1:]) for key in keys]
                        for clock in Clock
                    },
                }
            )
    return found


def baselines(study: Study, numbers: _Numbers | None = None) -> list[dict[str, Any]]:
    """What the page's selector offers: every backend of each library's own, then every single row's competitor."""
    numbers = numbers or _Numbers(study)
    own = [
        {"name": backend, "backend": numbers.backend[backend], "label": None}
        for backend in study.backends
        if any(study.measured(column, backend) for column in study.columns)
    ]
    single = {
        (backend, column.label): {
            "name": competitor_name(backend, column.label),
            "backend": numbers.backend[backend],
            "label": column.label,
        }
        for column in study.columns
        for backend in study.backends
        if study.measured(column, backend)
    }
    return [*own, *single.values()]


def page_data(lens: Lens) -> dict[str, Any]:
    """Everything that the script needs, as JSON values."""
    study = lens.study
    numbers = _Numbers(study)
    sources = [source.path for source in study.sources]
    offered = baselines(study, numbers)
    return {
        "unit": study.unit,
        "clock": str(lens.clock),
        "clocks": {str(clock): study.clock_text(clock) for clock in Clock},
        "baseline": [entry["name"] for entry in offered].index(str(lens.baseline)),
        "baselines": offered,
        "workloads": list(study.workloads),
        "backends": list(study.backends),
        "titles": [backend_title(study, backend) for backend in study.backends],
        "columns": [
            {
                "title": study.column_title(column),
                "label": column.label,
                "run": sources.index(column.source),
                "techniques": [technique_text(column, backend) for backend in study.backends],
                "sites": [column.sites(backend) for backend in study.backends],
                "code": [column.code_hash(backend) for backend in study.backends],
                "unavailable": dict(column.unavailable),
            }
            for column in study.columns
        ],
        "method": estimates.ratio_method(lens),
        "methods": dict(zip(("own", "single"), estimates.ratio_methods(study))),
        "baseline_notes": [f"{note}." for note in baseline_notes(lens)],
        "quantiles": [None]
        + [
            _digits(estimates.t_quantile(n, study.interval_level), 9)
            for n in range(1, MOST_DEGREES + 1)
        ],
        "least_visible": LEAST_VISIBLE,
        "series": _measured(study, numbers),
        "layouts": _layouts(study, numbers),
        "absent": _absent(study, numbers),
    }
