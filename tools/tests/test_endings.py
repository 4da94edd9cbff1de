"""How tools end: by a sentence and a code, with everything that they started."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from tool import ToolError, WrongUsage, exit_code_of, finished, output_of, read_object
from tool_under_test import REPOSITORY, run_tool

PATHS = [str(REPOSITORY / "tools/python"), str(REPOSITORY / "reports")]


@pytest.mark.parametrize("command", ["tools/audit", "tools/layouts", "ci/gate"])
def test_a_full_standard_output_is_an_error(command: str, tmp_path: pathlib.Path) -> None:
    try:
        os.mknod(tmp_path / "full", 0o20666, os.makedev(1, 7))
    except OSError:
        pytest.skip("only root can make a device")
    with (tmp_path / "full").open("w") as full:
        done = subprocess.run(
            [REPOSITORY / command, "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "standard output: can't be written: No space left on device" in done.stderr


def test_errors_have_their_codes_and_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def failing(error: Exception) -> int:
        def work() -> None:
            raise error

        return exit_code_of("it", work)

    assert failing(ToolError("a\x1b[2J: is wrong")) == 1
    assert failing(WrongUsage("--x: is wrong")) == 2
    assert failing(ValueError("of a library")) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["it: a\\x1b[2J: is wrong", "it: --x: is wrong; see it --help"]
    assert lines[2].startswith("it: a mistake of this program") and len(lines) == 3


def test_a_terminated_tool_ends_what_it_started(tmp_path: pathlib.Path) -> None:
    """The child starts a child of its own, as cmake starts ninja."""
    child = f"sleep 60 & echo $! > {tmp_path / 'grandchild'}; wait"
    script = (
        f"import sys; sys.path[:0] = {PATHS!r}\n"
        "from tool import exit_code_of, finished\n"
        f"sys.exit(exit_code_of('it', lambda: finished(['sh', '-c', {child!r}]).returncode))"
    )
    tool = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True)
    grandchild = tmp_path / "grandchild"
    deadline = time.monotonic() + 60
    while not (grandchild.is_file() and grandchild.read_text().strip()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    tool.send_signal(signal.SIGTERM)
    assert tool.wait(timeout=60) == 143
    status = pathlib.Path(f"/proc/{int(grandchild.read_text())}/stat")
    while status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_output_that_is_not_utf_8_is_no_wrong_usage() -> None:
    assert output_of(["printf", r"\377"]) == "\\xff"
    assert finished(["false"]).returncode == 1
    with pytest.raises(ToolError, match="can't be started"):
        output_of(["/"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "not JSON: ends in the middle"),
        (b'{"a": 1,}', "not JSON: found }, expected a name in double quotes"),
        (b"[]", "found list, expected a JSON object"),
        (b"\xff", "byte 0 is not UTF-8"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_a_file_that_holds_no_object_is_refused_in_words(
    text: bytes, said: str, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(text)
    with pytest.raises(ToolError) as caught:
        read_object(path, "remove it")
    assert said in str(caught.value) and str(caught.value).endswith("remove it")


def test_a_number_of_309_digits_is_refused_briefly() -> None:
    done = run_tool("tools/layouts", "build", "--count", "9" * 309)
    assert done.returncode == 2
    assert done.stderr.startswith("tools/layouts: argument --count: found 9999")
    assert "expected a whole number from 1 to 10000" in done.stderr
    assert len(done.stderr.splitlines()[0]) < 200


def test_a_signal_while_a_command_is_being_started_ends_it_too(tmp_path: pathlib.Path) -> None:
    started = tmp_path / "started"
    script = (
        f"import os, signal, subprocess, sys; sys.path[:0] = {PATHS!r}\n"
        "from tool import exit_code_of, finished\n"
        "class Interrupted(subprocess.Popen):\n"
        "    def __init__(self, *words, **options):\n"
        "        super().__init__(*words, **options)\n"
        f"        open({str(started)!r}, 'w').write(str(self.pid))\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "subprocess.Popen = Interrupted\n"
        "sys.exit(exit_code_of('it', lambda: finished(['sleep', '60']).returncode))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (done.returncode, done.stderr) == (130, "it: interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)
