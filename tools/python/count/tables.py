"""What was counted, as text for people."""

from __future__ import annotations

import collections
import math
from collections.abc import Sequence

from text_table import aligned
from workload import Workload

from .counted import Session

PROCESSORS = {"x86_64": "x86-64", "aarch64": "AArch64"}


def ratios_table(session: Session, workloads: Sequence[Workload]) -> str:
    """Instructions per Uxn instruction, a row a workload, the geometric mean last."""
    ratios = {
        (task.workload.name, task.candidate.label): counted.instructions
        / task.workload.instructions
        for task, counted in session.counted()
    }
    labels = [candidate.label for candidate in session.candidates]
    rows = [[f"counted: {PROCESSORS[session.target]} / Uxn instruction", *labels]]
    for workload in workloads:
        cells = [ratios.get((workload.name, label)) for label in labels]
        rows.append([workload.name, *(f"{cell:.2f}" if cell else "refused" for cell in cells)])
    if len(workloads) > 1:
        # Only over the same workloads is a mean comparable with its neighbours.
        means = []
        for label in labels:
            column = [ratios.get((workload.name, label)) for workload in workloads]
            logarithms = [math.log(cell) for cell in column if cell]
            complete = len(logarithms) == len(workloads)
            means.append(
                f"{math.exp(math.fsum(logarithms) / len(workloads)):.2f}" if complete else "-"
            )
        rows.append(["geometric mean", *means])
    lines = aligned(rows)
    lines += [f"{task.row} is refused: {refused.reason}" for task, refused in session.refused()]
    return "\n".join(lines)


def handlers_table(session: Session) -> str:
    """Where each candidate's instructions go, by function, over all workloads."""
    lines = []
    for candidate in session.candidates:
        totals: collections.Counter[str] = collections.Counter()
        for task, counted in session.counted():
            if task.candidate == candidate:
                totals.update(counted.by_symbol)
        lines.append(f"{candidate.label}: functions with the most instructions (counted)")
        lines.extend(
            f"  {instructions / totals.total():6.1%}  {name}"
            for name, instructions in totals.most_common(20)
        )
    return "\n".join(lines)
