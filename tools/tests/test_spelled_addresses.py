"""Which addresses AArch64 code spells: adrp and what completes it."""

from __future__ import annotations

import pytest

from machine_code.aarch64 import Aarch64Processor

BASE = 0x41_0000
SP = 31


def adrp(to: int, pages: int = 1) -> int:
    """adrp x<to>, so many pages from here"""
    return 0x90000000 | (pages & 3) << 29 | pages >> 2 << 5 | to


def add(to: int, source: int, distance: int) -> int:
    """add x<to>, x<source>, #distance"""
    return 0x91000000 | distance << 10 | source << 5 | to


def load(to: int, base: int, distance: int) -> int:
    """ldr w<to>, [x<base>, #distance]"""
    return 0xB9400000 | distance // 4 << 10 | base << 5 | to


def set_number(to: int, number: int) -> int:
    """mov w<to>, #number"""
    return 0x52800000 | number << 5 | to


COMPARE_W8_W9 = 0x6B09011F
BFI_W8_W9 = 0x33181D28  # bfi w8, w9, #8, #8
PAGE = BASE + 0x1000


@pytest.mark.parametrize(
    ("code", "spelled"),
    [
        ([adrp(8), add(0, 8, 0x17)], [(PAGE + 0x17, True)]),
        ([adrp(8), load(1, 8, 4), add(0, 8, 0x17)], [(PAGE + 4, False), (PAGE + 0x17, True)]),
        ([adrp(8), COMPARE_W8_W9, add(0, 8, 0x17)], [(PAGE + 0x17, True)]),
        ([adrp(10), add(2, SP, 0x10)], []),
        ([adrp(10), load(1, SP, 0x10)], []),
        ([adrp(8), set_number(8, 1), add(0, 8, 0x17)], [(PAGE + 0x17, False)]),
        ([adrp(8), BFI_W8_W9, add(0, 8, 0x17)], [(PAGE + 0x17, False)]),
        ([adrp(8), set_number(8, 1), adrp(8, 2), add(0, 8, 1)], [(PAGE + 0x1001, True)]),
        ([adrp(8), add(8, 8, 0x17), add(9, 8, 1)], [(PAGE + 0x17, True), (PAGE + 0x18, True)]),
    ],
    ids=[
        "a page and a distance",
        "a load before",
        "a comparison between",
        "a distance that looks like a register",
        "one in a load",
        "a register that was overwritten",
        "one of which some bits were",
        "another page afterwards",
        "a distance from another place",
    ],
)
def test_what_is_spelled(code: list[int], spelled: list[tuple[int, bool]]) -> None:
    data = b"".join(word.to_bytes(4, "little") for word in code)
    found = list(Aarch64Processor().spelled_addresses(data, BASE))
    assert [(one.place, one.is_wanted) for one in found] == spelled
