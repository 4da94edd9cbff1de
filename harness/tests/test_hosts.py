"""A library whose host isn't native: a stand-in in Python that speaks the sampling protocol and runs a plain model."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from program import FEW_PAIRS, LIBRARY, LOOP_ROM, ROOT, dispatchbench, measures, refused
from test_command_line import HI_ROM

STAND_IN = ROOT / "tools" / "tests" / "standin_host.py"


def folder_with_host(folder: Path, *command: str) -> Path:
    """A folder whose one library is run by that command."""
    (folder / "model.txt").write_text("the model needs no file\n")
    (folder / "libraries.json").write_text(
        json.dumps(
            {
                "schema": 1,
                "libraries": [{"file": "model.txt", "label": "model", "host": list(command)}],
            }
        )
    )
    return folder


@pytest.fixture
def standin(tmp_path: Path) -> Path:
    return folder_with_host(tmp_path, sys.executable, str(STAND_IN))


@pytest.fixture
def hi_rom(tmp_path: Path) -> Path:
    rom = tmp_path / "hi.rom"
    rom.write_bytes(HI_ROM)
    return rom


def test_it_is_listed_with_its_host_and_language(standin: Path) -> None:
    finished = dispatchbench("list", "--json", "--library", standin)
    (library,) = json.loads(finished.stdout)["libraries"]
    assert (library["label"], library["host"], library["language"]) == ("model", "python", "python")


def test_it_is_verified_beside_a_native_library(standin: Path, hi_rom: Path) -> None:
    finished = dispatchbench("verify", "--library", standin, "--library", LIBRARY, "--rom", hi_rom)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "ok    hi/python_model/model" in finished.stdout
    assert "ok    hi/switch_loop/" in finished.stdout


@measures
def test_it_is_measured_and_compared_with_a_native_backend(
    standin: Path, hi_rom: Path, tmp_path: Path
) -> None:
    output = tmp_path / "results.json"
    loop_rom = tmp_path / "loop.rom"
    loop_rom.write_bytes(LOOP_ROM)
    finished = dispatchbench(
        *("run", "--processes", "2", "--repetitions", "2", "--output", output, "--rom", loop_rom),
        *("--library", f"ours={LIBRARY}", "--library", standin),
        *("--backend", "^(switch_loop|python_model)$"),
    )
    assert finished.returncode == 0, finished.stderr
    assert "time relative to switch_loop/ours" in finished.stdout
    document = json.loads(output.read_text())
    rows = [row for row in document["benchmarks"] if row["backend"] == "python_model"]
    assert [row["process"] for row in rows if row["attempt"] == 0] == [0, 0, 1, 1]
    assert document["context"]["dispatchbench"]["libraries"][1]["host"] == "python"
    compared = dispatchbench(
        *("compare", "--rom", hi_rom, "--json", *FEW_PAIRS),
        *("--base", f"ours={LIBRARY}", "--base-backend", "switch_loop"),
        *("--head", f"model={standin}", "--head-backend", "python_model"),
    )
    assert compared.returncode in (0, 3), compared.stderr
    (row,) = json.loads(compared.stdout)["rows"]
    assert row["first"]["units"] == 12


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("", "exited with code 0"),
        ("import sys; sys.exit(3)", "exited with code 3"),
        ("input(); print('hello', flush=True); input()", "expected a JSON object"),
        ("input(); print('{}', flush=True); input()", "isn't as harness/sampling/protocol.h says"),
        ("""input(); print('{"error": "no such engine"}', flush=True)""", "no such engine"),
    ],
)
def test_a_host_that_doesn_t_speak_the_protocol_is_named(
    script: str, words: str, tmp_path: Path
) -> None:
    folder = folder_with_host(tmp_path, sys.executable, "-c", script)
    refused(dispatchbench("list", "--library", folder), 1, words)


def test_a_host_that_isn_t_there_is_a_failure(tmp_path: Path) -> None:
    folder = folder_with_host(tmp_path, "no-such-program")
    refused(dispatchbench("list", "--library", folder), 1, "model.txt", "exited with code 127")
