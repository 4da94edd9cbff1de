"""Merges one results file or more into a study."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Sequence

from dispatchbench_reports.phrases import distinct, listed
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading import criterion
from dispatchbench_reports.reading.dispatchbench_results import read_dispatchbench_results
from dispatchbench_reports.reading.json_file import read_document
from dispatchbench_reports.reading.other_programs import read_foreign
from dispatchbench_reports.reading.results_file import ResultsFile
from dispatchbench_reports.study import Column, Series, SeriesKey, Study, column_key
from dispatchbench_reports.visible_text import visible


@dataclass(frozen=True)
class Tolerance:
    """What load accepts besides complete results."""

    missing_backends: bool = False
    """a backend that only some of the files have"""
    one_sample: bool = False
    """a single sample of each benchmark"""


def read_results_file(path: str, source_name: str) -> ResultsFile:
    """One file of dispatchbench or of another program, or Criterion's folder; raises Problem with file and field."""
    if os.path.isdir(path):
        return criterion.read_folder(path, source_name)
    document = read_document(path)
    content = document.content
    if (
        isinstance(content, dict)
        and isinstance(content.get("context"), dict)
        and "dispatchbench" in content["context"]
    ):
        document.check()
        if "benchmarks" not in content:
            raise Problem(path, "benchmarks", "is missing", "Give a whole results.json")
        return read_dispatchbench_results(path, content, source_name)
    return read_foreign(path, document, source_name)


def load(paths: Sequence[str], tolerance: Tolerance = Tolerance()) -> Study:
    """Reads and merges results files.

    Raises Problem for everything that can't be used. That includes a backend that one file has and another neither has
    nor accounts for, and a file with a single sample of each benchmark, unless they are tolerated.
    """
    if not paths:
        raise Problem("", "", "no results file is given", "Give at least one results.json")
    files = [read_results_file(path, name) for path, name in zip(paths, _source_names(paths))]
    _check_origins(files)
    backends = distinct(name for file in files for name in file.backends)
    for path, file in zip(paths, files):
        if not tolerance.missing_backends:
            _check_backends(path, file, backends)
        # Files of other programs that have no interval say so anyway.
        if not tolerance.one_sample and not file.source.foreign:
            _check_samples(path, file)
    present = {key for file in files for key, _, _ in (*file.series, *file.refusals)}
    present |= {
        column_key(failure.source, failure.library) for file in files for failure in file.failures
    }
    columns, warnings = _without_strange_layouts(
        [column for file in files for column in file.columns if column.key in present]
    )
    return _merged(files, columns, backends, warnings)


def _merged(
    files: Sequence[ResultsFile],
    columns: Sequence[Column],
    backends: Sequence[str],
    warnings: Sequence[str],
) -> Study:
    workloads = distinct(name for file in files for name in file.workloads)
    kept = {column.key for column in columns}
    return Study(
        sources=tuple(file.source for file in files),
        columns=tuple(_originals(columns)),
        layouts=tuple(column for column in columns if column.layout_of is not None),
        workloads=tuple(workloads),
        workload_summaries={
            name: summary for file in files for name, summary in file.workload_summaries.items()
        },
        backends=tuple(backends),
        series=_ordered(files, columns, workloads, backends),
        refusals={
            key: reason for file in files for key, reason in file.refusals.items() if key[0] in kept
        },
        warnings=tuple(
            distinct([*(warning for file in files for warning in file.warnings), *warnings])
        ),
        failures=tuple(failure for file in files for failure in file.failures),
    )


def _source_names(paths: Sequence[str]) -> list[str]:
    """The shortest end of each path that is unique: absolute paths don't belong in a published page."""
    parts = [Path(os.path.abspath(path)).parts for path in paths]
    for length in range(1, max((len(part) for part in parts), default=1) + 1):
        names = [visible("/".join(part[-length:])) for part in parts]
        if len(set(names)) == len(names):
            return names
    raise Problem(", ".join(paths), "", "the same file is given twice", "Give each file once")


def _check_origins(files: Sequence[ResultsFile]) -> None:
    foreign = [file.source.path for file in files if file.source.foreign]
    if foreign and len(foreign) < len(files):
        raise Problem(
            foreign[0],
            "context.dispatchbench",
            "is missing, while the other files have it",
            "Make a separate report from the files of other programs",
        )


def _check_backends(path: str, file: ResultsFile, backends: Sequence[str]) -> None:
    for backend in backends:
        if not file.accounts_for(backend):
            raise Problem(
                path,
                "benchmarks" if file.source.foreign else "context.dispatchbench.libraries",
                f"backend {backend} is missing: another file has it, and it is not declared unavailable here",
                "Measure it here too, leave it out with --backend, or pass --allow-missing",
            )


def _check_samples(path: str, file: ResultsFile) -> None:
    if all(series.sample_count < 2 for series in file.series.values()):
        raise Problem(
            path,
            "benchmarks",
            "holds one sample of each benchmark, which has no interval",
            "Give results.json and not results.ci.json, or pass --allow-one-sample",
        )


def _originals(columns: Sequence[Column]) -> list[Column]:
    """The columns that are no layout variants; a missing original is represented by its first variant."""
    originals = [column for column in columns if column.layout_of is None]
    for layout in columns:
        if layout.layout_of is not None and not any(
            original.source == layout.source and original.label == layout.layout_of
            for original in originals
        ):
            originals.append(replace(layout, label=layout.layout_of, layout_of=None))
    return originals


def _without_strange_layouts(columns: Sequence[Column]) -> tuple[list[Column], list[str]]:
    """Leaves out layout variants whose machine code differs from their original's, with a warning for each.

    They come from another build, so they differ in more than layout.
    """
    kept: list[Column] = []
    warnings: list[str] = []
    for column in columns:
        original = next(
            (
                other
                for other in columns
                if other.source == column.source and other.label == column.layout_of
            ),
            None,
        )
        strange = [
            name
            for name in column.backends
            if original is not None
            and (own := column.audit(name)) is not None
            and (expected := original.audit(name)) is not None
            and None not in (own.code_hash, expected.code_hash)
            and own.code_hash != expected.code_hash
        ]
        if original is not None and strange:
            warnings.append(
                f"{column.label} is left out: its code of {listed(strange)} is not that of {original.label}; "
                "remedy: rebuild the layouts with tools/layouts"
            )
        else:
            kept.append(column)
    return kept, warnings


def _ordered(
    files: Sequence[ResultsFile],
    columns: Sequence[Column],
    workloads: Sequence[str],
    backends: Sequence[str],
) -> dict[SeriesKey, Series]:
    """All series by column, workload and backend: the rows come in the random order of measurement."""
    found = {key: series for file in files for key, series in file.series.items()}
    keys = (
        (column.key, workload, backend)
        for column in columns
        for workload in workloads
        for backend in backends
    )
    return {key: found[key] for key in keys if key in found}
