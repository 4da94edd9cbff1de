"""Expected results come from a plain Python model of the computation, never from a run of the ROM."""

import importlib
import json
import subprocess

import pytest

import workload_folders


def as_bytes(text: str) -> bytes:
    """Strings of workload.json stand for bytes."""
    return text.encode("latin-1")


@pytest.mark.parametrize("name", workload_folders.names())
def test_model_produces_expected_output(name: str) -> None:
    workload = workload_folders.description(name)
    model = importlib.import_module(f"models.{name}")
    result = model.expected_output(as_bytes(workload["input"]))
    assert result == as_bytes(workload["expected_output"])
    assert result != b""


@pytest.mark.parametrize("name", workload_folders.names())
def test_independent_machine_produces_expected_results(name: str) -> None:
    workload = workload_folders.description(name)
    process = subprocess.run(
        [
            "node",
            str(workload_folders.WORKLOADS / "tests" / "run_rom.mjs"),
            str(workload_folders.rom_file(name)),
        ],
        input=as_bytes(workload["input"]),
        capture_output=True,
        check=True,
        timeout=60,
    )
    found = json.loads(process.stdout)
    assert found == {
        "output": workload["expected_output"],
        "error": workload["expected_error"],
        "exit_code": workload["expected_exit_code"],
    }
