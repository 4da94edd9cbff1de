"""Programs that users bring: what they are given, what they print, and what the commands say of them."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from program import LIBRARY, LOOP_ROM, ROOT, dispatchbench, measures, refused
from test_hosts import folder_with_host

BRK, INC, POP, DUP, EQU, MUL = b"\x00", b"\x01", b"\x02", b"\x06", b"\x08", b"\x1a"


def lit(value: int) -> bytes:
    return bytes([0x80, value])


def dei(port: int) -> bytes:
    return lit(port) + b"\x16"


def deo(port: int, value: int) -> bytes:
    return lit(value) + lit(port) + b"\x17"


def deo2(port: int, value: int) -> bytes:
    return b"\xa0" + value.to_bytes(2, "big") + lit(port) + b"\x37"


def printed(code: bytes) -> bytes:
    """Writes the byte that `code` pushes to the console."""
    return code + lit(0x18) + b"\x17"


def text(words: bytes, port: int = 0x18) -> bytes:
    return b"".join(deo(port, byte) for byte in words)


# Prints each byte of its input with its type.
ECHO = deo2(0x10, 0x0107) + BRK + printed(dei(0x12)) + printed(dei(0x17)) + BRK
# Its console vector prints "c", its screen vector "s"; the third frame stops with exit code 3.
FRAMES = (
    *(deo2(0x10, 0x010D), deo2(0x20, 0x0113), BRK, text(b"c"), BRK, text(b"s")),
    *(lit(0), b"\x10", INC, DUP, lit(0), b"\x11", lit(3), EQU, lit(0x83), MUL),
    *(lit(0x0F), b"\x17", BRK),
)


def rom_of(folder: Path, code: bytes, name: str = "mine") -> Path:
    rom = folder / f"{name}.rom"
    rom.write_bytes(code)
    return rom


def profiled(rom: Path, *arguments: str | Path) -> dict[str, Any]:
    """What `profile --json` says of a ROM, after every backend was found to agree on it."""
    verified = dispatchbench("verify", "--rom", rom, *arguments)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    finished = dispatchbench("profile", "--json", "--rom", rom, *arguments)
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == ""
    program: dict[str, Any] = json.loads(finished.stdout)["programs"][0]
    return program


# ---- what a program is given


def test_arguments_come_before_the_input_on_every_backend(tmp_path: Path) -> None:
    (tmp_path / "input").write_bytes(b"x")
    program = profiled(
        rom_of(tmp_path, ECHO),
        *("--arg", "ab", "--arg", "", "--arg=-c", "--input", tmp_path / "input"),
    )
    assert program["output"] == "a\x02b\x02\n\x03\n\x03-\x02c\x02\n\x04x\x01\0\x04"


def test_the_type_port_says_at_reset_whether_there_are_arguments(tmp_path: Path) -> None:
    rom = rom_of(tmp_path, printed(dei(0x17)) + BRK)
    assert profiled(rom)["output"] == "\0"
    assert profiled(rom, "--arg", "a", "--arg", "b")["output"] == "\x01"


def test_the_screen_vector_gets_its_frames_after_the_console_until_the_program_stops(
    tmp_path: Path,
) -> None:
    rom = rom_of(tmp_path, b"".join(FRAMES))
    for frames, output, exit_code in (("0", "c", 0), ("2", "css", 0), ("60", "csss", 3)):
        program = profiled(rom, "--frames", frames)
        assert (program["output"], program["exit_code"]) == (output, exit_code)
    endless = rom_of(tmp_path, deo2(0x20, 0x0107) + BRK + text(b"s") + BRK, "endless")
    assert profiled(endless)["output"] == 60 * "s"


def test_a_stop_is_taken_back_by_a_0_before_the_end_of_its_vector(tmp_path: Path) -> None:
    start = deo2(0x10, 0x0111)
    after = BRK + text(b"c") + BRK
    taken_back = rom_of(tmp_path, start + deo(0x0F, 0x85) + deo(0x0F, 0) + after)
    program = profiled(taken_back)
    assert (program["output"], program["exit_code"]) == ("c", 0)
    stopped = rom_of(tmp_path, start + deo(0x0F, 0) + deo(0x0F, 0x85) + after, "stopped")
    program = profiled(stopped)
    assert (program["output"], program["exit_code"]) == ("", 5)


def test_a_workload_can_have_arguments_and_frames(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    rom_of(tmp_path / "mine", ECHO)
    fields = {
        **{"schema": 1, "name": "mine", "summary": "echoes", "why": "to test", "input": "i"},
        **{"arguments": ["\u00ff"], "frames": 0, "expected_exit_code": 0, "instructions": 40},
        **{"expected_output": "\u00ff\x02\n\x04i\x01\0\x04", "expected_error": ""},
    }
    (tmp_path / "mine" / "workload.json").write_text(json.dumps(fields))
    finished = dispatchbench("verify", "--workloads", tmp_path)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_a_host_that_is_not_native_gives_programs_the_same(tmp_path: Path) -> None:
    host = folder_with_host(
        tmp_path, sys.executable, str(ROOT / "tools" / "tests" / "standin_host.py")
    )
    for code in (ECHO, b"".join(FRAMES)):
        finished = dispatchbench(
            *("verify", "--library", host, "--arg", "ab", "--arg", "c", "--frames", "2"),
            *("--rom", rom_of(tmp_path, code)),
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr


# ---- what it printed


def test_verify_says_how_a_users_program_ended(tmp_path: Path) -> None:
    rom = rom_of(tmp_path, text(b"hi") + text(b"e", 0x19) + deo(0x0F, 0x83) + BRK)
    finished = dispatchbench("verify", "--rom", rom)
    assert finished.returncode == 0
    (line,) = [line for line in finished.stdout.splitlines() if line.startswith("mine: ")]
    assert line == "mine: exit code 3, 2 bytes of output, 1 byte of error output"
    assert "exit code" not in dispatchbench("verify", "--rom", rom, "--quiet").stdout


@pytest.mark.parametrize("command", ["verify", "profile"])
def test_output_is_shown_without_control_characters(command: str, tmp_path: Path) -> None:
    rom = rom_of(tmp_path, text(b"a\tb\n\x1b[2J\x7f\xc2\x9b\xff\xc3\xa9") + text(b"e", 0x19) + BRK)
    finished = dispatchbench(command, "--rom", rom, "--show-output")
    assert (
        "output:\n  | a\tb\n  | \\x1b[2J\\x7f\\xc2\\x9b\\xff\u00e9\nerror output:\n  | e\n"
        in finished.stdout
    )
    assert "output:\n" not in dispatchbench(command, "--rom", rom).stdout


def test_long_output_is_cut_and_whole_in_a_file(tmp_path: Path) -> None:
    lines = b"".join(b"%d\n" % number for number in range(30))
    rom = rom_of(tmp_path, text(lines) + text(b"wrong\xff", 0x19) + BRK)
    output = tmp_path / "printed"
    finished = dispatchbench("profile", "--rom", rom, "--show-output", "--output-file", output)
    assert finished.returncode == 0
    assert "  | 19\n  and 30 bytes more; --output-file FILE writes all of it\n" in finished.stdout
    assert "  | 20\n" not in finished.stdout
    assert output.read_bytes() == lines
    assert (tmp_path / "printed.error").read_bytes() == b"wrong\xff"
    one_line = rom_of(tmp_path, text(2001 * b"x") + BRK, "line")
    assert "and 1 byte more" in dispatchbench("verify", "--rom", one_line, "--show-output").stdout


def test_an_output_file_that_can_t_be_written_is_refused_first(tmp_path: Path) -> None:
    rom = rom_of(tmp_path, BRK)
    refused(
        dispatchbench("verify", "--rom", rom, "--output-file", tmp_path / "no" / "file"),
        *(1, "no/file", "can't be written", "--output-file"),
    )


def test_json_has_output_that_is_not_text_as_it_is(tmp_path: Path) -> None:
    program = profiled(rom_of(tmp_path, text(b"a\xffb") + text(b"\x00\xc3\xa9", 0x19) + BRK))
    assert (program["output"], program["output_hex"]) == ("a\\xffb", "61ff62")
    assert (program["output_bytes"], program["error_bytes"]) == (3, 3)
    assert program["error"] == "\0\u00e9"
    assert "error_hex" not in program


# ---- warnings


CASES = {
    "screen drawing": (
        deo2(0x28, 1) + deo(0x2F, 5) + dei(0x22) + BRK,
        [
            "needs answers from ports without a device here",
            "screen drawing (22, 28-29, 2f: 1 read, 3 writes)",
            "it gets 0, or what it wrote there itself",
        ],
    ),
    "screen drawing without reading": (
        deo2(0x28, 1) + deo(0x2F, 5) + BRK,
        [
            "writes to ports without a device here: screen drawing (28-29, 2f: 3 writes)",
            "computes the same as elsewhere",
            "remedy: none is needed",
        ],
    ),
    "a file that is loaded": (
        deo2(0xAC, 0x0200) + BRK,
        ["needs answers", "file (ac-ad: 2 writes)", "may compute something else than elsewhere"],
    ),
    "audio, file and datetime": (
        deo(0x3F, 1) + dei(0xA2) + dei(0xC0) + BRK,
        ["audio (3f: 1 write)", "file (a2: 1 read)", "datetime (c0: 1 read)"],
    ),
    "controller's vector": (
        deo2(0x80, 0x0200) + BRK,
        ["never delivered", "controller (port 80, to 0200: no such device here)"],
    ),
    "mouse's vector": (deo2(0x90, 0x0200) + BRK, ["mouse (port 90, to 0200"]),
    "audio's vector": (deo2(0x40, 0x0200) + BRK, ["audio (port 40, to 0200"]),
    "screen's vector after a stop": (
        deo2(0x20, 0x0200) + deo(0x0F, 1) + BRK,
        ["screen (port 20, to 0200: the program stops before)"],
    ),
    "console's vector after a stop": (
        deo2(0x10, 0x0200) + deo(0x0F, 1) + BRK,
        ["console (port 10, to 0200: the program stops before)"],
    ),
    "console's vector without input": (ECHO, ["given no input but its end", "--input"]),
}


@pytest.mark.parametrize("case", CASES)
def test_what_has_no_effect_here_is_warned_of(case: str, tmp_path: Path) -> None:
    code, words = CASES[case]
    rom = rom_of(tmp_path, code)
    for finished in (dispatchbench("verify", "--rom", rom), dispatchbench("profile", "--rom", rom)):
        assert finished.returncode == 0
        assert "warning: mine: " in finished.stderr
        for word in words:
            assert word in finished.stderr
    warnings = " ".join(profiled(rom)["warnings"])
    for word in words:
        assert word in warnings


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (BRK, "takes none of its input: it sets no console vector"),
        (deo2(0x10, 0x0200) + deo(0x0F, 1) + BRK, "it stops before any is delivered"),
        (deo2(0x10, 0x0107) + BRK + dei(0x17) + POP + BRK, "never reads port 12"),
    ],
)
def test_input_that_is_not_taken_is_warned_of(code: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "input").write_bytes(b"abc")
    rom = rom_of(tmp_path, code)
    for option, value in (("--input", str(tmp_path / "input")), ("--arg", "a")):
        finished = dispatchbench("verify", "--rom", rom, option, value)
        assert words in finished.stderr


def test_a_program_without_fault_is_not_warned_of(tmp_path: Path) -> None:
    # Reading port 12 as the second byte of a short is reading it; 06-07 and d0-ff change nothing anywhere.
    code = deo2(0x10, 0x010D) + deo2(0x06, 1) + BRK + lit(0x11) + b"\x36" + deo(0xD0, 1) + BRK
    finished = dispatchbench("verify", "--rom", rom_of(tmp_path, code), "--arg", "a")
    assert finished.stderr == ""
    assert finished.returncode == 0
    assert dispatchbench("profile").stderr == "", "no workload of the tree is"


@measures
def test_run_keeps_output_warnings_and_refusals_in_its_results(tmp_path: Path) -> None:
    workloads = tmp_path / "workloads"
    shutil.copytree(ROOT / "workloads" / "tak", workloads / "tak")
    (workloads / "short").mkdir()
    rom_of(workloads / "short", deo(0x2F, 1) + text(b"\xff") + deo(0x0F, 0x83) + BRK, "short")
    fields = json.loads((ROOT / "workloads" / "tak" / "workload.json").read_text())
    fields |= {"name": "short", "instructions": 10, "expected_output": "\u00ff"}
    fields |= {"expected_exit_code": 3}
    (workloads / "short" / "workload.json").write_text(json.dumps(fields))
    output = tmp_path / "results.json"
    finished = dispatchbench(
        *("run", "--processes", "2", "--repetitions", "2", "--output", output),
        *("--workloads", workloads, "--backend", "^(switch_loop|computed_goto)$"),
    )
    assert finished.returncode == 0, "a refusal is no failure: " + finished.stderr
    document = json.loads(output.read_text())
    schema = json.loads((ROOT / "reports" / "results.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(document)
    assert {row["workload"] for row in document["benchmarks"]} == {"tak"}
    ours = document["context"]["dispatchbench"]
    assert {row["workload"] for row in ours["refused"]} == {"short"}
    for refusal in ours["refused"]:
        assert "executes 10 VM instructions" in refusal["reason"]
        assert "remedy: " in refusal["reason"]
        assert f"refused: {refusal['row']}: {refusal['reason']}" in finished.stdout
    assert len(ours["refused"]) == 2
    assert "fastest first: " in finished.stdout, "what nobody ran leaves the ranking alone"
    assert "isn't ranked" not in finished.stdout
    (warning,) = [text for text in ours["warnings"] if text.startswith("short: ")]
    assert "screen drawing (2f: 1 write)" in warning
    assert warning in finished.stdout
    short, tak = ours["workloads"]
    assert (short["output"], short["output_hex"], short["exit_code"]) == ("\\xff", "ff", 3)
    assert (tak["exit_code"], tak["error"]) == (0, "")
    assert (
        tak["output"]
        == json.loads((ROOT / "workloads/tak/workload.json").read_text())["expected_output"]
    )


# ---- what is not dispatch is not ranked


def test_a_program_of_a_handful_of_instructions_is_verified_but_not_measured(
    tmp_path: Path,
) -> None:
    rom = rom_of(tmp_path, BRK)
    output = tmp_path / "results.json"
    refused(
        dispatchbench("run", "--rom", rom, "--output", output),
        *(1, "all rows were refused; nothing was measured", "mine/switch_loop/"),
        *("it executes 1 VM instruction,", "fewer than 1000", "remedy: give it more to do"),
    )
    assert not output.exists()
    assert dispatchbench("verify", "--rom", rom).returncode == 0


def test_runs_that_are_shorter_than_the_clock_can_tell_are_not_measured(tmp_path: Path) -> None:
    host = folder_with_host(
        tmp_path,
        *(sys.executable, str(ROOT / "harness" / "tests" / "faulty_host.py")),
        "runs in a microsecond",
    )
    # As LOOP_ROM, but 400 times round.
    rom = rom_of(tmp_path, LOOP_ROM.replace(bytes.fromhex("a0ff00"), bytes.fromhex("a00190"), 1))
    refused(
        dispatchbench("run", "--rom", rom, "--library", host, "--output", tmp_path / "r.json"),
        *(1, "all rows were refused", "mine/python_model/model: python_model runs it in 1.0 us"),
        *("50 times what reading the CPU clock takes", "remedy: "),
    )


@measures
def test_a_plan_names_what_is_refused(tmp_path: Path) -> None:
    host = folder_with_host(
        tmp_path,
        *(sys.executable, str(ROOT / "harness" / "tests" / "faulty_host.py")),
        "runs in a microsecond",
    )
    rom = rom_of(tmp_path, LOOP_ROM)
    finished = dispatchbench(
        *("run", "--plan", "--rom", rom, "--library", host, "--library", LIBRARY)
    )
    assert finished.returncode == 0
    assert "refused: mine/python_model/model: " in finished.stdout
    assert "  mine/switch_loop/" in finished.stdout


@pytest.mark.parametrize("command", ["verify", "run", "profile"])
def test_a_source_is_told_from_a_rom(command: str, tmp_path: Path) -> None:
    source = tmp_path / "mine.tal"
    source.write_text("( caf\u00e9 )\n|0100 #01 BRK\n")
    refused(
        dispatchbench(command, "--rom", source),
        *(1, "mine.tal: is text, not a ROM", f"tools/assemble {source} -o {tmp_path}/mine.rom"),
    )
    named_so = tmp_path / "source.rom"
    named_so.write_text("|0100 #01 BRK\n")
    refused(dispatchbench(command, "--rom", named_so), 1, "is text", f"-o {named_so}.rom")


def test_an_empty_rom_is_refused_with_what_makes_one(tmp_path: Path) -> None:
    refused(
        dispatchbench("verify", "--rom", rom_of(tmp_path, b"")), 1, "is empty", "tools/assemble"
    )


def test_a_rom_without_a_zero_byte_is_no_text(tmp_path: Path) -> None:
    # JMI to the zeroes behind it; every byte but the last two is a letter.
    assert dispatchbench("verify", "--rom", rom_of(tmp_path, b"@AA")).returncode == 0
