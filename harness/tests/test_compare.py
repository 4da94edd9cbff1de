"""`dispatchbench compare` from outside: verdicts that don't depend on time, exit codes, what bad input is told."""

from __future__ import annotations

import json
import shutil
import subprocess
import xml.etree.ElementTree
from pathlib import Path
from typing import Any

import pytest
from program import EMULATOR, FAULTY, FEW_PAIRS, LIBRARY, OTHER_ABI, PROGRAM, compare, refused
from tool_under_test import run_tool


def both(base: str | Path, head: str | Path) -> tuple[str, ...]:
    return ("--base", f"before={base}", "--head", f"after={head}", "--workload", "^tak$")


def not_comparable(finished: subprocess.CompletedProcess[str], *words: str) -> None:
    """The report says so, and stderr why."""
    assert finished.returncode == 1, finished.stdout + finished.stderr
    assert "overall: not comparable" in finished.stdout
    for word in words:
        assert word in finished.stderr


def test_a_copy_of_the_same_file_is_unchanged_without_a_run(tmp_path: Path) -> None:
    copy = tmp_path / "copy.so"
    shutil.copyfile(LIBRARY, copy)
    output = tmp_path / "comparison.json"
    finished = compare(*both(LIBRARY, copy), "--output", output)
    assert finished.returncode == 0, finished.stderr
    assert "overall: unchanged" in finished.stdout
    document = json.loads(output.read_text())
    assert document["verdict"] == "unchanged"
    assert all(row["reason"] == "the machine code is the same" for row in document["rows"])
    assert all(row["first"] is None for row in document["rows"])


def test_a_twice_as_slow_backend_is_a_regression_with_exit_code_3(tmp_path: Path) -> None:
    output, markdown, junit = (tmp_path / name for name in ("c.json", "c.md", "c.xml"))
    finished = compare(
        *both(LIBRARY, LIBRARY),
        *("--pairs", "12", "--rounds", "2", "--seed", "3"),
        *("--backend", "^switch_loop$", "--inject-slowdown", "400"),
        *("--output", output, "--markdown", markdown, "--junit", junit),
    )
    assert finished.returncode == 3, finished.stdout + finished.stderr
    assert "overall: regressed" in finished.stdout
    document = json.loads(output.read_text())
    (row,) = document["rows"]
    assert row["verdict"] == "regressed"
    assert len(row["first"]["pairs"]) == 12
    assert row["first"]["cpu"]["low"] > 1.005
    assert row["second"]["cpu"]["low"] > 1.005
    assert "regressed" in markdown.read_text()
    suites = xml.etree.ElementTree.fromstring(junit.read_text())
    assert suites.get("failures") == "1"
    assert suites.find("./testsuite/testcase/failure") is not None


def test_two_backends_of_one_library_are_compared_in_the_direction_asked_for() -> None:
    finished = compare(
        *("--library", LIBRARY, "--workload", "^tak$", "--json", *FEW_PAIRS),
        *("--base-backend", "switch_loop", "--head-backend", "computed_goto"),
    )
    assert finished.returncode in (0, 3), finished.stderr
    (row,) = json.loads(finished.stdout)["rows"]
    assert row["name"] == "tak/computed_goto:switch_loop"
    assert (row["base_backend"], row["head_backend"]) == ("switch_loop", "computed_goto")


def test_a_wrong_result_is_not_comparable_and_the_other_rows_are_judged(tmp_path: Path) -> None:
    output = tmp_path / "comparison.json"
    copy = tmp_path / "copy.so"
    shutil.copyfile(FAULTY, copy)
    finished = compare(
        *both(FAULTY, copy),
        *("--backend", "^(correct|wrong_result)$", "--output", output),
    )
    assert finished.returncode == 1
    verdicts = {row["name"]: row for row in json.loads(output.read_text())["rows"]}
    assert verdicts["tak/correct"]["verdict"] == "unchanged"
    assert verdicts["tak/wrong_result"]["verdict"] == "not comparable"
    assert (
        "baseline: differs from the reference: memory at fedc"
        in verdicts["tak/wrong_result"]["reason"]
    )


def test_a_backend_that_dies_while_it_is_measured_is_not_comparable() -> None:
    finished = compare(
        *both(FAULTY, FAULTY),
        *FEW_PAIRS,
        *("--backend", "^(correct|crashes_when_measured)$", "--inject-slowdown", "0", "--json"),
    )
    assert finished.returncode == 1
    verdicts = {row["name"]: row for row in json.loads(finished.stdout)["rows"]}
    assert verdicts["tak/crashes_when_measured"]["verdict"] == "not comparable"
    assert "'s process was ended by signal 9" in verdicts["tak/crashes_when_measured"]["reason"]
    assert verdicts["tak/correct"]["first"]["units"] == 12


def test_a_refused_program_is_not_comparable_with_the_backend_s_reason() -> None:
    finished = compare(*both(FAULTY, FAULTY), "--backend", "^refuses$", "--json")
    assert finished.returncode == 1
    (row,) = json.loads(finished.stdout)["rows"]
    assert row["verdict"] == "not comparable"
    assert row["reason"] == "baseline: refused: it rewrites its own code"


def test_backends_of_two_libraries_are_compared_under_their_own_names() -> None:
    finished = compare(
        *("--base", f"ours={LIBRARY}", "--base-backend", "switch_loop"),
        *("--head", f"theirs={FAULTY}", "--head-backend", "correct"),
        *("--workload", "^tak$", "--json", *FEW_PAIRS),
    )
    assert finished.returncode in (0, 3), finished.stderr
    (row,) = json.loads(finished.stdout)["rows"]
    assert row["name"] == "tak/correct:switch_loop"
    assert (row["base_backend"], row["head_backend"]) == ("switch_loop", "correct")
    assert row["first"]["units"] == 12


def test_another_abi_is_not_comparable(tmp_path: Path) -> None:
    output = tmp_path / "comparison.json"
    finished = compare(*both(LIBRARY, OTHER_ABI), "--output", output)
    not_comparable(finished, "not comparable", "ABI version 4711")
    assert json.loads(output.read_text())["verdict"] == "not comparable"


def test_libraries_without_a_backend_in_common_are_refused() -> None:
    finished = compare("--base", f"a={FAULTY}", "--head", f"b={LIBRARY}", "--workload", "^tak$")
    refused(finished, 2, "there is no backend that both libraries have")


def test_aa_stores_a_floor_that_later_margins_respect(tmp_path: Path) -> None:
    floor = tmp_path / "floor.json"
    finished = compare(
        *(
            "--aa",
            "--head",
            LIBRARY,
            "--workload",
            "^tak$",
            "--backend",
            "^tail_call$|^switch_loop$",
        ),
        *(*FEW_PAIRS, "--trials", "2", "--floor", floor),
    )
    assert finished.returncode == 0, finished.stderr
    assert "false alarm" in finished.stdout
    (entry,) = json.loads(floor.read_text())["machines"].values()
    assert entry["trials"] == 2
    assert entry["floor"] >= 0
    document = json.loads(floor.read_text())
    next(iter(document["machines"].values()))["floor"] = 0.0625
    floor.write_text(json.dumps(document))
    finished = compare(*both(LIBRARY, LIBRARY), "--floor", floor, "--json")
    assert json.loads(finished.stdout)["plan"]["floor"] == 0.0625
    assert json.loads(finished.stdout)["plan"]["margin"] == 0.0625


def test_layouts_are_drawn_and_each_pair_of_them_is_one_value(tmp_path: Path) -> None:
    folder = tmp_path / "layouts"
    folder.mkdir()
    for number in range(12):
        shutil.copyfile(LIBRARY, folder / f"clang@layout{number}.so")
    finished = compare(
        *both(folder, folder),
        *("--pairs", "24", "--rounds", "2", "--no-pin", "--backend", "^switch_loop$"),
        *("--inject-slowdown", "0", "--json"),
    )
    assert finished.returncode in (0, 3), finished.stderr
    (row,) = json.loads(finished.stdout)["rows"]
    pairs = row["first"]["pairs"]
    assert row["first"]["units"] == 12
    assert len(pairs) == 24
    assert {pair["base_layout"] for pair in pairs} == set(range(12))
    by_unit: dict[int, set[tuple[int, int]]] = {}
    for pair in pairs:
        by_unit.setdefault(pair["unit"], set()).add((pair["base_layout"], pair["head_layout"]))
    assert all(len(layouts) == 1 for layouts in by_unit.values())


def test_too_few_pairs_for_an_interval_are_refused_with_the_number_needed() -> None:
    finished = compare(*both(LIBRARY, LIBRARY), "--inject-slowdown", "0", "--pairs", "6")
    refused(finished, 2, "6 pairs can't give a 99 % interval", "it takes")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "compare needs --base LABEL=PATH and --head LABEL=PATH"),
        (("--base", f"a={LIBRARY}"), "compare needs --base"),
        (("--base", f"a={LIBRARY}", "--head", f"a={LIBRARY}"), "the same label"),
        (("--base", f"a b={LIBRARY}", "--head", f"c={LIBRARY}"), "--base a b="),
        (("--base-backend", "switch_loop"), "go together"),
        (
            ("--library", LIBRARY, "--base-backend", "switch_loop", "--head-backend", "nothing"),
            "has no backend nothing",
        ),
        (("--aa", "--base", LIBRARY), "leave --base out"),
        (("--aa", "--head", LIBRARY, "--junit", "x.xml"), "--aa gives no verdict"),
        (
            ("--base", f"a={LIBRARY}", "--head", f"b={LIBRARY}", "--backend", "nothing"),
            "matches no backend",
        ),
        (("--fast", "--rigorous", "--aa"), "--rigorous"),
        (("--margin", "-1", "--aa"), "--margin"),
    ],
)
def test_wrong_usage_is_refused_and_says_why(
    arguments: tuple[str, ...], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(compare(*arguments), 2, words)


def test_a_missing_library_and_an_empty_folder_are_failures_that_name_them(tmp_path: Path) -> None:
    missing = tmp_path / "missing.so"
    not_comparable(compare(*both(LIBRARY, missing)), str(missing))
    empty = tmp_path / "empty"
    empty.mkdir()
    not_comparable(compare(*both(LIBRARY, empty)), str(empty), "tools/layouts")


def test_a_broken_floor_file_is_named(tmp_path: Path) -> None:
    floor = tmp_path / "floor.json"
    floor.write_text("[]")
    refused(compare(*both(LIBRARY, LIBRARY), "--floor", floor), 1, str(floor))


def test_plan_measures_nothing_and_writes_nothing(tmp_path: Path) -> None:
    output = tmp_path / "comparison.json"
    finished = compare(
        *both(LIBRARY, LIBRARY), "--inject-slowdown", "0", "--plan", "--output", output, *FEW_PAIRS
    )
    assert finished.returncode == 0, finished.stderr
    assert "at most 12 pairs of processes of 2 rounds" in finished.stdout
    assert not output.exists()


def study_line(**changes: Any) -> str:
    trial = {
        "backend": "computed_goto",
        "state": "idle",
        "percent": 0.0,
        "verdict": "unchanged",
        "seconds": 2.0,
        "smallest_visible": 0.01,
        "load_average": 1.0,
        "machine": "a machine",
    }
    return json.dumps(trial | changes) + "\n"


def verdict_trials(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run_tool("tools/verdict_trials", *arguments)


@pytest.mark.skipif(bool(EMULATOR), reason="the tool starts the harness without an emulator")
def test_a_study_of_trials_goes_on_where_it_stopped(tmp_path: Path) -> None:
    study = tmp_path / "study.jsonl"
    study.write_text(study_line() + study_line(verdict="regressed") + '{"backend": "comp')
    finished = verdict_trials(
        *(study, "--trials", "3", "--backends", "computed_goto,switch_loop", "--percents", "0"),
        *("--states", "idle", "--harness", PROGRAM, "--library", LIBRARY),
        *("--workload", "^tak$", "--", "--pairs", "12", "--rounds", "2"),
    )
    assert finished.returncode == 0, finished.stderr
    lines = [json.loads(line) for line in study.read_text().splitlines()]
    assert sum(line["backend"] == "computed_goto" for line in lines) == 3
    assert sum(line["backend"] == "switch_loop" for line in lines) == 3
    assert "| `computed_goto` | idle | 1 of 3 |" in finished.stdout


def test_a_study_s_table_tells_false_alarms_from_what_was_found(tmp_path: Path) -> None:
    study = tmp_path / "study.jsonl"
    study.write_text(
        study_line()
        + study_line(verdict="improved")
        + study_line(percent=2.0, verdict="regressed")
        + study_line(percent=2.0, verdict="not resolved")
        + study_line(percent=2.0, verdict="improved")
    )
    finished = verdict_trials(study, "--table")
    assert "| `computed_goto` | idle | 1 of 2 | 1 of 3 | 2.0 | 1.0 % |" in finished.stdout


def test_a_broken_line_in_a_study_is_named(tmp_path: Path) -> None:
    study = tmp_path / "study.jsonl"
    study.write_text("nonsense\n" + study_line())
    finished = verdict_trials(study, "--table")
    assert finished.returncode == 1
    assert f"{study}:1: not JSON" in finished.stderr
