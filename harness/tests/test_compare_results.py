"""`dispatchbench compare --results`: two labels of a results file, whose times are made up here."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from program import LIBRARY, compare, dispatchbench, measures, refused

LABELS = ("--base", "before", "--head", "after")


def library(label: str, code_hash: str) -> dict[str, Any]:
    return {
        "label": label,
        "path": f"{label}.so",
        "compiler": "clang",
        "compiler_version": "19.1.7",
        "flags": "-O2",
        "target": "x86_64",
        "backends": [
            {"name": "tail_call", "audit": {"audit_schema": 2, "code_hash": code_hash}},
            {
                "name": "switch_loop",
                "audit": {"audit_schema": 2, "code_hash": "always the same"},
            },
        ],
    }


def results_document(percent: float, seed: int, processes: int = 20) -> dict[str, Any]:
    """A run in which `after` is slower by that much with tail calls."""
    noise = random.Random(seed)
    rows = [
        {
            "name": f"{workload}/{backend}/{label}",
            "workload": workload,
            "backend": backend,
            "library": label,
            "process": process,
            "cpu_time": time * math.exp(noise.gauss(0, 0.001)),
            "real_time": time * math.exp(noise.gauss(0.01, 0.001)),
        }
        for process in range(processes)
        for workload in ("fib", "tak")
        for backend in ("switch_loop", "tail_call")
        for label in ("before", "after")
        for time in [1e6 * (1 + percent / 100 * (label == "after" and backend == "tail_call"))]
        for _ in range(4)
    ]
    ours = {
        "schema": 1,
        "machine": {"fingerprint": "a machine"},
        "libraries": [library("before", "old"), library("after", "new")],
        "failures": [],
    }
    return {
        "context": {"date": f"2026-11-{seed:02}T09:00:00+00:00", "dispatchbench": ours},
        "benchmarks": rows,
    }


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, dict[str, Any]], Path]:
    def write(name: str, document: dict[str, Any]) -> Path:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(document))
        return path

    return write


Written = Callable[[str, dict[str, Any]], Path]


def test_a_second_run_that_agrees_makes_a_regression_with_exit_code_3(written: Written) -> None:
    first = written("first", results_document(2, seed=1))
    second = written("second", results_document(2, seed=2))
    finished = compare("--results", first, "--results", second, *LABELS, "--json")
    assert finished.returncode == 3, finished.stderr
    rows = {row["name"]: row for row in json.loads(finished.stdout)["rows"]}
    assert {name: row["verdict"] for name, row in rows.items()} == {
        "fib/switch_loop": "unchanged",
        "fib/tail_call": "regressed",
        "tak/switch_loop": "unchanged",
        "tak/tail_call": "regressed",
    }
    assert rows["fib/tail_call"]["first"]["cpu"]["ratio"] == pytest.approx(1.02, abs=0.001)
    assert len(rows["fib/tail_call"]["first"]["pairs"]) == 20
    assert rows["fib/switch_loop"]["reason"] == "the machine code is the same"


def test_one_run_alone_doesn_t_make_a_regression(written: Written) -> None:
    finished = compare("--results", written("only", results_document(2, seed=1)), *LABELS)
    assert finished.returncode == 0, finished.stderr
    assert "not resolved: slower in the first run, but there was no second" in finished.stdout
    assert "name a second one with --results" in finished.stdout


def test_no_difference_is_unchanged_and_filters_choose(written: Written) -> None:
    finished = compare(
        *("--results", written("only", results_document(0, seed=1)), *LABELS, "--json"),
        *("--workload", "fib", "--backend", "tail.*"),
    )
    (row,) = json.loads(finished.stdout)["rows"]
    assert (row["name"], row["verdict"]) == ("fib/tail_call", "unchanged")
    assert row["reason"] == "within the margin"


def disturb(document: dict[str, Any], processes: range, verdict: str = "some disturbed") -> None:
    """Makes a run of schema 3 in which these processes of `after` were disturbed, three times as slow, and repeated."""
    ours = document["context"]["dispatchbench"]
    ours["schema"] = 3
    unsettled = verdict == "unsettled"
    described = []
    for label in ("before", "after"):
        for process in {row["process"] for row in document["benchmarks"]}:
            bad = label == "after" and process in processes
            for attempt in range(2 if bad else 1):
                described.append(
                    {
                        "library": label,
                        "process": process,
                        "attempt": attempt,
                        "disturbed": bad and attempt == 0,
                        "counts": (attempt == 0) if unsettled else not (bad and attempt == 0),
                    }
                )
    disturbed = []
    for row in document["benchmarks"]:
        row.update(disturbed=False, attempt=0, counts=True)
        if row["library"] == "after" and row["process"] in processes:
            disturbed.append(
                {
                    **row,
                    "disturbed": True,
                    "counts": unsettled,
                    "cpu_time": 3 * row["cpu_time"],
                    "real_time": 3 * row["real_time"],
                }
            )
            row.update(attempt=1, counts=not unsettled)
    document["benchmarks"] += disturbed
    ours["probe"] = {"verdict": verdict, "processes": described}


def test_rows_of_processes_that_don_t_count_are_left_out(written: Written) -> None:
    document = results_document(2, seed=1)
    plain = compare("--results", written("plain", document), *LABELS, "--json")
    disturb(document, range(3, 6))
    finished = compare("--results", written("disturbed", document), *LABELS, "--json")
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout)["rows"] == json.loads(plain.stdout)["rows"]


def test_an_unsettled_run_is_judged_by_the_attempts_that_count(written: Written) -> None:
    document = results_document(0, seed=1)
    disturb(document, range(0, 20), "unsettled")
    finished = compare("--results", written("unsettled", document), *LABELS, "--json")
    rows = {row["name"]: row for row in json.loads(finished.stdout)["rows"]}
    assert rows["fib/tail_call"]["first"]["cpu"]["ratio"] == pytest.approx(3, rel=0.001)
    assert len(rows["fib/tail_call"]["first"]["pairs"]) == 20


def test_all_processes_of_hosts_without_a_probe_count(written: Written) -> None:
    document = results_document(2, seed=1)
    plain = compare("--results", written("plain", document), *LABELS, "--json")
    ours = document["context"]["dispatchbench"]
    ours["schema"], ours["probe"] = 3, {"verdict": "absent", "processes": []}
    for row in document["benchmarks"]:
        row["counts"] = True
    finished = compare("--results", written("absent", document), *LABELS, "--json")
    assert json.loads(finished.stdout)["rows"] == json.loads(plain.stdout)["rows"]


def test_a_row_that_failed_in_the_run_is_not_comparable(written: Written) -> None:
    document = results_document(0, seed=1)
    document["benchmarks"] = [
        row for row in document["benchmarks"] if row["name"] != "fib/tail_call/after"
    ]
    document["context"]["dispatchbench"]["failures"] = [
        {"row": "fib/tail_call/after", "reason": "the process that measured it crashed"}
    ]
    finished = compare("--results", written("failed", document), *LABELS)
    assert finished.returncode == 1
    assert "candidate: the process that measured it crashed" in finished.stdout


def test_a_second_run_on_another_machine_is_refused_with_what_differs(written: Written) -> None:
    files = []
    for seed in (1, 2):
        document = results_document(2, seed)
        document["context"]["dispatchbench"]["machine"][
            "fingerprint"
        ] = f"v2; model M; microcode 0x{seed}; L1i 32K"
        files.append(written(str(seed), document))
    finished = compare("--results", files[0], "--results", files[1], *LABELS)
    refused(finished, 2, "it comes from another machine, microcode 0x1 against 0x2")


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda second: second["context"].update(date="2026-11-01T09:00:00+00:00"), "the same run"),
        (
            lambda second: second["context"]["dispatchbench"]["machine"].update(fingerprint="b"),
            "another machine, b and not a machine",
        ),
        (
            lambda second: second["context"]["dispatchbench"]["machine"].update(
                fingerprint="v2; model M; microcode 0x2"
            ),
            "an older version wrote",
        ),
        (
            lambda second: second["context"]["dispatchbench"]["libraries"][1]["backends"][0][
                "audit"
            ].update(code_hash="newer"),
            "other machine code",
        ),
    ],
)
def test_a_second_run_that_can_t_confirm_is_refused(
    written: Written, edit: Callable[[dict[str, Any]], None], words: str
) -> None:
    first, second = results_document(2, seed=1), results_document(2, seed=2)
    edit(second)
    finished = compare(
        "--results", written("first", first), "--results", written("second", second), *LABELS
    )
    refused(finished, 2, words)


def test_wrong_usage_of_results_is_refused(written: Written) -> None:
    file = written("file", results_document(0, seed=1))
    few = written("few", results_document(0, seed=1, processes=5))
    refused(
        compare("--results", file, "--base", "before"), 2, "needs --base LABEL and --head LABEL"
    )
    refused(
        compare("--results", file, "--base", "before", "--head", "other"),
        2,
        f'{file}: has no library "other"; its libraries are before, after',
    )
    refused(compare("--results", file, *LABELS, "--workload", "nothing"), 2, "no row in common")
    refused(compare("--results", file, *LABELS, "--aa"), 2, "leave --aa")
    refused(compare("--results", few, *LABELS), 2, "5 processes for each library", "9 or more")


def test_a_file_that_is_no_results_file_is_named(tmp_path: Path, written: Written) -> None:
    missing, text = tmp_path / "missing.json", tmp_path / "text.json"
    text.write_text("nonsense")
    for bad in (missing, text, written("array", [])):  # type: ignore[arg-type]
        refused(compare("--results", bad, *LABELS), 1, str(bad), "dispatchbench run")
    other = results_document(0, seed=1)
    other["context"]["dispatchbench"]["schema"] = 4
    refused(
        compare("--results", written("other", other), *LABELS), 1, "schema is 4; expected 1, 2 or 3"
    )


@measures
def test_a_file_that_run_wrote_is_read(tmp_path: Path) -> None:
    output = tmp_path / "results.json"
    finished = dispatchbench(
        *("run", "--processes", "10", "--repetitions", "2", "--output", output),
        *("--workload", "^tak$", "--backend", "^switch_loop$"),
        *("--library", f"before={LIBRARY}", "--library", f"after={LIBRARY}"),
    )
    assert finished.returncode == 0, finished.stderr
    # On a busy machine too few undisturbed processes could be left to compare: here all count.
    results = json.loads(output.read_text())
    for sample in results["benchmarks"]:
        sample["counts"] = True
    output.write_text(json.dumps(results))
    compared = compare("--results", output, *LABELS, "--json")
    document = json.loads(compared.stdout)
    (row,) = document["rows"]
    assert row["name"] == "tak/switch_loop"
    # Without an audit beside the library it isn't known that the code is the same.
    assert row["first"] is None or row["first"]["units"] >= 10
    assert [side["label"] for side in (document["base"], document["head"])] == ["before", "after"]
