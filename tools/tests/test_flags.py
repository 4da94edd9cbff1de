"""tools/flags: flag sets are probed and not assumed, the halves are disjoint and fixed, and wrong usage is refused at once."""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from flags import building, measuring, profile
from flags.flag_sets import FLAG_SETS, PGO, FlagSet
from flags.halves import Halves, narrowed, split
from flags.offered import Offered, offered
from flags.probing import refusal
from libraries.compiler import Compiler
from tool import ToolError, WrongUsage
from tool_under_test import HARNESS, REPOSITORY, run_tool
from workload import WORKLOADS, load_workload, workload_names

PATHS = [str(REPOSITORY / folder) for folder in ("tools/python", "reports", "backends/isa")]
COMPILERS = {"clang": "clang++-19", "g++": "g++-12"}


def compiler(family: str) -> Compiler:
    """One of the two default compilers."""
    program = shutil.which(COMPILERS[family])
    if program is None:
        pytest.skip(f"{COMPILERS[family]} is not installed")
    return Compiler(f"{family}-0", family, "0.0.0", pathlib.Path(program), "PATH", "")


@pytest.mark.parametrize("family", ["clang", "g++"])
def test_the_default_compilers_take_every_set(family: str) -> None:
    found = offered(compiler(family), FLAG_SETS)
    assert {each.flag_set.label: each.refused for each in found} == {
        flag_set.label: None for flag_set in FLAG_SETS
    }


@pytest.mark.parametrize("family", ["clang", "g++"])
def test_a_compiler_that_refuses_flags_says_why(family: str) -> None:
    path = compiler(family).path
    assert "unheard-of" in (refusal(path, ["-funheard-of"]) or "")
    assert refusal(path, []) is None


def test_a_flag_that_is_ignored_with_a_warning_counts_as_refused() -> None:
    assert "falign-jumps" in (refusal(compiler("clang").path, ["-falign-jumps=16"]) or "")


def test_labels_are_unique_and_can_be_labels_of_libraries() -> None:
    labels = [flag_set.label for flag_set in FLAG_SETS]
    assert len(set(labels)) == len(labels)
    assert all(re.fullmatch(r"[A-Za-z0-9][\w.+-]*", label) for label in labels)


def test_the_halves_are_disjoint_and_the_same_for_the_same_seed() -> None:
    names = workload_names()
    halves = split(names, 13)
    assert sorted((*halves.training, *halves.measured)) == names
    assert abs(len(halves.training) - len(halves.measured)) <= 1
    assert split(list(reversed(names)), 13) == halves
    assert split(names, 14) != halves
    with pytest.raises(WrongUsage, match="expected 2 or more"):
        split(["fib"], 13)


def test_a_workload_that_trains_is_never_measured() -> None:
    halves = Halves(("fib",), ("crc32", "tak"))
    assert narrowed(halves, re.compile("tak|fib")) == Halves(("fib",), ("tak",))
    with pytest.raises(WrongUsage, match="matches none of those that are measured, crc32, tak"):
        narrowed(halves, re.compile("fib"))


def test_a_profile_is_written_as_serve_ends_and_its_name_changes_with_it(
    tmp_path: pathlib.Path,
) -> None:
    built = tmp_path / "g++-0-training"
    library = instrumented_library(built)
    raw = tmp_path / "training/raw"
    raw.mkdir(parents=True)
    profile._train(library, raw, HARNESS, [])
    assert [path.name for path in raw.rglob("*.gcda")] == ["library.gcda"]
    first = profile._digest(raw.rglob("*.gcda"))
    next(raw.rglob("*.gcda")).write_bytes(b"another")
    assert profile._digest(raw.rglob("*.gcda")) != first


def instrumented_library(folder: pathlib.Path) -> pathlib.Path:
    """A backend library that counts what it executes: small, so that it is built at once."""
    folder.mkdir()
    source = folder / "library.cpp"
    source.write_text(
        """
#include "abi.h"
static void run(DispatchbenchMachine*) noexcept {}
static const DispatchbenchBackend backends[] = {
    {"nothing", "nothing", "nothing", "does nothing", "any", nullptr, run, nullptr, nullptr, 0, 0}};
static const DispatchbenchLibrary library = {
    DISPATCHBENCH_ABI_VERSION, sizeof(DispatchbenchLibrary), sizeof(DispatchbenchBackend), sizeof(DispatchbenchMachine),
    "nothing", "native", "c++", "gcc", "0", "", "x86_64", backends, nullptr, 1, 0};
extern "C" const DispatchbenchLibrary* dispatchbench_library() noexcept { return &library; }
"""
    )
    program = compiler("g++").path
    flags = ["-std=c++20", "-fPIC", "-fprofile-generate", f"-I{REPOSITORY}/backends"]
    for step in (
        [*flags, "-c", "library.cpp", "-o", "library.o"],
        ["-shared", "-fprofile-generate", "library.o", "-o", "library.so"],
    ):
        subprocess.run([str(program), *step], cwd=folder, check=True)
    return folder / "library.so"


def test_a_backend_that_is_wrong_when_instrumented_gives_no_profile(
    tmp_path: pathlib.Path,
) -> None:
    library = instrumented_library(tmp_path / "built")
    workload = load_workload(WORKLOADS / "fib")
    with pytest.raises(ToolError, match="instrumented, nothing is wrong on fib"):
        profile._train(library, tmp_path, HARNESS, [workload])


def test_what_is_missing_is_added_to_the_results_with_the_reason(tmp_path: pathlib.Path) -> None:
    results = tmp_path / "results.json"
    results.write_text('{"context": {"dispatchbench": {}}, "benchmarks": []}')
    refused = Offered(compiler("g++"), FLAG_SETS[0], (), "unknown argument")
    about = measuring.facts(Halves(("fib",), ("tak",)), 13, [refused])
    measuring._add(results, about)
    written = json.loads(results.read_text())["context"]["dispatchbench"]["flags"]
    assert written["missing"] == [
        {"compiler": "g++-0", "label": "frame-pointers", "reason": "unknown argument"}
    ]
    assert (written["training"], written["measured"], written["seed"]) == (["fib"], ["tak"], 13)


STAND_IN = """#!/bin/bash
# Stands for dispatchbench run: it lasts until it is asked to end, and then keeps its results.
trap 'echo "{\\"context\\": {\\"dispatchbench\\": {}}}" > "${@: -1}"; exit 143' TERM
touch started
while :; do sleep 0.05; done
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_measurement_keeps_what_is_complete(
    tmp_path: pathlib.Path, number: int, code: int
) -> None:
    stand_in = tmp_path / "run"
    stand_in.write_text(STAND_IN)
    stand_in.chmod(0o755)
    work = (
        f"import pathlib, sys; sys.path[:0] = {PATHS!r}\n"
        "from flags.measuring import measure; from tool import exit_code_of\n"
        "results = pathlib.Path('results.json')\n"
        "work = lambda: measure(['./run'], results, {'schema': 1})\n"
        "sys.exit(exit_code_of('tools/flags', work))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", work], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as process:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == code, said
    assert "what was measured is in results.json" in said
    written = json.loads((tmp_path / "results.json").read_text())
    assert written["context"]["dispatchbench"]["flags"] == {"schema": 1}


def test_a_measurement_that_leaves_no_results_is_a_failure(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ToolError, match="nothing was measured"):
        measuring.measure(["/bin/false"], tmp_path / "results.json", {})


def test_the_plan_builds_nothing_and_names_both_halves(tmp_path: pathlib.Path) -> None:
    compiler("g++")
    planned = run_tool(
        "tools/bench", "--flags", "--plan", "--compiler", r"g\+\+-12", "--set", "O3|pgo",
        "--build", tmp_path / "flags",
    )  # fmt: skip
    assert planned.returncode == 0, planned.stderr
    assert "trained with: " in planned.stdout and "measured: " in planned.stdout
    assert "3 libraries to build" in planned.stdout
    assert not (tmp_path / "flags").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--compiler", "tcc"], 2, "--compiler tcc: matches none of"),
        (["--set", "O9"], 2, "--set O9: matches none of frame-pointers, "),
        (["--backend", "a{2}"], 2, "expected a regular expression of names"),
        (["--workload", "no_such"], 2, "matches none of those that are measured"),
        (["--compiler", "("], 2, "is no regular expression"),
        (["--processes", "1"], 2, "expected a whole number from 2"),
        (["--output", "no/folder/r.json"], 1, "there is no folder"),
        (["--unheard-of"], 2, "unrecognized arguments: --unheard-of"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_built(
    arguments: list[str], code: int, words: str
) -> None:
    refused = run_tool("tools/flags", *arguments)
    assert (refused.returncode, refused.stdout) == (code, "")
    assert words in refused.stderr


def test_a_set_without_a_profile_is_missing_with_the_reason(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> tuple[str, ...]:
        raise ToolError("the instrumented library can't be built: crash\nand more")

    monkeypatch.setattr(building, "profile_flags", refuse)
    pgo: FlagSet = next(flag_set for flag_set in FLAG_SETS if flag_set.label == PGO)
    each = Offered(compiler("g++"), pgo, pgo.gcc, None)
    found = building._with_profile(each, tmp_path, HARNESS, ["fib"], "switch_loop", 1)
    assert found == replace(each, refused="the instrumented library can't be built: crash")
