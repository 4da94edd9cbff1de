"""What was counted, as text for people."""

from __future__ import annotations

import collections
import functools
import math
from collections.abc import Callable, Sequence

from text_table import grid
from workload import Workload

from .counted import Session

PROCESSORS = {"x86_64": "x86-64", "aarch64": "AArch64"}


# Of several libraries every workload is a block; more lines than this are the geometric means alone.
MOST_LINES = 60


def _geometric_mean(ratios: Sequence[float | None]) -> str:
    """Only over the same workloads is a mean comparable with its neighbours."""
    logarithms = [math.log(ratio) for ratio in ratios if ratio]
    if len(logarithms) < len(ratios):
        return "-"
    return f"{math.exp(math.fsum(logarithms) / len(ratios)):.2f}"


class _Ratios:
    """Instructions per Uxn instruction by workload, backend and library."""

    def __init__(self, session: Session, workloads: Sequence[Workload]) -> None:
        self._ratios = {
            (task.workload.name, task.candidate.backend, task.candidate.library): (
                counted.instructions / task.workload.instructions
            )
            for task, counted in session.counted()
        }
        self._candidates = {(each.backend, each.library) for each in session.candidates}
        self._workloads = workloads

    def cell(self, workload: Workload, backend: str, library: str) -> str:
        """One ratio as text, or why there is none."""
        if (backend, library) not in self._candidates:
            return "-"
        ratio = self._ratios.get((workload.name, backend, library))
        return f"{ratio:.2f}" if ratio else "refused"

    def mean(self, backend: str, library: str) -> str:
        """Over all workloads, as text."""
        return _geometric_mean(
            [self._ratios.get((workload.name, backend, library)) for workload in self._workloads]
        )


def _workloads_down(
    title: str, session: Session, workloads: Sequence[Workload], ratios: _Ratios
) -> list[str]:
    """For one library: a row a workload, the geometric mean last."""
    candidates = session.candidates
    rows = [
        (workload.name, [ratios.cell(workload, each.backend, each.library) for each in candidates])
        for workload in workloads
    ]
    if len(workloads) > 1:
        means = [ratios.mean(each.backend, each.library) for each in candidates]
        rows.append(("geometric mean", means))
    return grid(title, [each.label for each in candidates], rows)


def _libraries_down(
    title: str, session: Session, workloads: Sequence[Workload], ratios: _Ratios
) -> list[str]:
    """For several libraries: a block a workload, and one of the geometric means."""
    libraries = list(dict.fromkeys(each.library for each in session.candidates))
    backends = list(dict.fromkeys(each.backend for each in session.candidates))

    def block(name: str, cell: Callable[[str, str], str]) -> list[str]:
        rows = [
            (library, [cell(backend, library) for backend in backends]) for library in libraries
        ]
        return grid(name, backends, rows)

    blocks = [
        block(workload.name, functools.partial(ratios.cell, workload)) for workload in workloads
    ]
    lines = [title]
    if sum(map(len, blocks)) <= MOST_LINES:
        lines += [line for each in blocks for line in each]
    if len(workloads) > 1:
        lines += block("geometric mean", ratios.mean)
        if sum(map(len, blocks)) > MOST_LINES:
            lines.append(f"Each of the {len(workloads)} workloads: --json FILE.")
    elif len(lines) == 1:
        lines += blocks[0]
    return lines


def ratios_table(session: Session, workloads: Sequence[Workload]) -> str:
    """Instructions per Uxn instruction, and what was refused."""
    title = f"counted: {PROCESSORS[session.target]} / Uxn instruction"
    several = len({candidate.library for candidate in session.candidates}) > 1
    table = _libraries_down if several else _workloads_down
    lines = table(title, session, workloads, _Ratios(session, workloads))
    reasons: dict[tuple[str, str], list[str]] = {}
    for task, refused in session.refused():
        reasons.setdefault((task.candidate.label, refused.reason), []).append(task.workload.name)
    for (label, reason), names in reasons.items():
        row = f"{names[0]}/{label}" if len(names) == 1 else f"{label} on {len(names)} workloads"
        lines.append(f"{row} is refused: {reason}")
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
