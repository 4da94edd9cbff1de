"""What tools/count makes of outcomes: the table, counts.json, and the way into a results file."""

from __future__ import annotations

import json
import pathlib
import re

import pytest

from count.counted import Candidate, Counted, Outcome, Session, Task, tasks_of
from count.counts_file import counts_document, merge_into_results
from count.tables import handlers_table, ratios_table
from sampler import Refused
from tool import ToolError
from workload import Workload

WORKLOADS = [Workload(name, b"\0", b"", b"", b"", 0, 100) for name in ("fib", "self_modifying")]
CANDIDATES = [
    Candidate(name, "x", pathlib.Path("x.so"), 0, f"run_{name}", "sha256:0")
    for name in ("switch_loop", "recompiled")
]


def session() -> Session:
    """Two workloads on two backends, of which one refuses one."""

    def outcome(task: Task) -> Outcome:
        if (task.workload.name, task.candidate.backend) == ("self_modifying", "recompiled"):
            return Refused("it writes to its own code")
        return Counted(1000, {"ADD": 600, "LIT": 400})

    tasks = tasks_of(CANDIDATES, WORKLOADS, None)
    return Session("x86_64", "test", CANDIDATES, [(task, outcome(task)) for task in tasks])


def test_a_refused_program_is_said_and_spoils_no_mean() -> None:
    lines = ratios_table(session(), WORKLOADS).splitlines()
    assert [line.split()[-2:] for line in lines[1:4]] == [
        ["10.00", "10.00"],
        ["10.00", "refused"],
        ["10.00", "-"],
    ]
    assert lines[4] == "self_modifying/recompiled/x is refused: it writes to its own code"


BACKENDS = (
    *("switch_loop", "switch_default", "computed_goto", "computed_goto_plain"),
    *("computed_goto_volatile", "computed_goto_extra_jump", "tail_call_outlined", "asm_x86_64"),
)


def many_libraries(workloads: list[Workload]) -> Session:
    """17 libraries of 8 backends, of which the first lacks the last."""
    candidates = [
        Candidate(backend, f"clang-{number}-O3", pathlib.Path("x.so"), 0, "run", "sha256:0")
        for number in range(17)
        for backend in BACKENDS
        if (number, backend) != (0, "asm_x86_64")
    ]
    tasks = tasks_of(candidates, workloads, None)
    outcomes = [(task, Counted(1234567, {})) for task in tasks]
    return Session("x86_64", "test", candidates, outcomes)


def test_the_table_of_17_libraries_and_8_backends_fits_a_page() -> None:
    text = ratios_table(many_libraries(WORKLOADS[:1]), WORKLOADS[:1])
    lines = text.splitlines()
    assert max(map(len, lines)) <= 120 and len(lines) <= 25, text
    assert [line.split()[0] for line in lines[-17:]] == [f"clang-{n}-O3" for n in range(17)]
    assert lines[-17].split()[1:] == ["12345.67"] * 7 + ["-"]
    assert lines[-18].split() == [
        "fib",
        *"loop default goto plain volatile jump outlined 64".split(),
    ]


def test_many_workloads_of_many_libraries_are_their_means() -> None:
    text = ratios_table(many_libraries(WORKLOADS * 10), WORKLOADS * 10)
    lines = text.splitlines()
    assert len(lines) <= 25, text
    assert "geometric mean" in text and lines[-1] == "Each of the 20 workloads: --json FILE."


def test_every_workload_of_two_libraries_is_a_block() -> None:
    session = many_libraries(WORKLOADS)
    two = [each for each in session.candidates if each.library in ("clang-1-O3", "clang-2-O3")]
    lines = ratios_table(
        Session(
            "x86_64", "test", two, [each for each in session.outcomes if each[0].candidate in two]
        ),
        WORKLOADS,
    ).splitlines()
    first_words = [line.split()[0] for line in lines if line[0] != " "]
    libraries = ["clang-1-O3", "clang-2-O3"]
    assert first_words == [
        *("counted:", "fib", *libraries, "self_modifying", *libraries, "geometric", *libraries)
    ]


def test_a_row_that_is_refused_everywhere_is_said_once() -> None:
    one = Candidate("jit", "x", pathlib.Path("x.so"), 0, "run", None)
    tasks = tasks_of([one], WORKLOADS, None)
    refused = Session("x86_64", "test", [one], [(task, Refused("no")) for task in tasks])
    assert ratios_table(refused, WORKLOADS).splitlines()[-1] == (
        "jit/x on 2 workloads is refused: no"
    )


def test_counts_json_holds_rows_and_refusals() -> None:
    document = counts_document(session())
    assert [row["name"] for row in document["rows"]] == [
        "fib/recompiled/x",
        "fib/switch_loop/x",
        "self_modifying/switch_loop/x",
    ]
    assert document["refused"] == [
        {
            "name": "self_modifying/recompiled/x",
            "workload": "self_modifying",
            "backend": "recompiled",
            "library": "x",
            "reason": "it writes to its own code",
        }
    ]


def test_functions_are_listed_over_all_workloads() -> None:
    lines = handlers_table(session()).splitlines()
    assert lines[:3] == [
        "switch_loop/x: functions with the most instructions (counted)",
        "   60.0%  ADD",
        "   40.0%  LIT",
    ]


def test_excluded_functions_are_not_counted() -> None:
    task = Task(CANDIDATES[0], WORKLOADS[0], re.compile("^A"))
    assert task.wanted({"ADD": 1, "LIT": 2}) == {"LIT": 2}


def test_results_without_a_counted_row_are_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"benchmarks": [{"name": "other"}]}))
    with pytest.raises(ToolError, match="none of its rows was counted; counted are fib/recompiled"):
        merge_into_results(session(), path)
    path.write_text("{}")
    with pytest.raises(ToolError, match="not a results file"):
        merge_into_results(session(), path)
