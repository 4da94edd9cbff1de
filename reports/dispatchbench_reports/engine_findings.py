"""What engines do to each variant, in sentences that are true whether or not the data decide."""

from __future__ import annotations

from typing import Callable, Sequence

from dispatchbench_reports.engine_times import (
    ALONE,
    AS_USERS,
    SWITCH,
    TAIL_CALL,
    TYPED,
    EngineTimes,
    Variants,
)
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.leading import leaders
from dispatchbench_reports.lens import Competitor
from dispatchbench_reports.phrases import listed, listed_briefly
from dispatchbench_reports.wording import ratio_with_interval

MOST_NAMED = 3
STARTS = {AS_USERS: "As users get them", ALONE: "With their best compiler alone"}


def title(found: EngineTimes) -> str:
    """Which variant in which engine is fastest, and how far it is from native switch_loop."""
    competitors = {
        Competitor(mode.column, name): f"{name} in {mode.title}"
        for mode in found.modes
        if mode.distance is not None
        for name in mode.times
    }
    first = leaders(found.lens, tuple(competitors))
    if first is None:
        return "Variants by WebAssembly engine"
    own = next(mode for mode in found.modes if mode.column.key == first.first.column.key)
    distance = f"{ratio_with_interval(own.times[first.first.backend])} times native {SWITCH}’s time"
    if not first.resolved:
        return f"One process, so nothing is resolved: {competitors[first.first]} took {distance}"
    others = [competitors[each] for each, _ in first.tied]
    tied = f", not told apart from {listed_briefly(others, MOST_NAMED)}" if others else ""
    return f"Fastest in WebAssembly: {competitors[first.first]}, {distance}{tied}"


def sentences(found: EngineTimes) -> tuple[str, ...]:
    """For each mode which variants are fastest, whether a typed table helps, and what tail calls cost or gain."""
    said = []
    for kind in found.kinds:
        modes = [(row.title, mode) for row in found.rows if (mode := row.mode(kind)) is not None]
        for sentence in (
            _fastest(modes),
            _compared(
                modes,
                TYPED,
                lambda mode: mode.typed,
                (
                    "a typed table helps",
                    "a typed table costs time",
                    "what a typed table does is not resolved",
                ),
            ),
            _compared(
                modes,
                TAIL_CALL,
                lambda mode: mode.tail_call,
                (
                    f"{TAIL_CALL} is faster than {SWITCH}",
                    f"{TAIL_CALL} is slower than {SWITCH}",
                    f"which of {TAIL_CALL} and {SWITCH} is faster is not resolved",
                ),
            ),
        ):
            if sentence:
                said.append(f"{STARTS[kind]}: {sentence}.")
    return tuple(said)


def _where(titles: Sequence[str], modes: Sequence[tuple[str, Variants]]) -> str:
    if len(titles) == len(modes) > MOST_NAMED:
        return f"all {len(modes)} engines"
    return listed(titles)


def _fastest(modes: Sequence[tuple[str, Variants]]) -> str:
    """The fastest variants, each with its engines, those that most have first."""
    by_names: dict[str, list[str]] = {}
    for title, mode in modes:
        if mode.fastest and mode.resolved:
            by_names.setdefault(fastest_text(mode), []).append(title)
    parts = [
        f"{names} in {_where(titles, modes)}"
        for names, titles in sorted(by_names.items(), key=lambda each: -len(each[1]))
    ]
    return f"fastest is {'; '.join(parts)}" if parts else ""


def fastest_text(mode: Variants) -> str:
    """The fastest variant, and those that can't be told from it."""
    return " or ".join(mode.fastest)


def _compared(
    modes: Sequence[tuple[str, Variants]],
    variant: str,
    ratio: Callable[[Variants], Estimate | None],
    texts: tuple[str, str, str],
) -> str:
    """In which engines a variant is faster than what it is compared with, slower, or neither; empty if nowhere is both."""
    ratios = [(title, found) for title, mode in modes if (found := ratio(mode)) is not None]
    resolved = [(title, found) for title, found in ratios if found.resolved_from(1)]
    groups = (
        [title for title, found in resolved if found.value < 1],
        [title for title, found in resolved if found.value > 1],
        [title for title, found in ratios if not found.resolved_from(1)],
    )
    parts = [
        f"{text} in {_where(titles, modes)}"
        for text, titles in zip(texts, groups, strict=True)
        if titles
    ]
    without = [title for title, mode in modes if variant in mode.missing]
    if without:
        parts.append(f"{listed(without)} {'has' if len(without) == 1 else 'have'} no {variant}")
    return "; ".join(parts) if ratios else ""
