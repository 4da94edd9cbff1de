"""The result of the workload matrix."""

from itertools import islice

from models.xorshift import xorshift

SIZE = 32
Matrix = list[list[int]]


def product(left: Matrix, right: Matrix) -> Matrix:
    """The product of two matrices, modulo 65536."""
    columns = list(zip(*right, strict=True))
    return [
        [sum(a * b for a, b in zip(row, column, strict=True)) % 65536 for column in columns]
        for row in left
    ]


def results(matrix: Matrix) -> str:
    """Trace and sum, modulo 65536, in hexadecimal."""
    trace = sum(matrix[place][place] for place in range(SIZE)) % 65536
    total = sum(sum(row) for row in matrix) % 65536
    return f"{trace:04x} {total:04x}\n"


def expected_output(_: bytes) -> bytes:
    """A line for A * B and one for A * B * A."""
    numbers = xorshift()
    a, b = ([list(islice(numbers, SIZE)) for _row in range(SIZE)] for _matrix in range(2))
    c = product(a, b)
    return (results(c) + results(product(c, a))).encode()
