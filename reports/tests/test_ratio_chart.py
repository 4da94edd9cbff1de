"""The ratio chart's numbers and texts; no pixels."""

from __future__ import annotations

import re

import pytest

from dispatchbench_reports import estimates
from dispatchbench_reports.charts.ratio import ratio_chart
from dispatchbench_reports.charts.ratio_drawing import draw_ratio_chart
from dispatchbench_reports.lens import lens_for
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.study import Study
from dispatchbench_reports.style import LIGHT, THEMES, ThemeName, Words, svg_text, themed
from tests.conftest import WriteResults
from tests.overlaps import overlapping_texts
from tests.synthetic import synthetic_results


def test_each_library_gets_a_panel(study: Study) -> None:
    chart = ratio_chart(lens_for(study, "switch_loop"))
    assert [panel.title for panel in chart.panels] == ["clang 19.1.7", "g++ 12.2.0"]
    assert chart.rows == ("fib", "mandelbrot", "tak")
    assert chart.series == ("computed_goto", "computed_goto_plain", "tail_call")
    assert chart.series_titles["computed_goto_plain"] == "computed_goto_plain (merged)"
    assert chart.panels[1].absent == {"tail_call": "unavailable"}


def test_dots_are_the_estimates(study: Study) -> None:
    chart = ratio_chart(lens_for(study, "switch_loop"))
    clang = study.columns[0]
    assert chart.panels[0].dots["fib", "tail_call"].estimate == estimates.ratio(
        lens_for(study, "switch_loop"), clang, "fib", "tail_call"
    )
    assert chart.panels[0].means["tail_call"] == estimates.geometric_mean(
        lens_for(study, "switch_loop"), clang, "tail_call"
    )


def test_golden_numbers(study: Study) -> None:
    """Changes only with the statistics: the synthetic results are the same everywhere."""
    chart = ratio_chart(lens_for(study, "switch_loop"))
    assert {
        name: round(mean.value, 4) for name, mean in chart.panels[0].means.items()
    } == GOLDEN_MEANS
    assert chart.title == GOLDEN_TITLE


GOLDEN_MEANS = {"computed_goto": 0.6281, "computed_goto_plain": 0.8577, "tail_call": 0.5825}
GOLDEN_TITLE = (
    "Fastest relative to switch_loop of the same build: tail_call with clang 19.1.7 (0.58) and "
    "computed_goto with g++ 12.2.0 (0.63); geometric mean of 3 workloads"
)


def test_the_title_states_who_wins(write_results: WriteResults) -> None:
    study = load([write_results(synthetic_results(4, 3, ("clang",), 5, 3))])
    assert ratio_chart(lens_for(study, "switch_loop")).title.startswith("tail_call is fastest: 0.")
    assert ratio_chart(lens_for(study, "tail_call")).title.startswith("Nothing beats tail_call")


def test_the_caption_carries_machine_compiler_date_and_rounds(study: Study) -> None:
    caption = ratio_chart(lens_for(study, "switch_loop")).caption
    for text in (
        "AMD EPYC 9R45",
        "clang 19.1.7 and g++ 12.2.0",
        "2026-11-22",
        "5 processes × 3 repetitions",
    ):
        assert text in caption
    assert "Student-t" in caption


def test_a_mean_that_leaves_out_a_workload_says_so(write_results: WriteResults) -> None:
    document = synthetic_results(3, 3, ("clang",), 3, 2)
    document["benchmarks"] = [
        row for row in document["benchmarks"] if row["name"] != "tak/computed_goto/clang"
    ]
    chart = ratio_chart(lens_for(load([write_results(document)]), "switch_loop"))
    assert chart.note == "the mean of computed_goto leaves out tak"


def test_many_backends_get_a_panel_each(write_results: WriteResults) -> None:
    study = load([write_results(synthetic_results(12, 3, ("clang",), 2, 2))])
    chart = ratio_chart(lens_for(study, "switch_loop"))
    assert [panel.title for panel in chart.panels] == list(study.backends[1:])
    assert chart.panels[1].subtitle == "merged (2 sites)"


@pytest.mark.parametrize("theme", list(ThemeName))
@pytest.mark.parametrize("backends", [2, 4, 20])
@pytest.mark.parametrize("workloads", [1, 40])
@pytest.mark.parametrize("libraries", [("clang",), ("clang", "gcc")])
def test_no_text_overlaps_or_leaves_the_sheet(
    write_results: WriteResults,
    theme: ThemeName,
    backends: int,
    workloads: int,
    libraries: tuple[str, ...],
) -> None:
    if theme is ThemeName.DARK and backends * workloads > 100:
        pytest.skip("the themes share their layout: one of them is enough where drawing is slow")
    study = load([write_results(synthetic_results(backends, workloads, libraries, 2, 2))])
    with themed(THEMES[theme]):
        figure = draw_ratio_chart(ratio_chart(lens_for(study, "switch_loop")), THEMES[theme])
        assert overlapping_texts(figure) == []


def test_rounding_keeps_the_size_of_text(study: Study) -> None:
    """Scales are factors: rounded like coordinates they would squeeze every 8.5-point text."""
    with themed(LIGHT):
        svg = svg_text(
            draw_ratio_chart(ratio_chart(lens_for(study, "switch_loop")), LIGHT),
            "ratio",
            Words("ratio", "of times"),
        )
    assert "scale(0.085 -0.085)" in svg
    coordinates = re.findall(r"\d+\.\d{3,}", re.sub(r"scale\([^)]*\)", "", svg))
    assert coordinates == []


def test_more_dots_than_can_be_read_are_left_to_the_tables(write_results: WriteResults) -> None:
    engines = tuple(f"engine-{number:02}" for number in range(24))
    few, many = (
        ratio_chart(
            lens_for(
                load([write_results(synthetic_results(8, 20, libraries, 2, 1))]), "switch_loop"
            )
        )
        for libraries in (engines[:8], engines)
    )
    assert len(few.rows) == 20 and "geometric means alone" not in few.note
    assert many.rows == () and "geometric means alone" in many.note
    assert all(panel.dots == {} and len(panel.means) == 7 for panel in many.panels)
