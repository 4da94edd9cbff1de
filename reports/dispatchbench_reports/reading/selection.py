"""Selects the part of a study that the command line asks for."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Collection, Sequence

from dispatchbench_reports.problems import Problem
from dispatchbench_reports.study import Study, column_key


def matching(names: Sequence[str], pattern: str | None, option: str) -> tuple[str, ...]:
    """The names that the whole regular expression matches, or all without one; Problem if it matches none."""
    if pattern is None:
        return tuple(names)
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise Problem(option, pattern, f"not a regular expression ({error})") from error
    found = tuple(name for name in names if expression.fullmatch(name))
    if not found:
        raise Problem(option, pattern, f"matches none of {', '.join(names)}")
    return found


def narrowed(study: Study, workloads: Collection[str], backends: Collection[str]) -> Study:
    """The part of a study with these workloads and backends; columns without a row of them go."""
    series = {
        key: series
        for key, series in study.series.items()
        if key[1] in workloads and key[2] in backends
    }
    refusals = {
        key: reason
        for key, reason in study.refusals.items()
        if key[1] in workloads and key[2] in backends
    }
    failures = tuple(
        failure
        for failure in study.failures
        if failure.workload in ("", *workloads) and failure.backend in ("", *backends)
    )
    present = {key[0] for key in (*series, *refusals)}
    present |= {column_key(failure.source, failure.library) for failure in failures}
    return replace(
        study,
        workloads=tuple(name for name in study.workloads if name in workloads),
        backends=tuple(name for name in study.backends if name in backends),
        series=series,
        refusals=refusals,
        failures=failures,
        columns=tuple(column for column in study.columns if column.key in present),
        layouts=tuple(column for column in study.layouts if column.key in present),
    )


def select(study: Study, workloads: str | None, backends: str | None) -> Study:
    """The part of a study whose workloads and backends match these regular expressions entirely."""
    return narrowed(
        study,
        matching(study.workloads, workloads, "--workload"),
        matching(study.backends, backends, "--backend"),
    )
