"""tools/bench, with stand-ins for what it builds: what it refuses at once, and that nothing outlives it."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest
from tool_under_test import HARNESS, REPOSITORY

STAND_IN = """#!/bin/bash
# Stands for dispatchbench: a measurement lasts until it is interrupted, and then keeps its results.
output=
for word; do
  if [ "$previous" = --output ]; then output=$word; fi
  previous=$word
done
if [ -z "$output" ]; then exit 0; fi
trap 'echo kept > "$output"; exit 130' INT
trap 'echo kept > "$output"; exit 143' TERM
echo $$ > "$MEASURING"
while :; do sleep 0.05; done
"""


@pytest.fixture
def checkout(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A checkout with tools/bench, a cmake that does nothing, and a stand-in for the program."""
    for folder in ("tools", "ci", "workloads/fib", "build/clang", "bin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "workloads/fib/workload.json").write_text("{}")
    shutil.copy(REPOSITORY / "tools/bench", tmp_path / "tools/bench")
    for name, text in (
        ("bin/cmake", "#!/bin/sh\n"),
        ("ci/setup", '#!/bin/sh\necho $$ > "$MEASURING"\nsleep 1000\n'),
        ("build/clang/dispatchbench", STAND_IN),
    ):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("MEASURING", str(tmp_path / "measuring"))
    return tmp_path


def bench(checkout: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs it to its end."""
    return subprocess.run(
        [checkout / "tools/bench", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def interrupted(
    checkout: pathlib.Path, number: int, *arguments: str
) -> tuple[int, str, list[pathlib.Path]]:
    """Sends a signal once it has started something: its exit code, what it said, and what is left of that."""
    started = checkout / "measuring"
    with subprocess.Popen(
        [checkout / "tools/bench", *arguments], stderr=subprocess.PIPE, text=True
    ) as process:
        while not (started.exists() and started.read_text().endswith("\n")):
            time.sleep(0.01)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    left = pathlib.Path(f"/proc/{started.read_text().strip()}")
    return process.returncode, said, [left] if left.exists() else []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--unheard-of"], 2, "--unheard-of: is no option"),
        (["--seed"], 2, "--seed: its value is missing"),
        (["--processes", "one"], 2, "expected a whole number from 2"),
        (["--rom", "no.rom"], 1, "no.rom: isn't there"),
        (["--workload", "fi"], 2, "matches none of fib"),
        (["--output", "no/r.json"], 1, "there is no folder"),
        (["--output", "."], 1, "is a folder"),
        (["--fast", "--rigorous"], 2, "can't be combined"),
    ],
)
def test_wrong_arguments_are_refused_before_set_up(
    checkout: pathlib.Path, arguments: list[str], code: int, words: str
) -> None:
    finished = bench(checkout, *arguments)
    assert (finished.returncode, finished.stdout) == (code, "")
    assert words in finished.stderr
    assert not (checkout / "measuring").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_was_measured_is_kept_and_nothing_outlives_it(
    checkout: pathlib.Path, number: int, code: int
) -> None:
    output = checkout / "r.json"
    found, said, left = interrupted(checkout, number, "--no-setup", "--output", str(output))
    assert (found, left) == (code, []), said
    assert output.read_text() == "kept\n"
    assert str(output) in said


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_set_up_ends_with_it(checkout: pathlib.Path, number: int, code: int) -> None:
    found, said, left = interrupted(checkout, number)
    assert (found, left) == (code, []), said


def test_it_knows_every_option_of_run() -> None:
    text = (REPOSITORY / "tools/bench").read_text()
    known = {"--help", "--version"}
    for name in ("program_options", "value_options", "flags"):
        line = re.search(rf'^{name}="(.*)"$', text, re.MULTILINE)
        assert line is not None
        known |= set(line[1].split())
    helped = subprocess.run(
        [HARNESS, "run", "--help"], capture_output=True, text=True, check=True
    ).stdout
    options = set(re.findall(r"^  (?:-h,)?(--[a-z-]+)", helped, re.MULTILINE))
    assert options and options == known - {"--version"}
