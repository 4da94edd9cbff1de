"""What all tools share: how they fail, run other programs and write files."""

from __future__ import annotations

import json
import pathlib
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from dispatchbench_reports.output import write_all
from dispatchbench_reports.problems import Problem

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
FINE, FAILURE, WRONG_USAGE, REGRESSION = 0, 1, 2, 3  # Exit codes.


class ToolError(Exception):
    """A failure: says what failed, why, and what to do next. Exit code 1."""


def exit_code_of(program: str, work: Callable[[], int | None]) -> int:
    """Runs `work` and returns its exit code. Failures are printed and become 1, a ValueError (wrong usage) becomes 2."""
    try:
        return work() or FINE
    except (ToolError, Problem, OSError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return FAILURE
    except ValueError as error:
        print(f"{program}: {error}; see {program} --help", file=sys.stderr)
        return WRONG_USAGE


def output_of(
    command: Sequence[str | pathlib.Path],
    *,
    folder: pathlib.Path | None = None,
    text: str | None = None,
    missing: str = "",
) -> str:
    """Standard output of a command that gets `text` as its input. Raises ToolError with everything the command printed
    if it fails; `missing` says what to do if there is no such program."""
    line = shlex.join(str(word) for word in command)
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise ToolError(f"{command[0]}: not found. {missing or 'ci/setup installs it'}") from error
    if done.returncode != 0:
        where = f" in {folder}" if folder else ""
        said = f"{done.stdout}{done.stderr}".strip()
        raise ToolError(f"{line} failed{where} (exit code {done.returncode}):\n{said}")
    return done.stdout


def write_text(path: pathlib.Path, text: str) -> None:
    """Writes a file that nobody ever sees half written."""
    write_all({path: text.encode()})


def write_json(path: pathlib.Path | str, document: Any, indent: int = 1) -> None:
    """Writes a document to a file, or to standard output if `path` is "-"."""
    text = json.dumps(document, indent=indent) + "\n"
    if path == "-":
        sys.stdout.write(text)
    else:
        write_text(pathlib.Path(path), text)
