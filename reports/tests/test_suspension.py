"""The chart of what a check of the budget costs, from results whose times are known."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from dispatchbench_reports.chart_list import CHARTS, Chart
from dispatchbench_reports.charts.suspension import suspension_chart
from dispatchbench_reports.charts.ratio_rows import RatioRows
from dispatchbench_reports.lens import Lens, lens_for
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.style import THEMES, Theme, themed
from tests.overlaps import overlapping_texts
from tests.synthetic import synthetic_results

COSTS = {"computed_goto": 1.09, "tail_call": 1.03}


@pytest.fixture
def lens_of(write_results: Callable[..., str]) -> Callable[[dict[str, Any]], Lens]:
    """Looks at a document as at a file."""
    return lambda document: lens_for(load([write_results(document)]), None)


def with_budgets(budgeted: bool = True) -> dict[str, Any]:
    """Results in which each of COSTS has a variant that takes so many times as long in every sample."""
    document = synthetic_results(
        backends=4, workloads=4, libraries=("clang",), unavailable={}, schema=2
    )
    for library in document["context"]["dispatchbench"]["libraries"]:
        for described in [each for each in library["backends"] if each["name"] in COSTS]:
            name = f"{described['name']}_budget"
            library["backends"].append({**described, "name": name, "budgeted": budgeted})
    rows = document["benchmarks"]
    for row in [each for each in rows if each["backend"] in COSTS]:
        cost, backend = COSTS[row["backend"]], f"{row['backend']}_budget"
        name = row["name"].replace(f"/{row['backend']}/", f"/{backend}/")
        times = {clock: row[clock] * cost for clock in ("real_time", "cpu_time")}
        rows.append({**row, **times, "backend": backend, "name": name, "run_name": name})
    return document


def test_each_technique_is_compared_with_itself(lens_of: Callable[[dict[str, Any]], Lens]) -> None:
    data = suspension_chart(lens_of(with_budgets()))
    assert isinstance(data, RatioRows)
    (panel,) = data.panels
    costs = {row.name: cost for row in panel.rows for cost in row.marks if cost is not None}
    assert {name: cost.value for name, cost in costs.items()} == pytest.approx(COSTS)
    assert all(cost.resolved_from(1) for cost in costs.values())
    assert "computed_goto" in data.title and "1.09" in data.title


def test_the_baseline_of_the_run_does_not_matter(lens_of: Callable[[dict[str, Any]], Lens]) -> None:
    lens = lens_of(with_budgets())
    assert suspension_chart(lens.relative_to("tail_call")) == suspension_chart(lens)


def test_a_name_alone_makes_no_budgeted_backend(lens_of: Callable[[dict[str, Any]], Lens]) -> None:
    assert "with a budget and without" in str(
        CHARTS["suspension"](lens_of(with_budgets(budgeted=False)))
    )


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_no_text_overlaps_or_leaves_the_sheet(
    lens_of: Callable[[dict[str, Any]], Lens], theme: Theme
) -> None:
    chart = CHARTS["suspension"](lens_of(with_budgets()))
    assert isinstance(chart, Chart)
    with themed(theme):
        assert overlapping_texts(chart.draw(theme)) == []
