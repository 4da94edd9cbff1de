"""The options of every command."""

from __future__ import annotations

from dataclasses import dataclass

from dispatchbench_reports.choices import Format, Metric
from dispatchbench_reports.reading.merging import Tolerance
from dispatchbench_reports.study import Clock


@dataclass(frozen=True)
class ResultsOptions:
    """Which results, which part of them, and what they are compared with."""

    paths: tuple[str, ...]
    baseline: str | None = None
    workload: str | None = None
    backend: str | None = None
    clock: Clock | None = None
    """None: CPU time where there is any"""
    tolerance: Tolerance = Tolerance()


@dataclass(frozen=True)
class OpcodeOptions:
    """The files for the chart of the opcode mix."""

    profile: str
    costs: str | None = None
    workload: str | None = None


@dataclass(frozen=True)
class ExtraOptions:
    """Files beside the results that a report shows, too."""

    opcodes: OpcodeOptions | None = None
    verification: str | None = None
    """the output of `dispatchbench verify --json`"""
    cold: str | None = None
    """a file that `dispatchbench cold` wrote"""


@dataclass(frozen=True)
class ReportOptions:
    results: ResultsOptions
    extra: ExtraOptions
    output: str


@dataclass(frozen=True)
class PublishOptions:
    results: ResultsOptions
    extra: ExtraOptions
    output: str
    topic: str | None
    """the end of the new folder's name"""


@dataclass(frozen=True)
class ChartOptions:
    name: str
    results: ResultsOptions
    output: str
    cold: str | None = None
    """a file that `dispatchbench cold` wrote, for the chart ladder"""


@dataclass(frozen=True)
class OpcodesOptions:
    opcodes: OpcodeOptions
    output: str


@dataclass(frozen=True)
class CorrectnessOptions:
    verification: str
    format: Format
    output: str | None
    """a folder for the chart; None: the table alone"""


@dataclass(frozen=True)
class VerdictsOptions:
    comparison: str
    output: str


@dataclass(frozen=True)
class ColdOptions:
    measurement: str
    output: str


@dataclass(frozen=True)
class TableOptions:
    results: ResultsOptions
    format: Format
    metric: Metric

    @property
    def needs_ratio(self) -> bool:
        return self.metric is Metric.RATIO and self.format is not Format.CSV


@dataclass(frozen=True)
class FlagsOptions:
    results: ResultsOptions
    format: Format


@dataclass(frozen=True)
class EnginesOptions:
    results: ResultsOptions
    format: Format


@dataclass(frozen=True)
class DiffOptions:
    baseline: str
    candidate: str
    format: Format
    clock: Clock | None
    allow_missing: bool


@dataclass(frozen=True)
class HistoryAddOptions:
    history: str
    results: tuple[str, ...]
    branch: str | None
    """None: what the results or git say"""
    repository: str | None


@dataclass(frozen=True)
class HistoryOptions:
    """Which runs of which history."""

    history: str
    branch: str | None
    repository: str | None


@dataclass(frozen=True)
class HistoryShowOptions:
    runs: HistoryOptions
    format: Format
    output: str | None


@dataclass(frozen=True)
class HistoryCheckOptions:
    runs: HistoryOptions
    threshold: float
    """as a share"""
    visible: float
    """as a share"""
    last: int
    accept_unclear: bool


Options = (
    ReportOptions
    | PublishOptions
    | ChartOptions
    | OpcodesOptions
    | CorrectnessOptions
    | VerdictsOptions
    | ColdOptions
    | TableOptions
    | FlagsOptions
    | EnginesOptions
    | DiffOptions
    | HistoryAddOptions
    | HistoryShowOptions
    | HistoryCheckOptions
)
