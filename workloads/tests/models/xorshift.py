"""The 16-bit xorshift generator that several workloads fill their memory with."""

from collections.abc import Iterator


def xorshift(seed: int = 0x1234) -> Iterator[int]:
    """Marsaglia's generator with shifts 7, 9 and 8; the seed is the first value."""
    while True:
        yield seed
        seed ^= seed << 7 & 0xFFFF
        seed ^= seed >> 9
        seed ^= seed << 8 & 0xFFFF
