"""Reads a results file that dispatchbench wrote, of schema 1, 2 or 3."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from dispatchbench_reports.builds import build_from_json
from dispatchbench_reports.engine import engine_from_json
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.benchmark_rows import (
    SeriesCollector,
    is_sample,
    measured_rows,
    nanoseconds_per_unit,
)
from dispatchbench_reports.reading.json_fields import Fields
from dispatchbench_reports.reading.probe import FIELD, CountingRows, read_probe
from dispatchbench_reports.reading.results_file import ResultsFile
from dispatchbench_reports.reading.results_schema import check_context
from dispatchbench_reports.row_names import row_name, split_row_name
from dispatchbench_reports.study import (
    Audit,
    Backend,
    Column,
    Failure,
    Machine,
    SeriesKey,
    Source,
    column_key,
)


def read_dispatchbench_results(
    path: str, document: dict[str, Any], source_name: str
) -> ResultsFile:
    """The file's content under source_name; raises Problem for everything that doesn't follow the schema."""
    context = document["context"]
    check_context(path, context)
    own = context["dispatchbench"]
    source = _source(path, context, source_name)
    columns = _columns(path, own, source)
    measured = measured_rows(path, document)
    scale = nanoseconds_per_unit(measured)
    counting = CountingRows(source.probe)
    rows = [row for row in measured if counting.includes(row)]
    if not rows:
        raise Problem(
            path,
            f"{FIELD}.processes",
            "lets no process count",
            "Measure again on a quieter machine",
        )
    collector = SeriesCollector()
    keys: dict[SeriesKey, None] = {}
    seen: set[tuple[str, int]] = set()
    for row in rows:
        column, workload, backend = _place(row, columns)
        _check_repetition(row, seen)
        process = row.whole("process", 0) if "process" in row.values else 0
        key = (column.key, workload, backend)
        collector.add(key, row, process, scale, row.positive("vm_instructions"))
        keys.setdefault(key)
    refusals = _refusals(path, own, columns)
    keys.update(dict.fromkeys(refusals))
    failures = tuple(_failure(failure, source.path) for failure in own["failures"])
    keys.update(
        dict.fromkeys(
            (columns[failure.library].key, failure.workload, failure.backend)
            for failure in failures
            if failure.library in columns
        )
    )
    return ResultsFile(
        source=source,
        columns=tuple(columns.values()),
        series=collector.series(),
        workloads=_ordered(
            (workload["name"] for workload in own["workloads"]),
            (workload for _, workload, _ in keys),
        ),
        backends=_ordered(
            (name for column in columns.values() for name in column.backends),
            (backend for _, _, backend in keys),
        ),
        workload_summaries={workload["name"]: workload["summary"] for workload in own["workloads"]},
        refusals=refusals,
        warnings=tuple(own["warnings"]),
        failures=failures,
    )


def _source(path: str, context: dict[str, Any], source_name: str) -> Source:
    own = context["dispatchbench"]
    machine = own["machine"]
    return Source(
        path=source_name,
        date=context["date"],
        version=own["version"],
        git_revision=own["git_revision"] or "",
        seed=str(own["seed"]),
        processes=own["processes"],
        repetitions=own["repetitions"],
        machine=Machine(machine["fingerprint"], machine["cpu_model"], machine),
        foreign=False,
        dispatchbench=own,
        probe=read_probe(path, own),
        interval_level=own.get("stopping", {}).get("interval_level", 0.95),
        baseline=own.get("stopping", {}).get("baseline"),
    )


def _columns(path: str, own: dict[str, Any], source: Source) -> dict[str, Column]:
    """The libraries by label."""
    columns: dict[str, Column] = {}
    for index, library in enumerate(own["libraries"]):
        label = library["label"]
        if label in columns:
            where = f"context.dispatchbench.libraries[{index}].label"
            raise Problem(path, where, f"{label} occurs twice", "Rename one")
        columns[label] = Column(
            key=column_key(source.path, label),
            label=label,
            machine=source.machine,
            compiler=library["compiler"],
            compiler_version=library["compiler_version"],
            flags=library["flags"],
            target=library["target"],
            host=library.get("host", ""),
            language=library.get("language", ""),
            layout_of=library.get("layout_of"),
            backends={backend["name"]: _backend(backend) for backend in library["backends"]},
            unavailable={missing["name"]: missing["reason"] for missing in library["unavailable"]},
            build=build_from_json(library.get("build")),
            engine=engine_from_json(library.get("engine")),
            source=source.path,
            date=source.date,
            git_revision=source.git_revision,
        )
    return columns


def _backend(described: dict[str, Any]) -> Backend:
    """What schema 1 doesn't have stays empty."""
    return Backend(
        name=described["name"],
        family=described.get("family", ""),
        dispatch=described.get("dispatch", ""),
        summary=described["summary"],
        expected=described.get("expected", ""),
        language=described.get("language", ""),
        budgeted=described.get("budgeted", False),
        prepares=described.get("prepares", False),
        on_request=described.get("on_request", False),
        source_lines=described.get("source_lines") or None,
        audit=_audit(described.get("audit")),
    )


def _audit(audit: dict[str, Any] | None) -> Audit | None:
    if not audit:
        return None
    return Audit(
        effective_technique=audit["effective_technique"],
        label=audit["label"],
        as_expected=audit["as_expected"],
        expected=audit.get("expected", ""),
        indirect_jump_sites=audit.get("indirect_jump_sites"),
        code_bytes=audit.get("code_bytes"),
        table_bytes=audit.get("table_bytes"),
        code_hash=audit.get("code_hash"),
    )


def _place(row: Fields, columns: Mapping[str, Column]) -> tuple[Column, str, str]:
    """Column, workload and backend of a row, whose name has to agree."""
    workload, backend, label = row.text("workload"), row.text("backend"), row.text("library")
    if label not in columns:
        raise row.problem(
            "library", f"{label} is none of context.dispatchbench.libraries", "Add it there"
        )
    name, expected = row.text("name"), row_name(workload, backend, label)
    if name != expected:
        raise row.problem("name", f"found {name}, expected {expected}")
    return columns[label], workload, backend


def _check_repetition(row: Fields, seen: set[tuple[str, int]]) -> None:
    if not is_sample(row):
        return
    name, repetition = row.text("name"), row.whole("repetition_index", 0)
    if (name, repetition) in seen:
        raise row.problem(
            "repetition_index",
            f"{repetition} occurs twice for {name}",
            "Number repetitions over all processes",
        )
    seen.add((name, repetition))


def _refusals(
    path: str, own: dict[str, Any], columns: Mapping[str, Column]
) -> dict[SeriesKey, str]:
    """Reasons by row; schema 1 has none."""
    found: dict[SeriesKey, str] = {}
    for index, refused in enumerate(own.get("refused", ())):
        label = refused["library"]
        if label not in columns:
            raise Problem(
                path,
                f"context.dispatchbench.refused[{index}].library",
                f"{label} is none of context.dispatchbench.libraries",
                "Add it there",
            )
        found[columns[label].key, refused["workload"], refused["backend"]] = refused["reason"]
    return found


def _failure(failure: dict[str, Any], source_name: str) -> Failure:
    """Schema 1 has only the row's name, whose parts are known by its form."""
    parts = split_row_name(failure["row"]) or ("", "", "")
    if "backend" in failure:
        parts = (failure["workload"], failure["backend"], failure["library"])
    return Failure(failure["row"], failure["reason"], source_name, *parts)


def _ordered(declared: Iterable[str], seen: Iterable[str]) -> list[str]:
    """The names that were seen: in declared order, then those that nobody declared."""
    present = dict.fromkeys(seen)
    return list(dict.fromkeys([name for name in declared if name in present] + list(present)))
