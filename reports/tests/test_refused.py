"""Refused rows: a backend that can't run a program is no failure; every output names the reason."""

from __future__ import annotations

import csv
import io

import pytest

from dispatchbench_reports.chart_list import charts_for
from dispatchbench_reports.charts.ratio import ratio_chart
from dispatchbench_reports.command_line import main
from dispatchbench_reports.lens import Lens, lens_for
from dispatchbench_reports.page_data import page_data
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.summary import summary
from tests.conftest import WritePage, WriteResults
from tests.synthetic import synthetic_results

REASON = "the program modifies itself"
NOTE = f"computed_goto refuses mandelbrot: {REASON}"
DOCUMENT = synthetic_results(
    3, 2, ("clang",), 3, 2, refused={("mandelbrot", "computed_goto"): f"{REASON}."}
)


@pytest.fixture
def lens(write_results: WriteResults) -> Lens:
    return lens_for(load([write_results(DOCUMENT)]), None)


@pytest.mark.parametrize("format", ["text", "markdown", "latex"])
@pytest.mark.parametrize("metric", ["ratio", "time"])
def test_tables_say_refused_and_why(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str], format: str, metric: str
) -> None:
    path = write_results(DOCUMENT)
    assert main(["table", path, "--format", format, "--metric", metric]) == 0
    output = capsys.readouterr().out.replace("\\_", "_")
    (row,) = [line for line in output.splitlines() if "mandelbrot" in line and "[" in line]
    assert "refused" in row
    assert NOTE in output
    assert "not measured" not in output


def test_csv_has_a_row_with_the_reason(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["table", write_results(DOCUMENT), "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 6
    (refused,) = [row for row in rows if row["refused"]]
    assert (refused["workload"], refused["backend"]) == ("mandelbrot", "computed_goto")
    assert (refused["refused"], refused["time"], refused["samples"]) == (f"{REASON}.", "", "0")


def test_captions_and_summary_say_why(lens: Lens) -> None:
    for chart in charts_for(lens):
        assert f"{NOTE}." in chart.caption, chart.name
    sentences = summary(lens)
    assert f"{NOTE}." in sentences
    assert not any("Failed" in sentence for sentence in sentences)
    assert ratio_chart(lens).note == "the mean of computed_goto leaves out mandelbrot"


def test_the_page_shows_refused_rows(
    write_results: WriteResults, write_page: WritePage, lens: Lens
) -> None:
    page = write_page(write_results(DOCUMENT)).read_text()
    assert NOTE in page
    assert "<td>refused</td>" in page
    assert "6 benchmarks with interval" in page
    assert page_data(lens)["absent"]["reason"] == [f"{REASON}."]


def test_a_backend_that_refuses_everything_is_shown_as_refused(
    write_results: WriteResults, write_page: WritePage
) -> None:
    refused = {(workload, "computed_goto"): REASON for workload in ("fib", "mandelbrot")}
    path = write_results(synthetic_results(3, 2, ("clang",), 3, 2, refused=refused))
    chart = ratio_chart(lens_for(load([path]), None))
    assert chart.panels[0].absent == {"computed_goto": "refused"}
    assert "refused" in write_page(path).with_name("table.txt").read_text()
