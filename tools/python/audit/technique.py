"""A backend's effective technique: what the compiler made of its dispatch."""

from __future__ import annotations

import dataclasses

from machine_code.control_flow import Site

from .backend_code import BackendCode, Handler
from .comparison_trees import comparison_trees

# Dispatch sites per handler that dispatches: from the first share on a backend counts as replicated, up to the second as
# merged. In between the compiler has merged some.
REPLICATED_SHARE = 0.9
MERGED_SHARE = 0.1
# What a backend may declare as expected.
TECHNIQUES = (
    "merged",
    "partly_merged",
    "replicated",
    "tail_calls",
    "calls",
    "comparisons",
    "generated",
)
ANYTHING = "any"  # Declared by a backend that expects whatever the compiler makes of it.


@dataclasses.dataclass(frozen=True)
class Technique:
    """An effective technique, its label for tables and charts, and if it is unknown, why."""

    name: str
    label: str
    reason: str | None = None


def technique(code: BackendCode) -> Technique:
    """What the compiler made of a backend's dispatch; unknown where the audit can't see all of it."""
    if code.declared.generates_code:
        return Technique("generated", "code generated at run time")
    reason = _out_of_sight(code)
    if reason is not None:
        return Technique("unknown", "unknown", reason)
    if not code.opcodes_of:
        branches = comparison_branches(code)
        if branches:
            label = f"tree of comparisons ({branches} branches), no indirect jump"
            return Technique("comparisons", label)
        hidden = [site for site in code.exploration.sites.values() if _goes_anywhere(site)]
        reason = "no dispatch was found"
        if hidden:
            reason += f"; {len(hidden)} indirect jumps lead where pointers in memory say"
        return Technique("unknown", "unknown", reason)
    dispatching = [handler for handler in code.handlers if handler.sites]
    calling = [
        handler
        for handler in dispatching
        if any(code.dispatches[at].is_call for at in handler.sites)
    ]
    if calling:
        return Technique("calls", f"calls instead of tail calls ({len(calling)} handlers)")
    if not dispatching:
        return Technique("calls", f"calls from a loop ({len(code.handlers)} handlers)")
    thunk = thunk_kind(code)
    suffix = f", through {thunk}s" if thunk else ""
    sites = len(code.handler_sites)
    handlers = _handlers_of_their_own(dispatching)
    # A switch of which the compiler made several tables has as many sites, and all handlers go to each of them.
    is_shared = len({tuple(handler.sites) for handler in dispatching}) == 1
    share = 0 if is_shared else sites / handlers
    if share >= REPLICATED_SHARE and code.declared.language != "assembly":
        if code.image.function_at(code.declared.run) is None:
            reason = "without .eh_frame nothing tells handlers that are functions from labels"
            return Technique("unknown", "unknown", reason)
    functions = sum(_is_function(code, handler) for handler in code.handlers)
    if functions > len(code.handlers) / 2 and share >= REPLICATED_SHARE:
        if code.exploration.unbalanced:
            left = len(code.exploration.unbalanced)
            return Technique("calls", f"tail calls that leave {left} frames behind")
        if code.is_decoded:
            suffix += ", through decoded code"
            if code.fused:
                suffix += f", with {len(code.fused)} fused handlers"
        return Technique("tail_calls", "tail calls guaranteed" + suffix)
    if share >= REPLICATED_SHARE:
        return Technique("replicated", f"replicated ({sites} sites{suffix})")
    if share <= MERGED_SHARE:
        plural = "" if sites == 1 else "s"
        return Technique("merged", f"merged ({sites} site{plural}{suffix})")
    label = f"partly merged ({sites} sites for {handlers} handlers{suffix})"
    return Technique("partly_merged", label)


def _handlers_of_their_own(dispatching: list[Handler]) -> int:
    """How many handlers there are to leave. Where each copy of a switch has its own table, an opcode's entries can lead to
    a few moves on the way to its handler, which differ from copy to copy: that is one handler, not several.
    """
    opcodes = {opcode for handler in dispatching for opcode in handler.opcodes}
    return min(len(dispatching), len(opcodes))


def _goes_anywhere(site: Site) -> bool:
    return site.through_pointer and not site.is_call


def _out_of_sight(code: BackendCode) -> str | None:
    """Why the audit doesn't see all of the dispatch."""
    exploration = code.exploration
    if exploration.undecoded:
        first = code.distance(min(exploration.undecoded))
        return f"no instruction can be decoded at {first}"
    if exploration.unresolved:
        first = code.distance(exploration.unresolved[0])
        plural = "s lead" if len(exploration.unresolved) > 1 else " leads"
        return f"{len(exploration.unresolved)} indirect jump{plural} where the audit can't see, the first at {first}"
    return None


def _is_function(code: BackendCode, handler: Handler) -> bool:
    """Whether a handler is a function, so that the compiler had a call to turn into a jump. Assembly has labels, even
    where it marks them as functions."""
    if code.declared.language == "assembly":
        return False
    return code.image.is_function_start(handler.address)


def thunk_kind(code: BackendCode) -> str | None:
    """The kind of thunk that the handlers dispatch through, if any."""
    kinds = {code.dispatches[at].instruction.thunk for at in code.handler_sites}
    return "/".join(sorted(kind for kind in kinds if kind)) or None


def with_article(kind: str) -> str:
    """A kind of thunk as a sentence has it."""
    return f"an {kind}" if kind.startswith("i") else f"a {kind}"


def comparison_branches(code: BackendCode) -> int:
    """Branches in the largest group of blocks that do nothing but compare the opcode with a number and branch."""
    return max((tree.branches for tree in comparison_trees(code.exploration)), default=0)
