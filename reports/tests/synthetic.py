"""Synthetic results that look like real ones: process effects, drift, outliers, layouts, audits, counts."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Sequence


@dataclass(frozen=True)
class Known:
    """A backend: its cost in ns per VM instruction, how it describes itself, and what its audit finds."""

    cost: float
    family: str
    dispatch: str
    expected: str
    sites: int
    label: str


KNOWN_BACKENDS = {
    "switch_loop": Known(1.30, "switch_loop", "switch", "merged", 1, "merged (1 site)"),
    "computed_goto": Known(
        0.95, "computed_goto", "computed_goto", "replicated", 253, "replicated (253 sites)"
    ),
    "computed_goto_plain": Known(
        1.12, "computed_goto", "computed_goto", "any", 2, "merged (2 sites)"
    ),
    "tail_call": Known(
        0.86, "tail_call", "tail_call", "tail_calls", 256, "tail calls guaranteed (256 sites)"
    ),
    "asm_x86_64": Known(
        0.74, "asm_x86_64", "assembly", "replicated", 256, "replicated (256 sites)"
    ),
}
KNOWN_WORKLOADS = (
    "fib mandelbrot tak sieve quicksort crc32 life brainfuck queens matrix "
    "number_formatting messages decompress self_modifying"
).split()


def synthetic_results(
    backends: int = 4,
    workloads: int = 14,
    libraries: tuple[str, ...] = ("clang", "gcc"),
    processes: int = 5,
    repetitions: int = 9,
    seed: int = 1,
    layouts: int = 0,
    counts: bool = False,
    cpu_model: str = "AMD EPYC 9R45",
    unavailable: dict[str, tuple[str, ...]] | None = None,
    schema: int = 2,
    refused: dict[tuple[str, str], str] | None = None,
) -> dict[str, Any]:
    """A results.json document. The same arguments give the same document.

    refused: reasons by (workload, backend), for every library.
    """
    random_numbers = random.Random(seed)
    backend_names = list(KNOWN_BACKENDS)[:backends]
    backend_names += [f"variant_{number:02}" for number in range(len(backend_names), backends)]
    workload_names = KNOWN_WORKLOADS[:workloads]
    workload_names += [f"program_{number:02}" for number in range(len(workload_names), workloads)]
    if unavailable is None:
        unavailable = {"gcc": ("tail_call",)}

    refusals = refused or {}
    labels: list[tuple[str, str | None]] = []
    for label in libraries:
        labels.append((label, None))
        labels += [(f"{label}@layout{number}", label) for number in range(1, layouts + 1)]
    instructions = {
        name: 1_066_452 if name == "fib" else 1_000_000 + 37_000 * index
        for index, name in enumerate(workload_names)
    }
    sensitivity = {"switch_loop": 0.06, "computed_goto": 0.012}
    traits: dict[tuple[str, str], float] = {}
    rows = []
    described = []
    for label, layout_of in labels:
        family = layout_of or label
        absent = unavailable.get(family, ())
        measured = [name for name in backend_names if name not in absent]
        described.append(
            {
                "label": label,
                "path": f"build/{family}/dispatchbench_backends.so",
                "compiler": {"clang": "clang", "gcc": "g++"}.get(family, family),
                "compiler_version": {"clang": "19.1.7", "gcc": "12.2.0"}.get(family, "1.0"),
                "flags": "-O2 -std=c++20",
                "target": "x86_64-linux-gnu",
                "layout_of": layout_of,
                **({"host": "native", "language": "c++"} if schema > 1 else {}),
                "backends": [_described(name, schema) for name in measured],
                "unavailable": [
                    {"name": name, "reason": "needs musttail, which clang 19 provides"}
                    for name in absent
                ],
            }
        )
        for name in measured:
            for workload in workload_names:
                # Two layouts share all but the placement.
                trait = traits.setdefault((name, workload), random_numbers.gauss(0, 0.09))
                known = KNOWN_BACKENDS.get(name)
                cost = known.cost if known else 0.8 + 0.03 * (len(name) + backend_names.index(name))
                placed = random_numbers.gauss(0, sensitivity.get(name, 0.004)) if layout_of else 0.0
                if (workload, name) in refusals:
                    continue
                base = cost * math.exp(trait + placed) * (1.06 if family == "gcc" else 1.0)
                for process in range(processes):
                    effect = random_numbers.gauss(0, 0.008)
                    for repetition in range(repetitions):
                        noise = abs(random_numbers.gauss(0, 0.004))
                        if random_numbers.random() < 0.03:
                            noise += random_numbers.random() * 0.15
                        if name == "switch_loop" and workload == "life" and process % 2:
                            noise += 0.2  # two modes, as seen with unlucky placement
                        time = base * math.exp(effect + noise + 0.0003 * repetition)
                        cpu_time = time * instructions[workload]
                        rows.append(
                            {
                                "name": f"{workload}/{name}/{label}",
                                "run_name": f"{workload}/{name}/{label}",
                                "run_type": "iteration",
                                "repetitions": repetitions,
                                "repetition_index": process * repetitions + repetition,
                                "threads": 1,
                                "iterations": 1,
                                "real_time": round(cpu_time * 1.003, 1),
                                "cpu_time": round(cpu_time, 1),
                                "time_unit": "ns",
                                "workload": workload,
                                "backend": name,
                                "library": label,
                                "process": process,
                                "vm_instructions": instructions[workload],
                                **(
                                    {
                                        "instructions_per_vm_instruction": round(
                                            3 + 4 * (known.cost if known else 1.0) + 5 * trait,
                                            3,
                                        )
                                    }
                                    if counts
                                    else {}
                                ),
                            }
                        )
    document = {
        "context": {
            "date": "2026-11-22T09:00:00+00:00",
            "host_name": "bench",
            "executable": "build/clang/dispatchbench",
            "num_cpus": 2,
            "mhz_per_cpu": 2600,
            "caches": [],
            "load_avg": [0.1, 0.2, 0.1],
            "library_build_type": "release",
            "dispatchbench": {
                "schema": schema,
                "version": "0.1.0",
                "git_revision": "0123456789abcdef0123456789abcdef01234567",
                "seed": seed,
                "processes": processes,
                "repetitions": repetitions,
                "machine": {
                    "cpu_model": cpu_model,
                    "cores": 2,
                    "governor": None,
                    "turbo": None,
                    "smt": False,
                    "virtualization": "kvm",
                    "aslr": True,
                    "kernel": "6.1.0",
                    "load_average": [0.1, 0.2, 0.1],
                    "steal_percent": 0.0,
                    "fingerprint": f"fp-{cpu_model}",
                },
                "libraries": described,
                "workloads": [
                    {
                        "name": name,
                        "summary": f"what {name} does",
                        "instructions": instructions[name],
                    }
                    for name in workload_names
                ],
                "warnings": ["The governor can't be read: a virtual machine. Compare ratios only."],
                "failures": [],
                **({"refused": _refused(refusals, described)} if schema > 1 else {}),
            },
        },
        "benchmarks": rows,
    }
    return with_phases(document, ()) if schema > 2 else document


LIMIT = 1.15
PROCESS_SECONDS = 5.0
READINGS = 40
RATIO_OF_DISTURBED_SWITCH = 0.8
"""The switch suffers less from a neighbour on the core than the others do: it takes this share of their slow-down."""


@dataclass(frozen=True)
class Phase:
    """A time in which a neighbour slows the machine down, from one second of the run to another."""

    begin: float
    end: float
    level: float


def with_phases(
    document: dict[str, Any], phases: Sequence[Phase], unsettled: bool = False
) -> dict[str, Any]:
    """Makes a run of schema 3 of it: processes in phases are disturbed and slow, and measured again at the end.

    unsettled: all first attempts count, and nothing is measured again.
    """
    own = document["context"]["dispatchbench"]
    own["schema"] = 3
    random_numbers = random.Random(own["seed"] + 77)
    labels = [library["label"] for library in own["libraries"]]
    numbers = sorted({row["process"] for row in document["benchmarks"]})
    waiting = [(label, process, 0) for process in numbers for label in labels]
    described = []
    levels: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    """of the disturbed attempts"""
    now = 2.0
    while waiting:
        label, process, attempt = waiting.pop(0)
        times = [now + PROCESS_SECONDS * (index + 0.5) / READINGS for index in range(READINGS)]
        readings = [
            [round(time, 3), round(level + abs(random_numbers.gauss(0, 0.015 * level)), 4)]
            for time in times
            for level in [next((p.level for p in phases if p.begin <= time < p.end), 1.0)]
        ]
        share = sum(level > LIMIT for _, level in readings) / READINGS
        disturbed = share > 0.1
        described.append(
            {
                "library": label,
                "process": process,
                "attempt": attempt,
                "start_seconds": round(now, 3),
                "seconds": PROCESS_SECONDS,
                "level": round(sum(level for _, level in readings) / READINGS, 4),
                "disturbed_share": share,
                "disturbed": disturbed,
                "counts": unsettled or not disturbed,
                "readings": readings,
            }
        )
        now += PROCESS_SECONDS + 0.2
        if disturbed:
            levels[label, process].append(described[-1]["level"])
            if not unsettled:
                waiting.append((label, process, attempt + 1))
    disturbed_rows = []
    for row in document["benchmarks"]:
        row.update(disturbed=False, attempt=0, counts=True)
        for attempt, slower in enumerate(levels[row["library"], row["process"]]):
            factor = slower * (RATIO_OF_DISTURBED_SWITCH if row["backend"] == "switch_loop" else 1)
            slow_times = {clock: row[clock] * factor for clock in ("cpu_time", "real_time")}
            if unsettled:
                row.update(slow_times, disturbed=True)
                continue
            disturbed_rows.append(
                {**row, **slow_times, "attempt": attempt, "disturbed": True, "counts": False}
            )
            row["attempt"] = attempt + 1
    document["benchmarks"] += disturbed_rows
    slowed = [key for key, found in levels.items() if found]
    verdict = "unsettled" if unsettled else "some disturbed" if slowed else "quiet"
    own["probe"] = {
        "unit": "nanoseconds",
        "quiet_level": 52100.0,
        "limit": LIMIT,
        "verdict": verdict,
        "text": "",
        "processes": described,
        "disturbed_ratios": [
            {
                "library": label,
                "backend": "computed_goto",
                "baseline": "switch_loop",
                "quiet": 0.731,
                "disturbed": 0.914,
            }
            for label in labels
            if any(library == label for library, _ in slowed)
        ],
    }
    own["stopping"] = {
        "target_width": 0.005,
        "reached": True,
        "analyses": 2,
        "processes": len(numbers),
        "seconds": round(now, 1),
        "widest": 0.0043,
        "reason": "the target was reached",
    }
    return document


def with_own_interpreter(document: dict[str, Any]) -> dict[str, Any]:
    """Adds the library of someone's own interpreter: one backend, which no other library has, 1.5 times as slow."""
    own = document["context"]["dispatchbench"]
    backend = _described("mine", own["schema"])
    backend["audit"] = None
    library = {**own["libraries"][0], "label": "mine", "compiler": "cc", "compiler_version": "7"}
    own["libraries"].append({**library, "backends": [backend], "unavailable": []})
    for row in list(document["benchmarks"]):
        if row["backend"] == "switch_loop" and row["library"] == own["libraries"][0]["label"]:
            name = f"{row['workload']}/mine/mine"
            place = {"name": name, "run_name": name, "backend": "mine", "library": "mine"}
            times = {clock: row[clock] * 1.5 for clock in ("cpu_time", "real_time")}
            document["benchmarks"].append({**row, **place, **times})
    return document


def _refused(
    refusals: dict[tuple[str, str], str], libraries: list[dict[str, Any]]
) -> list[dict[str, str]]:
    return [
        {
            "row": f"{workload}/{backend}/{library['label']}",
            "workload": workload,
            "backend": backend,
            "library": library["label"],
            "reason": reason,
        }
        for (workload, backend), reason in refusals.items()
        for library in libraries
        if backend in [described["name"] for described in library["backends"]]
    ]


def _described(name: str, schema: int) -> dict[str, Any]:
    known = KNOWN_BACKENDS.get(
        name, Known(1.0, name, "computed_goto", "replicated", 250, "replicated (250 sites)")
    )
    fields = {
        "family": known.family,
        "dispatch": known.dispatch,
        "expected": known.expected,
        "language": "c++",
        "budgeted": False,
        "prepares": False,
    }
    return {
        "name": name,
        "summary": f"{name}: {known.dispatch}",
        **(fields if schema > 1 else {"technique": known.dispatch.replace("_", " ")}),
        "audit": {
            "effective_technique": known.label.split(" (")[0],
            "label": known.label,
            "expected": known.expected,
            "as_expected": True,
            "indirect_jump_sites": known.sites,
        },
    }
