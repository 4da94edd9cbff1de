"""The programs of tools/per_opcode execute what they claim, and costs are computed from times as they should be."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

from isa_model import Machine, opcode_name
from per_opcode import micro_roms
from per_opcode.command_line import main
from per_opcode.costs import cost, times_by_process
from per_opcode.counting_rows import counting_rows
from per_opcode.micro_roms import all_opcodes, micro_rom
from tool_under_test import HARNESS


def executed(rom: bytes, opcode: int) -> tuple[int, int, bool]:
    """Instructions in all, executions of `opcode`, and whether a pointer wrapped around in a round."""
    machine = Machine()
    machine.load(rom)
    machine.pc = 0x0100
    instructions = repeated = 0
    wrapped = False
    going = True
    while going:
        current = machine.ram[machine.pc]
        pointers = machine.wst.pointer, machine.rst.pointer
        in_round = machine.pc >= 0x0600
        going = machine.step()
        instructions += 1
        repeated += current == opcode
        moved = (
            abs(machine.wst.pointer - pointers[0]) > 8 or abs(machine.rst.pointer - pointers[1]) > 8
        )
        wrapped |= in_round and moved and current & 0x1F != 0x17
        assert instructions < 10_000, "runs away"
    return instructions, repeated, wrapped


@pytest.mark.parametrize("opcode", all_opcodes(), ids=opcode_name)
def test_a_program_executes_its_opcode_as_often_as_it_says(
    opcode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(micro_roms, "ROUNDS", 2)
    rom, without = micro_rom(opcode, True), micro_rom(opcode, False)
    instructions, repeated, wrapped = executed(rom.rom, opcode)
    fewer, others, _ = executed(without.rom, opcode)
    assert instructions == rom.instructions
    assert fewer == without.instructions
    assert repeated - others == rom.repeated
    assert rom.instructions - without.instructions == rom.repeated
    assert rom.repeated >= 2 * 30
    assert not wrapped


def test_only_opcodes_that_cannot_be_repeated_are_left_out() -> None:
    left_out = {opcode_name(opcode) for opcode in range(256)} - {
        opcode_name(opcode) for opcode in all_opcodes()
    }
    assert left_out == {"BRK", "JMP2k", "JMP2kr", "JSR2k", "JSR2kr"}


def test_a_cost_is_the_difference_of_medians_over_processes() -> None:
    def row(workload: str, process: int, time: float) -> dict[str, object]:
        return {
            "workload": workload,
            "backend": "b",
            "library": "l",
            "process": process,
            "cpu_time": time,
        }

    rows = [row("with", process, time) for process in range(3) for time in (300.0, 310.0, 900.0)]
    rows += [row("without", process, 110.0 - process) for process in range(3)]
    found = cost(times_by_process(rows), "with", "without", 100, "b/l")
    assert found is not None
    assert found.nanoseconds == pytest.approx(2.01)
    # Student's t with 2 degrees of freedom is 4.303; the standard error 0.01 / sqrt(3).
    assert found.half_width == pytest.approx(4.3027 * 0.01 / 3**0.5, rel=1e-4)
    assert cost(times_by_process(rows[:3]), "with", "without", 100, "b/l") is None


def test_rows_that_don_t_count_are_left_out() -> None:
    rows: list[dict[str, Any]] = [
        {"library": "b", "process": process, "attempt": attempt}
        for process, attempt in ((0, 0), (1, 0), (1, 1))
    ]
    assert counting_rows({"benchmarks": rows}) == rows, "before schema 3"
    for row in rows:
        row["counts"] = row is not rows[1]
    assert counting_rows({"benchmarks": rows}) == [rows[0], rows[2]]
    for row in rows:  # As a host without a probe has them.
        row["counts"] = True
    assert counting_rows({"benchmarks": rows}) == rows


def test_it_measures_and_writes(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "costs.json"
    arguments = ["--harness", str(HARNESS), "--opcode", "ADD|DEO2|LIT", "--backend", ".*goto"]
    few = ["--", "--fast", "--quiet", "--processes", "2", "--repetitions", "2"]
    assert main([*arguments, "--json", str(output), *few]) == 0
    opcodes = json.loads(output.read_text())["opcodes"]
    assert set(opcodes) == {"ADD", "DEO2", "LIT"}
    for by_backend in opcodes.values():
        for found in by_backend.values():
            assert found["low"] <= found["ns"] <= found["high"]
    assert capsys.readouterr().out.startswith("ns per execution")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--harness", "/missing"], 1, "/missing: No such file"),
        (["--opcode", "BRK"], 2, "matches no opcode"),
    ],
)
def test_what_is_wrong_is_named(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--harness", str(HARNESS), *arguments]) == code
    assert message in capsys.readouterr().err
