"""The result of the workload threaded."""


def steps(number: int) -> int:
    """How many steps the Collatz sequence takes to reach 1."""
    count = 0
    while number != 1:
        number = 3 * number + 1 if number % 2 else number // 2
        assert number < 65536, "must fit a short"
        count += 1
    return count


def expected_output(_: bytes) -> bytes:
    """The number below 256 that takes the most steps, and how many."""
    best = max(range(1, 256), key=steps)
    return f"{best} {steps(best)}\n".encode()
