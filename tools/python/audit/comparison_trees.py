"""Trees of comparisons: what a switch becomes without a jump table."""

from __future__ import annotations

import collections
import dataclasses

from machine_code.control_flow import Exploration
from machine_code.instruction import Flow


@dataclasses.dataclass(frozen=True)
class ComparisonTree:
    """Blocks that do nothing but compare with a number and branch, and lead to each other."""

    blocks: frozenset[int]
    branches: int
    leaves: frozenset[int]  # where it leads


def comparison_trees(exploration: Exploration) -> list[ComparisonTree]:
    """The trees that the exploration's comparisons make up."""
    successors, at_address = exploration.successors, exploration.decoder.at
    comparing: set[int] = set()
    for address in exploration.comparisons:
        following = successors.get(address, ())
        if len(following) == 1 and at_address(following[0]).flow is Flow.BRANCH:
            comparing.add(address)
    neighbours: dict[int, list[int]] = collections.defaultdict(list)
    branches: dict[int, int] = {}
    leaves: dict[int, list[int]] = {}
    for address in comparing:
        at, count = successors[address][0], 0
        ends: list[int] = []
        # Two branches may follow one comparison: less, equal, greater.
        while at in successors and at_address(at).flow is Flow.BRANCH and successors[at]:
            count += 1
            ends += successors[at][1:]
            at = successors[at][0]
        branches[address] = count
        leaves[address] = [end for end in (*ends, at) if end not in comparing]
        for end in [*ends, at]:
            if end in comparing:
                neighbours[address].append(end)
                neighbours[end].append(address)
    trees, seen = [], set()
    for root in comparing:
        if root in seen:
            continue
        group, waiting = [], [root]
        seen.add(root)
        while waiting:
            address = waiting.pop()
            group.append(address)
            for end in neighbours[address]:
                if end not in seen:
                    seen.add(end)
                    waiting.append(end)
        trees.append(
            ComparisonTree(
                frozenset(group),
                sum(branches[address] for address in group),
                frozenset(leaf for address in group for leaf in leaves[address]),
            )
        )
    return trees
