"""verify --json: a verdict on each backend, whatever becomes of the others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from program import FAULTY, LIBRARY, NO_BACKENDS, OTHER_ABI, dispatchbench, refused

THREE = ("--workload", "^(fib|sieve|tak)$", "--time-out", "2")
QUICK = ("--workload", "^(fib|tak)$", "--time-out", "2")


def verified(code: int, *arguments: str | Path) -> list[dict[str, Any]]:
    """The libraries of the document."""
    finished = dispatchbench("verify", "--json", *arguments)
    assert finished.returncode == code, finished.stdout + finished.stderr
    document = json.loads(finished.stdout)
    assert document["schema"] == 1
    libraries: list[dict[str, Any]] = document["libraries"]
    return libraries


def right(name: str) -> dict[str, Any]:
    """The verdict on a backend that is right and refuses nothing."""
    return {"name": name, "correct": True, "reason": None, "where": None, "refused": []}


def test_a_backend_that_crashes_hangs_or_is_wrong_is_a_row_and_the_others_go_on() -> None:
    ours, faulty = verified(1, "--library", LIBRARY, "--library", FAULTY, *QUICK)
    assert all(each["correct"] for each in ours["backends"])
    assert ours["problem"] is None and ours["build"] is None and ours["compiler"]
    found = {each["name"]: each for each in faulty["backends"]}
    where = {name: each["where"] for name, each in found.items() if not each["correct"]}
    assert where == {
        "wrong_result": "workload fib",
        "crashes": "workload fib",
        "hangs": "workload fib",
        "right_once": "workload fib",
        "wrong_in_a_case": "vectors",
        "hangs_in_a_case": "vectors",
        "leaves_a_stack": "vectors",
    }
    assert "signal 9" in found["crashes"]["reason"]
    assert "didn't end within" in found["hangs"]["reason"]
    assert "memory at fedc" in found["wrong_result"]["reason"]
    for name in ("correct", "prepares", "pauses", "spoiled", "on_request"):
        assert found[name] == right(name)


def test_a_backend_that_refuses_everything_is_neither_right_nor_wrong() -> None:
    (faulty,) = verified(0, "--library", FAULTY, "--backend", "refuses|correct", *QUICK)
    assert [each["name"] for each in faulty["backends"]] == ["correct"]
    reasons = {each["name"]: each["reason"] for each in faulty["unavailable"]}
    assert reasons["refuses"] == "it refuses every program: it rewrites its own code"
    assert reasons["imaginary"] == "needs a compiler that doesn't exist"


def test_programs_that_a_backend_refuses_are_listed_with_the_reason_once() -> None:
    # It runs two cases and the first two runs of a process: fib, twice.
    (faulty,) = verified(0, "--library", FAULTY, "--backend", "^refuses_later$", *THREE)
    (found,) = faulty["backends"]
    assert found == {
        **right("refuses_later"),
        "refused": [{"reason": "caf\ufffd: it has had enough", "workloads": ["sieve", "tak"]}],
    }


def test_a_library_that_cannot_be_loaded_is_a_row() -> None:
    libraries = verified(
        1,
        *("--library", f"old={OTHER_ABI}", "--library", NO_BACKENDS, "--library", FAULTY),
        *("--backend", "correct", *QUICK),
    )
    problems = {each["label"]: each["problem"] for each in libraries}
    assert list(problems) == ["faulty", "old", "libno_backends"]
    assert problems["faulty"] is None
    assert "has ABI version 4711" in problems["old"]
    assert "exports no dispatchbench_library" in problems["libno_backends"]
    assert all(each["backends"] == [] for each in libraries[1:])


def test_seventeen_libraries_with_a_faulty_one_among_them(tmp_path: Path) -> None:
    library = shutil.copy(LIBRARY, tmp_path / "one.so")
    many = [word for n in range(16) for word in ("--library", f"clang-{n}={library}")]
    libraries = verified(
        1,
        *(*many[:16], "--library", f"broken={FAULTY}", *many[16:]),
        *("--workload", "^tak$", "--backend", "switch_loop|tail_call|crashes|correct"),
    )
    assert len(libraries) == 17
    wrong = [
        f"{each['label']}/{backend['name']}"
        for each in libraries
        for backend in each["backends"]
        if not backend["correct"]
    ]
    assert wrong == ["broken/crashes"]
    assert all(len(each["backends"]) == 2 for each in libraries)


def test_wrong_usage_is_refused() -> None:
    refused(dispatchbench("verify", "--json", "--codegen"), 2, "can't be combined")
    refused(dispatchbench("verify", "--json", "--backend", "nothing"), 2, "--backend nothing")
