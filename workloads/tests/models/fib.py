"""The result of the workload fib."""


def expected_output(_: bytes) -> bytes:
    """fib(23) with fib(0) = fib(1) = 1, counted upwards instead of recursively."""
    previous, current = 1, 1
    for _n in range(2, 24):
        previous, current = current, previous + current
    return b"%d\n" % current
