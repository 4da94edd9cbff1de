"""The harness's own output, read by this package and by services that read Google Benchmark's JSON.

ctest names the program in DISPATCHBENCH; without it these tests are skipped with a reason.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dispatchbench_reports import estimates
from dispatchbench_reports.command_line import main
from dispatchbench_reports.lens import lens_for
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.reading.results_schema import results_schema

NUMBER = {"type": "number"}
TEXT = {"type": "string"}
COUNT = {"type": "integer"}

# What Bencher's adapter cpp_google reads.
BENCHER = {
    "type": "object",
    "required": ["context", "benchmarks"],
    "properties": {
        "context": {"required": ["caches"], "properties": {"caches": {"type": "array"}}},
        "benchmarks": {
            "type": "array",
            "items": {
                "required": ["name", "real_time", "time_unit"],
                "properties": {
                    "name": {"type": "string", "minLength": 1, "maxLength": 1024},
                    "real_time": NUMBER,
                    "time_unit": {"enum": ["ns", "us", "ms", "s"]},
                },
            },
        },
    },
}

# What github-action-benchmark's tool googlecpp declares.
GITHUB_ACTION_BENCHMARK = {
    "type": "object",
    "required": ["context", "benchmarks"],
    "properties": {
        "context": {
            "required": [
                "date",
                "host_name",
                "executable",
                "num_cpus",
                "mhz_per_cpu",
                "caches",
                "load_avg",
            ],
            "properties": {
                "date": TEXT,
                "host_name": TEXT,
                "executable": TEXT,
                "num_cpus": COUNT,
                "mhz_per_cpu": NUMBER,
                "load_avg": {"type": "array", "items": NUMBER},
                "library_build_type": {"enum": ["release", "debug"]},
            },
        },
        "benchmarks": {
            "type": "array",
            "items": {
                "required": [
                    "name",
                    "run_name",
                    "run_type",
                    "repetitions",
                    "repetition_index",
                    "threads",
                    "iterations",
                    "real_time",
                    "cpu_time",
                    "time_unit",
                ],
                "properties": {
                    "name": TEXT,
                    "run_name": TEXT,
                    "run_type": TEXT,
                    "repetitions": COUNT,
                    "repetition_index": COUNT,
                    "threads": COUNT,
                    "iterations": COUNT,
                    "real_time": NUMBER,
                    "cpu_time": NUMBER,
                    "time_unit": TEXT,
                },
            },
        },
    },
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run: one workload, every backend, two processes of two samples."""
    program = os.environ.get("DISPATCHBENCH")
    if not program:
        pytest.skip("DISPATCHBENCH doesn't name the program; ctest sets it")
    output = tmp_path_factory.mktemp("measured") / "results.json"
    command = [
        program,
        "run",
        "--workload",
        "^(fib|tak)$",
        "--processes",
        "2",
        "--repetitions",
        "2",
    ]
    finished = subprocess.run(
        [*command, "--no-pin", "--output", str(output)], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return output


def document(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_the_results_follow_the_schema_and_load(measured: Path) -> None:
    jsonschema.validate(document(measured), results_schema())
    study = load([str(measured)])
    assert study.workloads == ("fib", "tak")
    assert {"switch_loop", "computed_goto"} <= set(study.backends)
    lens = lens_for(study, "switch_loop")
    found = estimates.geometric_mean(lens, study.columns[0], "computed_goto")
    assert found is not None and found.processes == 2


def test_they_make_a_report(measured: Path, tmp_path: Path) -> None:
    assert main(["report", str(measured), "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000


@pytest.mark.parametrize(
    "schema", [BENCHER, GITHUB_ACTION_BENCHMARK], ids=["bencher", "github_action"]
)
def test_continuous_benchmarking_services_can_read_the_short_form(
    measured: Path, schema: dict[str, Any]
) -> None:
    short = document(measured.with_suffix(".ci.json"))
    jsonschema.validate(short, schema)
    names = [row["name"] for row in short["benchmarks"]]
    assert len(names) == len(set(names)), "they count every row"


def test_the_short_form_has_no_interval_and_is_refused(
    measured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = str(measured.with_suffix(".ci.json"))
    assert main(["table", short]) == 2
    assert "one sample" in capsys.readouterr().err
    assert main(["table", short, "--allow-one-sample"]) == 0
