"""Regular expressions for dispatchbench's filters."""

from __future__ import annotations

import re
from collections.abc import Iterable


def alternatives(names: Iterable[str]) -> str:
    """A regular expression for exactly these names."""
    return f"^({'|'.join(re.escape(name) for name in names)})$"
