"""The result of the workload mandelbrot, in integers of any size: a number is a count of 1/4096."""

ONE = 4096
FIRST = complex(-2.1, -1.25)
COLUMNS, COLUMN_STEP = 48, 246
ROWS, ROW_STEP = 21, 512
LIMIT = 28
PALETTE = "  ..,,::---===++++****ooo%%%@"


def product(a: int, b: int) -> int:
    """a times b, cut towards 0."""
    magnitude = abs(a) * abs(b) // ONE
    return -magnitude if a * b < 0 else magnitude


def iterations(real: int, imaginary: int) -> int:
    """How often z = z * z + c can be repeated before |z| >= 2."""
    x = y = count = 0
    while count < LIMIT and product(x, x) + product(y, y) < 4 * ONE:
        x, y = product(x, x) - product(y, y) + real, 2 * product(x, y) + imaginary
        count += 1
    return count


def expected_output(_: bytes) -> bytes:
    """The art, a character for each count, and the sum of the counts modulo 65536 in hexadecimal."""
    lines = []
    total = 0
    for row in range(ROWS):
        imaginary = int(FIRST.imag * ONE) + row * ROW_STEP
        counts = [
            iterations(int(FIRST.real * ONE) + column * COLUMN_STEP, imaginary)
            for column in range(COLUMNS)
        ]
        lines.append("".join(PALETTE[count] for count in counts))
        total += sum(counts)
    return ("\n".join(lines) + f"\nsum {total % 65536:04x}\n").encode()
