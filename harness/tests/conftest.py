"""What every test of the harness has around it."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes this machine's floor."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
