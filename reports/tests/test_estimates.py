"""Ratios, geometric means and intervals by hand-worked numbers."""

from __future__ import annotations

import math

import pytest

from dispatchbench_reports import estimates
from dispatchbench_reports.lens import Lens, lens_for
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.study import Clock, Study
from tests.conftest import WriteResults
from tests.synthetic import synthetic_results


def lens_of(study: Study) -> Lens:
    return lens_for(study, "switch_loop")


def with_medians(write_results: WriteResults, medians: dict[tuple[str, str], list[float]]) -> Study:
    """A study whose process medians are these ns per VM instruction, by (workload, backend)."""
    workloads = list(dict.fromkeys(workload for workload, _ in medians))
    processes = max(len(values) for values in medians.values())
    document = synthetic_results(2, len(workloads), ("clang",), processes, 3)
    rows = []
    for row in document["benchmarks"]:
        values = medians[row["workload"], row["backend"]]
        if row["process"] < len(values):
            factor = (0.9, 1.0, 7.0)[row["repetition_index"] % 3]
            row["cpu_time"] = values[row["process"]] * row["vm_instructions"] * factor
            row["real_time"] = row["cpu_time"] * 2
            rows.append(row)
    document["benchmarks"] = rows
    return load([write_results(document)])


def test_a_ratio_is_taken_inside_each_process_from_medians(write_results: WriteResults) -> None:
    study = with_medians(
        write_results, {("fib", "switch_loop"): [2.0, 4.0], ("fib", "computed_goto"): [1.0, 2.0]}
    )
    found = estimates.ratio(lens_of(study), study.columns[0], "fib", "computed_goto")
    assert found is not None
    # Both processes have exactly 0.5, so that the interval has no width though the times differ twofold.
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))
    assert (found.processes, found.samples) == (2, 6)


def test_the_interval_is_student_t_on_the_log(write_results: WriteResults) -> None:
    study = with_medians(
        write_results,
        {("fib", "switch_loop"): [1.0, 1.0, 1.0], ("fib", "computed_goto"): [0.5, 0.6, 0.7]},
    )
    found = estimates.ratio(lens_of(study), study.columns[0], "fib", "computed_goto")
    assert found is not None and found.low is not None and found.high is not None
    logs = [math.log(value) for value in (0.5, 0.6, 0.7)]
    mean = sum(logs) / 3
    deviation = math.sqrt(sum((log - mean) ** 2 for log in logs) / 2)
    reach = (
        4.302652729911275 * deviation / math.sqrt(3)
    )  # t(0.975) with 2 degrees of freedom, from a table
    assert found.value == pytest.approx(math.exp(mean))
    assert found.low == pytest.approx(math.exp(mean - reach))
    assert found.high == pytest.approx(math.exp(mean + reach))


def test_the_geometric_mean_is_over_workloads_first_then_over_processes(
    write_results: WriteResults,
) -> None:
    study = with_medians(
        write_results,
        {
            ("fib", "switch_loop"): [1.0, 1.0],
            ("fib", "computed_goto"): [0.5, 0.25],
            ("mandelbrot", "switch_loop"): [1.0, 1.0],
            ("mandelbrot", "computed_goto"): [0.5, 1.0],
        },
    )
    found = estimates.geometric_mean(lens_of(study), study.columns[0], "computed_goto")
    assert found is not None
    # The workloads move against each other: 0.5 in either process.
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))


def test_one_process_has_no_interval(write_results: WriteResults) -> None:
    study = with_medians(
        write_results, {("fib", "switch_loop"): [1.0], ("fib", "computed_goto"): [0.5]}
    )
    found = estimates.ratio(lens_of(study), study.columns[0], "fib", "computed_goto")
    assert found is not None
    assert (found.low, found.high) == (None, None)
    assert not found.resolved_from(1)
    time = estimates.times(study)[study.columns[0].key, "fib", "computed_goto"]
    assert time.value == pytest.approx(0.5)
    assert time.low is None


def test_processes_without_a_partner_are_left_out(write_results: WriteResults) -> None:
    study = with_medians(
        write_results,
        {("fib", "switch_loop"): [1.0, 1.0, 1.0], ("fib", "computed_goto"): [0.5, 0.5]},
    )
    found = estimates.ratio(lens_of(study), study.columns[0], "fib", "computed_goto")
    assert found is not None and found.processes == 2


def test_times_have_a_bootstrap_interval_within_the_process_medians(
    write_results: WriteResults,
) -> None:
    medians = [1.0, 1.1, 1.2, 1.3, 1.4]
    study = with_medians(
        write_results, {("fib", "switch_loop"): medians, ("fib", "computed_goto"): medians}
    )
    found = estimates.times(study)[study.columns[0].key, "fib", "switch_loop"]
    assert found.value == pytest.approx(1.2)
    assert found.low == pytest.approx(1.0)
    assert found.high == pytest.approx(1.4)


def test_the_wall_clock_is_kept_apart(write_results: WriteResults) -> None:
    study = with_medians(
        write_results, {("fib", "switch_loop"): [1.0], ("fib", "computed_goto"): [0.5]}
    )
    found = estimates.times(study, Clock.WALL)[study.columns[0].key, "fib", "switch_loop"]
    assert found.value == pytest.approx(2.0)


def test_an_effect_within_the_spread_of_layouts_is_marked(write_results: WriteResults) -> None:
    document = synthetic_results(2, 1, ("clang",), 3, 3, layouts=1)
    for row in document["benchmarks"]:
        ns = {"switch_loop": 1.0, "computed_goto": 0.95}[row["backend"]]
        if row["library"] != "clang" and row["backend"] == "switch_loop":
            ns = 1.2
        row["cpu_time"] = ns * row["vm_instructions"]
    study = load([write_results(document)])
    column = study.columns[0]
    spread = estimates.layout_spread(study, Clock.CPU, column, "fib", "switch_loop")
    assert spread is not None and spread.spread == pytest.approx(1.2)
    assert estimates.within_layout_spread(lens_of(study), column, "fib", "computed_goto")
    for row in document["benchmarks"]:
        if row["backend"] == "computed_goto":
            row["cpu_time"] = 0.5 * row["vm_instructions"]
    study = load([write_results(document)])
    assert not estimates.within_layout_spread(
        lens_of(study), study.columns[0], "fib", "computed_goto"
    )
