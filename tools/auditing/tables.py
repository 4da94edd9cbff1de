"""The audit as text for people."""

from __future__ import annotations

from typing import Any

from .findings import BackendAudit, LibraryAudit
from .instruction import Flow
from .opcodes import mnemonics

COLUMNS = (
    ("backend", "name"),
    ("effective technique", "label"),
    ("as expected", "as_expected"),
    ("sites", "indirect_jump_sites"),
    ("busiest serves", "handlers_of_busiest_site"),
    ("handlers", "distinct_handlers"),
    ("spilling", "handlers_with_spills"),
    ("stack accesses", "stack_accesses"),
    ("call devices", "handlers_calling_devices"),
    ("call functions", "handlers_calling_functions"),
    ("pads", "landing_pads"),
    ("code bytes", "code_bytes"),
    ("table bytes", "table_bytes"),
)


def summary(audit: dict[str, Any]) -> str:
    """A table of the backends, from the audit's JSON, and its notes."""
    rows = [[title for title, _ in COLUMNS]]
    for name, backend in audit["backends"].items():
        values = {**backend, "name": name}
        values["as_expected"] = "yes" if backend["as_expected"] else f"NO: {backend['expected']}"
        rows.append([str(values[key]) for _, key in COLUMNS])
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = [f"{audit['library']}: {audit['label']} ({audit['compiler']}, {audit['target']})"]
    for row in rows:
        cells = [
            cell.ljust(width) if column < 3 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ]
        lines.append("  ".join(cells).rstrip())
    for name, backend in audit["backends"].items():
        lines.extend(f"{name}: {note}" for note in backend["notes"])
    return "\n".join(lines)


def _annotation(audit: BackendAudit, address: int) -> str:
    """What is worth saying about one instruction."""
    instruction = audit.instruction(address)
    exploration = audit.exploration
    if instruction.is_landing_pad:
        return "landing pad"
    if address in audit.dispatches:
        served = audit.handler_sites[address]
        shared = f", shared by {served} handlers" if served > 1 else ""
        thunk = f" through a {instruction.thunk}" if instruction.thunk else ""
        return f"dispatch{thunk}{shared}"
    if address in exploration.calls:
        return f"calls {audit.image.place(exploration.calls[address])}"
    if instruction.flow is Flow.INDIRECT_CALL:
        return "calls out (a device)"
    if instruction.flow is Flow.RETURN:
        return "ends the vector"
    if instruction.target is not None:
        if instruction.target in audit.cold:
            return "rare: an access wraps around"
        if instruction.target in audit.dispatches:
            return "to the shared dispatch"
        return ""
    if instruction.is_push_or_pop:
        return "push or pop"
    if exploration.stack_accesses.get(address):
        return "stack frame"
    return ""


def handler_lines(audit: BackendAudit, mnemonic: str) -> list[str]:
    """The annotated disassembly of a handler, a heading first."""
    names = mnemonics()
    name = audit.declared.name
    if mnemonic not in names:
        raise ValueError(f"--handler {mnemonic}: no such opcode; give one such as ADD2 or LIT2r")
    handler = audit.by_opcode.get(names.index(mnemonic))
    if handler is None:
        return [f"{name}: {mnemonic} isn't dispatched through a table ({audit.technique[1]})"]
    figures = audit.handler_json(handler)
    lines = [
        f"{name}: {mnemonic}",
        f"{figures['instructions']} instructions, {figures['shortest_path']} on the shortest way, "
        f"{figures['bytes']} bytes",
        f"{figures['loads']} loads, {figures['stores']} stores, {figures['stack_accesses']} of the stack frame",
    ]
    shared = [names[opcode] for opcode in handler.opcodes if names[opcode] != mnemonic]
    if shared:
        lines.append(f"shared with {', '.join(shared)}")
    # From the entry on, in the order of execution as far as the code is straight.
    order = [at for at in handler.hot if at >= handler.address]
    order += [at for at in handler.hot if at < handler.address]
    labels: dict[int, str] = {}
    for at in order:
        target = audit.instruction(at).target
        if target is not None and target in handler.hot and target not in labels:
            labels[target] = f"L{len(labels) + 1}"
    previous_end: int | None = None
    for at in order:
        instruction = audit.instruction(at)
        if previous_end is not None and at != previous_end and at not in labels:
            lines.append("  ...")
        previous_end = instruction.end
        text = instruction.text
        target = instruction.target
        if target is not None:
            shown = labels.get(
                target, "rare" if target in audit.cold else audit.image.place(target)
            )
            text = f"{instruction.mnemonic} {instruction.operands.rpartition(',')[0]}".rstrip()
            text += (", " if "," in instruction.operands else " ") + shown
        note = _annotation(audit, at)
        label = labels.get(at, "") + (":" if at in labels else "")
        lines.append(f"{label:4}{text:38}{'; ' + note if note else ''}".rstrip())
    return lines


def side_by_side(columns: list[list[str]], width: int) -> str:
    """The columns beside each other if the terminal is wide enough, below each other otherwise."""
    widths = [max(map(len, column)) for column in columns]
    if sum(widths) + 3 * (len(columns) - 1) > width:
        return "\n\n".join("\n".join(column) for column in columns)
    height = max(map(len, columns))
    lines = []
    for row in range(height):
        cells = [
            (column[row] if row < len(column) else "").ljust(size)
            for column, size in zip(columns, widths)
        ]
        lines.append(" | ".join(cells).rstrip())
    return "\n".join(lines)


def handlers_view(library: LibraryAudit, mnemonic: str, backends: list[str], width: int) -> str:
    """One handler of several backends."""
    chosen = library.chosen(backends)
    return side_by_side([handler_lines(audit, mnemonic) for audit in chosen.values()], width)
