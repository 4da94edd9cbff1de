"""Tables of plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence

SCREEN = 120
"""How many characters wide a table for people is at most."""


def aligned(rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """The rows as lines: the first `left` columns flush left, the others flush right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    ]


def heading_lines(name: str, width: int) -> list[str]:
    """A heading in lines of at most `width` characters, broken behind underscores and slashes only: a longer part stays
    whole."""
    lines = [""]
    for part in re.findall(r"[^_/]*[_/]|[^_/]+", name):
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    return lines


def _block(
    corner: str, headings: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]
) -> list[str]:
    depth = max(len(heading) for heading in headings)
    above = [[""] * (depth - len(heading)) + list(heading) for heading in headings]
    top = [["", *(heading[line] for heading in above)] for line in range(depth)]
    top[-1][0] = corner
    return aligned([*top, *rows])


def grid(
    corner: str,
    headings: Sequence[str],
    rows: Sequence[tuple[str, Sequence[str]]],
    width: int = SCREEN,
) -> list[str]:
    """A table as lines: each row is a name and its cells. What is wider than `width` gets headings of several lines, and
    several blocks if that isn't enough."""
    cells = [[name, *row] for name, row in rows]
    whole = _block(corner, [[heading] for heading in headings], cells)
    if max(map(len, whole)) <= width:
        return whole
    narrowest = max((len(cell) for _, row in rows for cell in row), default=0)
    broken = [heading_lines(heading, max(narrowest, 9)) for heading in headings]
    widest = max(narrowest, *(len(line) for heading in broken for line in heading))
    room = width - max(len(corner), *(len(name) for name, _ in rows))
    blocks = -(-len(headings) // max(1, room // (widest + 2)))
    size = -(-len(headings) // blocks)
    lines = []
    for first in range(0, len(headings), size):
        part = [[name, *row[first : first + size]] for name, row in rows]
        lines += _block(corner, broken[first : first + size], part)
    return lines
