"""Processes that the probe calls disturbed: left out of every number, named, and shown in the strip."""

from __future__ import annotations

import copy
import csv
import io
import math
import re
from typing import Any

import pytest

from dispatchbench_reports import estimates
from dispatchbench_reports.chart_list import CHARTS, Chart
from dispatchbench_reports.charts.probe import probe_chart
from dispatchbench_reports.command_line import main
from dispatchbench_reports.differences import difference_table
from dispatchbench_reports.histories.file import entries_of
from dispatchbench_reports.lens import lens_for
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.merging import Tolerance, load
from dispatchbench_reports.style import LIGHT, themed
from dispatchbench_reports.summary import summary
from dispatchbench_reports.tables import ratio_tables
from tests.conftest import WritePage, WriteResults
from tests.overlaps import overlapping_texts
from tests.synthetic import Phase, synthetic_results, with_phases

PHASES = (Phase(31, 48, 1.45), Phase(90, 93, 1.3))


def run(schema: int = 2) -> dict[str, Any]:
    return synthetic_results(3, 2, ("clang", "gcc"), processes=10, repetitions=2, schema=schema)


def disturbed_run() -> dict[str, Any]:
    return with_phases(run(), PHASES)


def own(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["context"]["dispatchbench"]
    return found


def test_rows_of_processes_that_don_t_count_are_in_no_number(write_results: WriteResults) -> None:
    plain = load([write_results(run(), "plain")])
    study = load([write_results(disturbed_run(), "disturbed")])
    assert [found.cpu for found in study.series.values()] == [
        found.cpu for found in plain.series.values()
    ]
    assert [e.ns_per_vm_instruction for e in entries_of(study, {})] == [
        e.ns_per_vm_instruction for e in entries_of(plain, {})
    ]
    for one, other in zip(
        ratio_tables(lens_for(study, "switch_loop")), ratio_tables(lens_for(plain, "switch_loop"))
    ):
        assert one.rows == other.rows


def test_rows_that_don_t_count_are_in_no_output(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str], write_page: WritePage
) -> None:
    outputs = []
    for name, document in (("plain", run()), ("disturbed", disturbed_run())):
        path = write_results(document, name)
        main(["table", path, "--format", "csv"])
        table = list(csv.reader(io.StringIO(capsys.readouterr().out)))
        page = write_page(path, folder=name).read_text()
        rows = re.findall(r"<tr><th scope=\"row\">.*</tr>", page)
        outputs.append((table, [row for row in rows if "data-value" in row]))
    assert outputs[0] == outputs[1]


def test_the_rule_looks_at_counts_alone_not_at_the_rows_times(write_results: WriteResults) -> None:
    document = disturbed_run()
    for row in document["benchmarks"]:
        if not row["disturbed"] and row["process"] == 5:
            row["cpu_time"] *= 10
    study = load([write_results(document)])
    assert all(5 in found.cpu for found in study.series.values())


def test_single_samples_that_don_t_count_are_in_no_number(write_results: WriteResults) -> None:
    document = with_phases(run(), ())
    seen = set()
    for row in document["benchmarks"]:
        key = (row["name"], row["process"])
        if row["process"] == 3 and key not in seen:
            row.update(counts=False, disturbed=True, cpu_time=1e9, real_time=1e9)
            seen.add(key)
    study = load([write_results(document)])
    for found in study.series.values():
        assert [len(samples) for samples in found.cpu.values()] == [2, 2, 2, 1, 2, 2, 2, 2, 2, 2]
        assert max(found.cpu[3]) < 1e6


def test_the_level_of_the_intervals_is_that_of_the_run(write_results: WriteResults) -> None:
    plain = lens_for(load([write_results(run(), "plain")]), "switch_loop")
    document = with_phases(run(), ())
    own(document)["stopping"] = {"interval_level": 0.97}
    sequential = lens_for(load([write_results(document, "sequential")]), "switch_loop")
    column = plain.study.columns[0]
    backend = plain.study.backends[-1]
    narrow = estimates.geometric_mean(plain, column, backend)
    wide = estimates.geometric_mean(sequential, sequential.study.columns[0], backend)
    assert narrow and wide and narrow.low and wide.low
    assert wide.value == narrow.value
    factor = estimates.t_quantile(9, 0.97) / estimates.t_quantile(9, 0.95)
    assert math.log(wide.value / wide.low) == pytest.approx(
        factor * math.log(narrow.value / narrow.low)
    )


def test_an_unsettled_run_counts_what_it_says_counts(write_results: WriteResults) -> None:
    document = with_phases(run(), (Phase(0, 80, 1.5),), unsettled=True)
    study = load([write_results(document)])
    assert all(len(found.cpu) == 10 for found in study.series.values())
    (sentence,) = [s for s in summary(lens_for(study, "switch_loop")) if "unsettled" in s]
    assert "16 of 20 processes" in sentence or "15 of 20 processes" in sentence
    assert "Measure again on a quieter one" in sentence
    wide = estimates.times(study)
    narrow = estimates.times(load([write_results(run(), "plain")]))
    widths = [
        [(found.high or 0) / (found.low or 1) for found in times.values()]
        for times in (wide, narrow)
    ]
    assert all(one > other for one, other in zip(*widths))


def test_all_processes_of_hosts_without_a_probe_count(write_results: WriteResults) -> None:
    document = run(schema=3)
    own(document)["probe"].update(
        verdict="absent", processes=[], quiet_level=None, limit=None, disturbed_ratios=[]
    )
    study = load([write_results(document)])
    assert all(len(found.cpu) == 10 for found in study.series.values())
    assert isinstance(CHARTS["probe"](lens_for(study, "switch_loop")), str)


def test_medians_of_a_run_with_a_probe_are_read(write_results: WriteResults) -> None:
    document = disturbed_run()
    rows = [row for row in document["benchmarks"] if row["process"] == 0]
    medians = [row for row in rows if row["repetition_index"] == 0]
    for row in medians:
        del row["process"]
        row.update(run_type="aggregate", aggregate_name="median")
    document["benchmarks"] = medians
    assert load([write_results(document)], Tolerance(one_sample=True)).series


def test_processes_shares_and_ratios_are_in_words(write_results: WriteResults) -> None:
    document = disturbed_run()
    study = load([write_results(document)])
    text = " ".join(summary(lens_for(study, "switch_loop")))
    number = sum(process["disturbed"] for process in own(document)["probe"]["processes"])
    total = len(own(document)["probe"]["processes"])
    assert f"{number} of {total} processes" in text
    assert "of the measured time; they don’t count" in text
    assert "computed_goto took 0.914 of switch_loop’s time instead of 0.731 (clang)" in text
    assert all(
        "were disturbed" in " ".join(table.notes)
        for table in ratio_tables(lens_for(study, "switch_loop"))
    )
    notes = " ".join(difference_table(study, load([write_results(run(), "plain")])).notes)
    assert f"Baseline: {number} of {total} processes" in notes


def test_many_libraries_get_ranges_and_each_backend_s_largest_change(
    write_results: WriteResults,
) -> None:
    labels = tuple(f"clang-{number}" for number in range(13, 19))
    document = synthetic_results(3, 2, labels, processes=6, repetitions=2, schema=2)
    study = load([write_results(with_phases(document, [Phase(20, 60, 1.45)]))])
    text = " ".join(summary(lens_for(study, "switch_loop")))
    assert re.search(r"processes \(\d+ to \d+ of each of 6 libraries\) were disturbed", text)
    assert "In what was disturbed (of each backend the library in which it changed most) " in text
    ratios = [ratio for probe in [own(document)["probe"]] for ratio in probe["disturbed_ratios"]]
    for backend in {ratio["backend"] for ratio in ratios}:
        one = max(
            (ratio for ratio in ratios if ratio["backend"] == backend),
            key=lambda ratio: abs(math.log(ratio["disturbed"] / ratio["quiet"])),
        )
        assert text.count(f"{backend} took ") == 1
        assert re.search(rf"{backend} took [^,;]*\({one['library']}\)", text)


def test_a_quiet_run_has_a_strip_and_no_note(write_results: WriteResults) -> None:
    study = load([write_results(run(schema=3))])
    assert "disturbed" not in " ".join(summary(lens_for(study, "switch_loop")))
    chart = probe_chart(lens_for(study, "switch_loop"))
    assert chart is not None
    assert chart.title == "The machine was quiet in all of 20 processes"
    assert [lane.subtitle for lane in chart.lanes] == ["10 processes, all quiet"] * 2


def test_the_strip_names_each_library_s_disturbed_processes(write_results: WriteResults) -> None:
    document = disturbed_run()
    chart = probe_chart(lens_for(load([write_results(document)]), "switch_loop"))
    assert chart is not None
    assert chart.title.endswith("were disturbed and don’t count")
    assert chart.limit == 1.15
    for lane in chart.lanes:
        expected = [
            process["process"]
            for process in own(document)["probe"]["processes"]
            if process["library"] == lane.title and process["disturbed"]
        ]
        assert [p.process for p in lane.processes if p.disturbed] == expected
        for number in expected:
            assert f"process {number} from " in chart.caption


def test_layout_variants_share_their_library_s_lane(write_results: WriteResults) -> None:
    document = synthetic_results(2, 2, ("clang",), 3, 2, layouts=3, schema=3)
    chart = probe_chart(lens_for(load([write_results(document)]), "switch_loop"))
    assert chart is not None
    assert [(lane.title, len(lane.processes)) for lane in chart.lanes] == [("clang", 12)]


@pytest.mark.parametrize("processes", [2, 30, 120])
def test_no_text_of_the_strip_overlaps(write_results: WriteResults, processes: int) -> None:
    document = synthetic_results(2, 1, ("clang", "gcc", "a_very_long_label_" * 4), processes, 2)
    document = with_phases(document, tuple(Phase(t, t + 60, 1.8) for t in range(5, 900, 120)))
    chart = CHARTS["probe"](lens_for(load([write_results(document)]), "switch_loop"))
    assert isinstance(chart, Chart)
    with themed(LIGHT):
        assert overlapping_texts(chart.draw(LIGHT)) == []


def test_the_page_has_the_strip_with_its_text_only_if_there_was_a_probe(
    write_results: WriteResults, write_page: WritePage
) -> None:
    probed, unprobed = (
        write_page(write_results(document, name), folder=name).read_text()
        for name, document in (("probed", disturbed_run()), ("unprobed", run()))
    )
    assert "The machine during the run" in probed
    assert re.search(r'<title id="probe-title">[^<]*were disturbed and don’t count', probed)
    assert "In words: clang:" in probed
    # The picture's own text has the figures in full, too.
    picture = probed[probed.index('id="chart-probe"') :]
    picture = picture[picture.index("<svg") : picture.index("</svg>")]
    assert "took 0.914 of" in " ".join(re.findall(r"<text [^>]*>([^<]*)</text>", picture))
    assert "The machine during the run" not in unprobed


def edited(edit: Any) -> dict[str, Any]:
    document = copy.deepcopy(disturbed_run())
    edit(document, own(document)["probe"])
    return document


def let_nothing_count(document: dict[str, Any], probe: dict[str, Any]) -> None:
    for process in probe["processes"]:
        process["counts"] = False


def let_two_attempts_count(document: dict[str, Any], probe: dict[str, Any]) -> None:
    for process in probe["processes"]:
        process["counts"] = True


@pytest.mark.parametrize(
    ("edit", "field", "words"),
    [
        (let_nothing_count, "probe.processes", "lets no process count"),
        (let_two_attempts_count, "].counts", "a second attempt at process"),
        (
            lambda document, probe: probe["processes"].pop(0),
            "benchmarks[0].process",
            "attempt 0 at process 0 of clang is none of",
        ),
    ],
)
def test_a_probe_that_contradicts_the_rows_is_refused(
    write_results: WriteResults, edit: Any, field: str, words: str
) -> None:
    with pytest.raises(Problem) as caught:
        load([write_results(edited(edit))])
    assert field in caught.value.field
    assert words in caught.value.found
