"""Costs of opcodes, as text for people and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .costs import Cost
from .micro_roms import NOT_CHAINABLE

Costs = Mapping[str, Mapping[str, Cost | None]]  # mnemonic -> backend/library -> cost


def costs_table(costs: Costs, backends: Sequence[str]) -> str:
    """A row an opcode, a column a backend."""
    width = max(len(backend) for backend in backends) + 2
    lines = [
        "ns per execution".ljust(18) + "".join(name.rjust(max(width, 16)) for name in backends)
    ]
    for mnemonic, by_backend in costs.items():
        cells = []
        for backend in backends:
            found = by_backend.get(backend)
            cells.append(f"{found.nanoseconds:.2f} ± {found.half_width:.2f}" if found else "-")
        lines.append(mnemonic.ljust(18) + "".join(cell.rjust(max(width, 16)) for cell in cells))
    return "\n".join(lines)


def difference_table(
    costs: Costs, between: Sequence[str], weights: Mapping[str, float] | None
) -> str:
    """The opcodes that differ most between two backends, or make most of the difference in a workload."""
    first, second = between
    rows = []
    for mnemonic, by_backend in costs.items():
        one, two = by_backend.get(first), by_backend.get(second)
        if one is None or two is None:
            continue
        difference = one.nanoseconds - two.nanoseconds
        clear = one.low > two.high or two.low > one.high
        share = weights.get(mnemonic, 0.0) if weights is not None else 1.0
        rows.append((difference * share, mnemonic, one, two, clear, share))
    rows.sort(key=lambda row: -abs(row[0]))
    lines = [f"{first} minus {second}" + (", weighted by the workload's mix" if weights else "")]
    for weighted, mnemonic, one, two, clear, share in rows:
        if weights is not None and share == 0.0:
            continue
        text = f"  {mnemonic:7} {weighted:+7.3f} ns   {one.nanoseconds:6.2f} against {two.nanoseconds:6.2f}"
        if weights is not None:
            text += f"   {share:6.1%} of the instructions"
        lines.append(text + ("" if clear else "   (intervals overlap)"))
    if weights is not None:
        total = sum(row[0] for row in rows)
        lines.append(
            f"  sum     {total:+7.3f} ns per instruction, if each opcode cost what it costs alone"
        )
    return "\n".join(lines)


def costs_document(costs: Costs, context: Mapping[str, Any]) -> dict[str, Any]:
    """What --json writes."""
    return {
        "schema": 1,
        "kind": "nanoseconds per execution of an opcode behind itself, 95 % intervals over processes",
        "context": context,
        "not_measured": NOT_CHAINABLE,
        "opcodes": {
            mnemonic: {
                backend: (
                    {"ns": found.nanoseconds, "low": found.low, "high": found.high}
                    if found
                    else None
                )
                for backend, found in by_backend.items()
            }
            for mnemonic, by_backend in costs.items()
        },
    }
