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
