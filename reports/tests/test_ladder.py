"""The ladder of techniques: its order, its ratios, what stands beside them, and what isn't on it."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import fmean, median
from typing import Any, Callable

import pytest

from dispatchbench_reports.chart_list import CHARTS, Chart
from dispatchbench_reports.charts.ladder import ladder_charts, rungs
from dispatchbench_reports.charts.ratio_rows import RatioRows
from dispatchbench_reports.command_line import main
from dispatchbench_reports.lens import Lens, lens_for
from dispatchbench_reports.reading.cold_starts import read_cold_starts
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.run_time_memory import with_memory
from dispatchbench_reports.style import THEMES, Theme, themed
from tests.conftest import WriteResults
from tests.overlaps import overlapping_texts
from tests.synthetic import synthetic_results

LINES = {
    "switch_loop": 25,
    "computed_goto": 42,
    "computed_goto_plain": 42,
    "tail_call": 76,
    "asm_x86_64": 1680,
}
ORDER = list(LINES)
MOST = 8


def with_lines(
    lines: dict[str, int | None] = dict(LINES), libraries: tuple[str, ...] = ("clang",), **more: Any
) -> dict[str, Any]:
    """Results whose libraries say these lines of code, in reverse order."""
    document = synthetic_results(
        backends=len(lines), workloads=3, libraries=libraries, unavailable={}, **more
    )
    for library in document["context"]["dispatchbench"]["libraries"]:
        library["backends"].sort(key=lambda each: -ORDER.index(each["name"]))
        for described in library["backends"]:
            described["audit"].update(code_bytes=16_384, table_bytes=2_048)
            if lines[described["name"]] is not None:
                described["source_lines"] = lines[described["name"]]
    return document


@pytest.fixture
def lens_of(write_results: WriteResults) -> Callable[[dict[str, Any]], Lens]:
    """Looks at a document as at a file."""
    return lambda document: lens_for(load([write_results(document)]), None)


LensOf = Callable[[dict[str, Any]], Lens]


def only(lens: Lens) -> RatioRows:
    """The chart, if it is in one picture."""
    found = ladder_charts(lens, MOST)
    assert not isinstance(found, str)
    ((_, chart),) = found
    return chart


def mean_ratio(document: dict[str, Any], backend: str, reference: str) -> float:
    """The geometric mean over workloads and processes of the ratio of medians, from the rows alone."""
    rows = document["benchmarks"]

    def time(name: str, workload: str, process: int) -> float:
        wanted = (name, workload, process)
        times: list[float] = [
            row["cpu_time"]
            for row in rows
            if (row["backend"], row["workload"], row["process"]) == wanted
        ]
        return median(times)

    places = {(row["workload"], row["process"]) for row in rows}
    return math.exp(
        fmean(math.log(time(backend, *place) / time(reference, *place)) for place in sorted(places))
    )


def test_rungs_stand_in_order_of_lines_and_else_of_the_library(lens_of: LensOf) -> None:
    lens = lens_of(with_lines())
    (column,) = lens.study.columns
    names = [rung.name for rung in rungs(lens, column)]
    assert names == [
        "switch_loop",
        "computed_goto_plain",
        "computed_goto",
        "tail_call",
        "asm_x86_64",
    ]


def test_ratios_are_to_the_first_rung_and_to_the_one_before(lens_of: LensOf) -> None:
    document = with_lines()
    first, *rest = only(lens_of(document)).panels[0].rows
    assert first.marks == (None, None)
    before = first.name
    for row in rest:
        cumulative, marginal = row.marks
        assert cumulative is not None and marginal is not None
        assert cumulative.value == pytest.approx(mean_ratio(document, row.name, first.name))
        assert marginal.value == pytest.approx(mean_ratio(document, row.name, before))
        for estimate in (cumulative, marginal):
            assert estimate.low is not None and estimate.low < estimate.value
        before = row.name


def test_the_baseline_of_the_run_does_not_matter(lens_of: LensOf) -> None:
    lens = lens_of(with_lines())
    assert only(lens.relative_to("tail_call")) == only(lens)


@pytest.mark.parametrize("unseen", ["generated", "unknown"])
def test_lines_code_and_tables_stand_beside(unseen: str, lens_of: LensOf) -> None:
    document = with_lines()
    audit = document["context"]["dispatchbench"]["libraries"][0]["backends"][0]["audit"]
    audit["effective_technique"] = unseen
    chart = only(lens_of(document))
    assert chart.columns == ("over first", "over before", "lines", "code", "tables")
    cells = {row.name: row.cells for row in chart.panels[0].rows}
    assert cells["switch_loop"] == ("–", "–", "25", "16.0 KiB", "2.0 KiB")
    assert cells["asm_x86_64"][2:] == ("1,680", "–", "–")


def test_the_title_is_the_largest_step_that_is_certain(lens_of: LensOf) -> None:
    document = with_lines()
    for row in document["benchmarks"]:
        if row["backend"] == "tail_call":
            row["cpu_time"] *= 3
    step = mean_ratio(document, "asm_x86_64", "tail_call")
    assert only(lens_of(document)).title == (
        f"Largest measurable step: asm_x86_64 takes {step:.2f} times as long as tail_call, the rung before"
    )


def test_a_single_process_proves_no_step(lens_of: LensOf) -> None:
    chart = only(lens_of(with_lines(processes=1)))
    assert chart.title == "No rung measurably differs from the one before"


def test_without_lines_or_with_a_budget_a_backend_is_not_on_the_ladder(lens_of: LensOf) -> None:
    document = with_lines({**LINES, "computed_goto": None})
    for described in document["context"]["dispatchbench"]["libraries"][0]["backends"]:
        described["budgeted"] = described["name"] == "tail_call"
    chart = only(lens_of(document))
    assert [row.name for row in chart.panels[0].rows] == [
        "switch_loop",
        "computed_goto_plain",
        "asm_x86_64",
    ]
    assert "since their lines of code are unknown: computed_goto." in chart.caption
    assert "tail_call" not in chart.caption


@pytest.mark.parametrize("lines", [0, None])
def test_without_lines_there_is_no_ladder(lens_of: LensOf, lines: int | None) -> None:
    made = CHARTS["ladder"](lens_of(with_lines(dict.fromkeys(LINES, lines))))
    assert isinstance(made, str) and "source_lines" in made


def test_a_mean_without_all_workloads_is_named(lens_of: LensOf) -> None:
    chart = only(lens_of(with_lines(refused={("fib", "tail_call"): "it isn't for this"})))
    assert "Over switch_loop, the mean of tail_call leaves out fib." in chart.caption
    assert "Over tail_call, the mean of asm_x86_64 leaves out fib." in chart.caption
    assert "Over switch_loop, the mean of asm_x86_64" not in chart.caption


def test_many_libraries_are_spread_over_pictures(lens_of: LensOf) -> None:
    libraries = tuple(f"cc{number}" for number in range(10))
    lens = lens_of(with_lines(libraries=libraries, processes=2, repetitions=1))
    pictures = CHARTS["ladder"](lens)
    assert isinstance(pictures, list)
    assert [picture.name for picture in pictures] == ["ladder-1", "ladder-2"]
    found = ladder_charts(lens, MOST)
    assert not isinstance(found, str)
    assert sum(len(chart.panels) for _, chart in found) == 10
    assert all(chart.note.startswith("Picture ") for _, chart in found)


def cold_file(**memory: list[int | None]) -> dict[str, Any]:
    """What `dispatchbench cold` might have written: two programs, and the same bytes for both."""
    return {
        "schema": 1,
        "kind": "cold",
        "machine": {},
        "processes": 2,
        "baseline": "switch_loop",
        "distances": [10_000],
        "libraries": [{"label": "clang", "compiler": "clang", "compiler_version": "19"}],
        "rows": [
            {
                "workload": workload,
                "backend": backend,
                "library": "clang",
                "marks": [{"distance": 10_000, "nanoseconds": [1, 1]}],
                "memory_bytes": [size if size is None else size * share for size in sizes],
            }
            for workload, share in (("fib", 1), ("tak", 3))
            for backend, sizes in memory.items()
        ],
    }


def test_memory_is_the_median_over_programs_of_medians_over_processes(
    write_results: WriteResults, lens_of: LensOf
) -> None:
    cold = read_cold_starts(
        write_results(cold_file(switch_loop=[1024, 3072], tail_call=[4096, None]), "cold")
    )
    lens = lens_of(with_lines())
    chart = only(lens.of(with_memory(lens.study, cold)))
    assert chart.columns[-1] == "memory" and "Memory: by how much" in chart.caption
    cells = {row.name: row.cells[-1] for row in chart.panels[0].rows}
    assert cells["switch_loop"] == "4.0 KiB"  # Between 2 and 6.
    assert cells["tail_call"] == cells["asm_x86_64"] == "–"


def test_the_commands_take_the_file(
    write_results: WriteResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results, output = write_results(with_lines()), tmp_path / "charts"
    cold = write_results(cold_file(switch_loop=[4096, 4096]), "cold")
    assert main(["chart", "ladder", results, "--cold", cold, "-o", str(output)]) == 0
    assert "Memory: by how much" in (output / "ladder.svg").read_text()
    assert main(["report", results, "--cold", cold, "-o", str(tmp_path / "report")]) == 0
    assert (tmp_path / "report/ladder.svg").read_text() == (output / "ladder.svg").read_text()
    assert (tmp_path / "report/cold.svg").exists()
    assert main(["chart", "ratio", results, "--cold", cold, "-o", str(output)]) == 2
    assert "--cold" in capsys.readouterr().err
    for without in (cold_file(switch_loop=[None, 1]), cold_file(unheard_of=[1, 1])):
        cold = write_results(without, "without")
        assert main(["chart", "ladder", results, "--cold", cold, "-o", str(output)]) == 2
        assert "rows[].memory_bytes" in capsys.readouterr().err


@pytest.mark.parametrize("memory", [[1], [1, "much"], [1, -1], 7])
def test_bad_memory_is_refused_by_field(
    write_results: WriteResults,
    tmp_path: Path,
    memory: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    document = cold_file(switch_loop=[1, 1])
    document["rows"][0]["memory_bytes"] = memory
    cold, results = write_results(document, "cold"), write_results(with_lines())
    assert main(["chart", "ladder", results, "--cold", cold, "-o", str(tmp_path)]) == 2
    assert "rows[0].memory_bytes" in capsys.readouterr().err


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("backends", [2, 30])
def test_no_text_overlaps_or_leaves_the_sheet(lens_of: LensOf, theme: Theme, backends: int) -> None:
    document = synthetic_results(
        backends=backends, workloads=2, unavailable={}, processes=2, repetitions=2
    )
    for library in document["context"]["dispatchbench"]["libraries"]:
        for number, described in enumerate(library["backends"]):
            described["source_lines"] = 20 + 3 * number**2
    chart = CHARTS["ladder"](lens_of(document))
    assert isinstance(chart, Chart)
    with themed(theme):
        assert overlapping_texts(chart.draw(theme)) == []
