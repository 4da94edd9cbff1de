"""The result of the workload brainfuck: what the inner program is meant to print, without interpreting it."""


def expected_output(_: bytes) -> bytes:
    """A table of characters whose codes are 32 + a * b."""
    rows = (" ".join(chr(32 + a * b) for b in range(1, 11)) + " \n" for a in range(1, 10))
    return "".join(rows).encode()
