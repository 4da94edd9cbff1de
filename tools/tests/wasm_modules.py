"""A pytest plugin: the WebAssembly modules, which tests of several files share because they take long to build."""

from __future__ import annotations

import os
import pathlib

import pytest
from wasm.building import build_modules


@pytest.fixture(name="modules", scope="session")
def built_modules(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder with both modules, which lists no library yet."""
    folder = tmp_path_factory.mktemp("wasm")
    build_modules(folder, len(os.sched_getaffinity(0)))
    return folder
