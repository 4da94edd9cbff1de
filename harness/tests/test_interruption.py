"""A signal ends a command with the exit code that stands for it, and what is complete is kept."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from program import EMULATOR, FEW_PAIRS, LIBRARY, PROGRAM, ROOT, measures

RUN = ("run", "--workload", "tak", "--backend", "switch_loop|tail_call", "--processes", "5000")
COMPARE = ("compare", "--base", f"a={LIBRARY}", "--head", f"b={LIBRARY}")
ENDLESS_ROM = bytes.fromhex("a00100" + "2c")  # LIT2 0100 JMP2.
FEW = ("--workload", "tak", "--backend", "switch_loop", "--inject-slowdown", "0")


def is_running(process: str) -> bool:
    """Whether there is such a process, and not only its end to be taken note of."""
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] not in ("Z", "X")
    except OSError:
        return False


class Interrupted:
    """A command on a terminal that was sent a signal once its progress had been shown some times."""

    def __init__(self, arguments: tuple[str, ...], shown: bytes, times: int, number: int) -> None:
        reader, terminal = os.openpty()
        with subprocess.Popen(
            [*EMULATOR, PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=terminal, text=True
        ) as process:
            os.close(terminal)
            said = b""
            while said.count(shown) < times:
                said += os.read(reader, 4096)
            process.send_signal(number)
            self.stdout, _ = process.communicate(timeout=120)
            self.code = process.returncode
        try:
            while block := os.read(reader, 4096):
                said += block
        except OSError:  # The end of a terminal.
            pass
        os.close(reader)
        self.stderr = said.decode(errors="replace")


@measures
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_run_keeps_the_processes_that_are_complete(
    number: int, code: int, tmp_path: Path
) -> None:
    output = tmp_path / "r.json"
    found = Interrupted(
        (*RUN, "--repetitions", "2", "--output", str(output)), b"] measuring", 3, number
    )
    assert found.code == code, found.stderr
    ours = json.loads(output.read_text())["context"]["dispatchbench"]
    assert ours["interrupted"] is True
    assert f"interrupted after {ours['processes']} of 5000 processes" in found.stderr
    assert any(text.startswith("interrupted after") for text in ours["warnings"])
    # Of what is kept, which no analysis has seen.
    assert ours["stopping"]["analyses"] == 0 and ours["stopping"]["baseline"] == "switch_loop"
    assert ours["processes"] < 2 or ours["stopping"]["widest"] > 0
    assert (tmp_path / "r.ci.json").exists()
    assert not list(tmp_path.glob(".*"))


def interrupted_in_an_endless_program(
    *arguments: str | Path, number: int = signal.SIGTERM
) -> subprocess.CompletedProcess[str]:
    """A command that was sent a signal after a second of processor time, of which its start is a small part."""
    words = [*EMULATOR, PROGRAM, *map(str, arguments), "--max-instructions", str(10**12)]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        status = Path(f"/proc/{process.pid}/stat")
        try:
            while int(status.read_text().rpartition(")")[2].split()[11]) < os.sysconf("SC_CLK_TCK"):
                assert process.poll() is None, process.communicate()
                time.sleep(0.01)
            process.send_signal(number)
            stdout, stderr = process.communicate(timeout=60)
        finally:
            process.kill()
        return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)


@measures
@pytest.mark.parametrize(
    "words",
    [
        ("profile",),
        ("profile", "--json"),
        ("verify",),
        ("verify", "--json"),
        ("run",),
        ("cold",),
        COMPARE,
    ],
    ids=" ".join,
)
def test_no_command_ends_silently(words: tuple[str, ...], tmp_path: Path) -> None:
    rom = tmp_path / "endless.rom"
    rom.write_bytes(ENDLESS_ROM)
    output = tmp_path / "output.json"
    outputs = [] if words[0] in ("profile", "verify") else ["--output", str(output)]
    found = interrupted_in_an_endless_program(*words, "--rom", rom, *outputs)
    assert found.returncode == 143, found
    assert found.stdout == ""
    assert found.stderr == (
        "dispatchbench: interrupted while running a program on the reference interpreter; "
        "there is nothing to keep\n"
    )
    assert not output.exists()


@measures
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_profile_keeps_the_programs_that_are_complete(
    number: int, code: int, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "workloads/tak", tmp_path / "tak")
    endless = tmp_path / "without_end"
    endless.mkdir()
    (endless / "without_end.rom").write_bytes(ENDLESS_ROM)
    fields = json.loads((tmp_path / "tak/workload.json").read_text()) | {"name": endless.name}
    (endless / "workload.json").write_text(json.dumps(fields))
    arguments = ("profile", "--workloads", tmp_path)
    text = interrupted_in_an_endless_program(*arguments, number=number)
    json_text = interrupted_in_an_endless_program(*arguments, "--json", number=number)
    for found in (text, json_text):
        assert found.returncode == code, found
        assert "interrupted after 1 of 2 programs: what is printed covers these" in found.stderr
    assert "tak: " in text.stdout and "without_end" not in text.stdout
    document = json.loads(json_text.stdout)
    assert document["interrupted"] is True
    assert [program["name"] for program in document["programs"]] == ["tak"]


@measures
def test_one_process_has_no_interval(tmp_path: Path) -> None:
    output = tmp_path / "r.json"
    found = Interrupted(
        (*RUN, "--repetitions", "40", "--output", str(output)), b"] measuring", 2, signal.SIGINT
    )
    assert found.code == 130
    assert "inf" not in found.stdout.replace("information", "")
    if json.loads(output.read_text())["context"]["dispatchbench"]["processes"] == 1:
        assert "no interval" in found.stdout


@measures
def test_an_interruption_before_anything_is_complete_writes_nothing(tmp_path: Path) -> None:
    output = tmp_path / "r.json"
    arguments = (*RUN, "--no-cache", "--output", str(output))
    found = Interrupted(arguments, b"] verifying", 1, signal.SIGINT)
    assert found.code == 130
    assert "interrupted" in found.stderr
    assert list(tmp_path.iterdir()) == []


@measures
def test_verify_says_how_far_it_came() -> None:
    found = Interrupted(("verify", "--no-cache"), b"] checking", 1, signal.SIGTERM)
    assert found.code == 143
    assert "rows were verified" in found.stderr
    assert "agree with the reference over" not in found.stdout


@measures
def test_a_comparison_is_undecided_and_keeps_its_pairs(tmp_path: Path) -> None:
    output = tmp_path / "c.json"
    arguments = (*COMPARE, *FEW, "--pairs", "1000", "--rounds", "4", "--output", str(output))
    found = Interrupted(arguments, b"] first run", 3, signal.SIGINT)
    assert found.code == 130, found.stderr
    document = json.loads(output.read_text())
    assert (document["interrupted"], document["exit_code"]) == (True, 130)
    assert document["verdict"] == "not resolved"
    assert document["rows"][0]["first"]["pairs"]
    assert "overall: undecided: interrupted" in found.stdout
    assert "too few to judge" in found.stdout


@measures
def test_an_interrupted_aa_stores_no_floor(tmp_path: Path) -> None:
    floor = tmp_path / "floor.json"
    arguments = ("compare", "--aa", "--workload", "tak", "--backend", "switch_loop")
    few = ("--trials", "1000", *FEW_PAIRS, "--fast", "--floor", str(floor))
    found = Interrupted((*arguments, *few), b"] trial 2", 1, signal.SIGINT)
    assert found.code == 130, found.stderr
    assert "of 1000 trials" in found.stderr
    assert "A/A" in found.stdout
    assert not floor.exists()


@measures
def test_a_second_signal_ends_it_at_once_with_its_children(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*EMULATOR, PROGRAM, *RUN, "--quiet", "--output", str(tmp_path / "r.json")],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while not (found := children.read_text().split()):
            pass
        process.send_signal(signal.SIGSTOP)  # Both are there before it acts on either.
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        assert process.wait(timeout=60) in (-signal.SIGINT, -signal.SIGTERM, 130, 143)
    deadline = time.monotonic() + 60  # The kernel ends them, a moment later.
    while any(is_running(child) for child in found):
        assert time.monotonic() < deadline, found
        time.sleep(0.01)
