"""The results of two runs side by side, as a hint. `dispatchbench compare` gives the verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence

from scipy import stats

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import provenance
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.machines import machine_difference
from dispatchbench_reports.phrases import capitalised, counted, distinct
from dispatchbench_reports.probe_notes import probe_notes
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.row_names import row_name
from dispatchbench_reports.study import Clock, Column, Study
from dispatchbench_reports.tables import Table
from dispatchbench_reports.wording import ratio_with_interval, time_text

METHOD = (
    "times: geometric means of process medians; ratio: candidate over baseline, 95 % interval by Welch’s t over processes; "
    "the runs were not interleaved, so the ratio includes whatever changed on the machine between them: a hint, no "
    "verdict (`dispatchbench compare` gives one)"
)


@dataclass(frozen=True)
class Difference:
    name: str
    baseline: float
    candidate: float
    ratio: Estimate


def welch(baseline: Sequence[float], candidate: Sequence[float]) -> Estimate:
    """exp of the difference of the mean logs, with Welch's interval if both sides have at least two processes."""

    def moments(values: Sequence[float]) -> tuple[float, float]:
        logs = [math.log(value) for value in values]
        mean = math.fsum(logs) / len(logs)
        if len(logs) < 2:
            return mean, 0.0
        return mean, math.fsum((log - mean) ** 2 for log in logs) / (len(logs) - 1) / len(logs)

    (baseline_mean, baseline_error), (candidate_mean, candidate_error) = map(
        moments, (baseline, candidate)
    )
    middle = candidate_mean - baseline_mean
    processes = len(baseline) + len(candidate)
    if min(len(baseline), len(candidate)) < 2:
        return Estimate(math.exp(middle), None, None, processes, processes)
    error = baseline_error + candidate_error
    if error == 0:
        return Estimate(math.exp(middle), math.exp(middle), math.exp(middle), processes, processes)
    degrees = error**2 / (
        baseline_error**2 / (len(baseline) - 1) + candidate_error**2 / (len(candidate) - 1)
    )
    reach = float(stats.t.ppf(0.5 + estimates.CONFIDENCE / 2, degrees)) * math.sqrt(error)
    return Estimate(
        math.exp(middle),
        math.exp(max(middle - reach, -700)),
        math.exp(min(middle + reach, 700)),
        processes,
        processes,
    )


def _partner(column: Column, study: Study) -> Column | None:
    """The library of the other file with the same label; a file's only library, whatever its label."""
    same = [other for other in study.columns if other.label == column.label]
    if same:
        return same[0]
    return study.columns[0] if len(study.columns) == 1 else None


def _check_machines(baseline: Study, candidate: Study) -> None:
    machines = distinct(
        column.machine.fingerprint for study in (baseline, candidate) for column in study.columns
    )
    if len(machines) > 1:
        raise Problem(
            candidate.sources[0].path,
            "context.dispatchbench.machine.fingerprint",
            f"found {len(machines)} machines or ways of measuring in the two files, expected one: "
            f"{machine_difference(machines[0], machines[-1])}",
            "Compare runs of one machine, taken in one way; `report` shows several side by side",
        )


@dataclass(frozen=True)
class Differences:
    found: list[Difference]
    only_in_baseline: list[str]
    only_in_candidate: list[str]

    def check_complete(self, baseline: Study, candidate: Study) -> None:
        """Raises Problem for the first benchmark that one of the two lacks."""
        for lacking, names in (
            (candidate, self.only_in_baseline),
            (baseline, self.only_in_candidate),
        ):
            if names:
                others = len(self.only_in_baseline) + len(self.only_in_candidate) - 1
                raise Problem(
                    lacking.sources[0].path,
                    "benchmarks",
                    f"lacks {names[0]}, which the other file has"
                    + (f" (and {others} more)" if others else ""),
                    "Measure it in both, or pass --allow-missing",
                )


def differences(baseline: Study, candidate: Study, clock: Clock = Clock.CPU) -> Differences:
    """The benchmarks that both have, and those that only one has. Raises Problem for runs of two machines."""
    _check_machines(baseline, candidate)
    found: list[Difference] = []
    only_in_baseline: list[str] = []
    seen: set[tuple[str, str, str]] = set()
    for column in baseline.columns:
        partner = _partner(column, candidate)
        for workload in baseline.workloads:
            for backend in baseline.backends:
                old = estimates.process_medians(baseline, clock, column, workload, backend)
                if not old:
                    continue
                name = row_name(workload, backend, column.label)
                new = (
                    estimates.process_medians(candidate, clock, partner, workload, backend)
                    if partner
                    else {}
                )
                if partner is None or not new:
                    only_in_baseline.append(name)
                    continue
                seen.add((partner.key, workload, backend))
                found.append(
                    Difference(
                        name,
                        # So that the two times shown have the ratio that is shown.
                        estimates.geometric(old.values()),
                        estimates.geometric(new.values()),
                        welch(list(old.values()), list(new.values())),
                    )
                )
    only_in_candidate = [
        row_name(workload, backend, column.label)
        for column in candidate.columns
        for key, workload, backend in candidate.series
        if key == column.key and (key, workload, backend) not in seen
    ]
    return Differences(found, only_in_baseline, only_in_candidate)


def _hint(ratio: Estimate) -> str:
    if not ratio.resolved_from(1):
        return "not resolved"
    return "slower" if ratio.value > 1 else "faster"


def difference_table(
    baseline: Study, candidate: Study, clock: Clock = Clock.CPU, allow_missing: bool = False
) -> Table:
    """One row per benchmark: both times, the ratio, and whether its interval excludes 1.

    Raises Problem for runs of two machines, and for a benchmark that one lacks unless allow_missing.
    """
    compared = differences(baseline, candidate, clock)
    if not allow_missing:
        compared.check_complete(baseline, candidate)
    if not compared.found:
        raise Problem(
            candidate.sources[0].path, "benchmarks", "has no benchmark in common with the baseline"
        )
    return Table(
        title=f"{candidate.sources[0].path} over {baseline.sources[0].path}",
        header=(
            "benchmark",
            f"baseline, {baseline.unit}",
            "candidate",
            "candidate / baseline",
            "hint",
        ),
        rows=tuple(
            (
                difference.name,
                time_text(difference.baseline),
                time_text(difference.candidate),
                ratio_with_interval(difference.ratio),
                _hint(difference.ratio),
            )
            for difference in compared.found
        ),
        notes=(
            *(f"only in the baseline: {name}" for name in compared.only_in_baseline),
            *(f"only in the candidate: {name}" for name in compared.only_in_candidate),
            f"Of {counted(len(compared.found), 'interval')}, {0.05 * len(compared.found):.1f} would exclude 1 by "
            "chance alone.",
            *(
                f"{side}: {note}."
                for side, study in (("Baseline", baseline), ("Candidate", candidate))
                for source in study.sources
                for note in probe_notes(source.probe)
            ),
            f"Baseline: {provenance(baseline)}.",
            f"Candidate: {provenance(candidate)}.",
            f"{capitalised(baseline.clock_text(clock))}; {METHOD}.",
        ),
    )
