"""tools/audit of WebAssembly modules."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from audit.module_audit import module_technique
from tool_under_test import run_tool
from wasm.building import MODULE


pytest_plugins = ["wasm_modules"]


@pytest.fixture(name="audit", scope="module")
def audit_beside_the_module(modules: pathlib.Path) -> dict[str, Any]:
    """What the build wrote."""
    found: dict[str, Any] = json.loads((modules / MODULE).with_suffix(".audit.json").read_text())
    return found


def test_the_build_audits_the_module_and_every_backend_is_as_expected(
    audit: dict[str, Any],
) -> None:
    wrong = [name for name, backend in audit["backends"].items() if not backend["as_expected"]]
    assert not wrong
    assert audit["backends"]["switch_loop"]["label"] == "merged (1 br_table)"
    tail_calls = "tail calls guaranteed (return_call_indirect)"
    assert audit["backends"]["tail_call"]["label"] == tail_calls
    assert audit["backends"]["tail_call_typed"]["label"].endswith(", typed table)")
    assert audit["backends"]["call_table"]["effective_technique"] == "calls"


def test_handlers_of_tail_calls_keep_the_state_in_parameters(audit: dict[str, Any]) -> None:
    for name in ("tail_call", "tail_call_typed", "tail_call_ref", "tail_call_outlined"):
        handlers = audit["handlers"][name]
        assert len(handlers) == 256
        assert {handler["parameters"] for handler in handlers.values()} == {5}, name
        call = "return_call_ref" if name == "tail_call_ref" else "return_call_indirect"
        assert handlers["ADD"][call] == 1
        assert not any(handler["stack_pointer"] for handler in handlers.values()), name


def test_large_bodies_are_called_through_the_table(audit: dict[str, Any]) -> None:
    inline, outlined = audit["handlers"]["tail_call"], audit["handlers"]["tail_call_outlined"]
    # Not by size: the addresses of the tables, which differ, take as many bytes as they have digits.
    moved = {
        name for name in inline if inline[name]["instructions"] != outlined[name]["instructions"]
    }
    assert {"ADD2", "ROT2", "SWP2kr"} <= moved and not moved & {"ADD", "LDA2", "DEO2"}
    for name in moved:
        assert outlined[name]["call_indirect"] == 1 and inline[name]["call_indirect"] == 0
    switch = audit["backends"]["switch_outlined"]["webassembly"]["function"]
    plain = audit["backends"]["switch_loop"]["webassembly"]["function"]
    assert switch["call_indirect"] - plain["call_indirect"] == len(moved)


def test_a_backend_that_isnt_what_it_is_declared_to_be_is_found() -> None:
    nothing = {"br_table": 0, "call_indirect": 0, "loop": 0, "targets": 0}
    assert module_technique(nothing, None).name == "unknown"
    handler = {"function": 1, "return_call_indirect": 0, "return_call_ref": 0, "typed_calls": 0}
    assert module_technique(nothing, [handler] * 256).name == "unknown"
    loop = nothing | {"call_indirect": 1, "loop": 1}
    assert module_technique(loop, [handler] * 256).name == "calls"
    by_reference = handler | {"return_call_ref": 1}
    found = module_technique(nothing, [by_reference] * 256)
    assert found.label == "tail calls guaranteed (return_call_ref)"
    assert module_technique(nothing | {"br_table": 1, "targets": 257}, None).name == "merged"
    assert (
        module_technique(nothing | {"br_table": 36, "targets": 256}, None).name == "partly_merged"
    )
    assert module_technique(nothing | {"br_table": 1, "targets": 3}, None).name == "unknown"


def test_the_audit_is_printed_checked_and_shown_by_handler(modules: pathlib.Path) -> None:
    checked = run_tool("tools/audit", modules / MODULE, "--check", "--json", "-")
    assert checked.returncode == 0, checked.stderr
    shown = run_tool("tools/audit", modules / MODULE, "--handler", "ADD2", "--backend", "tail_call")
    assert shown.stdout.splitlines()[1].split()[0] == "tail_call"


def test_a_module_of_something_else_is_refused(tmp_path: pathlib.Path) -> None:
    other = tmp_path / "other.wasm"
    other.write_bytes(b"\0asm\1\0\0\0")
    refused = run_tool("tools/audit", other)
    assert refused.returncode == 1
    assert "other.wasm: isn't a module of backends that can be read: exports no" in refused.stderr
