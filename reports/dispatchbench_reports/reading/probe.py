"""Reads context.dispatchbench.probe, and says by it which rows count."""

from __future__ import annotations

from typing import Any

from dispatchbench_reports.probe import DisturbedRatio, Probe, ProbedProcess, State
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.json_fields import Fields

FIELD = "context.dispatchbench.probe"


def read_probe(path: str, own: dict[str, Any]) -> Probe | None:
    """The probe's part of a results file that follows the schema; None before schema 3.

    Raises Problem if two attempts at one process count.
    """
    found = own.get("probe")
    if found is None:
        return None
    probe = Probe(
        state=State(found["verdict"]),
        limit=found.get("limit"),
        text=found["text"],
        processes=tuple(_process(process) for process in found["processes"]),
        ratios=tuple(
            DisturbedRatio(
                ratio["library"],
                ratio["backend"],
                ratio["baseline"],
                ratio["quiet"],
                ratio["disturbed"],
            )
            for ratio in found["disturbed_ratios"]
        ),
    )
    _check_attempts(path, probe)
    return probe


def _process(found: dict[str, Any]) -> ProbedProcess:
    return ProbedProcess(
        library=found["library"],
        process=found["process"],
        attempt=found["attempt"],
        start=found["start_seconds"],
        seconds=found["seconds"],
        level=found["level"],
        disturbed_share=found["disturbed_share"],
        disturbed=found["disturbed"],
        counts=found["counts"],
        samples=found.get("samples", 0),
        left_out=found.get("left_out", 0),
        readings=tuple((seconds, level) for seconds, level in found["readings"]),
    )


def _check_attempts(path: str, probe: Probe) -> None:
    counting: set[tuple[str, int]] = set()
    for index, process in enumerate(probe.processes):
        if not process.counts:
            continue
        key = (process.library, process.process)
        if key in counting:
            raise Problem(
                path,
                f"{FIELD}.processes[{index}].counts",
                f"a second attempt at process {process.process} of {process.library} counts, expected one",
                "Let one attempt at each process count",
            )
        counting.add(key)


class CountingRows:
    """Which rows count: those of the processes that the probe lets count, or all without a probe."""

    def __init__(self, probe: Probe | None) -> None:
        self._counts: dict[tuple[str, int, int], bool] | None = None
        if probe is not None and probe.state is not State.ABSENT:
            self._counts = {
                (process.library, process.process, process.attempt): process.counts
                for process in probe.processes
            }

    def includes(self, row: Fields) -> bool:
        """Raises Problem for a row of a process that the probe doesn't list. Medians, which have no process, count."""
        if row.values.get("counts") is False:
            return False  # A sample beside a disturbed reading, of a process that counts.
        if self._counts is None or "process" not in row.values:
            return True
        process = row.whole("process", 0)
        attempt = row.whole("attempt", 0) if "attempt" in row.values else 0
        key = (row.text("library"), process, attempt)
        if key not in self._counts:
            raise row.problem(
                "process",
                f"attempt {attempt} at process {process} of {key[0]} is none of {FIELD}.processes",
                "List every process there",
            )
        return self._counts[key]
