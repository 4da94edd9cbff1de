"""What the command lines of the tools have in common."""

from __future__ import annotations

import argparse
import os
import pathlib
import re
import sys
import tempfile
from collections.abc import Callable


class ToolError(Exception):
    """Something couldn't be done: what, why, and what to do next. Exit code 1."""


def regular_expression(text: str) -> re.Pattern[str]:
    """The type of an argument."""
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"not a regular expression ({error})") from error


def write_whole(path: pathlib.Path, text: str) -> None:
    """Writes a file that is never seen half written: beside its place first. Raises ToolError."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as stream:
            try:
                stream.write(text)
                stream.close()
                os.chmod(stream.name, 0o644)
                os.replace(stream.name, path)
            except OSError:
                os.unlink(stream.name)
                raise
    except OSError as error:
        raise ToolError(
            f"{path}: can't be written ({error.strerror}); choose another place"
        ) from error


def exit_code_of(program: str, work: Callable[[], int | None]) -> int:
    """Does the work; returns what it returns, or 1 for a ToolError (or a file that can't be written) and 2 for a
    ValueError (wrong usage), said on stderr."""
    try:
        return work() or 0
    except (ToolError, OSError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"{program}: {error}; see {program} --help", file=sys.stderr)
        return 2
