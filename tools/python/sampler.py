"""Speaks the sampling protocol with a host: a process that loads a backend library and runs programs on it.

One JSON object a line each way. A host answers every request with one line; `{"error": ...}` means that this request
failed and the host goes on. `dispatchbench serve` is the host for native libraries.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from tool import ToolError
from workload import FRAMES

STDERR_TAIL = 2000  # characters of a dead host's messages that are shown


class HostError(ToolError):
    """The host answered with an error, not as the protocol says, or not at all."""


@dataclasses.dataclass(frozen=True)
class Sample:
    """The times of one run, in nanoseconds; `cpu` and `wall` include `prepare`."""

    cpu: float
    wall: float
    prepare: float
    digest: str
    """Of the state that it ended in."""


@dataclasses.dataclass(frozen=True)
class Refused:
    """Why a backend doesn't take a program."""

    reason: str


@dataclasses.dataclass(frozen=True)
class State:
    """The whole machine after a run."""

    pc: int
    wst: int
    rst: int
    exit_code: int
    stopped: bool
    console_vector: int
    screen_vector: int
    ram: bytes
    working_stack: bytes
    return_stack: bytes
    device_page: bytes
    output: bytes
    error: bytes


STATE_NUMBERS = ("pc", "wst", "rst", "exit_code", "console_vector", "screen_vector")
STATE_BYTES = ("ram", "working_stack", "return_stack", "device_page", "output", "error")


class Sampler:
    """One host process, with at most one library. Use it as a context manager."""

    def __init__(
        self,
        command: Sequence[str | pathlib.Path],
        *,
        prefix: Sequence[str | pathlib.Path] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Starts `command`, with `prefix` before it (Valgrind, for example)."""
        self._words = [str(word) for word in (*prefix, *command)]
        self._stderr = tempfile.TemporaryFile()  # A pipe could fill up while nobody reads it.
        self._label = ""
        self._programs: list[str] = []
        self._row = ""
        try:
            self._process = subprocess.Popen(
                self._words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env=None if environment is None else dict(environment),
                text=True,
            )
        except OSError as error:
            self._stderr.close()
            raise ToolError(f"{self._words[0]}: can't be started ({error.strerror})") from error

    def __enter__(self) -> Sampler:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self._end()

    def load(
        self,
        library: pathlib.Path,
        *,
        cpu: int = -1,
        private: bool = False,
        shift_pages: int = 0,
    ) -> dict[str, Any]:
        """Loads a library; returns what it says of itself."""
        answer = self._ask(
            f"loading {library}",
            {
                "request": "load",
                "library": str(library),
                "cpu": cpu,
                "private": private,
                "shift_pages": shift_pages,
            },
        )
        description: dict[str, Any] = self._field(f"loading {library}", answer, "library", dict)
        self._label = str(description.get("label", library.stem))
        return description

    def program(
        self,
        name: str,
        rom: bytes,
        console_input: bytes = b"",
        arguments: Sequence[bytes] = (),
        frames: int = FRAMES,
    ) -> int:
        """Hands over a program; returns its number."""
        request = {
            "request": "program",
            "name": name,
            "rom": rom.hex(),
            "input": console_input.hex(),
            "arguments": [argument.hex() for argument in arguments],
            "frames": frames,
        }
        number: int = self._field(name, self._ask(name, request), "program", int)
        self._programs.append(name)
        if number != len(self._programs) - 1:
            raise HostError(
                f"{name}: the host numbered it {number}, expected {len(self._programs) - 1}"
            )
        return number

    def run(self, backend: str, program: int, added_steps: int = 0) -> Sample | Refused:
        """Runs a program once, from loading its ROM to its end."""
        row = self._row = f"{self._programs[program]}/{backend}/{self._label}"
        request = {
            "request": "run",
            "backend": backend,
            "program": program,
            "added_steps": added_steps,
        }
        answer = self._ask(row, request)
        if "refused" in answer:
            return Refused(str(answer["refused"]))
        cpu, wall, prepare = (
            self._field(row, answer, name, (int, float)) for name in ("cpu", "wall", "prepare")
        )
        return Sample(cpu, wall, prepare, self._field(row, answer, "digest", str))

    def state(self) -> State:
        """The machine as the last run left it."""
        what = f"the state after {self._row}"
        fields = self._field(what, self._ask(what, {"request": "state"}), "state", dict)
        values: dict[str, Any] = {
            name: self._field(what, fields, name, int) for name in STATE_NUMBERS
        }
        values["stopped"] = self._field(what, fields, "stopped", bool)
        values |= {name: self._bytes(what, fields, name) for name in STATE_BYTES}
        return State(**values)

    def close(self) -> None:
        """Lets the host end. Raises HostError if it doesn't end well."""
        self._close_stdin()
        exit_code = self._process.wait()
        tail = self._tail()
        self._end()
        if exit_code != 0:
            raise HostError(f"{self._words[0]} ended with {_ending(exit_code)}{tail}")

    def _ask(self, what: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Sends a request and returns the answer."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            exit_code = self._process.wait()
            raise HostError(
                f"{what}: the host {os.path.basename(self._words[0])} died ({_ending(exit_code)}){self._tail()}"
            )
        try:
            answer = json.loads(line)
        except json.JSONDecodeError as error:
            raise HostError(
                f"{what}: expected a line of JSON from the host, found {line[:200]!r}"
            ) from error
        if not isinstance(answer, dict):
            raise HostError(f"{what}: expected a JSON object from the host, found {line[:200]!r}")
        if "error" in answer:
            raise HostError(f"{what}: {answer['error']}")
        return answer

    @staticmethod
    def _field(
        what: str, answer: Mapping[str, Any], name: str, kind: type | tuple[type, ...]
    ) -> Any:
        """A field of an answer, checked."""
        value = answer.get(name)
        if not isinstance(value, kind):
            raise HostError(
                f"{what}: expected the host to answer with {name}, found {json.dumps(answer)[:200]}"
            )
        return value

    def _bytes(self, what: str, fields: Mapping[str, Any], name: str) -> bytes:
        """A field of hexadecimal digits."""
        text = self._field(what, fields, name, str)
        try:
            return bytes.fromhex(text)
        except ValueError as error:
            raise HostError(f"{what}: {name} isn't hexadecimal: {text[:40]}") from error

    def _tail(self) -> str:
        """The end of what the host wrote on stderr."""
        self._stderr.seek(0)
        text = self._stderr.read().decode(errors="replace").strip()
        return f":\n{text[-STDERR_TAIL:]}" if text else ", and said nothing on stderr"

    def _close_stdin(self) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass

    def _end(self) -> None:
        """Frees everything, whatever state the host is in."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._close_stdin()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._stderr.close()


def _ending(exit_code: int) -> str:
    if exit_code < 0:
        return signal.Signals(-exit_code).name
    return f"exit code {exit_code}"
