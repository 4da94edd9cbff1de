"""Starts a command: `launch.py COMMAND ARGUMENT...` runs main() of COMMAND/command_line.py in this folder.

Each command in tools/ is a line of shell that runs this file, so that paths and missing packages are handled here alone.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import pathlib
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
# What the tools import from elsewhere: how files are written, and the plain model of the instruction set.
FOLDERS = ("reports", "backends/isa")


def leave_setuptools_out() -> None:
    """Gives capstone, which asks distutils for a path, Python's own: setuptools has another, and takes long to load."""
    if sys.version_info >= (3, 12):
        return  # Python has none any more.
    with contextlib.suppress(ImportError, AttributeError):  # Not installed, or of another version.
        importlib.import_module("_distutils_hack").remove_shim()


def launch(command: str, arguments: list[str]) -> int:
    """Runs a command; returns its exit code."""
    sys.dont_write_bytecode = True  # Nothing appears in the tree because someone ran a command.
    # An audit makes and keeps objects by the million: with Python's own threshold a tenth of its time goes into looking for
    # cycles among them.
    gc.set_threshold(100_000)
    leave_setuptools_out()
    sys.path.extend(str(REPOSITORY / folder) for folder in FOLDERS)
    program_end = importlib.import_module("dispatchbench_reports.program_end")

    def load_and_run() -> int:
        try:
            module = importlib.import_module(f"{command}.command_line")
        except ImportError as error:
            print(f"{command}: {error}. ci/setup installs what is missing.", file=sys.stderr)
            return 1
        exit_code: int = module.main(arguments)
        return exit_code

    # Around loading, too, so that an interruption then is no traceback.
    exit_code: int = program_end.run_program(command, load_and_run)
    return exit_code


if __name__ == "__main__":
    sys.exit(launch(sys.argv[1], sys.argv[2:]))
