"""Reads a file that another program wrote with Google Benchmark."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dispatchbench_reports.reading.benchmark_rows import (
    SeriesCollector,
    measured_rows,
    nanoseconds_per_unit,
)
from dispatchbench_reports.reading.json_fields import described
from dispatchbench_reports.reading.results_file import ResultsFile
from dispatchbench_reports.row_names import split_foreign_name
from dispatchbench_reports.study import Column, Machine, Source, column_key


def read_foreign_results(path: str, document: dict[str, Any], source_name: str) -> ResultsFile:
    """The file as one process of one library; times stay per iteration."""
    rows = measured_rows(path, document)
    scale = nanoseconds_per_unit(rows)
    context = document["context"]
    processor = f"{context.get('num_cpus', '?')} CPUs at {context.get('mhz_per_cpu', '?')} MHz"
    host = str(context.get("host_name", "unknown host"))
    machine = Machine(f"{host}, {processor}", f"{host} ({processor})", {"host_name": host})
    label = os.path.basename(str(context.get("executable", ""))) or Path(path).stem
    column = Column(
        key=column_key(source_name, label),
        label=label,
        machine=machine,
        source=source_name,
        date=str(context.get("date", "")),
        foreign=True,
    )
    collector = SeriesCollector()
    workloads: dict[str, None] = {}
    backends: dict[str, None] = {}
    for row in rows:
        name = row.text("run_name" if "run_name" in row.values else "name")
        backend, workload = split_foreign_name(name)
        if not backend:
            raise row.problem("name", f"found {described(name)}, expected a name before the /")
        collector.add((column.key, workload, backend), row, 0, scale)
        workloads.setdefault(workload)
        backends.setdefault(backend)
    return ResultsFile(
        source=Source(source_name, column.date, "", "", "", 1, 1, machine, True),
        columns=(column,),
        series=collector.series(),
        workloads=tuple(workloads),
        backends=tuple(backends),
        warnings=(
            f"{source_name} was not written by dispatchbench: one process, times per iteration, no intervals",
        ),
    )
