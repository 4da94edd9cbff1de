"""Which of a function's tables is its dispatch, found out from where their entries lead."""

from __future__ import annotations

import collections
import dataclasses

from machine_code.control_flow import Exploration
from machine_code.values import Linear, Loaded

from .comparison_trees import ComparisonTree, comparison_trees

FEWEST_RETURNING = 3  # Fewer targets that lead back are no dispatch.
FEWEST_BRANCHES = 6  # A smaller tree of comparisons is no dispatch over opcodes.
MUCH_LARGER = 8
SAME_SHARE = 0.5  # Tables that have so many of their targets in common are copies of one.


@dataclasses.dataclass(slots=True)
class Group:
    """Jumps or calls that lead to the same places, through one table, through copies of it, or through memory."""

    sites: set[int]
    families: list[set[Linear | Loaded]]  # of tables: copies of one, each
    targets: set[int]
    is_call: bool
    tree: ComparisonTree | None = None  # instead of sites and tables
    returning: int = 0  # targets from which it comes back to the group's sites before any other

    @property
    def tables(self) -> set[Linear | Loaded]:
        """The tables of all families."""
        return set().union(*self.families)


class DispatchGroups:
    """The groups of a function's indirect jumps and calls, and its trees of comparisons."""

    def __init__(self, exploration: Exploration) -> None:
        self._exploration = exploration
        self._sites = [at for at, site in exploration.sites.items() if site.tables]
        self._bits = {at: 1 << number for number, at in enumerate(self._sites)}
        self._reached = self._reachable()
        self.groups = self._merged_groups(self._by_targets())
        trees = [one for one in comparison_trees(exploration) if one.branches >= FEWEST_BRANCHES]
        largest = max((len(tree.leaves) for tree in trees), default=0)
        # A table that is so much larger than every tree of comparisons isn't a switch within a handler of a tree.
        for group in self.groups:
            if len(group.targets) >= largest * MUCH_LARGER:
                group.returning = self._returning(group)
        if not trees:
            return
        for number, tree in enumerate(trees, start=len(self._sites)):
            self._bits.update(dict.fromkeys(tree.blocks, 1 << number))
        self._reached = self._reachable()
        self.groups += [Group(set(), [], set(tree.leaves), False, tree) for tree in trees]
        for group in self.groups:
            if not group.returning:
                group.returning = self._returning(group)

    def _targets(self, at: int) -> set[int]:
        exploration = self._exploration
        return {
            place
            for table in exploration.sites[at].tables
            for place in exploration.tables[table]
            if place is not None
        }

    def _by_targets(self) -> list[Group]:
        """Sites by what they lead to: together if most of it is the same."""
        exploration = self._exploration
        found: list[Group] = []
        by_tables: dict[tuple[frozenset[Linear | Loaded], bool], Group] = {}
        for at in self._sites:
            site = exploration.sites[at]
            key = frozenset(site.tables), site.is_call
            group = by_tables.get(key)
            if group is None:
                targets = self._targets(at)
                group = next(
                    (
                        one
                        for one in found
                        if one.is_call == site.is_call
                        and len(one.targets & targets)
                        > SAME_SHARE * min(len(one.targets), len(targets))
                    ),
                    None,
                )
                if group is None:
                    group = Group(set(), [set()], set(), site.is_call)
                    found.append(group)
                by_tables[key] = group
                group.targets |= targets
                group.families[0] |= site.tables
            group.sites.add(at)
        return found

    def _reachable(self) -> dict[int, int]:
        """Which sites can be reached from each instruction without passing another, as bits."""
        exploration = self._exploration
        predecessors: dict[int, list[int]] = collections.defaultdict(list)
        for address, following in exploration.successors.items():
            site = exploration.sites.get(address)
            if address not in self._bits or (site is not None and site.is_call):
                for successor in following:
                    predecessors[successor].append(address)
        reached = dict.fromkeys(exploration.successors, 0)
        waiting = list(self._bits)
        for at in waiting:
            reached[at] = self._bits[at]
        while waiting:
            address = waiting.pop()
            bits = reached[address]
            for before in predecessors[address]:
                if before not in self._bits and reached[before] | bits != reached[before]:
                    reached[before] |= bits
                    waiting.append(before)
        return reached

    def _bits_of(self, group: Group) -> int:
        if group.tree is not None:
            return self._bits[min(group.tree.blocks)]
        return sum(self._bits[at] for at in group.sites)

    def _ways_on(self, group: Group) -> list[int]:
        """For each target of a group the sites that it reaches first, as bits; for a group of calls, for each site what it
        reaches afterwards."""
        if not group.is_call:
            return [self._reached.get(target, 0) for target in group.targets]
        following = self._exploration.successors
        return [
            self._reached.get(successor, 0) for at in group.sites for successor in following[at]
        ]

    def _returning(self, group: Group) -> int:
        bits = self._bits_of(group)
        ways = self._ways_on(group)
        back = sum(way & bits != 0 for way in ways)
        return len(group.targets) if group.is_call and back else back

    def _merged_groups(self, groups: list[Group]) -> list[Group]:
        """A switch of which the compiler made several tables is one dispatch: most targets of each lead to each of them
        again before anything else. A switch within a handler isn't: it doesn't come back to itself.
        """
        merged: list[Group] = []
        for group in sorted(groups, key=lambda one: -len(one.targets)):
            for other in merged:
                if group.is_call == other.is_call and self._alternate(group, other):
                    other.sites |= group.sites
                    other.families += group.families
                    other.targets |= group.targets
                    break
            else:
                merged.append(group)
        return merged

    def _alternate(self, one: Group, other: Group) -> bool:
        first, second = self._bits_of(one), self._bits_of(other)
        return all(
            sum(way & first != 0 and way & second != 0 for way in ways) > len(ways) / 2
            for ways in (self._ways_on(one), self._ways_on(other))
        )

    @property
    def dispatch(self) -> Group | None:
        """The group that dispatches: most of its targets lead back to it. None if none does."""
        returning = [group for group in self.groups if group.returning >= FEWEST_RETURNING]
        if not returning:
            return None
        # A function that calls its first handler leads to the same places as the handlers' own jumps.
        return max(returning, key=lambda one: (one.returning, not one.is_call))
