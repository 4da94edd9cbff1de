"""Checks single fields of a JSON document; every refusal names the file and the field."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Sequence, TypeGuard

from dispatchbench_reports.problems import Problem

LARGEST = 1e300


def field_path(parts: Sequence[str | int]) -> str:
    """`context.libraries[2].label` from its parts."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text


def described(value: Any) -> str:
    """A value as JSON, cut to what fits in a message."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def is_whole(value: Any) -> TypeGuard[int]:
    """Whether a value is an integer; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a value is a finite number; True and False are none."""
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and abs(value) < LARGEST  # False for NaN, too.
    )


@dataclass(frozen=True)
class Fields:
    """One JSON object in a file, with the place where it stands."""

    path: str
    """of the file"""
    where: str
    """of the object in the document; empty for the document itself"""
    values: dict[str, Any]
    remedy: str = ""
    """what to do if a field is missing"""
    separator: str = "."
    """between the object's place and the names of its fields"""

    @classmethod
    def of(cls, path: str, where: str, value: Any, remedy: str = "") -> Fields:
        """Checks that the value is an object."""
        if not isinstance(value, dict):
            raise Problem(path, where, f"found {described(value)}, expected an object", remedy)
        return cls(path, where, value, remedy)

    def place(self, name: str) -> str:
        """Where a field of this object stands."""
        return f"{self.where}{self.separator}{name}" if self.where else name

    def problem(self, name: str, found: str, remedy: str = "") -> Problem:
        """A refusal of one field, to be raised."""
        return Problem(self.path, self.place(name), found, remedy)

    def wrong(self, name: str, expected: str) -> Problem:
        """A refusal of one field's value, or of its absence."""
        if name not in self.values:
            return self.problem(name, f"is missing, expected {expected}", self.remedy)
        return self.problem(name, f"found {described(self.values[name])}, expected {expected}")

    def text(self, name: str) -> str:
        value = self.values.get(name)
        if not isinstance(value, str) or not value:
            raise self.wrong(name, "a text that is not empty")
        return value

    def any_text(self, name: str) -> str:
        """A text that may be empty."""
        value = self.values.get(name)
        if not isinstance(value, str):
            raise self.wrong(name, "a text")
        return value

    def choice(self, name: str, choices: Sequence[str]) -> str:
        value = self.values.get(name)
        if not isinstance(value, str) or value not in choices:
            raise self.wrong(name, f"one of {', '.join(choices)}")
        return value

    def whole(self, name: str, least: int) -> int:
        value = self.values.get(name)
        if not is_whole(value) or value < least:
            raise self.wrong(name, f"a whole number of {least} or more")
        return int(value)

    def number(self, name: str) -> float:
        value = self.values.get(name)
        if not is_number(value):
            raise self.wrong(name, "a number")
        return float(value)

    def positive(self, name: str) -> float:
        value = self.values.get(name)
        if not is_number(value) or value <= 0:
            raise self.wrong(name, "a number above 0")
        return float(value)

    def not_negative(self, name: str) -> float:
        value = self.values.get(name)
        if not is_number(value) or value < 0:
            raise self.wrong(name, "a number of 0 or more")
        return float(value)

    def positive_or_null(self, name: str) -> float | None:
        """A number above 0, or null; the field itself must be there."""
        if name in self.values and self.values[name] is None:
            return None
        return self.positive(name)

    def object(self, name: str) -> Fields:
        if not isinstance(self.values.get(name), dict):
            raise self.wrong(name, "an object")
        return Fields(self.path, self.place(name), self.values[name], self.remedy)

    def objects(self, name: str) -> list[Fields]:
        """A list of objects that is not empty."""
        value = self.values.get(name)
        if not isinstance(value, list):
            raise self.wrong(name, "a list")
        if not value:
            raise self.problem(name, "is empty")
        return [
            Fields.of(self.path, f"{self.place(name)}[{index}]", inner, self.remedy)
            for index, inner in enumerate(value)
        ]

    def schema(self, expected: int) -> None:
        """Checks the field `schema`."""
        if not is_whole(self.values.get("schema")) or self.values["schema"] != expected:
            raise self.wrong("schema", str(expected))
