"""Histories that once got a false all-clear or a false alarm, with the answers that they must get."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dispatchbench_reports.command_line import main
from dispatchbench_reports.histories.lines import read_history
from dispatchbench_reports.histories.trends import trends
from tests.history_entries import case, entries, noisy, revision, write

Output = pytest.CaptureFixture[str]


def starts(path: str) -> list[list[int]]:
    return [[change.index for change in trend.changes] for trend in trends(read_history(path))]


def test_a_small_gain_after_a_slow_down_does_not_hide_it(tmp_path: Path, capsys: Output) -> None:
    path = case("gain_after_slow_down.jsonl", tmp_path)
    assert starts(path) == [[20, 26]]
    assert main(["history", "check", path, "--last", "14"]) == 3
    assert "slower: fib/switch_loop/clang +20." in capsys.readouterr().out
    assert main(["history", "check", path]) == 3


def test_odd_runs_do_not_hide_a_lasting_step(tmp_path: Path, capsys: Output) -> None:
    for name in ("odd_runs_before_step.jsonl", "step_of_five_runs.jsonl"):
        path = case(name, tmp_path)
        assert starts(path) == [[24]]
        assert main(["history", "check", path]) == 3
        assert "fib/switch_loop/clang +" in capsys.readouterr().out


def test_a_series_that_ended_is_named_and_does_not_alarm(tmp_path: Path, capsys: Output) -> None:
    path = case("renamed_after_slow_down.jsonl", tmp_path)
    assert main(["history", "check", path]) == 0
    output = capsys.readouterr().out
    assert "ended, not judged: fib/old_name/clang" in output
    assert "1 of 1 series: not slower" in output
    main(["history", "show", path])
    output = capsys.readouterr().out
    assert "No change in 1 series of 28 runs; 1 series ended." in output
    assert "ended 2026-01-25" in output


def test_a_slow_down_that_ended_shows_as_two_changes(tmp_path: Path) -> None:
    path = case("temporary_slow_down.jsonl", tmp_path)
    assert starts(path) == [[12, 18]]
    assert main(["history", "check", path]) == 0


@pytest.mark.parametrize("slow", [4, 6, 10])
def test_a_slow_down_of_few_runs_between_others_is_found_at_both_ends(slow: int) -> None:
    found = 0
    for seed in range(10):
        times = noisy([(12, 1.0), (slow, 1.2), (12, 1.0)], seed)
        (trend,) = trends(entries(times))
        found += {12, 12 + slow} <= {change.index for change in trend.changes}
    assert found >= (10 if slow > 4 else 7)


def test_three_slow_runs_after_three_are_found(tmp_path: Path, capsys: Output) -> None:
    for seed in range(20):
        path = write(tmp_path / "six.jsonl", entries(noisy([(3, 1.0), (3, 1.4)], seed)))
        assert main(["history", "check", path]) == 3
        output = capsys.readouterr().out
        assert f"between {revision(2)[:10]} (2026-10-01) and {revision(3)[:10]}" in output


def test_runs_are_ordered_by_instant_not_by_the_text_of_their_date(
    tmp_path: Path, capsys: Output
) -> None:
    path = case("two_time_zones.jsonl", tmp_path)
    assert starts(path) == [[12]]
    assert main(["history", "check", path]) == 3
    assert "+10." in capsys.readouterr().out


def test_two_branches_in_one_series_are_no_all_clear(tmp_path: Path, capsys: Output) -> None:
    path = case("two_branches_in_turn.jsonl", tmp_path)
    assert main(["history", "check", path]) == 4
    output = capsys.readouterr().out
    assert "could only have seen changes above" in output
    assert "two branches" in output


def test_branches_are_told_apart(tmp_path: Path, capsys: Output) -> None:
    mixed = read_history(case("two_branches_in_turn.jsonl", tmp_path))
    named = [
        replace(entry, schema=2, branch=("main", "next")[index % 2])
        for index, entry in enumerate(mixed)
    ]
    path = write(tmp_path / "named.jsonl", named)
    assert starts(path) == [[15], []]
    assert main(["history", "check", path]) == 3
    output = capsys.readouterr().out
    assert output.count("slower:") == 1
    assert "branch main" in output
    assert main(["history", "check", path, "--branch", "next"]) == 0
    assert main(["history", "check", path, "--branch", "other"]) == 2
    assert "there are main, next" in capsys.readouterr().err


def test_a_history_holds_line_separators_and_reads_them_back(
    tmp_path: Path, capsys: Output
) -> None:
    results = case("line_separator_in_flags.json", tmp_path)
    path = tmp_path / "history.jsonl"
    for number, separator in enumerate("\u2028\u0085\u2029\x1c\x0b\x0c\ud800"):
        document = json.loads(Path(results).read_text())
        document["context"]["date"] = f"2026-11-{number + 1:02}T09:00:00+00:00"
        document["context"]["dispatchbench"]["libraries"][0]["flags"] = f"-O2{separator}-g"
        changed = tmp_path / "changed.json"
        changed.write_text(json.dumps(document))
        assert main(["history", "add", str(path), str(changed)]) == 0
        assert main(["history", "show", str(path)]) == 0
    assert main(["history", "add", str(path), results]) == 0
    assert all(line.isascii() for line in path.read_text().split("\n"))
    assert len({entry.flags for entry in read_history(str(path))}) == 7 + 1


def test_a_dirty_revision_is_never_shown_as_a_clean_one(tmp_path: Path, capsys: Output) -> None:
    results = case("dirty_revision.json", tmp_path)
    path = str(tmp_path / "history.jsonl")
    assert main(["history", "add", path, results]) == 0
    assert main(["history", "add", path, results]) == 2
    assert "revision 438927b4c4-dirty" in capsys.readouterr().err
    assert main(["history", "show", path]) == 0
    assert "1 run had uncommitted changes" in capsys.readouterr().out
