"""Checks the model against examples worked out by hand from the description of the instruction set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import generate_vectors
from isa_model import BudgetExhausted, Machine, opcode_name, opcode_number
from programs import code
from vector_format import BACKGROUNDS, State, differences, vector_line


def run(text: str, wst: str = "", rst: str = "", pc: int = 0x0100, **ram: str) -> Machine:
    """Runs code, with bytes on the stacks and at addresses named like `at_ffff`, to its BRK."""
    machine = Machine()
    for stack, contents in ((machine.wst, wst), (machine.rst, rst)):
        for byte in bytes.fromhex(contents):
            stack.push(byte, 1)
    for name, contents in ram.items():
        put(machine, int(name.removeprefix("at_"), 16), bytes.fromhex(contents))
    put(machine, pc, code(text) + b"\0")
    machine.pc = pc
    machine.run_to_break(1_000)
    return machine


def put(machine: Machine, address: int, data: bytes) -> None:
    """Writes bytes to memory, wrapping."""
    for position, byte in enumerate(data):
        machine.ram[(address + position) & 0xFFFF] = byte


def on_stack(machine: Machine, stack: str = "wst") -> str:
    """The bytes below a stack's pointer."""
    chosen = machine.wst if stack == "wst" else machine.rst
    return chosen.memory[: chosen.pointer].hex(" ")


def test_names_and_numbers_are_inverse() -> None:
    assert [opcode_number(opcode_name(opcode)) for opcode in range(0x100)] == list(range(0x100))
    assert opcode_name(0x00) == "BRK"
    assert opcode_name(0x20) == "JCI"
    assert opcode_name(0x40) == "JMI"
    assert opcode_name(0x60) == "JSI"
    assert [opcode_name(opcode) for opcode in (0x80, 0xA0, 0xC0, 0xE0)] == (
        ["LIT", "LIT2", "LITr", "LIT2r"]
    )
    assert opcode_name(0x38) == "ADD2"
    assert opcode_name(0x6C) == "JMP2r"
    assert opcode_name(0xFF) == "SFT2kr"


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("INC", "01", "02"),
        ("INC", "ff", "00"),
        ("INC2", "00 ff", "01 00"),
        ("INC2", "ff ff", "00 00"),
        ("INCk", "01", "01 02"),
        ("POP", "01 02", "01"),
        ("POP2", "01 02 03", "01"),
        ("POPk", "01 02", "01 02"),
        ("NIP", "01 02", "02"),
        ("NIP2", "01 02 03 04", "03 04"),
        ("NIP2k", "01 02 03 04", "01 02 03 04 03 04"),
        ("SWP", "01 02", "02 01"),
        ("SWPk", "01 02", "01 02 02 01"),
        ("SWP2", "01 02 03 04", "03 04 01 02"),
        ("ROT", "01 02 03", "02 03 01"),
        ("ROTk", "01 02 03", "01 02 03 02 03 01"),
        ("ROT2", "01 02 03 04 05 06", "03 04 05 06 01 02"),
        ("DUP", "01", "01 01"),
        ("DUPk", "01", "01 01 01"),
        ("DUP2", "01 02", "01 02 01 02"),
        ("OVR", "01 02", "01 02 01"),
        ("OVRk", "01 02", "01 02 01 02 01"),
        ("OVR2", "01 02 03 04", "01 02 03 04 01 02"),
        ("EQU", "05 05", "01"),
        ("EQU", "05 06", "00"),
        ("EQU2", "01 02 01 02", "01"),
        ("EQU2k", "01 02 01 03", "01 02 01 03 00"),
        ("NEQ", "05 06", "01"),
        ("NEQ2", "01 02 01 02", "00"),
        ("GTH", "80 7f", "01"),
        ("GTH", "7f 7f", "00"),
        ("GTH2", "01 00 00 ff", "01"),
        ("LTH", "7f 80", "01"),
        ("LTH", "80 7f", "00"),
        ("LTH2", "00 ff 01 00", "01"),
        ("ADD", "ff 02", "01"),
        ("ADD2", "00 ff 00 01", "01 00"),
        ("ADD2", "ff ff 00 02", "00 01"),
        ("ADDk", "01 02", "01 02 03"),
        ("SUB", "01 02", "ff"),
        ("SUB2", "01 00 00 01", "00 ff"),
        ("MUL", "10 11", "10"),
        ("MUL2", "01 00 01 01", "01 00"),
        ("DIV", "07 02", "03"),
        ("DIV", "07 00", "00"),
        ("DIV2", "01 00 00 03", "00 55"),
        ("DIV2k", "01 00 00 00", "01 00 00 00 00 00"),
        ("AND", "0f 3c", "0c"),
        ("ORA", "0f 3c", "3f"),
        ("EOR", "0f 3c", "33"),
        ("EOR2", "ff 00 0f f0", "f0 f0"),
        ("SFT", "81 01", "40"),
        ("SFT", "81 10", "02"),
        ("SFT", "81 11", "80"),
        ("SFT", "ff 08", "00"),
        ("SFT", "ff 80", "00"),
        ("SFT", "ff 44", "f0"),
        ("SFT2", "80 01 0f", "00 01"),
        ("SFT2", "80 01 f0", "80 00"),
        ("SFT2", "12 34 48", "01 20"),
        ("SFT2k", "12 34 04", "12 34 04 01 23"),
        ("LIT 12 LIT2 34 56", "", "12 34 56"),
    ],
)
def test_working_stack(text: str, before: str, after: str) -> None:
    assert on_stack(run(text, before)) == after


def test_return_mode_swaps_the_stacks() -> None:
    machine = run("ADDr", wst="01 02", rst="03 04")
    assert on_stack(machine) == "01 02"
    assert on_stack(machine, "rst") == "07"
    machine = run("STHkr", rst="03 04")
    assert on_stack(machine) == "04"
    assert on_stack(machine, "rst") == "03 04"
    machine = run("STH2", wst="01 02 03")
    assert on_stack(machine) == "01"
    assert on_stack(machine, "rst") == "02 03"
    machine = run("LITr 07 LIT2r 08 09")
    assert on_stack(machine, "rst") == "07 08 09"


def test_popped_bytes_stay_and_pointers_wrap() -> None:
    machine = run("POP2", wst="01")
    assert machine.wst.pointer == 0xFF
    assert machine.wst.memory[0] == 0x01
    machine = Machine()
    machine.wst.pointer = 0xFF
    machine.wst.push(0x1234, 2)
    assert (machine.wst.memory[0xFF], machine.wst.memory[0x00]) == (0x12, 0x34)
    assert machine.wst.pointer == 0x01
    assert machine.wst.pop(2) == 0x1234


def test_jumps() -> None:
    machine = run("JMP", wst="02")
    assert machine.pc == 0x0104
    assert run("JMP", wst="80").pc == 0x0082
    assert run("JMP2", wst="12 34").pc == 0x1235
    assert run("JMP2k", wst="12 34").wst.pointer == 2
    assert run("JCN", wst="00 05").pc == 0x0102
    assert run("JCN", wst="80 05").pc == 0x0107
    assert run("JCN2", wst="01 12 34").pc == 0x1235
    assert run("JCN2", wst="00 12 34").pc == 0x0102
    machine = run("JSR", wst="05")
    assert (machine.pc, on_stack(machine, "rst")) == (0x0107, "01 01")
    machine = run("JSRr", rst="05")
    assert (machine.pc, on_stack(machine)) == (0x0107, "01 01")
    machine = run("JSR2k", wst="12 34")
    assert (on_stack(machine), on_stack(machine, "rst")) == ("12 34", "01 01")


def test_immediate_jumps() -> None:
    assert run("JMI 00 05").pc == 0x0109
    assert run("JMI ff 80").pc == 0x0084
    assert run("JMI fe f0").pc == 0xFFF4
    assert run("JCI 00 05", wst="00").pc == 0x0104
    machine = run("JCI 00 05", wst="07 01")
    assert (machine.pc, on_stack(machine)) == (0x0109, "07")
    machine = run("JSI 00 05")
    assert (machine.pc, on_stack(machine, "rst")) == (0x0109, "01 03")


def test_operands_wrap_byte_by_byte() -> None:
    assert on_stack(run("LIT2 12 34", pc=0xFFFE)) == "12 34"
    assert on_stack(run("LIT 12", pc=0xFFFF)) == "12"
    machine = run("JSI 00 05", pc=0xFFFE)
    assert (machine.pc, on_stack(machine, "rst")) == (0x0007, "00 01")


def test_memory() -> None:
    assert on_stack(run("LDZ", wst="40", at_0040="99")) == "99"
    assert on_stack(run("LDZ2", wst="ff", at_00ff="98", at_0000="97")) == "98 97"
    machine = run("STZ2", wst="12 34 ff")
    assert (machine.ram[0xFF], machine.ram[0x00], machine.ram[0x100]) == (0x12, 0x34, 0x31)
    assert on_stack(run("LDR", wst="ff", at_0100="00")) == "12"
    assert on_stack(run("LDR2", wst="7f", at_0180="98 97")) == "98 97"
    assert on_stack(run("LDR", wst="80", at_0081="98")) == "98"
    assert on_stack(run("LDA2", wst="ff ff", at_ffff="98", at_0000="97")) == "98 97"
    machine = run("STA2", wst="12 34 ff ff")
    assert (machine.ram[0xFFFF], machine.ram[0x0000]) == (0x12, 0x34)
    machine = run("STR2k", wst="12 34 10")
    assert machine.ram[0x0111:0x0113].hex() == "1234"
    assert on_stack(machine) == "12 34 10"
    machine = run("STR2", wst="12 34 00", pc=0xFFFE, at_0000="00")
    assert (machine.ram[0xFFFF], machine.ram[0x0000]) == (0x12, 0x34)


def test_stored_code_runs() -> None:
    assert on_stack(run("LIT 77 LIT 01 STR LIT 00")) == "77"
    assert on_stack(run("LIT 05 LIT INC LIT 00 STR BRK")) == "06"


def test_dei_shows_the_pointer_without_operand_and_without_result() -> None:
    assert on_stack(run("LIT 04 DEI", wst="aa bb")) == "aa bb 02"
    assert on_stack(run("LIT 04 DEIk", wst="aa bb")) == "aa bb 04 03"
    assert on_stack(run("LIT 04 DEI2", wst="aa bb", rst="11")) == "aa bb 02 01"
    assert on_stack(run("LITr 05 DEIr", rst="11"), "rst") == "11 01"
    assert run("LIT 04 DEI", wst="aa bb").device_page[0x04] == 0


def test_pointers_set_through_ports_stand() -> None:
    machine = run("LIT2 40 04 DEO")
    assert (machine.wst.pointer, machine.device_page[0x04]) == (0x40, 0x40)
    assert run("LIT2 40 04 DEOk").wst.pointer == 0x40
    machine = run("LIT2 40 50 LIT 04 DEO2k")
    assert (machine.wst.pointer, machine.rst.pointer) == (0x40, 0x50)
    machine = run("LIT2r 40 05 DEOkr")
    assert machine.rst.pointer == 0x40


def test_device_shorts_wrap_inside_the_page() -> None:
    machine = run("LIT2 12 34 LIT ff DEO2 LIT ff DEI2")
    assert (machine.device_page[0xFF], machine.device_page[0x00]) == (0x12, 0x34)
    assert on_stack(machine) == "12 34"


def test_console() -> None:
    machine = run("LIT2 61 18 DEO LIT2 62 63 LIT 18 DEO2")
    assert (machine.console_output, machine.console_error) == (b"ab", b"c")
    assert run("LIT2 12 34 LIT 10 DEO2").console_vector == 0x1234
    assert run("LIT2 12 10 DEO").console_vector == 0


def test_screen_vector_is_latched_when_its_low_byte_is_written() -> None:
    assert run("LIT2 12 34 LIT 20 DEO2").screen_vector == 0x1234
    assert run("LIT2 12 20 DEO").screen_vector == 0


def test_state_port_lets_the_vector_go_on() -> None:
    machine = run("LIT2 85 0f DEO LIT2 61 18 DEO")
    assert machine.console_output == b"a"
    assert machine.stop_requested
    assert machine.exit_code == 0x05


def test_a_0_takes_a_stop_back() -> None:
    machine = run("LIT2 85 0f DEO LIT2 00 0f DEO")
    assert (machine.stop_requested, machine.exit_code) == (False, 0x00)
    assert machine.device_page[0x0F] == 0
    assert not run("LIT2 00 0f DEO").stop_requested
    assert run("LIT2 80 0f DEO").stop_requested


@pytest.mark.parametrize(
    ("record", "address", "after"),
    [
        ("00 00 03 00 00 30 01 aa", 0x3000, "00 aa aa aa 00"),
        ("00 00 00 00 00 30 01 aa", 0x3000, "00 00 00 00 00"),
        ("00 00 03 00 01 30 01 aa", 0x3000, "00 00 00 00 00"),
        ("00 00 04 00 00 ff fe aa", 0xFFFD, "00 aa aa aa aa"),
        ("01 00 03 00 00 40 00 00 00 30 01", 0x3000, "00 c1 c2 c3 00"),
        ("02 00 03 00 00 40 00 00 00 30 01", 0x3000, "00 c1 c2 c3 00"),
        ("01 00 03 00 01 40 00 00 00 30 01", 0x3000, "00 00 00 00 00"),
        ("01 00 03 00 00 40 00 00 01 30 01", 0x3000, "00 00 00 00 00"),
        ("01 00 04 00 00 40 00 00 00 40 01", 0x4000, "c1 c1 c1 c1 c1"),
        ("02 00 04 00 00 40 00 00 00 40 01", 0x4000, "c1 c1 c2 c3 c4"),
        ("03 00 03 00 00 40 00 00 00 30 01", 0x3000, "00 00 00 00 00"),
    ],
)
def test_expansion(record: str, address: int, after: str) -> None:
    text = "LIT2 20 00 LIT 02 DEO2"
    machine = run(text, at_2000=record, at_4000="c1 c2 c3 c4 c5")
    found = bytes(machine.ram[(address + position) & 0xFFFF] for position in range(5))
    assert found.hex(" ") == after


def test_brk_counts_and_the_pc_stands_behind_it() -> None:
    machine = run("INC DUP")
    assert (machine.instructions, machine.pc) == (3, 0x0103)


def test_budget() -> None:
    machine = Machine()
    machine.load(code("JMI ff fd"))
    with pytest.raises(BudgetExhausted):
        machine.run_to_break(50)
    assert machine.instructions == 50


def test_program_gets_its_input_and_the_end() -> None:
    # Latches a vector at 0x0109 that writes each byte and its type to the console.
    machine = Machine()
    machine.load(code("LIT2 01 07 LIT 10 DEO2 BRK LIT 12 DEI LIT 18 DEO LIT 17 DEI LIT 18 DEO BRK"))
    assert machine.run_program(b"xy") == 0
    assert machine.console_output == b"x\x01y\x01\x00\x04"


def test_arguments_come_before_the_input_with_their_ends() -> None:
    machine = Machine()
    machine.load(code("LIT2 01 07 LIT 10 DEO2 BRK LIT 12 DEI LIT 18 DEO LIT 17 DEI LIT 18 DEO BRK"))
    assert machine.run_program(b"x", arguments=[b"ab", b"", b"c"]) == 0
    assert machine.console_output == b"a\x02b\x02\n\x03\n\x03c\x02\n\x04x\x01\x00\x04"


@pytest.mark.parametrize(
    ("arguments", "printed"), [([], b"\x00"), ([b"a"], b"\x01"), ([b"a", b"b"], b"\x01")]
)
def test_the_type_port_says_at_reset_whether_there_are_arguments(
    arguments: list[bytes], printed: bytes
) -> None:
    machine = Machine()
    machine.load(code("LIT 17 DEI LIT 18 DEO BRK"))
    machine.run_program(arguments=arguments)
    assert machine.console_output == printed


# Latches a console vector that writes "c", and a screen vector that writes "s" and stops the third time.
FRAMES_ROM = code(
    "LIT2 01 0d LIT 10 DEO2 LIT2 01 12 LIT 20 DEO2 BRK LIT2 63 18 DEO BRK "
    "LIT2 73 18 DEO LIT 00 LDZ INC DUP LIT 00 STZ LIT 03 EQU LIT 83 MUL LIT 0f DEO BRK"
)


def test_the_screen_vector_comes_after_the_console_until_a_stop() -> None:
    for frames, output in ((0, b"cc"), (2, b"ccss"), (60, b"ccsss")):
        machine = Machine()
        machine.load(FRAMES_ROM)
        assert machine.run_program(b"x", frames=frames) == (3 if frames == 60 else 0)
        assert machine.console_output == output


def test_a_program_that_has_stopped_gets_neither_input_nor_frames() -> None:
    machine = Machine()
    machine.load(
        code("LIT2 01 11 LIT 10 DEO2 LIT2 01 11 LIT 20 DEO2 LIT2 85 0f DEO BRK LIT2 61 18 DEO BRK")
    )
    assert machine.run_program(b"x", arguments=[b"a"]) == 5
    assert machine.console_output == b""


def test_a_stop_that_is_taken_back_lets_vectors_come() -> None:
    machine = Machine()
    machine.load(
        code("LIT2 01 0f LIT 10 DEO2 LIT2 85 0f DEO LIT2 00 0f DEO BRK LIT2 61 18 DEO BRK")
    )
    assert machine.run_program() == 0
    assert machine.console_output == b"a"


def test_an_event_for_a_vector_of_0_leaves_the_page_alone() -> None:
    machine = Machine()
    machine.load(code("BRK"))
    machine.run_program(b"x", frames=2)
    assert machine.device_page == bytes(0x100)
    assert machine.instructions == 1


def test_no_vector_is_delivered_after_a_stop() -> None:
    machine = Machine()
    machine.load(code("LIT2 01 07 LIT 10 DEO2 BRK LIT2 61 18 DEO LIT2 83 0f DEO BRK"))
    assert machine.run_program(b"xy") == 3
    assert machine.console_output == b"a"


def test_a_vector_of_0_does_nothing() -> None:
    machine = Machine()
    machine.run_vector(0, 10)
    assert machine.instructions == 0


def test_rom_size_is_limited() -> None:
    with pytest.raises(ValueError, match="65280"):
        Machine().load(bytes(65_281))
    with pytest.raises(ValueError, match="65280"):
        Machine().load(b"")


def test_differences_are_complete() -> None:
    assert differences(b"\0" * 256, b"\0" * 256) == []
    after = bytearray(512)
    after[3], after[4], after[511] = 1, 2, 3
    assert differences(bytes(512), bytes(after)) == [(3, "0102"), (511, "03")]


def test_a_run_that_does_not_end_is_no_vector() -> None:
    state = State()
    state.write(state.pc, code("JMI ff fd"))
    assert vector_line("endless", "directed", state) is None


def test_vectors_cover_every_opcode_and_every_special_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    for path in (first, second):
        options = ["--output", str(path), "--per-opcode", "1", "--programs", "300"]
        monkeypatch.setattr("sys.argv", ["generate_vectors.py", *options])
        assert generate_vectors.main() == 0
    assert first.read_bytes() == second.read_bytes()
    vectors = [json.loads(line) for line in first.read_text().splitlines()]
    names = [vector["name"] for vector in vectors]
    assert len(names) == len(set(names))
    assert {vector["name"].split()[0] for vector in vectors} >= {
        opcode_name(opcode) for opcode in range(0x100)
    }
    assert {touched for vector in vectors for touched in vector["touches"]} == {
        *("pc_wraps", "stack_wraps", "memory_wraps", "zero_page_wraps", "stack_pointer_ports"),
        *("relative_wraps", "expansion", "stop", "console", "screen", "self_modified"),
    }
    assert {vector["background"] for vector in vectors} == set(BACKGROUNDS)
    assert {vector["group"] for vector in vectors} == {"directed", "single", "sequence"}
