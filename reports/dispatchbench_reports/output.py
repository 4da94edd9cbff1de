"""Writes files so that nobody ever sees half of one. Needs nothing but Python's standard library."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Mapping

from dispatchbench_reports.problems import Problem


def make_directory(directory: str) -> Path:
    """Makes the directory if it is missing, and checks that files can be written into it."""
    path = Path(directory)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise Problem(
            directory, "-o", f"can't be written ({error.strerror})", "Choose another directory"
        ) from error
    return path


def write_all(files: Mapping[Path, bytes]) -> None:
    """Writes every file under a temporary name beside its place, then moves all of them there."""
    written: list[tuple[str, Path]] = []
    try:
        for path, data in files.items():
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            written.append((temporary, path))
            with os.fdopen(handle, "wb") as target:
                target.write(data)
            os.chmod(temporary, 0o644)
        for temporary, path in written:
            os.replace(temporary, path)
    except OSError as error:
        for temporary, _ in written:
            Path(temporary).unlink(missing_ok=True)
        where = str(written[-1][1]) if written else str(next(iter(files), ""))
        raise Problem(
            where, "", f"can't be written ({error.strerror})", "Choose another directory"
        ) from error
