"""Two backends share no out-of-line template, whatever the compiler inlines.

DISPATCHBENCH_OBJECTS names the objects of backends that were compiled with different flags and without inlining,
separated by colons. Run by ctest, which knows them.
"""

from __future__ import annotations

import itertools
import os
import re

import pytest
from elftools.elf.elffile import ELFFile


def weak_symbols(path: str) -> set[str]:
    """What the linker would merge with a symbol of the same name in another object."""
    with open(path, "rb") as file:
        return {
            symbol.name
            for symbol in ELFFile(file).get_section_by_name(".symtab").iter_symbols()
            if symbol["st_info"]["bind"] == "STB_WEAK" and symbol["st_shndx"] != "SHN_UNDEF"
        }


@pytest.fixture(scope="module")
def objects() -> dict[str, set[str]]:
    """The weak symbols of each object."""
    paths = os.environ.get("DISPATCHBENCH_OBJECTS")
    if paths is None:
        pytest.skip("DISPATCHBENCH_OBJECTS names no objects; ctest sets it")
    return {path: weak_symbols(path) for path in paths.split(":")}


def test_no_weak_symbol_is_in_two_backends(objects: dict[str, set[str]]) -> None:
    assert len(objects) >= 2
    for first, second in itertools.combinations(objects, 2):
        assert objects[first] & objects[second] == set(), (first, second)


def test_without_the_namespaces_they_would_share_hundreds(objects: dict[str, set[str]]) -> None:
    """So the test above means something: these objects do hold out-of-line templates of the same names."""
    renamed = [
        {re.sub(r"\d+backend_not_inlined_(switch|goto)", "", name) for name in names}
        for names in objects.values()
    ]
    for first, second in itertools.combinations(renamed, 2):
        assert len(first & second) > 256
