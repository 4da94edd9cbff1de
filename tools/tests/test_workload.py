"""Reading workloads: all of the tree's, and broken ones are named."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re

import pytest

from tool import ToolError
from workload import (
    WORKLOADS,
    Workload,
    load_workload,
    load_workloads,
    workload_fields,
    workload_names,
)


def test_all_workloads_can_be_read() -> None:
    workloads = load_workloads()
    assert [workload.name for workload in workloads] == workload_names()
    assert {"fib", "every_opcode"} <= set(workload_names())
    assert all(workload.instructions > 0 for workload in workloads)


def test_a_result_that_differs_is_named() -> None:
    workload = Workload("x", b"\0", b"", b"out", b"err", 3, 1)
    assert workload.difference(b"out", b"err", 3) is None
    assert workload.difference(b"other", b"err", 3) == (
        "wrong output: expected b'out', found b'other'"
    )
    assert workload.difference(b"out", b"", 3) == "wrong error output: expected b'err', found b''"
    assert workload.difference(b"out", b"err", 0) == "wrong exit code: expected 3, found 0"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expected_output": None}, "the field 'expected_output' is missing"),
        ({"rom": b""}, "0 bytes; expected 1 to 65280"),
    ],
)
def test_a_broken_workload_is_named(
    tmp_path: pathlib.Path, change: dict[str, object], message: str
) -> None:
    fields: dict[str, object] = {
        field.name: ""
        for field in dataclasses.fields(Workload)
        if field.name not in ("rom", "arguments", "frames")
    }
    fields["name"] = "broken"
    for name, value in change.items():
        if value is None:
            del fields[name]
    (tmp_path / "workload.json").write_text(json.dumps(fields))
    (tmp_path / "broken.rom").write_bytes(b"" if "rom" in change else b"\0")
    with pytest.raises(ToolError, match=re.escape(message)):
        load_workload(tmp_path)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ((), 60)),
        ({"arguments": ["a", "\u00ff"], "frames": 3}, ((b"a", b"\xff"), 3)),
    ],
)
def test_arguments_and_frames_are_read_and_have_defaults(
    tmp_path: pathlib.Path, changes: dict[str, object], expected: tuple[object, object]
) -> None:
    fields = workload_fields(WORKLOADS / "tak") | changes
    (tmp_path / "workload.json").write_text(json.dumps(fields))
    (tmp_path / "tak.rom").write_bytes(b"\0")
    workload = load_workload(tmp_path)
    assert (workload.arguments, workload.frames) == expected


def test_a_workload_json_that_is_no_json_is_named_with_its_line(tmp_path: pathlib.Path) -> None:
    (tmp_path / "workload.json").write_text('{\n"name"\n}')
    with pytest.raises(ToolError, match=r"workload\.json:3: not JSON"):
        load_workload(tmp_path)
