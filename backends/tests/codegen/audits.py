"""Audits of libraries, by the command as people run it; of those that every test reads, once."""

from __future__ import annotations

import functools
import json
import os
import pathlib
from typing import Any

from machine_code.elf_image import content_hash
from tool_under_test import run_tool

LIBRARY = os.environ["DISPATCHBENCH_LIBRARY"]
VARIANTS = os.environ["DISPATCHBENCH_VARIANTS"]
KIND, _, PROCESSOR = os.environ["DISPATCHBENCH_VARIANTS_OF"].partition("-")
EMULATOR = os.environ["DISPATCHBENCH_EMULATOR"].split()  # What runs programs of this build.


def audit_of(library: str | pathlib.Path) -> dict[str, Any]:
    """The audit of a library."""
    finished = run_tool("tools/audit", library, "--json", "-")
    assert finished.returncode == 0, finished.stderr
    found: dict[str, Any] = json.loads(finished.stdout)
    return found


@functools.cache
def library_audit() -> dict[str, Any]:
    """The audit of the build's library, which ctest has had made. To be left as it is."""
    made = os.environ.get("DISPATCHBENCH_LIBRARY_AUDIT")
    if made is None:
        return audit_of(LIBRARY)
    found: dict[str, Any] = json.loads(pathlib.Path(made).read_text("utf-8"))
    assert found["library_hash"] == content_hash(pathlib.Path(LIBRARY).read_bytes())
    return found


@functools.cache
def variants_audit() -> dict[str, Any]:
    """The audit of the library of variants. To be left as it is."""
    return audit_of(VARIANTS)
