"""The result of the workload life, on a set of living cells."""

from collections import Counter
from itertools import product

SIZE = 32
GENERATIONS = 8
START = {(0x10, 0x0F), (0x11, 0x0F), (0x0F, 0x10), (0x10, 0x10), (0x10, 0x11)} | {
    (3, 1),
    (4, 2),
    (2, 3),
    (3, 3),
    (4, 3),
}


def evolve(living: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """The next generation on a torus."""
    neighbours = Counter(
        ((x + dx) % SIZE, (y + dy) % SIZE)
        for x, y in living
        for dx, dy in product((-1, 0, 1), repeat=2)
        if (dx, dy) != (0, 0)
    )
    return {
        cell for cell, count in neighbours.items() if count == 3 or (count == 2 and cell in living)
    }


def expected_output(_: bytes) -> bytes:
    """The board and the number of living cells."""
    living = START
    for _generation in range(GENERATIONS):
        living = evolve(living)
    rows = ("".join(".#"[(x, y) in living] for x in range(SIZE)) for y in range(SIZE))
    return ("\n".join(rows) + f"\nalive {len(living)}\n").encode()
