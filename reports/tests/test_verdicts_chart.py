"""The chart of a comparison's verdicts: reading, order, texts."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest

from dispatchbench_reports.charts.verdicts import MOST_ROWS, draw_verdicts_chart, verdicts_chart
from dispatchbench_reports.command_line import main
from dispatchbench_reports.reading.comparison import read_comparison
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.style import LIGHT, THEMES, ThemeName, themed
from tests.conftest import WriteResults
from tests.overlaps import overlapping_texts


def row(name: str, verdict: str, ratio: float | None, confirmed: bool = False) -> dict[str, Any]:
    run = None
    if ratio is not None:
        run = {
            "units": 20,
            "cpu": {"ratio": ratio, "low": ratio / 1.01, "high": ratio * 1.01},
            "pairs": [],
        }
    return {
        "name": name,
        "verdict": verdict,
        "reason": "why",
        "first": run,
        "second": run if confirmed else None,
    }


COMPARISON: dict[str, Any] = {
    "schema": 1,
    "kind": "comparison",
    "verdict": "regressed",
    "base": {"label": "main"},
    "head": {"label": "branch"},
    "plan": {"margin": 0.005, "error": 0.01},
    "machine": {"cpu_model": "AMD EPYC 9R45"},
    "rows": [
        row("fib/tail_call", "unchanged", 1.001),
        row("tak/tail_call", "regressed", 1.02, confirmed=True),
        row("fib/switch_loop", "regressed", 1.05, confirmed=True),
        row("tak/switch_loop", "unchanged", None),
        row("fib/computed_goto", "not comparable", None),
    ],
}


def test_findings_come_first_and_the_largest_of_them(write_results: WriteResults) -> None:
    chart = verdicts_chart(read_comparison(write_results(COMPARISON)))
    assert [entry.name for entry in chart.rows] == [
        "fib/computed_goto",
        "fib/switch_loop",
        "tak/tail_call",
        "fib/tail_call",
        "tak/switch_loop",
    ]
    assert chart.title == "2 rows regressed, the worst: fib/switch_loop (+5.0 %)"
    assert "99 % interval" in chart.caption
    assert "margin of 0.5 %" in chart.caption


def test_rows_beyond_what_can_be_read_are_counted(write_results: WriteResults) -> None:
    document = copy.deepcopy(COMPARISON)
    document["rows"] += [row(f"p{number}/x", "unchanged", 1.0) for number in range(100)]
    chart = verdicts_chart(read_comparison(write_results(document)))
    assert len(chart.rows) == MOST_ROWS
    assert "45 rows more, unchanged, not shown" in chart.note


@pytest.mark.parametrize("theme", list(ThemeName))
def test_no_text_overlaps(write_results: WriteResults, theme: ThemeName) -> None:
    document = copy.deepcopy(COMPARISON)
    document["rows"] += [
        row(f"program_{n}/backend", "not resolved", math.exp(n / 50)) for n in range(60)
    ]
    # With few pairs an interval is unbounded.
    document["rows"][0]["first"]["cpu"].update(low=None, high=None)
    chart = verdicts_chart(read_comparison(write_results(document)))
    with themed(THEMES[theme]):
        assert overlapping_texts(draw_verdicts_chart(chart, THEMES[theme])) == []


def test_lines_end_where_the_interval_ends(write_results: WriteResults) -> None:
    chart = verdicts_chart(read_comparison(write_results(COMPARISON)))
    with themed(LIGHT):
        axes = draw_verdicts_chart(chart, LIGHT).axes
    intervals = [line for each in axes for line in each.lines if line.get_zorder() == 3]
    assert intervals
    assert {line.get_solid_capstyle() for line in intervals} == {"butt"}


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (lambda document: document.update(kind="results"), "kind"),
        (lambda document: document.update(schema=2), "schema"),
        (lambda document: document.pop("plan"), "plan"),
        (lambda document: document["rows"][0].update(verdict="fine"), "rows[0].verdict"),
        (lambda document: document["rows"][0].pop("name"), "rows[0].name"),
        (
            lambda document: document["rows"][0]["first"]["cpu"].update(ratio=-1.0),
            "rows[0].first.cpu.ratio",
        ),
        (lambda document: document.update(rows=[]), "rows"),
    ],
)
def test_a_bad_comparison_exits_with_2_and_names_the_field(
    write_results: WriteResults,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Any,
    edit: Any,
    field: str,
) -> None:
    document = copy.deepcopy(COMPARISON)
    edit(document)
    path = write_results(document)
    with pytest.raises(Problem) as caught:
        read_comparison(path)
    assert caught.value.field == field
    assert main(["verdicts", path, "-o", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()
    assert field in capsys.readouterr().err
