"""Selects the part of a study that the command line asks for."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Collection, Sequence

from dispatchbench_reports.problems import Problem
from dispatchbench_reports.study import Clock, LeftOut, Study, column_key


def matching(names: Sequence[str], pattern: str | None, option: str) -> tuple[str, ...]:
    """The names that the whole regular expression matches, or all without one; Problem if it matches none."""
    if pattern is None:
        return tuple(names)
    try:
        expression = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise Problem(option, pattern, f"not a regular expression ({error})") from error
    found = tuple(name for name in names if expression.fullmatch(name))
    if not found:
        raise Problem(
            option,
            pattern,
            f"matches none of {', '.join(names)}",
            "It has to match a whole name, as the regular expression .*goto.* does",
        )
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


def on_clock(study: Study, clock: Clock) -> Study:
    """The part of a study that was measured with this clock; the files' left-out rows name the others.

    Raises Problem if nothing was.
    """
    lacking = {
        key: series
        for key, series in study.series.items()
        if clock is Clock.CPU and not series.has_cpu
    }
    if not lacking:
        return study
    if len(lacking) == len(study.series):
        raise Problem(
            study.sources[0].path,
            "",
            f"has no CPU time ({study.sources[0].measured_by} gave wall time alone)",
            "Ask for --clock wall",
        )
    sources = {column.key: column.source for column in (*study.columns, *study.layouts)}
    rows = Counter(
        sources[key[0]] for key, series in lacking.items() for _ in range(series.sample_count)
    )
    reason = "without CPU time: --clock wall shows them"
    kept = {key: series for key, series in study.series.items() if key not in lacking}
    present = {*kept, *study.refusals, *study.failed}
    study = replace(
        study,
        series=kept,
        sources=tuple(
            replace(source, left_out=(*source.left_out, LeftOut(rows[source.path], reason)))
            if rows[source.path]
            else source
            for source in study.sources
        ),
    )
    return narrowed(study, {key[1] for key in present}, {key[2] for key in present})


def clock_for(study: Study, asked: Clock | None) -> Clock:
    """The clock that was asked for, or else CPU time where there is any."""
    if asked is not None:
        return asked
    return Clock.CPU if Clock.CPU in study.clocks else Clock.WALL
