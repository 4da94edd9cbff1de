"""The share of preparing: hollow marks in charts, notes of tables, and what a file may say of it."""

from __future__ import annotations

import math
from statistics import median
from typing import Any

import pytest
from matplotlib.figure import Figure

from dispatchbench_reports.charts.overhead import overhead_chart
from dispatchbench_reports.charts.ratio import ratio_chart
from dispatchbench_reports.charts.ratio_drawing import draw_ratio_chart
from dispatchbench_reports.charts.ratio_rows import RatioRows, draw_ratio_rows
from dispatchbench_reports.charts.technique import TechniqueChart, technique_chart
from dispatchbench_reports.charts.technique_drawing import draw_technique_chart
from dispatchbench_reports.choices import Format
from dispatchbench_reports.lens import Lens, lens_for
from dispatchbench_reports.page_data import page_data
from dispatchbench_reports.preparing import LEGEND_SENTENCE, mean_without_preparing, prepare_share
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.study import Clock
from dispatchbench_reports.style import LIGHT, THEMES, ThemeName, themed
from dispatchbench_reports.table_formats import rendered
from tests.conftest import WriteResults
from tests.estimates_in_node import answers_in_node
from tests.overlaps import overlapping_texts
from tests.synthetic import synthetic_results

SHARES = {"fib": 0.1, "mandelbrot": 0.4, "tak": 0.2}


def with_preparing(document: dict[str, Any], scale: float = 1.0) -> dict[str, Any]:
    """tail_call spends about its workload's share of the time on preparing, a different one in each sample."""
    for row in document["benchmarks"]:
        if row["backend"] == "tail_call":
            varied = 1 + 0.05 * (row["repetition_index"] % 3 - 1)
            row["prepare_time"] = row["cpu_time"] * SHARES[row["workload"]] * varied * scale
    return document


def results(**arguments: Any) -> dict[str, Any]:
    return synthetic_results(4, 3, ("clang",), processes=4, repetitions=3, **arguments)


def lens_of(path: str, clock: Clock = Clock.CPU) -> Lens:
    return lens_for(load([path]), "switch_loop", clock)


def test_the_mean_without_preparing_is_that_of_the_rest_of_each_sample(
    write_results: WriteResults,
) -> None:
    document = with_preparing(results())
    rows = document["benchmarks"]

    def middle(backend: str, workload: str, process: int) -> float:
        return median(
            float(row["cpu_time"] - row.get("prepare_time", 0))
            for row in rows
            if (row["backend"], row["workload"], row["process"]) == (backend, workload, process)
        )

    logs = [
        math.log(middle("tail_call", workload, process) / middle("switch_loop", workload, process))
        for workload in SHARES
        for process in range(4)
    ]
    lens = lens_of(write_results(document))
    found = mean_without_preparing(lens, lens.columns[0], "tail_call")
    assert found is not None and found.low is not None and found.high is not None
    assert found.value == pytest.approx(math.exp(math.fsum(logs) / len(logs)))
    assert found.low < found.value < found.high
    assert mean_without_preparing(lens, lens.columns[0], "computed_goto") is None


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_the_page_finds_the_same_mean(write_results: WriteResults, scale: float) -> None:
    lens = lens_of(write_results(with_preparing(results(), scale)))
    data = page_data(lens)
    names = ["switch_loop", "computed_goto", "tail_call"]
    asked = [
        ["meanWithoutPreparing", 0, data["backends"].index(name), data["baseline"], [0, 1, 2]]
        for name in names
    ]
    (answers,) = answers_in_node([{"data": data, "questions": asked}])
    for name, answer in zip(names, answers, strict=True):
        found = mean_without_preparing(lens, lens.columns[0], name)
        assert (found is None) == (answer is None) == (name != "tail_call" or scale < 1)
        if found is not None:
            numbers = [answer["value"], answer["low"], answer["high"]]
            assert numbers == pytest.approx([found.value, found.low, found.high], rel=1e-5)


def test_a_share_that_nobody_sees_has_no_mark(write_results: WriteResults) -> None:
    chart = ratio_chart(lens_of(write_results(with_preparing(results(), scale=0.1))))
    assert chart.panels[0].unprepared == {}
    assert LEGEND_SENTENCE not in chart.caption


def test_wall_time_has_no_mark(write_results: WriteResults) -> None:
    chart = ratio_chart(lens_of(write_results(with_preparing(results())), Clock.WALL))
    assert chart.panels[0].unprepared == {}


def test_the_share_is_the_terminals(write_results: WriteResults) -> None:
    lens = lens_of(write_results(with_preparing(results())))
    share = prepare_share(lens.study, lens.columns[0], "tail_call")
    assert share is not None
    assert (share.value, share.low, share.high) == pytest.approx((0.2, 0.1, 0.4))
    assert prepare_share(lens.study, lens.columns[0], "switch_loop") is None


@pytest.mark.parametrize("format", [Format.TEXT, Format.MARKDOWN, Format.LATEX])
def test_tables_say_the_share(write_results: WriteResults, format: Format) -> None:
    text = rendered(lens_of(write_results(with_preparing(results()))), format).replace("\\", "")
    assert (
        "Preparing a program is 20.0 % of tail_call’s CPU time (10.0 to 40.0 % by workload)" in text
    )
    assert "of switch_loop’s CPU time" not in text


def test_the_ratio_chart_marks_it_beside_the_mean(write_results: WriteResults) -> None:
    lens = lens_of(write_results(with_preparing(results())))
    chart = ratio_chart(lens)
    (panel,) = chart.panels
    expected = mean_without_preparing(lens, lens.columns[0], "tail_call")
    assert panel.unprepared == {"tail_call": expected}
    assert expected is not None and expected.value < 0.85 * panel.means["tail_call"].value
    assert expected in chart.estimates
    assert LEGEND_SENTENCE in chart.caption


def test_the_technique_chart_marks_it_as_the_ratio_chart_does(write_results: WriteResults) -> None:
    lens = lens_of(write_results(with_preparing(results())))
    chart = technique_chart(lens)
    assert {row.name: row.unprepared for row in chart.rows if row.unprepared} == dict(
        ratio_chart(lens).panels[0].unprepared
    )
    (row,) = (row for row in chart.rows if row.unprepared)
    assert row.unprepared and row.unprepared.low is not None
    assert chart.limits[0] < row.unprepared.low, "the axis has room for it"
    assert LEGEND_SENTENCE in chart.caption
    legends = {
        text.get_text()
        for figure in (technique_figure(chart), ratio_figure(lens))
        for text in figure.texts
        if "without preparing" in text.get_text() and len(text.get_text()) < 60
    }
    assert legends == {"geometric mean without preparing"}


def test_the_technique_chart_without_a_visible_share_has_no_mark_and_no_words(
    write_results: WriteResults,
) -> None:
    chart = technique_chart(lens_of(write_results(with_preparing(results(), scale=0.1))))
    assert not any(row.unprepared for row in chart.rows)
    texts = " ".join(text.get_text() for text in technique_figure(chart).texts)
    assert "preparing" not in texts


def test_the_technique_charts_baseline_has_a_row_and_so_a_mark(write_results: WriteResults) -> None:
    path = write_results(with_preparing(results()))
    rows = technique_chart(lens_for(load([path]), "tail_call", Clock.CPU)).rows
    (baseline,) = (row for row in rows if row.is_baseline)
    assert baseline.estimate.value == 1
    # About the shares' geometric mean: 0.9, 0.6 and 0.8.
    assert baseline.unprepared and baseline.unprepared.value == pytest.approx(0.756, abs=0.01)


def technique_figure(chart: TechniqueChart) -> Figure:
    with themed(LIGHT):
        return draw_technique_chart(chart, LIGHT)


def ratio_figure(lens: Lens) -> Figure:
    with themed(LIGHT):
        return draw_ratio_chart(ratio_chart(lens), LIGHT)


def overhead_rows(write_results: WriteResults, document: dict[str, Any]) -> RatioRows:
    """The chart of overhead, after switch_loop became a fast backend that doesn't dispatch."""
    described = document["context"]["dispatchbench"]["libraries"][0]["backends"]
    next(each for each in described if each["name"] == "switch_loop")["dispatch"] = "none"
    for row in document["benchmarks"]:
        if row["backend"] == "switch_loop":
            row["cpu_time"] *= 0.1
    overhead = overhead_chart(lens_of(write_results(document)))
    assert isinstance(overhead, RatioRows)
    return overhead


def test_intervals_are_drawn_alike_in_every_chart(write_results: WriteResults) -> None:
    document = with_preparing(results())
    lens = lens_of(write_results(document))
    figures = [technique_figure(technique_chart(lens)), ratio_figure(lens)]
    overhead = overhead_rows(write_results, document)
    with themed(LIGHT):
        figures.append(draw_ratio_rows(overhead, LIGHT))
    for figure in figures:
        # Each line ends in a gap, and no other line does.
        intervals = [
            line for axes in figure.axes for line in axes.lines if math.isnan(line.get_xdata()[-1])
        ]
        assert intervals
        assert {(line.get_linewidth(), line.get_solid_capstyle()) for line in intervals} == {
            (1.3, "butt")
        }
        hollow = [
            line
            for axes in figure.axes
            for line in axes.lines
            if line.get_marker() not in ("", "None")
            and line.get_markerfacecolor() == LIGHT.background
        ]
        assert len(hollow) == 1


def test_a_hollow_dot_of_a_workload_means_something_else_and_the_note_says_so(
    write_results: WriteResults,
) -> None:
    document = with_preparing(synthetic_results(4, 3, ("clang",), 4, 3, layouts=2))
    for row in document["benchmarks"]:
        if row["backend"] == "computed_goto":
            far = {"clang": 1.0, "clang@layout1": 1.02, "clang@layout2": 2.5}[row["library"]]
            row["cpu_time"] = row["vm_instructions"] * 1.3 * far
    chart = ratio_chart(lens_of(write_results(document)))
    assert any(dot.hollow for dot in chart.panels[0].dots.values())
    assert chart.panels[0].unprepared
    assert "hollow in a workload’s row: the effect is smaller than the spread" in chart.note
    assert "Hollow beside a geometric mean: without preparing" in chart.caption


@pytest.mark.parametrize("theme", list(ThemeName))
@pytest.mark.parametrize("backends", [4, 20])
def test_no_text_overlaps_with_marks_of_preparing(
    write_results: WriteResults, theme: ThemeName, backends: int
) -> None:
    document = with_preparing(synthetic_results(backends, 3, ("clang",), 2, 2))
    lens = lens_of(write_results(document))
    with themed(THEMES[theme]):
        assert overlapping_texts(draw_ratio_chart(ratio_chart(lens), THEMES[theme])) == []
        technique = technique_chart(lens)
        assert any(row.unprepared for row in technique.rows)
        assert overlapping_texts(draw_technique_chart(technique, THEMES[theme])) == []
    overhead = overhead_rows(write_results, document)
    assert [row.name for row in overhead.rows if row.unprepared] == ["tail_call"]
    assert LEGEND_SENTENCE in overhead.caption
    with themed(THEMES[theme]):
        assert overlapping_texts(draw_ratio_rows(overhead, THEMES[theme])) == []


def test_preparing_is_a_part_of_the_time(write_results: WriteResults) -> None:
    document = with_preparing(results())
    row = next(each for each in document["benchmarks"] if "prepare_time" in each)
    row["prepare_time"] = row["cpu_time"]
    with pytest.raises(Problem, match="prepare_time.*below cpu_time"):
        load([write_results(document)])


def test_a_row_without_it_did_not_prepare(write_results: WriteResults) -> None:
    document = with_preparing(results())
    row = next(each for each in document["benchmarks"] if "prepare_time" in each)
    del row["prepare_time"]
    study = load([write_results(document)])
    series = study.series[study.columns[0].key, row["workload"], "tail_call"]
    assert len(series.prepare[0]) == len(series.cpu[0]) and min(series.prepare[0]) == 0
