"""Says in words what is wrong with a text that isn't JSON. Needs nothing but Python's standard library."""

from __future__ import annotations

import json

EXPECTED = {
    "Expecting value": "a value",
    "Expecting property name enclosed in double quotes": "a name in double quotes",
    "Expecting ':' delimiter": "a colon",
    "Expecting ',' delimiter": "a comma or the end of the list or object",
    "Extra data": "nothing more",
}
"""by what Python's parser says"""


def json_fault(text: str, error: json.JSONDecodeError) -> str:
    """Says that it ends in the middle, or what was found and what was expected there."""
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return "ends in the middle"
    expected = EXPECTED.get(error.msg)
    if expected is None:
        return error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
    found = text[error.pos : error.pos + 20].split("\n", 1)[0].split(" ", 1)[0]
    return f"found {found or 'a line break'}, expected {expected}"
