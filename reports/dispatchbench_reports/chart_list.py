"""Every chart by name: what `chart NAME` draws and the page shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Mapping, Sequence

from matplotlib.figure import Figure

from dispatchbench_reports.charts import (
    counts,
    engines,
    flags,
    ladder,
    layouts,
    opcodes,
    overhead,
    probe,
    suspension,
    technique,
    times,
    trend,
    v8_history,
    verdicts,
)
from dispatchbench_reports.charts.cold import cold_chart
from dispatchbench_reports.charts.compile_time import compilations, compile_time_grid
from dispatchbench_reports.charts.correctness import Correctness, correctness_grid
from dispatchbench_reports.charts.grid import draw_grid
from dispatchbench_reports.charts.matrix import matrix, matrix_grid
from dispatchbench_reports.charts.ratio import MOST_PANELS, ratio_chart, ratio_pictures
from dispatchbench_reports.charts.ratio_drawing import draw_ratio_chart
from dispatchbench_reports.charts.ratio_rows import draw_ratio_rows
from dispatchbench_reports.charts.technique_drawing import draw_technique_chart
from dispatchbench_reports.charts.times_by_library import draw_times_by_library
from dispatchbench_reports.histories.trends import Trend
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.reading.cold_starts import ColdStarts
from dispatchbench_reports.reading.comparison import Comparison
from dispatchbench_reports.reading.opcode_costs import OpcodeCosts
from dispatchbench_reports.reading.opcode_profile import OpcodeProfile
from dispatchbench_reports.style import Theme


@dataclass(frozen=True)
class Chart:
    """A chart ready to be drawn, with the texts beside it."""

    name: str
    heading: str
    title: str
    caption: str
    draw: Callable[[Theme], Figure]
    kind: str
    """its key in CHARTS: several pictures of one chart share it"""


Made = Chart | list[Chart] | str
"""What a maker returns: a chart, several pictures of it, or why the results lack its data."""


def _chart(
    name: str, heading: str, data: Any, draw: Callable[[Any, Theme], Figure], kind: str = ""
) -> Chart:
    """A chart of any kind: each kind's data has a title and a caption, and a function that draws it."""
    return Chart(
        name, heading, data.title, data.caption, lambda theme: draw(data, theme), kind or name
    )


def _pictures(
    kind: str,
    heading: str,
    whole: Any,
    pictures: Sequence[tuple[str, Any]],
    draw: Callable[[Any, Theme], Figure],
) -> Made:
    """The whole of a chart, or if it takes several pictures those, each with what it shows."""
    if len(pictures) == 1:
        return _chart(kind, heading, whole, draw)
    return [
        _chart(f"{kind}-{number}", f"{heading}: {name}", picture, draw, kind)
        for number, (name, picture) in enumerate(pictures, start=1)
    ]


def _ratio(lens: Lens) -> Made:
    data = ratio_chart(lens)
    if not any(panel.estimates for panel in data.panels):
        return f"a ratio needs {lens.baseline} and another backend measured in the same run"
    heading = f"Time relative to {lens.baseline}"
    names = [name for name, _ in data.groups] or [""]
    return _pictures(
        "ratio", heading, data, list(zip(names, ratio_pictures(data))), draw_ratio_chart
    )


def _technique(lens: Lens) -> Made:
    data = technique.technique_chart(lens)
    if not data.rows:
        return "no backend was audited: the audit in context.dispatchbench.libraries[].backends[] is null"
    pictures = technique.technique_pictures(lens, data, MOST_PANELS)
    heading, draw = "What the machine code is", draw_technique_chart
    return _pictures("technique", heading, data, pictures, draw)


def _layouts(lens: Lens) -> Chart | str:
    data = layouts.layouts_chart(lens)
    if not data.panels:
        return "no layout variants were measured: make them with tools/layouts and give their folder to dispatchbench run --library"
    return _chart("layouts", "What layout alone does", data, layouts.draw_layouts_chart)


def _counts(lens: Lens) -> Chart | str:
    data = counts.counts_chart(lens)
    if not data.panels:
        return "no row has instructions_per_vm_instruction: add them with tools/count --results"
    return _chart("counts", "Instructions against time", data, counts.draw_counts_chart)


def _matrix(lens: Lens) -> Chart | str:
    data = matrix(lens)
    if len(lens.columns) < 2:
        return "a matrix needs two libraries or more: measure those of `tools/libraries` with --library"
    if not any(cell.estimate for cell in data.cells.values()):
        return f"nothing was measured that can be compared with {data.baseline}"
    return _chart("matrix", "Compilers and backends", matrix_grid(data), draw_grid)


def _compile_time(lens: Lens) -> Chart | str:
    if not compilations(lens.study):
        return (
            "no library says how long its backends took to compile: build them with tools/libraries"
        )
    return _chart("compile_time", "What compiling takes", compile_time_grid(lens), draw_grid)


def _flags(lens: Lens) -> Chart | str:
    data = flags.flags_chart(lens)
    if isinstance(data, str):
        return data
    return _chart("flags", "What flags cost", data, flags.draw_flags_chart)


def _engines(lens: Lens) -> Chart | str:
    data = engines.engines_chart(lens)
    if isinstance(data, str):
        return data
    return _chart("engines", "Variants by WebAssembly engine", data, engines.draw_engines_chart)


def _v8_history(lens: Lens) -> Chart | str:
    data = v8_history.v8_history(lens)
    if isinstance(data, str):
        return data
    return _chart("v8_history", "History of V8", data, v8_history.draw_v8_history)


def _overhead(lens: Lens) -> Chart | str:
    data = overhead.overhead_chart(lens)
    if isinstance(data, str):
        return data
    return _chart("overhead", "What dispatch costs", data, draw_ratio_rows)


def _ladder(lens: Lens) -> Made:
    found = ladder.ladder_charts(lens, MOST_PANELS)
    if isinstance(found, str):
        return found
    heading = "Techniques in order of their lines of code"
    return _pictures("ladder", heading, found[0][1], found, draw_ratio_rows)


def _suspension(lens: Lens) -> Chart | str:
    data = suspension.suspension_chart(lens)
    if isinstance(data, str):
        return data
    return _chart("suspension", "What being able to stop costs", data, draw_ratio_rows)


def _times(lens: Lens) -> Chart | str:
    data = times.times_chart(lens)
    if data.by_library:
        return _chart("times", f"Times, {lens.study.unit}", data, draw_times_by_library)
    return _chart("times", f"Every sample, {lens.study.unit}", data, times.draw_times_chart)


def _probe(lens: Lens) -> Chart | str:
    data = probe.probe_chart(lens)
    if data is None:
        return "context.dispatchbench.probe has no readings: measure with a dispatchbench that writes schema 3, on native hosts"
    return _chart("probe", "The machine during the run", data, probe.draw_probe_chart)


def opcode_mix(profiles: list[OpcodeProfile], costs: OpcodeCosts | None = None) -> Chart:
    """The opcode mix and the costs of the opcodes, which come from other files than results."""
    data = opcodes.opcodes_chart(profiles, costs)
    return _chart("opcodes", "What the workloads execute", data, opcodes.draw_opcodes_chart)


def comparison_verdicts(comparison: Comparison) -> Chart:
    """A comparison's verdicts, which `dispatchbench compare` writes."""
    data = verdicts.verdicts_chart(comparison)
    return _chart("verdicts", "Verdicts", data, verdicts.draw_verdicts_chart)


def cold_starts(found: ColdStarts) -> Chart:
    """What `dispatchbench cold` measured."""
    data = cold_chart(found)
    return _chart("cold", "Cold starts", data, draw_ratio_rows)


def verified_levels(found: Correctness) -> Chart:
    """What `dispatchbench verify --json` said of libraries at several optimisation levels."""
    return _chart("correctness", "Correctness", correctness_grid(found), draw_grid)


def history_trends(found: list[Trend]) -> Chart:
    """A history's series with their change points."""
    return _chart("history", "History", trend.trend_chart(found), trend.draw_trend_chart)


CHARTS: Mapping[str, Callable[[Lens], Made]] = {
    "ratio": _ratio,
    "matrix": _matrix,
    "flags": _flags,
    "engines": _engines,
    "v8_history": _v8_history,
    "overhead": _overhead,
    "ladder": _ladder,
    "suspension": _suspension,
    "technique": _technique,
    "layouts": _layouts,
    "counts": _counts,
    "times": _times,
    "probe": _probe,
    "compile_time": _compile_time,
}
"""Makers by name."""


def pictures_of(made: Made) -> list[Chart]:
    """What a maker drew; nothing if the results lack its data."""
    return [made] if isinstance(made, Chart) else made if isinstance(made, list) else []


def charts_for(lens: Lens) -> list[Chart]:
    """Every chart that these results have the data for, in the page's order."""
    return [chart for maker in CHARTS.values() for chart in pictures_of(maker(lens))]
