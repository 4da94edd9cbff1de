"""Reads one JSON file strictly: no NaN, no infinity, no name twice in one object. Every text comes out visible."""

from __future__ import annotations

import codecs
import gzip
import json
import math
import os
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.json_errors import json_fault
from dispatchbench_reports.reading.json_fields import field_path
from dispatchbench_reports.visible_text import UNSEEN, visible, visible_values

LARGEST_INTEGER = 1 << 200
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""What Windows programs write first; without one a file is UTF-8."""
NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16"}


def _bytes_of(path: str) -> bytes:
    remedy = "Give a results.json"
    try:
        if stat.S_ISBLK(os.stat(path).st_mode) or stat.S_ISCHR(os.stat(path).st_mode):
            raise Problem(path, "", "is a device, expected a file", remedy)
        raw = Path(path).read_bytes()
    except IsADirectoryError as error:
        raise Problem(path, "", "is a directory, expected a file", remedy) from error
    except OSError as error:
        raise Problem(path, "", f"can't be read ({error.strerror})", remedy) from error
    if not path.endswith(".gz"):
        return raw
    try:
        return gzip.decompress(raw)
    except gzip.BadGzipFile as error:
        raise Problem(path, "", "is no gzip file, though its name says so", "Rename it") from error
    except (OSError, EOFError, zlib.error) as error:
        raise Problem(
            path, "", "its gzip data is cut off or damaged", "Compress it again"
        ) from error


def _text_of(path: str) -> str:
    raw = _bytes_of(path)
    if not raw.strip():
        raise Problem(path, "", "the file is empty", "Measure again: `dispatchbench run` writes it")
    encoding = next((name for mark, name in MARKS if raw.startswith(mark)), "utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        where = f"byte {error.start}"
        raise Problem(path, where, f"is not {NAMES[encoding]}", "Give a JSON file") from error


def _not_finite(value: Any, path: list[str | int]) -> Iterator[list[str | int]]:
    """The paths of all numbers that are NaN, infinite or absurdly large."""
    if isinstance(value, bool):
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            yield list(path)
    elif isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            yield list(path)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _not_finite(inner, path + [name])
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _not_finite(inner, path + [index])


@dataclass(frozen=True)
class Document:
    """A file's content, with the first things in it that a strict reader refuses."""

    path: str
    content: Any
    repeated: str | None
    """a name that occurs twice in one object, where the first value stays"""
    not_finite: str | None
    """where a number is NaN, infinite or too large"""

    def check(self) -> None:
        """Raises Problem for what a strict reader refuses."""
        if self.repeated is not None:
            raise Problem(
                self.path, self.repeated, "the name occurs twice in one object", "Write it once"
            )
        if self.not_finite is not None:
            raise Problem(
                self.path,
                self.not_finite,
                "is NaN, infinite or too large, expected a finite number",
            )


class _Parser:
    """Parses texts, and notes the first repeated name."""

    def __init__(self) -> None:
        self.repeated: str | None = None

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                self.repeated = self.repeated or visible(name)
            found.setdefault(name, value)
        return found

    def parse(self, text: str) -> Any:
        return json.loads(text, object_pairs_hook=self._object)

    def parse_lines(self, text: str) -> list[Any]:
        """JSON lines: a document on each line that isn't empty."""
        return [self.parse(line) for line in text.split("\n") if line.strip()]


def _not_json(path: str, text: str, error: json.JSONDecodeError) -> Problem:
    where = f"line {error.lineno}, column {error.colno}"
    remedy = "Give a whole file"
    begin = text.find("\n{")
    if error.pos <= begin:
        line = text.count("\n", 0, begin + 1) + 1
        remedy = (
            f"The JSON seems to begin on line {line}: let the program write it to a file of its own"
        )
    return Problem(path, where, f"not JSON: {json_fault(text, error)}", remedy)


def read_document(path: str) -> Document:
    """A .json or .json.gz file, or a list of what the lines of a file of JSON lines hold. Raises Problem."""
    text = _text_of(path)
    parser = _Parser()
    try:
        try:
            content = parser.parse(text)
        except json.JSONDecodeError as error:
            if error.msg != "Extra data":
                raise _not_json(path, text, error) from error
            try:
                content = parser.parse_lines(text)
            except json.JSONDecodeError:
                raise _not_json(path, text, error) from error
        if "\\" in text or UNSEEN.search(text):
            content = visible_values(content)
        wrong = next(_not_finite(content, []), None)
    except (RecursionError, ValueError) as error:
        raise Problem(path, "", "not JSON: nested too deep, or a number too long") from error
    return Document(path, content, parser.repeated, field_path(wrong) if wrong else None)


def read_json(path: str) -> Any:
    """The content of a .json or .json.gz file; raises Problem with the file and the line or field."""
    document = read_document(path)
    document.check()
    return document.content
