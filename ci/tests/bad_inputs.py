"""Runs the transcripts of bad inputs in ci/tests/bad_inputs/ and holds each command's exit code and first line against them.

A transcript is a text file of commands and what they answer:

    # A comment.
    $ printf x > one.json; reports table one.json
    2: dispatchbench_reports: one.json: line 1, column 1: not JSON [...]

A line that begins with "$ " is a bash command; the line after it is its exit code and the first line of its standard
error, or of its standard output if the former is empty. "[...]" stands for any text. Every command runs in a scratch folder
of its own, with all programs of the repository on PATH and these variables: REPO (the checkout), BUILD, CASES
(ci/tests/cases), LIBRARY (the backend library) and FAULTY (a library of wrong backends).

    /usr/bin/python3 ci/tests/bad_inputs.py             all transcripts; exit code 1 if an answer differs
    /usr/bin/python3 ci/tests/bad_inputs.py harness     only harness.txt
    /usr/bin/python3 ci/tests/bad_inputs.py --update    writes the answers that were found into the transcripts
"""

from __future__ import annotations

import argparse
import compileall
import os
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TRANSCRIPTS = REPOSITORY / "ci/tests/bad_inputs"
BUILD = Path(os.environ.get("DISPATCHBENCH_BUILD", REPOSITORY / "build/clang"))
TOOLS = (
    "assemble",
    "audit",
    "bench",
    "compilers",
    "count",
    "flags",
    "layouts",
    "libraries",
    "model",
    "per_opcode",
    "survey",
    "verdict_trials",
)
PYTHON = ("reports/dispatchbench_reports", "tools/python", "backends/isa")
"""What the programs import. They leave no compiled files themselves, and would compile all of it in every command."""
ANY = "[...]"
SECONDS = 120
"""A command that hangs fails; none is meant to take more than a few seconds."""
NEVER_SAID = (
    "Traceback",
    "terminate called",
    "what():",
    "AddressSanitizer",
    "    at ",
    "node:internal",
)
"""What no answer may contain: words of the language in place of words for the user."""


@dataclass(frozen=True)
class Command:
    """A command of a transcript and its answer: "CODE: first line"."""

    transcript: str
    line: int
    text: str
    answer: str


def read_transcript(path: Path) -> list[Command]:
    """The commands of a transcript. Raises ValueError for a line that is neither command, answer nor comment."""
    found: list[Command] = []
    waiting: tuple[int, str] | None = None
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if line.startswith("$ "):
            if waiting is not None:
                found.append(Command(path.stem, waiting[0], waiting[1], ""))
            waiting = (number, line[2:])
        elif waiting is not None and line:
            found.append(Command(path.stem, waiting[0], waiting[1], line))
            waiting = None
        elif line and not line.startswith("#"):
            raise ValueError(
                f"{path.name}:{number}: found {line!r}, expected '$ COMMAND' or '# COMMENT'"
            )
    if waiting is not None:
        found.append(Command(path.stem, waiting[0], waiting[1], ""))
    return found


def programs(folder: Path) -> None:
    """Writes the programs of the repository into a folder, for PATH."""
    lines = {name: [str(REPOSITORY / "tools" / name)] for name in TOOLS}
    lines["gate"] = [str(REPOSITORY / "ci/gate")]
    lines["dispatchbench"] = [str(BUILD / "dispatchbench")]
    lines["reports"] = [
        "env",
        f"PYTHONPATH={REPOSITORY / 'reports'}",
        "/usr/bin/python3",
        "-m",
        "dispatchbench_reports",
    ]
    for name, words in lines.items():
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        program.chmod(0o755)


def answer_of(command: Command, path: Path) -> str:
    """Runs a command in an empty folder; its exit code and first line, with the places of this machine named."""
    with tempfile.TemporaryDirectory(prefix="bad-input-") as scratch:
        environment = {
            **os.environ,
            "PATH": f"{path}:{os.environ['PATH']}",
            "REPO": str(REPOSITORY),
            "BUILD": str(BUILD),
            "CASES": str(REPOSITORY / "ci/tests/cases"),
            "LIBRARY": str(BUILD / "dispatchbench_backends.so"),
            "FAULTY": str(BUILD / "harness/tests/faulty_backends.so"),
            "XDG_STATE_HOME": f"{scratch}/.state",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LC_ALL": "C.UTF-8",
        }
        try:
            done = subprocess.run(
                ["bash", "-c", command.text],
                cwd=scratch,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"hangs for {SECONDS} s"
        said = (done.stderr or done.stdout).decode("utf-8", "backslashreplace")
        everything = said + done.stdout.decode("utf-8", "backslashreplace")
        for words in NEVER_SAID:
            if words in everything:
                return f"{done.returncode}: says {words!r}: {said[-300:]!r}"
        for place, name in ((scratch, "SCRATCH"), (str(BUILD), "BUILD"), (str(REPOSITORY), "REPO")):
            said = said.replace(place, name)
        first = next((line for line in said.split("\n") if line.strip()), "")
        return f"{done.returncode}: {first}".rstrip()


def agrees(expected: str, found: str) -> bool:
    """Whether an answer is the expected one, in which "[...]" stands for any text."""
    pattern = ".*".join(re.escape(part) for part in expected.split(ANY))
    return re.fullmatch(pattern, found) is not None


def updated(text: str, commands: list[Command]) -> str:
    """A transcript's text with these answers in place of its own."""
    answers = {command.line: command.answer for command in commands}
    lines = text.split("\n")
    written: list[str] = []
    number = 0
    while number < len(lines):
        written.append(lines[number])
        number += 1
        if number in answers:
            written.append(answers[number])
            if number < len(lines) and lines[number] and not lines[number].startswith(("$ ", "#")):
                number += 1
    return "\n".join(written)


def main() -> int:
    """Runs the transcripts that the command line names, or all; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "transcripts", nargs="*", metavar="NAME", help="of a transcript, without .txt"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="commands at a time")
    parser.add_argument("--update", action="store_true", help="write the answers that were found")
    options = parser.parse_args()
    paths = [TRANSCRIPTS / f"{name}.txt" for name in options.transcripts] or sorted(
        TRANSCRIPTS.glob("*.txt")
    )
    commands = [command for path in paths for command in read_transcript(path)]
    if not commands:
        raise SystemExit(f"{TRANSCRIPTS}: found no command, expected transcripts of bad inputs")
    for python in PYTHON:
        compileall.compile_dir(REPOSITORY / python, quiet=1)
    with tempfile.TemporaryDirectory(prefix="bad-inputs-") as folder:
        programs(Path(folder))
        with ThreadPoolExecutor(options.jobs) as workers:
            answers = list(workers.map(lambda command: answer_of(command, Path(folder)), commands))
    wrong = [
        (command, answer)
        for command, answer in zip(commands, answers)
        if not agrees(command.answer, answer)
    ]
    for command, answer in wrong:
        print(f"{command.transcript}.txt:{command.line}: $ {command.text}")
        print(f"  expected {command.answer}\n  found    {answer}")
    if options.update:
        for path in paths:
            new = [
                replace(command, answer=answer)
                for command, answer in wrong
                if command.transcript == path.stem
            ]
            path.write_text(updated(path.read_text("utf-8"), new), "utf-8")
    print(f"{len(commands)} bad inputs, {len(wrong)} with another answer")
    return 1 if wrong and not options.update else 0


if __name__ == "__main__":
    sys.exit(main())
