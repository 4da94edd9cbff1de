"""Writes files so that nobody ever sees half of one. Needs nothing but Python's standard library."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import tempfile
from pathlib import Path
from typing import Mapping

from dispatchbench_reports.problems import Problem, Unwritable

MOST_LINKS = 40
"""as many as Linux follows"""


def make_directory(directory: str) -> Path:
    """Makes the directory if it is missing, and checks that files can be written into it."""
    if not directory:
        raise Problem("", "-o", "is empty, expected a folder's name")
    path = Path(directory)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except (FileExistsError, NotADirectoryError) as error:
        raise Problem(
            directory, "-o", "is no folder, or lies below a file; expected a folder"
        ) from error
    except OSError as error:
        raise Problem(
            directory, "-o", f"can't be written ({error.strerror})", "Choose another directory"
        ) from error
    return path


def _target(path: Path) -> tuple[Path, bool]:
    """What a path leads to through all its symbolic links, and whether that can be replaced by a new file.

    A device, a pipe and whatever the kernel shows of open files (/dev/stdout leads there) are written to instead.
    Raises OSError for a directory and for links that lead in a circle.
    """
    for _ in range(MOST_LINKS):
        folder = os.path.realpath(path.parent)
        if folder.startswith("/proc/"):
            return path, False
        if not path.is_symlink():
            break
        path = Path(folder) / os.readlink(path)
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return path, True
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(0, "it is a directory", str(path))
    return path, stat.S_ISREG(mode)


def _create_beside(path: Path, temporary: Path, data: bytes) -> None:
    """Writes a new file with the mode and owner of the one it will replace, or those that any new file gets."""
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    with os.fdopen(handle, "wb") as stream:
        with contextlib.suppress(FileNotFoundError):
            old = os.stat(path)
            with contextlib.suppress(PermissionError):
                os.fchown(handle, old.st_uid, old.st_gid)
            os.fchmod(handle, stat.S_IMODE(old.st_mode))
        stream.write(data)


def _write_into(path: Path, data: bytes) -> None:
    with open(path, "wb", buffering=0) as stream:
        rest = memoryview(data)
        while rest:
            rest = rest[stream.write(rest) or 0 :]


def write_all(files: Mapping[Path, bytes]) -> None:
    """Writes every file under a temporary name beside its place, then moves all of them there.

    Symbolic links are followed, devices and pipes are written to, directories refused. Raises Unwritable; whatever
    stops this (a full disk, a signal), each old file is whole, or the new one is, and no temporary file stays.
    """
    replaced: list[tuple[Path, Path]] = []
    writing = Path()
    try:
        in_place: list[tuple[Path, bytes]] = []
        for path, data in files.items():
            writing = path
            target, replaceable = _target(path)
            if not replaceable:
                in_place.append((target, data))
                continue
            temporary = target.with_name(f".dispatchbench-{secrets.token_hex(8)}")
            # Listed before it is there, so that no signal can come between.
            replaced.append((temporary, target))
            _create_beside(target, temporary, data)
        for writing, data in in_place:
            _write_into(writing, data)
        for temporary, writing in replaced:
            os.replace(temporary, writing)
    except OSError as error:
        raise Unwritable(
            str(writing), "", f"can't be written: {error.strerror}", _remedy(error)
        ) from error
    finally:
        for temporary, _ in replaced:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _remedy(error: OSError) -> str:
    if isinstance(error, IsADirectoryError):
        return "Give the name of a file"
    if isinstance(error, FileNotFoundError):
        return "Make its folder first"
    if error.errno == errno.ELOOP:
        return "Remove the links that lead in a circle"
    return "Make room, or choose another place; a file that was there is unchanged"
