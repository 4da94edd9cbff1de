"""tools/assemble: reproduces every ROM, reads Uxntal as the reference assembler does, refuses mistakes with
the file and line they stand in, and destroys nothing."""

import json
import os
import re
import shutil
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from tool import REPOSITORY
from tool_under_test import run_tool
from workload import WORKLOADS, workload_names

ASSEMBLE = REPOSITORY / "tools/assemble"
CASES = REPOSITORY / "ci/tests/cases/uxntal"
HARNESS = os.environ.get("DISPATCHBENCH")
"""The harness, where ctest has one that runs here."""


def assemble(
    source: Path, rom: Path, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs tools/assemble, in a folder if one is given."""
    return subprocess.run(
        [ASSEMBLE, source, "-o", rom],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def rom_of(source: bytes, folder: Path) -> bytes:
    """Assembles a source that is right."""
    (folder / "right.tal").write_bytes(source)
    process = assemble(folder / "right.tal", folder / "right.rom")
    assert process.returncode == 0, process.stderr
    assert process.stdout == process.stderr == ""
    return (folder / "right.rom").read_bytes()


def refusal_of(source: bytes, folder: Path) -> str:
    """What is said about a source that is wrong, in one line; no ROM and nothing else is left behind."""
    (folder / "wrong.tal").write_bytes(source)
    before = sorted(path.name for path in folder.iterdir())
    process = assemble(folder / "wrong.tal", folder / "wrong.rom")
    assert process.returncode == 1
    assert process.stderr.count("\n") == 1, process.stderr
    assert sorted(path.name for path in folder.iterdir()) == before
    return process.stderr.rstrip("\n").replace(f"{folder}/", "")


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
        ("|0100 BRK\n~", 2, "expected the name of a file"),
        ("|0100 BRK\n~.", 2, "it is a folder"),
        ("|0100 BRK\n#FF", 2, "expected 2 or 4 hexadecimal digits right after '#', in lower case"),
        ("|0100 BRK\nFF", 2, "or write a number in lower case"),
        ("|0100 BRK\n|later\n@later", 2, "or a label defined above"),
        ("|0100 BRK\n$", 2, "expected a hexadecimal number"),
        ("|0100 BRK\n|12345", 2, "expected a hexadecimal number of up to 4 digits"),
        ("|0100 #01\n|0101 #02", 2, "the byte there is already written at SCRATCH/wrong.tal:1"),
        ("|0100 BRK\n(glued) ( closed )", 2, "this comment is never closed"),
        ("|0100 BRK\n)", 2, "')': found no '(' before it"),
        (
            "|0100 BRK\n@print( -- )",
            2,
            "')': found no '(' before it; put a space before the comment",
        ),
        ("|0100 BRK\nDUP(glued)", 2, "'DUP(glued)': write 'DUP ( glued )', with spaces"),
        ("|0100 BRK\n[#12 ]", 2, "'[#12': write '[ #12', with spaces"),
        ("|0100 ?{ BRK\n}BRK", 2, "'}BRK': write '} BRK', with spaces"),
        ("|0100\n?{BRK }", 2, "'?{BRK': write '?{ BRK', with spaces"),
        ("|0100\n%glued { DUP}", 2, "'DUP}': write 'DUP }', with spaces"),
        ("|0100\n%outer { %inner { DUP } }", 2, "a macro can't define a macro"),
        ("|0100\n%DUP { POP }", 2, "'DUP' can't be a macro: it is empty, a number or an opcode"),
        ("%same { POP }\n%same { DUP }", 2, "already defined at SCRATCH/wrong.tal:1"),
        ("%same { POP }\n@same", 2, "label 'same' is already defined at SCRATCH/wrong.tal:1"),
        ("@same BRK\n%same { POP }", 2, "already defined at SCRATCH/wrong.tal:1, as a label"),
        ("?{ }\n|0101 02", 2, "the byte there is already written at SCRATCH/wrong.tal:1"),
        ("|0100\nlate\n%late { DUP }", 2, "the macro is defined only at SCRATCH/wrong.tal:3"),
        ("%self { self }\nself", 2, "'self' uses itself, in macro 'self' at SCRATCH/wrong.tal:1"),
        ("%wrong {\n#123 }\n|0100 wrong", 3, "in macro 'wrong' at SCRATCH/wrong.tal:2"),
        ("|0100 BRK\n~wrong.tal", 2, "it includes itself"),
        ("|0100\n,{ BRK $80 }", 2, "the block's end is 128 bytes away, expected -128 to 127"),
        ("|0100 BRK\n@&inner", 2, "write '&inner' without the @"),
        ("|0100\n\x1b[31m", 2, "'[31m'"),
        ("|0100\ntwo\u2028lines", 2, "'two\\u{2028}lines'"),
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
    assert message in process.stderr.replace(str(tmp_path), "SCRATCH")
    assert process.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["wrong.tal"]


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("[1", "[1"),
        ("[123 ]", "[123"),
        ("[12]", "[12]"),
        ("[ #12]", "#12]"),
        ("[ DUP]", "DUP]"),
        ("?{BRK }", "?{BRK"),
        ("?{ #1}", "#1}"),
        ("?{ BRK }DUP", "}DUP"),
        ("DUP(glued)", "DUP(glued)"),
        ("|0100] BRK", "|0100]"),
        ("%m{ DUP } m", "%m{"),
        ("%m{DUP} m", "%m{DUP}"),
        ("%m { DUP} m", "DUP}"),
        ("%m { ?{DUP } } m", "?{DUP"),
    ],
)
def test_advice_that_is_followed_leads_to_no_second_error(
    source: str, wrong: str, tmp_path: Path
) -> None:
    refusal = refusal_of(source.encode(), tmp_path)
    advice = re.search(r": error: '(.*)': write '(.*)', with spaces$", refusal)
    assert advice, refusal
    assert advice[1] == wrong
    rom_of(source.replace(wrong, advice[2]).encode(), tmp_path)


@pytest.mark.parametrize(
    ("far", "advised"),
    [
        (",far LDR BRK $7f @far", ";far LDA BRK $7f @far"),
        (".far LDZ BRK @far", ";far LDA BRK @far"),
        ("_far BRK $80 @far", "=far BRK $80 @far"),
        ("-far BRK @far", "=far BRK @far"),
    ],
)
def test_advice_for_a_label_out_of_reach_keeps_the_program_s_meaning(
    far: str, advised: str, tmp_path: Path
) -> None:
    words = [
        "use = instead, which takes two bytes",
        "use ; with LDA, STA, JMP2, JCN2 or JSR2 instead",
    ]
    assert words[advised[0] == ";"] in refusal_of(b"|0100 " + far.encode(), tmp_path)
    rom_of(b"|0100 " + advised.encode(), tmp_path)


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


@pytest.mark.parametrize(
    ("source", "rom"),
    [
        # A sublabel may look like a number or an opcode, or have no name at all.
        (",&e1 ,&ADD ,& &e1 &ADD &", "80 03 80 01 80 ff"),
        # The part of a label before a slash is the scope.
        ("@one/two ;&three &three ;one/three", "a0 01 03 a0 01 03"),
        # A slash is short for the current scope, after any rune or none.
        (
            "@one /two ?/two !/two ;/two ,/two =/two _/two &two",
            "60 00 0e 20 00 0b 40 00 08 a0 01 11 80 02 01 11 ff",
        ),
        ("@<one> <one> <two>/ @<two>/", "60 ff fd 60 00 00"),
        # Padding goes to a label, or as far as its address says.
        ("|0000 @far $3 &near |0100 01 $far/near 02", "01 00 00 00 02"),
        ("|0100 @test LIT2 &value $2 @back |test/value 1234 |back 05", "a0 12 34 05"),
        # Blocks after every rune, within each other and in macros.
        ("{ 01 } ?{ 02 } !{ 03 }", "60 00 01 01 20 00 01 02 40 00 01 03"),
        (";{ ={ ,{ _{ 01 } } } }", "a0 01 09 01 09 80 01 00 01"),
        ("%m { ?{ 01 } 03 } m m", "20 00 01 01 03 20 00 01 01 03"),
        ("%empty {} %glued {01 } %two+ ( a -- b ) { glued empty glued } two+", "01 01"),
        # Text is every word after a quote.
        ('"(x "a) ") "%m "} "{ "~no "" "', "28 78 61 29 29 25 6d 7d 7b 7e 6e 6f 22"),
        # In comments only parentheses that stand alone count.
        ("( a(b :) (c ( d ) e ) 01 [ 02 [ 03 ] 04 ]", "01 02 03 04"),
        ("( this one ends with the file )", ""),
        # The older spelling of = and a zero that space was reserved with.
        (":one @one 05", "01 02 05"),
        ("00 00 |0100 05", "05"),
        ("LIT LITr LIT2kr ADD BRK ADD22k SFT2kr", "80 c0 e0 18 00 b8 ff"),
    ],
)
def test_source_is_read_as_the_reference_reads_it(source: str, rom: str, tmp_path: Path) -> None:
    assert rom_of(f"{source} ff\n".encode(), tmp_path) == bytes.fromhex(f"{rom} ff")


@pytest.mark.parametrize(
    ("source", "rom"),
    [
        # The reference ends such a macro at its first closing brace.
        ("%m { ?{ ?{ 01 } 02 } 03 } m", "20 00 05 20 00 01 01 02 03"),
        # Older sources have names of hexadecimal digits, though not of 2 or 4, and macros named after runes.
        ("@a ;a ;add32 @add32", "a0 01 00 a0 01 06"),
        ("%- { SUB } %!~ { NEQ } - !~", "19 09"),
        ("@_raw ;_raw", "a0 01 00"),
        # Going back is fine where nothing is written.
        ("|0104 02 |0100 01", "01 ff 00 00 02"),
        # Comments may have a name, as in drifblim.
        ("(named ( inner ) (x) ) 01", "01"),
        # Names may be of any length.
        (f"@{'x' * 100} ;{'x' * 100}", "a0 01 00"),
    ],
)
def test_source_that_only_the_reference_refuses_is_taken(
    source: str, rom: str, tmp_path: Path
) -> None:
    end = "" if "|0104" in source else " ff"
    assert rom_of(f"{source} ff\n".encode(), tmp_path) == bytes.fromhex(rom + end)


def test_bytes_line_ends_and_marks_of_other_editors_change_nothing(tmp_path: Path) -> None:
    source = b'\xef\xbb\xbf( \xff )\r\n|0100\t#12\x0b\x0cBRK\r"\xff\xc3\xa9\r\n'
    assert rom_of(source, tmp_path) == b"\x80\x12\x00\xff\xc3\xa9"


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("call_in_scope", "B"),
        ("hex_like_sublabel", "2"),
        ("lambda_in_macro", "CC"),
        ("pad_to_label", "D"),
        ("scope_with_slash", "A"),
        ("text_with_parenthesis", "(x"),
    ],
)
def test_public_source_prints_what_its_first_line_says(
    name: str, printed: str, tmp_path: Path
) -> None:
    rom = tmp_path / "case.rom"
    process = assemble(CASES / f"{name}.tal", rom)
    assert process.returncode == 0, process.stderr
    independent = subprocess.run(
        ["node", WORKLOADS / "tests/run_rom.mjs", rom, "0"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert json.loads(independent.stdout) == {"output": printed, "error": "", "exit_code": 0}
    if HARNESS is not None:
        shown = subprocess.run(
            [HARNESS, "verify", "--rom", rom, "--backend", "switch_loop", "--show-output"],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        assert f"output:\n  | {printed}\n" in shown.stdout


def test_every_case_is_tested() -> None:
    assert len(list(CASES.glob("*.tal"))) == 6


def test_include_is_found_in_the_working_directory_before_the_including_file_s(
    tmp_path: Path,
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/main.tal").write_text("~src/one.tal\n~two.tal\n~one.tal\n")
    (tmp_path / "src/one.tal").write_text("01\n")
    (tmp_path / "src/two.tal").write_text("02\n")
    rom = tmp_path / "rom"
    process = assemble(Path("src/main.tal"), rom, tmp_path)
    assert process.returncode == 0, process.stderr
    assert rom.read_bytes() == b"\x01\x02\x01"
    (tmp_path / "one.tal").write_text("03\n")
    assert assemble(Path("src/main.tal"), rom, tmp_path).returncode == 0
    assert rom.read_bytes() == b"\x01\x02\x03"
    (tmp_path / "src/two.tal").write_text("wrong\n")
    process = assemble(Path("src/main.tal"), rom, tmp_path)
    assert process.stderr.startswith("src/two.tal:1: error: 'wrong': found no opcode")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"\x7fELF\0", "wrong.tal: error: is no text: it contains a zero byte"),
        (b"", "wrong.tal: error: found no code"),
        (b"\xff\xfe", "wrong.tal:1: error: '\\xff\\xfe': found no opcode"),
        (b"x" * 100_000, f"wrong.tal:1: error: '{'x' * 57}...': found no opcode"),
    ],
)
def test_file_that_is_no_source_is_refused(source: bytes, message: str, tmp_path: Path) -> None:
    assert refusal_of(source, tmp_path).startswith(message)


def test_source_that_is_too_large_or_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    large = tmp_path / "large.tal"
    with large.open("wb") as file:
        file.truncate(100_000_000)
    process = assemble(large, tmp_path / "rom")
    assert process.stderr == (
        f"{large}: error: has 100000000 bytes, expected at most 16777216; expected an Uxntal source\n"
    )
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", Path("/dev/zero")):
        process = assemble(path, tmp_path / "rom")
        assert process.returncode == 1
        assert "is a device, a FIFO or a socket" in process.stderr


def doubling(first: str) -> str:
    """Macros that each use the one before twice."""
    return first + "".join(f"%m{i + 1} {{ m{i} m{i} }}\n" for i in range(40)) + "m40\n"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (doubling("%m0 { DUP }\n"), "the ROM is larger than 65280 bytes, in macro 'm0'"),
        (doubling("%m0 { }\n"), "macros stand for more than 1000000 words"),
        ("%a { b }\n%b { a }\na\n", "macro 'a' uses itself, in macro 'b'"),
    ],
    ids=["doubling", "doubling nothing", "circle"],
)
def test_macros_that_never_end_are_refused(source: str, message: str, tmp_path: Path) -> None:
    assert message in refusal_of(source.encode(), tmp_path)


def test_includes_that_never_end_are_refused(tmp_path: Path) -> None:
    for i in range(40):
        (tmp_path / f"{i}.tal").write_text(f"~{i + 1}.tal\n~{i + 1}.tal\n")
    (tmp_path / "40.tal").write_text("( nothing )\n")
    assert "more than 1000 files are included" in refusal_of(b"~0.tal\n", tmp_path)
    (tmp_path / "40.tal").write_text("~0.tal\n")
    assert "0.tal: it includes itself" in refusal_of(b"~0.tal\n", tmp_path)


def test_output_goes_through_links_and_keeps_the_permissions(tmp_path: Path) -> None:
    (tmp_path / "right.tal").write_text("#12 BRK\n")
    old = tmp_path / "folder/old.rom"
    old.parent.mkdir()
    old.write_bytes(b"old")
    old.chmod(0o640)
    for name, target in (("link", "folder/old.rom"), ("dangling", "folder/new.rom")):
        (tmp_path / name).symlink_to(target)
        assert assemble(tmp_path / "right.tal", tmp_path / name).returncode == 0
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / target).read_bytes() == b"\x80\x12\x00"
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert sorted(path.name for path in old.parent.iterdir()) == ["new.rom", "old.rom"]


def test_output_is_written_to_a_fifo_or_device_and_never_replaces_it(tmp_path: Path) -> None:
    (tmp_path / "right.tal").write_text("#12 #34\n")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(fifo.read_bytes()))
    reader.start()
    assert assemble(tmp_path / "right.tal", fifo).returncode == 0
    reader.join()
    assert read == [b"\x80\x12\x80\x34"]
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    terminal, device = os.openpty()
    try:
        path = Path(os.ttyname(device))
        assert assemble(tmp_path / "right.tal", path).returncode == 0
        assert os.read(terminal, 100) == b"\x80\x12\x80\x34"
        assert stat.S_ISCHR(path.stat().st_mode)
    finally:
        os.close(terminal)
        os.close(device)


def test_nothing_that_is_there_is_lost(tmp_path: Path) -> None:
    right = tmp_path / "right.tal"
    right.write_text("#12 BRK\n")
    wrong = tmp_path / "wrong.tal"
    wrong.write_text("#123\n")
    rom = tmp_path / "right.rom"
    rom.write_bytes(b"old")
    neighbour = tmp_path / "right.rom.unfinished"
    neighbour.write_bytes(b"mine")
    assert assemble(wrong, rom).returncode == 1
    assert rom.read_bytes() == b"old"
    assert assemble(right, rom).returncode == 0
    assert rom.read_bytes() == b"\x80\x12\x00"
    assert neighbour.read_bytes() == b"mine"
    (tmp_path / "link.tal").symlink_to(right)
    for output, problem in (
        (tmp_path, f"it is a folder; name a file in it, such as {tmp_path.name}/NAME.rom"),
        (right, "it is the source"),
        (tmp_path / "link.tal", "it is the source"),
        (right / "rom", "it is below something that is no folder"),
    ):
        process = assemble(right, output)
        assert process.returncode == 1
        assert process.stderr.startswith(f"{output}: error: can't be written: {problem}; expected")
    assert right.read_text() == "#12 BRK\n"
    assert len(list(tmp_path.iterdir())) == 5


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


def test_options_are_checked_and_help_explains_them(tmp_path: Path) -> None:
    helped = run_tool("tools/assemble", "--help")
    assert helped.returncode == 0
    assert helped.stdout.startswith(
        "usage: tools/assemble FILE.tal -o FILE.rom\n\nAssembles Uxntal"
    )
    assert all(len(line) <= 120 for line in helped.stdout.splitlines())
    for arguments, problem in (
        (["a.tal"], "found no output, expected one -o FILE.rom"),
        (["-o", "a.rom"], "found no source, expected one FILE.tal"),
        (["a.tal", "-o"], "found nothing after -o, expected FILE.rom"),
        (["a.tal", "b.tal", "-o", "c"], "found 2 sources (a.tal, b.tal), expected one FILE.tal"),
        (["a.tal", "--verbose"], "unknown option '--verbose'"),
    ):
        process = run_tool("tools/assemble", *arguments)
        assert process.returncode == 2
        assert process.stderr == f"tools/assemble: {problem}; see tools/assemble --help\n"
    (tmp_path / "-right.tal").write_text("#12\n")
    for order in (["-o", "rom", "--", "-right.tal"], ["--output=rom", "./-right.tal"]):
        (tmp_path / "rom").unlink(missing_ok=True)
        subprocess.run([ASSEMBLE, *order], cwd=tmp_path, check=True)
        assert (tmp_path / "rom").read_bytes() == b"\x80\x12"


def test_it_works_right_after_a_clone_with_node_alone(tmp_path: Path) -> None:
    shutil.copy(ASSEMBLE, tmp_path)
    shutil.copytree(ASSEMBLE.with_name("assembler"), tmp_path / "assembler")
    link = tmp_path / "bin/assemble"
    link.parent.mkdir()
    link.symlink_to("../assemble")
    (tmp_path / "right.tal").write_text("#12\n")
    subprocess.run([link, "right.tal", "-o", "right.rom"], cwd=tmp_path, check=True)
    assert (tmp_path / "right.rom").read_bytes() == b"\x80\x12"
