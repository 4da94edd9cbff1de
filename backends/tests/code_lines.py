"""Lines of code as a person would count them, letter by letter: what source_lines.cmake is tested against."""

from __future__ import annotations

import platform
from pathlib import Path

ENDINGS = (".c", ".cpp", ".h", ".S", ".rs")


def _end_of_character(text: str, start: int) -> int:
    """Where the literal ends that may start at this apostrophe; one further if none does: 10'000, Rust's 'a."""
    body = 2 if text[start + 1 : start + 2] == "\\" else 1
    return start + body + 2 if text[start + 1 + body : start + 2 + body] == "'" else start + 1


def _end_of_string(text: str, start: int) -> int:
    at = start + 1
    while text[at] != '"':
        at += 2 if text[at] == "\\" else 1
    return at + 1


def without_comments(text: str) -> str:
    """The text, its comments empty."""
    kept, at = "", 0
    while at < len(text):
        end = at + 1
        if text.startswith("//", at):
            at = (text + "\n").index("\n", at)
            continue
        if text.startswith("/*", at):
            at = text.index("*/", at + 2) + 2
            continue
        if text[at] == '"':
            end = _end_of_string(text, at)
        elif text[at] == "'":
            end = _end_of_character(text, at)
        kept += text[at:end]
        at = end
    return kept


def code_lines(folder: Path) -> int:
    """Of the folder's files and those in folders below, but tests and what is for another processor."""
    left_out = {"tests", "x86_64", "aarch64"} - {platform.machine()}
    files = [
        path
        for path in folder.rglob("*")
        if path.suffix in ENDINGS and not left_out & set(path.relative_to(folder).parts)
    ]
    texts = (without_comments(path.read_text()) for path in files)
    return sum(bool(line.strip()) for text in texts for line in text.split("\n"))
