"""Engines that run no JavaScript: the module that is its own host, here run by node's WASI, and how it is started."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess

import pytest
from libraries_file import read_libraries
from tool_under_test import NODE, REPOSITORY, dispatchbench, run_tool
from wasm.building import list_engines
from wasm.engine import IN_FOLDER, Engine, mode
from wasm.modules import TYPED_COMMAND_MODULE
from wasm.standalone import COMPILED, compile_ahead, found_standalone_engines

pytest_plugins = ["wasm_modules"]

RUN_COMMAND = (
    str(NODE),
    "--no-warnings",
    str(REPOSITORY / "harness/wasm/tests/run_command.mjs"),
    IN_FOLDER + TYPED_COMMAND_MODULE,
    mode(["--fast"], name="V8", version="12.4", program="node 22"),
)
# Like wasmedge as far as it is used: it says its version, and compiles by copying.
MADE_UP_WASMEDGE = """#!/bin/sh
case $1 in
  --version) echo 'wasmedge version 0.17.1' ;;
  compile) if [ -e "$2.refused" ]; then echo 'out of memory' >&2; exit 1; fi; cp "$2" "$3" ;;
esac
"""


@pytest.fixture(name="wasmedge")
def made_up_wasmedge(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> pathlib.Path:
    """A made-up wasmedge, the only one that is found."""
    program = tmp_path / "wasmedge"
    program.write_text(MADE_UP_WASMEDGE)
    program.chmod(0o755)
    monkeypatch.setenv("DISPATCHBENCH_COMPILERS", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return program


@pytest.fixture(name="folder")
def folder_of_one_engine(modules: pathlib.Path, tmp_path: pathlib.Path) -> pathlib.Path:
    """The modules, run as a command by node."""
    for file in modules.glob("dispatchbench_backends*"):
        (tmp_path / file.name).hardlink_to(file)
    list_engines(tmp_path, [Engine("wasi", RUN_COMMAND)])
    return tmp_path


def answers(folder: pathlib.Path, *requests: str) -> tuple[list[dict[str, object]], str]:
    """What the module answers to lines, and what it says on standard error."""
    (library,) = read_libraries(folder)
    assert library.host is not None
    done = subprocess.run(
        library.host,
        input="".join(f"{line}\n" for line in requests),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_its_backends_pass_vectors_random_programs_and_workloads(folder: pathlib.Path) -> None:
    backends = "switch_loop|tail_call|tail_call_typed|call_table"
    verified = dispatchbench("verify", "--codegen", "--backend", backends, "--library", folder)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    for backend in backends.split("|"):
        assert f"ok    {backend}/wasi: " in verified.stdout
        assert f"ok    fib/{backend}/wasi" in verified.stdout


def test_its_rows_say_which_engine_ran_them(folder: pathlib.Path) -> None:
    output = folder / "results.json"
    measured = dispatchbench(
        *("run", "--workload", "fib", "--backend", "switch_loop", "--processes", "2"),
        *("--repetitions", "2", "--library", folder, "--output", output),
    )
    assert measured.returncode == 0, measured.stderr
    context = json.loads(output.read_text())["context"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", context["date"])
    (library,) = context["dispatchbench"]["libraries"]
    engine = library["engine"]
    assert (engine["name"], engine["version"], engine["flags"]) == ("V8", "12.4", ["--fast"])
    assert 0 < engine["clock_resolution"] < 1e6
    assert library["host"] == "node 22 (V8) --fast"
    assert "ns per VM instruction (wall time;" in measured.stdout
    assert "WASI has nothing to pin a process with" in measured.stdout


def test_what_it_cannot_do_it_says_and_goes_on(folder: pathlib.Path) -> None:
    said, _ = answers(folder, '{"request":"cold"}', '{"request":"sing"}', '{"request":"load"}')
    assert "can't measure how long it was compiled" in str(said[0]["error"])
    assert said[1]["error"] == (
        'request "sing": expected load, program, run, state, batch, cases or check'
    )
    assert "library" in said[2]


def test_a_malformed_request_ends_it_with_a_reason(folder: pathlib.Path) -> None:
    said, error = answers(folder, '{"request":"load"}', "{", '{"request":"load"}')
    assert len(said) == 1
    assert "the module's host: a malformed request" in error


def test_wasmedge_is_started_with_what_its_compiler_made(
    wasmedge: pathlib.Path, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    engines, missing = found_standalone_engines()
    assert [engine.label for engine in engines] == ["wasmedge-top"]
    assert [each.label for each in missing] == ["wasmtime"]
    compiled = engines[0].command_for(tmp_path)
    assert compiled[:3] == (str(wasmedge), "--run-mode=aot", str(tmp_path / COMPILED))
    said = json.loads(compiled[-1])
    assert (said["name"], said["version"]) == ("WasmEdge", "0.17.1")
    assert said["best_compiler_alone"] and said["flags"] == ["--run-mode=aot"]


@pytest.mark.usefixtures("wasmedge")
def test_the_module_is_compiled_once_and_nothing_half_compiled_stays(
    tmp_path: pathlib.Path,
) -> None:
    engines, _ = found_standalone_engines()
    module = tmp_path / TYPED_COMMAND_MODULE
    module.write_bytes(b"one")
    refused = module.with_name(f"{module.name}.refused")
    refused.touch()
    with pytest.raises(Exception, match="wasmedge can't compile .*: see .*wasmedge.log"):
        compile_ahead(tmp_path, engines)
    assert not (tmp_path / COMPILED).exists()
    refused.unlink()
    compile_ahead(tmp_path, [])
    assert not (tmp_path / COMPILED).exists()
    compile_ahead(tmp_path, engines)
    (tmp_path / COMPILED).write_bytes(b"marked")
    compile_ahead(tmp_path, engines)
    assert (tmp_path / COMPILED).read_bytes() == b"marked"


@pytest.mark.usefixtures("wasmedge")
def test_cold_starts_of_a_command_alone_are_refused() -> None:
    refused = run_tool("tools/wasm", "--cold", "--engine", "wasmedge-top")
    assert refused.returncode == 2
    assert "--cold: wasmedge-top can't measure how long it compiles" in refused.stderr
