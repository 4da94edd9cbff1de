"""tools/audit on any program: what it prints, writes and refuses. What it finds: test_program_audit_known_answers.py."""

from __future__ import annotations

import json
import pathlib
import subprocess

import jsonschema
import pytest

from audit.program_audit import ProgramAudit
from audit.program_code import ProgramCode
from audit.program_technique import program_technique
from interpreter_sources import Interpreter
from machine_code.program_exploration import Limits
from tool import ToolError
from tool_under_test import LIBRARY, REPOSITORY, run_tool

SCHEMA = REPOSITORY / "tools/python/audit/program_audit.schema.json"
FLAGS = ("-O2", "-fPIC", "-shared", "-fno-gcse", "-fno-crossjumping")
OPCODES = 60


@pytest.fixture(scope="module", name="program")
def program_fixture(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """An interpreter with computed gotos, one for each handler."""
    folder = tmp_path_factory.mktemp("program")
    source, program = folder / "it.cpp", folder / "it.so"
    source.write_text(Interpreter("goto", OPCODES).source())
    subprocess.run(["g++-12", *FLAGS, source, "-o", program], check=True)
    return program


def audited(*arguments: str | pathlib.Path) -> str:
    done = run_tool("tools/audit", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_a_function_the_interpreter_comes_first(program: pathlib.Path) -> None:
    lines = audited(program).splitlines()
    assert lines[0].startswith("it.so: x86_64, GCC: (")
    assert lines[2].startswith("interpret (0x") and "replicated (" in lines[2]


@pytest.mark.parametrize("arguments", ([], ["--function", "interpret"]))
def test_the_json_is_as_the_schema_says(
    program: pathlib.Path, tmp_path: pathlib.Path, arguments: list[str]
) -> None:
    output = tmp_path / "audit.json"
    audited(program, *arguments, "--json", output, "--quiet")
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft7Validator(schema).validate(json.loads(output.read_text()))


def test_json_on_standard_output_stands_alone(program: pathlib.Path) -> None:
    found = json.loads(audited(program, "--function", "interpret", "--json", "-"))
    assert found["functions"][0]["effective_technique"] == "replicated"


def test_the_expected_technique_exits_with_0_and_another_with_3(program: pathlib.Path) -> None:
    arguments = ("tools/audit", program, "--function", "interpret", "--expect")
    assert run_tool(*arguments, "replicated").returncode == 0
    changed = run_tool(*arguments, "tail_calls")
    assert changed.returncode == 3
    assert "interpret (0x" in changed.stderr and "expected tail_calls" in changed.stderr


def test_a_program_without_an_interpreter_meets_no_expectation(tmp_path: pathlib.Path) -> None:
    source = tmp_path / "plain.c"
    source.write_text("int plain(int number) { return number + 1; }\n")
    subprocess.run(["gcc-12", "-c", source, "-o", tmp_path / "plain.o"], check=True)
    assert "No function looks like an interpreter" in audited(tmp_path / "plain.o")
    done = run_tool("tools/audit", tmp_path / "plain.o", "--expect", "merged")
    assert done.returncode == 1 and "name one with --function" in done.stderr


def test_a_pull_request_gets_a_table_in_markdown(program: pathlib.Path) -> None:
    lines = audited(program, "--function", "interpret", "--markdown").splitlines()
    assert lines[0].startswith("**it.so: x86_64")
    assert [line.count("|") for line in lines[2:5]] == [9, 9, 9]


def test_a_handler_is_shown_by_its_entry(program: pathlib.Path) -> None:
    shown = audited(program, "--function", "interpret", "--handler", "5")
    assert "interpret: entry 5, at 0x" in shown and "; dispatch" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    (
        (["--function", "interpre"], "like it are interpret"),
        (["--function", "0x1"], "has no code there"),
        (["--function", "interpret", "--handler", "60000"], "has entries 0 to"),
        (["--function", "interpret", "--handler", "ADD2"], "expected a whole number"),
        (["--handler", "5"], "give one --function"),
        (["--backend", "jit"], "isn't a backend library"),
    ),
)
def test_what_cannot_be_meant_is_named(
    program: pathlib.Path, arguments: list[str], message: str
) -> None:
    done = run_tool("tools/audit", program, *arguments)
    assert (done.returncode, done.stdout) == (2, "") and message in done.stderr


def test_a_backend_library_has_no_use_for_what_is_for_programs() -> None:
    done = run_tool("tools/audit", LIBRARY, "--markdown")
    assert done.returncode == 2 and "is a backend library" in done.stderr


@pytest.mark.parametrize(
    ("beginning", "message"),
    (
        (b"", "empty"),
        (b"#!/bin/sh\n", "a script"),
        (b"MZ\x90\0", "a Windows program (PE), which isn't read"),
        (b"\xcf\xfa\xed\xfe", "a Mach-O file, which isn't read"),
        (b"!<arch>\n", "'ar x'"),
        (b"BC\xc0\xde", "LLVM bitcode"),
        (b"\x7fELF\x01\x01\x01" + bytes(60), "expected 64-bit little-endian"),
    ),
)
def test_files_of_other_kinds_are_refused(
    tmp_path: pathlib.Path, beginning: bytes, message: str
) -> None:
    file = tmp_path / "other"
    file.write_bytes(beginning)
    done = run_tool("tools/audit", file)
    assert done.returncode == 1 and message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_cut_off_is_refused_wherever_it_ends(
    program: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    data = program.read_bytes()
    for share in range(1, 20):
        cut = tmp_path / "cut"
        cut.write_bytes(data[: len(data) * share // 20])
        with pytest.raises(ToolError, match="cut off|section headers|code"):
            ProgramAudit(cut).to_json()


def test_a_program_without_section_headers_is_refused(
    program: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    bare = tmp_path / "bare.so"
    subprocess.run(
        ["llvm-objcopy-19", "--strip-sections", program, bare], check=True, capture_output=True
    )
    done = run_tool("tools/audit", bare)
    assert done.returncode == 1 and "section headers" in done.stderr


def test_a_32_bit_program_is_refused(program: pathlib.Path, tmp_path: pathlib.Path) -> None:
    data = bytearray(program.read_bytes())
    data[18] = 3  # e_machine: EM_386
    (tmp_path / "old.so").write_bytes(data)
    done = run_tool("tools/audit", tmp_path / "old.so")
    assert done.returncode == 1 and "made for EM_386" in done.stderr


def test_too_much_work_is_given_up_and_what_was_seen_is_told(program: pathlib.Path) -> None:
    audit = ProgramAudit(program)
    limits = Limits(instructions=100)
    found = program_technique(ProgramCode(audit.decoder, audit.address_of("interpret"), limits))
    assert found.name == "unknown" and found.reason is not None
    assert found.reason.startswith("gave up after 100 instructions; until then 1")
