"""What the program says of machines that this one isn't: hybrid processors, thousands of processors, sandboxes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from program import LIBRARY, dispatchbench, measures

SOURCE = Path(__file__).parent / "made_up_system.c"
COMPILER = os.environ["DISPATCHBENCH_C_COMPILER"].split(";")


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that stands in for the system."""
    library = tmp_path_factory.mktemp("stand_in") / "made_up_system.so"
    subprocess.run([*COMPILER, "-shared", "-fPIC", SOURCE, "-o", library], check=True)
    return library


@pytest.fixture
def hybrid(tmp_path: Path) -> Path:
    """A desktop processor with 16 threads of performance cores and 4 efficiency cores."""
    for kind, processors in (("cpu_core", "0-15"), ("cpu_atom", "16-19")):
        folder = tmp_path / "sys" / "devices" / kind
        folder.mkdir(parents=True)
        (folder / "cpus").write_text(f"{processors}\n")
    return tmp_path


def run(
    stand_in: Path, *arguments: str | Path, **environment: str | Path
) -> subprocess.CompletedProcess[str]:
    """`run` of one row on the made-up system."""
    return dispatchbench(
        *("run", "--library", LIBRARY, "--workload", "^fib$", "--backend", "^switch_loop$"),
        *arguments,
        env={
            **os.environ,
            "LD_PRELOAD": str(stand_in),
            **{name: str(value) for name, value in environment.items()},
        },
    )


@measures
def test_the_default_processor_of_a_hybrid_is_the_last_one_of_the_fast_kind(
    stand_in: Path, hybrid: Path
) -> None:
    finished = run(stand_in, "--plan", CPUS="20", ROOT=hybrid)
    assert (
        "pinned to processor 15, of the kind performance (0-15)." in finished.stdout
    ), finished.stderr
    assert finished.stderr == ""


@measures
def test_a_slow_processor_is_taken_where_asked_for_and_warned_of(
    stand_in: Path, hybrid: Path
) -> None:
    finished = run(stand_in, "--plan", "--cpu", "19", CPUS="20", ROOT=hybrid)
    assert "pinned to processor 19, of the kind efficiency (16-19)." in finished.stdout
    assert (
        'dispatchbench: warning: the measured processor is one of the kind "efficiency", slower than 0-15'
        in finished.stderr
    )


@measures
def test_results_of_a_hybrid_name_the_kind_that_was_measured(
    stand_in: Path, hybrid: Path, tmp_path: Path
) -> None:
    quick = ("--processes", "2", "--repetitions", "1", "--quiet", "--output", tmp_path / "r.json")
    fingerprints = []
    for processor, kind in (("2", "performance"), ("17", "efficiency")):
        assert run(stand_in, *quick, "--cpu", processor, CPUS="20", ROOT=hybrid).returncode == 0
        document = json.loads((tmp_path / "r.json").read_text())["context"]["dispatchbench"]
        assert document["pinned_to"] == int(processor)
        assert document["machine"]["core_kind"] == kind
        fingerprints.append(document["machine"]["fingerprint"])
    assert fingerprints[0].replace("kind performance", "kind efficiency") == fingerprints[1]
    assert fingerprints[0] != fingerprints[1]


@measures
def test_the_last_of_thousands_of_processors_is_the_default(stand_in: Path, tmp_path: Path) -> None:
    finished = run(stand_in, "--plan", CPUS="4096", ROOT=tmp_path)
    assert "pinned to processor 4095." in finished.stdout, finished.stderr
    refused = run(stand_in, "--plan", "--cpu", "4096", CPUS="4096", ROOT=tmp_path)
    assert refused.returncode == 2
    assert "expected one of 0-4095, or --no-pin" in refused.stderr


@measures
def test_a_sandbox_that_refuses_to_pin_is_named_and_nothing_counts_as_pinned(
    stand_in: Path, tmp_path: Path
) -> None:
    output = tmp_path / "r.json"
    finished = run(
        *(stand_in, "--processes", "2", "--repetitions", "1", "--output", output),
        CPUS="2",
        REFUSES="1",
        ROOT=tmp_path,
    )
    assert finished.returncode == 0, finished.stderr
    document = json.loads(output.read_text())["context"]["dispatchbench"]
    assert document["pinned_to"] is None
    reason = (
        "the processes are not pinned to processor 1, so the system may move what is measured: "
        "sched_setaffinity(processor 1): Operation not permitted; a sandbox refuses the call: allow it in the "
        "container's seccomp profile, or run outside of the container"
    )
    assert reason in document["warnings"]
    assert f"warning: {reason}" in finished.stdout
