"""Files of other programs: what counts is read with its right value, what doesn't is said, and neither refuses a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dispatchbench_reports.command_line import main
from dispatchbench_reports.left_out import left_out_notes
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.reading.selection import clock_for, on_clock
from dispatchbench_reports.study import Clock, Study
from tests.conftest import WriteResults

CASES = Path(__file__).parent / "cases"
CONTEXT = {"host_name": "host", "executable": "./bench", "num_cpus": 2, "mhz_per_cpu": 3000}


def case(name: str) -> Study:
    return load([str(CASES / f"{name}.json")])


def wall(study: Study, workload: str, backend: str) -> dict[int, tuple[float, ...]]:
    found = study.find(study.columns[0], workload, backend)
    return {} if found is None else dict(found.wall)


def row(name: str, time: Any, **others: Any) -> dict[str, Any]:
    return {"name": name, "real_time": time, "cpu_time": time, "time_unit": "ns", **others}


def google(*rows: Any) -> dict[str, Any]:
    return {"context": CONTEXT, "benchmarks": list(rows)}


def test_old_rows_of_complexity_are_left_out() -> None:
    study = case("complexity_old")
    assert study.backends == ("lookup_vec", "lookup_map")
    assert wall(study, "64", "lookup_map") == {0: (14.0, 14.14, 14.280000000000001)}
    assert left_out_notes(study) == ["left out: 2 rows (2 of complexity: BigO, RMS)"]


def test_a_failed_row_is_left_out_and_its_message_shown(capsys: pytest.CaptureFixture[str]) -> None:
    study = case("error_rows")
    assert wall(study, "64", "lookup_map") == {}
    assert [failure.reason for failure in study.failures] == ["device lost"]
    assert main(["table", str(CASES / "error_rows.json")]) == 0
    output = capsys.readouterr().out
    assert "device lost" in output and "failed" in output
    assert "left out: 1 row (1 failed)" in output


def test_a_skipped_row_is_left_out_with_its_message() -> None:
    study = case("skipped_rows")
    assert wall(study, "64", "lookup_map") == {}
    assert wall(study, "8", "lookup_map") == {0: (14.0, 14.14, 14.280000000000001)}
    assert left_out_notes(study) == ["left out: 1 row (1 skipped: not on this machine)"]


def test_a_counter_that_is_not_a_number_changes_nothing() -> None:
    study = case("nan_counter")
    assert wall(study, "8", "lookup_vec") == {0: (10.0, 10.1, 10.2)}
    assert left_out_notes(study) == []


def test_each_row_is_converted_from_its_own_unit() -> None:
    study = case("mixed_units")
    assert wall(study, "8", "lookup_vec") == {0: (10.0, 10.0, 10.0)}
    assert wall(study, "64", "lookup_vec") == {0: (1200.0, 1200.0, 1200.0)}
    assert wall(study, "64", "lookup_map") == {0: (1500.0, 1500.0, 1500.0)}


@pytest.mark.parametrize(
    ("name", "backend"),
    [
        ("escape_character", r"lookup\x1b[31mred"),
        ("nul_character", r"lookup\x00map"),
        ("line_break", r"lookup\nmap"),
        ("lone_surrogate", r"lookup_map\ud800"),
    ],
)
def test_control_characters_are_visible_in_every_output(
    name: str, backend: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert case(name).backends == ("lookup_vec", backend)
    assert main(["report", str(CASES / f"{name}.json"), "-o", str(tmp_path)]) == 0
    capsys.readouterr()
    for path in tmp_path.iterdir():
        if path.suffix in (".png", ".pdf"):
            continue
        text = path.read_text("utf-8")
        assert not any(ord(letter) < 32 and letter != "\n" for letter in text), path.name
        if path.name == "table.csv":
            assert backend in text
    assert main(["table", str(CASES / f"{name}.json")]) == 0
    assert backend in capsys.readouterr().out


def test_rows_without_a_usable_time_are_left_out_each_with_its_reason(
    write_results: WriteResults,
) -> None:
    document = google(
        row("a/1", 2.0),
        row("b/1", 3.0),
        row("b/2", -1),
        row("b/3", 0),
        row("b/4", 1, time_unit="h"),
        row("b/5", 10**309),
        row("/6", 1),
        None,
    )
    study = load([write_results(document)])
    assert study.workloads == ("1",)
    assert left_out_notes(study) == [
        "left out: 6 rows (1 that are no objects; 2 without a time; 1 with a time of 0; "
        "1 in an unknown unit (h); 1 without a name)"
    ]


def test_a_file_without_a_usable_row_is_refused(write_results: WriteResults) -> None:
    with pytest.raises(Problem, match=r"no row that was measured \(1 failed\)"):
        load([write_results(google(row("a", 0, error_occurred=True)))])


def test_rows_without_cpu_time_count_by_wall_time_alone(write_results: WriteResults) -> None:
    study = load(
        [write_results(google(row("a/1", 2.0), row("b/1", 3.0), row("b/2", 4.0, cpu_time=0.0)))]
    )
    assert clock_for(study, None) is Clock.CPU
    assert on_clock(study, Clock.WALL).workloads == ("1", "2")
    by_cpu = on_clock(study, Clock.CPU)
    assert by_cpu.workloads == ("1",)
    assert left_out_notes(by_cpu) == [
        "left out: 1 row (1 without CPU time: --clock wall shows them)"
    ]


def test_a_file_without_any_cpu_time_is_shown_by_wall_time(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_results(google(row("a/1", 2.0, cpu_time=0.0), row("b/1", 3.0, cpu_time=0.0)))
    assert main(["table", path]) == 0
    output = capsys.readouterr().out
    assert "1.500" in output and "Wall time" in output
    assert main(["table", path, "--clock", "cpu"]) == 2
    assert "--clock wall" in capsys.readouterr().err


@pytest.mark.parametrize("run_type", [True, False])
def test_aggregates_alone_stand_by_their_medians(
    write_results: WriteResults, run_type: bool
) -> None:
    rows = []
    for name, time in (("a/8", 2.0), ("b/8", 3.0)):
        for summary, factor in (("mean", 2), ("median", 1), ("stddev", 9)):
            marked = {"run_type": "aggregate", "aggregate_name": summary, "run_name": name}
            rows.append(row(f"{name}_{summary}", time * factor, **(marked if run_type else {})))
    study = load([write_results(google(*rows))])
    assert study.backends == ("a", "b")
    assert wall(study, "8", "b") == {0: (3.0,)}


def test_what_windows_writes_first_is_read(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    text = json.dumps(google(row("a/1", 2.0)))
    for encoding in ("utf-8-sig", "utf-16"):
        path.write_bytes(text.encode(encoding))
        assert load([str(path)]).backends == ("a",)


def test_hyperfines_runs_are_processes_with_wall_time() -> None:
    study = case("hyperfine")
    assert study.backends == ("vm-switch", "vm-goto", "vm-tail")
    assert study.workloads == ("fib.lua",)
    assert study.clocks == (Clock.WALL,)
    assert study.unit == "ns per run"
    found = wall(study, "fib.lua", "vm-tail")
    assert len(found) == 10 and sorted(found.values())[0] == (900_000_000.0,)
    assert "wall time alone" in study.warnings[0]


def hyperfine(*commands: tuple[str, dict[str, str]], **others: Any) -> dict[str, Any]:
    return {
        "results": [
            {"command": command, "times": [1.0, 2.0], "parameters": parameters, **others}
            for command, parameters in commands
        ]
    }


@pytest.mark.parametrize(
    ("commands", "backends", "workloads"),
    [
        ([("./a 1", {}), ("./b 1", {})], ("a", "b"), ("1",)),
        ([("python a.py", {}), ("python b.py", {})], ("python a.py", "python b.py"), ("all",)),
        (
            [("./a 8", {"n": "8"}), ("./b 8", {"n": "8"}), ("./a 9", {"n": "9"})],
            ("./a {n}", "./b {n}"),
            ("n 8", "n 9"),
        ),
        ([("./vm-a", {"vm": "a"}), ("./vm-b", {"vm": "b"})], ("a", "b"), ("all",)),
    ],
)
def test_hyperfines_commands_are_named_so_that_they_can_be_compared(
    write_results: WriteResults,
    commands: list[tuple[str, dict[str, str]]],
    backends: tuple[str, ...],
    workloads: tuple[str, ...],
) -> None:
    study = load([write_results(hyperfine(*commands))])
    assert (study.backends, study.workloads) == (backends, workloads)


def test_hyperfines_failed_runs_are_left_out(write_results: WriteResults) -> None:
    study = load([write_results(hyperfine(("a", {}), exit_codes=[0, 3]))])
    assert list(wall(study, "all", "a").values()) == [(1e9,)]
    assert left_out_notes(study) == ["left out: 1 row (1 of a that ended with exit code 3)"]


def test_unpaired_runs_with_a_common_drift_keep_an_honest_interval(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every command of the case becomes slower by the same share from run to run: paired in order, the ratio would have
    an interval of no width at all."""
    assert main(["table", str(CASES / "hyperfine.json"), "--format", "csv"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if ",vm-goto," in line)
    low, high = (float(line.split(",")[at]) for at in (15, 16))
    assert low < 0.84 < 0.85 < high


def criterion(folder: Path, group: str, function: str | None, value: str | None, ns: float) -> None:
    new = folder / "target/criterion" / group / (function or "") / (value or "") / "new"
    new.mkdir(parents=True)
    names = {"group_id": group, "function_id": function, "value_str": value, "full_id": group}
    (new / "benchmark.json").write_text(json.dumps(names))
    sample = {"sampling_mode": "Linear", "iters": [10.0, 20.0], "times": [10 * ns, 40 * ns]}
    (new / "sample.json").write_text(json.dumps(sample))


def test_criterions_folder_is_read(tmp_path: Path) -> None:
    criterion(tmp_path, "sort", "quick", "100", 5)
    criterion(tmp_path, "sort", "merge", "100", 7)
    criterion(tmp_path, "fib", None, "20", 9)
    study = load([str(tmp_path / "target/criterion")])
    assert set(study.backends) == {"quick", "merge", "fib"}
    assert wall(study, "sort/100", "quick") == {0: (5.0, 10.0)}
    assert wall(study, "20", "fib") == {0: (9.0, 18.0)}
    assert study.clocks == (Clock.WALL,)
    one = load([str(tmp_path / "target/criterion/sort/quick/100/new/sample.json")])
    assert (one.backends, one.workloads) == (("quick",), ("sort/100",))


def test_criterions_messages_are_read(tmp_path: Path) -> None:
    path = tmp_path / "messages.json"
    lines = [
        {
            "reason": "benchmark-complete",
            "id": f"{name}/8",
            "iteration_count": [2],
            "measured_values": [time],
            "unit": "us",
        }
        for name, time in (("a", 4.0), ("b", 6.0))
    ]
    path.write_text("\n".join(map(json.dumps, [*lines, {"reason": "group-complete"}])))
    study = load([str(path)])
    assert wall(study, "8", "b") == {0: (3000.0,)}


def test_pyperfs_runs_are_processes_and_calibrations_do_not_count(
    write_results: WriteResults,
) -> None:
    document = {
        "version": "1.0",
        "metadata": {"hostname": "host", "cpu_model_name": "Xeon"},
        "benchmarks": [
            {
                "metadata": {"name": f"{name}/8"},
                "runs": [
                    {"warmups": [[1, 9.0]], "metadata": {"calibrate_loops": 4}},
                    {"warmups": [[1, 9.0]], "values": [time, time * 2]},
                    {"values": [time * 3]},
                ],
            }
            for name, time in (("a", 1e-6), ("b", 2e-6))
        ],
    }
    study = load([write_results(document)])
    assert sorted(wall(study, "8", "b").values()) == [(2000.0, 4000.0), (6000.0,)]
    assert study.machines[0].cpu_model == "Xeon"
    assert left_out_notes(study) == []


def test_left_out_rows_are_named_in_table_caption_and_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = "left out: 1 row (1 skipped: not on this machine)"
    assert main(["report", str(CASES / "skipped_rows.json"), "-o", str(tmp_path)]) == 0
    for name in ("report.html", "table.txt", "ratio.svg"):
        assert note in (tmp_path / name).read_text("utf-8"), name


def test_a_backend_with_a_slash_in_its_name_can_be_the_baseline(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_results(hyperfine(("./a x", {}), ("./b y", {})))
    assert main(["table", path, "--baseline", "./b y"]) == 0
    assert "time relative to ./b y" in capsys.readouterr().out
