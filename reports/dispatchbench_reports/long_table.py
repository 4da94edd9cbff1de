"""Every benchmark with all its figures, one row each, for other programs."""

from __future__ import annotations

from typing import Iterator

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import technique_text
from dispatchbench_reports.builds import Build, Compilation
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.study import Column

LONG_HEADER = (
    "machine",
    "library",
    "compiler",
    "workload",
    "backend",
    "technique",
    "indirect_jump_sites",
    "processes",
    "samples",
    "time",
    "time_low",
    "time_high",
    "time_unit",
    "baseline",
    "ratio",
    "ratio_low",
    "ratio_high",
    "instructions_per_vm_instruction",
    "prepare_time",
    "refused",
    "failed",
    "compiler_name",
    "compiler_released",
    "flags_base",
    "flags_label",
    "compile_seconds",
    "compile_peak_bytes",
    "on_request",
)


def _number(value: float | int | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _row(lens: Lens, column: Column, workload: str, backend: str) -> tuple[str, ...] | None:
    """None if the benchmark was neither measured, nor refused, nor failed."""
    study = lens.study
    series = study.find(column, workload, backend)
    refusal = study.refusal(column, workload, backend)
    failure = study.failed.get((column.key, workload, backend))
    if series is None and refusal is None and failure is None:
        return None
    time = estimates.times(study, lens.clock).get((column.key, workload, backend))
    ratio = estimates.ratio(lens, column, workload, backend)
    prepare = None
    if series is not None and series.prepare:
        prepare = estimates.median(map(estimates.median, series.prepare.values()))
    return (
        study.machine_label(column.machine),
        column.label,
        column.compiler_text,
        workload,
        backend,
        technique_text(column, backend),
        _number(column.sites(backend)),
        str(time.processes) if time else "0",
        str(time.samples) if time else "0",
        _number(time.value if time else None),
        _number(time.low if time else None),
        _number(time.high if time else None),
        study.unit,
        lens.baseline_name(column) if lens.reference(column) is not None else "",
        _number(ratio.value if ratio else None),
        _number(ratio.low if ratio else None),
        _number(ratio.high if ratio else None),
        _number(series.counted if series else None),
        _number(prepare),
        refusal or "",
        failure or "",
        *_build_cells(column, backend),
    )


def _build_cells(column: Column, backend: str) -> tuple[str, ...]:
    """How the library and its backend were built; empty where nobody knows."""
    build = column.build or Build()
    compilation = build.compilations.get(backend, Compilation(None, None))
    described = column.backends.get(backend)
    return (
        build.compiler_name,
        build.compiler_released or "",
        build.factors.base if build.factors else "",
        build.factors.label if build.factors else "",
        _number(compilation.seconds),
        "" if compilation.peak_bytes is None else str(compilation.peak_bytes),
        "yes" if described is not None and described.on_request else "",
    )


def long_rows(lens: Lens) -> Iterator[tuple[str, ...]]:
    """Every benchmark under LONG_HEADER, layout variants too; a library without a baseline has no ratio."""
    study = lens.study
    for column in dict.fromkeys((*study.columns, *study.layouts)):
        for workload in study.workloads:
            for backend in study.backends:
                row = _row(lens, column, workload, backend)
                if row is not None:
                    yield row
