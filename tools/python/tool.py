"""What all tools share: how they fail, run other programs, and read and write files."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dispatchbench_reports.output import write_all
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.program_end import complain, run_program
from dispatchbench_reports.reading.json_errors import json_fault

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
FINE, FAILURE, WRONG_USAGE, REGRESSION = 0, 1, 2, 3  # Exit codes.


class ToolError(Exception):
    """A failure: says what failed, why, and what to do next. Exit code 1."""


class WrongUsage(ValueError):
    """An argument that can't be meant: says which, what was found and what was expected. Exit code 2."""


def exit_code_of(program: str, work: Callable[[], int | None]) -> int:
    """Runs `work` and returns its exit code. Failures are printed and become 1, wrong usage becomes 2, and signals and
    a full standard output end it as run_program says."""

    def guarded() -> int:
        try:
            return work() or FINE
        except (ToolError, Problem) as error:
            complain(program, str(error))
            return FAILURE
        except WrongUsage as error:
            complain(program, f"{error}; see {program} --help")
            return WRONG_USAGE

    return run_program(program, guarded)


def finished(
    command: Sequence[str | pathlib.Path], *, text: str | None = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end, with Popen's options. Whatever ends this program meanwhile (a signal, say) also ends
    the command and all that it started. Raises OSError if it can't be started."""
    words = [str(word) for word in command]
    process = None
    try:
        with _signals_wait():
            process = subprocess.Popen(
                words, text=True, errors="backslashreplace", process_group=0, **options
            )
        output, said = process.communicate(text)
    except BaseException:
        if process is not None:
            with process:  # Closes its pipes.
                _end_group(process)
        raise
    return subprocess.CompletedProcess(words, process.returncode, output, said)


@contextlib.contextmanager
def _signals_wait() -> Iterator[None]:
    """Until its end, SIGINT and SIGTERM are kept back: one that comes while a command is being started would leave the
    command running without anybody who knows of it. A blocked signal would stay blocked in the command; a handler
    doesn't."""
    if threading.current_thread() is not threading.main_thread():  # Only the main one gets signals.
        yield
        return
    came: list[int] = []
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    replaced = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in replaced:
        signal.signal(number, lambda arrived, _frame: came.append(arrived))
    try:
        yield
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)
        for late in came:
            signal.raise_signal(late)


def _end_group(process: subprocess.Popen[str]) -> None:
    """Asks a process and its children to end, and makes them after a while."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)


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
        done = finished(
            command,
            text=text,
            cwd=folder,
            stdin=subprocess.DEVNULL if text is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except FileNotFoundError as error:
        raise ToolError(f"{command[0]}: not found. {missing or 'ci/setup installs it'}") from error
    except OSError as error:
        raise ToolError(f"{command[0]}: can't be started ({error.strerror})") from error
    if done.returncode != 0:
        where = f" in {folder}" if folder else ""
        said = f"{done.stdout}{done.stderr}".strip()
        raise ToolError(f"{line} failed{where} (exit code {done.returncode}):\n{said}")
    return done.stdout


def read_text(path: pathlib.Path, remedy: str) -> str:
    """A text file's content. Raises ToolError, which ends with the remedy."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ToolError(f"{path}: can't be read ({error.strerror}); {remedy}") from error
    except UnicodeDecodeError as error:
        raise ToolError(f"{path}: byte {error.start} is not UTF-8; {remedy}") from error


def read_object(path: pathlib.Path, remedy: str) -> dict[str, Any]:
    """The object that a JSON file holds. Raises ToolError, which ends with the remedy."""
    text = read_text(path, remedy)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ToolError(
            f"{path}:{error.lineno}: not JSON: {json_fault(text, error)}; {remedy}"
        ) from error
    except (RecursionError, ValueError) as error:
        raise ToolError(f"{path}: nested too deep, or a number too long; {remedy}") from error
    if not isinstance(document, dict):
        raise ToolError(
            f"{path}: found {type(document).__name__}, expected a JSON object; {remedy}"
        )
    return document


def make_folder(path: pathlib.Path) -> None:
    """Makes a folder and those above it, unless it is there. Raises ToolError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ToolError(
            f"{path}: is no folder, or lies below a file; choose another --output"
        ) from error
    except OSError as error:
        raise ToolError(
            f"{path}: can't be made ({error.strerror}); choose another --output"
        ) from error


def write_text(path: pathlib.Path, text: str) -> None:
    """Writes a file that nobody ever sees half written."""
    write_all({path: text.encode()})


def write_json(path: pathlib.Path | str, document: Any, indent: int = 1) -> None:
    """Writes a document to a file, or to standard output if `path` is "-"."""
    text = json.dumps(document, indent=indent) + "\n"
    if path == "-":
        print(text, end="")
    else:
        write_text(pathlib.Path(path), text)
