"""Counts the basic blocks that an emulator enters, in C: see block_counter.c."""

from __future__ import annotations

import atexit
import ctypes
import functools
import pathlib
import shutil
import tempfile
from collections.abc import Iterator

import unicorn

from tool import ToolError, output_of

CAPACITY = 1 << 16


class Block(ctypes.Structure):
    """One entry of the table."""

    _fields_ = [
        ("address", ctypes.c_uint64),
        ("size", ctypes.c_uint64),
        ("entered", ctypes.c_uint64),
    ]


class Blocks(ctypes.Structure):
    """The table."""

    _fields_ = [("used", ctypes.c_uint64), ("blocks", Block * CAPACITY)]


@functools.cache
def compiled() -> pathlib.Path:
    """The shared object, compiled once a process; processes that fork afterwards share it."""
    compiler = shutil.which("cc") or shutil.which("clang-19") or shutil.which("gcc-12")
    if compiler is None:
        raise ToolError("no C compiler was found (cc, clang-19, gcc-12); ci/setup installs one")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dispatchbench-count-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "block_counter.so"
    source = pathlib.Path(__file__).with_suffix(".c")
    command = [compiler, "-O2", "-shared", "-fPIC", str(source), "-o", str(path)]
    output_of(command)
    return path


class BlockCounter:
    """Counts from now on what `emulator` executes."""

    def __init__(self, emulator: unicorn.Uc) -> None:
        self._table = Blocks()
        callback = ctypes.CDLL(str(compiled())).count_block
        # Unicorn's Python binding takes Python callbacks only, so the hook is added by its C function.
        library = unicorn.unicorn._uc  # pylint: disable=protected-access
        hook = ctypes.c_size_t()
        status = library.uc_hook_add(
            emulator._uch,  # pylint: disable=protected-access
            ctypes.byref(hook),
            ctypes.c_int(unicorn.UC_HOOK_BLOCK),
            ctypes.cast(callback, ctypes.c_void_p),
            ctypes.byref(self._table),
            ctypes.c_uint64(1),
            ctypes.c_uint64(0),  # an end below the begin: everywhere
        )
        if status != unicorn.UC_ERR_OK:
            raise ToolError(f"Unicorn {unicorn.__version__}: adding a hook failed ({status})")

    def clear(self) -> None:
        """Forgets what was counted."""
        ctypes.memset(ctypes.byref(self._table), 0, ctypes.sizeof(self._table))

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """Each block's address, size in bytes and how often it was entered."""
        if self._table.used >= CAPACITY - 1:
            raise ToolError(
                f"more than {CAPACITY} basic blocks; raise the capacity in block_counter.c"
            )
        for block in self._table.blocks:
            if block.entered:
                yield block.address, block.size, block.entered
