"""Measures all engines in one `dispatchbench run`, the native library beside them, and makes the report."""

from __future__ import annotations

import pathlib
import subprocess
from collections.abc import Sequence

from measuring_program import NATIVE_LIBRARY, PROGRAM, file_stamp, run_reports
from tool import FINE, ToolError, finished

VARIANTS = (
    "switch_loop|switch_outlined|switch_superinstructions_64_top"
    "|tail_call(_typed|_outlined|_by_pointer)?|call_table|trampoline"
)
"""What is measured unless --backend says which: those that differ in WebAssembly."""
FIRST_RUNS = "switch_loop|tail_call(_typed)?|trampoline"
NATIVE = "native"
"""The native library's label."""


def _command(
    what: str,
    folder: pathlib.Path,
    output: pathlib.Path,
    options: Sequence[str],
    usual: dict[str, str],
) -> list[str | pathlib.Path]:
    """A command of the program, with usual options where the user gives none of that name."""
    given = {option.split("=", 1)[0] for option in options}
    command: list[str | pathlib.Path] = [PROGRAM, what, "--library", folder]
    command += ["--library", f"{NATIVE}={NATIVE_LIBRARY}"]
    for name, value in {**usual, "--baseline": f"switch_loop/{NATIVE}"}.items():
        if name not in given:
            command += [name, value]
    return [*command, "--output", output, *options]


def measure(folder: pathlib.Path, output: pathlib.Path, options: Sequence[str]) -> int:
    """Measures into a file; returns the exit code. Raises ToolError if there are no results."""
    # Intervals are over processes, which take half a minute each: so two samples of a row, and as many processes as there is
    # time for.
    usual = {"--backend": VARIANTS, "--repetitions": "2"}
    if not {"--fast", "--rigorous"} & set(options):
        usual["--max-time"] = "3600"
    before = file_stamp(output)
    command = _command("run", folder, output, options, usual)
    code = finished(command, stdin=subprocess.DEVNULL).returncode
    if file_stamp(output) == before:
        raise ToolError(f"nothing was measured (exit code {code}), for the reason above")
    return code


def start_cold(folder: pathlib.Path, output: pathlib.Path, options: Sequence[str]) -> int:
    """Measures cold starts into a file; returns the exit code."""
    command = _command("cold", folder, output, options, {"--backend": FIRST_RUNS})
    return finished(command, stdin=subprocess.DEVNULL).returncode


def report(output: pathlib.Path) -> int:
    """Prints the table of engines, makes the page, charts and tables, and says where they are; returns the exit code."""
    folder = output.with_name(f"{output.stem}-report")
    run_reports("engines", output)
    code = run_reports("report", output, "-o", folder, quiet=True)
    print(f"results:  {output}")
    if code == FINE:
        print(f"page:     {folder}/report.html")
        print(f"charts:   {folder}/engines.svg, {folder}/v8_history.svg (and .png and .pdf)")
    return code
