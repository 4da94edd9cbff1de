"""The numbers and texts of the charts beside the ratio chart; no pixels."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from dispatchbench_reports.chart_list import CHARTS, Chart, charts_for
from dispatchbench_reports.charts.counts import counts_chart
from dispatchbench_reports.charts.layouts import layouts_chart
from dispatchbench_reports.charts.technique import Mark, technique_chart
from dispatchbench_reports.charts.times import has_two_modes, times_chart
from dispatchbench_reports.choices import CHART_NAMES
from dispatchbench_reports.command_line import main
from dispatchbench_reports.lens import lens_for
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.style import LIGHT, themed
from tests.conftest import WritePage, WriteResults
from tests.overlaps import overlapping_texts
from tests.synthetic import synthetic_results


def test_technique_rows_are_sorted_and_merged_ones_marked(write_results: WriteResults) -> None:
    study = load([write_results(synthetic_results(5, 3, ("clang",), 3, 3))])
    chart = technique_chart(lens_for(study, "switch_loop"))
    values = [row.estimate.value for row in chart.rows]
    assert values == sorted(values)
    # A switch has one jump by its nature: only a computed goto is called merged.
    assert [row.name for row in chart.rows if row.merged] == ["computed_goto_plain"]
    assert {row.name: row.audit.indirect_jump_sites for row in chart.rows}["computed_goto"] == 253
    assert chart.title.startswith("Merged to 2 jumps, computed_goto_plain takes 1.")
    assert "times computed_goto’s time" in chart.title


def test_a_backend_that_is_not_as_declared_makes_the_title_and_the_summary(
    write_results: WriteResults, write_page: WritePage
) -> None:
    document = synthetic_results(3, 2, ("clang",), 2, 2)
    backend = document["context"]["dispatchbench"]["libraries"][0]["backends"][1]
    backend["audit"].update(
        effective_technique="merged",
        label="merged (2 sites)",
        as_expected=False,
        indirect_jump_sites=2,
    )
    path = write_results(document)
    assert (
        technique_chart(lens_for(load([path]), "switch_loop")).title
        == "Not what the name says: computed_goto"
    )
    page = write_page(path).read_text()
    assert "Not what it says it is: computed_goto (merged (2 sites), expected replicated)" in page
    assert "computed_goto (merged, not as declared)" in page


def test_layout_spreads_are_percent_of_the_fastest_layout(write_results: WriteResults) -> None:
    document = synthetic_results(2, 1, ("clang",), 2, 2, layouts=2)
    for row in document["benchmarks"]:
        ns = {"clang": 1.0, "clang@layout1": 1.1, "clang@layout2": 1.05}[row["library"]]
        row["cpu_time"] = row["vm_instructions"] * (ns if row["backend"] == "switch_loop" else 1.0)
    chart = layouts_chart(lens_for(load([write_results(document)]), "switch_loop"))
    ((title, spreads),) = chart.panels
    assert title == "clang 19.1.7"
    assert spreads["switch_loop"]["fib"] == pytest.approx(10)
    assert spreads["computed_goto"]["fib"] == pytest.approx(0)
    assert chart.title.startswith(
        "Layout alone moves switch_loop by 10.0 % and computed_goto by 0.0 %"
    )
    assert "3 layouts" in chart.caption


def test_counts_that_rank_wrongly_are_counted(write_results: WriteResults) -> None:
    document = synthetic_results(3, 1, ("clang",), 2, 2)
    points = {
        "switch_loop": (10.0, 3.0),
        "computed_goto": (4.0, 2.0),
        "computed_goto_plain": (5.0, 1.0),
    }
    for row in document["benchmarks"]:
        instructions, ns = points[row["backend"]]
        row["instructions_per_vm_instruction"] = instructions
        row["cpu_time"] = ns * row["vm_instructions"]
    chart = counts_chart(lens_for(load([write_results(document)]), "switch_loop"))
    # computed_goto has fewer instructions than computed_goto_plain and is slower; the other pairs agree.
    assert (chart.misranked, chart.pairs) == (1, 3)
    assert chart.title == (
        "In 1 of 3 comparisons of two backends on one workload, the one with fewer instructions is slower"
    )
    assert chart.panels[0][1]["switch_loop", "fib"] == pytest.approx((10.0, 3.0))


@pytest.mark.parametrize(
    ("medians", "two"),
    [
        ([1.0, 1.01, 1.2, 1.21], True),
        ([1.0, 1.0, 1.2, 1.2, 1.2], True),
        ([1.0, 1.1, 1.2, 1.3], False),
        ([1.0, 1.0, 1.0, 1.0, 1.5], False),
        ([1.0, 1.0, 1.01, 1.01], False),
        ([1.0, 1.5], False),
    ],
)
def test_two_modes_need_two_processes_each_and_a_clear_gap(medians: list[float], two: bool) -> None:
    assert has_two_modes(medians) is two


def test_times_keep_every_sample_by_process(write_results: WriteResults) -> None:
    document = synthetic_results(2, 7, ("clang",), 4, 3)
    study = load([write_results(document)])
    chart = times_chart(lens_for(study, "switch_loop"))
    strip = chart.strips["fib", "switch_loop", study.columns[0].key]
    assert {process: len(samples) for process, samples in strip.samples.items()} == dict.fromkeys(
        range(4), 3
    )
    assert ("life", "switch_loop", study.columns[0].key) in chart.two_modes
    assert "two modes in life/switch_loop" in chart.title


def test_charts_without_their_data_say_what_is_missing(write_results: WriteResults) -> None:
    document = synthetic_results(2, 2, ("clang",), 2, 2)
    for backend in document["context"]["dispatchbench"]["libraries"][0]["backends"]:
        backend["audit"] = None
    lens = lens_for(load([write_results(document)]), "switch_loop")
    reasons = {name: maker(lens) for name, maker in CHARTS.items()}
    assert "layout" in str(reasons["layouts"])
    assert "tools/count --results" in str(reasons["counts"])
    assert "audit" in str(reasons["technique"])
    assert [chart.name for chart in charts_for(lens)] == ["ratio", "times"]


def test_a_chart_without_its_data_exits_with_2(
    write_results: WriteResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_results(synthetic_results(2, 2, ("clang",), 2, 2))
    output = tmp_path / "out"
    assert main(["chart", "layouts", path, "-o", str(output)]) == 2
    assert "run --library" in capsys.readouterr().err
    assert not output.exists()


def test_chart_writes_both_themes_and_a_pdf(
    write_results: WriteResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_results(synthetic_results(2, 2, ("clang",), 2, 2))
    assert main(["chart", "times", path, "-o", str(tmp_path)]) == 0
    assert [Path(line).name for line in capsys.readouterr().out.split()] == [
        "times.svg",
        "times.png",
        "times.pdf",
        "times-dark.svg",
        "times-dark.png",
    ]
    assert (tmp_path / "times.png").read_bytes().startswith(b"\x89PNG")


OWN_TESTS = (
    "ratio",
    "matrix",
    "compile_time",
    "flags",
    "engines",
    "v8_history",
    "overhead",
    "ladder",
    "suspension",
)
"""Charts whose texts are held against overlaps in tests of their own, with the data that they need."""


@pytest.mark.parametrize("name", [name for name in CHARTS if name not in OWN_TESTS])
@pytest.mark.parametrize("backends", [2, 5, 20])
@pytest.mark.parametrize("workloads", [1, 40])
@pytest.mark.parametrize("libraries", [("clang",), ("clang", "gcc")])
def test_no_text_overlaps_or_leaves_the_sheet(
    write_results: WriteResults,
    name: str,
    backends: int,
    workloads: int,
    libraries: tuple[str, ...],
) -> None:
    if backends * workloads * len(libraries) > 800:
        pytest.skip("as tall as it gets with one library: the second one adds no text to a panel")
    document = synthetic_results(
        backends, workloads, libraries, 2, 2, layouts=1, counts=True, schema=3
    )
    chart = CHARTS[name](lens_for(load([write_results(document)]), "switch_loop"))
    assert isinstance(chart, Chart)
    with themed(LIGHT):
        assert overlapping_texts(chart.draw(LIGHT)) == []


def test_long_names_are_shortened_not_overlapping(write_results: WriteResults) -> None:
    document = copy.deepcopy(
        synthetic_results(3, 2, ("clang", "gcc"), 2, 2, layouts=1, counts=True)
    )
    text = "a_backend_whose_name_is_longer_than_anyone_should_ever_make_one_of_them"
    for row in document["benchmarks"]:
        for field in ("name", "run_name", "backend"):
            row[field] = row[field].replace("computed_goto_plain", text)
    for library in document["context"]["dispatchbench"]["libraries"]:
        library[
            "compiler_version"
        ] = "12.2.0 (a distribution's long note about how this was built) 20240101"
        for backend in library["backends"]:
            backend["name"] = backend["name"].replace("computed_goto_plain", text)
    study = load([write_results(document)])
    for chart in charts_for(lens_for(study, "switch_loop")):
        with themed(LIGHT):
            assert overlapping_texts(chart.draw(LIGHT)) == [], chart.name


def test_a_merged_variant_is_paired_by_family_and_dispatch_not_by_name(
    write_results: WriteResults,
) -> None:
    document = synthetic_results(3, 2, ("clang",), 5, 2)
    backends = {
        backend["name"]: backend
        for backend in document["context"]["dispatchbench"]["libraries"][0]["backends"]
    }
    assert "times computed_goto’s time" in title_of(write_results(document))
    backends["computed_goto_plain"]["family"] = "another"
    assert title_of(write_results(document)) == (
        "The compiler merged the jumps of computed_goto_plain"
    )
    backends["computed_goto_plain"]["expected"] = "merged"
    assert title_of(write_results(document)) == "Every backend’s machine code is as declared"


def test_schema_1_has_no_declared_dispatch_so_nothing_is_called_merged(
    write_results: WriteResults,
) -> None:
    path = write_results(synthetic_results(3, 2, ("clang",), 2, 2, schema=1))
    chart = technique_chart(lens_for(load([path]), "switch_loop"))
    assert chart.title == "Every backend’s machine code is as declared"
    assert {row.mark for row in chart.rows} == {Mark.AS_DECLARED}
    assert {row.audit.label for row in chart.rows} >= {"merged (2 sites)"}


def title_of(path: str) -> str:
    return technique_chart(lens_for(load([path]), "switch_loop")).title


def test_every_chart_can_be_named_on_the_command_line() -> None:
    assert CHART_NAMES == tuple(CHARTS)
