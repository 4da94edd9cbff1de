"""The result of the workload self_modifying, with functions where the program patches opcodes and jumps."""

from collections.abc import Callable
from itertools import cycle, islice
from operator import add, and_, mul, or_, sub, xor

STEPS = 24576
OPERATIONS: tuple[Callable[[int, int], int], ...] = (
    add,
    xor,
    sub,
    mul,
    add,
    or_,
    xor,
    lambda a, b: a // b if b else 0,
    add,
    and_,
    sub,
)
CHANGES: tuple[Callable[[int], int], ...] = (
    lambda x: x << 1 & 0xFFFF | x >> 15,
    lambda x: x << 8 & 0xFFFF | x >> 8,
    lambda x: x ^ 0xFFFF,
    lambda x: x >> 3 ^ x,
)


def expected_output(_: bytes) -> bytes:
    """The sum so far, every 2048 steps."""
    lines = []
    x, k, total = 0x1234, 0, 0
    for step, (operation, change) in enumerate(
        islice(zip(cycle(OPERATIONS), cycle(CHANGES), strict=False), STEPS), 1
    ):
        k = (k + 0x9E37) % 65536
        x = change(operation(x, k) % 65536)
        total = (total + x) % 65536
        if step % 2048 == 0:
            lines.append(f"{total:04x}\n")
    return "".join(lines).encode()
