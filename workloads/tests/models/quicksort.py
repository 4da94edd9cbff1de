"""The result of the workload quicksort, by Python's own sort."""

from itertools import islice

from models.xorshift import xorshift


def expected_output(_: bytes) -> bytes:
    """Smallest, upper median, largest, and the sum of value times place modulo 65536, in hexadecimal."""
    values = sorted(islice(xorshift(), 4096))
    total = sum(value * place for place, value in enumerate(values, 1)) % 65536
    return f"{values[0]:04x} {values[2048]:04x} {values[-1]:04x} {total:04x} sorted\n".encode()
