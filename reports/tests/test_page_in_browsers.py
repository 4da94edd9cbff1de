"""The page in real browsers, through puppeteer: what it shows, what its controls do, who can use it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dispatchbench_reports import estimates
from dispatchbench_reports.command_line import main
from dispatchbench_reports.findings import ratio_finding
from dispatchbench_reports.loading import load, select
from dispatchbench_reports.results import Clock, Study
from dispatchbench_reports.tables import Table, ratio_table, time_table
from dispatchbench_reports.wording import ratio_with_interval, technique_text
from tests.conftest import WriteResults
from tests.synthetic import synthetic_results

BROWSERS = {"chrome": "chromium", "firefox": "firefox-esr"}


def as_shown(table: Table, title: str) -> dict[str, dict[str, dict[str, str]]]:
    return {title: {row[0]: dict(zip(table.header[1:], row[1:])) for row in table.rows}}


def ratios(study: Study, baseline: str, clock: Clock = "cpu") -> dict[str, Any]:
    """The ratio tables as the page shows them: a library without the baseline is left out."""
    found: dict[str, Any] = {}
    name = "CPU time" if clock == "cpu" else "wall time"
    for column in study.columns:
        if study.measured(column, baseline):
            table = ratio_table(study, column, baseline, clock)
            found.update(
                as_shown(table, f"{study.column_title(column)}: {name} relative to {baseline}")
            )
    return found


def expectations(study: Study, baseline: str) -> dict[str, Any]:
    first = select(study, study.workloads[0], None)
    column = study.columns[0]
    backend = next(name for name in study.backends if name != baseline)
    estimate = estimates.ratio(study, column, study.workloads[0], backend, baseline)
    assert estimate is not None
    compared = [
        (column, backend)
        for column in study.columns
        for backend in study.backends
        if backend != baseline and study.measured(column, backend)
    ]
    all_ratios = [
        estimates.ratio(study, column, workload, backend, baseline)
        for (key, workload, backend) in study.series
        for column in study.columns
        if column.key == key
    ]
    times: dict[str, Any] = {}
    for column_ in study.columns:
        table = time_table(study, column_)
        times.update(as_shown(table, f"{study.column_title(column_)}: {study.unit}, CPU time"))
    return {
        "title": ratio_finding(study, baseline),
        "baseline": baseline,
        "backends": study.backends,
        "workloads": study.workloads,
        "libraries": [study.column_title(column) for column in study.columns],
        "ratios": {name: ratios(study, name) for name in study.backends},
        "wall_ratios": ratios(study, baseline, "wall"),
        "times": times,
        "filtered": ratios(first, baseline),
        "benchmark_ratios": [ratio_with_interval(found) if found else "" for found in all_ratios],
        # A dot for each workload and one for the geometric mean.
        "dots": len(compared) * (len(study.workloads) + 1),
        "first_tip": "\n".join(
            [
                f"{study.workloads[0]}, {backend}",
                study.column_title(column),
                f"CPU time relative to {baseline}: {ratio_with_interval(estimate)}",
                f"95 % interval; {estimate.samples} samples in {estimate.processes} processes",
                f"technique: {technique_text(column, backend)}; {column.sites(backend)} indirect-jump sites",
            ]
        ),
    }


@pytest.mark.parametrize("browser", list(BROWSERS))
def test_the_page_does_what_it_promises(
    write_results: WriteResults, tmp_path: Path, browser: str
) -> None:
    executable = shutil.which(BROWSERS[browser])
    node = shutil.which("node")
    assert executable and node, f"needs {BROWSERS[browser]} and node: ci/setup installs them"
    path = write_results(synthetic_results(workloads=4, repetitions=3))
    study = load([path])
    assert main(["report", path, "-o", str(tmp_path / "report")]) == 0
    expected = tmp_path / "expected.json"
    expected.write_text(json.dumps(expectations(study, "switch_loop")))
    result = subprocess.run(
        [
            node,
            str(Path(__file__).with_name("page_in_browser.mjs")),
            browser,
            executable,
            str(tmp_path / "report" / "report.html"),
            str(expected),
        ],
        capture_output=True,
        text=True,
        timeout=600,
    )
    print(result.stdout)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "passed: " in result.stdout
