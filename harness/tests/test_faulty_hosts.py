"""Hosts that go wrong cost their own rows, in bounded time, and never a wrong number."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

import pytest
from program import FEW_PAIRS, LIBRARY, LOOP_ROM, compare, dispatchbench, measures
from test_command_line import HI_ROM
from test_hosts import folder_with_host

FAULTY_HOST = Path(__file__).with_name("faulty_host.py")


def library(folder: Path, way: str) -> Path:
    folder.mkdir(exist_ok=True)
    return folder_with_host(folder, sys.executable, str(FAULTY_HOST), way)


@pytest.fixture
def hi_rom(tmp_path: Path) -> Path:
    rom = tmp_path / "hi.rom"
    rom.write_bytes(HI_ROM)
    return rom


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("hangs at run", "didn't end within 2 s"),
        ("closes its output at run", "closed its output without ending"),
        ("dies at state", "exited with code 7"),
        ("breaks in runs afresh", None),
        ("has no clock", "expected more than 0"),
    ],
)
def test_verify_says_how_a_host_failed_and_ends(
    way: str, words: str | None, tmp_path: Path, hi_rom: Path
) -> None:
    folder = library(tmp_path / "host", way)
    finished = dispatchbench("verify", "--library", folder, "--rom", hi_rom, "--time-out", "2")
    if words is None:
        assert finished.returncode == 0, "one run is still fine"
    else:
        assert finished.returncode == 1
        assert words in finished.stdout


def test_a_host_that_stops_reading_is_given_up(tmp_path: Path) -> None:
    rom = tmp_path / "big.rom"
    rom.write_bytes(HI_ROM + bytes(60000))  # More than a pipe holds, in hex.
    folder = library(tmp_path / "host", "stops reading after load")
    finished = dispatchbench("verify", "--library", folder, "--rom", rom, "--time-out", "2")
    assert finished.returncode == 1
    assert "didn't end within" in finished.stdout


@measures
@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("errs while measuring", "engine exploded"),
        ("returns no rows", "gave 0 samples; expected 2"),
        ("dies at batch", "exited with code 7"),
    ],
)
def test_a_host_that_fails_while_measured_leaves_no_rows(
    way: str, words: str, tmp_path: Path
) -> None:
    output = tmp_path / "results.json"
    rom = tmp_path / "loop.rom"
    rom.write_bytes(LOOP_ROM)
    finished = dispatchbench(
        *("run", "--processes", "2", "--repetitions", "2", "--output", output, "--rom", rom),
        *("--library", library(tmp_path / "host", way)),
    )
    assert finished.returncode == 1
    assert words in finished.stderr
    if output.exists():
        document = json.loads(output.read_text())
        assert document["benchmarks"] == []
        assert words in document["context"]["dispatchbench"]["failures"][0]["reason"]


@measures
def test_a_host_that_breaks_while_compared_makes_its_row_not_comparable(
    tmp_path: Path, hi_rom: Path
) -> None:
    finished = compare(
        *("--rom", hi_rom, "--json", *FEW_PAIRS),
        *("--base", f"ours={LIBRARY}", "--base-backend", "switch_loop"),
        *("--head", f"theirs={library(tmp_path / 'host', 'breaks in runs afresh')}"),
        *("--head-backend", "python_model"),
    )
    assert finished.returncode == 1
    (row,) = json.loads(finished.stdout)["rows"]
    assert row["verdict"] == "not comparable"
    assert "the candidate's host answered: engine exploded" in row["reason"]


@measures
def test_one_file_under_two_hosts_is_not_the_same_code(tmp_path: Path, hi_rom: Path) -> None:
    finished = compare(
        *("--rom", hi_rom, "--json", *FEW_PAIRS),
        *("--base", f"a={library(tmp_path / 'a', 'one engine')}"),
        *("--head", f"b={library(tmp_path / 'b', 'another engine')}"),
    )
    (row,) = json.loads(finished.stdout)["rows"]
    assert row["reason"] != "the machine code is the same"
    assert row["first"]["units"] == 12


def test_what_a_host_started_ends_with_it(tmp_path: Path, hi_rom: Path) -> None:
    command = f'{sys.executable} {FAULTY_HOST} "hangs at run"; true'
    (tmp_path / "host").mkdir()
    folder = folder_with_host(tmp_path / "host", "sh", "-c", command)
    dispatchbench("verify", "--library", folder, "--rom", hi_rom, "--time-out", "2")
    assert not any(b"hangs at run" in words for words in command_lines())


def command_lines() -> list[bytes]:
    """Of every process that runs."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # It may have ended meanwhile.
            lines.append(path.read_bytes())
    return lines
