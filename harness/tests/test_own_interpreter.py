"""Somebody's own interpreter, in C and outside the tree: built against abi.h alone, verified, measured, compared."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from program import FEW_PAIRS, LIBRARY, ROOT, compare, dispatchbench, measures

C_COMPILER = [word for word in os.environ["DISPATCHBENCH_C_COMPILER"].split(";") if word]


@pytest.fixture(scope="module")
def own_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library, compiled in a folder that has nothing of the project but the header."""
    folder = tmp_path_factory.mktemp("own")
    shutil.copyfile(ROOT / "backends" / "abi.h", folder / "abi.h")
    shutil.copyfile(Path(__file__).with_name("own_interpreter.c"), folder / "own_interpreter.c")
    library = folder / "own.so"
    subprocess.run(
        [
            *C_COMPILER,
            *("-std=c11", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror"),
            *("-fPIC", "-shared", "own_interpreter.c", "-o", library),
        ],
        cwd=folder,
        check=True,
    )
    return library


def test_it_says_what_it_is(own_library: Path) -> None:
    document = json.loads(dispatchbench("list", "--json", "--library", own_library).stdout)
    (library,) = document["libraries"]
    assert (library["label"], library["language"], library["host"]) == ("own", "c", "native")
    (backend,) = library["backends"]
    assert (backend["name"], backend["dispatch"]) == ("plain_c", "switch")


def test_every_workload_is_verified_on_it(own_library: Path) -> None:
    finished = dispatchbench("verify", "--library", own_library)
    assert finished.returncode == 0, finished.stdout
    assert "ok    plain_c/own: " in finished.stdout
    assert finished.stdout.count("/plain_c/own\n") == len(
        list((ROOT / "workloads").glob("*/workload.json"))
    )


@measures
def test_it_is_measured_against_a_backend_of_ours(own_library: Path, tmp_path: Path) -> None:
    output = tmp_path / "results.json"
    finished = dispatchbench(
        *("run", "--processes", "2", "--repetitions", "2", "--output", output),
        *("--workload", "^(tak|fib)$", "--library", f"ours={LIBRARY}", "--library", own_library),
        *("--backend", "^(switch_loop|plain_c)$"),
    )
    assert finished.returncode == 0, finished.stderr
    assert "time relative to switch_loop/ours" in finished.stdout
    assert {row["name"] for row in json.loads(output.read_text())["benchmarks"]} == {
        f"{workload}/{competitor}"
        for workload in ("fib", "tak")
        for competitor in ("switch_loop/ours", "plain_c/own")
    }


@measures
def test_it_is_compared_with_a_backend_of_ours(own_library: Path) -> None:
    finished = compare(
        *("--base", f"ours={LIBRARY}", "--base-backend", "switch_loop"),
        *("--head", f"own={own_library}", "--head-backend", "plain_c"),
        *("--workload", "^tak$", "--json", *FEW_PAIRS),
    )
    assert finished.returncode in (0, 3), finished.stdout + finished.stderr
    (row,) = json.loads(finished.stdout)["rows"]
    assert row["name"] == "tak/plain_c:switch_loop"
    assert row["first"]["units"] == 12, "whatever the verdict on this machine today"
