"""Counting in the emulator, checked against the lengths of handlers and against known results."""

from __future__ import annotations

import json
import pathlib
import re

import pytest

from abi_offsets import constants, offsets
from audit.library_audit import LibraryAudit
from count.aarch64 import EmulatedLibrary, new_machine
from count.command_line import main
from count.counted import GENERATED, Candidate, Counted, Outcome, Task
from count.emulated_libc import EmulatedLibc
from opcodes import mnemonics
from sampler import Refused
from tool import ToolError
from tool_under_test import AARCH64_LIBRARY as LIBRARY
from tool_under_test import AARCH64_PREPARING_LIBRARY as PREPARING_LIBRARY
from workload import Workload

AUDIT = LibraryAudit(LIBRARY)
PREPARING_AUDIT = LibraryAudit(PREPARING_LIBRARY)
PREPARING = ("direct_threaded", "jit")
BACKENDS = ("switch_loop", "computed_goto", "tail_call", "asm_aarch64")
BRK, LIT, POP, DEO = 0x00, 0x80, 0x02, 0x17


def program(rom: bytes, text: bytes = b"", output: bytes = b"") -> Workload:
    """A workload with this ROM, input and output."""
    return Workload("test", rom, text, output, b"", 0, 1)


SHORT = program(bytes([LIT, 0x41, LIT, 0x18, DEO, BRK]), output=b"A")


def counted(backend: str, workload: Workload, exclude: str | None = None) -> Counted:
    """The count of one run on one of the library's backends."""
    outcome = outcome_of(backend, workload, exclude)
    assert isinstance(outcome, Counted), outcome
    return outcome


def outcome_of(backend: str, workload: Workload, exclude: str | None = None) -> Outcome:
    """The same of a program that may be refused."""
    audit = PREPARING_AUDIT if backend in PREPARING else AUDIT
    path = audit.image.path
    declared = audit.backend(backend).declared
    candidate = Candidate(backend, "", path, declared.run, "", None, prepare=declared.prepare)
    task = Task(candidate, workload, re.compile(exclude) if exclude else None)
    return EmulatedLibrary(path).count(task)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("mnemonic", ["ADD", "ADD2k", "DUPr", "EQU2kr", "LDZ", "STHk", "SWP2"])
def test_one_more_opcode_costs_the_length_of_its_handler(backend: str, mnemonic: str) -> None:
    opcode = mnemonics().index(mnemonic)
    handler = AUDIT.backend(backend).by_opcode[opcode]
    enough_operands = bytes([LIT, 0x20] * 8 + [0xC0, 0x21] * 8)  # LIT, and LITr
    shorter = counted(backend, program(enough_operands + bytes([opcode, BRK])))
    longer = counted(backend, program(enough_operands + bytes([opcode, opcode, BRK])))
    assert longer.instructions - shorter.instructions == len(handler.shortest)


def test_device_calls_are_counted_and_cost_the_same_whatever_the_device_does() -> None:
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


@pytest.mark.parametrize("backend", ["asm_aarch64", *PREPARING])
def test_the_same_run_gives_the_same_count(backend: str) -> None:
    first, second = counted(backend, SHORT), counted(backend, SHORT)
    assert first == second


def loop(rounds: int) -> Workload:
    """Counts down from `rounds`: #.. @again #01 SUB DUP ?again POP BRK"""
    return program(bytes([LIT, rounds, LIT, 1, 0x19, 0x06, 0x20, 0xFF, 0xF9, POP, BRK]))


def test_generated_code_is_counted_and_a_round_more_costs_its_block() -> None:
    few, one_more, two_more = (counted("jit", loop(rounds)) for rounds in (20, 21, 22))
    of_a_round = one_more.instructions - few.instructions
    assert of_a_round == two_more.instructions - one_more.instructions
    assert of_a_round == one_more.by_symbol[GENERATED] - few.by_symbol[GENERATED]
    assert 5 < of_a_round < 20


def test_code_that_a_program_rewrites_is_counted_as_it_is_afterwards() -> None:
    # Each round stores the next number into the literal that it prints.
    # |0100 LIT 30 #18 DEO ;0101 LDA INC DUP ;0101 STA #38 NEQ ?0100 BRK
    rom = bytes.fromhex("80 30 80 18 17 a0 01 01 14 01 06 a0 01 01 15 80 38 09 20 ff eb 00")
    text = b"01234567"
    assert counted("jit", program(rom, output=text)).device_calls == len(text)


def test_preparing_is_not_counted() -> None:
    declared = PREPARING_AUDIT.backend("direct_threaded").declared
    assert declared.prepare is not None
    prepare = PREPARING_AUDIT.image.symbol_at(declared.prepare)
    assert prepare is not None
    assert prepare.name not in counted("direct_threaded", SHORT).by_symbol


def test_a_program_that_a_backend_refuses_is_refused_in_its_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(EmulatedLibc, "_map", lambda *_arguments: (1 << 64) - 1)
    outcome = outcome_of("jit", SHORT)
    assert isinstance(outcome, Refused)
    assert re.search("^jit needs .* mmap failed; free memory", outcome.reason)


@pytest.fixture
def one_short_workload(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the command line count a short program instead of the workloads."""
    monkeypatch.setattr("count.command_line.load_workloads", lambda: [SHORT])


def test_the_machine_has_the_layout_of_the_abi() -> None:
    machine = new_machine()
    assert len(machine) == offsets()["MACHINE_SIZE"]
    at = offsets()["MACHINE_PC"]
    assert int.from_bytes(machine[at : at + 2], "little") == constants()["ROM_ADDRESS"]
    at = offsets()["MACHINE_BUDGET"]
    assert int.from_bytes(machine[at : at + 8], "little", signed=True) > 1 << 62


@pytest.mark.usefixtures("one_short_workload")
def test_a_function_of_any_object_counts_like_the_backend_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--target", "aarch64", "--json", "-"]
    symbol = f"same={LIBRARY}:dispatchbench_run_asm_aarch64"
    options = ["--library", str(LIBRARY), "--function", symbol, "--backend", "same|asm_aarch64"]
    assert main(arguments + options) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["backend"] for row in rows} == {"asm_aarch64", "same"}
    assert len({row["instructions"] for row in rows}) == 1


@pytest.mark.usefixtures("one_short_workload")
def test_the_table_says_that_it_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--target", "aarch64", "--workload", "^test$", "--backend", "asm.*"]
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
