"""What every test of the harness has around it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared by all tests, so that each backend is checked once. ctest, which runs each file by itself, names an empty one."""
    folder = os.environ.get("DISPATCHBENCH_CHECKED")
    return Path(folder) if folder else tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes this machine's floor or what passed here before."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache_folder))
