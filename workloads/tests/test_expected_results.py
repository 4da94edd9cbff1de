"""Expected results come from a plain Python model of the computation, never from a run of the ROM."""

import importlib
import json
import subprocess

import pytest

from workload import WORKLOADS, load_workload, workload_names


@pytest.mark.parametrize("name", workload_names())
def test_model_produces_expected_output(name: str) -> None:
    workload = load_workload(WORKLOADS / name)
    model = importlib.import_module(f"models.{name}")
    result = model.expected_output(workload.input)
    assert result == workload.expected_output
    assert result != b""


@pytest.mark.parametrize("name", workload_names())
def test_independent_machine_produces_expected_results(name: str) -> None:
    workload = load_workload(WORKLOADS / name)
    process = subprocess.run(
        [
            *("node", WORKLOADS / "tests/run_rom.mjs", WORKLOADS / name / f"{name}.rom"),
            str(workload.frames),
            *(argument.hex() for argument in workload.arguments),
        ],
        input=workload.input,
        capture_output=True,
        check=True,
        timeout=60,
    )
    found = json.loads(process.stdout)
    assert found.keys() == {"output", "error", "exit_code"}
    output, error = (found[stream].encode("latin-1") for stream in ("output", "error"))
    assert workload.difference(output, error, found["exit_code"]) is None
