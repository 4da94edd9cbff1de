"""Baselines: each library's own, another library's, or one for everything; nothing is refused because one lacks it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from dispatchbench_reports import estimates
from dispatchbench_reports.chart_list import charts_for
from dispatchbench_reports.charts.ratio import ratio_chart
from dispatchbench_reports.command_line import main
from dispatchbench_reports.findings import ratio_finding
from dispatchbench_reports.lens import Lens, lens_for
from dispatchbench_reports.page_data import baselines, page_data
from dispatchbench_reports.reading.merging import Tolerance, load
from dispatchbench_reports.style import LIGHT, themed
from dispatchbench_reports.summary import summary
from dispatchbench_reports.tables import ratio_tables
from tests.conftest import WritePage, WriteResults
from tests.overlaps import overlapping_texts
from tests.synthetic import synthetic_results, with_own_interpreter


def own_interpreter() -> dict[str, Any]:
    return with_own_interpreter(synthetic_results(3, 2, ("clang", "gcc"), 3, 2))


@pytest.fixture
def lens(write_results: WriteResults) -> Lens:
    return lens_for(load([write_results(own_interpreter())]), None)


def test_a_library_without_the_baseline_borrows_the_first_one_of_its_run(lens: Lens) -> None:
    clang, gcc, mine = lens.study.columns
    assert not lens.borrows(clang) and not lens.borrows(gcc) and lens.borrows(mine)
    reference = lens.reference(mine)
    assert reference is not None and reference.name == "switch_loop/clang"
    assert lens.compared(mine) == ("mine",)
    ratio = estimates.ratio(lens, mine, "fib", "mine")
    assert ratio is not None and ratio.value == pytest.approx(1.5)


def test_tables_charts_and_sentences_say_what_was_borrowed(lens: Lens) -> None:
    note = "cc 7 has no switch_loop: it is compared with switch_loop/clang of the same run"
    table = ratio_tables(lens)[2]
    assert table.title == "cc 7: time relative to switch_loop/clang"
    assert note in table.notes
    chart = ratio_chart(lens)
    assert f"{note}." in chart.caption
    assert [panel.subtitle for panel in chart.panels] == ["", "", "relative to switch_loop/clang"]
    assert f"{note}." in summary(lens)
    assert "nothing with cc 7" in ratio_finding(
        lens
    ), "its own backend is slower than the borrowed one"
    for drawn in charts_for(lens):
        with themed(LIGHT):
            assert overlapping_texts(drawn.draw(LIGHT)) == [], drawn.name


def test_everything_can_be_compared_with_one_competitor(lens: Lens) -> None:
    one = lens_for(lens.study, "switch_loop/gcc")
    clang, gcc, mine = lens.study.columns
    assert one.compared(clang) == ("switch_loop", "computed_goto", "computed_goto_plain")
    assert one.compared(gcc) == ("computed_goto", "computed_goto_plain")
    assert one.compared(mine) == ("mine",)
    assert not any(one.borrows(column) for column in one.columns)
    logs = [
        estimates.log_ratios(one, column, "fib", "switch_loop")[0]
        - estimates.log_ratios(lens_for(lens.study, "switch_loop/clang"), column, "fib", "switch_loop")[0]
        for column in (clang, gcc)
    ]  # fmt: skip
    assert logs[0] == pytest.approx(logs[1])
    assert ratio_tables(one)[0].title.endswith("relative to switch_loop/gcc")
    chart = ratio_chart(one)
    assert chart.panels[1].absent["switch_loop"] == "the baseline"
    assert "switch_loop" in chart.panels[0].means
    assert "the ratio of medians to switch_loop/gcc" in chart.caption
    assert "of the same build" not in chart.title
    for drawn in charts_for(one):
        with themed(LIGHT):
            assert overlapping_texts(drawn.draw(LIGHT)) == [], drawn.name


def test_a_run_without_the_baseline_is_left_out_and_named(
    write_results: WriteResults, write_page: WritePage, capsys: pytest.CaptureFixture[str]
) -> None:
    with_baseline = write_results(synthetic_results(3, 2, ("clang",), 3, 2), "one")
    document = synthetic_results(
        3, 2, ("gcc",), 3, 2, seed=2, unavailable={"gcc": ("switch_loop",)}
    )
    without = write_results(document, "two")
    lens = lens_for(load([with_baseline, without]), "switch_loop")
    assert [column.label for column in lens.columns] == ["clang"]
    note = "Not compared, since no library of the run has switch_loop: g++ 12.2.0"
    assert note in ratio_tables(lens)[0].notes
    assert note in ratio_chart(lens).caption
    assert f"{note}." in summary(lens)
    # Pairs of processes exist within a run only.
    assert note in write_page(with_baseline, without).read_text()
    capsys.readouterr()
    assert main(["table", with_baseline, without, "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    gcc = [row for row in rows if row["library"] == "gcc"]
    assert gcc and {(row["baseline"], row["ratio"]) for row in gcc} == {("", "")}
    assert all(row["time"] for row in gcc)


def test_a_baseline_is_never_taken_from_another_run(write_results: WriteResults) -> None:
    first = write_results(synthetic_results(2, 2, ("clang",), 3, 2), "first")
    second = write_results(own_interpreter(), "second")
    study = load([first, second], Tolerance(missing_backends=True))
    mine = next(column for column in study.columns if column.label == "mine")
    reference = lens_for(study, None).reference(mine)
    assert reference is not None and reference.column.source == "second.json"
    single = lens_for(study, "mine/mine")
    assert [column.source for column in single.left_out] == ["first.json"]


@pytest.mark.parametrize("baseline", ["absent", "absent/clang", "switch_loop/absent", "mine/gcc"])
def test_a_baseline_that_nobody_has_exits_with_2_and_names_those_there_are(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str], baseline: str
) -> None:
    path = write_results(own_interpreter())
    assert main(["table", path, "--baseline", baseline]) == 2
    message = capsys.readouterr().err
    assert f"--baseline: {baseline}" in message
    assert ("switch_loop/gcc" if "/" in baseline else "computed_goto") in message


def measured_against(baseline: str, processes: int = 3) -> dict[str, Any]:
    document = synthetic_results(3, 2, processes=processes, schema=3)
    document["context"]["dispatchbench"]["stopping"] = {"baseline": baseline}
    return document


@pytest.mark.parametrize("baseline", ["computed_goto", "computed_goto/gcc", "switch_loop"])
def test_the_usual_baseline_is_what_the_run_was_measured_against(
    write_results: WriteResults, baseline: str
) -> None:
    study = load([write_results(measured_against(baseline))])
    assert str(lens_for(study, None).baseline) == baseline
    assert str(lens_for(study, "computed_goto_plain").baseline) == "computed_goto_plain"


def test_runs_that_were_measured_against_different_backends_have_the_default(
    write_results: WriteResults,
) -> None:
    paths = [
        write_results(measured_against(baseline, processes), baseline)
        for processes, baseline in ((3, "computed_goto"), (4, "computed_goto_plain"))
    ]
    assert str(lens_for(load(paths), None).baseline) == "switch_loop"
    gone = load([write_results(measured_against("tail_call"), "c")])
    assert str(lens_for(gone, None).baseline) == "switch_loop"


def test_without_switch_loop_the_first_backend_that_was_measured_is_the_baseline(
    write_results: WriteResults,
) -> None:
    document = synthetic_results(3, 2)
    document["benchmarks"] = [
        row for row in document["benchmarks"] if row["backend"] != "switch_loop"
    ]
    lens = lens_for(load([write_results(document)]), None)
    assert str(lens.baseline) == "computed_goto" and lens.columns


def test_a_baseline_on_request_that_was_not_measured_says_how_it_is(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str]
) -> None:
    document = synthetic_results(3, 2)
    for library in document["context"]["dispatchbench"]["libraries"]:
        library["backends"][2]["on_request"] = True
    document["benchmarks"] = [
        row for row in document["benchmarks"] if row["backend"] != "computed_goto_plain"
    ]
    path = write_results(document)
    assert main(["table", path, "--baseline", "computed_goto_plain"]) == 2
    message = capsys.readouterr().err
    assert "computed_goto_plain is measured on request: dispatchbench run takes it with" in message
    assert message.rstrip().endswith("these were: switch_loop, computed_goto")


def test_csv_names_the_baseline_of_each_row(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["table", write_results(own_interpreter()), "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["library"]: row["baseline"] for row in rows} == {
        "clang": "switch_loop",
        "gcc": "switch_loop",
        "mine": "switch_loop/clang",
    }


def test_a_selection_of_one_backend_keeps_the_borrowed_baseline(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_results(own_interpreter())
    assert main(["table", path, "--backend", "mine"]) == 0
    output = capsys.readouterr().out
    assert "cc 7: time relative to switch_loop/clang" in output
    assert "computed_goto" not in output


def test_the_page_offers_own_baselines_and_single_ones(lens: Lens) -> None:
    names = [entry["name"] for entry in baselines(lens.study)]
    assert names[:4] == ["switch_loop", "computed_goto", "computed_goto_plain", "mine"]
    assert names[4:] == [
        f"{backend}/{label}"
        for label in ("clang", "gcc")
        for backend in ("switch_loop", "computed_goto", "computed_goto_plain")
    ] + ["mine/mine"]
    data = page_data(lens_for(lens.study, "switch_loop/gcc"))
    assert data["baselines"][data["baseline"]]["name"] == "switch_loop/gcc"
