"""Who leads, in the cases that the harness is tested against, too: harness/tests/leading_cases.json describes itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dispatchbench_reports.leading import leaders
from dispatchbench_reports.lens import Competitor, Lens, lens_for
from dispatchbench_reports.reading.merging import Tolerance, load
from dispatchbench_reports.row_names import row_name
from tests.conftest import WriteResults
from tests.synthetic import synthetic_results

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "harness" / "tests" / "leading_cases.json").read_text("utf-8")
)["cases"]


def lens_of(case: dict[str, Any], write_results: WriteResults) -> Lens:
    """The case as a results file, read back."""
    document = synthetic_results(1, 1, ("template",), 1, 1)
    own = document["context"]["dispatchbench"]
    (template,) = own["libraries"]
    (backend,) = template["backends"]
    workloads = dict.fromkeys(name for found in case["competitors"] for name in found["times"])
    own["workloads"] = [{"name": name, "summary": "", "instructions": 1000} for name in workloads]
    libraries: dict[str, dict[str, Any]] = {}
    rows = []
    for found in case["competitors"]:
        label = found["library"]
        library = libraries.setdefault(
            label, {**template, "label": label, "host": found["host"], "backends": []}
        )
        audit = {**backend["audit"], "code_hash": found["code"]}
        library["backends"].append({**backend, "name": found["backend"], "audit": audit})
        for workload, times in found["times"].items():
            name = row_name(workload, found["backend"], label)
            for process, time in enumerate(times):
                row: dict[str, Any] = {
                    "name": name,
                    "run_name": name,
                    "workload": workload,
                    "backend": found["backend"],
                    "library": label,
                    "process": process,
                    "repetition_index": process,
                    "vm_instructions": 1000,
                    "cpu_time": time,
                    "real_time": time,
                }
                rows.append({**document["benchmarks"][0], **row})
    own["libraries"] = list(libraries.values())
    document["benchmarks"] = rows
    return lens_for(load([write_results(document)], Tolerance(True, True)), None)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_who_leads(write_results: WriteResults, case: dict[str, Any]) -> None:
    lens = lens_of(case, write_results)
    columns = {column.label: column for column in lens.study.columns}
    competitors = [
        Competitor(columns[found["library"]], found["backend"]) for found in case["competitors"]
    ]
    found = leaders(lens, competitors)
    if not case["fastest_first"]:
        assert found is None
        return
    assert found is not None
    assert found.first.name == case["fastest_first"][0]
    assert found.resolved is case["resolved"]
    tied = [other.name for other, _ in found.tied]
    assert tied == (case["tied_with_first"] if case["resolved"] else [])
    assert set(case["fastest_first"]) == {each.name for each in found.copies}
    assert case["copies"] == {
        each.name: [copy.name for copy in copies]
        for each, copies in found.copies.items()
        if len(copies) > 1
    }
