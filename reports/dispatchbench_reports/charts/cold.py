"""Cold starts: a row for each backend, a mark for each distance, time relative to the baseline on a log axis."""

from __future__ import annotations

import math

from dispatchbench_reports.charts.ratio_rows import RatioPanel, RatioRow, RatioRows
from dispatchbench_reports.estimates import Estimate, interval_of_logs
from dispatchbench_reports.phrases import counted, distinct
from dispatchbench_reports.reading.cold_starts import ColdStarts
from dispatchbench_reports.wording import ratio_text

LEVEL = 0.95


def cold_ratio(found: ColdStarts, library: str, backend: str, distance: int) -> Estimate | None:
    """Geometric mean over the programs of time over the baseline's, with its interval over processes."""
    wanted, where = found.reference(library)
    base = {
        row.workload: row for row in found.rows if (row.backend, row.library) == (wanted, where)
    }
    logs = [
        [
            math.log(own / other)
            for own, other in zip(row.times[distance], reference.times[distance])
        ]
        for row in found.rows
        if (row.backend, row.library) == (backend, library)
        and (reference := base.get(row.workload)) is not None
        and distance in row.times
        and distance in reference.times
    ]
    if not logs:
        return None
    by_process = [sum(each) / len(each) for each in zip(*logs)]
    return interval_of_logs(by_process, len(by_process), LEVEL)


def cold_chart(found: ColdStarts) -> RatioRows:
    """The numbers and texts of the chart."""
    panels = []
    for library, compiler in found.libraries.items():
        names = distinct(row.backend for row in found.rows if row.library == library)
        rows = tuple(
            _row(name, tuple(cold_ratio(found, library, name, far) for far in found.distances))
            for name in names
            if (name, library) != found.reference(library)
        )
        if rows:
            panels.append(RatioPanel(f"{library} ({compiler})", rows))
    reached = ", ".join(
        f"{counted(len({row.workload for row in found.rows if far in row.times}), 'program')} near {far:,} instructions"
        for far in found.distances
    )
    return RatioRows(
        title=_title(panels, found),
        note=f"Time of a program’s first instructions in a fresh process over that of {found.baseline}, preparing included",
        caption=f"{found.machine}. Geometric means over the programs that write to a device near that instruction, since "
        f"nothing else shows how far a backend has come: {reached}. Lines: {100 * LEVEL:g} % intervals over "
        f"{counted(found.processes, 'process')} of each row.",
        panels=tuple(panels),
        legend=tuple(f"first {far:,} instructions" for far in found.distances),
        axis=f"time / {found.baseline}",
    )


def _row(name: str, marks: tuple[Estimate | None, ...]) -> RatioRow:
    return RatioRow(
        name, marks, " → ".join(ratio_text(each.value) if each else "–" for each in marks)
    )


def _title(panels: list[RatioPanel], found: ColdStarts) -> str:
    """Whose cold start differs most from what comes later."""
    both = [
        (panel, row.name, first.value, last.value)
        for panel in panels
        for row in panel.rows
        if (first := row.marks[0]) is not None and (last := row.marks[-1]) is not None
    ]
    if not both:
        return "Cold starts"
    panel, name, early, late = max(both, key=lambda each: abs(math.log(each[2] / each[3])))
    where = f" of {panel.title}" if len(panels) > 1 else ""
    return (
        f"{name}{where} takes {ratio_text(early)} times as long as {found.baseline} for the first "
        f"{found.distances[0]:,} instructions, {ratio_text(late)} times for the first {found.distances[-1]:,}"
    )
