"""Checks what a backend library exports: one symbol, so that two can be loaded into one process.

DISPATCHBENCH_LIBRARY names the library. Run by ctest, which knows it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator

import pytest
from elftools.elf.elffile import ELFFile


@pytest.fixture(scope="module")
def library() -> Iterator[ELFFile]:
    path = os.environ.get("DISPATCHBENCH_LIBRARY")
    if path is None:
        pytest.skip("DISPATCHBENCH_LIBRARY names no backend library; ctest sets it")
    with Path(path).open("rb") as file:
        yield ELFFile(file)


def test_exactly_one_symbol_is_exported(library: ELFFile) -> None:
    exported = [
        symbol.name
        for symbol in library.get_section_by_name(".dynsym").iter_symbols()
        if symbol["st_shndx"] != "SHN_UNDEF" and symbol["st_info"]["bind"] != "STB_LOCAL"
    ]
    assert exported == ["dispatchbench_library"]


def test_no_symbol_is_unique_in_the_process(library: ELFFile) -> None:
    # The dynamic linker merges such symbols even between libraries loaded separately.
    unique = [
        symbol.name
        for section in (".dynsym", ".symtab")
        if library.get_section_by_name(section) is not None
        for symbol in library.get_section_by_name(section).iter_symbols()
        if symbol["st_info"]["bind"] in ("STB_GNU_UNIQUE", "STB_LOOS")
    ]
    assert unique == []


def test_symbols_are_bound_when_the_library_is_loaded(library: ELFFile) -> None:
    flags = [
        tag["d_val"] for tag in library.get_section_by_name(".dynamic").iter_tags("DT_FLAGS_1")
    ]
    assert (
        flags and flags[0] & 0x1
    ), "lazy binding would be timed with the first call: link with -z now"


def test_code_needs_no_relocation(library: ELFFile) -> None:
    assert not list(library.get_section_by_name(".dynamic").iter_tags("DT_TEXTREL"))
    writable_and_executable = [
        segment["p_vaddr"]
        for segment in library.iter_segments("PT_LOAD")
        if segment["p_flags"] & 0x1 and segment["p_flags"] & 0x2
    ]
    assert writable_and_executable == []


def test_the_stack_is_not_executable(library: ELFFile) -> None:
    # An assembly source without a .note.GNU-stack section makes it executable for the whole process.
    flags = [segment["p_flags"] for segment in library.iter_segments("PT_GNU_STACK")]
    assert flags and not flags[0] & 0x1
