"""History: what is appended and refused, change points, and the check."""

from __future__ import annotations

import copy
import json
import math
import random
from pathlib import Path
from typing import Any

import pytest

from dispatchbench_reports.charts.trend import draw_trend_chart, trend_chart
from dispatchbench_reports.command_line import main
from dispatchbench_reports.histories.entry import Entry
from dispatchbench_reports.histories.lines import read_history
from dispatchbench_reports.histories.trends import trends
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.style import LIGHT, themed
from tests.conftest import WriteResults
from tests.history_entries import entries, noisy
from tests.overlaps import overlapping_texts
from tests.synthetic import synthetic_results


def run_of(number: int, factor: float = 1.0, backend: str = "tail_call") -> dict[str, Any]:
    """One of a row of runs; from factor on, a backend takes that many times as long."""
    document = synthetic_results(4, 2, ("clang",), 3, 3, seed=1)
    document["context"]["date"] = f"2026-11-{number + 1:02}T09:00:00+00:00"
    document["context"]["dispatchbench"]["git_revision"] = f"{number:040x}"[::-1]
    noise = random.Random(number)
    for row in document["benchmarks"]:
        row["cpu_time"] *= math.exp(noise.gauss(0, 0.002)) * (
            factor if row["backend"] == backend else 1
        )
    return document


def write_history(write_results: WriteResults, path: Path, factors: list[float]) -> str:
    for number, factor in enumerate(factors):
        results = write_results(run_of(number, factor), f"run{number}")
        assert main(["history", "add", str(path), results]) == 0
    return str(path)


def test_runs_are_appended_and_shown(
    write_results: WriteResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_history(write_results, tmp_path / "history.jsonl", [1.0] * 6 + [1.06] * 6)
    capsys.readouterr()
    assert main(["history", "show", path]) == 0
    output = capsys.readouterr().out
    shown = {line.split("  ")[0]: line for line in output.splitlines() if "/clang  " in line}
    assert len(shown) == 8
    assert "+6." in shown["fib/tail_call/clang"] or "+5.9 %" in shown["fib/tail_call/clang"]
    assert f"at {f'{6:040x}'[::-1][:10]}" in shown["fib/tail_call/clang"]
    assert shown["fib/switch_loop/clang"].rstrip().endswith("none")


def test_check_exits_with_3_on_a_late_slow_down_only(
    write_results: WriteResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slower = write_history(write_results, tmp_path / "slower.jsonl", [1.0] * 6 + [1.06] * 5)
    assert main(["history", "check", slower]) == 3
    assert "slower: fib/tail_call/clang +" in capsys.readouterr().out
    assert main(["history", "check", slower, "--threshold", "10"]) == 0
    assert main(["history", "check", slower, "--last", "4"]) == 0
    faster = write_history(write_results, tmp_path / "faster.jsonl", [1.0] * 6 + [0.94] * 5)
    assert main(["history", "check", faster]) == 0


def test_machines_and_compilers_are_not_compared(
    write_results: WriteResults, tmp_path: Path
) -> None:
    path = write_history(write_results, tmp_path / "history.jsonl", [1.0] * 6)
    for number in range(6, 12):
        other = run_of(number, 1.5)
        other["context"]["dispatchbench"]["machine"]["fingerprint"] = "another"
        assert main(["history", "add", path, write_results(other, f"run{number}")]) == 0
    found = trends(read_history(path))
    assert len(found) == 16
    assert all(not trend.changes for trend in found)


def test_the_same_run_twice_is_refused_and_nothing_is_written(
    write_results: WriteResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "history.jsonl"
    results = write_results(run_of(0))
    assert main(["history", "add", str(path), results]) == 0
    before = path.read_bytes()
    assert main(["history", "add", str(path), results]) == 2
    assert "already" in capsys.readouterr().err
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (lambda entry: entry.pop("backend"), "line 2, backend"),
        (lambda entry: entry.update(schema=9), "line 2, schema"),
        (lambda entry: entry.update(ns_per_vm_instruction="1"), "line 2, ns_per_vm_instruction"),
        (lambda entry: entry.update(ns_per_vm_instruction=-1.0), "line 2, ns_per_vm_instruction"),
    ],
)
def test_a_bad_line_is_named(
    write_results: WriteResults, tmp_path: Path, edit: Any, field: str
) -> None:
    path = tmp_path / "history.jsonl"
    main(["history", "add", str(path), write_results(run_of(0))])
    lines = path.read_text().splitlines()
    entry = json.loads(lines[1])
    edit(entry)
    lines[1] = json.dumps(entry)
    path.write_text("\n".join(lines))
    with pytest.raises(Problem) as caught:
        read_history(str(path))
    assert caught.value.field == field


def test_an_absent_or_empty_history_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history", "show", str(tmp_path / "absent.jsonl")]) == 2
    (tmp_path / "empty.jsonl").write_text("")
    assert main(["history", "check", str(tmp_path / "empty.jsonl")]) == 2
    assert "empty.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize("backends", [2, 20])
@pytest.mark.parametrize("workloads", [1, 40])
@pytest.mark.parametrize("runs", [1, 30])
def test_the_trend_chart_has_no_overlapping_text(backends: int, workloads: int, runs: int) -> None:
    if backends * workloads * runs > 5000:
        runs = 6
    made = [
        Entry(
            1, f"2026-{1 + number // 28:02}-{1 + number % 28:02}", f"{number:040x}"[::-1], "machine",
            "AMD EPYC 9R45", "clang 19.1.7", "-O2", "clang", f"workload_{workload}", f"backend_{backend}",
            1.0 + 0.01 * backend + (0.05 if number > runs / 2 else 0), None, None, 5, 45,
        )
        for number in range(runs)
        for workload in range(workloads)
        for backend in range(backends)
    ]  # fmt: skip
    chart = trend_chart(trends(made))
    assert len(chart.panels) == workloads
    with themed(LIGHT):
        assert overlapping_texts(draw_trend_chart(chart, LIGHT)) == []


def test_show_draws_the_chart(write_results: WriteResults, tmp_path: Path) -> None:
    path = write_history(write_results, tmp_path / "history.jsonl", [1.0] * 6 + [1.06] * 6)
    assert main(["history", "show", path, "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "history.svg").stat().st_size > 1000
    chart = trend_chart(trends(read_history(path)))
    assert chart.title.startswith("2 changes; the largest: ")
    assert "tail_call" in chart.title


def test_layout_variants_stay_out_of_the_history(
    write_results: WriteResults, tmp_path: Path
) -> None:
    path = tmp_path / "history.jsonl"
    document = copy.deepcopy(synthetic_results(2, 1, ("clang",), 2, 2, layouts=2))
    main(["history", "add", str(path), write_results(document)])
    assert {entry.library for entry in read_history(str(path))} == {"clang"}


def test_an_odd_run_does_not_squash_the_axis_of_the_chart() -> None:
    times = noisy([(20, 1.0), (10, 1.1)])
    times[8] = 10.0
    chart = trend_chart(trends(entries(times)))
    (panel,) = chart.panels
    assert panel.limits is not None
    assert panel.limits[0] > 0.9 and panel.limits[1] < 1.2
    assert [index for _, index in panel.off_axis] == [8]
    assert "1 odd run (10 ns) lies beyond the axis: a star marks the edge." in chart.caption
    with themed(LIGHT):
        assert overlapping_texts(draw_trend_chart(chart, LIGHT)) == []
    (panel,) = trend_chart(trends(entries(noisy([(20, 1.0), (10, 1.1)])))).panels
    assert panel.limits is None and panel.off_axis == []
