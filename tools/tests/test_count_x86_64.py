"""Counting under callgrind: the same twice, right for known code, and merged into results."""

from __future__ import annotations

import json
import pathlib

import pytest

from audit.library_audit import LibraryAudit
from count.callgrind import self_costs
from count.command_line import main
from libraries_file import ListedLibrary, write_libraries
from tool_under_test import HARNESS, LIBRARY

COUNT = ["--harness", str(HARNESS), "--library", f"here={LIBRARY}", "--workload", "^tak$"]


def test_counting_twice_gives_the_same_file(tmp_path: pathlib.Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    for path in (first, second):
        assert main([*COUNT, "--backend", "computed_goto(_plain)?", "--json", str(path)]) == 0
    assert first.read_bytes() == second.read_bytes()
    counts = json.loads(first.read_text())
    assert counts["kind"] == "counted" and counts["target"] == "x86_64"
    assert "valgrind" in counts["counter"] and "glibc" in counts["counter"]
    audit = LibraryAudit(LIBRARY)
    for row in counts["rows"]:
        assert row["name"] == f"tak/{row['backend']}/here"
        assert row["code_hash"] == audit.backend(row["backend"]).code_hash()
        # Fewer than its shortest handler takes, or more than hundreds, would be a mistake of counting.
        assert 4 < row["per_vm_instruction"] < 100


def test_a_folder_stands_for_its_libraries(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "library.so").symlink_to(LIBRARY)
    write_libraries(
        tmp_path,
        [ListedLibrary("b/library.so", "second"), ListedLibrary("a/library.so", "first")],
    )
    folder = ["--harness", str(HARNESS), "--library", str(tmp_path), "--workload", "^message$"]
    assert main([*folder, "--backend", "switch_loop|tail_call"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "counted: x86-64 / Uxn instruction"
    assert [line.split()[0] for line in lines[1:4]] == ["message", "second", "first"]
    assert lines[2].split()[1:] == lines[3].split()[1:]


def test_a_folder_without_libraries_and_a_label_for_several_are_refused(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*COUNT[:2], "--library", str(tmp_path)]) == 1
    assert "has no backend library; expected *.so files" in capsys.readouterr().err
    for name in ("a.so", "b.so"):
        (tmp_path / name).symlink_to(LIBRARY)
    assert main([*COUNT[:2], "--library", f"mine={tmp_path}"]) == 2
    assert "a folder of 2 libraries" in capsys.readouterr().err


def test_only_the_library_counts_and_what_it_calls_does_not() -> None:
    text = "\n".join(
        [
            "events: Ir",
            "ob=/harness",
            "fn=main",
            "10 1000",
            "ob=/library.so",
            "fn=_ZN12_GLOBAL__N_17handlerILN13dispatchbench6OpcodeE24EEEvPv'2",
            "0 7",
            "cob=/harness",
            "cfn=dei",
            "calls=3 0 ",
            "0 300",
            "0 5",
            "fn=dispatchbench_run_x",
            "0 11",
        ]
    )
    assert self_costs(text, "/library.so") == {"handler<ADD>": 12, "dispatchbench_run_x": 11}


def test_code_of_no_file_counts_only_for_backends_that_generate_it() -> None:
    text = "\n".join(
        ["ob=/library.so", "fn=dispatchbench_run_x", "0 11", "ob=???", "fn=0x58", "0 6", "0 1"]
    )
    assert self_costs(text, "/library.so") == {"dispatchbench_run_x": 11}
    assert self_costs(text, "/library.so", True) == {"dispatchbench_run_x": 11, "generated code": 7}


def test_counts_are_merged_into_results_by_name(tmp_path: pathlib.Path) -> None:
    results = tmp_path / "results.json"
    rows = [
        {"name": f"tak/{backend}/here", "workload": "tak", "backend": backend, "library": "here"}
        for backend in ("switch_loop", "unknown")
    ]
    results.write_text(json.dumps({"context": {}, "benchmarks": rows}))
    arguments = ["--backend", "switch_loop", "--json", str(tmp_path / "counts.json")]
    assert main([*COUNT, *arguments, "--results", str(results)]) == 0
    known, unknown = json.loads(results.read_text())["benchmarks"]
    counted = json.loads((tmp_path / "counts.json").read_text())["rows"][0]
    field = "instructions_per_vm_instruction"
    assert known[field] == counted["per_vm_instruction"]
    assert field not in unknown


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--harness", "/missing"], 1, "/missing: not there"),
        (["--workload", "nothing"], 2, "matches none of"),
        (["--backend", "nothing"], 2, "matches none of"),
        (["--library", f"here={LIBRARY}"], 2, "same label"),
        (["--library", "missing.so"], 1, "missing.so: can't be read"),
        (["--function", "a=b:c"], 2, "only with --target aarch64"),
    ],
)
def test_what_is_wrong_is_named(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*COUNT, *arguments]) == code
    assert message in capsys.readouterr().err
