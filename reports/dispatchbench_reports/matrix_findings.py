"""What the matrix shows, in two sentences: where compilers make other machine code of one source, and what that costs."""

from __future__ import annotations

from typing import Mapping, Sequence

from dispatchbench_reports import estimates
from dispatchbench_reports.compilers import ranges
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.leading import Leaders, leaders
from dispatchbench_reports.lens import Competitor, Lens
from dispatchbench_reports.phrases import listed
from dispatchbench_reports.study import Column
from dispatchbench_reports.wording import ratio_text

MOST_BACKENDS_NAMED = 2
MOST_GROUPS_NAMED = 3
"""Of more groups of compilers with the same fastest backend the note gives the sizes alone."""
MOST_GROUPS_COUNTED = 5
"""Of yet more, those that are left count together."""
VERBS = {
    "merged": ("merges", "merge"),
    "replicated": ("replicates", "replicate"),
    "partly_merged": ("partly merges", "partly merge"),
}


def _noun(columns: Sequence[Column]) -> str:
    """What the rows are: compilers, unless a compiler has several."""
    texts = [column.compiler_text for column in columns]
    return "compilers" if all(texts) and len(set(texts)) == len(texts) else "libraries"


def techniques(lens: Lens, backend: str) -> dict[str, list[Column]]:
    """The columns by what their machine code of a backend is, as far as that was proved."""
    found: dict[str, list[Column]] = {}
    for column in lens.columns:
        audit = column.audit(backend)
        if audit is not None and audit.effective_technique != "unknown":
            found.setdefault(audit.effective_technique, []).append(column)
    return found


def _difference(lens: Lens, backend: str, found: Mapping[str, list[Column]]) -> str:
    """Which compilers make something else of a backend than most do."""
    kinds = sorted(found, key=lambda kind: (len(found[kind]), kind != "merged"))
    if len(kinds) == 2 and all(kind in VERBS for kind in kinds):
        few, many = kinds
        one, several = VERBS[few]
        alone = len(found[few]) == 1
        others = len(found[many])
        rest = f"{others} others {VERBS[many][1]}"
        if others == 1:
            rest = f"{ranges(lens.study, found[many], lens.columns)} {VERBS[many][0]}"
        verb = f"alone {one}" if alone and others > 1 else one if alone else several
        return f"{ranges(lens.study, found[few], lens.columns)} {verb} {backend}, which {rest}"
    parts = [
        f"{kind.replace('_', ' ')} with {ranges(lens.study, found[kind], lens.columns)}"
        for kind in kinds
    ]
    return f"{backend} is {listed(parts)}"


def technique_finding(lens: Lens) -> str:
    """The matrix's title."""
    by_backend = {backend: techniques(lens, backend) for backend in lens.study.backends}
    compared = {
        backend: found for backend, found in by_backend.items() if sum(map(len, found.values())) > 1
    }
    if not compared:
        return f"Time relative to {lens.baseline}, by compiler and backend"
    differing = [backend for backend, found in compared.items() if len(found) > 1]
    if not differing:
        return "Every audited backend is one kind of machine code, whichever compiler built it"
    texts = [
        _difference(lens, backend, compared[backend]) for backend in differing[:MOST_BACKENDS_NAMED]
    ]
    more = len(differing) - MOST_BACKENDS_NAMED
    if more > 0:
        texts.append(f"{more} more {'backends differ' if more > 1 else 'backend differs'}")
    return "; ".join(texts)


def _excluded(lens: Lens) -> str:
    """The assembly that is the measure: no compiler made it, so it doesn't compete. Empty if the measure is another."""
    backend = lens.baseline.backend
    owners = [column for column in lens.columns if backend in column.backends]
    assembly = all(column.backends[backend].dispatch == "assembly" for column in owners)
    return backend if owners and assembly else ""


def fastest_in(lens: Lens, column: Column) -> Leaders | None:
    """Which of a compiler's backends are fastest; None if fewer than two can be compared."""
    excluded = _excluded(lens)
    own = [
        Competitor(column, backend)
        for backend in lens.study.backends
        if backend != excluded and lens.study.measured(column, backend)
    ]
    return leaders(lens, own)


def _fastest(lens: Lens, framed: bool) -> str:
    """Which backend is fastest with which compilers."""
    groups: dict[tuple[str, ...], list[Column]] = {}
    for column in lens.columns:
        found = fastest_in(lens, column)
        if found is None:
            continue
        if not found.resolved:
            return "One process gives no interval, so which backend is fastest is not resolved"
        names = tuple(sorted((each.backend for each in found.all), key=lens.study.backends.index))
        groups.setdefault(names, []).append(column)
    if not groups:
        return ""
    frame = " (framed)" if framed else ""
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    if len(ordered) > MOST_GROUPS_NAMED:
        total = sum(len(columns) for _, columns in ordered)
        shown = len(ordered) if len(ordered) <= MOST_GROUPS_COUNTED else MOST_GROUPS_NAMED
        parts = [f"{_tied(names)} with {len(columns)}" for names, columns in ordered[:shown]]
        if shown < len(ordered):
            parts.append(f"others with {sum(len(columns) for _, columns in ordered[shown:])}")
        start = f"Fastest{frame} of each of {total} {_noun(lens.columns)}"
    else:
        parts = [
            f"{_tied(names)} with {ranges(lens.study, columns, lens.columns)}"
            for names, columns in ordered
        ]
        start = f"Fastest{frame}"
    excluded = _excluded(lens)
    return f"{start}{f' after {excluded}' if excluded else ''}: {'; '.join(parts)}"


def _tied(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{' or '.join(names)} (not told apart)"


def _overlap(one: Estimate, other: Estimate) -> bool:
    """Whether two intervals share a value, or one of them is missing: then the two are not told apart."""
    if None in (one.low, one.high, other.low, other.high):
        return True
    assert one.low is not None and one.high is not None
    assert other.low is not None and other.high is not None
    return one.low <= other.high and other.low <= one.high


def _range_of(lens: Lens, backend: str) -> tuple[float, str] | None:
    """How far apart a backend's ratios are, and in words; None if fewer than two libraries have it."""
    means = [
        (mean, column)
        for column in lens.columns
        if not lens.is_reference(column, backend)
        and (mean := estimates.geometric_mean(lens, column, backend)) is not None
    ]
    if len(means) < 2:
        return None
    low, high = min(means, key=lambda each: each[0].value), max(
        means, key=lambda each: each[0].value
    )
    spread = high[0].value / low[0].value
    values = [ratio_text(mean.value) for mean, _ in (low, high)]
    if values[0] == values[1]:
        return spread, f"{values[0]} with each"
    texts = [
        f"{value} ({ranges(lens.study, [column], lens.columns)})"
        for value, (_, column) in zip(values, (low, high))
    ]
    doubt = ", not resolved" if _overlap(low[0], high[0]) else ""
    return spread, f"{texts[0]} to {texts[1]}{doubt}"


def _spread(lens: Lens) -> str:
    """Which backend depends most on the compiler, and which least."""
    if not lens.one_baseline:
        return ""
    found = {
        backend: spread
        for backend in lens.backends
        if (spread := _range_of(lens, backend)) is not None
    }
    if not found:
        return ""
    most = max(found, key=lambda backend: found[backend][0])
    least = min(found, key=lambda backend: found[backend][0])
    if least == most:
        return f"{most} between {_noun(lens.columns)}: {found[most][1]}"
    return (
        f"Between {_noun(lens.columns)} {most} varies most: {found[most][1]}; "
        f"{least} least: {found[least][1]}"
    )


def speed_finding(lens: Lens, framed: bool = True) -> str:
    """The lines below the matrix's title; framed: the fastest ones have frames there."""
    parts = [part for part in (_fastest(lens, framed), _spread(lens)) if part]
    return "\n".join(f"{part}." for part in parts)
