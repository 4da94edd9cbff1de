"""The result of the workload crc32, by Python's zlib."""

import zlib
from itertools import islice

from models.xorshift import xorshift


def expected_output(_: bytes) -> bytes:
    """The CRC-32 of 16384 shorts, high byte first."""
    message = b"".join(value.to_bytes(2, "big") for value in islice(xorshift(), 16384))
    return f"crc32 {zlib.crc32(message):08x}\n".encode()
