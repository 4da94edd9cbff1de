"""How a program ends, whatever ends it: its output, a signal, or a mistake of its own. No ending is a traceback.

Needs nothing but Python's standard library.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import threading
import traceback
from types import FrameType
from typing import Callable, Iterator, TextIO, cast

from dispatchbench_reports.visible_text import visible, visible_lines

FAILURE = 1
INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM
READER_GONE = 128 + signal.SIGPIPE
TRACEBACK_VARIABLE = "DISPATCHBENCH_TRACEBACK"


class Terminated(BaseException):
    """SIGTERM came. Raised like KeyboardInterrupt, so that whatever cleans up does."""


class _OutputFailed(Exception):
    """Standard output can't be written; a reader that has gone is a BrokenPipeError instead."""


class _Output(io.TextIOBase):
    """Standard output whose failures can be told from those of files."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with _watched():
            return self._stream.write(text)

    def flush(self) -> None:
        with _watched():
            self._stream.flush()

    def fileno(self) -> int:
        return self._stream.fileno()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def writable(self) -> bool:
        return True


@contextlib.contextmanager
def _watched() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _OutputFailed(
            f"standard output: can't be written: {error.strerror or error}"
        ) from error


def complain(program: str, text: str) -> None:
    """Prints an error with its program's name on standard error, as long as there is one."""
    try:
        if sys.stderr is not None:
            print(f"{program}: {visible_lines(text)}", file=sys.stderr, flush=True)
    except OSError:
        pass  # Nobody can be told; the exit code still says it.


def described(error: OSError) -> str:
    """An operating system's error as file and reason, without its number."""
    reason = error.strerror or str(error) or type(error).__name__
    return f"{os.fsdecode(error.filename)}: {reason}" if error.filename else reason


def run_program(program: str, work: Callable[[], int]) -> int:
    """Runs `work` and returns its exit code, or that of whatever ended it.

    130 and 143 after SIGINT and SIGTERM; 1 if standard output can't be written, or for an error that nobody foresaw. If
    the reader of a pipe has gone, that is the code of the work if it was done, and else 141.
    """
    if sys.stdout is None:
        complain(program, "standard output: is closed; send it to a file or a pipe")
        return FAILURE
    main_thread = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, _terminate) if main_thread else None
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    output = sys.stdout
    try:
        with contextlib.redirect_stdout(cast(TextIO, _Output(output))):
            return _ended(program, work)
    except KeyboardInterrupt:
        complain(program, "interrupted")
        return INTERRUPTED
    except Terminated:
        complain(program, "terminated")
        return TERMINATED
    except OSError as error:
        complain(program, described(error))
        return FAILURE
    except MemoryError:
        complain(program, "out of memory; give it less at once, or more memory")
        return FAILURE
    except Exception as error:
        complain(program, _mistake(error))
        return FAILURE
    finally:
        _silence(output)
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _ended(program: str, work: Callable[[], int]) -> int:
    """The code of the work, unless its output fails: then another one, or SystemExit with one."""
    done: int | None = None
    end: SystemExit | None = None
    try:
        try:
            done = work()
        except SystemExit as raised:  # argparse, after --help or wrong usage.
            end = raised
        sys.stdout.flush()
    except BrokenPipeError:
        return READER_GONE if done is None else done
    except _OutputFailed as error:
        complain(program, str(error))
        return FAILURE
    if end is not None:
        raise end
    return FAILURE if done is None else done


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated


def _mistake(error: Exception) -> str:
    """An error that no part of the program foresaw, in one line unless the traceback is asked for."""
    if os.environ.get(TRACEBACK_VARIABLE):
        return "".join(traceback.format_exception(error))
    place = traceback.extract_tb(error.__traceback__)[-1]
    return visible(
        f"a mistake of this program, please report it: {type(error).__name__}: {error} "
        f"({os.path.basename(place.filename)}:{place.lineno}; {TRACEBACK_VARIABLE}=1 shows the way there)"
    )


def _silence(output: TextIO) -> None:
    """Lets Python write what is left of a failed output nowhere, so that it can't fail once more at exit."""
    try:
        output.flush()
    except (OSError, _OutputFailed):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, output.fileno())
        os.close(nowhere)
