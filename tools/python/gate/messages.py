"""What the gate says while it works."""

from __future__ import annotations


def say(text: str) -> None:
    """Prints a line at once, so that the log of a CI job shows where it is."""
    print(f"gate: {text}", flush=True)
