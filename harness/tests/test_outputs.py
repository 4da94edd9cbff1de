"""What the program writes to: nothing is destroyed, and what can't be written is kept elsewhere."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import subprocess
import threading
from pathlib import Path

import pytest
from program import EMULATOR, LIBRARY, LOOP_ROM, PROGRAM, dispatchbench, measures, refused

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes device nodes")
HI_ROM = bytes.fromhex("806880181780698018" + "1700")  # Prints "hi".


def write_hi(tmp_path: Path, output: str | Path) -> subprocess.CompletedProcess[str]:
    """Writes "hi" to `output` by the program."""
    rom = tmp_path / "hi.rom"
    rom.write_bytes(HI_ROM)
    return dispatchbench("profile", "--rom", rom, "--output-file", output)


def measure(output: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The smallest measurement."""
    few = ("--processes", "2", "--repetitions", "1", "--workload", "tak")
    return dispatchbench("run", *few, "--backend", "switch_loop", "--output", output, *arguments)


def device(path: Path, minor: int) -> Path:
    """A device node of the test's own: 3 is a null, 7 is full."""
    os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, minor))
    return path


@ROOT_ONLY
def test_a_device_is_written_to_and_stays_a_device(tmp_path: Path) -> None:
    null = device(tmp_path / "null", 3)
    assert write_hi(tmp_path, null).returncode == 0
    assert stat.S_ISCHR(null.lstat().st_mode)
    assert sorted(tmp_path.iterdir()) == [tmp_path / "hi.rom", null]


@ROOT_ONLY
@measures
def test_results_for_a_device_have_no_short_form_beside_it(tmp_path: Path) -> None:
    null = device(tmp_path / "null", 3)
    finished = measure(null)
    assert finished.returncode == 0, finished.stderr
    assert "a device or FIFO gets no short form" in finished.stdout
    assert list(tmp_path.iterdir()) == [null]
    assert stat.S_ISCHR(null.lstat().st_mode)


@ROOT_ONLY
@measures
def test_results_that_a_full_device_refuses_are_kept_elsewhere(tmp_path: Path) -> None:
    full = device(tmp_path / "full", 7)
    finished = measure(full)
    assert finished.returncode == 1
    assert "full: can't be written: No space left on device." in finished.stderr
    assert "takes" not in finished.stderr and "ns per VM instruction" in finished.stdout
    (kept,) = (tmp_path / "state" / "dispatchbench" / "unsaved").iterdir()
    assert str(kept) in finished.stderr
    assert json.loads(kept.read_text())["benchmarks"]


def test_a_fifo_is_written_to_and_stays_a_fifo(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(fifo.read_bytes()))
    reader.start()
    finished = write_hi(tmp_path, fifo)
    reader.join(timeout=60)
    assert finished.returncode == 0, finished.stderr
    assert found == [b"hi"]
    assert stat.S_ISFIFO(fifo.lstat().st_mode)


def test_a_link_is_followed_and_kept(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("before")
    link.symlink_to(target.name)
    assert write_hi(tmp_path, link).returncode == 0
    assert link.is_symlink()
    assert target.read_text() == "hi"


def test_a_dangling_link_makes_its_target(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("new")
    assert write_hi(tmp_path, link).returncode == 0
    assert link.is_symlink()
    assert (tmp_path / "new").read_text() == "hi"


def test_an_existing_file_keeps_its_mode_and_a_new_one_respects_the_umask(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("before")
    old.chmod(0o640)
    before = os.umask(0o027)
    try:
        assert write_hi(tmp_path, old).returncode == 0
        assert write_hi(tmp_path, new).returncode == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert stat.S_IMODE(new.stat().st_mode) == 0o640
    assert old.read_text() == new.read_text() == "hi"


def test_standard_output_can_be_named_as_a_file(tmp_path: Path) -> None:
    finished = write_hi(tmp_path, "/dev/stdout")
    assert finished.returncode == 0
    assert "hi" in finished.stdout


@measures
def test_a_file_that_another_process_is_about_to_write_is_refused_with_its_number(
    tmp_path: Path,
) -> None:
    output = tmp_path / "r.json"
    with (tmp_path / ".r.json.lock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        refused(measure(output), 1, f"process {os.getpid()} is about to write it", "--output")
    assert not output.exists()
    # What a crash leaves behind locks nothing.
    assert measure(output).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.ci.json", "r.json"]


@ROOT_ONLY
def test_full_standard_output_is_an_error(tmp_path: Path) -> None:
    with device(tmp_path / "full", 7).open("w") as full:
        finished = subprocess.run(
            [*EMULATOR, PROGRAM, "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert finished.returncode == 1
    assert "standard output: can't be written: No space left on device" in finished.stderr


def test_a_reader_that_goes_away_ends_the_program_without_a_word(tmp_path: Path) -> None:
    rom = tmp_path / "loop.rom"
    rom.write_bytes(LOOP_ROM)
    reader, writer = os.pipe()
    os.close(reader)
    finished = subprocess.run(
        [*EMULATOR, PROGRAM, "list"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert finished.returncode == 141
    assert finished.stderr == ""


@measures
def test_aa_finds_an_unwritable_floor_before_it_measures(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    finished = dispatchbench("compare", "--aa", "--workload", "tak", "--backend", "switch_loop")
    refused(finished, 1, "floor.json", "can't be written", "--floor")


PRINTING_LIBRARY = r"""
#include <dlfcn.h>
#include <unistd.h>
static void print(void) { if (write(1, "{\"error\": \"spoiled\"}\n", 21) < 0) _exit(1); }
__attribute__((constructor)) static void begin(void) { print(); }
__attribute__((destructor)) static void end(void) { print(); }
const void* dispatchbench_library(void) {
  print();
  void* const library = dlopen(LIBRARY, RTLD_NOW);
  return ((const void* (*)(void))dlsym(library, "dispatchbench_library"))();
}
"""


@pytest.mark.skipif(bool(EMULATOR), reason="the library is made for this processor")
def test_a_library_that_prints_spoils_neither_json_nor_the_protocol(tmp_path: Path) -> None:
    source, library = tmp_path / "printing.c", tmp_path / "printing.so"
    source.write_text(PRINTING_LIBRARY)
    compiler = os.environ["DISPATCHBENCH_C_COMPILER"].split(";")
    subprocess.run(
        [*compiler, "-shared", "-fPIC", f'-DLIBRARY="{LIBRARY}"', source, "-o", library], check=True
    )
    finished = dispatchbench("list", "--json", "--library", library)
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout)["libraries"][0]["backends"]
    assert "spoiled" in finished.stderr
    few = ("--workload", "tak", "--backend", "switch_loop", "--quiet")
    assert dispatchbench("verify", *few, "--library", library).returncode == 0


def test_names_that_are_not_utf8_are_escaped(tmp_path: Path) -> None:
    rom = os.fsencode(tmp_path) + b"/caf\xe9\n.rom"
    Path(os.fsdecode(rom)).write_bytes(HI_ROM)
    finished = dispatchbench("profile", "--json", "--rom", os.fsdecode(rom))
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout)["programs"][0]["name"] == "caf\\xe9\\x0a"


def test_an_empty_argument_is_an_argument(tmp_path: Path) -> None:
    rom = tmp_path / "hi.rom"
    rom.write_bytes(HI_ROM)
    for words in (["--arg="], ["--arg", ""], ["--arg=[a,b]", "--arg=-x"]):
        assert dispatchbench("profile", "--rom", rom, *words).returncode == 0
