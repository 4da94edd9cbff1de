"""Reads the results that a command line names, and what it selects of them."""

from __future__ import annotations

from dispatchbench_reports.lens import Lens, lens_for
from dispatchbench_reports.options import ResultsOptions
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.cold_starts import ColdStarts
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.reading.selection import (
    clock_for,
    matching,
    narrowed,
    on_clock,
    select,
)
from dispatchbench_reports.run_time_memory import with_memory


def read_lens(
    options: ResultsOptions, needs_ratio: bool = True, cold: ColdStarts | None = None
) -> Lens:
    """The selected part of the results, with the baseline that a selection of backends always keeps, and with the memory
    that `dispatchbench cold` measured."""
    study = select(load(options.paths, options.tolerance), options.workload, None)
    if cold is not None:
        study = with_memory(study, cold)
    clock = clock_for(study, options.clock)
    study = on_clock(study, clock)
    lens = lens_for(study, options.baseline, clock)
    if options.backend is not None:
        chosen = matching(study.backends, options.backend, "--backend")
        lens = lens.of(narrowed(study, study.workloads, {*chosen, lens.baseline.backend}))
    if needs_ratio and not any(lens.compared(column) for column in lens.columns):
        raise Problem(
            options.paths[0],
            "benchmarks",
            f"holds one backend, {lens.baseline}; a ratio needs two",
            "Measure another backend, or ask for `table --metric time`",
        )
    return lens
