"""Histories for tests: entries of one benchmark from a list of times."""

from __future__ import annotations

import datetime
import gzip
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any, Sequence

import numpy as np

from dispatchbench_reports.histories.entry import Entry

CASES = Path(__file__).parent / "cases"
BEGIN = datetime.datetime(2026, 10, 1, tzinfo=datetime.timezone.utc)


def revision(number: int) -> str:
    """Revisions whose beginnings differ."""
    return f"{number + 1:08x}" * 5


def entries(times: Sequence[float], begin: int = 0, **fields: Any) -> list[Entry]:
    """One run every six hours, the first one `begin` runs after the history's start."""
    made = []
    for index, time in enumerate(times, begin):
        values: dict[str, Any] = {
            "schema": 2,
            "date": (BEGIN + datetime.timedelta(hours=6 * index)).isoformat(),
            "git_revision": revision(index),
            "fingerprint": "machine",
            "cpu_model": "CPU One",
            "compiler": "clang 19.1.7",
            "flags": "-O2",
            "library": "clang",
            "workload": "fib",
            "backend": "switch_loop",
            "low": None,
            "high": None,
            "processes": 5,
            "samples": 45,
        }
        made.append(Entry(ns_per_vm_instruction=time, **{**values, **fields}))
    return made


def noisy(levels: Sequence[tuple[int, float]], seed: int = 1, noise: float = 0.004) -> list[float]:
    """Times at these levels, each for its number of runs."""
    random = np.random.default_rng(seed)
    return [
        level * math.exp(random.normal(0, noise)) for runs, level in levels for _ in range(runs)
    ]


def write(path: Path, made: Sequence[Entry]) -> str:
    """Writes a history; returns its path."""
    path.write_text("".join(json.dumps(asdict(entry)) + "\n" for entry in made))
    return str(path)


def case(name: str, folder: Path) -> str:
    """Unpacks a case; returns its path."""
    path = folder / name
    path.write_bytes(gzip.decompress((CASES / f"{name}.gz").read_bytes()))
    return str(path)
