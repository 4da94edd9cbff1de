"""What the effects of flags say, in sentences that are true whether or not the data decide."""

from __future__ import annotations

import math
from typing import Iterator

from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.flag_effects import (
    PGO,
    SUBJECT,
    BoughtByProfile,
    CompilerEffects,
    FlagEffects,
    Interaction,
)
from dispatchbench_reports.phrases import capitalised, listed
from dispatchbench_reports.wording import ratio_with_interval


def title(found: FlagEffects) -> str:
    """The largest effect that is resolved."""
    resolved = [
        (abs(math.log(effect.estimate.value)), compiler, each.label, backend, effect.estimate)
        for compiler in found.compilers
        for each in compiler.sets
        for backend, effect in each.effects.items()
        if effect.resolved
    ]
    if not resolved:
        return "No flag set’s effect on any backend is resolved"
    _, compiler, label, backend, estimate = max(resolved, key=lambda entry: entry[0])
    return f"With {label}, {backend} takes {ratio_with_interval(estimate)} times as long: the largest effect ({compiler.title})"


def sentences(found: FlagEffects) -> tuple[str, ...]:
    """For each compiler what differs between techniques and what profiles buy, then what limits all that."""
    several = len(found.compilers) > 1
    said = []
    for compiler in found.compilers:
        for sentence in (*_compared(compiler), *_profile(compiler)):
            said.append(f"{compiler.title}: {sentence}" if several else capitalised(sentence))
    return (*said, layout_sentence(found), coverage_sentence(found))


def _compared(compiler: CompilerEffects) -> Iterator[str]:
    """For each pair of backends with which sets one loses or gains against the other, and with which nothing is decided."""
    by_pair: dict[tuple[str, str], list[tuple[str, Estimate]]] = {}
    for each in compiler.sets:
        for interaction in each.interactions:
            if each.label != PGO:
                pair = interaction.backend, interaction.other
                by_pair.setdefault(pair, []).append((each.label, interaction.estimate))
    for (backend, other), found in by_pair.items():
        resolved = [(label, ratio) for label, ratio in found if ratio.resolved_from(1)]
        parts = []
        for verb, chosen in (
            ("loses", [entry for entry in resolved if entry[1].value > 1]),
            ("gains", [entry for entry in resolved if entry[1].value < 1]),
        ):
            if chosen:
                named = [f"{label} {ratio_with_interval(ratio)}" for label, ratio in chosen]
                parts.append(f"{verb} with {listed(named)}")
        undecided = [label for label, ratio in found if not ratio.resolved_from(1)]
        if undecided and parts:
            parts.append(f"not resolved: {listed(undecided)}")
        elif undecided:
            parts.append(f"neither loses nor gains beyond doubt: {listed(undecided)}")
        yield f"against {other}, {backend} {'; '.join(parts)}."


def _profile(compiler: CompilerEffects) -> Iterator[str]:
    bought = compiler.bought
    if bought is not None:
        yield _what_is_bought(bought)
        yield _gain(bought.gain)


def _what_is_bought(bought: BoughtByProfile) -> str:
    facts = (
        f"without a profile {SUBJECT} takes {ratio_with_interval(bought.tail_call)} of switch_loop’s time, and a profile takes "
        f"switch_loop to {ratio_with_interval(bought.profile)}"
    )
    against = ratio_with_interval(bought.against)
    if not bought.against.resolved_from(1):
        return f"{facts}; which of the two buys more is not resolved ({against} between them)."
    more, less = (
        ("tail calls buy", "a profile")
        if bought.against.value < 1
        else ("a profile buys", "tail calls")
    )
    return f"{facts}; {more} more than {less} ({against} between them)."


def _gain(gain: Interaction) -> str:
    ratio = ratio_with_interval(gain.estimate)
    if not gain.estimate.resolved_from(1):
        return f"whether a profile does less for {gain.backend} than for {gain.other} is not resolved ({ratio} between its effects)."
    much = "less" if gain.estimate.value > 1 else "more"
    return f"a profile does {much} for {gain.backend} than for {gain.other} ({ratio} between its effects)."


def layout_sentence(found: FlagEffects) -> str:
    """How far the run can be trusted about small changes."""
    if found.layouts:
        begin = f"Intervals are over {found.layouts} layouts of each library."
    else:
        begin = "Each set is one build and so one layout, and code that moves can change by a few percent for that alone."
    if found.layout_noise is None:
        return begin
    same = len(found.same_code)
    pairs = "One pair" if same == 1 else f"{same} pairs"
    return f"{begin} {pairs} of the same machine code with and without flags differ by up to {found.layout_noise * 100:.1f} %."


def coverage_sentence(found: FlagEffects) -> str:
    """What the intervals cover."""
    over = "layouts" if found.layouts else "processes"
    return (
        f"Intervals: Student’s t on log ratios over {over}; all {found.questions} together cover at least 95 % of the time "
        f"(Bonferroni: each {found.level * 100:.2f} %)."
    )


def cell_text(estimate: Estimate, same_code: bool) -> str:
    """A ratio for a table: with "=" where the code is the same."""
    return f"{ratio_with_interval(estimate)}{' =' if same_code else ''}"
