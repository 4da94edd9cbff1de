"""The command line from outside: what bad input is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from program import (
    FAULTY,
    LIBRARY,
    NO_BACKENDS,
    OTHER_ABI,
    ROOT,
    dispatchbench,
    quick_run,
    refused,
)


def copy_workload(folder: Path, **changes: Any) -> Path:
    """A folder with the workload tak, whose description has `changes`; None removes a field."""
    shutil.copytree(ROOT / "workloads" / "tak", folder / "tak")
    file = folder / "tak" / "workload.json"
    description = json.loads(file.read_text())
    description.update(changes)
    file.write_text(
        json.dumps({key: value for key, value in description.items() if value is not None})
    )
    return folder


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--workload", "nothing_is_named_so"], ["matches none", "fib"]),
        (["run", "--backend", "nothing_is_named_so"], ["matches no backend", "switch_loop"]),
        (["run", "--benchmark_filter=nothing_is_named_so"], ["matches none"]),
        (["verify", "--workload", "("], ["--workload (", "regular expression"]),
        (["verify", "--library", "a="], ["LABEL=PATH"]),
        (["verify", "--library", f"a/b={LIBRARY}"], ["slash"]),
        (["verify", "--library", f"a={LIBRARY}", "--library", f"a={FAULTY}"], ["already taken"]),
        (["verify", "--input", "x"], ["--rom"]),
        (["profile", "--rom", "x", "--workload", "fib"], ["--rom", "--workload"]),
        (["verify", "--arg", "x"], ["--arg", "--rom"]),
        (["verify", "--frames", "3"], ["--frames", "--rom"]),
        (["verify", "--frames", "-1"], ["--frames", "whole number from 0"]),
        (["verify", "--time-out", "0"], ["--time-out", '"0"', "whole number from 1 to 1000000"]),
        (["verify", "--time-out", "1.5"], ["--time-out", '"1.5"', "whole number from 1"]),
        (["profile", "--top", "none"], ["--top", "whole number from 1"]),
        (["profile", "--output-file", "x"], ["--output-file", "20 programs", "--rom"]),
        (["run", "--plan", "--cpu", "1000000"], ["--cpu 1000000", "expected one of", "--no-pin"]),
        (["run", "--fast", "--rigorous"], ["--fast", "--rigorous"]),
        (["run", "--processes", "1"], ["--processes"]),
        (["unheard_of"], []),
        ([], []),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], words: list[str]) -> None:
    refused(dispatchbench(*arguments), 2, *words)


def test_a_missing_rom_is_named(tmp_path: Path) -> None:
    refused(
        dispatchbench("profile", "--rom", tmp_path / "none.rom"), 1, "none.rom", "can't be read"
    )


def test_workloads_are_named_in_alphabetical_order() -> None:
    finished = dispatchbench("verify", "--workload", "nothing_is_named_so")
    names = finished.stderr.split("there are:")[1].split()
    assert len(names) == 20
    assert names == sorted(names)


@pytest.mark.parametrize(("size", "words"), [(0, "is empty"), (65281, "has 65281 bytes")])
def test_a_rom_of_impossible_size_is_refused(size: int, words: str, tmp_path: Path) -> None:
    rom = tmp_path / "bad.rom"
    rom.write_bytes(bytes(size))
    refused(quick_run(tmp_path / "r.json", "--rom", rom), 1, "bad.rom", words, "1 to 65280 bytes")


def test_the_largest_rom_is_accepted(tmp_path: Path) -> None:
    rom = tmp_path / "large.rom"
    rom.write_bytes(bytes(65280))
    assert dispatchbench("verify", "--rom", rom).returncode == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expected_output": None}, ['"expected_output" is missing']),
        ({"instructions": "many"}, ['"instructions" is "many"', "expected the number"]),
        ({"instructions": -1}, ['"instructions" is -1']),
        ({"instructions": 1}, ["tak", "instructions", '"1"']),
        ({"expected_output": "other"}, ["tak", "output", '"other"']),
        ({"expected_exit_code": 3}, ["exit code"]),
        ({"input": "\u20ac"}, ["U+00FF"]),
        ({"name": "other"}, ['"name" is "other"', "tak"]),
        ({"arguments": "x"}, ['"arguments" is "x"', "a list of strings"]),
        ({"arguments": ["\u20ac"]}, ['"arguments"', "U+00FF"]),
        ({"frames": -1}, ['"frames" is -1', "whole number"]),
        ({"argument": ["x"]}, ['"argument"', "is none that a workload has", "arguments"]),
        ({"schema": 2}, ['"schema" is 2', "expected 1"]),
    ],
)
def test_a_malformed_workload_is_named_with_its_field(
    changes: dict[str, Any], words: list[str], tmp_path: Path
) -> None:
    refused(dispatchbench("verify", "--workloads", copy_workload(tmp_path, **changes)), 1, *words)


def test_a_workload_that_is_no_json_is_named(tmp_path: Path) -> None:
    folder = copy_workload(tmp_path)
    (folder / "tak" / "workload.json").write_text("{")
    refused(dispatchbench("list", "--workloads", folder), 1, "workload.json", "isn't valid JSON")


def test_a_library_that_is_missing_is_named(tmp_path: Path) -> None:
    refused(
        dispatchbench("verify", "--library", tmp_path / "none.so"), 1, "none.so", "can't be loaded"
    )


def test_a_library_that_is_no_shared_object_is_named() -> None:
    refused(dispatchbench("verify", "--library", ROOT / "LICENSE"), 1, "LICENSE", "can't be loaded")


def test_a_library_of_another_abi_version_is_named() -> None:
    refused(
        dispatchbench("list", "--library", OTHER_ABI), 1, OTHER_ABI, "ABI version 4711; expected 2"
    )


def test_a_shared_object_without_backends_is_named() -> None:
    refused(
        dispatchbench("verify", "--library", NO_BACKENDS),
        1,
        NO_BACKENDS,
        "exports no dispatchbench_library",
    )


@pytest.mark.parametrize("output", ["no/such/folder/r.json", "."])
def test_an_unwritable_output_is_refused_before_measuring(output: str, tmp_path: Path) -> None:
    refused(quick_run(tmp_path / output, "--workload", "^tak$"), 1, "can't be written", "--output")
    assert list(tmp_path.iterdir()) == []


def test_an_older_results_file_survives_a_failing_run(tmp_path: Path) -> None:
    output = tmp_path / "r.json"
    output.write_text("precious")
    assert (
        quick_run(
            output, "--library", FAULTY, "--backend", "^crashes$", "--workload", "^tak$"
        ).returncode
        == 1
    )
    assert output.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [output]
