"""Tables of flag effects: flag sets down, backends across, and what one technique pays more than another."""

from __future__ import annotations

from dispatchbench_reports.annotations import provenance, state_notes
from dispatchbench_reports.flag_effects import CompilerEffects, FlagEffects, training_workloads
from dispatchbench_reports.flag_findings import cell_text, sentences
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.phrases import listed
from dispatchbench_reports.tables import Table
from dispatchbench_reports.wording import ratio_with_interval

SAME_CODE = "=: the machine code is the same with and without, so the change is layout and chance"


def flag_tables(lens: Lens, found: FlagEffects) -> list[Table]:
    """One table per compiler; the sentences are the last one's notes."""
    tables = [_table(lens, found, compiler) for compiler in found.compilers]
    last = tables[-1]
    tables[-1] = Table(last.title, last.header, last.rows, (*last.notes, *sentences(found)))
    return tables


def _table(lens: Lens, found: FlagEffects, compiler: CompilerEffects) -> Table:
    backends = [
        backend
        for backend in found.backends
        if any(backend in each.effects for each in compiler.sets)
    ]
    pairs = list(
        dict.fromkeys(
            (interaction.backend, interaction.other)
            for each in compiler.sets
            for interaction in each.interactions
        )
    )
    rows = []
    for each in compiler.sets:
        between = {
            (interaction.backend, interaction.other): ratio_with_interval(interaction.estimate)
            for interaction in each.interactions
        }
        rows.append(
            (
                each.label,
                *(
                    cell_text(each.effects[backend].estimate, each.effects[backend].same_code)
                    if backend in each.effects
                    else "unavailable"
                    for backend in backends
                ),
                *(between.get(pair, "same code") for pair in pairs),
            )
        )
    rows += [(label, *("unavailable" for _ in (*backends, *pairs))) for label in compiler.refused]
    same = any(effect.same_code for each in compiler.sets for effect in each.effects.values())
    training = training_workloads(lens, compiler)
    columns = [compiler.base]
    return Table(
        title=f"{compiler.title}: time with flags relative to the same backend without",
        header=("flags", *backends, *(f"{backend} / {other}" for backend, other in pairs)),
        rows=tuple(rows),
        notes=(
            *((SAME_CODE,) if same else ()),
            *(f"{each.label} is {each.flags}" for each in compiler.sets),
            *(f"{label} is unavailable: {reason}" for label, reason in compiler.refused.items()),
            *missing_notes(found, compiler),
            *((f"Profiles were trained with {listed(training)}.",) if training else ()),
            *state_notes(lens.study, columns),
            f"{provenance(lens.study, columns)}.",
        ),
    )


def missing_notes(found: FlagEffects, compiler: CompilerEffects) -> list[str]:
    """Why a backend has no effect: with one set, or with this compiler at all."""
    never = [
        f"{backend} is unavailable: {compiler.base.unavailable[backend]}"
        for backend in found.backends
        if backend in compiler.base.unavailable
    ]
    return never + [
        f"{backend} has no {each.label}: {reason}"
        for each in compiler.sets
        for backend, reason in each.missing.items()
    ]
