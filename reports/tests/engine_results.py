"""Made-up results of WebAssembly engines beside a native library, in which every ratio is known."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from tests.synthetic import synthetic_results

NATIVE = {"switch_loop": 1.0, "tail_call": 0.8}
TYPED_REASON = "needs typed function references, which this engine lacks (V8 has them since 12)"


@dataclass(frozen=True)
class Made:
    """An engine in one mode, and how many times native switch_loop's time each of its variants takes."""

    label: str
    times: Mapping[str, float]
    name: str = "V8"
    version: str = "14.6.202.33"
    program: str = "node 26.10.0"
    flags: Sequence[str] = ()
    clock_resolution: float = 41.0

    @property
    def alone(self) -> bool:
        return self.label.endswith("-top")

    @property
    def engine(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "version": self.version,
            "program": self.program,
            "flags": list(self.flags),
            "best_compiler_alone": self.alone,
            "clock_resolution": self.clock_resolution,
        }


def measured_engines(
    engines: Sequence[Made],
    native: Mapping[str, float] | None = NATIVE,
    processes: int = 6,
    workloads: int = 2,
) -> dict[str, Any]:
    """Results of these engines and, unless None, of a native library. Noise is about 0.2 %."""
    made = [*engines, *([Made("native", native)] if native is not None else [])]
    document = synthetic_results(1, workloads, tuple(each.label for each in made), processes, 2)
    own = document["context"]["dispatchbench"]
    template = own["libraries"][0]["backends"][0]
    names = list(dict.fromkeys(name for each in made for name in each.times))
    rows = []
    for each, library in zip(made, own["libraries"], strict=True):
        library["compiler"], library["compiler_version"] = "clang", "19.1.7"
        library["backends"] = [
            {**template, "name": name, "audit": None} for name in names if name in each.times
        ]
        library["unavailable"] = [
            {"name": name, "reason": TYPED_REASON} for name in names if name not in each.times
        ]
        if each.label != "native":
            library.update(host=each.program, target="wasm32", engine=each.engine)
        for name, time in each.times.items():
            rows += [
                _row(row, name, time)
                for row in document["benchmarks"]
                if row["library"] == each.label
            ]
    document["benchmarks"] = rows
    return document


def _row(row: Mapping[str, Any], name: str, time: float) -> dict[str, Any]:
    """Another backend's row, with noise that differs by process and backend, and is the same in each run of the test."""
    full = f"{row['workload']}/{name}/{row['library']}"
    noise = random.Random(f"{full}/{row['process']}").gauss(0, 0.002)
    nanoseconds = row["vm_instructions"] * time * math.exp(noise)
    times = {"cpu_time": nanoseconds, "real_time": nanoseconds}
    return {**row, "name": full, "run_name": full, "backend": name, **times}


def node(release: int, version: str, times: Mapping[str, float], top: bool = False) -> Made:
    """Node with this version of V8."""
    flags = ("--no-liftoff", "--no-wasm-tier-up") if top else ()
    label = f"node-{release}{'-top' if top else ''}"
    return Made(label, times, version=version, program=f"node {release}.1.0", flags=flags)
