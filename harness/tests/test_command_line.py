"""The command line from outside: results, and exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import jsonschema
import pytest
from program import (
    EMULATOR,
    FAULTY,
    LIBRARY,
    LOOP_ROM,
    NOT_MEASURED,
    PROGRAM,
    ROOT,
    SANITIZED,
    dispatchbench,
    measures,
    quick_run,
    refused,
)

# A ROM that prints "hi": LIT 68 LIT 18 DEO, LIT 69 LIT 18 DEO, BRK.
HI_ROM = bytes.fromhex("806880181780698018" + "1700")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A small run's results file and what it printed."""
    if EMULATOR:
        pytest.skip(NOT_MEASURED)
    output = tmp_path_factory.mktemp("results") / "results.json"
    finished = quick_run(output, "--workload", "^(fib|tak)$")
    assert finished.returncode == 0, finished.stderr
    return output, finished.stdout


# ---- list, verify, profile


def test_list_names_workloads_backends_and_what_is_unavailable_and_why() -> None:
    finished = dispatchbench("list", "--library", LIBRARY, "--library", FAULTY)
    assert finished.returncode == 0
    assert "mandelbrot" in finished.stdout
    assert "switch_loop" in finished.stdout
    assert (
        "imaginary                unavailable: needs a compiler that doesn't exist"
        in finished.stdout
    )


def test_list_json_is_json_and_complete() -> None:
    finished = dispatchbench("list", "--json", "--library", FAULTY)
    document = json.loads(finished.stdout)
    assert {workload["name"] for workload in document["workloads"]} >= {"fib", "mandelbrot"}
    assert document["libraries"][0]["label"] == "faulty"
    assert len(document["libraries"][0]["backends"]) == 16
    assert document["libraries"][0]["unavailable"][0]["name"] == "imaginary"


def test_verify_finds_every_backend_right_on_every_workload() -> None:
    # Without an argument the program takes every backend of its own library, which with sanitizers is minutes.
    library = LIBRARY if SANITIZED else None
    finished = dispatchbench("verify", library=library)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "WRONG" not in finished.stdout
    # A recompiled one refuses the cases, and all that the library has run the workloads.
    lines = [
        line
        for line in finished.stdout.splitlines()
        if line.startswith("ok ") or "opcode vectors" in line
    ]
    chosen = ("--library", library) if library else ()
    listed = json.loads(dispatchbench("list", "--json", *chosen).stdout)
    backends = len(listed["libraries"][0]["backends"])
    assert len([line for line in lines if "opcode vectors" in line]) == backends
    assert len(lines) == backends + len(listed["workloads"]) * backends


def test_verify_names_the_first_difference_the_crash_and_the_hang() -> None:
    finished = dispatchbench(
        "verify", "--library", FAULTY, "--workload", "^tak$", "--time-out", "3"
    )
    assert finished.returncode == 1
    assert "ok    tak/correct/faulty" in finished.stdout
    assert (
        "WRONG tak/wrong_result/faulty: differs from the reference: memory at fedc: found 42"
        in finished.stdout
    )
    assert (
        "WRONG tak/crashes/faulty: the process that ran it was ended by signal 9" in finished.stdout
    )
    assert "WRONG tak/hangs/faulty: the process that ran it didn't end within" in finished.stdout
    assert "ok    tak/prepares/faulty" in finished.stdout
    assert "ok    tak/pauses/faulty" in finished.stdout
    assert "refused tak/refuses/faulty: it rewrites its own code" in finished.stdout
    assert "ok    tak/spoiled/faulty" in finished.stdout, "the blame is not on the next row"
    assert (
        "WRONG tak/right_once/faulty: differs from the reference in its second run in a process: "
        in finished.stdout
    )
    assert finished.stdout.splitlines()[-2:] == [
        "8 passed (the whole machine state and the output agree with the reference), 4 wrong, "
        "1 refused (no failure), 3 not run.",
        "Not run: rows whose backends went wrong before; 3 did, see above.",
    ]


def test_refused_programs_alone_are_neither_failures_nor_passes_and_the_reason_is_said_once() -> (
    None
):
    chosen = ("verify", "--library", FAULTY, "--backend", "^refuses$", "--workload", "^(fib|tak)$")
    finished = dispatchbench(*chosen)
    assert finished.returncode == 0, finished.stdout
    check, *rest = finished.stdout.splitlines()
    assert re.fullmatch(r"refused refuses/faulty: all [\d,]+ opcode vectors, .*", check)
    assert rest == [
        "refused fib/refuses/faulty: it rewrites its own code",
        "refused tak/refuses/faulty: as fib/refuses/faulty",
        "0 passed, 2 refused (no failure).",
    ]
    assert dispatchbench(*chosen, "--quiet").stdout == "0 passed, 2 refused (no failure).\n"


def test_profile_counts_every_instruction(tmp_path: Path) -> None:
    rom = tmp_path / "hi.rom"
    rom.write_bytes(HI_ROM)
    program = json.loads(dispatchbench("profile", "--json", "--rom", rom).stdout)["programs"][0]
    assert program["instructions"] == 7
    assert program["opcodes"] == {"LIT": 4, "DEO": 2, "BRK": 1}
    assert program["pairs"] == {"LIT LIT": 2, "LIT DEO": 2, "DEO BRK": 1, "DEO LIT": 1}
    assert program["straight_runs"] == {"LIT LIT DEO": 2, "BRK": 1}


def test_a_program_that_never_ends_is_stopped_with_its_place(tmp_path: Path) -> None:
    rom = tmp_path / "loop.rom"
    rom.write_bytes(bytes.fromhex("40fffd"))  # JMI to itself.
    refused(
        dispatchbench("profile", "--rom", rom, "--max-instructions", "1000"),
        1,
        "loop: still running after 1000 instructions",
        "JMI at 0100",
        "--max-instructions",
    )


# ---- run


def test_results_are_valid_and_have_every_repetition_of_every_process(
    results: tuple[Path, str]
) -> None:
    document = json.loads(results[0].read_text())
    schema = json.loads((ROOT / "reports" / "results.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(document)
    ours = document["context"]["dispatchbench"]
    assert ours["seed"] == 7
    # A busy machine may have had processes measured again.
    rows = [row for row in document["benchmarks"] if row["attempt"] == 0]
    assert ours["probe"]["verdict"] in ("quiet", "some disturbed", "unsettled")
    assert len(ours["probe"]["processes"]) >= 2
    assert all(process["readings"] for process in ours["probe"]["processes"])
    assert ours["stopping"]["reason"] == "all processes were measured"
    backends = [entry for entry in ours["libraries"][0]["backends"] if not entry["on_request"]]
    assert len(rows) == 2 * len(backends) * 2 * 2
    for name in {row["name"] for row in rows}:
        same = [row for row in rows if row["name"] == name]
        indices = [row["repetition_index"] for row in document["benchmarks"] if row["name"] == name]
        assert indices == list(range(len(indices)))
        assert [row["process"] for row in same] == [0, 0, 1, 1]
        assert all(row["iterations"] == 1 for row in same), "a sample is one whole run"
        assert name == f"{same[0]['workload']}/{same[0]['backend']}/{same[0]['library']}"


def test_ci_results_have_one_row_per_benchmark(results: tuple[Path, str]) -> None:
    document = json.loads(results[0].read_text())
    short = json.loads(results[0].with_suffix(".ci.json").read_text())
    names = [row["name"] for row in short["benchmarks"]]
    assert sorted(names) == sorted({row["name"] for row in document["benchmarks"]})
    for row in short["benchmarks"]:
        times = [
            other["cpu_time"]
            for other in document["benchmarks"]
            if other["name"] == row["name"] and other["counts"]
        ]
        assert row["cpu_time"] in times
        assert sorted(times)[(len(times) - 1) // 2] == row["cpu_time"]


def test_the_tables_have_every_workload_and_backend_and_a_ranking(
    results: tuple[Path, str]
) -> None:
    text = results[1]
    for word in ("fib", "tak", "geometric mean", "switch_loop", "fastest first:", str(results[0])):
        assert word in text
    assert "\x1b" not in text, "no colour when stdout is no terminal"


def test_compare_py_reads_the_results(results: tuple[Path, str]) -> None:
    scripts = sorted(Path("/usr/share/benchmark").rglob("compare.py"))
    assert scripts, "Debian's libbenchmark-tools has compare.py; ci/setup installs it"
    finished = subprocess.run(
        ["/usr/bin/python3", scripts[0], "--no-utest", "benchmarks", results[0], results[0]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert "fib/switch_loop/" in finished.stdout


@measures
def test_run_json_prints_the_document_alone(tmp_path: Path) -> None:
    output = tmp_path / "r.json"
    finished = quick_run(output, "--json", "--workload", "^tak$", "--backend", "switch_loop")
    assert finished.returncode == 0
    assert json.loads(finished.stdout) == json.loads(output.read_text())


def test_hardware_counters_are_numbers_or_null_with_the_reason(results: tuple[Path, str]) -> None:
    document = json.loads(results[0].read_text())
    reasons = document["context"]["dispatchbench"]["hardware_counters"]
    assert set(reasons) == {
        "cycles",
        "instructions",
        "branches",
        "branch_misses",
        "frontend_stalls",
    }
    for row in document["benchmarks"]:
        for counter, reason in reasons.items():
            assert (row[counter] is None) == (reason is not None)


def test_plan_says_what_would_run_and_measures_nothing(tmp_path: Path) -> None:
    output = tmp_path / "r.json"
    finished = quick_run(output, "--plan", "--workload", "^tak$")
    assert finished.returncode == 0
    assert "tak/switch_loop/" in finished.stdout
    assert "2 processes per library, about " in finished.stdout
    assert list(tmp_path.iterdir()) == []


@measures
def test_a_users_rom_is_measured_on_every_backend(tmp_path: Path) -> None:
    rom = tmp_path / "hi.rom"
    rom.write_bytes(LOOP_ROM)
    output = tmp_path / "r.json"
    finished = quick_run(output, "--rom", rom)
    assert finished.returncode == 0, finished.stderr
    names = {row["name"] for row in json.loads(output.read_text())["benchmarks"]}
    assert any(
        name.startswith("hi/tail_call") or name.startswith("hi/switch_loop") for name in names
    )


@measures
def test_faulty_backends_cost_their_own_rows_and_say_so(tmp_path: Path) -> None:
    output = tmp_path / "r.json"
    finished = quick_run(output, "--library", FAULTY, "--workload", "^tak$", "--time-out", "3")
    assert finished.returncode == 1
    document = json.loads(output.read_text())
    measured = {row["name"] for row in document["benchmarks"]}
    failures = {
        failure["row"]: failure["reason"]
        for failure in document["context"]["dispatchbench"]["failures"]
    }
    # Google Benchmark interleaves samples at random, so that now and then no sample of `spoiled` comes after one
    # of `spoils_the_next`. It is measured then.
    assert ("tak/spoiled/faulty" in measured) != ("tak/spoiled/faulty" in failures)
    assert measured - {"tak/spoiled/faulty"} == {
        f"tak/{name}/faulty" for name in ("correct", "prepares", "pauses", "spoils_the_next")
    }
    assert set(failures) - {"tak/spoiled/faulty"} == {
        f"tak/{name}/faulty"
        for name in (
            *("wrong_result", "crashes", "hangs", "crashes_when_measured", "right_once"),
            *("refuses_later", "wrong_in_a_case", "hangs_in_a_case", "leaves_a_stack"),
        )
    }
    assert "failed the check: opcode vector" in failures["tak/wrong_in_a_case/faulty"]
    assert "signal 9" in failures["tak/crashes_when_measured/faulty"]
    assert "it has had enough" in failures["tak/refuses_later/faulty"]
    for row, reason in failures.items():
        assert f"{row}: {reason}" in finished.stderr
    assert document["context"]["dispatchbench"]["refused"] == [
        {
            "row": "tak/refuses/faulty",
            "workload": "tak",
            "backend": "refuses",
            "library": "faulty",
            "reason": "it rewrites its own code",
        }
    ]
    assert "refused: tak/refuses/faulty: it rewrites its own code" in finished.stdout
    (line,) = [line for line in finished.stdout.splitlines() if line.startswith("  tak ")][:1]
    assert "refused" in line and "failed" in line


@measures
def test_the_time_of_prepare_is_part_of_the_sample_and_reported(tmp_path: Path) -> None:
    output = tmp_path / "r.json"
    finished = quick_run(
        output, "--library", FAULTY, "--workload", "^tak$", "--backend", "^(prepares|correct)$"
    )
    assert finished.returncode == 0, finished.stderr
    for row in json.loads(output.read_text())["benchmarks"]:
        if row["backend"] == "prepares":
            assert 0 < row["prepare_time"] < row["cpu_time"]
        else:
            assert "prepare_time" not in row
    assert "of prepares's time" in finished.stdout
    assert "of correct's time" not in finished.stdout


@measures
def test_interrupt_keeps_what_was_measured(tmp_path: Path) -> None:
    output = tmp_path / "r.json"
    # On a terminal it shows its progress before each process, the third time when two have finished.
    reader, terminal = os.openpty()
    with subprocess.Popen(
        [
            *(*EMULATOR, PROGRAM, "run", "--workload", "^tak$", "--backend", "switch_loop"),
            *("--processes", "5000", "--repetitions", "2", "--output", str(output)),
        ],
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
    ) as process:
        os.close(terminal)
        shown = b""
        while shown.count(b"] measuring") < 3:
            shown += os.read(reader, 4096)
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=120)
    os.close(reader)
    assert process.returncode == 130, shown
    ours = json.loads(output.read_text())["context"]["dispatchbench"]
    assert 2 <= ours["processes"] < 5000
    assert "interrupted" in stdout


# ---- flags of Google Benchmark


def test_benchmark_list_tests_prints_the_rows() -> None:
    finished = dispatchbench("run", "--workload", "^tak$", "--benchmark_list_tests")
    assert finished.returncode == 0
    assert "tak/switch_loop/" in finished.stdout


@measures
def test_benchmark_filter_selects_rows(tmp_path: Path) -> None:
    output = tmp_path / "r.json"
    finished = quick_run(output, "--benchmark_filter=^tak/switch", "--benchmark_min_time=0.2")
    assert finished.returncode == 0, finished.stderr
    rows = json.loads(output.read_text())["benchmarks"]
    assert {row["name"].split("/")[0] for row in rows} == {"tak"}
    assert all(
        row["iterations"] > 1 for row in rows
    ), "a longer minimum time takes several runs a sample"


@pytest.mark.parametrize(
    "flag",
    [
        "--benchmark_format=csv",
        "--benchmark_report_aggregates_only=true",
        "--benchmark_perf_counters=CYCLES",
        "--benchmark_repetitions=none",
        "--benchmark_unheard_of",
        "--unheard-of",
    ],
)
def test_flags_that_cannot_be_combined_are_refused(flag: str, tmp_path: Path) -> None:
    refused(quick_run(tmp_path / "r.json", flag), 2, flag)
    assert list(tmp_path.iterdir()) == []


def test_help_lists_the_commands_and_exit_codes() -> None:
    finished = dispatchbench("--help")
    assert finished.returncode == 0
    for word in ("list", "verify", "run", "profile", "Exit codes"):
        assert word in finished.stdout
    assert "serve" not in finished.stdout, "hidden commands stay hidden"
