"""tools/assemble: reproduces every ROM, and refuses mistakes with the file and line they stand in."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tool import REPOSITORY
from tool_under_test import run_tool
from workload import WORKLOADS, workload_names

ASSEMBLE = REPOSITORY / "tools/assemble"


def assemble(source: Path, rom: Path) -> subprocess.CompletedProcess[str]:
    """Runs tools/assemble."""
    return run_tool("tools/assemble", source, "-o", rom)


@pytest.mark.parametrize("name", workload_names())
def test_source_assembles_to_the_rom_byte_for_byte(name: str, tmp_path: Path) -> None:
    rom = tmp_path / "rom"
    process = assemble(WORKLOADS / name / f"{name}.tal", rom)
    assert process.returncode == 0, process.stderr
    assert rom.read_bytes() == (WORKLOADS / name / f"{name}.rom").read_bytes()


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("|0100\n\tnowhere BRK", 2, "found no opcode, macro or label 'nowhere'"),
        ("|0100 BRK\n@twice\n@twice", 3, "label 'twice' is already defined"),
        ("|0100\n#123 BRK", 2, "'#123': expected 2 or 4 hexadecimal digits"),
        ("|0100\n#xy BRK", 2, "'#xy': expected 2 or 4 hexadecimal digits"),
        ("|01x0\nBRK", 1, "expected a hexadecimal number"),
        ("|0100 BRK\n( never\nclosed", 2, "this comment is never closed"),
        ("|0100 DUP( glued ) BRK", 1, "put a space before the comment"),
        ("|0100 BRK\n?{ BRK", 2, "this block is never closed"),
        ("|0100 BRK\n}", 2, "found '}'"),
        ("|0100 ,far LDR BRK\n$7f\n@far", 1, "label 'far' is 128 bytes away"),
        ("|0100\n.high LDZ BRK\n@high", 2, "label 'high' is at 104, expected 00 to ff"),
        ("|0100 BRK\n@DUP", 2, "it is an opcode"),
        ("|0100 BRK\n@face", 2, "it is empty or a number"),
        ("|00 BRK", 1, "code starts at 0100"),
        ("|fffe #0102 BRK", 1, "the ROM is larger than 65280 bytes"),
        ("|0100 %twice { DUP\nDUP BRK", 1, "expected '}' at the end of macro 'twice'"),
        ("|0100 BRK $ff00\n@behind", 2, "label 'behind' is at 10001, expected at most ffff"),
        ("|0100\n~missing.tal", 2, "can't read the included file"),
    ],
)
def test_mistake_is_refused_with_its_line(
    source: str, line: int, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "wrong.tal"
    file.write_text(source + "\n", encoding="utf-8")
    process = assemble(file, tmp_path / "wrong.rom")
    assert process.returncode == 1
    assert process.stderr.startswith(f"{file}:{line}: error: ")
    assert message in process.stderr
    assert process.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["wrong.tal"]


def test_macros_includes_blocks_and_references_assemble(tmp_path: Path) -> None:
    (tmp_path / "twice.tal").write_text("%twice { DUP ADD }\n", encoding="utf-8")
    file = tmp_path / "right.tal"
    file.write_text(
        "~twice.tal\n|0000 @zero $1 &one $1\n"
        '|0100 @start #01 twice .zero/one STZ { ,&here LDR ?{ POP } JMP2r } &here BRK =start _start "ab\n',
        encoding="utf-8",
    )
    rom = tmp_path / "right.rom"
    assert assemble(file, rom).returncode == 0
    expected = (
        "80 01 06 18 80 01 11"  # #01 DUP ADD .zero/one STZ
        " 60 00 08 80 05 12 20 00 01 02 6c"  # { ,&here LDR ?{ POP } JMP2r }
        " 00 01 00 e9 61 62"  # BRK =start _start "ab
    )
    assert rom.read_bytes() == bytes.fromhex(expected)


def test_wrong_usage_and_unreadable_files_are_distinguished(tmp_path: Path) -> None:
    usage = run_tool("tools/assemble")
    assert usage.returncode == 2
    assert usage.stderr == "usage: tools/assemble FILE.tal -o FILE.rom\n"
    missing = assemble(tmp_path / "missing.tal", tmp_path / "missing.rom")
    assert missing.returncode == 1
    assert missing.stderr == (
        f"{tmp_path / 'missing.tal'}: error: isn't there; expected an Uxntal source\n"
    )
    folder = assemble(tmp_path, tmp_path / "missing.rom")
    assert folder.stderr == f"{tmp_path}: error: is a folder; expected an Uxntal source\n"
    assert not list(tmp_path.iterdir())
    (tmp_path / "right.tal").write_text("|0100 BRK\n", encoding="utf-8")
    unwritable = assemble(tmp_path / "right.tal", tmp_path / "none" / "right.rom")
    assert unwritable.returncode == 1
    assert unwritable.stderr == (
        f"{tmp_path / 'none' / 'right.rom'}: error: can't be written: its folder isn't there; "
        "expected a place for the ROM after -o\n"
    )


def test_missing_assembler_package_is_named_with_its_remedy(tmp_path: Path) -> None:
    alone = tmp_path / "assemble.mjs"
    shutil.copy(ASSEMBLE.with_name("assemble.mjs"), alone)
    file = tmp_path / "right.tal"
    file.write_text("|0100 BRK\n", encoding="utf-8")
    process = subprocess.run(
        ["node", str(alone), str(file), "-o", str(tmp_path / "right.rom")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert process.stderr == (
        "tools/assemble: found no npm package uxn.wasm; run `npm ci` in the repository's root\n"
    )
    assert not (tmp_path / "right.rom").exists()
