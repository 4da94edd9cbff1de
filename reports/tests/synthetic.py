"""Synthetic results with what real ones have: process effects, drift, outliers, layouts, audits, counts."""

from __future__ import annotations

import math
import random
from typing import Any

KNOWN_BACKENDS: dict[str, tuple[float, int, str, str]] = {
    "switch_loop": (1.30, 1, "switch", "merged (1 site)"),
    "computed_goto": (0.95, 253, "computed goto", "replicated (253 sites)"),
    "computed_goto_plain": (1.12, 2, "computed goto", "merged (2 sites)"),
    "tail_call": (0.86, 256, "tail calls", "tail calls guaranteed (256 sites)"),
    "asm_x86_64": (0.74, 256, "assembly", "replicated (256 sites)"),
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
) -> dict[str, Any]:
    """A results.json document. The same arguments give the same document."""
    random_numbers = random.Random(seed)
    backend_names = list(KNOWN_BACKENDS)[:backends]
    backend_names += [f"variant_{number:02}" for number in range(len(backend_names), backends)]
    workload_names = KNOWN_WORKLOADS[:workloads]
    workload_names += [f"program_{number:02}" for number in range(len(workload_names), workloads)]
    if unavailable is None:
        unavailable = {"gcc": ("tail_call",)}

    labels: list[tuple[str, str | None, int | None]] = []
    for label in libraries:
        labels.append((label, None, None))
        labels += [(f"{label}@layout{number}", label, number) for number in range(1, layouts + 1)]
    instructions = {
        name: 1_066_452 if name == "fib" else 1_000_000 + 37_000 * index
        for index, name in enumerate(workload_names)
    }
    sensitivity = {"switch_loop": 0.06, "computed_goto": 0.012}
    traits: dict[tuple[str, str], float] = {}
    rows = []
    described = []
    for label, layout_of, layout in labels:
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
                **({"layout_of": layout_of} if layout_of else {}),
                "backends": [_described(name) for name in measured],
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
                cost = KNOWN_BACKENDS.get(
                    name, (0.8 + 0.03 * (len(name) + backend_names.index(name)),)
                )[0]
                placed = random_numbers.gauss(0, sensitivity.get(name, 0.004)) if layout else 0.0
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
                                **({"layout": layout} if layout is not None else {}),
                                **(
                                    {
                                        "instructions_per_vm_instruction": round(
                                            3 + 4 * KNOWN_BACKENDS.get(name, (1.0,))[0] + 5 * trait,
                                            3,
                                        )
                                    }
                                    if counts
                                    else {}
                                ),
                            }
                        )
    return {
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
                "schema": 1,
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
            },
        },
        "benchmarks": rows,
    }


def _described(name: str) -> dict[str, Any]:
    _, sites, technique, label = KNOWN_BACKENDS.get(
        name, (0, 250, "computed goto", "replicated (250 sites)")
    )
    return {
        "name": name,
        "technique": technique,
        "summary": f"{name}: {technique}",
        "audit": {
            "effective_technique": label.split(" (")[0],
            "label": label,
            "expected": label.split(" (")[0],
            "as_expected": True,
            "indirect_jump_sites": sites,
        },
    }
