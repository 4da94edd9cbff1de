"""One axis, one baseline: ratios to different backends, or to different code of one name, never share an axis."""

from __future__ import annotations

from typing import Any

from dispatchbench_reports.charts.ratio import ratio_chart
from dispatchbench_reports.charts.technique import technique_chart
from dispatchbench_reports.lens import lens_for
from dispatchbench_reports.reading.merging import load
from tests.conftest import WriteResults
from tests.synthetic import synthetic_results


def with_same_code(document: dict[str, Any], name: str) -> dict[str, Any]:
    for library in document["context"]["dispatchbench"]["libraries"]:
        for backend in library["backends"]:
            if backend["name"] == name:
                backend["audit"]["code_hash"] = "sha256:the-same"
    return document


def test_libraries_share_the_technique_chart_through_a_backend_that_is_the_same_code(
    write_results: WriteResults,
) -> None:
    document = with_same_code(synthetic_results(5, 2), "asm_x86_64")
    chart = technique_chart(lens_for(load([write_results(document)]), "switch_loop"))
    (panel,) = chart.panels
    assert panel.baseline == "asm_x86_64"
    assert {row.column_title for row in panel.rows} == {"clang 19.1.7", "g++ 12.2.0"}
    assert "the same machine code in every library" in chart.note
    assert [row.estimate.value for row in panel.rows if row.name == "asm_x86_64"] == [1.0, 1.0]


def test_libraries_without_common_code_have_a_panel_each(write_results: WriteResults) -> None:
    chart = technique_chart(lens_for(load([write_results(synthetic_results(5, 2))]), "switch_loop"))
    assert [panel.title for panel in chart.panels] == ["clang 19.1.7", "g++ 12.2.0"]
    assert all(panel.baseline == "switch_loop" for panel in chart.panels)


def test_one_competitor_as_baseline_makes_one_panel(write_results: WriteResults) -> None:
    lens = lens_for(load([write_results(synthetic_results(5, 2))]), "switch_loop/clang")
    assert [panel.baseline for panel in technique_chart(lens).panels] == ["switch_loop/clang"]


def test_many_backends_of_several_libraries_share_panels_only_with_one_baseline(
    write_results: WriteResults,
) -> None:
    study = load([write_results(synthetic_results(10, 2))])
    assert not ratio_chart(lens_for(study, "switch_loop")).by_backend
    assert ratio_chart(lens_for(study, "switch_loop/clang")).by_backend


def test_a_mark_that_holds_for_one_library_stands_in_its_panel(write_results: WriteResults) -> None:
    document = synthetic_results(3, 2)
    plain = document["context"]["dispatchbench"]["libraries"][1]["backends"][2]
    plain["audit"] = {
        **plain["audit"],
        "effective_technique": "replicated",
        "label": "replicated (259 sites)",
    }
    chart = ratio_chart(lens_for(load([write_results(document)]), "switch_loop"))
    assert chart.series_titles["computed_goto_plain"] == "computed_goto_plain"
    assert [panel.subtitle for panel in chart.panels] == ["computed_goto_plain: merged", ""]
    assert "computed_goto_plain is merged with clang 19.1.7." in chart.caption


def test_intervals_behind_their_marks_are_said_to_be_there(write_results: WriteResults) -> None:
    document = synthetic_results(2, 1, ("clang",), 4, 2)
    for row in document["benchmarks"]:
        factor = 1 + 0.0001 * row["process"] * (1 if row["backend"] == "switch_loop" else -1)
        row["cpu_time"] = row["vm_instructions"] * factor
    chart = ratio_chart(lens_for(load([write_results(document)]), "switch_loop"))
    assert chart.hidden_intervals == "all intervals are narrower than their marks"
