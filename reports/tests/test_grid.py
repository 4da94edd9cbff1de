"""The heads of a grid's columns: what tells names apart stays readable."""

from __future__ import annotations

import pytest

from dispatchbench_reports.charts.grid import HEAD_SIZE, SMALL_SIZE, head_of
from dispatchbench_reports.style import text_width

ROOM = 1.08
"""Inches, as in the matrix."""


@pytest.mark.parametrize("count", [8, 16, 32, 64, 512])
def test_a_long_part_of_a_name_is_set_smaller_and_kept_whole(count: int) -> None:
    head = head_of(f"superinstructions_{count}", ROOM)
    assert "".join(head.lines) == f"superinstructions_{count}"
    assert SMALL_SIZE < head.size < HEAD_SIZE


@pytest.mark.parametrize("name", ["computed_goto_plain", "switch_default -O2"])
def test_a_name_that_fits_keeps_its_size(name: str) -> None:
    head = head_of(name, ROOM)
    assert "".join(head.lines) == name
    assert head.size == HEAD_SIZE


def test_a_part_that_fits_at_no_size_keeps_both_ends() -> None:
    heads = [head_of(f"superinstructionsinonehandler{count}", ROOM) for count in (64, 512)]
    for head in heads:
        assert all(text_width(line, head.size, bold=True) <= ROOM for line in head.lines)
        assert head.lines[0].startswith("superins") and "…" in head.lines[0]
    assert [head.lines[0][-2:] for head in heads] == ["64", "12"]
