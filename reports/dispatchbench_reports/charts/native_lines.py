"""The lines that both charts of engines have: native switch_loop, which is 1, and, dotted, native tail_call."""

from __future__ import annotations

from typing import Any

from dispatchbench_reports.engine_times import SWITCH, TAIL_CALL, Variants
from dispatchbench_reports.style import Theme


def native_lines(native: Variants) -> dict[str, float]:
    """Where they lie, by name."""
    found = {f"native {SWITCH}": 1.0}
    if TAIL_CALL in native.times:
        found[f"native {TAIL_CALL}"] = native.times[TAIL_CALL].value
    return found


def line_style(theme: Theme, value: float) -> dict[str, Any]:
    """How the line at `value` looks."""
    line = "-" if value == 1 else ":"
    return {"color": theme.reference, "linewidth": 1.0, "linestyle": line, "marker": ""}
