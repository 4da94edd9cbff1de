"""Many compilers: how libraries were built, the matrix and its sentences, compile time, pictures of eight panels at most."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, Callable

import pytest

from dispatchbench_reports import estimates
from dispatchbench_reports.chart_list import CHARTS, Chart, charts_for, pictures_of
from dispatchbench_reports.charts.matrix import Matrix, matrix, matrix_grid, matrix_lens
from dispatchbench_reports.charts.ratio import MOST_PANELS, ratio_chart, ratio_pictures
from dispatchbench_reports.charts.technique import Mark, technique_chart
from dispatchbench_reports.charts.times import times_chart
from dispatchbench_reports.command_line import main
from dispatchbench_reports.compilers import in_order, ranges
from dispatchbench_reports.lens import Lens, lens_for
from dispatchbench_reports.page import MOST_SENTENCES
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.style import DARK, LIGHT, SHADES, Theme, shades, themed
from dispatchbench_reports.summary import summary
from tests.compilers_trial import ASM, trial_results
from tests.conftest import WriteResults
from tests.overlaps import overlapping_texts

ONE_WORKLOAD = ("fib",)


def libraries(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["label"]: each for each in document["context"]["dispatchbench"]["libraries"]}


def audit(document: dict[str, Any], label: str, backend: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each["audit"] for each in libraries(document)[label]["backends"] if each["name"] == backend
    )
    return found


@pytest.fixture
def lens_of(write_results: WriteResults) -> Callable[..., Lens]:
    def made(document: dict[str, Any], baseline: str | None = None) -> Lens:
        return lens_for(load([write_results(document)]), baseline)

    return made


@pytest.fixture
def trial(lens_of: Callable[..., Lens]) -> Lens:
    return lens_of(trial_results(workloads=ONE_WORKLOAD, processes=4))


def drawn(lens: Lens) -> Matrix:
    return matrix(lens)


def test_the_build_is_read_with_compile_time_and_packages(trial: Lens) -> None:
    column = next(each for each in trial.study.columns if each.label == "clang-21")
    assert column.build is not None
    assert column.build.compiler_released == "2025-08-26"
    assert column.build.packages == {"clang-21": "1:21.1.8-1"}
    assert set(column.build.compilations) == set(column.backends)
    assert (column.build.compilations["tail_call"].seconds or 0) > 0


def test_the_long_table_has_the_build_and_what_is_measured_on_request(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str]
) -> None:
    document = trial_results(
        workloads=ONE_WORKLOAD, processes=2, compilers=2, on_request=True, rust=False
    )
    libraries(document)["clang-15"]["build"]["factors"] = {
        "base": "clang-14",
        "flags": "-O3",
        "label": "O3",
    }
    libraries(document)["clang-14"]["build"] = None
    assert main(["table", write_results(document), "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    by_name = {(row["library"], row["backend"]): row for row in rows}
    found = by_name["clang-15", "trampoline"]
    assert (found["compiler_name"], found["flags_base"], found["flags_label"]) == (
        "clang-15",
        "clang-14",
        "O3",
    )
    assert float(found["compile_seconds"]) > 0 and int(found["compile_peak_bytes"]) > 0
    assert found["on_request"] == "yes" and by_name["clang-15", ASM]["on_request"] == ""
    assert by_name["clang-14", ASM]["compile_seconds"] == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("compiler_name", 3),
        ("compiler_released", "autumn"),
        ("packages", []),
        ("factors", {}),
        ("backends", {}),
        ("schema", 2),
    ],
)
def test_a_build_that_breaks_the_schema_is_refused_with_its_field(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str], field: str, value: Any
) -> None:
    document = trial_results(workloads=ONE_WORKLOAD, processes=2, compilers=2, rust=False)
    libraries(document)["clang-14"]["build"][field] = value
    assert main(["table", write_results(document)]) == 2
    assert "context.dispatchbench.libraries[0].build" in capsys.readouterr().err


def test_compilers_are_in_order_of_release_and_each_is_followed_by_its_flags(
    lens_of: Callable[..., Lens],
) -> None:
    document = trial_results(workloads=ONE_WORKLOAD, processes=2, compilers=8)
    described = document["context"]["dispatchbench"]["libraries"]
    libraries(document)["clang-22"]["build"].update(
        compiler_released="2022-03-25",
        factors={"base": "clang-14", "flags": "-O3", "label": "O3"},
    )
    libraries(document)["clang-22"].update(compiler_version="14.0.6")
    described.reverse()
    labels = [column.label for column in in_order(lens_of(document).study.columns)]
    assert labels == [
        "clang-14",
        "clang-22",
        *(f"clang-{version}" for version in (15, 16, 17, 18, 19, 21)),
        "rust-1.97",
    ]


def test_without_release_dates_versions_give_the_order_as_numbers(
    lens_of: Callable[..., Lens],
) -> None:
    document = trial_results(workloads=ONE_WORKLOAD, processes=2, compilers=3, rust=False)
    libraries(document)["clang-14"]["compiler_version"] = "9.0.1"
    libraries(document)["clang-16"]["compiler_version"] = "10.0.0"
    libraries(document)["clang-15"]["build"] = None
    assert [column.label for column in in_order(lens_of(document).study.columns)] == [
        "clang-14",
        "clang-16",
        "clang-15",
    ]


def test_ranges_name_releases_that_follow_each_other(trial: Lens) -> None:
    columns = trial.study.columns

    def text(*labels: str) -> str:
        return ranges(
            trial.study, [column for column in columns if column.label in labels], columns
        )

    assert text("clang-14", "clang-15", "clang-16") == "clang 14 to 16"
    assert text("clang-14", "clang-15") == "clang 14 and clang 15"
    assert text("clang-18", "clang-19", "clang-21", "rust-1.97") == "clang 18 to 21 and rust 1.97"
    assert text("clang-14", "clang-16", "g++-16") == "clang 14, clang 16 and g++ 16"


def test_the_matrix_measures_against_the_assembly_that_all_libraries_share(trial: Lens) -> None:
    found = drawn(trial)
    assert found.baseline == ASM
    column = next(each for each in trial.study.columns if each.label == "g++-16")
    cell = found.cells[column.key, "tail_call"]
    assert cell.estimate == estimates.geometric_mean(trial.relative_to(ASM), column, "tail_call")
    assert (cell.technique, cell.sites) == ("tail_calls", 259)
    assert "the same machine code in 16 libraries (proved by its hash)" in found.caption


def test_a_library_without_assembly_borrows_another_ones_and_the_caption_says_so(
    trial: Lens,
) -> None:
    found = drawn(trial)
    rust = next(each for each in trial.study.columns if each.label == "rust-1.97")
    assert found.cells[rust.key, "rust_become"].estimate is not None
    assert (rust.key, "switch_loop") not in found.cells
    assert f"Rust 1.97 has no {ASM}: compared with {ASM}/clang-14" in found.caption


def test_without_common_code_the_matrix_says_that_rows_cannot_be_compared(
    lens_of: Callable[..., Lens],
) -> None:
    document = trial_results(workloads=ONE_WORKLOAD, processes=3, compilers=3, rust=False)
    audit(document, "clang-15", ASM)["code_hash"] = "sha256:another"
    lens = lens_of(document)
    found = drawn(lens)
    assert found.baseline == "switch_loop"
    assert "so compare cells within a row only" in found.caption
    assert "varies most" not in found.note
    assert not matrix_lens(lens).one_baseline


def test_a_baseline_that_was_asked_for_stays(lens_of: Callable[..., Lens]) -> None:
    document = trial_results(workloads=ONE_WORKLOAD, processes=3, compilers=3, rust=False)
    found = drawn(lens_of(document, "computed_goto/clang-15"))
    assert found.baseline == "computed_goto/clang-15"
    assert "Every cell is relative to computed_goto/clang-15" in found.caption


def test_the_title_says_where_one_compiler_merges_what_others_replicate(trial: Lens) -> None:
    assert (
        drawn(trial).title == "clang 19 alone merges computed_goto_plain, which 15 others replicate"
    )


def test_the_title_names_the_smaller_side_and_counts_the_other(
    lens_of: Callable[..., Lens],
) -> None:
    document = trial_results(workloads=ONE_WORKLOAD, processes=2, compilers=8, rust=False)
    for label in ("clang-14", "clang-15", "clang-16"):
        audit(document, label, "switch_loop")["effective_technique"] = "replicated"
    assert drawn(lens_of(document)).title == (
        "clang 14 to 16 replicate switch_loop, which 5 others merge; "
        "clang 19 alone merges computed_goto_plain, which 7 others replicate"
    )


def test_of_two_compilers_both_are_named(lens_of: Callable[..., Lens]) -> None:
    document = trial_results(workloads=ONE_WORKLOAD, processes=2, compilers=2, rust=False)
    audit(document, "clang-15", "computed_goto")["effective_technique"] = "merged"
    assert drawn(lens_of(document)).title == (
        "clang 15 merges computed_goto, which clang 14 replicates"
    )


def test_three_kinds_of_code_are_listed_and_what_was_not_proved_is_left_out(
    lens_of: Callable[..., Lens],
) -> None:
    document = trial_results(workloads=ONE_WORKLOAD, processes=2, compilers=4, rust=False)
    audit(document, "clang-14", "computed_goto")["effective_technique"] = "partly_merged"
    audit(document, "clang-15", "computed_goto")["effective_technique"] = "merged"
    audit(document, "clang-16", "switch_loop")["effective_technique"] = "unknown"
    assert drawn(lens_of(document)).title == (
        "computed_goto is merged with clang 15, partly merged with clang 14 and "
        "replicated with clang 16 and clang 17"
    )


def test_without_differences_or_audits_the_title_claims_no_more(
    lens_of: Callable[..., Lens],
) -> None:
    document = trial_results(workloads=ONE_WORKLOAD, processes=2, compilers=3, rust=False)
    assert drawn(lens_of(document)).title == (
        "Every audited backend is one kind of machine code, whichever compiler built it"
    )
    for library in libraries(document).values():
        for backend in library["backends"]:
            backend["audit"] = None
    assert drawn(lens_of(document)).title == (
        "Time relative to switch_loop, by compiler and backend"
    )


def test_one_process_resolves_nothing_and_frames_nothing(lens_of: Callable[..., Lens]) -> None:
    found = drawn(
        lens_of(trial_results(workloads=ONE_WORKLOAD, processes=1, compilers=3, rust=False))
    )
    assert found.note.startswith("One process gives no interval")
    assert "not resolved" in found.note.split("\n")[1]
    assert not any(cell.fastest for cell in found.cells.values())


def test_the_fastest_are_named_with_their_compilers_if_they_are_few(
    lens_of: Callable[..., Lens],
) -> None:
    document = trial_results(workloads=ONE_WORKLOAD, processes=3, compilers=2, rust=False)
    times = {ASM: 1.0, "switch_loop": 1.6, "computed_goto": 1.2, "computed_goto_plain": 1.3}
    for row in document["benchmarks"]:
        slower = 1.5 if row["library"] == "clang-15" and row["backend"] == "computed_goto" else 1.0
        row["cpu_time"] = 1e6 * times[row["backend"]] * slower
    assert drawn(lens_of(document)).note == (
        f"Fastest (framed) after {ASM}: computed_goto with clang 14; computed_goto_plain with clang 15.\n"
        "Between compilers computed_goto varies most: 1.20 (clang 14) to 1.80 (clang 15); "
        "switch_loop least: 1.60 with each."
    )


def test_every_reason_for_an_empty_cell_is_shown(lens_of: Callable[..., Lens]) -> None:
    document = trial_results(workloads=ONE_WORKLOAD, processes=2, compilers=6, rust=False)
    own = document["context"]["dispatchbench"]

    def without(label: str) -> None:
        document["benchmarks"] = [
            row
            for row in document["benchmarks"]
            if (row["library"], row["backend"]) != (label, "computed_goto")
        ]

    place = {"workload": "fib", "backend": "computed_goto"}
    for label, key in (("clang-14", "failures"), ("clang-15", "refused")):
        row = f"fib/computed_goto/{label}"
        own[key].append({"row": row, "library": label, "reason": "it ended", **place})
    for label in ("clang-14", "clang-15", "clang-16"):
        without(label)
    lens = lens_of(document)
    grid = matrix_grid(drawn(lens))
    keys = {column.label: column.key for column in lens.study.columns}
    texts = [grid.cells[keys[f"clang-{number}"], "computed_goto"].value for number in (14, 15, 16)]
    assert texts == ["failed", "refused", "not measured"]
    assert grid.cells[keys["clang-14"], "tail_call"].value == "unavailable"
    assert "tail_call is unavailable with clang 14 to 18: needs" in grid.caption


def test_backends_that_only_other_libraries_have_stand_in_a_block_of_their_own(
    trial: Lens,
) -> None:
    blocks = matrix_grid(drawn(trial)).blocks
    assert [block.columns for block in blocks] == [
        ("switch_loop", "computed_goto", "computed_goto_plain", "tail_call"),
        ("rust_match", "rust_loop_match", "rust_become"),
    ]
    assert [sum(map(len, block.rows)) for block in blocks] == [16, 1]


def test_one_library_makes_no_matrix(lens_of: Callable[..., Lens]) -> None:
    lens = lens_of(trial_results(workloads=ONE_WORKLOAD, processes=2, compilers=1, rust=False))
    assert "two libraries" in str(CHARTS["matrix"](lens))


def test_without_builds_there_is_no_chart_of_compile_time(lens_of: Callable[..., Lens]) -> None:
    document = trial_results(workloads=ONE_WORKLOAD, processes=2, compilers=2, rust=False)
    for library in libraries(document).values():
        del library["build"]
    assert "tools/libraries" in str(CHARTS["compile_time"](lens_of(document)))


def test_ratio_charts_of_many_compilers_have_eight_panels_at_most_and_name_each_other(
    trial: Lens,
) -> None:
    pictures = ratio_pictures(ratio_chart(trial))
    assert [len(picture.panels) for picture in pictures] == [5, 5, 6, 1]
    assert all(len(picture.panels) <= MOST_PANELS for picture in pictures)
    assert "Picture 2 of 4: clang 19 to 24" in pictures[1].note
    assert "ratio-3 has g++ 11 to 16" in pictures[1].note
    assert len({picture.limits for picture in pictures}) == 1, "one axis for all"
    assert pictures[3].series == ("rust_match", "rust_loop_match", "rust_become")
    names = [chart.name for chart in charts_for(trial)]
    assert names[:5] == ["ratio-1", "ratio-2", "ratio-3", "ratio-4", "matrix"]


def test_better_code_than_declared_is_not_drawn_as_merged(lens_of: Callable[..., Lens]) -> None:
    document = trial_results(workloads=ONE_WORKLOAD, processes=2, compilers=2, rust=False)
    audit(document, "clang-14", "switch_loop").update(
        effective_technique="replicated", as_expected=False
    )
    rows = technique_chart(lens_of(document)).rows
    marks = {(row.column_title, row.name): row.mark for row in rows}
    assert marks["clang 14.0.6", "switch_loop"] is Mark.OTHER
    assert marks["clang 15.0.7", "switch_loop"] is Mark.AS_DECLARED


def test_the_technique_chart_of_many_libraries_is_grouped_by_library(trial: Lens) -> None:
    (panel,) = technique_chart(trial).panels
    headings = [line for line in panel.lines if isinstance(line, str)]
    assert headings[0] == "clang 14.0.6" and headings[-1] == "rustc 1.97.1" and len(headings) == 17


def test_many_libraries_get_a_row_each_in_the_chart_of_times(trial: Lens) -> None:
    chart = times_chart(trial)
    assert chart.by_library and len(chart.columns) == 17
    assert chart.note.startswith("ns per VM instruction; mark: median")


def test_the_summary_of_many_libraries_begins_with_what_matters(trial: Lens) -> None:
    sentences = summary(trial)
    assert len(sentences) <= MOST_SENTENCES
    assert f"{ASM}, the same machine code in " in sentences[0]
    assert sentences[1] == "clang 19 alone merges computed_goto_plain, which 15 others replicate."


def test_report_and_publish_take_many_libraries(
    write_results: WriteResults, tmp_path: Path
) -> None:
    document = trial_results(workloads=ONE_WORKLOAD, processes=2, repetitions=2)
    path = write_results(document)
    assert main(["publish", path, "-o", str(tmp_path / "out")]) == 0
    (folder,) = (tmp_path / "out").iterdir()
    names = {file.name for file in folder.iterdir()}
    assert {"matrix.svg", "matrix-dark.png", "report.html"} <= names
    # What takes several pictures is in the page alone.
    assert not {name for name in names if name.startswith(("ratio", "technique"))}
    page = (folder / "report.html").read_text()
    assert "var(--more-16)" in page, "the matrix follows the page's colours"


@pytest.mark.parametrize("on_request", [False, True])
@pytest.mark.parametrize("compilers", [2, 16])
def test_no_text_overlaps_or_leaves_the_sheet(
    lens_of: Callable[..., Lens], on_request: bool, compilers: int
) -> None:
    document = trial_results(
        on_request=on_request,
        workloads=("fib", "tak"),
        processes=2,
        compilers=compilers,
        rust=compilers > 2,
    )
    lens = lens_of(document)
    for name in ("matrix", "compile_time", "ratio", "technique", "times"):
        for chart in pictures_of(CHARTS[name](lens)):
            with themed(LIGHT):
                assert overlapping_texts(chart.draw(LIGHT)) == [], chart.name


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear: list[float] = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_on_every_shade_have_a_contrast_of_4_5(theme: Theme) -> None:
    ink = luminance(theme.ink)
    for step in range(-SHADES, SHADES + 1):
        lightness = luminance(shades(theme)[step])
        bright, dark = max(ink, lightness), min(ink, lightness)
        assert (bright + 0.05) / (dark + 0.05) >= 4.5, step


def test_a_chart_with_several_pictures_is_a_list_and_one_is_itself(trial: Lens) -> None:
    made = CHARTS["ratio"](trial)
    assert isinstance(made, list) and {chart.kind for chart in made} == {"ratio"}
    assert isinstance(CHARTS["matrix"](trial), Chart)
