"""Reads what hyperfine wrote with `--export-json`.

The format is defined by github.com/sharkdp/hyperfine `src/benchmark/benchmark_result.rs`: times in seconds, one for each
run, and every run is a process of its own. User and system time are there as means only, so that wall time alone
has an interval.
"""

from __future__ import annotations

import os
import re
import shlex
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

from dispatchbench_reports.phrases import listed
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.foreign_file import ForeignFile, Origin
from dispatchbench_reports.reading.json_fields import is_number
from dispatchbench_reports.reading.results_file import ResultsFile

PROGRAM = "hyperfine"
SECOND = 1e9
Names = tuple[str, str]
"""backend and workload"""


@dataclass(frozen=True)
class _Result:
    command: str
    parameters: Mapping[str, str]
    times: tuple[float, ...]


def recognises(document: Any) -> bool:
    """Whether a document is of this format, as far as its outline shows."""
    return (
        isinstance(document, dict)
        and isinstance(document.get("results"), list)
        and all(isinstance(result, dict) for result in document["results"])
        and any("command" in result for result in document["results"])
    )


def read(path: str, document: dict[str, Any], source_name: str) -> ResultsFile:
    """Each run as a process with one sample. Raises Problem if no command has a time."""
    found = ForeignFile(path, source_name, Origin(PROGRAM, Path(path).stem, timed="run"))
    results = [
        result for entry in document["results"] if (result := _result(entry, found)) is not None
    ]
    names, note = _named(results)
    twice = [name for name, number in Counter(map(names, results)).items() if number > 1]
    if twice:
        backend, workload = twice[0]
        raise Problem(
            path,
            "results",
            f"two are {backend} on {workload}",
            "Give commands different names with hyperfine --command-name",
        )
    for result in results:
        backend, workload = names(result)
        for process, time in enumerate(result.times):
            found.add(backend, workload, process, time * SECOND, None)
    return found.content([f"{source_name}: {note}"] if note else [])


def _result(entry: dict[str, Any], found: ForeignFile) -> _Result | None:
    command = entry.get("command")
    if not isinstance(command, str) or not command.strip():
        found.leave_out("without a command")
        return None
    times = entry.get("times")
    if not isinstance(times, list):
        times = [entry.get("median", entry.get("mean"))]
    codes = entry.get("exit_codes")
    if isinstance(codes, list) and len(codes) == len(times):
        failed = [code for code in codes if code != 0]
        if failed:
            found.leave_out(f"of {command} that ended with exit code {failed[0]}", len(failed))
        times = [time for time, code in zip(times, codes) if code == 0]
    good = tuple(float(time) for time in times if is_number(time) and time > 0)
    if len(good) < len(times):
        found.leave_out(f"of {command} without a time above 0", len(times) - len(good))
    if not good:
        if not times and not codes:
            found.leave_out(f"of {command} without times")
        return None
    parameters = entry.get("parameters")
    values = parameters if isinstance(parameters, dict) else {}
    return _Result(command, {name: str(value) for name, value in values.items()}, good)


def _named(results: Sequence[_Result]) -> tuple[Callable[[_Result], Names], str]:
    """How to name commands, so that as many as possible can be compared, and what to say of it.

    With parameters (`-L vm switch,goto`) these are the workloads and what stays of the command is the backend; if only one
    command stays, the values of the first parameter whose values are part of it are the backends. Without parameters, the
    program is the backend and its arguments are the workload, if programs share arguments; else the whole command is the
    backend.
    """
    if results and all(result.parameters for result in results):
        if len({_template(result) for result in results}) > 1:
            return lambda result: (_template(result), _values(result.parameters)), ""
        varied = [
            name
            for name in results[0].parameters
            if len({result.parameters.get(name) for result in results}) > 1
        ]
        if varied:
            chosen = varied[0]
            others = f"; {listed(varied[1:])} make the workloads" if varied[1:] else ""
            return (
                lambda result: (
                    result.parameters.get(chosen, ""),
                    _values(
                        {
                            name: result.parameters[name]
                            for name in varied[1:]
                            if name in result.parameters
                        }
                    ),
                ),
                f"the values of the parameter {chosen} are the backends{others}",
            )
    by_program = Counter(_program_and_arguments(result)[1] for result in results)
    programs = {_program_and_arguments(result)[0] for result in results}
    if len(programs) > 1 and all(number > 1 for number in by_program.values()):
        return _program_and_arguments, ""
    return lambda result: (result.command, "all"), ""


def _program_and_arguments(result: _Result) -> Names:
    try:
        words = shlex.split(result.command)
    except ValueError:
        words = result.command.split()
    program, *arguments = words or [result.command]
    return os.path.basename(program) or program, " ".join(arguments) or "all"


def _template(result: _Result) -> str:
    """The command with its parameters' values replaced by their names."""
    text = result.command
    for name, value in sorted(result.parameters.items(), key=lambda item: -len(item[1])):
        if value:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", f"{{{name}}}", text)
    return text


def _values(parameters: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in parameters.items()) or "all"
