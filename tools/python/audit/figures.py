"""Figures for a backend and for each of its handlers, and notes on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from machine_code.instruction import Load, Store
from machine_code.values import Loaded
from opcodes import mnemonics

from .backend_code import BackendCode, Handler
from .technique import ANYTHING, comparison_branches, technique, thunk_kind, with_article

SCHEMA = 2  # Audits of different schemas say nothing about each other: not even equal hashes.
DEVICE_ROWS = ("DEI", "DEO")


def loads(code: BackendCode, addresses: Iterable[int]) -> int:
    """Loads among these instructions, those of indirect jumps included."""
    instructions = [code.instruction(at) for at in addresses]
    return sum(
        sum(isinstance(effect, Load) for effect in instruction.effects)
        + (instruction.through is not None and not isinstance(instruction.through, str))
        for instruction in instructions
    )


def stores(code: BackendCode, addresses: Iterable[int]) -> int:
    """Stores among these instructions."""
    return sum(
        isinstance(effect, Store) for at in addresses for effect in code.instruction(at).effects
    )


def stack_accesses(code: BackendCode, addresses: Iterable[int]) -> int:
    """Loads and stores of these instructions that hit the native stack frame."""
    return sum(code.exploration.stack_accesses.get(at, 0).bit_count() for at in addresses)


def size(code: BackendCode, addresses: Iterable[int]) -> int:
    """Bytes of these instructions."""
    return sum(code.instruction(at).size for at in addresses)


def table_bytes(code: BackendCode) -> int:
    """Bytes of the dispatch tables."""
    return sum(
        table.width * sum(target is not None for target in targets)
        for table, targets in code.exploration.tables.items()
        if isinstance(table, Loaded)
    )


def handler_figures(code: BackendCode, handler: Handler) -> dict[str, Any]:
    """One handler's entry in the audit's JSON."""
    return {
        "bytes": size(code, handler.hot),
        "instructions": len(handler.hot),
        "shortest_path": len(handler.shortest),
        "loads": loads(code, handler.hot),
        "stores": stores(code, handler.hot),
        "stack_accesses": stack_accesses(code, handler.hot),
        "pushes_and_pops": sum(code.instruction(at).is_push_or_pop for at in handler.hot),
        "indirect_calls": len(handler.indirect_calls),
        "direct_calls": len(handler.other_calls),
        "landing_pad": handler.address in code.landing_pads,
        "sites": [code.distance(site) for site in handler.sites],
    }


def all_handler_figures(code: BackendCode) -> dict[str, Any]:
    """The figures of every handler that is dispatched through a table, by mnemonic."""
    return {
        mnemonic: handler_figures(code, code.by_opcode[opcode])
        for opcode, mnemonic in enumerate(mnemonics())
        if opcode in code.by_opcode
    }


def backend_figures(code: BackendCode) -> dict[str, Any]:
    """One backend's entry in the audit's JSON."""
    found = technique(code)
    declared = code.declared
    everything = set(code.exploration.successors).union(*(one.successors for one in code.fused))
    hot = {at for handler in code.handlers for at in handler.hot}
    not_of_handlers = code.dispatches.keys() - code.handler_sites.keys()
    entry_sites = code.hot_from(code.exploration.start) & not_of_handlers
    spills = [stack_accesses(code, handler.hot) for handler in code.handlers]
    return {
        "audit_schema": SCHEMA,
        "family": declared.family,
        "dispatch": declared.dispatch,
        "language": declared.language,
        "effective_technique": found.name,
        "label": found.label,
        "label_reason": found.reason,
        "expected": declared.expected,
        "as_expected": declared.expected in (found.name, ANYTHING),
        "indirect_jump_sites": len(code.handler_sites),
        "entry_sites": len(entry_sites),
        "rare_path_sites": len(not_of_handlers - entry_sites),
        "handlers_of_busiest_site": max(code.handler_sites.values(), default=0),
        "distinct_handlers": len(code.handlers),
        "fused_handlers": len(code.fused),
        "handlers_with_spills": sum(accesses > 0 for accesses in spills),
        "stack_accesses": sum(spills),
        "handlers_calling_devices": sum(bool(handler.indirect_calls) for handler in code.handlers),
        "handlers_calling_functions": sum(bool(handler.other_calls) for handler in code.handlers),
        "thunks": thunk_kind(code),
        "landing_pads": len(code.landing_pads),
        "comparisons": comparison_branches(code) if not code.exploration.tables else 0,
        "code_bytes": size(code, everything),
        "handler_bytes": size(code, hot),
        "table_bytes": table_bytes(code),
        "code_hash": code.code_hash(),
        "code_hash_reason": code.code_hash_reason,
        "notes": notes(code),
    }


def notes(code: BackendCode) -> list[str]:
    """What a reader of the figures should know, in sentences."""
    found = (
        _calls_through_pointers(code),
        _calls_of_functions(code),
        _unresolved_jumps(code),
        _missing_opcodes(code),
        _thunks(code),
    )
    return [note for note in found if note]


def _calls_through_pointers(code: BackendCode) -> str | None:
    names = mnemonics()
    strange = sorted(
        names[handler.opcodes[0]]
        for handler in code.handlers
        if handler.indirect_calls
        and not all(names[opcode].startswith(DEVICE_ROWS) for opcode in handler.opcodes)
    )
    if not strange:
        return None
    return f"Handlers other than DEI and DEO call through pointers: {', '.join(strange)}."


def _calls_of_functions(code: BackendCode) -> str | None:
    calling = [handler for handler in code.handlers if handler.other_calls]
    if not calling:
        return None
    places = sorted({at for handler in calling for at in handler.other_calls})
    called = list(dict.fromkeys(code.fixed_calls[at] for at in places))
    shown = ", ".join(called[:3]) + (", ..." if len(called) > 3 else "")
    return f"{len(calling)} handlers call functions on their hot path: {shown}."


def _unresolved_jumps(code: BackendCode) -> str | None:
    unresolved = code.exploration.unresolved
    if not unresolved:
        return None
    return (
        f"{len(unresolved)} indirect jumps lead where the audit can't see, the first at "
        f"{code.distance(unresolved[0])}."
    )


def _missing_opcodes(code: BackendCode) -> str | None:
    missing = [name for opcode, name in enumerate(mnemonics()) if opcode not in code.by_opcode]
    if not missing or not code.exploration.tables:
        return None
    return f"Not dispatched through the table: {', '.join(missing)}."


def _thunks(code: BackendCode) -> str | None:
    kind = thunk_kind(code)
    if kind is None:
        return None
    return (
        f"Every dispatch goes through {with_article(kind)}, which keeps the branch predictor out."
    )
