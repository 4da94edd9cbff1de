"""What tells machines apart: their fingerprints, which harness/system/fingerprint.cpp writes.

Since version 2 a fingerprint is "v2; model M; microcode 0x1; …". An older one has model, processors and virtualization
alone, under which several machines can hide.
"""

from __future__ import annotations

from typing import Iterable, Mapping

CURRENT = "v2; "
SEPARATOR = "; "
NONE = "none"
SAMPLING = "sampling"
"""the fact that says how times are taken"""
LACKING = "family, stepping, microcode, caches and kernel"


def is_current(fingerprint: str) -> bool:
    """Whether a fingerprint names all that makes times comparable."""
    return fingerprint.startswith(CURRENT)


def facts_of(fingerprint: str) -> dict[str, str]:
    """The parts of a current fingerprint by name."""
    parts = (part.partition(" ") for part in fingerprint.removeprefix(CURRENT).split(SEPARATOR))
    return {name: value for name, _, value in parts}


def machine_difference(one: str, other: str) -> str:
    """What differs between two machines: "microcode 0x1 against 0x2"; empty if nothing does."""
    if one == other:
        return ""
    if not is_current(one) and not is_current(other):
        return f"{one} against {other}"
    for fingerprint in (one, other):
        if not is_current(fingerprint):
            return (
                f"“{fingerprint}” was written by an older version, without {LACKING}: "
                "whether it is the same machine can’t be told"
            )
    facts, others = facts_of(one), facts_of(other)
    return ", ".join(
        f"{name} {facts.get(name, NONE)} against {others.get(name, NONE)}"
        for name in dict.fromkeys((*facts, *others))
        if facts.get(name) != others.get(name)
    )


def is_other_machine(one: str, other: str) -> bool:
    """Whether more differs than how times were taken."""
    if not (is_current(one) and is_current(other)):
        return one != other
    facts, others = facts_of(one), facts_of(other)
    return facts | {SAMPLING: ""} != others | {SAMPLING: ""}


def machine_labels(models: Mapping[str, str]) -> dict[str, str]:
    """A name for each fingerprint: its model, and what differs from other machines of that model."""
    labels = {}
    for fingerprint, model in models.items():
        twins = [other for other, name in models.items() if name == model]
        notes = _distinguishing(fingerprint, twins) if len(twins) > 1 else []
        labels[fingerprint] = f"{model} ({', '.join(notes)})" if notes else model
    return labels


def _distinguishing(fingerprint: str, twins: Iterable[str]) -> list[str]:
    if not is_current(fingerprint):
        # Older ones can only be told from newer ones here; from each other by their text.
        older = [twin for twin in twins if not is_current(twin)]
        return ["older file", fingerprint] if len(older) > 1 else ["older file"]
    current = [facts_of(twin) for twin in twins if is_current(twin)]
    return [
        f"{name} {value}"
        for name, value in facts_of(fingerprint).items()
        if len({facts.get(name) for facts in current}) > 1
    ]
