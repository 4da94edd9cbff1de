"""Programs end with a code and a sentence, never with a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dispatchbench_reports.program_end import run_program

REPORTS = Path(__file__).parents[1]


def ended(work: str, stdout: int = subprocess.DEVNULL) -> subprocess.CompletedProcess[str]:
    """A program whose work is this Python."""
    script = (
        "import os, signal, sys, time\n"
        "from dispatchbench_reports.program_end import run_program\n"
        f"def work():\n    {work}\n"
        "sys.exit(run_program('it', work))"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPORTS,
        text=True,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )


@pytest.mark.parametrize(
    ("work", "code", "said"),
    [
        ("return 3", 3, ""),
        ("sys.exit(2)", 2, ""),
        ("os.kill(os.getpid(), signal.SIGINT); time.sleep(9)", 130, "it: interrupted\n"),
        ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(9)", 143, "it: terminated\n"),
        ("open('no/file')", 1, "it: no/file: No such file or directory\n"),
        ("raise MemoryError", 1, "it: out of memory; give it less at once, or more memory\n"),
    ],
)
def test_every_ending_has_its_code_and_one_line(work: str, code: int, said: str) -> None:
    done = ended(work)
    assert (done.returncode, done.stderr) == (code, said)


def test_what_nobody_foresaw_is_one_line_with_the_way_to_more() -> None:
    done = ended("return {}['key\\x1b']")
    assert done.returncode == 1
    assert done.stderr.startswith("it: a mistake of this program, please report it: KeyError")
    assert "DISPATCHBENCH_TRACEBACK=1" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("work", ["print('x'); return 0", "print('x' * 100_000); return 0"])
def test_a_full_standard_output_is_an_error(tmp_path: Path, work: str) -> None:
    try:
        os.mknod(tmp_path / "full", 0o20666, os.makedev(1, 7))
    except OSError:
        pytest.skip("only root can make a device")
    with (tmp_path / "full").open("w") as full:
        done = ended(work, stdout=full.fileno())
    assert (done.returncode, done.stderr) == (
        1,
        "it: standard output: can't be written: No space left on device\n",
    )


@pytest.mark.parametrize(
    ("work", "code"), [("print('x'); return 3", 3), ("print('x' * 100_000); return 0", 141)]
)
def test_a_reader_that_has_gone_hides_no_finding(
    work: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = ended(work, stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (code, "")


def test_the_handler_of_a_caller_is_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert run_program("it", lambda: 0) == 0
    assert signal.getsignal(signal.SIGTERM) is before
