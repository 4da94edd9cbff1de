"""The page in real browsers, through puppeteer: its content, its controls, its accessibility."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import baseline_notes, technique_text
from dispatchbench_reports.findings import ratio_finding
from dispatchbench_reports.lens import Lens, lens_for
from dispatchbench_reports.page_data import baselines, page_keys
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.reading.selection import select
from dispatchbench_reports.study import Clock
from dispatchbench_reports.tables import Table, ratio_table, time_table
from dispatchbench_reports.wording import ratio_with_interval
from tests.conftest import WritePage, WriteResults
from tests.synthetic import Phase, synthetic_results, with_own_interpreter, with_phases

BROWSERS = {"chrome": "chromium", "firefox": "firefox-esr"}


def as_shown(table: Table, title: str) -> dict[str, dict[str, dict[str, str]]]:
    return {title: {row[0]: dict(zip(table.header[1:], row[1:])) for row in table.rows}}


def ratios(lens: Lens) -> dict[str, Any]:
    """The ratio tables as the page shows them."""
    found: dict[str, Any] = {}
    for column in lens.columns:
        if lens.compared(column):
            title = f"{lens.study.column_title(column)}: {lens.clock_text} relative to {lens.baseline_name(column)}"
            found.update(as_shown(ratio_table(lens, column), title))
    return found


def expectations(lens: Lens) -> dict[str, Any]:
    study, baseline = lens.study, str(lens.baseline)
    column = study.columns[0]
    backend = lens.compared(column)[0]
    estimate = estimates.ratio(lens, column, study.workloads[0], backend)
    assert estimate is not None
    columns = {column.key: column for column in study.columns}
    all_ratios = [
        estimates.ratio(lens, columns[key], workload, backend)
        for key, workload, backend in page_keys(study)
    ]
    shown = [
        estimates.ratio(lens, column, workload, backend)
        for column in lens.columns
        for backend in lens.compared(column)
        for workload in study.workloads
    ]
    means = [
        estimates.geometric_mean(lens, column, backend)
        for column in lens.columns
        for backend in lens.compared(column)
    ]
    times: dict[str, Any] = {}
    for column_ in study.columns:
        title = f"{study.column_title(column_)}: {study.unit}, CPU time"
        times.update(as_shown(time_table(lens, column_), title))
    offered = [entry["name"] for entry in baselines(study)]
    return {
        "title": ratio_finding(lens),
        "baseline": baseline,
        "baselines": offered,
        "backends": study.backends,
        "workloads": study.workloads,
        "libraries": [study.column_title(column) for column in study.columns],
        "ratios": {name: ratios(lens_for(study, name)) for name in offered},
        "baseline_notes": {
            name: " ".join(f"{note}." for note in baseline_notes(lens_for(study, name)))
            for name in offered
        },
        "wall_ratios": ratios(lens.on(Clock.WALL)),
        "times": times,
        "filtered": ratios(lens.of(select(study, study.workloads[0], None))),
        "benchmark_ratios": [ratio_with_interval(found) if found else "" for found in all_ratios],
        "dots": sum(found is not None for found in [*shown, *means]),
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


def crowded_page(write_results: WriteResults, write_page: WritePage) -> tuple[Path, int]:
    """A page with 2,400 dots in 40 panels, and the number of means in the eight that it shows at a time."""
    labels = tuple(f"compiler-{number}" for number in range(40))
    document = synthetic_results(4, 20, labels, processes=2, repetitions=1, unavailable={})
    return write_page(write_results(document, "crowded"), folder="crowded"), 8 * 3


@pytest.mark.parametrize("browser", list(BROWSERS))
def test_the_page_does_what_it_promises(
    write_results: WriteResults, write_page: WritePage, tmp_path: Path, browser: str
) -> None:
    executable = shutil.which(BROWSERS[browser])
    node = shutil.which("node")
    assert executable and node, f"needs {BROWSERS[browser]} and node: ci/setup installs them"
    document = with_own_interpreter(
        synthetic_results(
            workloads=4, repetitions=3, layouts=2, refused={("tak", "computed_goto"): "no"}
        )
    )
    document = with_phases(document, (Phase(8, 40, 1.4),))
    path = write_results(document)
    study = load([path])
    page = write_page(path)
    crowded, means = crowded_page(write_results, write_page)
    expected = tmp_path / "expected.json"
    expected.write_text(
        json.dumps(
            {
                **expectations(lens_for(study, "switch_loop")),
                "crowded": {"means": means, "workload": study.workloads[0]},
            }
        )
    )
    result = subprocess.run(
        [
            node,
            str(Path(__file__).with_name("page_in_browser.mjs")),
            browser,
            executable,
            str(page),
            str(expected),
            str(crowded),
        ],
        capture_output=True,
        text=True,
        timeout=600,
    )
    print(result.stdout)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "passed: " in result.stdout
