"""What `run` prints for many libraries or on a narrow terminal: a summary that fits a screen."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import shutil
import struct
import subprocess
import termios
from pathlib import Path

from program import FAULTY, LIBRARY, PROGRAM, SANITIZED, dispatchbench, measures

FEW = ("run", "--processes", "2", "--repetitions", "1", "--workload", "^tak$")


def clangs(tmp_path: Path, count: int) -> list[str]:
    """Options for so many libraries of the same code; the cache knows one of them."""
    library = shutil.copy(LIBRARY, tmp_path / "one.so")
    audit = Path(LIBRARY).with_suffix(".audit.json")
    if audit.exists():  # Else it is made, in some seconds.
        shutil.copy(audit, tmp_path / "one.audit.json")
    return [word for n in range(count) for word in ("--library", f"clang-{n}={library}")]


def on_terminal(columns: int, *arguments: str | Path) -> str:
    """What the program prints on a terminal so wide."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    with subprocess.Popen(
        [PROGRAM, *map(str, arguments)],
        stdout=its,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "NO_COLOR": "1"},
    ) as process:
        os.close(its)
        said = b""
        try:
            while part := os.read(ours, 65536):
                said += part
        except OSError:  # The program has ended.
            pass
    os.close(ours)
    assert process.returncode == 0
    return said.decode().replace("\r\n", "\n")


@measures
def test_seventeen_libraries_take_less_than_a_screen(tmp_path: Path) -> None:
    libraries = clangs(tmp_path, 17)
    backends = ("--backend", "switch_loop|computed_goto|computed_goto_plain|tail_call|asm.*")
    output = tmp_path / "r.json"
    finished = dispatchbench(*FEW, *libraries, *backends, "--output", output)
    assert finished.returncode == 0, finished.stderr
    lines = finished.stdout.splitlines()
    assert len(lines) <= 40 and max(map(len, lines)) <= 120, finished.stdout
    rows = [line.split() for line in lines if line.startswith("  clang-")]
    assert [row[0] for row in rows] == [f"clang-{n}" for n in range(17)], "in the given order"
    assert "time relative to switch_loop of the same library" in finished.stdout
    assert "fastest first: " in finished.stdout
    if not SANITIZED:
        assert "switch_loop is the same machine code in all 17 libraries" in finished.stdout
        assert "m merged jump" in finished.stdout
    assert str(output) in finished.stdout and "--full-tables" in finished.stdout


@measures
def test_all_tables_are_there_for_the_asking(tmp_path: Path) -> None:
    finished = dispatchbench(
        *(*FEW, *clangs(tmp_path, 5), "--backend", "switch_loop|tail_call", "--full-tables"),
        *("--output", tmp_path / "r.json"),
    )
    assert finished.stdout.count("ns per VM instruction") == 5
    assert "all libraries" in finished.stdout


@measures
def test_a_library_without_the_baseline_has_no_ratios_and_the_reason_is_said(
    tmp_path: Path,
) -> None:
    libraries = [*clangs(tmp_path, 4), "--library", f"other={FAULTY}"]
    row = ("--backend", "switch_loop|computed_goto|correct", "--output", tmp_path / "r.json")
    text = dispatchbench(*FEW, *libraries, *row).stdout
    (other,) = [line.split() for line in text.splitlines() if line.startswith("  other ")]
    assert other[1:] == ["-", "-", "-"]
    assert "No ratios for other: no switch_loop there (it knows no such backend)." in " ".join(
        text.split()
    )
    common = dispatchbench(*FEW, *libraries, *row, "--baseline", "switch_loop/clang-0").stdout
    (other,) = [line.split() for line in common.splitlines() if line.startswith("  other ")]
    assert other[1:3] == ["-", "-"] and float(other[3].strip("~?!*")) > 0
    assert "No ratios" not in common
    document = json.loads((tmp_path / "r.json").read_text())
    assert {each["library"] for each in document["benchmarks"]} >= {"other", "clang-0"}


@measures
def test_a_terminal_too_narrow_for_the_tables_gets_the_means(tmp_path: Path) -> None:
    row = (*FEW, "--library", LIBRARY, "--backend", "switch_loop|computed_goto|tail_call")
    wide = on_terminal(100, *row, "--output", tmp_path / "r.json")
    assert "ns per VM instruction" in wide
    narrow = on_terminal(50, *row, "--output", tmp_path / "r.json")
    assert "ns per VM instruction" not in narrow and "geometric mean" in narrow
    named = {str(tmp_path)}  # A path stays whole.
    lines = [line for line in narrow.splitlines() if not any(name in line for name in named)]
    assert max(map(len, lines)) <= 50, narrow


def test_the_plan_of_many_rows_counts_them_and_every_library_s_process(tmp_path: Path) -> None:
    finished = dispatchbench(
        *("run", "--plan", "--fast", *clangs(tmp_path, 17), "--backend", "switch_loop|tail_call"),
        *("--workload", "^(fib|tak|sieve)$"),
    )
    assert finished.returncode == 0, finished.stderr
    lines = finished.stdout.splitlines()
    assert lines[0].startswith("102 rows, 7 samples of each in a process")
    assert (
        "  3 workloads on 34 backends of 17 libraries; --benchmark_list_tests names every row"
        in lines
    )
    assert len(lines) < 8
