"""tools/wasm: the modules, the hosts that engines are started as, and their rows beside native ones."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
from types import SimpleNamespace

import pytest
from libraries_file import read_libraries
from tool_under_test import HARNESS, NODE, REPOSITORY, dispatchbench, run_tool
from wasm import engines, measuring
from wasm.building import list_engines
from wasm.engine import HOSTS, Engine
from wasm.engines import found_engines
from wasm.modules import MODULE, TYPED_MODULE

pytest_plugins = ["wasm_modules"]


def test_the_host_answers_as_the_protocol_says(modules: pathlib.Path) -> None:
    done = subprocess.run(
        [NODE, "--test", REPOSITORY / "harness/wasm/tests/host.test.mjs"],
        env=os.environ | {"MODULE": str(modules / MODULE)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout


def test_every_variant_passes_vectors_random_programs_and_workloads(modules: pathlib.Path) -> None:
    verified = dispatchbench("verify", "--library", modules)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    for backend in ("switch_loop", "tail_call", "tail_call_typed", "call_table", "trampoline"):
        assert f"ok    {backend}/node: " in verified.stdout
        assert f"ok    fib/{backend}/node" in verified.stdout


def test_an_engine_without_typed_references_gets_the_module_without_them(
    modules: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    shutil.copy(modules / MODULE, tmp_path / MODULE)
    (tmp_path / TYPED_MODULE).write_bytes(b"\0asm\1\0\0\0 what this engine can't read")
    list_engines(tmp_path, [Engine("node", (str(NODE), str(HOSTS / "serve_node.mjs")))])
    (library,) = json.loads(dispatchbench("list", "--json", "--library", tmp_path).stdout)[
        "libraries"
    ]
    assert "tail_call_typed" not in [backend["name"] for backend in library["backends"]]
    (reason,) = [
        each["reason"] for each in library["unavailable"] if each["name"] == "tail_call_typed"
    ]
    assert reason.startswith("needs typed function references, which this engine lacks")


def test_rows_of_an_engine_are_measured_beside_native_ones_and_say_so(
    modules: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    output = tmp_path / "results.json"
    native = HARNESS.parent / "dispatchbench_backends.so"
    measured = dispatchbench(
        *("run", "--workload", "fib", "--backend", "switch_loop", "--processes", "2"),
        *("--repetitions", "2", "--library", modules, "--library", f"native={native}"),
        *("--baseline", "switch_loop/native", "--output", output),
    )
    assert measured.returncode == 0, measured.stderr
    document = json.loads(output.read_text())
    node, other = document["context"]["dispatchbench"]["libraries"]
    assert node["host"].startswith("node 22.") and "V8 12." in node["host"]
    assert (node["engine"]["name"], node["engine"]["version"][:3]) == ("V8", "12.")
    assert node["engine"]["clock_resolution"] > 0
    assert other["host"] == "native" and "engine" not in other
    assert "a JavaScript engine can't pin itself" in measured.stdout


def test_a_host_that_makes_its_standard_error_non_blocking_leaves_ours_alone(
    modules: pathlib.Path,
) -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end), os.fdopen(write_end, "wb") as writer:
        subprocess.run(
            [HARNESS, "list", "--library", modules],
            stdout=subprocess.DEVNULL,
            stderr=writer,
            check=True,
        )
        assert os.get_blocking(writer.fileno())


def test_each_engine_is_listed_twice_and_a_missing_one_with_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setattr(engines, "MODULES", tmp_path)
    monkeypatch.setenv("DISPATCHBENCH_COMPILERS", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")
    (tmp_path / "deno").mkdir()
    (tmp_path / "deno/deno").write_text("")
    found, missing = found_engines()
    assert [engine.label for engine in found] == ["node-22", "node-22-top", "deno", "deno-top"]
    top = ("--no-liftoff", "--no-wasm-tier-up")
    assert found[1].command[1:3] == top
    assert json.loads(found[1].command[-1]) == {"flags": [*top], "best_compiler_alone": True}
    remedies = {each.label: each.remedy for each in missing}
    assert remedies["node-26"] == remedies["bun"] == "ci/setup --wasm"
    assert remedies["js140"].startswith("tools/compilers install ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--engine", "lynx"], "--engine lynx: matches none of node-"),
        (["--engine", "("], "is no regular expression"),
        (["--unheard-of"], "unrecognized arguments: --unheard-of"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_built(
    arguments: list[str], words: str
) -> None:
    refused = run_tool("tools/wasm", *arguments)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert words in refused.stderr


def test_the_folder_lists_a_library_for_each_engine(modules: pathlib.Path) -> None:
    (library,) = read_libraries(modules)
    assert (library.label, library.file) == ("node", MODULE)


def test_bench_hands_a_run_of_webassembly_over() -> None:
    listed = run_tool("tools/bench", "--wasm", "--list")
    assert listed.returncode == 0
    assert "node-22-top" in listed.stdout


def test_usual_options_give_way_to_those_that_are_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    commands: list[list[str]] = []

    def finished(command: list[str | pathlib.Path], **_: object) -> SimpleNamespace:
        commands.append([str(word) for word in command])
        (tmp_path / "results.json").write_text("{}")
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(measuring, "finished", finished)
    output = tmp_path / "results.json"
    assert measuring.measure(tmp_path, output, ["--backend=trampoline", "--fast"]) == 0
    output.unlink()
    assert measuring.measure(tmp_path, output, []) == 0
    given, usual = commands
    assert "--backend" not in given and "--max-time" not in given
    assert given[-2:] == ["--backend=trampoline", "--fast"]
    assert usual[usual.index("--backend") + 1] == measuring.VARIANTS
    assert usual[usual.index("--baseline") + 1] == "switch_loop/native"
