"""Counting in the emulator, held against the lengths of handlers and against results known from elsewhere."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re

import pytest

from aarch64_library import LIBRARY

from auditing.findings import LibraryAudit
from auditing.opcodes import mnemonics
from counting.aarch64 import Counted, EmulatedLibrary
from counting.command_line import main
from counting.devices import Devices
from counting.workload import Workload, load_workload, load_workloads
from tool import ToolError

AUDIT = LibraryAudit(LIBRARY)
BACKENDS = ("switch_loop", "computed_goto", "tail_call", "asm_aarch64")
BRK, LIT, POP, DEO = 0x00, 0x80, 0x02, 0x17


def program(rom: bytes, text: bytes = b"", output: bytes = b"") -> Workload:
    """A workload made of a ROM alone."""
    return Workload("test", rom, text, output, b"", 0, 1)


SHORT = program(bytes([LIT, 0x41, LIT, 0x18, DEO, BRK]), output=b"A")


def counted(backend: str, workload: Workload, exclude: str | None = None) -> Counted:
    """The count of one run on one of the library's backends."""
    run = next(known.run for known in AUDIT.declared.backends if known.name == backend)
    return EmulatedLibrary(LIBRARY).count(run, workload, re.compile(exclude) if exclude else None)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("mnemonic", ["ADD", "ADD2k", "DUPr", "EQU2kr", "LDZ", "STHk", "SWP2"])
def test_one_more_opcode_costs_the_length_of_its_handler(backend: str, mnemonic: str) -> None:
    opcode = mnemonics().index(mnemonic)
    handler = AUDIT.backends[backend].by_opcode[opcode]
    enough_operands = bytes([LIT, 0x20] * 8 + [0xC0, 0x21] * 8)  # LIT, and LITr
    shorter = counted(backend, program(enough_operands + bytes([opcode, BRK])))
    longer = counted(backend, program(enough_operands + bytes([opcode, opcode, BRK])))
    assert longer.instructions - shorter.instructions == len(handler.shortest)


def test_device_calls_are_told_apart_and_cost_the_same_whatever_the_device_does() -> None:
    def writing(port: int) -> Counted:
        return counted(
            "asm_aarch64",
            program(bytes([LIT, 0x41, LIT, port, DEO, BRK]), output=b"A" if port == 0x18 else b""),
        )

    console, memory = writing(0x18), writing(0x20)
    assert console.device_calls == memory.device_calls == 1
    assert console.instructions == memory.instructions


def test_input_is_delivered_a_byte_at_a_time_and_then_its_end() -> None:
    # |0100 ;echo .Console/vector DEO2 BRK  @echo .Console/read DEI .Console/write DEO BRK
    rom = bytes([0xA0, 0x01, 0x07, LIT, 0x10, 0x37, BRK, LIT, 0x12, 0x16, LIT, 0x18, DEO, BRK])
    assert counted("asm_aarch64", program(rom, b"hi", b"hi\0")).device_calls == 2 + 3 * 2


def test_a_wrong_result_is_an_error_and_not_a_count() -> None:
    with pytest.raises(ToolError, match="wrong output: expected b'B', found b'A'"):
        counted("tail_call", program(bytes([LIT, 0x41, LIT, 0x18, DEO, BRK]), output=b"B"))


def test_a_stack_that_wraps_costs_more_in_the_assembly_than_one_that_does_not() -> None:
    within = counted("asm_aarch64", program(bytes([LIT, 1, POP, BRK])))
    below = counted("asm_aarch64", program(bytes([POP, LIT, 1, BRK])))
    assert below.instructions > within.instructions


def test_counts_by_function_add_up_and_exclude_takes_some_away() -> None:
    workload = program(bytes([LIT, 1, POP, BRK]))
    everything = counted("asm_aarch64", workload)
    without = counted("asm_aarch64", workload, "_POP$")
    assert sum(everything.by_symbol.values()) == everything.instructions
    assert everything.instructions - without.instructions == everything.by_symbol["asm_aarch64_POP"]


def test_the_same_run_gives_the_same_count() -> None:
    first, second = counted("asm_aarch64", SHORT), counted("asm_aarch64", SHORT)
    assert first == second


def test_all_workloads_can_be_read() -> None:
    workloads = load_workloads()
    assert {"fib", "every_opcode"} <= {workload.name for workload in workloads}
    assert all(workload.instructions > 0 for workload in workloads)


@pytest.fixture
def one_short_workload(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the command line count a short program instead of the workloads."""
    monkeypatch.setattr("counting.command_line.load_workloads", lambda: [SHORT])


@pytest.mark.usefixtures("one_short_workload")
def test_a_function_of_any_object_counts_like_the_backend_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--target", "aarch64", "--json", "-"]
    symbol = f"same={LIBRARY}:dispatchbench_run_asm_aarch64"
    options = ["--library", str(LIBRARY), "--function", symbol, "--backend", "same|asm"]
    assert main(arguments + options) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["backend"] for row in rows} == {"asm_aarch64", "same"}
    assert len({row["instructions"] for row in rows}) == 1


@pytest.mark.usefixtures("one_short_workload")
def test_the_table_says_that_it_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--target", "aarch64", "--workload", "^test$", "--backend", "asm"]
    assert main([*arguments, "--library", str(LIBRARY), "--handlers"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("counted: AArch64 / Uxn instruction")
    assert text.rstrip().endswith("Counts don't rank techniques.")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--workload", "nothing"], 2, "matches none of"),
        (["--backend", "nothing"], 2, "matches none of"),
        (["--function", "nonsense"], 2, "expected NAME=PATH:SYMBOL"),
        (["--function", f"f={LIBRARY}:nothing"], 1, "has no symbol nothing"),
        (["--library", "missing.so"], 1, "missing.so"),
        (["--library", __file__], 1, "not an ELF file"),
    ],
)
def test_what_is_wrong_is_named(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    library = [] if "--library" in arguments else ["--library", str(LIBRARY)]
    assert main(["--target", "aarch64", *library, *arguments]) == code
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expected_output": None}, "the field 'expected_output' is missing"),
        ({"rom": b""}, "0 bytes; expected 1 to 65280"),
    ],
)
def test_a_broken_workload_is_named(
    tmp_path: pathlib.Path, change: dict[str, object], message: str
) -> None:
    fields = {field.name: "" for field in dataclasses.fields(Workload) if field.name != "rom"} | {
        "name": "broken"
    }
    for name, value in change.items():
        if value is None:
            del fields[name]
    (tmp_path / "workload.json").write_text(json.dumps(fields))
    (tmp_path / "broken.rom").write_bytes(b"" if "rom" in change else b"\0")
    with pytest.raises(ToolError, match=re.escape(message)):
        load_workload(tmp_path)


class PlainMemory:
    """Memory without a machine."""

    def __init__(self) -> None:
        self.bytes = bytearray(0x10000)
        self.ports = bytearray(0x100)
        self.pointers = {4: 0x44, 5: 0x55}

    def pointer(self, port: int) -> int:
        """See counting.devices.Memory."""
        return self.pointers[port]

    def set_pointer(self, port: int, value: int) -> None:
        """See counting.devices.Memory."""
        self.pointers[port] = value

    def port(self, port: int) -> int:
        """See counting.devices.Memory."""
        return self.ports[port]

    def set_port(self, port: int, value: int) -> None:
        """See counting.devices.Memory."""
        self.ports[port] = value

    def ram(self, address: int) -> int:
        """See counting.devices.Memory."""
        return self.bytes[address]

    def set_ram(self, address: int, value: int) -> None:
        """See counting.devices.Memory."""
        self.bytes[address] = value


def expanded(record: str, memory: bytes = b"") -> PlainMemory:
    """Memory after the expansion device ran a record that lies at 0x8000."""
    plain = PlainMemory()
    plain.bytes[: len(memory)] = memory
    plain.bytes[0x8000 : 0x8000 + len(bytes.fromhex(record))] = bytes.fromhex(record)
    devices = Devices(plain)
    devices.deo(0x02, 0x80)
    devices.deo(0x03, 0x00)
    return plain


def test_expansion_fills_and_copies_both_ways_and_ignores_other_banks() -> None:
    assert expanded("00 0003 0000 ffff 2a").bytes[0xFFFF] == 0x2A
    assert expanded("00 0003 0000 ffff 2a").bytes[:3] == b"\x2a\x2a\x00"
    assert expanded("01 0003 0000 0000 0000 0001", b"abc").bytes[:4] == b"aaaa"
    assert expanded("02 0003 0000 0000 0000 0001", b"abc").bytes[:4] == b"aabc"
    assert expanded("01 0003 0000 0000 0001 0010", b"abc").bytes[0x10:0x13] == bytes(3)
    assert expanded("00 0003 0001 0000 2a").bytes[:3] == bytes(3)


def test_stack_pointer_ports_and_the_stop_request() -> None:
    memory = PlainMemory()
    devices = Devices(memory)
    assert (devices.dei(0x04), devices.dei(0x05)) == (0x44, 0x55)
    devices.deo(0x05, 0x12)
    assert memory.pointers[5] == 0x12
    devices.deo(0x0F, 0)
    assert not devices.stopped
    devices.deo(0x0F, 0x83)
    assert devices.stopped and devices.exit_code == 3
