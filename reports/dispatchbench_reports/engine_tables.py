"""The table of engines: what each is, its fastest variant, and what typed tables and tail calls do there."""

from __future__ import annotations

from typing import Iterator

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import failure_notes, provenance, refusal_notes, state_notes
from dispatchbench_reports.engine_findings import fastest_text, sentences
from dispatchbench_reports.engine_times import (
    NO_NATIVE,
    SWITCH,
    TAIL_CALL,
    TYPED,
    EngineTimes,
    Variants,
)
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.left_out import left_out_notes
from dispatchbench_reports.phrases import capitalised, listed
from dispatchbench_reports.tables import Table
from dispatchbench_reports.wording import ratio_with_interval

UNKNOWN = "unknown"
NONE = "–"
FLAGS = "flags"
NUMBERS = range(2, 5)
"""The columns that hold numbers."""
JSC = "JavaScriptCore"
JSC_NOTE = "JavaScriptCore’s best compiler needs code of its first one, so there “alone” means that the first one is left at once"
STEPS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))


def duration_text(nanoseconds: float | None) -> str:
    """A clock's resolution, to three digits in the unit that suits it."""
    if nanoseconds is None:
        return UNKNOWN
    size, unit = next((step for step in STEPS if nanoseconds >= step[0]), STEPS[-1])
    return f"{nanoseconds / size:.3g} {unit}"


def engine_table(found: EngineTimes) -> Table:
    """A row for each engine and mode, then the native library."""
    return Table(
        title=f"The fastest variant by WebAssembly engine, relative to native {SWITCH}",
        header=(
            "library",
            "fastest variant",
            f"its time / native {SWITCH}",
            f"{TYPED} / {TAIL_CALL}",
            f"{TAIL_CALL} / {SWITCH} of the library",
            "engine",
            "program",
            "mode",
            "clock resolution",
            FLAGS,
        ),
        rows=(*map(_engine_row, found.modes), *map(_native_row, found.natives)),
        notes=tuple(_notes(found)),
    )


def _engine_row(mode: Variants) -> tuple[str, ...]:
    engine = mode.engine
    return (
        mode.title,
        *_numbers(mode),
        engine.text,
        engine.program or UNKNOWN,
        mode.mode,
        duration_text(engine.clock_resolution),
        " ".join(engine.flags) or "none",
    )


def _native_row(native: Variants) -> tuple[str, ...]:
    return (native.title, *_numbers(native), NONE, native.column.compiler_text or NONE, *[NONE] * 3)


def _numbers(mode: Variants) -> tuple[str, str, str, str]:
    return (
        fastest_text(mode) or NONE,
        _distance(mode),
        _ratio_or_reason(mode.typed, mode, TYPED),
        _ratio_or_reason(mode.tail_call, mode, TAIL_CALL),
    )


def _distance(mode: Variants) -> str:
    if mode.distance is not None:
        return ratio_with_interval(mode.distance)
    # Of nothing but the native library itself, times lack its switch_loop.
    return "1" if mode.column.engine is None and mode.fastest[:1] == (SWITCH,) else NONE


def _ratio_or_reason(ratio: Estimate | None, mode: Variants, variant: str) -> str:
    """The ratio, or in a word why there is none."""
    if ratio is not None:
        return ratio_with_interval(ratio)
    return "unavailable" if variant in mode.column.unavailable else NONE


def _notes(found: EngineTimes) -> Iterator[str]:
    yield from sentences(found)
    if not found.natives:
        yield f"{capitalised(NO_NATIVE)}."
    for native in found.natives:
        if TAIL_CALL in native.times:
            where = f" ({native.title})" if len(found.natives) > 1 else ""
            ratio = ratio_with_interval(native.times[TAIL_CALL])
            yield f"Native {TAIL_CALL} takes {ratio} of native {SWITCH}’s time{where}."
    yield from (f"{note}." for note in (*missing_notes(found), *jsc_notes(found)))
    yield from (f"{note}." for mode in found.modes for note in mode.incomplete)
    study = found.lens.study
    yield from state_notes(study, found.columns)
    yield from left_out_notes(study, found.columns)
    yield from refusal_notes(study, found.columns)
    yield from failure_notes(study, found.columns)
    yield f"{provenance(study, found.columns)}."
    yield f"{capitalised(method(found))}."


def method(found: EngineTimes) -> str:
    """How the numbers are computed."""
    ratios = estimates.ratio_methods(found.lens.study)[1]
    ratios = ratios.format(baseline=f"native {SWITCH} (or the other variant of the same engine)")
    return f"{found.lens.clock_text}; {ratios}; {estimates.mean_method(found.lens.study)}"


def jsc_notes(found: EngineTimes) -> list[str]:
    """What its best compiler alone means in JavaScriptCore, if a row is that."""
    alone = any(mode.engine.name == JSC and mode.engine.best_compiler_alone for mode in found.modes)
    return [JSC_NOTE] if alone else []


def missing_notes(found: EngineTimes) -> list[str]:
    """Which engines lack a variant, and why."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for mode in found.modes:
        for name, reason in mode.missing.items():
            reasons.setdefault((name, reason.rstrip(".")), []).append(mode.title)
    return [
        f"{listed(titles)} {'has' if len(titles) == 1 else 'have'} no {name}: {reason}"
        for (name, reason), titles in reasons.items()
    ]
