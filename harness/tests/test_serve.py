"""The native host from outside: it answers the sampling protocol, and survives what is wrong."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from program import EMULATOR, LIBRARY, PROGRAM, ROOT, dispatchbench
from test_command_line import HI_ROM
from test_own_interpreter import C_COMPILER

Answer = dict[str, Any]


class Host:
    """`dispatchbench serve`, a question at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [*EMULATOR, PROGRAM, "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, line: str) -> Answer:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer: Answer = json.loads(self._process.stdout.readline())
        return answer

    def ask(self, request: str, **fields: Any) -> Answer:
        return self.tell(json.dumps({"request": request, **fields}))

    def end(self) -> int:
        self._process.communicate(timeout=60)
        return self._process.returncode


@pytest.fixture
def host() -> Iterator[Host]:
    started = Host()
    yield started
    assert started.end() == 0, "it ends when its input does"


def test_a_program_is_run_and_its_state_read(host: Host) -> None:
    library = host.ask("load", library=LIBRARY)["library"]
    backend = library["backends"][0]["name"]
    assert host.ask("program", name="hi", rom=HI_ROM.hex(), input="")["program"] == 0
    times = host.ask("run", backend=backend, program=0)
    assert 0 < times["cpu"] and 0 < times["wall"] and times["prepare"] == 0
    state = host.ask("state")["state"]
    assert bytes.fromhex(state["output"]) == b"hi"
    assert bytes.fromhex(state["ram"])[0x100 : 0x100 + len(HI_ROM)] == HI_ROM
    assert (state["pc"], state["wst"], state["exit_code"]) == (0x100 + len(HI_ROM), 0, 0)


def test_a_run_afresh_ends_as_any_other(host: Host) -> None:
    library = host.ask("load", library=LIBRARY)["library"]
    host.ask("program", name="hi", rom=HI_ROM.hex(), input="")
    for backend in (entry["name"] for entry in library["backends"]):
        usual = host.ask("run", backend=backend, program=0)
        afresh = host.ask("run", backend=backend, program=0, afresh=True)
        assert afresh["digest"] == usual["digest"] and 0 < afresh["cpu"], backend
        state = host.ask("state")["state"]
        assert bytes.fromhex(state["output"]) == b"hi", "the untimed run leaves nothing behind"


def test_what_is_wrong_is_answered_and_the_host_goes_on(host: Host) -> None:
    assert "parse error" in host.tell("no JSON")["error"]
    assert "expected load, program, run" in host.ask("dance")["error"]
    assert "no library is loaded" in host.ask("run", backend="tail_call", program=0)["error"]
    assert "can't be loaded" in host.ask("load", library="/nonexistent.so")["error"]
    assert "library" in host.ask("load", library=LIBRARY)
    assert "program 7: expected 0 to" in host.ask("run", backend="switch_loop", program=7)["error"]
    assert "65281 bytes" in host.ask("program", name="x", rom="00" * 65281, input="")["error"]
    assert "hexadecimal" in host.ask("program", name="x", rom="0G", input="")["error"]
    assert host.ask("program", name="x", rom="00", input="") == {"program": 0}
    assert "no backend nothing" in host.ask("run", backend="nothing", program=0)["error"]
    assert "cpu" in host.ask("run", backend="switch_loop", program=0)


def test_a_batch_begins_each_sample_and_ends_with_a_row_for_each(host: Host) -> None:
    host.ask("load", library=LIBRARY)
    host.ask("program", name="hi", rom=HI_ROM.hex(), input="")
    rows = [{"name": name, "backend": "switch_loop", "program": 0} for name in ("a", "b")]
    begun = []
    answer = host.ask("batch", rows=rows, repetitions=2, seed=1, flags=[])
    while "begin" in answer:
        begun.append(answer["begin"])
        answer = json.loads(host._process.stdout.readline())  # type: ignore[union-attr]
    assert set(begun) == {"a", "b"}
    names = [row["name"] for row in answer["batch"]["benchmarks"]]
    assert sorted(names) == ["a", "a", "b", "b"]


def test_a_library_that_prints_spoils_neither_the_protocol_nor_json(tmp_path: Path) -> None:
    source = (ROOT / "harness" / "tests" / "own_interpreter.c").read_text()
    (tmp_path / "noisy.c").write_text(
        source
        + "\n#include <stdio.h>\n__attribute__((constructor)) static void hello(void)"
        + '{ puts("hello"); fflush(stdout); }\n'
    )
    library = tmp_path / "noisy.so"
    subprocess.run(
        [
            *C_COMPILER,
            *("-std=c11", "-O1", "-fPIC", "-shared", f"-I{ROOT / 'backends'}"),
            *(tmp_path / "noisy.c", "-o", library),
        ],
        check=True,
    )
    finished = dispatchbench("list", "--json", "--workload", "^tak$", "--library", library)
    assert json.loads(finished.stdout)["libraries"][0]["label"] == "own"
    assert "hello" in finished.stderr
