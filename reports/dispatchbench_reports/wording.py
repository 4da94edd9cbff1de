"""Numbers as text, the same in every chart, table and sentence."""

from __future__ import annotations

from dispatchbench_reports.estimates import Estimate


def precise_ratio_text(value: float) -> str:
    """Three decimals, or four digits: for a value beside an interval."""
    return f"{value:.3f}" if value < 10 else f"{value:.2f}" if value < 100 else f"{value:.1f}"


def ratio_text(value: float) -> str:
    """Two decimals, or enough for two digits."""
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.095 else f"{value:.2g}"


def time_text(value: float) -> str:
    """Three decimals for the time of a VM instruction, fewer for longer times, never an exponent."""
    if value >= 1000:
        return f"{value:,.0f}"
    if value >= 100:
        return f"{value:.1f}"
    if value >= 10:
        return f"{value:.2f}"
    return f"{value:.3f}" if value >= 0.01 else f"{value:.6f}"


def ratio_with_interval(estimate: Estimate) -> str:
    value = precise_ratio_text(estimate.value)
    if estimate.low is None or estimate.high is None:
        return f"{value} (no interval)"
    return f"{value} [{precise_ratio_text(estimate.low)}, {precise_ratio_text(estimate.high)}]"


def time_with_interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{time_text(estimate.value)} (no interval)"
    return f"{time_text(estimate.value)} [{time_text(estimate.low)}, {time_text(estimate.high)}]"
