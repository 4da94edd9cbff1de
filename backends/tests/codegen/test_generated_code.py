"""tools/audit says what the jit generated, from a dump that a real run wrote; the dump is what ELF readers take it for."""

from __future__ import annotations

import dataclasses
import functools
import io
import json
import os
import pathlib
import re
import subprocess
import tempfile
from collections.abc import Iterator
from typing import Any

import capstone
import pytest
from elftools.elf.elffile import ELFFile

import backend_library
from audits import EMULATOR, LIBRARY, PROCESSOR, library_audit
from isa_model import Machine
from opcodes import mnemonics, operand_bytes
from tool_under_test import HARNESS, run_tool
from workload import WORKLOADS, load_workload

MACHINE_FIELD = slice(18, 20)  # Of the ELF header.
MACHINES = {"x86_64": (62).to_bytes(2, "little"), "aarch64": (183).to_bytes(2, "little")}
(OTHER,) = MACHINES.keys() - {PROCESSOR}
JUMP_BYTES = {"x86_64": 5, "aarch64": 4}[PROCESSOR]
JUMPS = ("JMI", "JSI", "JMP", "JSR")


def setup_module() -> None:
    if "jit" not in library_audit()["backends"]:
        reason = backend_library.load(pathlib.Path(LIBRARY)).unavailable["jit"]
        pytest.skip(f"this build has no jit: it {reason}")
    if not HARNESS.exists():
        pytest.skip(f"{HARNESS} isn't built, which runs the jit")


def verify(workload: str, dump: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """A run of the jit that writes a dump."""
    select = ("--library", LIBRARY, "--backend", "jit")
    return subprocess.run(
        [*EMULATOR, HARNESS, "verify", *select, "--workload", workload],
        env={**os.environ, "DISPATCHBENCH_JIT_DUMP": str(dump)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@functools.cache
def dumped(workload: str) -> bytes:
    """What a run dumped."""
    with tempfile.TemporaryDirectory() as folder:
        dump = pathlib.Path(folder) / "dump.elf"
        finished = verify(workload, dump)
        assert (finished.returncode, finished.stderr) == (0, "")
        return dump.read_bytes()


@pytest.fixture(name="dump", params=["fib", "self_modifying"])
def fixture_dump(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> pathlib.Path:
    return written(dumped(request.param), tmp_path)


@pytest.fixture(name="fib")
def fixture_fib(tmp_path: pathlib.Path) -> pathlib.Path:
    return written(dumped("fib"), tmp_path)


def written(content: bytes, folder: pathlib.Path) -> pathlib.Path:
    """A dump with this content."""
    path = folder / "dump.elf"
    path.write_bytes(content)
    return path


def audit(dump: pathlib.Path) -> dict[str, Any]:
    """The audit's JSON."""
    finished = run_tool("tools/audit", dump, "--json", "-")
    assert finished.returncode == 0, finished.stderr
    found: dict[str, Any] = json.loads(finished.stdout)
    return found


@dataclasses.dataclass
class Piece:
    """A symbol's code, decoded without the audit."""

    name: str
    address: int
    instructions: list[Any]


def pieces(dump: pathlib.Path) -> Iterator[Piece]:
    """All that is executed: what a program has overwritten isn't, but for the jump at its start."""
    elf = ELFFile(io.BytesIO(dump.read_bytes()))
    text = elf.get_section_by_name(".text")
    decoder = (
        capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
        if PROCESSOR == "x86_64"
        else capstone.Cs(capstone.CS_ARCH_ARM64, capstone.CS_MODE_ARM)
    )
    decoder.detail = True
    for symbol in elf.get_section_by_name(".symtab").iter_symbols():
        if symbol["st_shndx"] != "SHN_UNDEF":
            if symbol.name.startswith("uxn_"):
                continue
            size = JUMP_BYTES if symbol.name.startswith("stale_") else symbol["st_size"]
            begin = symbol["st_value"] - text["sh_addr"]
            code = text.data()[begin : begin + size]
            instructions = list(decoder.disasm(code, symbol["st_value"]))
            assert sum(one.size for one in instructions) == size, symbol.name
            yield Piece(symbol.name, symbol["st_value"], instructions)


def test_every_jump_leads_to_a_start_or_stays_inside(dump: pathlib.Path) -> None:
    found = list(pieces(dump))
    starts = {piece.address: piece.name for piece in found}
    jumps = 0
    for piece in found:
        inside = {one.address for one in piece.instructions}
        for one in piece.instructions:
            if one.group(capstone.CS_GRP_JUMP) and one.operands[-1].type == capstone.CS_OP_IMM:
                jumps += 1
                target = one.operands[-1].imm
                assert target in inside or target in starts, f"{piece.name}: {one.op_str}"
                if piece.name.startswith("recompile_"):
                    assert starts[target] == "stub_resolve"
                if piece.name.startswith("stale_"):
                    # At first its own way to the compiler; then what was compiled in its place.
                    assert starts[target].rpartition("_")[2] == piece.name.rpartition("_")[2]
    assert jumps > 50


@dataclasses.dataclass
class Expected:
    """What a program's blocks must be: where they start, and the jumps from one to the other that its code names."""

    starts: set[int]
    known: set[tuple[int, int]]
    found_by_table: set[int]  # Blocks that end with a jump to where the stack says.
    rom: bytes

    def opcodes(self, start: int) -> Iterator[str]:
        """The opcodes of the block that starts there."""
        at = start
        while True:
            opcode = self.rom[at - 0x100]
            yield mnemonics()[opcode]
            if mnemonics()[opcode][:3] in (*JUMPS, "BRK", "DEO"):
                return
            at += 1 + operand_bytes(opcode)


def executed_fib() -> Expected:
    """A run of fib in the Python model, from a block to the next: for a smaller number, 6, which takes the same
    ways: its result has two digits."""
    rom = load_workload(WORKLOADS / "fib").rom
    assert rom.startswith(b"\x80\x17")  # #17
    machine = Machine()
    machine.load(b"\x80\x06" + rom[2:])
    expected = Expected({machine.pc}, set(), set(), rom)
    start, running = machine.pc, True
    while running:
        at = machine.pc
        mnemonic = mnemonics()[machine.ram[at]]
        running = machine.step()
        following = at + 1 + operand_bytes(machine.ram[at])
        goes_on = mnemonic[:3] not in (*JUMPS, "BRK", "DEO") and machine.pc == following
        if running and not goes_on:
            if mnemonic.startswith("JMP"):  # Always a return here; JSR2 follows a literal.
                expected.found_by_table.add(start)
            else:
                expected.known.add((start, machine.pc))
            start = machine.pc
            expected.starts.add(start)
    return expected


def test_the_blocks_of_fib_are_those_that_it_executes(fib: pathlib.Path) -> None:
    expected, found = executed_fib(), audit(fib)
    assert set(found["blocks"]) == {f"{start:04x}" for start in expected.starts}
    assert found["direct_jumps"] == len(expected.known)
    assert found["indirect_jumps"] == len(expected.found_by_table)
    for start in expected.starts:
        opcodes = list(expected.opcodes(start))
        block = found["blocks"][f"{start:04x}"]
        assert block["opcodes"] == len(opcodes), f"{start:04x}"
        assert block["calls"] == sum(name[:3] in ("DEI", "DEO") for name in opcodes)
        assert block["memory_stores"] == block["store_checks"] == 0
    assert (found["interpreted"], found["stale"]) == (0, 0)
    assert found["label"] == (
        f"generated: {len(expected.starts)} blocks, {len(expected.known)} direct jumps, "
        f"{len(expected.found_by_table)} indirect"
    )


def test_totals_are_the_sums_of_plausible_blocks(dump: pathlib.Path) -> None:
    found = audit(dump)
    blocks = list(found["blocks"].values())
    assert found["block_count"] == len(blocks) > 10
    for key in blocks[0]:
        assert found[key] == sum(block[key] for block in blocks), key
    assert found["effective_technique"] == "generated"
    assert 1 < found["instructions"] / found["opcodes"] < 10
    # Every block has one way to the interpreter, for where its accesses would wrap around.
    assert found["stub_jumps"]["stub_interpret"] == len(blocks)
    for block in blocks:
        assert 0 < block["used_instructions"] < block["instructions"] <= block["code_bytes"]
        assert block["stack_checks"] <= 2


def stored_on_working_stack(piece: Piece) -> Iterator[tuple[int, int]]:
    """The distances from the pointer, and the bytes, of what is stored."""
    for one in piece.instructions:
        for operand in one.operands:
            if operand.type != capstone.CS_OP_MEM and operand.type != capstone.arm64.ARM64_OP_MEM:
                continue
            if PROCESSOR == "aarch64":
                if one.mnemonic.startswith("st") and one.reg_name(operand.mem.base) == "x19":
                    yield operand.mem.disp, 2 if one.mnemonic.endswith("h") else 1
            elif operand is one.operands[0] and one.reg_name(operand.mem.base) == "rbx":
                if one.mnemonic.startswith(("mov", "set")):
                    yield operand.mem.disp, operand.size


def test_a_short_whose_halves_were_moved_apart_is_stored_as_one(tmp_path: pathlib.Path) -> None:
    # STAk STH2kr ADD2 OVR LIT GTH JCI: the loop that strikes. Its first opcode loads what ADD2 has left.
    dump = written(dumped("sieve"), tmp_path)
    loop = next(piece for piece in pieces(dump) if piece.name == "block_015f")
    stores = set(stored_on_working_stack(loop))
    assert (-2, 2) in stores
    assert not stores & {(-2, 1), (-1, 1)}


def test_what_a_program_overwrites_is_counted_and_stores_are_checked(
    tmp_path: pathlib.Path,
) -> None:
    found = audit(written(dumped("self_modifying"), tmp_path))
    assert found["stale"] > 10
    assert found["interpreted"] >= 1
    assert found["store_checks"] == found["memory_stores"] > 5
    assert found["stub_jumps"]["stub_store"] >= found["store_checks"]


def test_the_table_fits_a_terminal(fib: pathlib.Path) -> None:
    finished = run_tool("tools/audit", fib)
    assert finished.returncode == 0, finished.stderr
    assert max(map(len, finished.stdout.splitlines())) <= 80
    assert "\ngenerated: 12 blocks, 10 direct jumps, 3 indirect\n" in finished.stdout
    assert list(fib.parent.iterdir()) == [
        fib
    ]  # A dump gets no file beside it unless it is asked for.


def test_a_block_is_shown_with_its_opcodes(fib: pathlib.Path) -> None:
    lines = run_tool("tools/audit", fib, "--block", "114").stdout.splitlines()
    assert lines[0] == "jit: block 0114"
    assert lines[2] == "DUP  LIT 01  GTH  JCI 0005  POP  LIT2 0001  JMP2r"
    shown = "\n".join(lines)
    assert "; does the working stack suffice?" in shown
    assert "; does the return stack suffice?" in shown
    assert "; where the table of blocks says" in shown
    jump = {"x86_64": "jmp", "aarch64": "b"}[PROCESSOR]
    assert re.search(rf"{jump} block_0120$", shown, re.MULTILINE)
    assert re.search(rf"{jump} stub_interpret +; rare$", shown, re.MULTILINE)


def test_a_file_that_can_not_be_written_is_named_and_changes_nothing(
    tmp_path: pathlib.Path,
) -> None:
    finished = verify("fib", tmp_path / "missing" / "dump.elf")
    assert finished.returncode == 0
    assert "fib/jit" in finished.stdout
    assert (
        f"jit: DISPATCHBENCH_JIT_DUMP: {tmp_path}/missing/dump.elf can't be written (No such file or directory)"
        in finished.stderr
    )


def refused(content: bytes, folder: pathlib.Path) -> str:
    """The message about a file with this content."""
    finished = run_tool("tools/audit", written(content, folder))
    assert finished.returncode == 1, finished.stdout
    assert "Traceback" not in finished.stderr
    assert finished.stderr.startswith(f"tools/audit: {folder}/dump.elf: ")
    return finished.stderr


def test_a_dump_that_is_cut_off_is_refused(tmp_path: pathlib.Path) -> None:
    whole = dumped("fib")
    for size in (3, 40, 64, 700, len(whole) // 2, len(whole) - 400, len(whole) - 1):
        assert re.search(
            "damaged or cut off|not an ELF file", refused(whole[:size], tmp_path)
        ), size


def test_a_dump_that_names_another_processor_is_refused(tmp_path: pathlib.Path) -> None:
    changed = bytearray(dumped("fib"))
    changed[MACHINE_FIELD] = MACHINES[OTHER]
    message = refused(bytes(changed), tmp_path)
    assert f"is for {OTHER}, which has no registers " in message
    assert "; make the dump again" in message


UNDECODABLE = {"x86_64": b"\x06", "aarch64": b"\xff\xff\xff\xff"}[PROCESSOR]
# To the block's byte 6, or to the word before the block.
JUMP_ASTRAY = {"x86_64": b"\xe9\x01\0\0\0", "aarch64": b"\xff\xff\xff\x17"}[PROCESSOR]
ASTRAY = {"x86_64": r"block_0100\+0x6", "aarch64": r"recompile_0100\+0xc"}[PROCESSOR]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (UNDECODABLE, r"no instruction can be decoded at block_0100\+0x0; make the dump again"),
        (JUMP_ASTRAY, rf"the jump at block_0100 leads to {ASTRAY}, where neither"),
    ],
    ids=["undecodable", "a jump astray"],
)
def test_code_that_can_not_be_is_refused(code: bytes, message: str, tmp_path: pathlib.Path) -> None:
    changed = bytearray(dumped("fib"))
    elf = ELFFile(io.BytesIO(changed))
    (block,) = elf.get_section_by_name(".symtab").get_symbol_by_name("block_0100")
    text = elf.get_section_by_name(".text")
    at = block["st_value"] - text["sh_addr"] + text["sh_offset"]
    changed[at : at + len(code)] = code
    assert re.search(message, refused(bytes(changed), tmp_path))


def test_wrong_usage_is_named(fib: pathlib.Path) -> None:
    mistakes: list[tuple[list[str | pathlib.Path], str]] = [
        ([fib, "--block", "0115"], "--block 0115: not in "),
        ([fib, "--block", "main"], "expected an address of up to four hexadecimal digits"),
        ([fib, "--check"], "--check: "),
        ([fib, "--handler", "ADD2"], "is a dump of generated code; expected a library"),
        ([LIBRARY, "--block", "0114"], "is a library; expected a dump of generated code"),
    ]
    for arguments, message in mistakes:
        finished = run_tool("tools/audit", *arguments)
        assert finished.returncode == 2, arguments
        assert message in finished.stderr
