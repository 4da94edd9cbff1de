"""What options of the command line can be, without the libraries that draw and compute: they take a second to load."""

from __future__ import annotations

from enum import StrEnum

CHART_NAMES = (
    "ratio",
    "matrix",
    "flags",
    "engines",
    "v8_history",
    "overhead",
    "ladder",
    "suspension",
    "technique",
    "layouts",
    "counts",
    "times",
    "probe",
    "compile_time",
)
"""Those that `chart NAME` draws: the keys of chart_list.CHARTS."""

LAST = 20
"""How many runs back `history check` looks unless told"""
THRESHOLD = 0.01
"""The share by which a series has to be slower for `history check` to say so, unless told"""
VISIBLE = 0.05
"""The slow-down, as a share, that has to be visible in a series for `history check` to call it fine, unless told"""


class Format(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    LATEX = "latex"
    CSV = "csv"

    @property
    def file_name(self) -> str:
        """The file in a report's folder."""
        ending = {"text": "txt", "markdown": "md", "latex": "tex", "csv": "csv"}[self.value]
        return f"table.{ending}"


class Metric(StrEnum):
    RATIO = "ratio"
    TIME = "time"
