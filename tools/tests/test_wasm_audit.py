"""tools/audit of WebAssembly modules."""

from __future__ import annotations

import json
import pathlib
import re
from typing import Any

import pytest
from audit.engine_code import instructions_in, shortest_way
from audit.module_audit import module_technique
from tool_under_test import run_tool
from wasm.modules import MODULE


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


PRINTED = """\
--- WebAssembly code ---
Instructions (size = 40)
0x1000     0  55                   push rbp
0x1001     1  0f8310000000         jnc 0x1020  <+0x20>
0x1007     7  66660f1f             nop
0x100b     b  f6c1fe               testb rcx,0xfe
0x100e     e  0f8508000000         jnz 0x101c  <+0x1c>
0x1014    14  90                   REX.W movq rax,rbx
0x1015    15  90                   REX.W movq rax,rbx
0x1016    16  43ff24da             jmp [r10+r11*8]
0x101c    1c  43ff24da             jmp rcx
0x1020    20  e8f3ffffff           call 0x2000  (trap)
Safepoints (entries = 1, byte size = 12)
"""


def test_the_shortest_way_through_a_handler_goes_over_no_padding_and_ends_in_an_indirect_jump() -> (
    None
):
    code = instructions_in(PRINTED)
    assert [each.offset for each in code] == [0, 1, 0xB, 0xE, 0x14, 0x15, 0x16, 0x1C, 0x20]
    assert code[4].text == "movq rax,rbx"
    assert shortest_way(code) == 5
    assert shortest_way(code[-1:]) is None


def test_an_engine_shows_its_code_of_a_handler(modules: pathlib.Path) -> None:
    choice = ("--engine", "node-22", "--handler", "ADD", "--backend", "tail_call")
    shown = run_tool("tools/audit", modules / MODULE, *choice)
    assert shown.returncode == 0, shown.stderr
    assert re.match(r"tail_call: ADD \(function \d+\) in node 22\.", shown.stdout)
    way = re.search(r"^\d+ instructions, (\d+) on the shortest way", shown.stdout, re.M)
    # Natively it takes 13; a call's frame and checks come on top.
    assert way and 13 < int(way[1]) < 100
    assert "push rbp" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--engine", "lynx", "--handler", "ADD"), "--engine lynx: expected one that tells"),
        (("--engine", "node-22"), "--engine node-22: needs --handler with an opcode"),
        (
            ("--engine", "node-22", "--handler", "ADD", "--backend", "switch_loop"),
            "--backend switch_loop: has no function of its own for ADD",
        ),
    ],
)
def test_an_engine_that_cant_show_what_is_asked_says_why(
    arguments: tuple[str, ...], words: str, modules: pathlib.Path
) -> None:
    refused = run_tool("tools/audit", modules / MODULE, *arguments)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert words in refused.stderr
