"""Every chart by name: what `chart NAME` draws and what the page shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from matplotlib.figure import Figure

from dispatchbench_reports.charts import opcodes as opcode_mix
from dispatchbench_reports.charts import verdicts as verdicts_chart
from dispatchbench_reports.charts import counts, layouts, ratio, technique, times
from dispatchbench_reports.comparison import Comparison
from dispatchbench_reports.opcode_costs import OpcodeCosts
from dispatchbench_reports.opcode_profile import OpcodeProfile
from dispatchbench_reports.results import Clock, Study
from dispatchbench_reports.style import Theme


@dataclass(frozen=True)
class Chart:
    """A chart ready to be drawn, with the texts that stand beside it."""

    name: str
    heading: str
    title: str
    caption: str
    draw: Callable[[Theme], Figure]


def _ratio(study: Study, baseline: str, clock: Clock) -> Chart | str:
    data = ratio.ratio_chart(study, baseline, clock)
    if not data.series or not data.panels:
        return f"a ratio needs {baseline} and another backend measured by the same library"
    return Chart(
        "ratio",
        f"Time relative to {baseline}",
        data.title,
        data.caption,
        lambda theme: ratio.draw_ratio_chart(data, theme),
    )


def _technique(study: Study, baseline: str, clock: Clock) -> Chart | str:
    data = technique.technique_chart(study, baseline, clock)
    if not data.rows:
        return "no backend was audited: the audit in context.dispatchbench.libraries[].backends[] is null"
    return Chart(
        "technique",
        "What the machine code is",
        data.title,
        data.caption,
        lambda theme: technique.draw_technique_chart(data, theme),
    )


def _layouts(study: Study, baseline: str, clock: Clock) -> Chart | str:
    data = layouts.layouts_chart(study, clock)
    if not data.panels:
        return "no layout variants were measured: `dispatchbench run --layouts` measures them"
    return Chart(
        "layouts",
        "What layout alone does",
        data.title,
        data.caption,
        lambda theme: layouts.draw_layouts_chart(data, theme),
    )


def _counts(study: Study, baseline: str, clock: Clock) -> Chart | str:
    data = counts.counts_chart(study, clock)
    if not data.panels:
        return "no row has instructions_per_vm_instruction: merge counts.json into the results"
    return Chart(
        "counts",
        "Instructions against time",
        data.title,
        data.caption,
        lambda theme: counts.draw_counts_chart(data, theme),
    )


def _times(study: Study, baseline: str, clock: Clock) -> Chart | str:
    data = times.times_chart(study, clock)
    return Chart(
        "times",
        f"Every sample, {study.unit}",
        data.title,
        data.caption,
        lambda theme: times.draw_times_chart(data, theme),
    )


def opcodes(profiles: list[OpcodeProfile], costs: OpcodeCosts | None = None) -> Chart:
    """The opcode mix and the costs of the opcodes, which come from files of their own."""
    data = opcode_mix.opcodes_chart(profiles, costs)
    return Chart(
        "opcodes",
        "What the workloads execute",
        data.title,
        data.caption,
        lambda theme: opcode_mix.draw_opcodes_chart(data, theme),
    )


def verdicts(comparison: Comparison) -> Chart:
    """A comparison's verdicts, which come from a file of their own."""
    data = verdicts_chart.verdicts_chart(comparison)
    return Chart(
        "verdicts",
        "Verdicts",
        data.title,
        data.caption,
        lambda theme: verdicts_chart.draw_verdicts_chart(data, theme),
    )


ChartMaker = Callable[[Study, str, Clock], "Chart | str"]

CHARTS: dict[str, ChartMaker] = {
    "ratio": _ratio,
    "technique": _technique,
    "layouts": _layouts,
    "counts": _counts,
    "times": _times,
}
"""Makers by name; a maker returns the reason instead when the results don't hold what the chart shows."""


def charts_for(study: Study, baseline: str, clock: Clock = "cpu") -> list[Chart]:
    """Every chart that these results hold the data for, in the page's order."""
    made = (maker(study, baseline, clock) for maker in CHARTS.values())
    return [chart for chart in made if isinstance(chart, Chart)]
