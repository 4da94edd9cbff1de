"""The entry points: what they write, what they print, and how they refuse."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dispatchbench_reports.command_line import main
from tests.conftest import WritePage, WriteResults
from tests.synthetic import synthetic_results

SMALL = synthetic_results(backends=3, workloads=2, libraries=("clang",), processes=3, repetitions=2)


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


@pytest.fixture(scope="module")
def small_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the results SMALL and their report in `one`; to be left as it is."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "results.json").write_text(json.dumps(SMALL))
    assert main(["report", str(folder / "results.json"), "-o", str(folder / "one")]) == 0
    return folder


def test_report_writes_page_charts_and_tables_the_same_each_time(
    small_report: Path, tmp_path: Path
) -> None:
    found = contents(small_report / "one")
    for (
        name
    ) in "report.html ratio.svg ratio.png ratio-dark.svg table.txt table.md table.tex table.csv".split():
        assert found[name], name
    # In another process, so that nothing kept in memory (or a hash seed) can hide a difference.
    finished = subprocess.run(
        [
            sys.executable,
            "-m",
            "dispatchbench_reports",
            "report",
            str(small_report / "results.json"),
            "-o",
            str(tmp_path / "two"),
        ],
        check=True,
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
    )
    assert finished.stdout == f"{tmp_path / 'two' / 'report.html'}\n"
    again = contents(tmp_path / "two")
    assert {name: data for name, data in found.items() if again[name] != data} == {}


def test_the_page_names_no_path_of_this_machine(small_report: Path) -> None:
    assert str(small_report) not in (small_report / "one" / "report.html").read_text()


@pytest.mark.parametrize("format", ["text", "markdown", "latex", "csv"])
@pytest.mark.parametrize("metric", ["ratio", "time"])
def test_tables_hold_every_workload_and_backend(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str], format: str, metric: str
) -> None:
    assert main(["table", write_results(SMALL), "--format", format, "--metric", metric]) == 0
    output = capsys.readouterr().out.replace("\\_", "_")
    for name in ("fib", "mandelbrot", "computed_goto", "computed_goto_plain"):
        assert name in output
    if metric == "ratio" and format != "csv":
        assert "geometric mean" in output


def test_csv_has_one_row_a_benchmark(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["table", write_results(SMALL), "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 2 * 3
    baseline = [row for row in rows if row["backend"] == "switch_loop"]
    assert {row["ratio"] for row in baseline} == {"1"}
    assert {row["samples"] for row in rows} == {"6"}


def test_another_baseline_inverts_the_ratio(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_results(SMALL)

    def ratio_of(backend: str, baseline: str) -> float:
        main(["table", path, "--format", "csv", "--baseline", baseline])
        rows = csv.DictReader(io.StringIO(capsys.readouterr().out))
        return float(
            next(
                row["ratio"]
                for row in rows
                if row["backend"] == backend and row["workload"] == "fib"
            )
        )

    forward = ratio_of("computed_goto", "switch_loop")
    assert ratio_of("switch_loop", "computed_goto") == pytest.approx(1 / forward, rel=1e-4)


def test_a_selection_keeps_the_baseline(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["table", write_results(SMALL), "--backend", "computed_goto"]) == 0
    output = capsys.readouterr().out
    assert "computed_goto_plain" not in output
    assert "relative to switch_loop" in output


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--baseline", "absent"], "--baseline"),
        (["--workload", "absent"], "--workload"),
        (["--backend", "switch_loop"], "one backend"),
    ],
)
def test_wrong_choices_exit_with_2_and_write_nothing(
    write_results: WriteResults,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    found: str,
) -> None:
    output = tmp_path / "out"
    assert main(["report", write_results(SMALL), "-o", str(output), *arguments]) == 2
    captured = capsys.readouterr()
    assert found in captured.err
    assert captured.out == ""
    assert not output.exists()


def test_bad_input_exits_with_2_and_writes_nothing(
    write_results: WriteResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_results('{"context": {}')
    assert main(["report", path, "-o", str(tmp_path / "out")]) == 2
    assert path in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_unwritable_directory_exits_with_2(
    write_results: WriteResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A file stands where the directory should be: that stops root too.
    (tmp_path / "taken").write_text("")
    target = str(tmp_path / "taken" / "out")
    assert main(["report", write_results(SMALL), "-o", target]) == 2
    assert target in capsys.readouterr().err


def test_wrong_usage_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["report"])
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_results_without_audit_or_backends_declared_are_reported(
    write_results: WriteResults, write_page: WritePage
) -> None:
    document = json.loads(json.dumps(SMALL))
    for backend in document["context"]["dispatchbench"]["libraries"][0]["backends"]:
        backend["audit"] = None
    assert "not audited" in write_page(write_results(document)).read_text()


def test_a_page_for_20_backends_and_40_workloads_weighs_less_than_5_mb(
    write_results: WriteResults, tmp_path: Path
) -> None:
    document = synthetic_results(20, 40, ("clang", "gcc"), 5, 9, counts=True)
    # The page is that of `report`, which draws each picture five times more, for files.
    assert main(["publish", write_results(document), "-o", str(tmp_path / "out")]) == 0
    (found,) = tmp_path.glob("out/*/report.html")
    page = found.read_bytes()
    assert len(page) < 5_000_000
    # The large picture waits to be unfolded.
    assert b"a large picture, show it" in page


def test_the_page_asks_for_nothing(small_report: Path) -> None:
    page = (small_report / "one" / "report.html").read_text()
    outside = re.findall(r"(?:src|href)=\"(?!#|data:)[^\"]*\"|url\((?!#)[^)]*\)|@import", page)
    assert outside == []
    assert "default-src 'none'" in page


def test_publish_makes_a_folder_by_date_and_processor(
    write_results: WriteResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(json.dumps(SMALL))
    document["context"]["dispatchbench"]["machine"][
        "cpu_model"
    ] = "Intel(R) Xeon(R) CPU E5-2680 v3 @ 2.50GHz"
    document["context"]["executable"] = "/home/someone/build/clang/dispatchbench"
    document["context"]["dispatchbench"]["warnings"] = [
        "/home/someone/x.audit.json: is older than /opt/y.so"
    ]
    path = write_results(document)
    assert main(["publish", path, "-o", str(tmp_path / "published")]) == 0
    folder = tmp_path / "published" / "2026-11-22-intel-xeon-e5-2680-v3"
    assert capsys.readouterr().out == f"{folder / 'report.html'}\n"
    published = json.loads(gzip.decompress((folder / "results.json.gz").read_bytes()))
    assert published["benchmarks"] == document["benchmarks"]
    assert published["context"]["executable"] == "dispatchbench"
    assert published["context"]["dispatchbench"]["warnings"] == ["x.audit.json: is older than y.so"]
    assert "host_name" not in published["context"]
    assert "/home" not in (folder / "report.html").read_text()
    before = contents(folder)
    assert (
        main(["publish", str(folder / "results.json.gz"), "-o", str(tmp_path / "published")]) == 0
    )
    assert contents(folder) == before
