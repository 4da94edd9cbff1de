"""tools/audit: code is the same if nothing differs that can be executed or read, wherever it lies, and only then."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import subprocess
import tempfile
from typing import Any

import pytest

from audits import KIND, LIBRARY, PROCESSOR, audit_of, library_audit
from tool import REPOSITORY
from tool_under_test import run_tool

SOURCE = REPOSITORY / "backends/tests/codegen/same_code.c"
COMPILER = [word for word in os.environ["DISPATCHBENCH_C_COMPILER"].split(";") if word]
REPLICATE = (
    ["-mllvm", "-tail-dup-pred-size=1000", "-mllvm", "-tail-dup-succ-size=1000"]
    if KIND == "clang"
    else ["--param=max-goto-duplication-insns=64"]
)
OPTIONS = [
    *("-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-w", "-Wl,-z,now", *REPLICATE),
    *(["-fcf-protection=none"] if PROCESSOR == "x86_64" else []),
    f"-I{REPOSITORY / 'backends'}",
]
PACKED = (
    ["-Wl,--pack-dyn-relocs=relr"] if PROCESSOR != "x86_64" else ["-Wl,-z,pack-relative-relocs"]
)


@functools.cache
def demo(*options: str) -> dict[str, Any]:
    """The audit of the backend in same_code.c, built with further options."""
    with tempfile.TemporaryDirectory() as folder:
        library = pathlib.Path(folder) / "library.so"
        subprocess.run([*COMPILER, *OPTIONS, *options, SOURCE, "-o", library], check=True)
        found: dict[str, Any] = audit_of(library)["backends"]["demo"]
        return found


@pytest.mark.parametrize(
    "change",
    [
        *("-DBODY=x*37+5", "-DPOINTED=x+7", "-DCONSTANTS=1,2,4", "-DIMM=17", "-DSTART=6"),
        *("-DTEXT=no room", "-DSIZED=4", "-DFIELD=6"),
    ],
    ids=[
        "a called function",
        "a function behind a pointer",
        "a table",
        "an immediate",
        "a variable",
        "the text that prepare returns",
        "an object that another library gets",
        "a field of one, whose address no instruction spells",
    ],
)
def test_a_change_of_what_is_executed_or_read_changes_the_hash(change: str) -> None:
    assert None not in (demo()["code_hash"], demo(change)["code_hash"])
    assert demo(change)["code_hash"] != demo()["code_hash"]


@pytest.mark.parametrize(
    "change",
    [
        *(["-DPADDING=48"], ["-DPADDING=8192"], ["-DUNRELATED"], ["-g"], ["-s"], PACKED),
        *(["-DBEHIND_TEXT=20"], ["-DBEHIND_SIZED=20"]),
    ],
    ids=[
        *("moved", "moved far", "another function", "debug information", "stripped", "relocations"),
        *("data behind a text", "data behind an object"),
    ],
)
def test_a_neutral_change_keeps_the_hash(change: list[str]) -> None:
    assert demo(*change)["code_hash"] == demo()["code_hash"] is not None


@pytest.mark.skipif(PROCESSOR != "x86_64", reason="assembly for x86-64")
def test_a_switch_s_table_that_is_left_over_in_a_register_ends_where_the_switch_does() -> None:
    switch = "-DBODY=switched(x)"
    found = demo(switch)["code_hash"]
    assert found is not None
    assert [demo(switch, f"-DBEHIND={size}")["code_hash"] for size in (4, 500)] == [found, found]
    assert demo(switch, "-DLAST=.Lleft")["code_hash"] not in (found, None)


def test_a_computed_goto_that_calls_a_function_is_what_it_is() -> None:
    found = demo()
    assert (found["effective_technique"], found["label_reason"]) == ("replicated", None)
    assert found["handlers_calling_functions"] >= 255


def test_a_function_of_another_library_is_a_function_and_no_pointer() -> None:
    notes = demo("-DCALLED=imported", "-fno-plt")["notes"]
    assert any(
        note.endswith("handlers call functions on their hot path: imported.") for note in notes
    )


def test_what_only_ends_the_vector_belongs_to_no_handler_that_dispatches() -> None:
    found = demo("-DENDS")
    assert found["distinct_handlers"] == 255
    assert found["notes"][-1] == "Not dispatched through the table: BRK."
    assert (found["handlers_with_spills"], found["stack_accesses"]) == (0, 0)


def test_a_dispatch_that_can_not_be_seen_is_unknown_and_reported(tmp_path: pathlib.Path) -> None:
    library = tmp_path / "library.so"
    subprocess.run([*COMPILER, *OPTIONS, "-DHIDDEN", SOURCE, "-o", library], check=True)
    finished = run_tool("tools/audit", library, "--check", "--json", tmp_path / "audit.json")
    found = json.loads((tmp_path / "audit.json").read_text())["backends"]["demo"]
    assert (found["effective_technique"], found["label"]) == ("unknown", "unknown")
    assert not found["as_expected"]
    assert finished.returncode == 1
    assert f"what demo is isn't known: {found['label_reason']}" in finished.stderr
    assert f"demo: its technique is unknown: {found['label_reason']}." in finished.stdout
    assert found["label_reason"].startswith("no dispatch was found; ")


@pytest.mark.parametrize("strip", [["strip", "--strip-all"], ["llvm-strip-19", "--strip-all"]])
def test_a_stripped_library_has_the_same_labels_figures_and_hashes(
    strip: list[str], tmp_path: pathlib.Path
) -> None:
    if strip[0] == "strip" and PROCESSOR != "x86_64":
        pytest.skip("this strip knows no AArch64")
    stripped = tmp_path / pathlib.Path(LIBRARY).name
    subprocess.run([*strip, "-o", stripped, LIBRARY], check=True)
    before, after = library_audit(), audit_of(stripped)
    assert after["library_hash"] != before["library_hash"]
    assert {**after, "library_hash": before["library_hash"]} == before


def test_a_library_that_is_cut_off_is_named(tmp_path: pathlib.Path) -> None:
    whole = pathlib.Path(LIBRARY).read_bytes()
    cut = tmp_path / "cut.so"
    for size in (30, 200_000, len(whole) - 4_000):
        cut.write_bytes(whole[:size])
        finished = run_tool("tools/audit", cut)
        assert finished.returncode == 1
        assert finished.stderr.startswith(f"tools/audit: {cut}: damaged or cut off")
