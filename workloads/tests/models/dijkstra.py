"""The result of the workload dijkstra, with relaxation until nothing changes, as Bellman and Ford do."""

from itertools import islice

from models.xorshift import xorshift

NODES = 64
UNREACHED = 0xFFFF


def distances(weights: list[int], source: int) -> list[int]:
    """The distance of every node from the source."""
    result = [UNREACHED] * NODES
    result[source] = 0
    edges = [(*divmod(place, NODES), weight) for place, weight in enumerate(weights) if weight]
    changed = True
    while changed:
        changed = False
        for start, end, weight in edges:
            if result[start] + weight < result[end]:
                result[end] = result[start] + weight
                changed = True
    return result


def expected_output(_: bytes) -> bytes:
    """Sum modulo 65536 and largest of the distances from the first eight nodes."""
    weights = [0 if value & 7 else value >> 8 | 1 for value in islice(xorshift(), NODES * NODES)]
    results = (distances(weights, source) for source in range(8))
    return "".join(f"{sum(found) % 65536:04x} {max(found):04x}\n" for found in results).encode()
