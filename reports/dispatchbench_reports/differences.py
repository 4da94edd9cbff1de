"""Two results files of two runs side by side: what differs, as a hint. The verdict is `dispatchbench compare`'s."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats

from dispatchbench_reports import estimates
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.results import CLOCK_NAMES, Clock, Column, Study
from dispatchbench_reports.tables import Table
from dispatchbench_reports.wording import counted, provenance, ratio_with_interval, time_text

METHOD = (
    "head over base: ratio of the means of the logs of process medians, 95 % interval by Welch’s t, the process as the "
    "unit; the runs were not interleaved, so what changed between them on the machine is in it: a hint, no verdict "
    "(`dispatchbench compare` gives one)"
)


@dataclass(frozen=True)
class Difference:
    name: str
    base: float
    head: float
    ratio: Estimate


def welch(base: list[float], head: list[float]) -> Estimate:
    """exp of the difference of the mean logs, with Welch's interval where both sides have two processes or more."""
    base_logs, head_logs = [math.log(value) for value in base], [math.log(value) for value in head]

    def moments(logs: list[float]) -> tuple[float, float]:
        mean = math.fsum(logs) / len(logs)
        if len(logs) < 2:
            return mean, 0.0
        return mean, math.fsum((log - mean) ** 2 for log in logs) / (len(logs) - 1) / len(logs)

    (base_mean, base_error), (head_mean, head_error) = moments(base_logs), moments(head_logs)
    middle = head_mean - base_mean
    processes = len(base) + len(head)
    if min(len(base), len(head)) < 2:
        return Estimate(math.exp(middle), None, None, processes, processes)
    error = base_error + head_error
    if error == 0:
        return Estimate(math.exp(middle), math.exp(middle), math.exp(middle), processes, processes)
    degrees = error**2 / (base_error**2 / (len(base) - 1) + head_error**2 / (len(head) - 1))
    reach = float(stats.t.ppf(0.5 + estimates.CONFIDENCE / 2, degrees)) * math.sqrt(error)
    return Estimate(
        math.exp(middle),
        math.exp(max(middle - reach, -700)),
        math.exp(min(middle + reach, 700)),
        processes,
        processes,
    )


def _partner(column: Column, study: Study) -> Column | None:
    same = [other for other in study.columns if other.label == column.label]
    if same:
        return same[0]
    return study.columns[0] if len(study.columns) == 1 else None


def differences(
    base: Study, head: Study, clock: Clock = "cpu", allow_missing: bool = False
) -> tuple[list[Difference], list[str]]:
    """The benchmarks that both have, and a note for each that only one has.

    Raises Problem for runs of two machines, and for a benchmark that one lacks unless allow_missing.
    """
    machines = {column.machine.fingerprint for study in (base, head) for column in study.columns}
    if len(machines) > 1:
        raise Problem(
            head.sources[0].path,
            "context.dispatchbench.machine.fingerprint",
            f"found {len(machines)} machines in the two files, expected one",
            "Compare runs of one machine; `report` shows several side by side",
        )
    found: list[Difference] = []
    notes: list[str] = []
    seen: set[tuple[str, str, str]] = set()
    for column in base.columns:
        partner = _partner(column, head)
        for workload in base.workloads:
            for backend in base.backends:
                old = estimates.process_medians(base, column, workload, backend, clock)
                if not old:
                    continue
                new = (
                    estimates.process_medians(head, partner, workload, backend, clock)
                    if partner
                    else {}
                )
                name = f"{workload}/{backend}/{column.label}"
                if partner is None or not new:
                    notes.append(f"only in base: {name}")
                    continue
                seen.add((partner.key, workload, backend))
                found.append(
                    Difference(
                        name,
                        estimates.median(old.values()),
                        estimates.median(new.values()),
                        welch(list(old.values()), list(new.values())),
                    )
                )
    for column in head.columns:
        notes += [
            f"only in head: {workload}/{backend}/{column.label}"
            for key, workload, backend in head.series
            if key == column.key and (key, workload, backend) not in seen
        ]
    if notes and not allow_missing:
        raise Problem(
            head.sources[0].path if notes[0].startswith("only in base") else base.sources[0].path,
            "benchmarks",
            f"lacks {notes[0].split(': ')[1]}, which the other file has"
            + (f" (and {len(notes) - 1} more)" if len(notes) > 1 else ""),
            "Measure it in both, or pass --allow-missing",
        )
    if not found:
        raise Problem(
            head.sources[0].path, "benchmarks", "has no benchmark in common with the base"
        )
    return found, notes


def difference_table(
    base: Study, head: Study, clock: Clock = "cpu", allow_missing: bool = False
) -> Table:
    """One row a benchmark: both times, the ratio, and whether its interval leaves out 1."""
    found, notes = differences(base, head, clock, allow_missing)
    rows = []
    for difference in found:
        ratio = difference.ratio
        if not ratio.resolved_from(1):
            mark = "not resolved"
        else:
            mark = "slower" if ratio.value > 1 else "faster"
        rows.append(
            (
                difference.name,
                time_text(difference.base),
                time_text(difference.head),
                ratio_with_interval(ratio),
                mark,
            )
        )
    by_chance = 0.05 * len(found)
    return Table(
        title=f"{head.sources[0].path} over {base.sources[0].path}",
        header=("benchmark", f"base, {base.unit}", "head", "head / base", "hint"),
        rows=tuple(rows),
        notes=(
            *notes,
            f"Of {counted(len(found), 'interval')}, {by_chance:.1f} would leave out 1 by chance alone.",
            f"Base: {provenance(base)}.",
            f"Head: {provenance(head)}.",
            f"{CLOCK_NAMES[clock][0].upper()}{CLOCK_NAMES[clock][1:]}; {METHOD}.",
        ),
    )
