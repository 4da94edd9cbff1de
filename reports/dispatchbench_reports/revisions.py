"""Git revisions as short text."""

from __future__ import annotations

SHORT = 10
DIRTY = "-dirty"


def is_dirty(revision: str) -> bool:
    """Whether the tree had uncommitted changes, so that the revision alone doesn't say what was measured."""
    return revision.endswith(DIRTY)


def short_revision(revision: str) -> str:
    """The first digits of a revision, and "-dirty" if it is; empty for an unknown one."""
    return revision.removesuffix(DIRTY)[:SHORT] + (DIRTY if is_dirty(revision) else "")
