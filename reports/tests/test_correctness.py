"""The correctness of compilers at optimisation levels: the reader's refusals, the title, the cells and the table."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from dispatchbench_reports.chart_list import verified_levels
from dispatchbench_reports.charts.correctness import Correctness, correctness, correctness_grid
from dispatchbench_reports.command_line import main
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.verification import read_verification
from dispatchbench_reports.style import LIGHT, themed
from tests.conftest import WriteResults
from tests.overlaps import overlapping_texts
from tests.synthetic import synthetic_results

LEVELS = ("O0", "Og", "O1", "O2", "O3", "Os")
NAMES = ("switch_loop", "computed_goto", "tail_call")
COMPILERS = (("clang", "14.0.6"), ("clang", "21.1.8"), ("g++", "16.2.0"))


def verification() -> dict[str, Any]:
    """Three compilers at six levels, all right; clang 14 has no tail_call."""
    libraries = []
    for level in LEVELS:
        for compiler, version in COMPILERS:
            base = f"{compiler}-{version.partition('.')[0]}"
            missing = ("tail_call",) if base == "clang-14" else ()
            libraries.append(
                {
                    "label": f"{base}-{level}",
                    "compiler": compiler,
                    "compiler_version": version,
                    "flags": f"-{level}",
                    "build": {
                        "schema": 1,
                        "compiler_name": base,
                        "compiler_released": None,
                        "packages": {},
                        "factors": {"base": base, "flags": f"-{level}", "label": level},
                        "backends": [],
                    },
                    "backends": [
                        {"name": name, "correct": True, "reason": None, "where": None}
                        for name in NAMES
                        if name not in missing
                    ],
                    "unavailable": [
                        {"name": name, "reason": "needs preserve_none"} for name in missing
                    ],
                }
            )
    return {"schema": 1, "libraries": libraries}


def fail(document: dict[str, Any], label: str, backend: str) -> None:
    for library in document["libraries"]:
        for row in library["backends"]:
            if library["label"] == label and row["name"] == backend:
                row.update(correct=False, reason="ADD2: found 3, expected 4", where="vectors")


@pytest.fixture
def found(write_results: WriteResults) -> Correctness:
    document = verification()
    fail(document, "g++-16-Og", "tail_call")
    return correctness(read_verification(write_results(document)))


def test_a_wrong_backend_that_is_right_elsewhere_makes_title_and_notes(found: Correctness) -> None:
    assert found.title == (
        "Wrong in some builds and right in others: tail_call of g++ 16.2.0 at -Og "
        "(1 of 48 backends in 18 libraries)"
    )
    assert found.notes == (
        "tail_call of g++ 16.2.0 at -Og is wrong on vectors: ADD2: found 3, expected 4",
        "Other builds of tail_call from the same source are right: a miscompile, unless the source relies on "
        "what the language leaves undefined",
        "tail_call is unavailable with clang 14.0.6: needs preserve_none",
    )


def test_a_backend_that_is_right_nowhere_points_at_its_source(write_results: WriteResults) -> None:
    document = verification()
    for library in document["libraries"]:
        fail(document, library["label"], "computed_goto")
    found = correctness(read_verification(write_results(document)))
    assert found.title.startswith("Wrong: computed_goto of clang 14.0.6 at -O0, ")
    assert "No build of computed_goto is right, so look at the source first" in found.notes


def test_when_all_are_right_the_title_counts_them(write_results: WriteResults) -> None:
    found = correctness(read_verification(write_results(verification())))
    assert found.title == "Every backend is right: 48 backends in 18 libraries"


def test_levels_and_compilers_are_in_order_and_cells_tell_wrong_from_unavailable(
    found: Correctness,
) -> None:
    assert found.levels == LEVELS
    assert found.rows == (("clang-14", "clang-21"), ("g++-16",))
    cells = correctness_grid(found).cells
    assert (cells["g++-16", "-Og"].value, cells["g++-16", "-Og"].below) == ("2 of 3 ✗", "tail_call")
    assert cells["g++-16", "-Og"].shade > 0 > cells["g++-16", "-O2"].shade
    assert (cells["clang-14", "-O2"].value, cells["clang-14", "-O2"].below) == (
        "2 of 2 ✓",
        "1 unavailable",
    )


def test_a_level_that_was_not_built_and_a_library_without_backends_are_told_apart(
    write_results: WriteResults,
) -> None:
    document = verification()
    del document["libraries"][0]
    document["libraries"][0]["backends"] = []
    found = correctness(read_verification(write_results(document)))
    cells = correctness_grid(found).cells
    assert cells["clang-14", "-O0"].value == "not built"
    assert cells["clang-21", "-O0"].value == "none"


def test_libraries_without_factors_stand_for_themselves(write_results: WriteResults) -> None:
    document = verification()
    document["libraries"] = document["libraries"][:3]
    builds: tuple[Any, ...] = (None, {"factors": None}, {})
    for library, build in zip(document["libraries"], builds):
        library["build"] = build
    found = correctness(read_verification(write_results(document)))
    assert found.levels == ("",)
    assert {title for _, title in correctness_grid(found).cells} == {"usual flags"}


def test_the_command_prints_the_table_and_draws_the_chart(
    write_results: WriteResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = verification()
    fail(document, "g++-16-Og", "tail_call")
    path = write_results(document)
    assert main(["correctness", path, "-o", str(tmp_path / "out")]) == 0
    output = capsys.readouterr().out
    assert "2 of 3, wrong: tail_call" in output and output.startswith("Wrong in some builds")
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "correctness.svg",
        "correctness.png",
        "correctness.pdf",
        "correctness-dark.svg",
        "correctness-dark.png",
    }
    assert main(["correctness", path, "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith("compiler,-O0,-Og,-O1,-O2,-O3,-Os\n")


def test_no_text_overlaps_or_leaves_the_sheet(found: Correctness) -> None:
    with themed(LIGHT):
        assert overlapping_texts(verified_levels(found).draw(LIGHT)) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "schema: found 2, expected 1"),
        ({"libraries": []}, "libraries: is empty"),
        ({"libraries": 3}, "libraries: found 3, expected a list"),
        ({"libraries": [{}]}, "libraries[0].label: is missing"),
    ],
)
def test_a_document_of_another_shape_is_refused(
    write_results: WriteResults, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(Problem) as problem:
        read_verification(write_results({**verification(), **change}))
    assert message in str(problem.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"correct": "yes"}, 'backends[0].correct: found "yes", expected true or false'),
        ({"correct": False}, "backends[0].reason: is null, expected what is wrong"),
        ({"reason": "x"}, 'backends[0].reason: found "x" of a backend that is right'),
        ({"name": ""}, 'backends[0].name: found "", expected a text'),
        ({"name": "computed_goto"}, "backends: computed_goto occurs twice"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(
    write_results: WriteResults, row: dict[str, Any], message: str
) -> None:
    document = verification()
    document["libraries"][0]["backends"][0].update(row)
    with pytest.raises(Problem) as problem:
        read_verification(write_results(document))
    assert message in str(problem.value)


def test_two_libraries_for_one_cell_are_refused(write_results: WriteResults) -> None:
    document = verification()
    document["libraries"][1] = json.loads(json.dumps(document["libraries"][0]))
    with pytest.raises(Problem) as problem:
        read_verification(write_results(document))
    assert "libraries[1]: clang-14-O0 stands for clang-14 at O0, as libraries[0] does" in str(
        problem.value
    )


def test_a_published_page_shows_it_beside_the_results_and_keeps_the_file(
    write_results: WriteResults, tmp_path: Path
) -> None:
    results = tmp_path / "small.json"
    results.write_text(json.dumps(synthetic_results(backends=2, workloads=2, processes=2)))
    checked = write_results(verification())
    options = ["--verification", checked, "--topic", "compilers", "-o", str(tmp_path / "published")]
    assert main(["publish", str(results), *options]) == 0
    (folder,) = (tmp_path / "published").iterdir()
    assert folder.name.endswith("-compilers")
    assert (folder / "correctness.svg").exists()
    assert (
        "Every backend is right: 48 backends in 18 libraries"
        in (folder / "report.html").read_text()
    )
    kept = gzip.decompress((folder / "verification.json.gz").read_bytes())
    assert json.loads(kept) == verification()


def test_a_bad_verification_leaves_nothing_published(
    write_results: WriteResults, tmp_path: Path
) -> None:
    results = tmp_path / "small.json"
    results.write_text(json.dumps(synthetic_results(backends=2, workloads=2, processes=2)))
    options = ["--verification", write_results({"schema": 2}), "-o", str(tmp_path / "published")]
    assert main(["publish", str(results), *options]) == 2
    assert list(tmp_path.glob("published/*/*")) == []
