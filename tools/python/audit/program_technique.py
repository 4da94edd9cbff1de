"""What the dispatch of any program's function is, or why that can't be told."""

from __future__ import annotations

from collections.abc import Sequence

from .dispatch_groups import Group
from .program_code import ProgramCode
from .technique import MERGED_SHARE, REPLICATED_SHARE, Technique, technique

SMALL_SHARE = 0.5  # A table with fewer places than this share of a tree's leaves is a switch within a handler.


def program_technique(code: ProgramCode) -> Technique:
    """What a function's dispatch is. Never a guess: what would change the answer and isn't seen makes it unknown."""
    if code.gave_up is not None:
        seen = f"{len(code.whole.successors):,} instructions and {len(code.whole.sites)} indirect jumps and calls"
        return _unknown(f"gave up after {code.gave_up}; until then {seen} were seen")
    if code.group is None:
        return _without_dispatch(code)
    if code.group.tree is not None:
        return _comparisons(code, code.group)
    found = technique(code)
    if code.explored.handlers_are_guessed:
        return _unknown(
            f"{len(code.handler_sites)} indirect jumps lead through a table in memory, and which of {len(code.handlers)} pieces "
            "of code are handlers isn't in the file"
        )
    doubt = _doubt(code)
    return found if doubt is None else _unknown(f"{doubt}; without them it would be {found.label}")


def _unknown(reason: str) -> Technique:
    return Technique("unknown", "unknown", reason)


def _doubt(code: ProgramCode) -> str | None:
    """Why the jumps that lead nobody knows where would matter, if they were dispatches too."""
    unresolved = code.whole.unresolved
    dispatching = sum(bool(handler.sites) for handler in code.handlers)
    if not unresolved or not dispatching:
        return None
    sites = len(code.handler_sites)
    before, after = sites / dispatching, (sites + len(unresolved)) / dispatching
    if all((before <= limit) == (after <= limit) for limit in (MERGED_SHARE, REPLICATED_SHARE)):
        return None
    return jumps_out_of_sight(unresolved)


def jumps_out_of_sight(places: Sequence[int]) -> str:
    """What is said of jumps that lead nobody knows where."""
    plural = "s lead" if len(places) > 1 else " leads"
    return f"{len(places)} indirect jump{plural} where the audit can't see, the first at {places[0]:#x}"


def _comparisons(code: ProgramCode, dispatch: Group) -> Technique:
    """What a function is whose opcodes go through a tree of comparisons: nothing else, if all its tables are small."""
    assert dispatch.tree is not None
    largest = max((len(one.targets) for one in code.groups if one.tree is None), default=0)
    if largest > len(dispatch.targets) * SMALL_SHARE:
        return _unknown(
            f"there is a tree of {dispatch.tree.branches} comparisons and a table of {largest} places, and either may dispatch"
        )
    hidden = code.whole.through_memory
    if hidden or code.whole.unresolved:
        first = min([*hidden, *code.whole.unresolved])
        return _unknown(
            f"there is a tree of {dispatch.tree.branches} comparisons, and an indirect jump that leads nobody knows where, "
            f"at {first:#x}"
        )
    label = f"tree of comparisons ({dispatch.tree.branches} branches), no indirect jump"
    return Technique("comparisons", label)


def _without_dispatch(code: ProgramCode) -> Technique:
    whole = code.whole
    if code.calling_loop is not None:
        length = code.calling_loop.instructions
        label = f"calls from a loop of {length} instructions, through pointers in memory (1 site)"
        return Technique("calls", label)
    reason = "no dispatch was found"
    tables = [len(group.targets) for group in code.groups if group.tree is None]
    if tables:
        reason += f": nothing leads back to its table of {max(tables)} places"
    hidden = whole.through_memory
    if hidden:
        plural = "s lead" if len(hidden) > 1 else " leads"
        reason += f"; {len(hidden)} indirect jump{plural} where pointers in memory say"
    if whole.unresolved:
        reason += f"; {jumps_out_of_sight(whole.unresolved)}"
    return _unknown(reason)
