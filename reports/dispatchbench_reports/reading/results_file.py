"""The content of one results file, before several are merged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Sequence

from dispatchbench_reports.study import Column, Failure, Series, SeriesKey, Source


@dataclass(frozen=True)
class ResultsFile:
    source: Source
    columns: Sequence[Column]
    series: Mapping[SeriesKey, Series]
    workloads: Sequence[str]
    backends: Sequence[str]
    """with a row in this file, measured or refused"""
    workload_summaries: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[SeriesKey, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    failures: Sequence[Failure] = ()

    def accounts_for(self, backend: str) -> bool:
        """Whether the file has rows of a backend, or says why it has none."""
        return (
            backend in self.backends
            or any(failure.backend == backend for failure in self.failures)
            or any(backend in column.unavailable for column in self.columns)
        )
