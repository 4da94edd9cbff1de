"""What the dispatch of any program's function is, or why that can't be told."""

from __future__ import annotations

from machine_code.instruction import Flow

from .program_code import ProgramCode
from .technique import MERGED_SHARE, REPLICATED_SHARE, ComparisonTree, Technique, comparison_trees
from .technique import technique

FEWEST_BRANCHES = 6  # A smaller tree of comparisons is no dispatch over opcodes.
LONGEST_LOOP = 16  # instructions of a loop that does nothing but call what memory says


def program_technique(code: ProgramCode) -> Technique:
    """What a function's dispatch is. Never a guess: what would change the answer and isn't seen makes it unknown."""
    if code.whole.gave_up is not None:
        return _unknown(f"gave up after {code.whole.gave_up}")
    if code.group is None:
        return _without_tables(code)
    found = technique(code)
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
    plural = "s lead" if len(unresolved) > 1 else " leads"
    return f"{len(unresolved)} indirect jump{plural} where the audit can't see, the first at {unresolved[0]:#x}"


def _without_tables(code: ProgramCode) -> Technique:
    whole = code.whole
    loop = _calling_loop(code)
    if loop is not None:
        return Technique(
            "calls",
            f"calls from a loop, through pointers in memory (1 site of {loop} instructions)",
        )
    hidden = [at for at, site in whole.sites.items() if not site.is_call and site.through_pointer]
    unseen = whole.unresolved
    if not hidden and not unseen:
        tree = _comparing_loop(code)
        if tree is not None:
            label = f"tree of comparisons ({tree.branches} branches), no indirect jump"
            return Technique("comparisons", label)
    reason = "no dispatch was found"
    if code.groups:
        largest = max(len(group.targets) for group in code.groups)
        reason += f": nothing leads back to its table of {largest} places"
    if hidden:
        reason += f"; {len(hidden)} indirect jumps lead where pointers in memory say"
    if unseen:
        reason += f"; {len(unseen)} lead where the audit can't see, the first at {unseen[0]:#x}"
    return _unknown(reason)


def _calling_loop(code: ProgramCode) -> int | None:
    """How many instructions a loop has that does nothing but call what memory says, if there is one such loop in a
    function that does hardly anything else."""
    if len(code.code.lines) > 3 * LONGEST_LOOP:
        return None
    following = code.whole.successors
    loops = []
    for at, site in code.whole.sites.items():
        if not site.is_call or not site.through_pointer:
            continue
        seen: set[int] = set()
        waiting = list(following[at])
        while waiting:
            address = waiting.pop()
            if address not in seen:
                seen.add(address)
                waiting.extend(() if address == at else following.get(address, ()))
        if at in seen:
            loops.append(len(seen))
    return loops[0] if len(loops) == 1 and loops[0] <= LONGEST_LOOP else None


def _comparing_loop(code: ProgramCode) -> ComparisonTree | None:
    """The largest tree of comparisons, if most of its leaves lead back to it."""
    trees = [one for one in comparison_trees(code.whole) if one.branches >= FEWEST_BRANCHES]
    for tree in sorted(trees, key=lambda one: -one.branches):
        if 2 * sum(_leads_to(code, leaf, tree.blocks) for leaf in tree.leaves) > len(tree.leaves):
            return tree
    return None


def _leads_to(code: ProgramCode, start: int, places: frozenset[int]) -> bool:
    waiting, seen = [start], set()
    while waiting:
        address = waiting.pop()
        if address in places:
            return True
        if address not in seen:
            seen.add(address)
            if code.decoder.at(address).flow is not Flow.RETURN:
                waiting.extend(code.whole.successors.get(address, ()))
    return False
