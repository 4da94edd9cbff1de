"""What several files of tests share."""

from __future__ import annotations

import os
import pathlib

import pytest
from tool_under_test import NODE
from wasm import engines
from wasm.building import build_modules, list_engines
from wasm.engines import Engine


@pytest.fixture(name="modules", scope="session")
def built_modules(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder with both modules, run by one engine."""
    folder = tmp_path_factory.mktemp("wasm")
    build_modules(folder, len(os.sched_getaffinity(0)))
    list_engines(folder, [Engine("node", (str(NODE), str(engines.HOSTS / "serve_node.mjs")))])
    return folder
