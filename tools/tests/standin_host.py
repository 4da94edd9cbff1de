"""A host that isn't native: speaks the sampling protocol on stdin and stdout and runs programs on the plain Python
model of the instruction set.

    /usr/bin/python3 standin_host.py [--checks]

The file that `load` names only has to exist. It holds one backend, python_model. With --checks it runs the cases of
the check, too, which takes Python some seconds.
"""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import platform
import random
import sys
import time
import zlib
from collections.abc import Callable, Mapping
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "backends" / folder) for folder in ("isa", "tests")]

from isa_model import FRAMES, BudgetExhausted, Machine  # noqa: E402
from vector_format import BUDGET, State, vector_end  # noqa: E402

BACKEND = "python_model"
LIBRARY = {
    "label": "standin",
    "host": "python",
    "language": "python",
    "compiler": "cpython",
    "compiler_version": platform.python_version(),
    "flags": "",
    "target": "python",
    "backends": [
        {
            "name": BACKEND,
            "family": BACKEND,
            "dispatch": "call_table",
            "summary": "The plain model of the instruction set, in Python.",
            "expected": "any",
            "language": "python",
            "budgeted": False,
            "prepares": False,
            "audit": None,
        }
    ],
    "unavailable": [],
}
MASK = (1 << 64) - 1


class RequestError(Exception):
    """A request that can't be answered; the host goes on."""


class Host:
    """Answers requests."""

    def __init__(self, checks: bool = False) -> None:
        self.loaded = False
        self.starts: list[State] = []
        self.programs: list[tuple[bytes, dict[str, Any]]] = []  # ROM and what it is given
        self.machine = Machine()
        self.answers: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "load": self.load,
            "program": self.program,
            "run": self.run,
            "state": self.state,
            "batch": self.batch,
        }
        if checks:
            self.answers |= {"cases": self.cases, "check": self.check}

    def answer(self, line: str) -> dict[str, Any]:
        """The answer to one line."""
        try:
            request = json.loads(line)
            return self.answers[request["request"]](request)
        except (RequestError, BudgetExhausted) as error:
            return {"error": str(error)}
        except (KeyError, TypeError, ValueError) as error:
            return {"error": f"not a request of the sampling protocol: {error!r}"}

    def load(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Pins the process if asked to, and describes the library."""
        path = pathlib.Path(request["library"])
        if not path.is_file():
            raise RequestError(f"{path}: can't be read; expected a file")
        pinned = False
        if request.get("cpu", -1) >= 0:
            try:
                os.sched_setaffinity(0, {request["cpu"]})
                pinned = True
            except OSError as error:
                raise RequestError(
                    f"CPU {request['cpu']}: can't pin to it ({error.strerror})"
                ) from error
        self.loaded = True
        return {"library": LIBRARY, "pinned": pinned}

    def program(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Takes a program."""
        rom = bytes.fromhex(request["rom"])
        Machine().load(rom)  # Refuses what doesn't fit.
        given = {
            "console_input": bytes.fromhex(request["input"]),
            "arguments": [bytes.fromhex(text) for text in request.get("arguments", [])],
            "frames": request.get("frames", FRAMES),
        }
        self.programs.append((rom, given))
        return {"program": len(self.programs) - 1}

    def run(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Runs a program once."""
        cpu, wall = self._sample(
            request["backend"], request["program"], request.get("added_steps", 0)
        )
        return {"cpu": cpu, "wall": wall, "prepare": 0, "digest": self._digest()}

    def _digest(self) -> str:
        """The digest of the state after the last run."""
        machine = self.machine
        registers = (machine.pc >> 8, machine.pc & 0xFF, machine.wst.pointer, machine.rst.pointer)
        parts = (
            machine.ram,
            machine.wst.memory,
            machine.rst.memory,
            machine.device_page,
            bytes((*registers, machine.exit_code)),
            machine.console_output,
            machine.console_error,
        )
        return f"{zlib.crc32(b''.join(bytes(part) for part in parts)):08x}"

    def _sample(self, backend: str, program: int, added_steps: int) -> tuple[int, int]:
        """Nanoseconds of CPU and wall time of one run."""
        if not self.loaded:
            raise RequestError("no library is loaded")
        if backend != BACKEND:
            raise RequestError(f"no backend {backend}; there is {BACKEND}")
        if not 0 <= program < len(self.programs):
            raise RequestError(f"no program {program}; there are {len(self.programs)}")
        rom, given = self.programs[program]
        self.machine = Machine()
        begin_cpu, begin_wall = time.process_time_ns(), time.perf_counter_ns()
        self.machine.load(rom)
        self.machine.run_program(**given)
        product = 1
        for _ in range(added_steps):  # Each needs the result of the one before it.
            product = product * 0x9E3779B97F4A7C15 & MASK
        return time.process_time_ns() - begin_cpu, time.perf_counter_ns() - begin_wall

    def state(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """The machine after the last run."""
        machine = self.machine
        return {
            "state": {
                "pc": machine.pc,
                "wst": machine.wst.pointer,
                "rst": machine.rst.pointer,
                "exit_code": machine.exit_code,
                "stopped": bool(machine.stop_requested),
                "console_vector": machine.console_vector,
                "screen_vector": machine.screen_vector,
                "ram": machine.ram.hex(),
                "working_stack": machine.wst.memory.hex(),
                "return_stack": machine.rst.memory.hex(),
                "device_page": machine.device_page.hex(),
                "output": machine.console_output.hex(),
                "error": machine.console_error.hex(),
            }
        }

    def cases(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Takes start states."""
        self.starts += map(State.read, request["cases"])
        return {"cases": len(self.starts)}

    def check(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """Runs one vector from each of them."""
        for start in self.starts:
            machine = start.machine()
            machine.run_to_break(BUDGET)
            send({"ends": [vector_end(start, machine)]})
        return {"checked": len(self.starts)}

    def batch(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Rows with their repetitions, in random order, as Google Benchmark reports them."""
        repetitions = request["repetitions"]
        rows = list(request["rows"])
        random.Random(request["seed"]).shuffle(rows)
        benchmarks = []
        digests: dict[str, list[str]] = {}
        for row in rows:
            seen = set()
            send({"begin": row["name"]})
            for repetition in range(repetitions):
                cpu, wall = self._sample(row["backend"], row["program"], 0)
                seen.add(self._digest())
                benchmarks.append(
                    {
                        "name": row["name"],
                        "run_name": row["name"],
                        "run_type": "iteration",
                        "repetitions": repetitions,
                        "repetition_index": repetition,
                        "threads": 1,
                        "iterations": 1,
                        "real_time": float(wall),
                        "cpu_time": float(cpu),
                        "time_unit": "ns",
                    }
                )
            digests[row["name"]] = sorted(seen)
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        context = {"date": now, "executable": "standin"}
        return {
            "batch": {"context": context, "benchmarks": benchmarks},
            "hardware_counters": {},
            "digests": digests,
        }


def send(message: Mapping[str, Any]) -> None:
    """Writes one line, which the other side waits for."""
    print(json.dumps(message), flush=True)


def main() -> None:
    """Answers until stdin is closed."""
    host = Host(checks="--checks" in sys.argv[1:])
    for line in sys.stdin:
        send(host.answer(line))


if __name__ == "__main__":
    main()
