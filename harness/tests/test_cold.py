"""`cold`: the first instructions of programs in fresh processes."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from program import FAULTY, LIBRARY, dispatchbench, measures, refused
from test_command_line import HI_ROM
from test_interruption import Interrupted

HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
ALWAYS_HUGE = HUGE_PAGES.exists() and "[always]" in HUGE_PAGES.read_text()
FEW = ("--workload", "brainfuck|fib", "--processes", "2", "--no-pin")


def measured(*arguments: str | Path, file: Path) -> dict[str, Any]:
    finished = dispatchbench("cold", *arguments, "--output", file)
    assert finished.returncode in (0, 1), finished.stderr
    document: dict[str, Any] = json.loads(file.read_text())
    return document


@measures
def test_the_file_has_every_time_and_the_table_ratios_at_each_distance(tmp_path: Path) -> None:
    file = tmp_path / "cold.json"
    finished = dispatchbench(
        "cold",
        *FEW,
        "--library",
        LIBRARY,
        "--backend",
        "switch_loop|computed_goto",
        "--output",
        file,
    )
    assert finished.returncode == 0, finished.stderr
    document = json.loads(file.read_text())
    assert (document["kind"], document["schema"], document["processes"]) == ("cold", 1, 2)
    rows = {(row["workload"], row["backend"]): row for row in document["rows"]}
    assert set(rows) == {
        (workload, backend)
        for workload in ("brainfuck", "fib")
        for backend in ("switch_loop", "computed_goto")
    }
    assert [mark["distance"] for mark in rows["brainfuck", "switch_loop"]["marks"]] == [
        *(10_000, 100_000, 1_000_000)
    ]
    for row in rows.values():
        assert len(row["whole"]) == len(row["memory_bytes"]) == 2
        for process, whole in enumerate(row["whole"]):
            times = [mark["nanoseconds"][process] for mark in row["marks"]]
            assert 0 < times[0] and [*times, whole] == sorted([*times, whole])
        for mark in row["marks"]:
            assert 1 / 1.5 < mark["instructions"] / mark["distance"] < 1.5
    assert "first 10000" in finished.stdout
    assert re.search(r"1 programs +1 programs +2 programs", finished.stdout)
    assert re.search(r"switch_loop +[\d.]+ ns/instruction", finished.stdout)
    assert re.search(r"computed_goto( +[\d.]+ \[[\d.]+ [\d.]+\]){3} +\d+ KiB\n", finished.stdout)


@measures
def test_preparing_is_part_of_every_time(tmp_path: Path) -> None:
    document = measured(
        *FEW, "--library", FAULTY, "--backend", "prepares|correct", "--baseline", "correct",
        file=tmp_path / "cold.json",
    )  # fmt: skip
    for row in document["rows"]:
        for process, prepared in enumerate(row["prepare"]):
            assert prepared <= row["marks"][0]["nanoseconds"][process]


@measures
@pytest.mark.skipif(ALWAYS_HUGE, reason="the first byte written may make 2 MiB resident")
def test_memory_is_what_the_backend_makes_of_a_program(tmp_path: Path) -> None:
    document = measured(
        *FEW, "--library", FAULTY, "--backend", "prepares|correct", "--baseline", "correct",
        file=tmp_path / "cold.json",
    )  # fmt: skip
    table = 576 * 1024  # blocks of faulty_backends.cpp
    # 0 and 576 KiB where this was written. Pages of stack and data that weren't touched before may add to that.
    others = table / 2
    for row in document["rows"]:
        least = table if row["backend"] == "prepares" else 0
        for grown in row["memory_bytes"]:
            assert least <= grown < least + others, row["name"]


@measures
def test_what_is_wrong_is_left_out_and_named(tmp_path: Path) -> None:
    file = tmp_path / "cold.json"
    finished = dispatchbench(
        "cold", *FEW, "--library", FAULTY, "--backend", "correct|wrong_result|refuses", "--baseline", "correct",
        "--output", file,
    )  # fmt: skip
    assert finished.returncode == 1
    assert "wrong_result" in finished.stderr and "refuses" in finished.stdout
    document = json.loads(file.read_text())
    assert {row["backend"] for row in document["rows"]} == {"correct"}
    assert {failure["row"].split("/")[1] for failure in document["failures"]} == {"wrong_result"}


@measures
def test_an_interruption_keeps_the_processes_that_are_complete(tmp_path: Path) -> None:
    file = tmp_path / "cold.json"
    arguments = ("cold", "--workload", "brainfuck", "--backend", "switch_loop", "--no-pin")
    ended = Interrupted(
        (*arguments, "--processes", "5000", "--output", str(file)), b"starting", 40, signal.SIGINT
    )
    assert ended.code == 130
    document = json.loads(file.read_text())
    assert 0 < document["processes"] < 5000
    assert len(document["rows"][0]["whole"]) == document["processes"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--baseline", "none"), 2, "--baseline none"),
        (("--processes", "1"), 2, "--processes"),
        (("--backend", "nothing"), 2, "nothing"),
        (("--output", "/nonexistent/cold.json"), 1, "/nonexistent"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_measured(
    arguments: tuple[str, ...], code: int, words: str
) -> None:
    refused(dispatchbench("cold", "--workload", "fib", *arguments), code, words)


def test_a_program_without_a_mark_is_refused(tmp_path: Path) -> None:
    rom = tmp_path / "hi.rom"
    rom.write_bytes(HI_ROM)
    finished = dispatchbench("cold", "--rom", rom, "--output", tmp_path / "cold.json")
    refused(finished, 1, "no program writes to a device near")
    assert not (tmp_path / "cold.json").exists()
