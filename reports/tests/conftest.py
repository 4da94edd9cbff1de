"""Fixtures that several tests share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest
from hypothesis import settings

from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.study import Study
from tests.synthetic import synthetic_results

# The same examples each time, so that a failure is due to the code, not to luck.
settings.register_profile("steady", derandomize=True)
settings.load_profile("steady")

WriteResults = Callable[..., str]


@pytest.fixture
def write_results(tmp_path: Path) -> WriteResults:
    """Writes a document as NAME.json and returns its path."""

    def write(document: Any, name: str = "results") -> str:
        path = tmp_path / f"{name}.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return str(path)

    return write


@pytest.fixture
def study(write_results: WriteResults) -> Study:
    """Four backends (tail_call not with gcc), three workloads, two libraries, five processes of three samples."""
    return load([write_results(synthetic_results(workloads=3, repetitions=3))])
