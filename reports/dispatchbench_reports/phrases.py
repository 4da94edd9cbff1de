"""Small pieces of sentences."""

from __future__ import annotations

from typing import Iterable, Sequence


def listed(names: Sequence[str]) -> str:
    """a, b and c"""
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def listed_briefly(names: Sequence[str], most: int) -> str:
    """All names if there are at most `most`, else the first ones and how many more there are."""
    shown = names if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} more"]
    return listed(shown)


def distinct(names: Iterable[str]) -> list[str]:
    """Each name once, in the order of first appearance."""
    return list(dict.fromkeys(names))


def counted(number: int, noun: str) -> str:
    """1 process, 2 processes, 2 libraries"""
    if number == 1:
        return f"{number} {noun}"
    if noun.endswith("ry"):
        return f"{number} {noun[:-1]}ies"
    return f"{number} {noun}{'es' if noun.endswith('s') else 's'}"


def all_builds(number: int) -> str:
    """both builds, all 17 builds"""
    return "both builds" if number == 2 else f"all {number} builds"


def capitalised(text: str) -> str:
    """The text with a capital letter at its start; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def percent(ratio: float) -> str:
    """A ratio as a signed change in percent, with a true minus sign."""
    return f"{(ratio - 1) * 100:+.1f} %".replace("-", "−")
