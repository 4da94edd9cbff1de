"""The formats of other programs, recognised by what a file holds. A new one is a module, and a place in FORMATS."""

from __future__ import annotations

from typing import Any, Protocol

from dispatchbench_reports.reading import criterion, google_benchmark, hyperfine, pyperf
from dispatchbench_reports.reading.json_fields import Fields
from dispatchbench_reports.reading.json_file import Document
from dispatchbench_reports.reading.results_file import ResultsFile


class Format(Protocol):
    """What a reader's module offers."""

    PROGRAM: str

    def recognises(self, document: Any) -> bool:
        """Whether a document is of this format, as far as its outline shows."""

    def read(self, path: str, document: Any, source_name: str) -> ResultsFile:
        """Its content under source_name. Raises Problem."""


FORMATS: tuple[Format, ...] = (google_benchmark, hyperfine, criterion, pyperf)


def read_foreign(path: str, document: Document, source_name: str) -> ResultsFile:
    """A file that dispatchbench didn't write. Raises Problem if no format is recognised."""
    content = document.content
    for format in FORMATS:
        if format.recognises(content):
            return format.read(path, content, source_name)
    document.check()
    fields = Fields.of(path, "", content)
    raise fields.problem(
        "benchmarks" if "context" in fields.values else "context",
        "is missing, and no other format is recognised",
        f"Give a results.json, or JSON of {', '.join(format.PROGRAM for format in FORMATS)}",
    )
