"""The result of the workload queens, by trying all permutations."""

from itertools import permutations

SIZE = 8


def expected_output(_: bytes) -> bytes:
    """The first board in the order of the permutations, and the number of boards."""
    boards = [
        board
        for board in permutations(range(SIZE))
        if len({column + row for row, column in enumerate(board)}) == SIZE
        and len({column - row for row, column in enumerate(board)}) == SIZE
    ]
    rows = ("." * column + "Q" + "." * (SIZE - 1 - column) for column in boards[0])
    return ("\n".join(rows) + f"\n{len(boards)}\n").encode()
