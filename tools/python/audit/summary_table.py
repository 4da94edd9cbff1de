"""The audit as a table for people."""

from __future__ import annotations

from typing import Any

from text_table import aligned

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
    lines = [f"{audit['library']}: {audit['label']} ({audit['compiler']}, {audit['target']})"]
    lines += aligned(rows, left=3)
    for name, backend in audit["backends"].items():
        if backend["label_reason"]:
            lines.append(f"{name}: its technique is unknown: {backend['label_reason']}.")
        if backend["code_hash_reason"]:
            lines.append(f"{name}: has no code_hash: {backend['code_hash_reason']}.")
        lines.extend(f"{name}: {note}" for note in backend["notes"])
    return "\n".join(lines)
