"""What the probe said of the machine's state, in sentences."""

from __future__ import annotations

import math
from collections import Counter
from typing import Sequence

from dispatchbench_reports.phrases import counted, distinct, listed, listed_briefly
from dispatchbench_reports.probe import DisturbedRatio, Probe, ProbedProcess, State
from dispatchbench_reports.wording import precise_ratio_text

MOST_RATIOS = 6
MANY_LIBRARIES = 5
"""From this number on, sentences give ranges and examples instead of naming each library."""


def _share_text(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.095 or share == 0 else f"{100 * share:.1f} %"


def _shift(ratio: DisturbedRatio) -> float:
    """By how much a disturbed ratio is off, the same for twice and half."""
    return abs(math.log(ratio.disturbed / ratio.quiet))


def _ratios(ratios: Sequence[DisturbedRatio]) -> str:
    """Each ratio, or with many libraries that one of each backend that is off most."""
    libraries = {ratio.library for ratio in ratios}
    several = len(libraries) > 1
    many = len(libraries) >= MANY_LIBRARIES
    if many:
        backends = distinct(ratio.backend for ratio in ratios)
        ratios = [
            max((ratio for ratio in ratios if ratio.backend == backend), key=_shift)
            for backend in backends
        ]
    texts = [
        f"{ratio.backend} took {precise_ratio_text(ratio.disturbed)} of {ratio.baseline}’s time instead of "
        f"{precise_ratio_text(ratio.quiet)}" + (f" ({ratio.library})" if several else "")
        for ratio in ratios
    ]
    of_many = " (of each backend the library in which it changed most)" if many else ""
    return f"In what was disturbed{of_many} {listed_briefly(texts, MOST_RATIOS)}"


def _named(processes: Sequence[ProbedProcess]) -> str:
    """How many processes of each library, if there are several libraries."""
    by_library = Counter(process.library for process in processes)
    if len(by_library) < 2:
        return ""
    if len(by_library) >= MANY_LIBRARIES:
        fewest, most = min(by_library.values()), max(by_library.values())
        return f" ({fewest} to {most} of each of {len(by_library)} libraries)"
    return f" ({listed([f'{number} of {library}' for library, number in by_library.items()])})"


def probe_finding(probe: Probe) -> str:
    """The title of the strip: whether the machine was quiet, and if not, for how long."""
    disturbed, all_processes = len(probe.disturbed), counted(len(probe.processes), "process")
    if probe.state is State.UNSETTLED:
        return f"The machine was unsettled: {disturbed} of {all_processes} were disturbed"
    samples = f"{_share_text(probe.left_out_share)} of the samples"
    if disturbed:
        others = f", nor {samples} of the others" if probe.left_out_share else ""
        return f"{disturbed} of {all_processes} were disturbed and don’t count{others}"
    if probe.left_out_share:
        return f"{samples} were disturbed and don’t count"
    return f"The machine was quiet in all of {all_processes}"


def probe_notes(probe: Probe | None) -> list[str]:
    """What readers of the numbers must know of the machine's state; nothing if it was quiet or wasn't probed."""
    if probe is None or probe.state in (State.ABSENT, State.QUIET):
        return []
    disturbed = probe.disturbed
    notes = []
    share = f"{_share_text(probe.disturbed_share)} of the measured time"
    if probe.state is State.UNSETTLED:
        notes.append(
            f"The machine was unsettled: {len(disturbed)} of {counted(len(probe.processes), 'process')}"
            f"{_named(disturbed)} were disturbed, {share}; its quiet state is so rare that {probe.counting} processes, "
            "disturbed or not, count, and the intervals include what the machine did. Measure again on a quieter one"
        )
    elif disturbed:
        notes.append(
            f"{len(disturbed)} of {counted(len(probe.processes), 'process')}{_named(disturbed)} were disturbed by "
            f"something else on the machine, {share}; they don’t count"
        )
    if probe.left_out_share and probe.state is not State.UNSETTLED:
        notes.append(
            f"{_share_text(probe.left_out_share)} of the samples{' of the others' if disturbed else ''} were disturbed"
            f"{'' if disturbed else ' by something else on the machine'} and don’t count{', either' if disturbed else ''}"
        )
    if probe.ratios:
        notes.append(_ratios(probe.ratios))
    return notes
