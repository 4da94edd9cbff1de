"""The result of the workload message."""

from models.xorshift import xorshift

RECORDS = 440
DUMPED = 24


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the top bit says that more follow."""
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def zigzag(value: int) -> bytes:
    """A signed number of 16 bits as a varint: 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4."""
    value = (value + 0x8000) % 0x10000 - 0x8000
    return varint(2 * value if value >= 0 else -2 * value - 1)


def packed_records() -> bytes:
    """All records, packed one after the other."""
    numbers = xorshift()
    next(numbers)  # the seed itself is not used

    packed = bytearray()
    for _record in range(RECORDS):
        packed += varint(next(numbers))
        packed += zigzag((next(numbers) >> 4) - 2048)
        packed.append(next(numbers) & 255)
        length = (next(numbers) & 7) + 1
        packed.append(length)
        packed += bytes(ord("a") + (next(numbers) & 15) for _letter in range(length))
        count = next(numbers) & 7
        packed.append(count)
        value, previous = next(numbers), 0
        for _short in range(count):
            packed += zigzag(value - previous)
            previous, value = value, (value + (next(numbers) & 255) - 128) % 65536
    return bytes(packed)


def expected_output(_: bytes) -> bytes:
    """All records come out the same; length and checksum of the packed bytes, and the first of them."""
    packed = packed_records()
    low = high = 0
    for byte in packed:
        low = (low + byte) % 256
        high = (high + low) % 256
    dump = packed[:DUMPED].hex()
    return f"{RECORDS} {len(packed)} {high:02x}{low:02x}\n{dump}\n".encode()
