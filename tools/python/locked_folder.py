"""Keeps two runs of a command from changing the same folder."""

from __future__ import annotations

import contextlib
import fcntl
import pathlib
from collections.abc import Iterator

from tool import ToolError


@contextlib.contextmanager
def locked_folder(folder: pathlib.Path, program: str, remedy: str) -> Iterator[None]:
    """The folder, made if there is none, which this process alone changes. Raises ToolError, with `remedy`, if it can't be
    written, and if another run of `program` has it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w", encoding="utf-8")
    except OSError as error:
        raise ToolError(f"{folder}: can't be written ({error.strerror}); {remedy}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ToolError(
                f"{folder}: another {program} is changing it; wait until that has finished"
            ) from error
        yield
