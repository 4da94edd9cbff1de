"""What `history check` and `history show` say: slower, fine, unclear, ended, begun anew, failed."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import pytest

from dispatchbench_reports.command_line import main
from dispatchbench_reports.histories.entry import Entry
from dispatchbench_reports.histories.lines import read_history
from dispatchbench_reports.histories.sentences import history_notes, summary_line
from dispatchbench_reports.histories.trends import trends
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.visible_text import visible
from tests.conftest import WriteResults
from tests.history_entries import entries, noisy, revision, write
from tests.synthetic import Phase, synthetic_results, with_phases

Output = pytest.CaptureFixture[str]


def check(folder: Path, made: list[Entry], *options: str) -> int:
    return main(["history", "check", write(folder / "history.jsonl", made), *options])


def test_a_short_history_is_no_all_clear(tmp_path: Path, capsys: Output) -> None:
    assert check(tmp_path, entries([1.0, 1.0, 1.0])) == 4
    assert (
        "too short or too noisy to tell: fib/switch_loop/clang (3 runs, 6 needed)"
        in capsys.readouterr().out
    )
    assert check(tmp_path, entries([1.0, 1.0, 1.0]), "--accept-unclear") == 0


def test_a_noisy_history_says_what_it_could_have_seen(tmp_path: Path, capsys: Output) -> None:
    made = entries(noisy([(12, 1.0)], noise=0.1))
    assert check(tmp_path, made) == 4
    assert "could only have seen changes above" in capsys.readouterr().out
    assert check(tmp_path, made, "--visible", "60") == 0


def test_an_all_clear_says_what_would_have_been_found(tmp_path: Path, capsys: Output) -> None:
    assert check(tmp_path, entries(noisy([(12, 1.0)]))) == 0
    output = capsys.readouterr().out
    assert "1 of 1 series: not slower by more than 1 % in the last 20 runs" in output
    assert "would have been found" in output
    finer = ["--visible", "0.1", "--threshold", "0.1"]
    assert check(tmp_path, entries(noisy([(12, 1.0)])), *finer) == 4


def test_a_slow_down_counts_against_the_best_level_lately(tmp_path: Path, capsys: Output) -> None:
    made = entries(noisy([(15, 1.0), (6, 0.8), (6, 0.9)]))
    assert check(tmp_path, made) == 3
    assert f"and {revision(21)[:10]} " in capsys.readouterr().out
    assert check(tmp_path, made, "--last", "5") == 0


def test_two_steps_up_are_one_slow_down(tmp_path: Path, capsys: Output) -> None:
    assert check(tmp_path, entries(noisy([(12, 1.0), (6, 1.1), (6, 1.2)]))) == 3
    output = capsys.readouterr().out
    assert "+20." in output or "+19." in output
    assert f"and {revision(12)[:10]} (2026-10-04), 2 changes since" in output


def test_one_revision_that_becomes_slower_is_blamed_on_the_machine(
    tmp_path: Path, capsys: Output
) -> None:
    made = entries(noisy([(12, 1.0), (6, 1.1)]), git_revision=revision(0))
    assert check(tmp_path, made) == 3
    assert "which are one revision: the machine or its software changed" in capsys.readouterr().out


def test_odd_runs_beside_a_step_are_not_named_as_its_ends(tmp_path: Path, capsys: Output) -> None:
    times = noisy([(12, 1.0), (8, 1.1)])
    times[11] = 1.7
    assert check(tmp_path, entries(times)) == 3
    output = capsys.readouterr().out
    assert f"between {revision(10)[:10]} " in output
    assert f"and {revision(12)[:10]} " in output


def test_a_new_compiler_is_said_and_the_levels_are_compared(tmp_path: Path, capsys: Output) -> None:
    made = [
        *entries(noisy([(20, 1.0)])),
        *entries(noisy([(6, 1.4)]), begin=20, compiler="clang 19.1.8"),
    ]
    assert check(tmp_path, made) == 0
    output = capsys.readouterr().out
    assert "clang 19.1.8 after clang 19.1.7" in output
    assert "+40." in output or "+39." in output
    assert "(6 against 10 runs)" in output
    assert "another compiler since 2026-10-06" in output


def test_new_flags_within_noise_and_a_new_machine_are_said() -> None:
    flags = [*entries(noisy([(12, 1.0)])), *entries(noisy([(8, 1.0)], 2), begin=12, flags="-O3")]
    (note,) = history_notes(trends(flags))
    assert "flags -O3 after -O2" in note and "within noise" in note
    machine = [*entries(noisy([(12, 1.0)])), *entries([1.2], begin=12, fingerprint="other")]
    (note,) = history_notes(trends(machine))
    assert (
        "another machine (machine against other)" in note and "+19.8 % (1 against 10 runs)" in note
    )


def test_a_benchmark_that_failed_in_its_newest_run_is_named(
    tmp_path: Path, write_results: WriteResults, capsys: Output
) -> None:
    path = str(tmp_path / "history.jsonl")
    document = synthetic_results(2, 1, ("clang",), 3, 3)
    assert main(["history", "add", path, write_results(document)]) == 0
    failed = copy.deepcopy(document)
    failed["context"]["date"] = "2026-11-23T09:00:00+00:00"
    failed["benchmarks"] = [row for row in failed["benchmarks"] if row["backend"] == "switch_loop"]
    failed["context"]["dispatchbench"]["failures"] = [
        {
            "row": "fib/computed_goto/clang",
            "workload": "fib",
            "backend": "computed_goto",
            "library": "clang",
            "reason": "differs from the reference",
        }
    ]
    assert main(["history", "add", path, write_results(failed)]) == 0
    assert "1 of them failed" in capsys.readouterr().out
    assert main(["history", "check", path]) == 4
    assert "failed: fib/computed_goto/clang at 0123456789" in capsys.readouterr().out
    assert main(["history", "show", path]) == 0
    assert "differs from the reference" in capsys.readouterr().out


def test_an_unsettled_run_is_marked(
    tmp_path: Path, write_results: WriteResults, capsys: Output
) -> None:
    document = with_phases(
        synthetic_results(2, 1, ("clang",), 3, 3, schema=3), (Phase(0, 9, 1.5),), unsettled=True
    )
    path = str(tmp_path / "history.jsonl")
    assert main(["history", "add", path, write_results(document)]) == 0
    assert "the machine was unsettled" in capsys.readouterr().out
    assert all(entry.unsettled for entry in read_history(path))
    main(["history", "show", path])
    assert "1 run on an unsettled machine" in capsys.readouterr().out


def test_the_summary_is_plain_for_every_kind_of_history() -> None:
    flat, faster = entries(noisy([(12, 1.0)])), noisy([(8, 1.0), (8, 0.9), (8, 0.8)])
    assert summary_line(trends(entries([1.0] * 3))) == (
        "1 series of 3 runs: too short to find a change"
    )
    assert summary_line(trends(flat)) == "No change in 1 series of 12 runs"
    assert summary_line(trends(entries(faster))).startswith(
        "2 changes, all faster; the largest: fib/switch_loop/clang −1"
    )
    other = [replace(entry, fingerprint="other", cpu_model="CPU Two") for entry in flat]
    assert summary_line(trends([*flat, *other])) == (
        "No change in 2 series of up to 12 runs on 2 machines"
    )
    added = entries([1.0] * 2, begin=10, backend="new")
    assert summary_line(trends([*flat, *added])) == (
        "No change in 1 series of up to 12 runs; 1 too short to tell"
    )
    renamed = entries(noisy([(12, 1.0)]), begin=12, backend="new")
    assert summary_line(trends([*flat, *renamed])) == (
        "No change in 1 series of 12 runs; 1 series ended"
    )


def test_texts_are_kept_printable_and_the_same_twice() -> None:
    assert visible("-O2 ‘ü’") == "-O2 ‘ü’"
    assert visible("a\u2028b\x1b\ud800") == r"a\u2028b\x1b\ud800"
    assert visible(visible("\n")) == visible("\n")


def test_a_line_of_schema_1_is_read_and_one_of_schema_2_needs_its_fields(tmp_path: Path) -> None:
    line = {name: value for name, value in vars(entries([1.0])[0]).items()}
    old = {name: line[name] for name in list(line)[:16]}
    path = tmp_path / "history.jsonl"
    path.write_text(json.dumps({**old, "schema": 1}))
    (entry,) = read_history(str(path))
    assert (entry.branch, entry.commit, entry.unsettled, entry.failure) == ("", None, False, "")
    path.write_text(json.dumps({**old, "schema": 2}))
    with pytest.raises(Problem) as caught:
        read_history(str(path))
    assert caught.value.field == "line 1, unsettled"


def test_what_an_addition_wrote_is_what_is_read(
    tmp_path: Path, write_results: WriteResults
) -> None:
    path = tmp_path / "history.jsonl"
    document = synthetic_results(3, 2, ("clang",), 3, 3)
    assert main(["history", "add", str(path), write_results(document)]) == 0
    first = path.read_bytes()
    document["context"]["date"] = "2026-11-23T09:00:00+09:00"
    assert main(["history", "add", str(path), write_results(document)]) == 0
    assert path.read_bytes().startswith(first)
    assert len(read_history(str(path))) == 12
    document["context"]["date"] = "yesterday"
    assert main(["history", "add", str(path), write_results(document)]) == 2
    assert len(read_history(str(path))) == 12
