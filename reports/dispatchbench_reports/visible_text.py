"""Makes every character of a text visible, so that no name can move a cursor, break a table or be refused by XML.

Files are read through this once (reading/json_file.py), and errors are printed through it; writers only quote what
their own format reads as markup. Needs nothing but Python's standard library.
"""

from __future__ import annotations

import re
from typing import Any

UNSEEN = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters
    "\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # invisible, or turn the direction
    "\ud800-\udfff"  # halves of a character, and bytes of a file name that isn't UTF-8
    "\ufdd0-\ufdef\ufffe\uffff"  # no characters
    "\U000e0000-\U000e007f"  # invisible tags
    "]"
)
SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
FIRST_ESCAPED_BYTE = 0xDC80
"""Python's code point for a byte 0x80 of a file name that isn't UTF-8."""


def _escaped(found: re.Match[str]) -> str:
    character = found.group()
    if character in SHORT:
        return SHORT[character]
    code = ord(character)
    if FIRST_ESCAPED_BYTE <= code <= FIRST_ESCAPED_BYTE + 0x7F:
        return f"\\x{code & 0xFF:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def visible(text: str) -> str:
    """The text with `\\x1b` for an escape character, `\\n` for a line break and so on; other texts stay as they are."""
    return UNSEEN.sub(_escaped, text)


def visible_lines(text: str) -> str:
    """The same for a text of several lines, which keeps its line breaks."""
    return "\n".join(map(visible, text.split("\n")))


def visible_values(value: Any) -> Any:
    """The same JSON with every name and text made visible."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(name): visible_values(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [visible_values(inner) for inner in value]
    return value
