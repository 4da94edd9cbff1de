"""Fixtures that several tests share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest
from hypothesis import settings

from dispatchbench_reports.arguments import parsed
from dispatchbench_reports.options import ReportOptions
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.report import write_report
from dispatchbench_reports.study import Study
from tests.synthetic import synthetic_results

# The same examples each time, so that a failure is due to the code, not to luck.
settings.register_profile("steady", derandomize=True)
settings.load_profile("steady")

WriteResults = Callable[..., str]
WritePage = Callable[..., Path]


@pytest.fixture
def write_results(tmp_path: Path) -> WriteResults:
    """Writes a document as NAME.json and returns its path."""

    def write(document: Any, name: str = "results") -> str:
        path = tmp_path / f"{name}.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return str(path)

    return write


@pytest.fixture
def write_page(tmp_path: Path) -> WritePage:
    """Writes the page and the tables of `report RESULTS...` and returns the page's path. That command would also draw each
    picture five times more, for files."""

    def write(*results: str, folder: str = "out") -> Path:
        options = parsed(["report", *results, "-o", str(tmp_path / folder)])
        assert isinstance(options, ReportOptions)
        return write_report(options.results, options.extra, options.output, separate=())

    return write


@pytest.fixture
def study(write_results: WriteResults) -> Study:
    """Four backends (tail_call not with gcc), three workloads, two libraries, five processes of three samples."""
    return load([write_results(synthetic_results(workloads=3, repetitions=3))])
