"""The one error for bad input and bad usage."""

from __future__ import annotations

from dispatchbench_reports.visible_text import visible


class Problem(Exception):
    """Bad input or usage; the command line prints it and exits with 2.

    The message names the file, the field or line, what was found, what was expected and what to do next.
    """

    def __init__(self, file: str, field: str, found: str, remedy: str = "") -> None:
        self.file = file
        self.field = field
        self.found = found
        self.remedy = remedy
        where = ": ".join(part for part in (file, field) if part)
        super().__init__(visible(f"{where}: {found}" + (f". {remedy}" if remedy else "")))


class Unwritable(Problem):
    """An output that can't be written: the input was fine, so the command line exits with 1."""
