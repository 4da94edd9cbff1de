"""The fixture `modules`, which several files of tests share: `pytest_plugins = ["wasm_modules"]`."""

from __future__ import annotations

import fcntl
import os
import pathlib
import shutil

import pytest
from tool_under_test import NODE
from wasm.building import build_modules, list_engines
from wasm.engine import HOSTS, Engine

BUILT = pathlib.Path(os.environ["DISPATCHBENCH_BUILD"]) / "wasm"


@pytest.fixture(name="modules", scope="session")
def built_modules(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder with both WebAssembly modules and what was built with them, run by one engine. They are built once for
    all files, each of which may be a process of its own."""
    BUILT.parent.mkdir(parents=True, exist_ok=True)
    with BUILT.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build_modules(BUILT, len(os.sched_getaffinity(0)))
    folder = tmp_path_factory.mktemp("wasm")
    for file in BUILT.glob("dispatchbench_backends*.*"):
        shutil.copy(file, folder)
    list_engines(folder, [Engine("node", (str(NODE), str(HOSTS / "serve_node.mjs")))])
    return folder
