"""A results document of many compilers, with the ratios, sites and gaps that a trial with 17 of them found."""

from __future__ import annotations

import random
from typing import Any

ASM = "asm_x86_64"
# compiler, version, released; switch, goto, plain, tail: (ratio to assembly, sites). None: unavailable.
Cell = tuple[float, int] | None
TRIAL: tuple[tuple[str, str, str, tuple[Cell, Cell, Cell, Cell]], ...] = (
    ("clang", "14.0.6", "2022-03-25", ((1.57, 1), (1.40, 255), (1.39, 255), None)),
    ("clang", "15.0.7", "2022-09-06", ((1.41, 1), (1.40, 255), (1.37, 255), None)),
    ("clang", "16.0.6", "2023-03-17", ((1.42, 1), (1.39, 255), (1.36, 255), None)),
    ("clang", "17.0.6", "2023-09-19", ((1.48, 1), (1.38, 255), (1.43, 255), None)),
    ("clang", "18.1.8", "2024-03-06", ((1.49, 1), (1.42, 255), (1.44, 255), None)),
    ("clang", "19.1.7", "2024-09-17", ((1.69, 1), (1.38, 255), (1.63, 1), (1.29, 255))),
    ("clang", "21.1.8", "2025-08-26", ((1.69, 1), (1.36, 255), (1.33, 255), (1.20, 255))),
    ("clang", "22.1.8", "2026-02-24", ((1.65, 1), (1.34, 259), (1.34, 263), (1.22, 255))),
    ("clang", "23.1.4", "2026-08-25", ((1.67, 1), (1.37, 259), (1.30, 263), (1.30, 255))),
    ("clang", "24.0.0", "2027-02-23", ((1.63, 1), (1.35, 259), (1.25, 263), (1.28, 255))),
    ("g++", "11.5.0", "2021-04-27", ((1.73, 1), (1.47, 272), (1.50, 259), None)),
    ("g++", "12.5.0", "2022-05-06", ((1.68, 1), (1.52, 272), (1.45, 259), None)),
    ("g++", "13.5.0", "2023-04-26", ((1.70, 1), (1.38, 272), (1.36, 255), None)),
    ("g++", "14.4.0", "2024-05-07", ((1.77, 1), (1.38, 272), (1.40, 255), None)),
    ("g++", "15.3.0", "2025-04-25", ((1.76, 1), (1.40, 272), (1.41, 255), None)),
    ("g++", "16.2.0", "2026-04-30", ((1.82, 1), (1.39, 272), (1.37, 255), (1.29, 259))),
)
RUST = {"rust_match": (2.0, 1), "rust_loop_match": (1.95, 1), "rust_become": (1.18, 255)}
NAMES = ("switch_loop", "computed_goto", "computed_goto_plain", "tail_call")
KINDS = {
    "switch_loop": ("switch_loop", "switch", "merged"),
    "computed_goto": ("computed_goto", "computed_goto", "replicated"),
    "computed_goto_plain": ("computed_goto", "computed_goto", "any"),
    "tail_call": ("tail_call", "tail_call", "tail_calls"),
    ASM: (ASM, "assembly", "replicated"),
    "rust_match": ("rust", "switch", "any"),
    "rust_loop_match": ("rust", "switch", "any"),
    "rust_become": ("rust", "tail_call", "tail_calls"),
}
ON_REQUEST = (
    "switch_default",
    "tail_call_plain",
    "tail_call_by_pointer",
    "tail_call_outlined",
    "computed_goto_volatile",
    "computed_goto_extra_jump",
    "trampoline",
)
REASON = "needs [[clang::musttail]] and preserve_none, which clang 19 and g++ 16 provide"
WORKLOADS = ("fib", "mandelbrot", "quicksort", "brainfuck")


def _audit(name: str, dispatch: str, expected: str, sites: int) -> dict[str, Any]:
    if sites < 3:
        found, label = "merged", f"merged ({sites} site{'s' if sites > 1 else ''})"
    elif dispatch == "tail_call":
        found, label = "tail_calls", f"tail calls guaranteed ({sites} sites)"
    else:
        found, label = "replicated", f"replicated ({sites} sites)"
    return {
        "effective_technique": found,
        "label": label,
        "expected": expected,
        "as_expected": True,
        "indirect_jump_sites": sites,
        "code_hash": "sha256:assembly" if name == ASM else f"sha256:{name}{sites}",
    }


def _backend(name: str, sites: int, language: str) -> dict[str, Any]:
    family, dispatch, expected = KINDS.get(name, (name, "computed_goto", "any"))
    return {
        "name": name,
        "family": family,
        "dispatch": dispatch,
        "summary": f"{name}, as its source says",
        "expected": expected,
        "language": language,
        "budgeted": False,
        "prepares": False,
        "on_request": name in ON_REQUEST,
        "audit": _audit(name, dispatch, expected, sites),
    }


def _library(label: str, compiler: str, version: str, released: str | None) -> dict[str, Any]:
    return {
        "label": label,
        "path": f"build/libraries/{label}/dispatchbench_backends.so",
        "layout_of": None,
        "host": "native",
        "language": "rust" if compiler == "rustc" else "c++",
        "compiler": compiler,
        "compiler_version": version,
        "flags": "-O2",
        "target": "x86_64-linux-gnu",
        "backends": [],
        "unavailable": [],
        "build": {
            "schema": 1,
            "compiler_name": label,
            "compiler_released": released,
            "packages": {label: f"1:{version}-1"},
            "factors": None,
            "backends": [],
        },
    }


def trial_results(
    rust: bool = True,
    on_request: bool = False,
    processes: int = 6,
    repetitions: int = 2,
    workloads: tuple[str, ...] = WORKLOADS,
    compilers: int = len(TRIAL),
    every: int = 1,
) -> dict[str, Any]:
    """A results.json document. The same arguments give the same document."""
    random_numbers = random.Random(13)
    costs: list[tuple[dict[str, Any], dict[str, tuple[float, int] | None]]] = []
    for compiler, version, released, cells in TRIAL[:compilers:every]:
        label = f"{compiler}-{version.partition('.')[0]}"
        found: dict[str, tuple[float, int] | None] = {ASM: (1.0, 266)}
        found.update(zip(NAMES, cells))
        if on_request:
            for number, name in enumerate(ON_REQUEST):
                needs_tail = name.startswith("tail_call") and cells[3] is None
                found[name] = None if needs_tail else (1.2 + 0.05 * number, 255)
        costs.append((_library(label, compiler, version, released), found))
    if rust:
        costs.append((_library("rust-1.97", "rustc", "1.97.1", "2026-08-20"), dict(RUST)))
    rows: list[dict[str, Any]] = []
    for library, cells_of in costs:
        for name, cell in cells_of.items():
            if cell is None:
                library["unavailable"].append({"name": name, "reason": REASON})
                continue
            library["backends"].append(_backend(name, cell[1], library["language"]))
            library["build"]["backends"].append(
                {
                    "name": name,
                    "compile_seconds": round(1.5 + 6 * random_numbers.random(), 2),
                    "compile_peak_bytes": random_numbers.randrange(90_000_000, 420_000_000),
                }
            )
    for library, cells_of in costs:
        for process in range(processes):
            speed = 1.1 * random_numbers.lognormvariate(0, 0.05)
            for name, cell in cells_of.items():
                if cell is not None:
                    rows += [
                        _row(
                            (workload, name, library["label"]),
                            speed * cell[0] * random_numbers.lognormvariate(0, 0.02),
                            process,
                            process * repetitions + repetition,
                        )
                        for workload in workloads
                        for repetition in range(repetitions)
                    ]
    return _document([library for library, _ in costs], rows, processes, repetitions, workloads)


def _row(names: tuple[str, str, str], ns: float, process: int, repetition: int) -> dict[str, Any]:
    workload, backend, label = names
    return {
        "name": f"{workload}/{backend}/{label}",
        "run_name": f"{workload}/{backend}/{label}",
        "run_type": "iteration",
        "repetition_index": repetition,
        "iterations": 1,
        "real_time": ns * 1_000_000,
        "cpu_time": ns * 1_000_000,
        "time_unit": "ns",
        "workload": workload,
        "backend": backend,
        "library": label,
        "process": process,
        "vm_instructions": 1_000_000,
    }


def _document(
    libraries: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    processes: int,
    repetitions: int,
    workloads: tuple[str, ...],
) -> dict[str, Any]:
    return {
        "context": {
            "date": "2026-11-26T21:00:00+00:00",
            "host_name": "bench",
            "executable": "dispatchbench",
            "num_cpus": 2,
            "mhz_per_cpu": 2600,
            "caches": [],
            "load_avg": [0.1, 0.2, 0.1],
            "library_build_type": "release",
            "dispatchbench": {
                "schema": 2,
                "version": "0.1.0",
                "git_revision": "0123456789abcdef0123456789abcdef01234567",
                "seed": 1,
                "processes": processes,
                "repetitions": repetitions,
                "machine": {"cpu_model": "Intel Xeon Processor", "fingerprint": "fp"},
                "libraries": libraries,
                "workloads": [
                    {"name": name, "summary": f"what {name} does", "instructions": 1_000_000}
                    for name in workloads
                ],
                "warnings": [],
                "failures": [],
                "refused": [],
            },
        },
        "benchmarks": rows,
    }
