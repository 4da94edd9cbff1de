"""What a technique pays for being able to stop: a backend that checks a budget over the same one that doesn't."""

from __future__ import annotations

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import caption, incomplete_means
from dispatchbench_reports.charts.ratio_rows import RatioPanel, RatioRow, RatioRows
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.phrases import capitalised, distinct, listed
from dispatchbench_reports.study import Column, Study
from dispatchbench_reports.wording import ratio_text, ratio_with_interval

SUFFIX = "_budget"
"""What the name of a budgeted backend adds to that of the backend it is a variant of."""


def plain_of(study: Study, column: Column, backend: str) -> str | None:
    """The backend that a budgeted one is a variant of: of the same family, its name without the suffix."""
    described = column.backends.get(backend)
    plain = backend.removesuffix(SUFFIX)
    other = column.backends.get(plain)
    if described is None or other is None or plain == backend or not described.budgeted:
        return None
    measured = study.measured(column, backend) and study.measured(column, plain)
    return plain if described.family == other.family and measured else None


def suspension_chart(lens: Lens) -> RatioRows | str:
    """The numbers and texts of the chart, or why there are none."""
    panels = []
    notes: list[str] = []
    for column in lens.study.columns:
        rows = []
        for backend in lens.study.backends:
            plain = plain_of(lens.study, column, backend)
            if plain is None:
                continue
            own = lens.relative_to(plain)
            if cost := estimates.geometric_mean(own, column, backend):
                rows.append(RatioRow(plain, (cost,), ratio_with_interval(cost)))
                note = incomplete_means(own, column).get(backend)
                notes += [note] if note else []
        if rows:
            panels.append(RatioPanel(lens.study.column_title(column), tuple(rows)))
    if not panels:
        return (
            "no backend was measured both with a budget and without: "
            "dispatchbench run --backend 'tail_call|tail_call_budget' does that"
        )
    return RatioRows(
        _title(panels),
        "Time with the check over time without, in the same process; log scale",
        caption(
            lens,
            f"{capitalised(lens.clock_text)}; per process the ratio of medians to the same backend without a budget; "
            f"{estimates.mean_method(lens.study)}",
            "The budget is never used up here: this is the cost of looking at it, at jumps backward and at calls",
            *distinct(notes),
            columns=lens.study.columns,
        ),
        tuple(panels),
    )


def _title(panels: list[RatioPanel]) -> str:
    """What is measurably slower; no ranking, since few of these intervals can be told apart."""
    where = len(panels) > 1
    slower = [
        f"{row.name}{f' of {panel.title}' if where else ''} ({ratio_text(cost.value)})"
        for panel in panels
        for row in panel.rows
        for cost in row.marks
        if cost is not None and cost.value > 1 and cost.resolved_from(1)
    ]
    if not slower:
        return "No technique measurably slows down for being able to stop"
    return f"Being able to stop measurably slows down {listed(slower)}"
