"""Which backends of the two revisions have the same machine code, by one and the same audit."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from audit.library_audit import LibraryAudit


@dataclasses.dataclass(frozen=True)
class Sameness:
    """The backends of both libraries, what is known of their code, and what a reader should know of it."""

    same: list[str]
    changed: list[str]  # or not known to be the same
    notes: list[str]


def compare_code(base: Path, head: Path) -> Sameness:
    """Audits both libraries now, with this tree's audit: what each revision's own build wrote may mean something else.
    Raises ToolError."""
    base_audit, head_audit = LibraryAudit(base), LibraryAudit(head)
    base_names = {backend.name for backend in base_audit.declared.backends}
    head_names = {backend.name for backend in head_audit.declared.backends}
    notes = [f"{name}: only in head" for name in sorted(head_names - base_names)]
    notes += [f"{name}: only in base" for name in sorted(base_names - head_names)]
    both = sorted(base_names & head_names)
    if base_audit.image.content_hash == head_audit.image.content_hash:
        return Sameness(both, [], notes)
    same: list[str] = []
    changed: list[str] = []
    for name in both:
        codes = {"base": base_audit.backend(name), "head": head_audit.backend(name)}
        hashes = {code.code_hash() for code in codes.values()}
        (same if len(hashes) == 1 and None not in hashes else changed).append(name)
        notes += [
            f"{name}: whether its code is the same isn't known: in {side} {code.code_hash_reason}"
            for side, code in codes.items()
            if code.code_hash() is None
        ]
    return Sameness(same, changed, notes)
