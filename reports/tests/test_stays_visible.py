"""What failed, was interrupted or is dirty stays visible in tables, charts, captions and on the page."""

from __future__ import annotations

from dispatchbench_reports.chart_list import charts_for
from dispatchbench_reports.charts.ratio import ratio_chart
from dispatchbench_reports.choices import Format
from dispatchbench_reports.lens import lens_for
from dispatchbench_reports.page import page
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.summary import summary
from dispatchbench_reports.table_formats import rendered
from dispatchbench_reports.tables import ratio_tables
from tests.conftest import WriteResults
from tests.synthetic import synthetic_results


def test_a_failed_backend_keeps_its_column_and_a_dirty_tree_its_mark(
    write_results: WriteResults,
) -> None:
    document = synthetic_results(3, 2, ("clang",), 3, 2)
    own = document["context"]["dispatchbench"]
    own["git_revision"] = "438927b4c47c-dirty"
    own["failures"] = [
        {
            "row": f"{workload}/computed_goto/clang",
            "workload": workload,
            "backend": "computed_goto",
            "library": "clang",
            "reason": "pc differs",
        }
        for workload in ("fib", "mandelbrot")
    ]
    document["benchmarks"] = [
        row for row in document["benchmarks"] if row["backend"] != "computed_goto"
    ]
    lens = lens_for(load([write_results(document)]), "switch_loop")
    (table,) = ratio_tables(lens)
    assert table.header == ("workload", "computed_goto", "computed_goto_plain")
    assert [row[1] for row in table.rows] == ["failed", "failed", "failed"]
    note = "computed_goto of clang 19.1.7 failed on fib and mandelbrot: pc differs"
    assert note in table.notes
    chart = ratio_chart(lens)
    assert chart.panels[0].absent == {"computed_goto": "failed"}
    assert f"{note}." in chart.caption
    assert "revision 438927b4c4-dirty (uncommitted changes)" in chart.caption
    assert f"{note}." in summary(lens)
    assert page(lens, []).count("<td>failed</td>") >= 4
    for format in Format:
        assert "failed" in rendered(lens, format), format


def test_an_interrupted_run_says_so(write_results: WriteResults) -> None:
    document = synthetic_results(3, 2, ("clang",), 3, 2)
    document["context"]["dispatchbench"]["interrupted"] = True
    lens = lens_for(load([write_results(document)]), "switch_loop")
    note = "The run was interrupted: it has what was complete by then"
    assert f"{note}." in summary(lens)
    assert note in ratio_tables(lens)[0].notes
    for chart in charts_for(lens):
        assert f"{note}." in chart.caption, chart.name
