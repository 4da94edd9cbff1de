"""The rows of a results.json: which of them are samples, in which unit, and their times by process."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from dispatchbench_reports.reading.json_fields import Fields
from dispatchbench_reports.study import Series, SeriesKey

NANOSECONDS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}


def is_sample(row: Fields) -> bool:
    """Whether a row is one repetition, not a summary of several."""
    return bool(row.values.get("run_type", "iteration") == "iteration")


def measured_rows(path: str, document: Any) -> list[Fields]:
    """The rows that are samples; if there is none, those that are medians. Raises Problem if there is neither."""
    fields = Fields.of(path, "", document)
    for name in ("context", "benchmarks"):
        if name not in fields.values:
            raise fields.problem(
                name, "is missing", "Give a results.json, or Google Benchmark's JSON output"
            )
    fields.object("context")
    if not isinstance(fields.values["benchmarks"], list):
        raise fields.wrong("benchmarks", "a list")
    samples: list[Fields] = []
    medians: list[Fields] = []
    for index, value in enumerate(fields.values["benchmarks"]):
        row = Fields.of(path, f"benchmarks[{index}]", value)
        if "run_type" in row.values:
            row.choice("run_type", ("iteration", "aggregate"))
        if row.values.get("error_occurred"):
            continue
        if is_sample(row):
            samples.append(row)
        elif row.values.get("aggregate_name", "median") == "median":
            medians.append(row)
    if not samples and not medians:
        raise fields.problem(
            "benchmarks",
            "holds no row that was measured",
            "Measure again; see context for failures",
        )
    return samples or medians


def nanoseconds_per_unit(rows: Sequence[Fields]) -> float:
    """The factor of the one unit that all rows have."""
    first = ""
    for row in rows:
        unit = row.choice("time_unit", tuple(NANOSECONDS))
        if first and unit != first:
            raise row.problem(
                "time_unit",
                f"found {unit} after rows in {first}: the units are mixed",
                "Write every row in one unit",
            )
        first = unit
    return NANOSECONDS[first]


@dataclass
class _Times:
    cpu: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    wall: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    prepare: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    prepares: bool = False
    counted: float | None = None


def _sorted(samples: Mapping[int, list[float]]) -> dict[int, tuple[float, ...]]:
    return {process: tuple(samples[process]) for process in sorted(samples)}


class SeriesCollector:
    """Collects rows into series."""

    def __init__(self) -> None:
        self._times: defaultdict[SeriesKey, _Times] = defaultdict(_Times)

    def add(
        self, key: SeriesKey, row: Fields, process: int, scale: float, instructions: float = 1.0
    ) -> None:
        """Adds a row's times in nanoseconds (scale per unit), per VM instruction if their number is known."""
        times = self._times[key]
        cpu_time, prepare_time = row.positive("cpu_time"), 0.0
        times.cpu[process].append(cpu_time * scale / instructions)
        times.wall[process].append(row.positive("real_time") * scale / instructions)
        if row.values.get("prepare_time") is not None:
            prepare_time = row.not_negative("prepare_time")
            if prepare_time >= cpu_time:
                raise row.wrong("prepare_time", "a number below cpu_time, which it is a part of")
            times.prepares = True
        times.prepare[process].append(prepare_time * scale / instructions)
        if row.values.get("instructions_per_vm_instruction") is not None:
            times.counted = row.positive("instructions_per_vm_instruction")

    def series(self) -> dict[SeriesKey, Series]:
        return {
            key: Series(
                cpu=_sorted(times.cpu),
                wall=_sorted(times.wall),
                counted=times.counted,
                prepare=_sorted(times.prepare) if times.prepares else {},
            )
            for key, times in self._times.items()
        }
