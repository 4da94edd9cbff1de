"""The check before any workload: what it finds and says, what it remembers, and what it asks of the files around it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from program import EMULATOR, FAULTY, LIBRARY, PROGRAM, dispatchbench, refused
from test_hosts import STAND_IN, folder_with_host

everywhere_the_same = pytest.mark.skipif(
    bool(EMULATOR), reason="the processor makes no difference, and an emulated check takes seconds"
)
# How many of each: case_list_test.cpp.
COUNTS = r"\d+,\d{3} opcode vectors, (4,000|500) random programs"


def check(
    backend: str, *arguments: str, library: str | Path = FAULTY
) -> subprocess.CompletedProcess[str]:
    return dispatchbench(
        *("verify", "--library", library, "--workload", "^tak$", "--backend", f"^{backend}$"),
        *arguments,
    )


def test_a_wrong_case_is_named_with_the_field_what_was_found_and_what_was_expected() -> None:
    finished = check("wrong_in_a_case")
    assert finished.returncode == 1
    assert re.search(
        r'WRONG wrong_in_a_case/faulty: opcode vector "[^"]+": memory at fedc: found \w\w, expected \w\w; '
        r"it started with .* wst ff: .*\([\d,]+ of [\d,]+ cases went wrong\)",
        finished.stdout,
    ), finished.stdout


def test_a_case_that_hangs_costs_one_time_out() -> None:
    finished = check("(hangs_in_a_case|correct)", "--time-out", "1", "--no-cache")
    assert re.search(
        r'WRONG hangs_in_a_case/faulty: opcode vector "[^"]+": the process that ran it didn\'t end within 1 s '
        r"\(1 of [\d,]+ cases went wrong, and the rest wasn\'t run\)",
        finished.stdout,
    ), finished.stdout
    assert re.search(rf"ok    correct/faulty: {COUNTS}\n", finished.stdout)
    assert "tak/hangs_in_a_case" not in finished.stdout


def test_one_byte_behind_a_stack_is_a_crash() -> None:
    finished = check("leaves_a_stack")
    assert finished.returncode == 1
    assert re.search(
        r'WRONG leaves_a_stack/faulty: opcode vector "[^"]+": the process that ran it (was ended by|exited)',
        finished.stdout,
    ), finished.stdout


def test_a_backend_that_refuses_all_cases_has_not_passed() -> None:
    found = check("^refuses$").stdout
    assert re.search(rf"^refused refuses/faulty: all {COUNTS}$", found, re.M), found


def test_cases_that_a_backend_refuses_are_counted() -> None:
    found = check("^refuses_later$").stdout
    assert re.search(
        rf"^ok    refuses_later/faulty: {COUNTS}, of which \d+,\d{{3}} were refused", found, re.M
    ), found


def test_what_was_made_of_a_case_is_released_before_the_next() -> None:
    assert re.search(
        rf"ok    (prepares|pauses)/faulty: {COUNTS}", check("(prepares|pauses)").stdout
    )


def test_quiet_says_only_what_is_wrong() -> None:
    finished = check("(correct|wrong_in_a_case)", "--quiet")
    assert [line.split(":")[0] for line in finished.stdout.splitlines()][:-2] == [
        "WRONG wrong_in_a_case/faulty"
    ]


# ---- The cache


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@everywhere_the_same
def test_a_pass_is_remembered_unless_told_not_to(own_cache: Path) -> None:
    assert "passed before" not in check("correct").stdout
    assert re.search(rf"ok    correct/faulty: {COUNTS} \(passed before\)", check("correct").stdout)
    assert "passed before" not in check("correct", "--no-cache").stdout


@everywhere_the_same
def test_a_failure_is_not_remembered(own_cache: Path) -> None:
    assert check("wrong_in_a_case").stdout == check("wrong_in_a_case").stdout
    assert not own_cache.exists()


@everywhere_the_same
def test_one_changed_byte_of_a_library_is_checked_again(own_cache: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.so"
    shutil.copy(FAULTY, copy)
    check("correct")
    assert (
        "passed before" in check("correct", library=copy).stdout
    ), "the content counts, not the path"
    content = copy.read_bytes()
    at = content.index(b"dies at once in a program")
    copy.write_bytes(content[:at] + b"D" + content[at + 1 :])
    assert "passed before" not in check("correct", library=copy).stdout


@everywhere_the_same
def test_an_unwritable_or_spoiled_cache_does_no_harm(own_cache: Path) -> None:
    own_cache.write_text("no folder")
    assert check("correct").returncode == 0
    own_cache.unlink()
    check("correct")
    (entry,) = (own_cache / "dispatchbench" / "checked").iterdir()
    entry.write_text('{"passed": 7}')
    finished = check("correct")
    assert finished.returncode == 0 and "passed before" not in finished.stdout
    assert "passed before" in check("correct").stdout


# ---- Hosts and files


@pytest.fixture
def hi_rom(tmp_path: Path) -> Path:
    rom = tmp_path / "hi.rom"
    rom.write_bytes(bytes.fromhex("806880181700"))
    return rom


def test_a_host_that_cannot_run_vectors_is_named_in_a_line(tmp_path: Path, hi_rom: Path) -> None:
    folder = folder_with_host(tmp_path, sys.executable, str(STAND_IN))
    finished = dispatchbench("verify", "--library", folder, "--rom", hi_rom)
    assert finished.returncode == 0
    assert (
        "note  library model: its host can't run opcode vectors; only the workloads were checked\n"
        in finished.stdout
    )


@everywhere_the_same
def test_a_host_that_can_is_checked(tmp_path: Path, hi_rom: Path) -> None:
    folder = folder_with_host(tmp_path, sys.executable, str(STAND_IN), "--checks")
    finished = dispatchbench("verify", "--library", folder, "--rom", hi_rom)
    assert finished.returncode == 0, finished.stdout
    assert re.search(rf"ok    python_model/model: {COUNTS}\n", finished.stdout)


@pytest.mark.skipif(bool(EMULATOR), reason="the copied program would need the emulator's own path")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "expected the opcode vectors that are built beside this program"),
        ("", "holds no opcode vector"),
        ('{"name": "x"}\n', "line 1 is no opcode vector"),
    ],
)
def test_missing_vectors_are_said_with_the_remedy(
    content: str | None, words: str, tmp_path: Path, hi_rom: Path
) -> None:
    shutil.copy(PROGRAM, tmp_path / "dispatchbench")
    vectors = tmp_path / "dispatchbench_vectors.jsonl"
    if content is not None:
        vectors.write_text(content)
    finished = subprocess.run(
        [tmp_path / "dispatchbench", "verify", "--no-cache", "--library", LIBRARY, "--rom", hi_rom],
        capture_output=True,
        text=True,
        check=False,
    )
    refused(finished, 1, str(vectors), words, "build")
