"""Machines are told apart by their fingerprints, and what differs is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dispatchbench_reports.command_line import main
from dispatchbench_reports.machines import is_other_machine, machine_difference, machine_labels
from dispatchbench_reports.reading.merging import load
from tests.conftest import WriteResults
from tests.synthetic import synthetic_results

OLDER = 'Intel(R) Xeon(R) Processor, 2 x x86_64, virtualization "none"'
MODEL = "Intel(R) Xeon(R) Processor"


def newer(cache: str = "32K", microcode: str = "0x1") -> str:
    return f"v2; model {MODEL}; number 207; microcode {microcode}; L1i {cache}"


def results(fingerprint: str, day: int = 22) -> dict[str, Any]:
    document = synthetic_results(2, 2, ("clang",), 3, 2, cpu_model=MODEL)
    document["context"]["dispatchbench"]["machine"]["fingerprint"] = fingerprint
    document["context"]["date"] = f"2026-11-{day:02}T09:00:00+00:00"
    return document


def test_what_differs_between_two_machines_is_named() -> None:
    assert machine_difference(newer(), newer()) == ""
    assert machine_difference(newer(), newer("64K", "0x2")) == (
        "microcode 0x1 against 0x2, L1i 32K against 64K"
    )
    assert machine_difference(newer(), newer() + "; L3 8M") == "L3 none against 8M"


def test_times_taken_in_another_way_come_from_the_same_machine() -> None:
    afresh = newer() + "; sampling afresh"
    assert machine_difference(newer(), afresh) == "sampling none against afresh"
    assert not is_other_machine(newer(), afresh)
    assert is_other_machine(newer(), newer("64K") + "; sampling afresh")
    assert is_other_machine(OLDER, newer()) and not is_other_machine(OLDER, OLDER)


def test_an_older_fingerprint_never_equals_a_newer_one() -> None:
    assert "written by an older version" in machine_difference(OLDER, newer())
    assert "without family, stepping, microcode, caches and kernel" in machine_difference(
        newer(), OLDER
    )
    assert machine_difference(OLDER, OLDER) == ""


def test_machines_of_one_model_are_labelled_by_what_differs() -> None:
    models = dict.fromkeys((newer("32K"), newer("64K"), OLDER), MODEL)
    assert list(machine_labels(models).values()) == [
        f"{MODEL} (L1i 32K)",
        f"{MODEL} (L1i 64K)",
        f"{MODEL} (older file)",
    ]
    assert list(machine_labels({newer(): MODEL, "x": "Other"}).values()) == [MODEL, "Other"]


def test_two_generations_in_one_study_have_different_titles(write_results: WriteResults) -> None:
    study = load([write_results(results(newer(cache)), cache) for cache in ("32K", "64K")])
    titles = [study.column_title(column) for column in study.columns]
    assert titles == [f"clang 19.1.7, {MODEL} (L1i 32K)", f"clang 19.1.7, {MODEL} (L1i 64K)"]


def test_a_diff_of_two_machines_is_refused_with_what_differs(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = (write_results(results(newer(cache)), cache) for cache in ("32K", "64K"))
    assert main(["diff", one, other]) == 2
    assert "L1i 32K against 64K" in capsys.readouterr().err


def test_a_history_goes_on_in_a_new_series_and_says_why(
    write_results: WriteResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "history.jsonl"
    for day, fingerprint in ((20, OLDER), (21, newer())):
        file = write_results(results(fingerprint, day), str(day))
        assert main(["history", "add", str(path), file]) == 0
    assert len({json.loads(line)["fingerprint"] for line in path.read_text().splitlines()}) == 2
    capsys.readouterr()
    assert main(["history", "show", str(path)]) == 0
    shown = capsys.readouterr().out
    assert f"{MODEL} (older file)" in shown
    assert "4 series of an older version end where a newer one begins" in shown
