"""The program that tools measure with, and where its results go."""

from __future__ import annotations

import os
import pathlib
import subprocess
import time

from tool import REPOSITORY, ToolError, finished, make_folder, output_of

PROGRAM = REPOSITORY / "build/clang/dispatchbench"
NATIVE_LIBRARY = PROGRAM.with_name("dispatchbench_backends.so")
"""Beside it, if build_program is told to build dispatchbench_backends."""


def build_program(*further_targets: str) -> None:
    """Builds the program of the preset clang, and further targets. Raises ToolError."""
    output_of(["cmake", "--preset", "clang"], folder=REPOSITORY)
    build = ["cmake", "--build", "--preset", "clang", "--target", "dispatchbench"]
    output_of([*build, *further_targets], folder=REPOSITORY)


def results_file(wanted: pathlib.Path | None, topic: str, option: str = "--output") -> pathlib.Path:
    """Where the results go: `wanted`, or a new folder in results/ that is named by time and topic;
    `option` asked for it. Raises ToolError before anything long if they can't."""
    if wanted is None:
        name = f"{time.strftime('%Y-%m-%d-%H%M%S')}-{topic}"
        make_folder(REPOSITORY / "results")
        return REPOSITORY / "results" / name / "results.json"
    wanted = wanted.absolute()
    if wanted.is_dir():
        raise ToolError(f"{option} {wanted}: is a folder; expected a file")
    if not wanted.parent.is_dir():
        raise ToolError(
            f"{option} {wanted}: there is no folder {wanted.parent}; create it, or choose another place"
        )
    if not os.access(wanted.parent, os.W_OK):
        raise ToolError(f"{option} {wanted}: can't be written; choose another place")
    return wanted


def file_stamp(path: pathlib.Path) -> tuple[int, int] | None:
    """Differs once the file was written anew."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_ino


def run_reports(*arguments: str | pathlib.Path, quiet: bool = False) -> int:
    """Runs dispatchbench_reports, whose standard output is dropped if `quiet`; returns the exit code."""
    return finished(
        ["/usr/bin/python3", "-m", "dispatchbench_reports", *arguments],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY / "reports")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if quiet else None,
    ).returncode
