"""The result of the workload xtea."""

KEY = (0x00112233, 0x44556677, 0x8899AABB, 0xCCDDEEFF)
DELTA = 0x9E3779B9
MASK = 0xFFFFFFFF


def encipher(v0: int, v1: int) -> tuple[int, int]:
    """One block with 32 rounds, as Needham and Wheeler published it."""
    total = 0
    for _round in range(32):
        v0 = (v0 + ((((v1 << 4) ^ (v1 >> 5)) + v1) ^ (total + KEY[total & 3]))) & MASK
        total = (total + DELTA) & MASK
        v1 = (v1 + ((((v0 << 4) ^ (v0 >> 5)) + v0) ^ (total + KEY[(total >> 11) & 3]))) & MASK
    return v0, v1


def expected_output(_: bytes) -> bytes:
    """What 72 turns make of the text, and the text, since deciphering brings it back."""
    text = b"Dispatch"
    v0, v1 = int.from_bytes(text[:4], "big"), int.from_bytes(text[4:], "big")
    for _turn in range(72):
        v0, v1 = encipher(v0, v1)
    return f"{v0:08x}{v1:08x} {text.decode()}\n".encode()
