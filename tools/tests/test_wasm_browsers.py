"""Browsers as hosts of WebAssembly modules: what they answer, how they fail, and that nothing of them stays."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from tool_under_test import HARNESS, LIBRARY
from wasm import browsers
from wasm.browsers import found_browsers, host_command
from wasm.building import list_engines
from wasm.engine import HOSTS, Engine
from wasm.modules import MODULE, TYPED_MODULE

pytest_plugins = ["wasm_modules"]

PROGRAMS = {"chromium": "chromium", "firefox": "firefox-esr"}
PRINTS_A = "804180181700"  # LIT 41, LIT 18, DEO, BRK
NODE = pathlib.Path(shutil.which("node") or "node")


def program_of(family: str) -> pathlib.Path:
    """The browser; skips the test where there is none."""
    program = shutil.which(PROGRAMS[family])
    if program is None:
        pytest.skip(f"needs {PROGRAMS[family]}, which ci/setup installs")
    return pathlib.Path(program)


class Host:
    """A host whose browser has everything that it writes in `folder`."""

    def __init__(self, folder: pathlib.Path, family: str, *flags: str, program: str = "") -> None:
        browser = pathlib.Path(program) if program else program_of(family)
        self.folder = folder
        self.process = subprocess.Popen(
            host_command(NODE, family, browser, flags),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"TMPDIR": str(folder)},
        )

    def send(self, request: dict[str, Any]) -> None:
        """Sends a request; what answers is read later."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """The next answer."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.end()
        return json.loads(line)

    def ask(self, request: dict[str, Any]) -> Any:
        """Sends a request and gives its answer."""
        self.send(request)
        return self.answer()

    def load(self, module: pathlib.Path) -> Any:
        """Loads the module and gives it a program."""
        answer = self.ask({"request": "load", "library": str(module)})
        assert self.ask({"request": "program", "name": "a", "rom": PRINTS_A}) == {"program": 0}
        return answer

    def kill_browser(self) -> None:
        """As the system does when memory is short."""
        process = self.process.pid
        children = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text()
        os.kill(int(children), signal.SIGKILL)

    def browser_processes(self) -> list[int]:
        """Those of the browser, which know the folder as their home."""
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # It may have ended meanwhile.
                if f"HOME={self.folder}/dispatchbench-browser-" in (process / "environ").read_text(
                    errors="replace"
                ):
                    found.append(int(process.name))
        return found

    def wait_until_nothing_is_left(self) -> None:
        """Of processes and files. Those who tidy up notice the end of the host, which takes a moment."""
        deadline = time.monotonic() + 30
        left: Sequence[object] = ["not looked yet"]
        while left:
            assert time.monotonic() < deadline, f"left behind: {left}"
            time.sleep(0.05)
            left = [*self.browser_processes(), *self.folder.glob("dispatchbench-browser-*")]

    def end(self) -> tuple[int, str]:
        """Waits for the end. The exit code and what was said on standard error."""
        _, said = self.process.communicate(timeout=120)
        return self.process.returncode, said


@pytest.fixture(name="start")
def starting() -> Iterator[Any]:
    """Starts hosts, which end with the test."""
    hosts = []
    folder = pathlib.Path(tempfile.mkdtemp(prefix="db"))  # Chromium needs a short path.

    def start(family: str, *flags: str, program: str = "") -> Host:
        hosts.append(Host(folder, family, *flags, program=program))
        return hosts[-1]

    yield start
    for host in hosts:
        host.process.kill()
        host.process.communicate()
        host.wait_until_nothing_is_left()
    folder.rmdir()


@pytest.mark.parametrize("family", list(PROGRAMS))
def test_a_browser_runs_programs_survives_traps_and_ends_with_its_input(
    family: str, start: Any, modules: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    host = start(family)
    loaded = host.load(modules / MODULE)["library"]
    assert loaded["host"].startswith(PROGRAMS[family])
    assert "tail_call_typed" in [backend["name"] for backend in loaded["backends"]]
    run = {"request": "run", "backend": "tail_call_typed", "program": 0}
    assert host.ask(run)["digest"] == host.ask(run | {"backend": "switch_loop"})["digest"]
    assert host.ask({"request": "state"})["state"]["output"] == "41"
    trapping = tmp_path / "trapping.wasm"
    maker = pathlib.Path(__file__).with_name("trapping_module.mjs")
    subprocess.run([NODE, maker, modules / MODULE, trapping], check=True)
    assert host.ask({"request": "load", "library": str(trapping)})["library"]["backends"]
    host.ask({"request": "program", "name": "a", "rom": PRINTS_A})
    for _ in range(2):
        trap = host.ask({"request": "run", "backend": "switch_loop", "program": 0})
        assert trap["error"].startswith("the engine stopped it: ")
    assert host.end() == (0, "")
    host.wait_until_nothing_is_left()


@pytest.mark.parametrize(
    ("family", "flags", "words"),
    [
        ("chromium", ["--no-liftoff", "--wasm-max-mem-pages=1"], "Cannot allocate Wasm memory"),
        (
            "firefox",
            ["javascript.options.wasm_baselinejit=false", "javascript.options.wasm=false"],
            "WebAssembly is not defined",
        ),
    ],
)
def test_flags_reach_the_engine(
    family: str, flags: Sequence[str], words: str, start: Any, modules: pathlib.Path
) -> None:
    """The second of these takes away what a module needs."""
    host = start(family, *flags)
    host.send({"request": "load", "library": str(modules / MODULE)})
    assert words in "".join(host.process.communicate(timeout=120))


def batch_begins(host: Host, module: pathlib.Path) -> None:
    """Asks for a batch that takes long, and waits for its first sample."""
    host.load(module)
    row = {"name": "a", "backend": "switch_loop", "program": 0}
    host.send({"request": "batch", "rows": [row], "repetitions": 100000, "seed": 1})
    assert host.answer() == {"begin": "a"}


@pytest.mark.parametrize("family", list(PROGRAMS))
def test_a_browser_that_is_killed_in_a_batch_ends_the_host(
    family: str, start: Any, modules: pathlib.Path
) -> None:
    host = start(family)
    batch_begins(host, modules / MODULE)
    host.kill_browser()
    code, said = host.end()
    assert (code, said) == (1, f"serve_browser: {program_of(family)}: the browser ended\n")
    host.wait_until_nothing_is_left()


@pytest.mark.parametrize(
    ("family", "ending"),
    [("chromium", signal.SIGTERM), ("chromium", signal.SIGKILL), ("firefox", signal.SIGKILL)],
)
def test_a_host_that_is_killed_in_a_batch_leaves_nothing(
    family: str, ending: signal.Signals, start: Any, modules: pathlib.Path
) -> None:
    host = start(family)
    batch_begins(host, modules / MODULE)
    assert host.browser_processes()
    host.process.send_signal(ending)
    host.process.communicate()
    host.wait_until_nothing_is_left()


WRITES_WITHOUT_END = """#!/bin/sh
for folder in 1 2 3 4; do
  mkdir "$HOME/profile/$folder"
  (while :; do : > "$HOME/profile/$folder/a"; : > "$HOME/profile/$folder/b"; done 2> /dev/null) &
done
exec {program} "$@"
"""


@pytest.mark.parametrize("family", list(PROGRAMS))
def test_a_host_ends_with_its_input_though_its_browser_writes(
    family: str, start: Any, modules: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """A folder that somebody writes in can't be removed, which must keep nothing alive."""
    writes = tmp_path / "browser"
    writes.write_text(WRITES_WITHOUT_END.replace("{program}", str(program_of(family))))
    writes.chmod(0o755)
    host = start(family, program=str(writes))
    host.load(modules / MODULE)
    assert host.end() == (0, "")
    host.wait_until_nothing_is_left()


@pytest.mark.parametrize("family", list(PROGRAMS))
def test_a_browser_that_never_loads_the_page_is_given_up(
    family: str, start: Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeps = tmp_path / "browser"
    sleeps.write_text("#!/bin/sh\nsleep 1000 & wait\n")
    sleeps.chmod(0o755)
    monkeypatch.setenv("DISPATCHBENCH_BROWSER_TIMEOUT", "1")
    host = start(family, program=str(sleeps))
    code, said = host.end()
    assert code == 1
    assert said.startswith(f"serve_browser: {sleeps}: its page wasn't ready within 1 s")
    host.wait_until_nothing_is_left()


@pytest.mark.parametrize("family", list(PROGRAMS))
def test_a_browser_that_ends_at_once_is_quoted(
    family: str, start: Any, tmp_path: pathlib.Path
) -> None:
    ends = tmp_path / "browser"
    ends.write_text("#!/bin/sh\necho 'no room for me' >&2\nexit 3\n")
    ends.chmod(0o755)
    code, said = start(family, program=str(ends)).end()
    assert code == 1
    assert said.startswith(f"serve_browser: {ends}: it can't be started: ")
    assert said.endswith('; it said "no room for me"\n')


ENDS_BEFORE_ITS_BROWSER_STARTS = """
import { readdirSync } from "node:fs";
const { startedBrowser } = await import(process.argv[2]);
setInterval(() => readdirSync(process.env.TMPDIR).length > 0 && process.exit(1), 0);
await startedBrowser({ family: process.argv[3], program: "/bin/false", flags: [], timeout: 10000 });
"""


@pytest.mark.parametrize("family", list(PROGRAMS))
def test_a_host_that_ends_before_its_browser_starts_leaves_nothing(
    family: str, tmp_path: pathlib.Path
) -> None:
    script = tmp_path / "ends.mjs"
    script.write_text(ENDS_BEFORE_ITS_BROWSER_STARTS)
    with tempfile.TemporaryDirectory(prefix="db") as folder:
        subprocess.run(
            [NODE, script, HOSTS / "browser/started_browser.mjs", family],
            env=os.environ | {"TMPDIR": folder},
            check=False,
            timeout=60,
        )
        # The keeper may start and end after it.
        deadline = time.monotonic() + 30
        while os.listdir(folder):
            assert time.monotonic() < deadline, os.listdir(folder)
            time.sleep(0.05)


KILLS_ITS_BROWSER = """
import os, signal, subprocess, sys
host = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
for line in host.stdout:
    os.write(1, line)
    if line.startswith(b'{"begin"'):
        with open(f"/proc/{host.pid}/task/{host.pid}/children") as children:
            os.kill(int(children.read()), signal.SIGKILL)
sys.exit(host.wait())
"""


def test_a_browser_that_is_killed_costs_its_own_rows(
    modules: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    command = host_command(NODE, "chromium", program_of("chromium"))
    for name in (MODULE, TYPED_MODULE):
        shutil.copy(modules / name, tmp_path)
    list_engines(tmp_path, [Engine("killed", (sys.executable, "-c", KILLS_ITS_BROWSER, *command))])
    output = tmp_path / "results.json"
    measured = subprocess.run(
        [
            *(HARNESS, "run", "--processes", "2", "--repetitions", "1", "--output", output),
            *("--workload", "fib", "--backend", "switch_loop"),
            *("--library", tmp_path, "--library", f"native={LIBRARY}"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert measured.returncode == 1
    assert "the browser ended" in measured.stderr
    document = json.loads(output.read_text())
    (failure,) = document["context"]["dispatchbench"]["failures"]
    assert "exited with code 1" in failure["reason"]
    rows = [row["name"] for row in document["benchmarks"] if row["run_type"] == "iteration"]
    assert rows and all("native" in name for name in rows)


def test_without_puppeteer_every_browser_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setattr(browsers, "PUPPETEER", tmp_path / "none")
    engines, missing = found_browsers()
    assert not engines
    assert {each.remedy for each in missing} == {"ci/setup"}


def test_a_browser_is_found_on_path_and_in_two_modes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    """Debian's wrapper `firefox` starts the extended support release, which is no engine of its own."""
    for name, said in (("node", ""), ("chromium", ""), ("firefox", "Mozilla Firefox 153.8.0esr")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {said}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DISPATCHBENCH_COMPILERS", str(tmp_path))
    engines, missing = found_browsers()
    assert [engine.label for engine in engines] == ["chromium", "chromium-top"]
    assert "--no-liftoff" in engines[1].command[-1]
    assert {each.label: each.remedy for each in missing}["firefox-esr"].startswith("apt-get ")
