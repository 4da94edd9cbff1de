"""The result of the workload words."""

import re
from collections import Counter


def expected_output(data: bytes) -> bytes:
    """Lines, words, bytes, different words, and the eight most frequent words."""
    words = re.findall("[a-z]+", data.decode("ascii").lower())
    counts = Counter(words)  # keeps the order of first appearance among equals
    numbers = f"{data.count(10)} {len(words)} {len(data)} {len(counts)}\n"
    return (numbers + "".join(f"{n} {word}\n" for word, n in counts.most_common(8))).encode()
