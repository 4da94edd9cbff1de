"""The chart of dispatch overhead, from results whose times are known."""

from __future__ import annotations

import math
from statistics import mean, median, stdev
from typing import Any, Callable

import pytest
from scipy import stats

from dispatchbench_reports.chart_list import CHARTS, Chart, charts_for
from dispatchbench_reports.charts.overhead import overhead_chart
from dispatchbench_reports.charts.ratio_rows import RatioRows
from dispatchbench_reports.lens import Lens, lens_for
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.style import THEMES, ThemeName, themed
from tests.conftest import WriteResults
from tests.overlaps import overlapping_texts
from tests.synthetic import synthetic_results

FLOOR, INTERPRETED = 0.2, 1.7
"""The floor's share of switch_loop's time on programs that it translates, and on those that it doesn't"""


@pytest.fixture
def lens_of(write_results: WriteResults) -> Callable[[dict[str, Any]], Lens]:
    """Looks at a document as at a file."""
    return lambda document: lens_for(load([write_results(document)]), None)


def with_floor(
    document: dict[str, Any],
    name: str = "recompiled",
    dispatch: str = "none",
    interpreted: tuple[str, ...] = (),
    labels: tuple[str, ...] = ("clang", "gcc"),
) -> dict[str, Any]:
    """Adds a backend that takes FLOOR of switch_loop's time in every sample, and INTERPRETED on some workloads."""
    for library in document["context"]["dispatchbench"]["libraries"]:
        if library["label"] in labels:
            described = {**library["backends"][0], "name": name, "dispatch": dispatch}
            library["backends"].append({**described, "summary": "what doesn’t dispatch"})
    rows = document["benchmarks"]
    for row in [each for each in rows if each["backend"] == "switch_loop"]:
        if row["library"] in labels:
            share = INTERPRETED if row["workload"] in interpreted else FLOOR
            place = f"{row['workload']}/{name}/{row['library']}"
            times = {clock: row[clock] * share for clock in ("real_time", "cpu_time")}
            rows.append({**row, **times, "backend": name, "name": place, "run_name": place})
    return document


def small(**arguments: Any) -> dict[str, Any]:
    """Four backends, four workloads, one library."""
    return synthetic_results(4, 4, ("clang",), processes=5, repetitions=3, **arguments)


def chart_of(lens: Lens) -> RatioRows:
    data = overhead_chart(lens)
    assert isinstance(data, RatioRows)
    return data


def log_mean(rows: list[dict[str, Any]], backend: str, workloads: set[str], process: int) -> float:
    """The mean over workloads of the log ratio of medians to recompiled, computed from the file's rows."""

    def middle(name: str, workload: str) -> float:
        return median(
            float(row["cpu_time"])
            for row in rows
            if (row["backend"], row["workload"], row["process"]) == (name, workload, process)
        )

    return mean(
        math.log(middle(backend, workload) / middle("recompiled", workload))
        for workload in workloads
    )


def test_overhead_is_the_time_over_what_does_not_dispatch(
    lens_of: Callable[[dict[str, Any]], Lens],
) -> None:
    document = with_floor(small())
    (panel,) = chart_of(lens_of(document)).panels
    rows = document["benchmarks"]
    workloads = {row["workload"] for row in rows}
    for row in panel.rows:
        backend = row.name.split()[0]
        logs = [log_mean(rows, backend, workloads, process) for process in range(5)]
        reach = stats.t.ppf(0.975, 4) * stdev(logs) / math.sqrt(5)
        (found,) = row.marks
        assert found is not None
        assert found.value == pytest.approx(math.exp(mean(logs)))
        assert found.low == pytest.approx(math.exp(mean(logs) - reach))
        assert found.high == pytest.approx(math.exp(mean(logs) + reach))
        assert len(row.dots) == 4
        assert math.prod(row.dots) ** (1 / 4) == pytest.approx(found.value)
    switch = panel.rows[-1]
    assert switch.name == "switch_loop" and switch.dots == pytest.approx([1 / FLOOR] * 4)


def test_rows_are_sorted_and_the_floor_is_none_of_them(
    lens_of: Callable[[dict[str, Any]], Lens],
) -> None:
    chart = chart_of(lens_of(with_floor(small())))
    names = [row.name for row in chart.panels[0].rows]
    assert names == ["tail_call", "computed_goto", "computed_goto_plain (merged)", "switch_loop"]
    assert chart.axis == "time / recompiled"
    assert "recompiled (what doesn’t dispatch)" in chart.note
    assert chart.limits[0] > 0.9


def test_the_title_names_the_fastest_interpreter_and_what_compiles_beside_it(
    lens_of: Callable[[dict[str, Any]], Lens],
) -> None:
    document = with_floor(small())
    chart = chart_of(lens_of(document))
    times = {row.name: f"{mark.value:.2f}" for row in chart.rows for mark in row.marks if mark}
    assert chart.title == (
        f"The fastest interpreter, tail_call, takes {times['tail_call']} times recompiled’s time "
        "(geometric mean of 4 workloads)"
    )
    backends = document["context"]["dispatchbench"]["libraries"][0]["backends"]
    next(each for each in backends if each["name"] == "tail_call")["dispatch"] = "compiled"
    assert chart_of(lens_of(document)).title.startswith(
        f"The fastest interpreter, computed_goto, takes {times['computed_goto']} times recompiled’s time "
        f"and tail_call {times['tail_call']} ("
    )


def test_the_title_says_what_is_not_resolved(lens_of: Callable[[dict[str, Any]], Lens]) -> None:
    one = with_floor(synthetic_results(4, 4, ("clang",), processes=1, repetitions=3))
    assert chart_of(lens_of(one)).title.endswith("; one process, so no interval")
    equal = with_floor(synthetic_results(1, 4, ("clang",), processes=5, repetitions=3))
    for row in equal["benchmarks"]:
        row["cpu_time"] = row["vm_instructions"] * (
            1 + 0.1 * ((row["process"] + (row["backend"] == "recompiled")) % 2)
        )
    assert chart_of(lens_of(equal)).title.startswith(
        "switch_loop can’t be distinguished from recompiled, which doesn’t dispatch"
    )


def test_workloads_on_which_another_backend_is_faster_are_left_out_and_named(
    lens_of: Callable[[dict[str, Any]], Lens],
) -> None:
    workloads = ("fib", "mandelbrot", "tak", "sieve")
    left_out = with_floor(small(), interpreted=("mandelbrot", "tak"))
    chart = chart_of(lens_of(left_out))
    assert "Left out: mandelbrot and tak. There another backend is measurably faster" in (
        chart.caption
    )
    assert "geometric mean of 2 workloads" in chart.title
    without = with_floor(small())
    without["benchmarks"] = [
        row for row in without["benchmarks"] if row["workload"] not in ("mandelbrot", "tak")
    ]
    assert chart.panels == chart_of(lens_of(without)).panels
    assert "no floor of anything" in str(
        overhead_chart(lens_of(with_floor(small(), interpreted=workloads)))
    )


def test_libraries_that_leave_out_different_workloads_say_which(
    lens_of: Callable[[dict[str, Any]], Lens],
) -> None:
    document = with_floor(synthetic_results(4, 4, processes=3, repetitions=2), labels=("clang",))
    document = with_floor(document, labels=("gcc",), interpreted=("tak",))
    chart = chart_of(lens_of(document))
    assert [panel.title for panel in chart.panels] == ["clang 19.1.7", "g++ 12.2.0"]
    assert "Left out with g++ 12.2.0: tak. " in chart.caption
    assert chart.title.startswith("Relative to recompiled, the fastest interpreter takes 3.0")
    assert "with clang 19.1.7 (tail_call) and " in chart.title


def test_a_library_without_the_floor_is_compared_with_that_of_its_run(
    lens_of: Callable[[dict[str, Any]], Lens],
) -> None:
    document = with_floor(synthetic_results(4, 4, processes=3, repetitions=2), labels=("clang",))
    chart = chart_of(lens_of(document))
    assert chart.panels[1].title == "g++ 12.2.0, relative to recompiled/clang"
    assert "g++ 12.2.0 has no recompiled: it is compared with recompiled/clang" in chart.caption


def test_a_refused_row_is_missing_and_said(lens_of: Callable[[dict[str, Any]], Lens]) -> None:
    refused = {("tak", "tail_call"): "it modifies itself", ("fib", "recompiled"): "not translated"}
    document = with_floor(small(refused=refused))
    own = document["context"]["dispatchbench"]
    own["refused"].append(
        {
            "row": "fib/recompiled/clang",
            "workload": "fib",
            "backend": "recompiled",
            "library": "clang",
            "reason": "not translated",
        }
    )
    document["benchmarks"] = [
        row for row in document["benchmarks"] if row["name"] != "fib/recompiled/clang"
    ]
    chart = chart_of(lens_of(document))
    assert {row.name: len(row.dots) for row in chart.panels[0].rows}["tail_call"] == 2
    assert "the mean of tail_call leaves out tak. " in chart.caption
    assert "recompiled refuses fib: not translated" in chart.caption


@pytest.mark.parametrize("dispatch", ["switch", "computed_goto"])
def test_the_floor_is_found_by_what_it_says_and_not_by_its_name(
    lens_of: Callable[[dict[str, Any]], Lens], dispatch: str
) -> None:
    assert "-DDISPATCHBENCH_ALL_BACKENDS=ON" in str(
        CHARTS["overhead"](lens_of(with_floor(small(), dispatch=dispatch)))
    )
    assert chart_of(lens_of(with_floor(small(), name="ahead"))).axis == "time / ahead"


def test_the_floor_alone_gives_no_chart(lens_of: Callable[[dict[str, Any]], Lens]) -> None:
    document = with_floor(small())
    document["benchmarks"] = [
        row for row in document["benchmarks"] if row["backend"] == "recompiled"
    ]
    assert "another backend in the same run" in str(CHARTS["overhead"](lens_of(document)))


def test_the_baseline_of_the_run_does_not_matter(lens_of: Callable[[dict[str, Any]], Lens]) -> None:
    lens = lens_of(with_floor(small()))
    assert overhead_chart(lens.relative_to("tail_call")) == overhead_chart(lens)
    assert "overhead" in [chart.name for chart in charts_for(lens)]


@pytest.mark.parametrize("theme", list(ThemeName))
@pytest.mark.parametrize(("backends", "workloads"), [(1, 1), (8, 20), (29, 20)])
@pytest.mark.parametrize("libraries", [("clang",), ("clang", "gcc")])
def test_no_text_overlaps_or_leaves_the_sheet(
    lens_of: Callable[[dict[str, Any]], Lens],
    theme: ThemeName,
    backends: int,
    workloads: int,
    libraries: tuple[str, ...],
) -> None:
    document = synthetic_results(backends, workloads, libraries, processes=2, repetitions=2)
    left_out = ("self_modifying", "crc32", "life")
    chart = CHARTS["overhead"](lens_of(with_floor(document, interpreted=left_out)))
    assert isinstance(chart, Chart)
    with themed(THEMES[theme]):
        assert overlapping_texts(chart.draw(THEMES[theme])) == []
