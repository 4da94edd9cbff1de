"""Which code runs only when an access wraps around, found out from the code's shape: names may be stripped."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .backend_code import BackendCode


def rare_paths(code: BackendCode) -> set[int]:
    """Where rare paths begin: calls that most handlers make only on a way that another way avoids, and functions that
    are no handlers and that handlers enter by a jump that they can avoid.

    The compiler puts what a handler does when an access wraps around into a function, and calls it or jumps there; or
    into a part of the handler's function that lies apart.
    """
    return _avoidable_calls(code) | avoidable_functions(code)


def _has_way(code: BackendCode, start: int, avoided: set[int]) -> bool:
    """Whether `start` leads to a dispatch, or to the vector's end, without `avoided`."""
    exploration = code.exploration
    seen: set[int] = set()
    waiting = [start]
    while waiting:
        address = waiting.pop()
        if address in seen or address in avoided or address not in exploration.successors:
            continue
        seen.add(address)
        following = exploration.successors[address]
        if address in code.dispatches or not following:
            return True
        waiting.extend(following)
    return False


def _avoidable_calls(code: BackendCode) -> set[int]:
    """Calls of a function of this library that more than half of the handlers call, none of them on every way; and of
    those that end up in it."""
    calls = code.exploration.calls
    sites: dict[int, set[int]] = collections.defaultdict(set)
    for at, called in calls.items():
        sites[called].add(at)
    callers: dict[int, list[int]] = collections.defaultdict(list)
    for handler in code.opcodes_of:
        reached = code.exploration.reachable([handler])
        for called in {calls[at] for at in reached & calls.keys()}:
            callers[called].append(handler)

    def is_avoidable(called: int) -> bool:
        return all(_has_way(code, one, sites[called]) for one in callers[called])

    functions = code.decoder.functions
    rare = {
        called
        for called, handlers in callers.items()
        if len(handlers) > len(code.opcodes_of) / 2 and is_avoidable(called)
    }
    rare |= {
        called
        for called in callers
        if rare & functions.exploration(called).successors.keys() and is_avoidable(called)
    }
    return {at for called in rare for at in sites[called]}


def avoidable_functions(code: BackendCode) -> set[int]:
    """The code of functions that are no handlers, where handlers jump into them and have another way."""
    exploration, image = code.exploration, code.image
    entries: dict[int, set[int]] = collections.defaultdict(set)  # by the function's start
    for address, following in exploration.successors.items():
        own = image.function_at(address)
        for successor in following:
            other = image.function_at(successor)
            if own is None or other is None or own.start == other.start:
                continue
            if other.start != exploration.start and other.start not in code.opcodes_of:
                entries[other.start].add(successor)
    if not entries:
        return set()
    apart = set().union(*entries.values())
    unavoidable = set()
    for handler in code.opcodes_of:
        if not _has_way(code, handler, apart):
            unavoidable |= code.exploration.reachable([handler])
    rare = {start for start, places in entries.items() if not places & unavoidable}
    return {
        address
        for address in exploration.successors
        if (function := image.function_at(address)) is not None and function.start in rare
    }
