"""The loader accepts what the schema accepts, and refuses everything else by file and field."""

from __future__ import annotations

import copy
import gzip
import json
import math
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.json_file import read_json
from dispatchbench_reports.reading.merging import Tolerance, load
from dispatchbench_reports.reading.results_schema import results_schema
from dispatchbench_reports.reading.selection import select
from tests.conftest import WriteResults
from tests.synthetic import synthetic_results

SMALL = synthetic_results(backends=2, workloads=2, libraries=("clang",), processes=2, repetitions=2)
SCHEMA_1 = synthetic_results(2, 2, ("clang",), 2, 2, schema=1)
SCHEMA_3 = synthetic_results(2, 2, ("clang",), 2, 2, schema=3)


def refusal(path: str) -> Problem:
    with pytest.raises(Problem) as caught:
        load([path])
    return caught.value


@pytest.mark.parametrize("schema", [1, 2, 3])
def test_synthetic_results_follow_the_schema(schema: int) -> None:
    document = synthetic_results(layouts=2, counts=True, schema=schema)
    jsonschema.validate(document, results_schema())


@pytest.mark.parametrize(
    ("document", "edit"),
    [
        (SMALL, lambda own, backend, row: backend.pop("dispatch")),
        (SMALL, lambda own, backend, row: backend.update(technique="switch")),
        (SMALL, lambda own, backend, row: own.pop("refused")),
        (SMALL, lambda own, backend, row: own["libraries"][0].pop("host")),
        (SMALL, lambda own, backend, row: own.update(failures=[{"row": "a/b/c", "reason": "x"}])),
        (SCHEMA_1, lambda own, backend, row: backend.pop("technique")),
        (SCHEMA_1, lambda own, backend, row: own.update(refused=[])),
        (SMALL, lambda own, backend, row: own.update(probe={})),
        (SCHEMA_3, lambda own, backend, row: own["probe"].pop("verdict")),
        (SCHEMA_3, lambda own, backend, row: own["probe"].update(verdict="calm")),
        (SCHEMA_3, lambda own, backend, row: own["probe"]["processes"][0].pop("counts")),
    ],
)
def test_neither_schema_accepts_the_others_fields(
    write_results: WriteResults, document: Any, edit: Any
) -> None:
    document = copy.deepcopy(document)
    own = document["context"]["dispatchbench"]
    edit(own, own["libraries"][0]["backends"][0], document["benchmarks"][0])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, results_schema())
    assert refusal(write_results(document)).field.startswith("context.dispatchbench")


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (SMALL, {"layout": 1}),
        (SMALL, {"attempt": 0}),
        (SCHEMA_1, {"prepare_time": 1.0}),
        (SCHEMA_3, {"attempt": -1}),
    ],
)
def test_neither_schema_has_the_others_fields_in_rows(document: Any, field: Any) -> None:
    document = copy.deepcopy(document)
    document["benchmarks"][0].update(field)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, results_schema())


def test_schema_1_knows_neither_family_nor_dispatch(write_results: WriteResults) -> None:
    study = load([write_results(synthetic_results(5, 2, ("clang",), 2, 2, schema=1))])
    for backend in study.columns[0].backends.values():
        assert (backend.family, backend.dispatch, backend.expected) == ("", "", "")
        assert backend.audit is not None and not backend.merged_by_compiler


def test_schema_2_describes_libraries_and_backends(write_results: WriteResults) -> None:
    (column,) = load([write_results(SMALL)]).columns
    assert (column.host, column.language) == ("native", "c++")
    backend = column.backends["computed_goto"]
    assert (backend.family, backend.dispatch) == ("computed_goto", "computed_goto")


def test_failures_have_fields_in_schema_2_and_a_name_in_schema_1(
    write_results: WriteResults,
) -> None:
    for schema in (1, 2):
        document = copy.deepcopy({1: SCHEMA_1, 2: SMALL, 3: SCHEMA_3}[schema])
        failure = {"row": "fib/x/clang", "reason": "crashed"}
        if schema == 2:
            failure.update(workload="fib", backend="x", library="clang")
        document["context"]["dispatchbench"]["failures"] = [failure]
        (found,) = load([write_results(document)]).failures
        assert (found.workload, found.backend, found.library) == ("fib", "x", "clang")


def test_refused_rows_are_known_with_their_reason(write_results: WriteResults) -> None:
    document = synthetic_results(
        2, 2, ("clang",), 2, 2, refused={("mandelbrot", "computed_goto"): "it modifies itself"}
    )
    study = load([write_results(document)])
    assert study.backends == ("switch_loop", "computed_goto")
    column = study.columns[0]
    assert study.refusal(column, "mandelbrot", "computed_goto") == "it modifies itself"
    assert study.refusal(column, "fib", "computed_goto") is None
    assert study.failures == ()
    assert select(study, "fib", None).refusals == {}


def test_a_backend_that_refuses_everything_is_still_listed(write_results: WriteResults) -> None:
    reason = {(workload, "computed_goto"): "no" for workload in ("fib", "mandelbrot")}
    document = synthetic_results(2, 2, ("clang",), 2, 2, refused=reason)
    study = load([write_results(document)])
    assert study.backends == ("switch_loop", "computed_goto")
    assert study.attempted(study.columns[0], "computed_goto")
    assert not study.measured(study.columns[0], "computed_goto")


def test_a_refused_row_of_an_unknown_library_is_refused(write_results: WriteResults) -> None:
    document = copy.deepcopy(SMALL)
    document["context"]["dispatchbench"]["refused"] = [
        {"row": "a/b/c", "workload": "a", "backend": "b", "library": "c", "reason": "no"}
    ]
    assert refusal(write_results(document)).field == "context.dispatchbench.refused[0].library"


def test_the_time_of_prepare_is_kept_per_vm_instruction(write_results: WriteResults) -> None:
    document = copy.deepcopy(SMALL)
    for row in document["benchmarks"]:
        row["prepare_time"] = row["vm_instructions"] * 0.25
    study = load([write_results(document)])
    assert {series.prepare[0] for series in study.series.values()} == {(0.25, 0.25)}
    document["benchmarks"][3]["prepare_time"] = -1.0
    assert refusal(write_results(document)).field == "benchmarks[3].prepare_time"


def test_samples_are_times_per_vm_instruction(write_results: WriteResults) -> None:
    document = copy.deepcopy(SMALL)
    for row in document["benchmarks"]:
        row["cpu_time"], row["real_time"], row["vm_instructions"] = 3000.0, 5000.0, 1000
    study = load([write_results(document)])
    for series in study.series.values():
        assert series.cpu == {0: (3.0, 3.0), 1: (3.0, 3.0)}
        assert series.wall == {0: (5.0, 5.0), 1: (5.0, 5.0)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "the file is empty"),
        ("  \n", "the file is empty"),
        ("{", "not JSON"),
        ('{"context": {}, "context": {}}', "occurs twice"),
        ("[]", "expected an object"),
        ('{"benchmarks": []}', "is missing"),
        ('{"context": {}}', "is missing"),
        ('{"context": {}, "benchmarks": []}', "no row that was measured"),
        ('{"context": 1, "benchmarks": []}', "expected an object"),
        ("[" * 100_000, "not JSON"),
        ("1" * 10_000, "not JSON"),
    ],
)
def test_a_file_that_is_no_results_file_is_refused(
    write_results: WriteResults, text: str, found: str
) -> None:
    path = write_results(text)
    problem = refusal(path)
    assert problem.file == path
    assert found in str(problem)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "absent.json")
    assert path in str(refusal(path))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**100])
@pytest.mark.parametrize("name", ["cpu_time", "real_time", "vm_instructions"])
def test_a_number_that_is_not_finite_is_refused_by_its_field(
    write_results: WriteResults, name: str, value: float
) -> None:
    document = copy.deepcopy(SMALL)
    document["benchmarks"][3][name] = value
    assert refusal(write_results(document)).field == f"benchmarks[3].{name}"


@pytest.mark.parametrize(
    "name",
    "name workload backend library cpu_time real_time time_unit vm_instructions repetition_index".split(),
)
def test_a_missing_field_of_a_row_is_named(write_results: WriteResults, name: str) -> None:
    document = copy.deepcopy(SMALL)
    del document["benchmarks"][2][name]
    assert refusal(write_results(document)).field == f"benchmarks[2].{name}"


def required_fields() -> list[tuple[int, str]]:
    """Schema and name of every field that the context must have."""
    definitions = results_schema()["definitions"]
    return [
        (schema, name)
        for schema in (1, 2, 3)
        for name in definitions[f"dispatchbench_of_schema_{schema}"]["required"]
    ]


@pytest.mark.parametrize(("schema", "name"), required_fields())
def test_a_missing_field_of_the_context_is_named(
    write_results: WriteResults, schema: int, name: str
) -> None:
    document = copy.deepcopy({1: SCHEMA_1, 2: SMALL, 3: SCHEMA_3}[schema])
    del document["context"]["dispatchbench"][name]
    problem = refusal(write_results(document))
    assert "context.dispatchbench" in problem.field
    assert name in str(problem)


def test_another_schema_version_is_refused(write_results: WriteResults) -> None:
    document = copy.deepcopy(SMALL)
    for version in (0, 4, "2", True):
        document["context"]["dispatchbench"]["schema"] = version
        problem = refusal(write_results(document))
        assert problem.field == "context.dispatchbench.schema"
        assert f"found {json.dumps(version)}, expected 1, 2 or 3" in problem.found


def test_mixed_units_are_refused(write_results: WriteResults) -> None:
    document = copy.deepcopy(SMALL)
    document["benchmarks"][1]["time_unit"] = "us"
    problem = refusal(write_results(document))
    assert problem.field == "benchmarks[1].time_unit"
    assert "mixed" in problem.found


def test_one_sample_of_each_benchmark_is_refused_unless_allowed(
    write_results: WriteResults,
) -> None:
    document = synthetic_results(2, 2, ("clang",), processes=1, repetitions=1)
    path = write_results(document)
    assert "one sample" in refusal(path).found
    assert load([path], Tolerance(one_sample=True)).workloads == ("fib", "mandelbrot")


def test_a_row_of_an_unknown_library_is_refused(write_results: WriteResults) -> None:
    document = copy.deepcopy(SMALL)
    document["benchmarks"][0]["library"] = "icc"
    assert refusal(write_results(document)).field == "benchmarks[0].library"


def test_a_name_that_is_not_workload_backend_label_is_refused(write_results: WriteResults) -> None:
    document = copy.deepcopy(SMALL)
    document["benchmarks"][0]["name"] = "fib"
    assert refusal(write_results(document)).field == "benchmarks[0].name"


def test_a_repetition_that_occurs_twice_is_refused(write_results: WriteResults) -> None:
    document = copy.deepcopy(SMALL)
    document["benchmarks"].append(document["benchmarks"][0])
    assert "occurs twice" in refusal(write_results(document)).found


def test_the_same_file_twice_is_refused(write_results: WriteResults) -> None:
    path = write_results(SMALL)
    with pytest.raises(Problem, match="given twice"):
        load([path, path])


def test_machines_are_merged_into_columns(write_results: WriteResults) -> None:
    first = write_results(SMALL, "first")
    second = write_results(
        synthetic_results(2, 2, ("clang",), 2, 2, seed=2, cpu_model="Neoverse-V2"), "second"
    )
    study = load([first, second])
    assert [study.column_title(column) for column in study.columns] == [
        "clang 19.1.7, AMD EPYC 9R45",
        "clang 19.1.7, Neoverse-V2",
    ]
    assert [source.path for source in study.sources] == ["first.json", "second.json"]


def test_two_runs_on_one_machine_stay_apart(write_results: WriteResults) -> None:
    other = synthetic_results(2, 2, ("clang",), 2, 2, seed=2)
    other["context"]["dispatchbench"]["git_revision"] = "f" * 40
    study = load([write_results(SMALL, "first"), write_results(other, "second")])
    titles = [study.column_title(column) for column in study.columns]
    assert len(set(titles)) == 2
    assert "ffffffffff" in titles[1]


def test_a_backend_that_one_file_lacks_is_refused_unless_declared_or_allowed(
    write_results: WriteResults,
) -> None:
    more = write_results(synthetic_results(3, 2, ("clang",), 2, 2), "more")
    fewer = write_results(SMALL, "fewer")
    with pytest.raises(Problem) as caught:
        load([more, fewer])
    assert caught.value.file == fewer
    assert "computed_goto_plain" in caught.value.found
    assert load([more, fewer], Tolerance(missing_backends=True)).backends == (
        "switch_loop",
        "computed_goto",
        "computed_goto_plain",
    )
    declared = copy.deepcopy(SMALL)
    declared["context"]["dispatchbench"]["libraries"][0]["unavailable"] = [
        {"name": "computed_goto_plain", "reason": "not on this target"}
    ]
    load([more, write_results(declared, "declared")])


def test_layouts_are_kept_apart_from_the_library_they_vary(write_results: WriteResults) -> None:
    study = load([write_results(synthetic_results(2, 2, ("clang",), 2, 2, layouts=3))])
    assert [column.label for column in study.columns] == ["clang"]
    assert [column.label for column in study.layouts_of(study.columns[0])] == [
        f"clang@layout{number}" for number in (1, 2, 3)
    ]


def test_a_label_says_nothing_about_layouts(write_results: WriteResults) -> None:
    document = synthetic_results(2, 2, ("clang",), 2, 2, layouts=1)
    document["context"]["dispatchbench"]["libraries"][1]["layout_of"] = None
    study = load([write_results(document)])
    assert [column.label for column in study.columns] == ["clang", "clang@layout1"]
    assert study.layouts == ()


def test_layouts_of_other_code_are_left_out_with_a_warning(write_results: WriteResults) -> None:
    document = synthetic_results(2, 2, ("clang",), 2, 2, layouts=2)
    for library in document["context"]["dispatchbench"]["libraries"]:
        for backend in library["backends"]:
            backend["audit"]["code_hash"] = "same"
    stale = document["context"]["dispatchbench"]["libraries"][2]["backends"][1]
    stale["audit"]["code_hash"] = "another"
    study = load([write_results(document)])
    assert [column.label for column in study.layouts] == ["clang@layout1"]
    assert any(
        "clang@layout2 is left out: its code of computed_goto" in text for text in study.warnings
    )
    assert all("clang@layout2" not in key for key, _, _ in study.series)


def test_compressed_results_are_read(tmp_path: Path) -> None:
    path = tmp_path / "results.json.gz"
    path.write_bytes(gzip.compress(json.dumps(SMALL).encode()))
    assert load([str(path)]).workloads == ("fib", "mandelbrot")
    path.write_bytes(path.read_bytes()[:-20])
    assert "gzip" in refusal(str(path)).found


def test_layouts_without_the_original_are_shown_under_their_first(
    write_results: WriteResults,
) -> None:
    document = synthetic_results(2, 2, ("clang",), 2, 2, layouts=2)
    document["benchmarks"] = [row for row in document["benchmarks"] if row["library"] != "clang"]
    study = load([write_results(document)])
    assert [column.label for column in study.columns] == ["clang"]
    assert study.find(study.columns[0], "fib", "switch_loop") is not None


def foreign_results(unit: str = "us") -> dict[str, Any]:
    """Results that another program wrote with Google Benchmark."""
    rows: list[dict[str, Any]] = [
        {
            "name": f"{function}/{size}",
            "run_name": f"{function}/{size}",
            "run_type": "iteration",
            "repetition_index": repetition,
            "iterations": 100,
            "real_time": 2.5 * size * factor,
            "cpu_time": 2.0 * size * factor,
            "time_unit": unit,
        }
        for function, factor in (("BM_copy", 1.0), ("BM_move", 0.5))
        for size in (8, 64)
        for repetition in range(3)
    ]
    rows.append(
        {**rows[0], "name": "BM_copy/8_mean", "run_type": "aggregate", "aggregate_name": "mean"}
    )
    context = {
        "date": "2026-11-22",
        "host_name": "box",
        "executable": "./bm",
        "num_cpus": 2,
        "mhz_per_cpu": 1,
    }
    return {"context": context, "benchmarks": rows}


def test_google_benchmark_files_of_other_programs_are_read(write_results: WriteResults) -> None:
    study = load([write_results(foreign_results())])
    assert study.backends == ("BM_copy", "BM_move")
    assert study.workloads == ("8", "64")
    assert study.unit == "ns per iteration"
    series = study.find(study.columns[0], "64", "BM_move")
    assert series is not None
    assert series.cpu == {0: (64_000.0, 64_000.0, 64_000.0)}


def test_own_and_foreign_files_do_not_mix(write_results: WriteResults) -> None:
    with pytest.raises(Problem, match="other programs"):
        load([write_results(SMALL, "own"), write_results(foreign_results(), "foreign")])


def test_a_selection_that_matches_nothing_is_refused(write_results: WriteResults) -> None:
    study = load([write_results(SMALL)])
    with pytest.raises(Problem, match="matches none"):
        select(study, "nothing", None)
    with pytest.raises(Problem, match="not a regular expression"):
        select(study, "(", None)
    assert select(study, "fi.*", None).workloads == ("fib",)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def load_text(text: str) -> None:
    """Loads a text as a file; anything but success or a Problem that names the file fails the test."""
    with tempfile.TemporaryDirectory() as directory:
        path = str(Path(directory) / "results.json")
        Path(path).write_text(text, encoding="utf-8")
        try:
            load([path])
        except Problem as problem:
            assert path in str(problem)


@given(json_values)
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_any_json_is_taken_or_refused_by_name(document: Any) -> None:
    load_text(json.dumps(document))


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_taken_or_refused_by_name(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "results.json"
        path.write_bytes(data)
        try:
            read_json(str(path))
        except Problem as problem:
            assert str(path) in str(problem)


def paths_in(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for name, inner in value.items():
            found += paths_in(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += paths_in(inner, (*path, index))
    return found


@given(st.data())
@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
def test_what_the_schema_refuses_the_loader_refuses(data: st.DataObject) -> None:
    """One field anywhere is replaced or removed: the loader may be stricter than the schema, never more lenient
    about the fields it uses."""
    document = copy.deepcopy(data.draw(st.sampled_from([SCHEMA_1, SMALL])))
    path = data.draw(st.sampled_from(paths_in(document)))
    holder: Any = document
    for part in path[:-1]:
        holder = holder[part]
    if data.draw(st.booleans()) and isinstance(holder, dict):
        del holder[path[-1]]
    else:
        holder[path[-1]] = data.draw(json_values)
    text = json.dumps(document)
    if len(path) > 2 and path[0] == "context":
        schema = results_schema()
        try:
            jsonschema.validate(json.loads(text), schema)
        except jsonschema.ValidationError:
            with tempfile.TemporaryDirectory() as directory:
                file = Path(directory) / "results.json"
                file.write_text(text)
                if "dispatchbench" in document["context"]:
                    with pytest.raises(Problem):
                        load([str(file)])
            return
    load_text(text)
