"""The result of the workload bignum."""


def expected_output(_: bytes) -> bytes:
    """Every thirtieth power of two up to 2 ** 780."""
    return "".join(f"{2**exponent}\n" for exponent in range(30, 781, 30)).encode()
