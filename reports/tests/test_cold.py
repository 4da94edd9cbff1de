"""The chart of cold starts: reading, ratios, texts."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from dispatchbench_reports.charts.cold import cold_chart, cold_ratio
from dispatchbench_reports.charts.ratio_rows import draw_ratio_rows
from dispatchbench_reports.command_line import main
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.cold_starts import read_cold_starts
from dispatchbench_reports.style import THEMES, ThemeName, themed
from tests.conftest import WriteResults
from tests.overlaps import overlapping_texts


def row(workload: str, backend: str, *times: tuple[float, float]) -> dict[str, Any]:
    """Times of two processes at each distance."""
    return {
        "name": f"{workload}/{backend}/clang",
        "workload": workload,
        "backend": backend,
        "library": "clang",
        "marks": [
            {
                "distance": 10_000 * 10**place,
                "instructions": 9,
                "write": 1,
                "nanoseconds": list(both),
            }
            for place, both in enumerate(times)
        ],
        "prepare": [1, 1],
        "whole": [1e9, 1e9],
    }


COLD: dict[str, Any] = {
    "schema": 1,
    "kind": "cold",
    "machine": {"cpu_model": "AMD EPYC 9R45"},
    "processes": 2,
    "baseline": "switch_loop",
    "distances": [10_000, 100_000],
    "libraries": [{"label": "clang", "compiler": "clang", "compiler_version": "19.1.7"}],
    "rows": [
        row("fib", "switch_loop", (100, 200), (1000, 1000)),
        row("tak", "switch_loop", (100, 100)),
        row("fib", "jit", (800, 1600), (500, 500)),
        row("tak", "jit", (200, 200)),
    ],
}


def test_a_ratio_is_paired_by_process_and_a_mean_over_programs(write_results: WriteResults) -> None:
    found = read_cold_starts(write_results(COLD))
    early = cold_ratio(found, "clang", "jit", 10_000)
    late = cold_ratio(found, "clang", "jit", 100_000)
    assert early is not None and late is not None
    assert early.value == pytest.approx(4)  # The root of 8 times 2,
    assert early.low == pytest.approx(4)  # in both processes.
    assert late.value == pytest.approx(0.5)


def test_the_title_says_who_changes_most_and_the_caption_how_many_programs_count(
    write_results: WriteResults,
) -> None:
    chart = cold_chart(read_cold_starts(write_results(COLD)))
    assert chart.title == (
        "jit takes 4.00 times as long as switch_loop for the first 10,000 instructions, 0.50 times for the first 100,000"
    )
    assert "2 programs near 10,000 instructions, 1 program near 100,000" in chart.caption
    assert [row.name for row in chart.panels[0].rows] == ["jit"]


@pytest.mark.parametrize("name", list(ThemeName))
def test_no_texts_overlap(name: ThemeName, write_results: WriteResults) -> None:
    chart = cold_chart(read_cold_starts(write_results(COLD)))
    with themed(THEMES[name]):
        figure = draw_ratio_rows(chart, THEMES[name])
        assert not overlapping_texts(figure)


def test_the_command_writes_every_form(write_results: WriteResults, tmp_path: Path) -> None:
    output = tmp_path / "charts"
    assert main(["cold", write_results(COLD), "-o", str(output)]) == 0
    assert sorted(path.name for path in output.iterdir()) == [
        *("cold-dark.png", "cold-dark.svg", "cold.pdf", "cold.png", "cold.svg")
    ]


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("kind",), "results", "kind"),
        (("schema",), 2, "schema"),
        (("rows", 0, "marks", 0, "nanoseconds"), [1], "2 numbers above 0"),
        (("rows", 0, "marks", 0, "nanoseconds"), [1, 0], "2 numbers above 0"),
        (("distances",), "far", "distances"),
        (("rows",), [], "rows"),
    ],
)
def test_bad_input_names_the_field(
    place: tuple[str | int, ...], value: Any, words: str, write_results: WriteResults
) -> None:
    document: Any = copy.deepcopy(COLD)
    inside = document
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = value
    with pytest.raises(Problem, match=words):
        read_cold_starts(write_results(document))
