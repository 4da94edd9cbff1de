"""Reads results files: checks every field that is used, and merges several files into one study."""

from __future__ import annotations

import functools
import gzip
import json
import math
import os
import re
import zlib
from collections import defaultdict
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, Iterator, Sequence

import jsonschema

from dispatchbench_reports.problems import Problem
from dispatchbench_reports.results import (
    Audit,
    Backend,
    Column,
    Failure,
    Machine,
    Series,
    SeriesKey,
    Source,
    Study,
)
from dispatchbench_reports.wording import listed

NANOSECONDS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}
SCHEMA_VERSION = 1


@functools.cache
def results_schema() -> dict[str, Any]:
    """The JSON schema of results.json, as this package carries it."""
    text = (
        resources.files("dispatchbench_reports").joinpath("results.schema.json").read_text("utf-8")
    )
    schema: dict[str, Any] = json.loads(text)
    return schema


@functools.cache
def _context_validator() -> Any:
    schema = results_schema()
    return jsonschema.Draft7Validator(
        {**schema["properties"]["context"], "definitions": schema["definitions"]}
    )


def _field_path(parts: Sequence[str | int]) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text


def _describe(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _numbers_that_are_not_finite(value: Any, path: list[str | int]) -> Iterator[list[str | int]]:
    if isinstance(value, bool):
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            yield list(path)
    elif isinstance(value, int):
        if abs(value) > 1 << 200:
            yield list(path)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _numbers_that_are_not_finite(inner, path + [name])
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _numbers_that_are_not_finite(inner, path + [index])


def read_json(path: str) -> Any:
    """Reads one JSON file (or .json.gz) without NaN, Infinity or repeated names; raises Problem with file, line or field."""

    def reject_repeated_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise Problem(path, name, "the name occurs twice in one object", "Write it once")
            found[name] = value
        return found

    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise Problem(
            path, "", f"can't be read ({error.strerror})", "Give a results.json"
        ) from error
    if path.endswith(".gz"):
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise Problem(
                path, "", f"not a whole gzip file ({error})", "Compress it again"
            ) from error
    if not raw.strip():
        raise Problem(path, "", "the file is empty", "Measure again: `dispatchbench run` writes it")
    try:
        document = json.loads(raw.decode("utf-8"), object_pairs_hook=reject_repeated_names)
    except UnicodeDecodeError as error:
        raise Problem(path, f"byte {error.start}", "is not UTF-8", "Give a JSON file") from error
    except json.JSONDecodeError as error:
        raise Problem(
            path,
            f"line {error.lineno}, column {error.colno}",
            f"not JSON ({error.msg})",
            "Give a whole file",
        ) from error
    except (RecursionError, ValueError) as error:
        raise Problem(
            path, "", "not JSON that can be read (nested too deep, or a number too long)"
        ) from error
    try:
        wrong = next(_numbers_that_are_not_finite(document, []), None)
    except RecursionError as error:
        raise Problem(path, "", "not JSON that can be read (nested too deep)") from error
    if wrong is not None:
        raise Problem(
            path, _field_path(wrong), "is NaN, infinite or too large, expected a finite number"
        )
    return document


def _text(path: str, field: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise Problem(path, field, f"found {_describe(value)}, expected a text that is not empty")
    return value


def _row_number(path: str, field: str, row: dict[str, Any], name: str) -> float:
    if name not in row:
        raise Problem(path, f"{field}.{name}", "is missing, expected a number above 0")
    value = row[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e300:
        raise Problem(
            path, f"{field}.{name}", f"found {_describe(value)}, expected a number above 0"
        )
    return float(value)


@dataclass
class _Samples:
    """Collects the rows of one benchmark."""

    cpu: defaultdict[int, list[float]]
    wall: defaultdict[int, list[float]]
    counted: float | None = None


def _new_samples() -> _Samples:
    return _Samples(defaultdict(list), defaultdict(list))


@dataclass
class _File:
    """One file after reading: its columns and series, before merging."""

    source: Source
    columns: list[Column]
    series: dict[SeriesKey, Series]
    workloads: list[str]
    workload_summaries: dict[str, str]
    backends: list[str]
    warnings: list[str]
    failures: list[Failure]


def _rows_of(path: str, document: Any) -> list[tuple[str, dict[str, Any]]]:
    """The rows that are samples, with the field each stands at; aggregates only where nothing else is there."""
    if not isinstance(document, dict):
        raise Problem(
            path, "", f"found {_describe(document)}, expected an object with context and benchmarks"
        )
    for name in ("context", "benchmarks"):
        if name not in document:
            raise Problem(
                path, name, "is missing", "Give a results.json, or Google Benchmark's JSON output"
            )
    if not isinstance(document["context"], dict):
        raise Problem(
            path, "context", f"found {_describe(document['context'])}, expected an object"
        )
    if not isinstance(document["benchmarks"], list):
        raise Problem(
            path, "benchmarks", f"found {_describe(document['benchmarks'])}, expected a list"
        )
    samples: list[tuple[str, dict[str, Any]]] = []
    medians: list[tuple[str, dict[str, Any]]] = []
    for index, row in enumerate(document["benchmarks"]):
        field = f"benchmarks[{index}]"
        if not isinstance(row, dict):
            raise Problem(path, field, f"found {_describe(row)}, expected an object")
        kind = row.get("run_type", "iteration")
        if kind not in ("iteration", "aggregate"):
            raise Problem(
                path,
                f"{field}.run_type",
                f"found {_describe(kind)}, expected iteration or aggregate",
            )
        if row.get("error_occurred"):
            continue
        if kind == "iteration":
            samples.append((field, row))
        elif row.get("aggregate_name", "median") == "median":
            medians.append((field, row))
    rows = samples or medians
    if not rows:
        raise Problem(
            path,
            "benchmarks",
            "holds no row that was measured",
            "Measure again; see context for failures",
        )
    return rows


def _check_units(path: str, rows: list[tuple[str, dict[str, Any]]]) -> float:
    first = ""
    for field, row in rows:
        unit = row.get("time_unit")
        if not isinstance(unit, str) or unit not in NANOSECONDS:
            raise Problem(
                path,
                f"{field}.time_unit",
                f"found {_describe(unit)}, expected one of {', '.join(NANOSECONDS)}",
            )
        if first and unit != first:
            raise Problem(
                path,
                f"{field}.time_unit",
                f"found {unit} after rows in {first}: the units are mixed",
                "Write every row in one unit",
            )
        first = unit
    return NANOSECONDS[first]


def _audit_of(described: dict[str, Any]) -> Audit | None:
    audit = described.get("audit")
    if not audit:
        return None
    return Audit(
        effective_technique=audit["effective_technique"],
        label=audit["label"],
        as_expected=audit["as_expected"],
        expected=audit.get("expected", ""),
        indirect_jump_sites=audit.get("indirect_jump_sites"),
        code_hash=audit.get("code_hash"),
    )


def _original_of(label: str) -> str | None:
    """`clang` for `clang@layout3`: how layout variants are labelled."""
    found = re.fullmatch(r"(.+)@layout\d+", label)
    return found.group(1) if found else None


def _read_own(path: str, document: dict[str, Any], source_name: str) -> _File:
    """Reads a file that dispatchbench wrote."""
    context = document["context"]
    own = context["dispatchbench"]
    if isinstance(own, dict) and own.get("schema") != SCHEMA_VERSION:
        raise Problem(
            path,
            "context.dispatchbench.schema",
            f"found {_describe(own.get('schema'))}, expected {SCHEMA_VERSION}",
            "Read it with the reports of the dispatchbench version that wrote it",
        )
    error = jsonschema.exceptions.best_match(_context_validator().iter_errors(context))
    if error is not None:
        raise Problem(path, _field_path(["context", *error.absolute_path]), error.message)

    machine = Machine(own["machine"]["fingerprint"], own["machine"]["cpu_model"], own["machine"])
    columns: dict[str, Column] = {}
    for index, library in enumerate(own["libraries"]):
        label = library["label"]
        if label in columns:
            raise Problem(
                path,
                f"context.dispatchbench.libraries[{index}].label",
                f"{label} occurs twice",
                "Rename one",
            )
        columns[label] = Column(
            key=f"{source_name}\n{label}",
            label=label,
            machine=machine,
            compiler=library["compiler"],
            compiler_version=library["compiler_version"],
            flags=library["flags"],
            target=library["target"],
            layout_of=library.get("layout_of") or _original_of(label),
            backends={
                described["name"]: Backend(
                    described["name"],
                    described["technique"],
                    described["summary"],
                    _audit_of(described),
                )
                for described in library["backends"]
            },
            unavailable={missing["name"]: missing["reason"] for missing in library["unavailable"]},
            source=source_name,
            date=context["date"],
            git_revision=own["git_revision"] or "",
        )

    rows = _rows_of(path, document)
    scale = _check_units(path, rows)
    collected: defaultdict[SeriesKey, _Samples] = defaultdict(_new_samples)
    seen: set[tuple[str, Any]] = set()
    seen_workloads: dict[str, None] = {}
    seen_backends: dict[str, None] = {}
    for field, row in rows:
        workload = _text(path, f"{field}.workload", row.get("workload"))
        backend = _text(path, f"{field}.backend", row.get("backend"))
        label = _text(path, f"{field}.library", row.get("library"))
        if label not in columns:
            raise Problem(
                path,
                f"{field}.library",
                f"{label} is none of context.dispatchbench.libraries",
                "Add it there",
            )
        name = _text(path, f"{field}.name", row.get("name"))
        if name != f"{workload}/{backend}/{label}":
            raise Problem(
                path, f"{field}.name", f"found {name}, expected {workload}/{backend}/{label}"
            )
        process = row.get("process", 0)
        if isinstance(process, bool) or not isinstance(process, int) or process < 0:
            raise Problem(
                path,
                f"{field}.process",
                f"found {_describe(process)}, expected a number of a process",
            )
        if row.get("run_type", "iteration") == "iteration":
            repetition = row.get("repetition_index")
            if isinstance(repetition, bool) or not isinstance(repetition, int) or repetition < 0:
                raise Problem(
                    path,
                    f"{field}.repetition_index",
                    f"found {_describe(repetition)}, expected a whole number of 0 or more",
                )
            if (name, repetition) in seen:
                raise Problem(
                    path,
                    f"{field}.repetition_index",
                    f"{repetition} occurs twice for {name}",
                    "Number repetitions over all processes",
                )
            seen.add((name, repetition))
        instructions = _row_number(path, field, row, "vm_instructions")
        samples = collected[(columns[label].key, workload, backend)]
        samples.cpu[process].append(
            _row_number(path, field, row, "cpu_time") * scale / instructions
        )
        samples.wall[process].append(
            _row_number(path, field, row, "real_time") * scale / instructions
        )
        if row.get("instructions_per_vm_instruction") is not None:
            samples.counted = _row_number(path, field, row, "instructions_per_vm_instruction")
        seen_workloads.setdefault(workload)
        seen_backends.setdefault(backend)

    declared = [
        workload["name"] for workload in own["workloads"] if workload["name"] in seen_workloads
    ]
    declared += [name for name in seen_workloads if name not in declared]
    listed = list(dict.fromkeys(name for column in columns.values() for name in column.backends))
    ordered = [name for name in listed if name in seen_backends]
    ordered += [name for name in seen_backends if name not in ordered]
    return _File(
        source=Source(
            path=source_name,
            date=context["date"],
            version=own["version"],
            git_revision=own["git_revision"] or "",
            seed=str(own["seed"]),
            processes=own["processes"],
            repetitions=own["repetitions"],
            machine=machine,
            foreign=False,
            dispatchbench=own,
        ),
        columns=list(columns.values()),
        series=_finished(collected),
        workloads=declared,
        workload_summaries={workload["name"]: workload["summary"] for workload in own["workloads"]},
        backends=ordered,
        warnings=list(own["warnings"]),
        failures=[
            Failure(failure["row"], failure["reason"], source_name) for failure in own["failures"]
        ],
    )


def _read_foreign(path: str, document: dict[str, Any], source_name: str) -> _File:
    """Reads what another program wrote with Google Benchmark.

    What stands before the first `/` of a name becomes the backend, the rest the workload, so that functions are
    compared argument by argument; times stay per iteration; the file is one process.
    """
    context = document["context"]
    rows = _rows_of(path, document)
    scale = _check_units(path, rows)
    processor = f"{context.get('num_cpus', '?')} CPUs at {context.get('mhz_per_cpu', '?')} MHz"
    host = str(context.get("host_name", "unknown host"))
    machine = Machine(f"{host}, {processor}", f"{host} ({processor})", {"host_name": host})
    label = os.path.basename(str(context.get("executable", ""))) or Path(path).stem
    column = Column(
        key=f"{source_name}\n{label}",
        label=label,
        machine=machine,
        source=source_name,
        date=str(context.get("date", "")),
        foreign=True,
    )
    collected: defaultdict[SeriesKey, _Samples] = defaultdict(_new_samples)
    workloads: dict[str, None] = {}
    backends: dict[str, None] = {}
    for field, row in rows:
        name = _text(path, f"{field}.name", row.get("run_name", row.get("name")))
        backend, _, workload = name.partition("/")
        workload = workload or "all"
        if not backend:
            raise Problem(
                path, f"{field}.name", f"found {_describe(name)}, expected a name before the /"
            )
        samples = collected[(column.key, workload, backend)]
        samples.cpu[0].append(_row_number(path, field, row, "cpu_time") * scale)
        samples.wall[0].append(_row_number(path, field, row, "real_time") * scale)
        workloads.setdefault(workload)
        backends.setdefault(backend)
    return _File(
        source=Source(source_name, column.date, "", "", "", 1, 1, machine, True),
        columns=[column],
        series=_finished(collected),
        workloads=list(workloads),
        workload_summaries={},
        backends=list(backends),
        warnings=[
            f"{source_name} was not written by dispatchbench: one process, times per iteration, no intervals"
        ],
        failures=[],
    )


def _finished(collected: dict[SeriesKey, _Samples]) -> dict[SeriesKey, Series]:
    return {
        key: Series(
            cpu={process: tuple(samples.cpu[process]) for process in sorted(samples.cpu)},
            wall={process: tuple(samples.wall[process]) for process in sorted(samples.wall)},
            counted=samples.counted,
        )
        for key, samples in collected.items()
    }


def _read_file(path: str, source_name: str) -> _File:
    document = read_json(path)
    if (
        isinstance(document, dict)
        and isinstance(document.get("context"), dict)
        and "dispatchbench" in document["context"]
    ):
        if "benchmarks" not in document:
            raise Problem(path, "benchmarks", "is missing", "Give a whole results.json")
        return _read_own(path, document, source_name)
    _rows_of(path, document)
    return _read_foreign(path, document, source_name)


def _source_names(paths: Sequence[str]) -> list[str]:
    """The end of each path that tells it from the others: absolute paths have no place in a page that is published."""
    parts = [Path(os.path.abspath(path)).parts for path in paths]
    for length in range(1, max((len(part) for part in parts), default=1) + 1):
        names = ["/".join(part[-length:]) for part in parts]
        if len(set(names)) == len(names):
            return names
    raise Problem(", ".join(paths), "", "the same file is given twice", "Give each file once")


def load(
    paths: Sequence[str], allow_missing: bool = False, allow_one_sample: bool = False
) -> Study:
    """Reads and merges results files.

    Raises Problem for anything that can't be used: also for a backend that one file has and another neither has nor
    declares unavailable or failed (unless allow_missing), and for a file with a single sample of each benchmark
    (unless allow_one_sample).
    """
    if not paths:
        raise Problem("", "", "no results file is given", "Give at least one results.json")
    files = [_read_file(path, name) for path, name in zip(paths, _source_names(paths))]
    if any(file.source.foreign for file in files) and not all(
        file.source.foreign for file in files
    ):
        stranger = next(file.source.path for file in files if file.source.foreign)
        raise Problem(
            stranger,
            "context.dispatchbench",
            "is missing, while the other files have it",
            "Make a report of its own from files of other programs",
        )

    backends = list(dict.fromkeys(name for file in files for name in file.backends))
    workloads = list(dict.fromkeys(name for file in files for name in file.workloads))
    if not allow_missing:
        for path, file in zip(paths, files):
            _check_backends(path, file, backends)
    if not allow_one_sample:
        for path, file in zip(paths, files):
            if all(series.sample_count < 2 for series in file.series.values()):
                raise Problem(
                    path,
                    "benchmarks",
                    "holds one sample of each benchmark, which has no interval",
                    "Give results.json and not results.ci.json, or pass --allow-one-sample",
                )
    columns = [column for file in files for column in file.columns]
    measured = {key for file in files for key, _, _ in file.series}
    columns = [column for column in columns if column.key in measured]
    columns, warnings = _without_strange_layouts(columns)
    bases = [column for column in columns if column.layout_of is None]
    for layout in [column for column in columns if column.layout_of is not None]:
        # A family of layouts without its original is shown under its first member.
        if not any(
            base.source == layout.source and base.label == layout.layout_of for base in bases
        ):
            bases.append(replace(layout, label=str(layout.layout_of), layout_of=None))
    return Study(
        sources=tuple(file.source for file in files),
        columns=tuple(bases),
        layouts=tuple(column for column in columns if column.layout_of is not None),
        workloads=tuple(workloads),
        workload_summaries={
            name: summary for file in files for name, summary in file.workload_summaries.items()
        },
        backends=tuple(backends),
        series=_ordered(files, columns, workloads, backends),
        warnings=tuple(
            dict.fromkeys([warning for file in files for warning in file.warnings] + warnings)
        ),
        failures=tuple(failure for file in files for failure in file.failures),
    )


def _without_strange_layouts(columns: Sequence[Column]) -> tuple[list[Column], list[str]]:
    """Leaves out layout variants whose machine code is not their original's, with a warning for each.

    They come from another build: what sets them apart is no layout.
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
                "remedy: make the layouts anew with tools/layouts"
            )
        else:
            kept.append(column)
    return kept, warnings


def _ordered(
    files: Sequence[_File],
    columns: Sequence[Column],
    workloads: Sequence[str],
    backends: Sequence[str],
) -> dict[SeriesKey, Series]:
    """All series, in the order of columns, workloads and backends: rows come in the random order of measuring."""
    found = {key: series for file in files for key, series in file.series.items()}
    keys = (
        (column.key, workload, backend)
        for column in columns
        for workload in workloads
        for backend in backends
    )
    return {key: found[key] for key in keys if key in found}


def _check_backends(path: str, file: _File, backends: Sequence[str]) -> None:
    failed = {failure.row.split("/")[1] for failure in file.failures if failure.row.count("/") >= 1}
    for backend in backends:
        if backend in file.backends or backend in failed:
            continue
        if any(backend in column.unavailable for column in file.columns):
            continue
        raise Problem(
            path,
            "context.dispatchbench.libraries" if not file.source.foreign else "benchmarks",
            f"backend {backend} is missing: another file has it, and it is not declared unavailable here",
            "Measure it here too, leave it out with --backend, or pass --allow-missing",
        )


def matching(names: Sequence[str], pattern: str | None, option: str) -> tuple[str, ...]:
    """The names that the regular expression matches entirely; Problem when it matches none. No pattern: all."""
    if pattern is None:
        return tuple(names)
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise Problem(option, pattern, f"not a regular expression ({error})") from error
    found = tuple(name for name in names if expression.fullmatch(name))
    if not found:
        raise Problem(option, pattern, f"matches none of {', '.join(names)}")
    return found


def select(study: Study, workloads: str | None, backends: str | None) -> Study:
    """The part of a study whose workloads and backends match these regular expressions entirely."""

    kept_workloads = matching(study.workloads, workloads, "--workload")
    kept_backends = matching(study.backends, backends, "--backend")
    series = {
        key: series
        for key, series in study.series.items()
        if key[1] in kept_workloads and key[2] in kept_backends
    }
    measured = {key[0] for key in series}
    return replace(
        study,
        workloads=kept_workloads,
        backends=kept_backends,
        series=series,
        columns=tuple(column for column in study.columns if column.key in measured),
        layouts=tuple(column for column in study.layouts if column.key in measured),
    )
