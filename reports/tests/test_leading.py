"""Who leads, and what titles and the summary say of it: one definition, and no winner that the data doesn't show."""

from __future__ import annotations

from typing import Any

import pytest

from dispatchbench_reports.chart_list import charts_for
from dispatchbench_reports.charts.times import times_chart
from dispatchbench_reports.findings import lead, ratio_finding
from dispatchbench_reports.leading import leaders
from dispatchbench_reports.lens import Competitor, Lens, lens_for
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.summary import summary
from dispatchbench_reports.tables import ratio_tables
from tests.conftest import WriteResults
from tests.synthetic import synthetic_results

TIMES = {"switch_loop": 2.0, "computed_goto": 1.0, "computed_goto_plain": 1.0}


def with_times(
    document: dict[str, Any], times: dict[str, float], noise: float = 0.0
) -> dict[str, Any]:
    """The document with these ns per VM instruction; noise alternates by process and differs between backends."""
    for row in document["benchmarks"]:
        sign = 1 if (row["process"] + len(row["backend"])) % 2 else -1
        name = row["backend"]
        ns = times.get(f"{name}/{row['library']}", times.get(name, 3.0))
        row["cpu_time"] = row["vm_instructions"] * ns * (1 + sign * noise)
    return document


def lens_of(write_results: WriteResults, document: dict[str, Any], name: str = "a") -> Lens:
    return lens_for(load([write_results(document, name)]), "switch_loop")


def test_backends_that_cannot_be_told_apart_lead_together(write_results: WriteResults) -> None:
    document = with_times(synthetic_results(3, 2, ("clang",), 6, 2), TIMES, 0.02)
    lens = lens_of(write_results, document)
    found = lead(lens, lens.columns[0])
    assert found is not None and not found.found.alone
    assert set(found.names) == {"computed_goto", "computed_goto_plain"}
    assert ratio_finding(lens).startswith(
        "computed_goto and computed_goto_plain are fastest and can’t be distinguished: 0.5"
    )
    assert any("which is fastest is not resolved" in sentence for sentence in summary(lens))
    assert "fastest on" not in times_chart(lens).title


def test_a_backend_without_every_workload_never_leads(write_results: WriteResults) -> None:
    times = {**TIMES, "computed_goto": 0.1}
    document = with_times(synthetic_results(3, 2, ("clang",), 4, 2), times)
    document["benchmarks"] = [
        row for row in document["benchmarks"] if row["name"] != "fib/computed_goto/clang"
    ]
    lens = lens_of(write_results, document)
    assert ratio_finding(lens).startswith("computed_goto_plain is fastest")
    sentences = summary(lens)
    assert (
        "clang 19.1.7: the mean of computed_goto leaves out fib, so it isn’t ranked." in sentences
    )


def test_several_builds_have_a_leader_only_if_the_data_shows_one(
    write_results: WriteResults,
) -> None:
    close = {**TIMES, "computed_goto/clang": 0.6, "computed_goto/gcc": 0.6005}
    document = with_times(synthetic_results(3, 2, ("clang", "gcc"), 6, 2), close, 0.02)
    # Noise of a library's own: paired by process, gcc's differs from clang's.
    for row in document["benchmarks"]:
        if row["library"] == "gcc":
            row["cpu_time"] *= 1.03 if row["process"] % 3 else 0.95
    sentences = summary(lens_of(write_results, document))
    assert any(s.startswith("Both builds: which is fastest is not resolved") for s in sentences)
    far = {**TIMES, "computed_goto/clang": 0.6, "computed_goto/gcc": 0.9}
    document = with_times(synthetic_results(3, 2, ("clang", "gcc"), 6, 2), far)
    sentences = summary(lens_of(write_results, document, "b"))
    assert any(
        s.startswith("Both builds: computed_goto with clang 19.1.7 is fastest, 0.6")
        for s in sentences
    )


def test_machines_are_never_ranked_against_each_other(write_results: WriteResults) -> None:
    paths = [
        write_results(synthetic_results(3, 2, processes=4, cpu_model=model), model)
        for model in ("one", "other")
    ]
    lens = lens_for(load(paths), "switch_loop")
    across = [
        sentence for sentence in summary(lens) if "builds" in sentence and "fastest" in sentence
    ]
    assert [sentence.partition(":")[0] for sentence in across] == [
        "Both builds of one.json",
        "Both builds of other.json",
    ]
    assert "fastest on" not in times_chart(lens).title


def test_one_process_decides_nothing(write_results: WriteResults) -> None:
    lens = lens_of(write_results, synthetic_results(3, 2, processes=1))
    assert ratio_finding(lens).startswith("One process, so no interval: computed_goto took 0.")
    assert not any("is fastest" in sentence for sentence in summary(lens))
    assert "fastest on" not in times_chart(lens).title


@pytest.mark.parametrize("builds", [2, 3, 5])
def test_shares_of_several_builds_never_look_like_an_interval(
    write_results: WriteResults, builds: int
) -> None:
    libraries = ("clang", "gcc", "a", "b", "c")[:builds]
    times = {f"computed_goto/{name}": 0.6 + 0.1 * i for i, name in enumerate(libraries)}
    document = with_times(
        synthetic_results(2, 2, libraries, 4, 2, unavailable={}), {"switch_loop": 2.0, **times}
    )
    title = ratio_finding(lens_of(write_results, document))
    which = "both builds" if builds == 2 else f"all {builds} builds"
    assert title.startswith(f"computed_goto is fastest in {which}: it takes 0.30 (clang 19.1.7)")
    assert "of switch_loop’s time in the same build" in title


def test_of_many_builds_the_title_never_says_that_nothing_is_fastest(
    write_results: WriteResults,
) -> None:
    libraries = ("clang", "gcc", "a", "b")
    times = {f"computed_goto/{name}": 0.6 if name == "a" else 3.0 for name in libraries}
    document = with_times(
        synthetic_results(2, 2, libraries, 4, 2, unavailable={}), {"switch_loop": 2.0, **times}
    )
    assert ratio_finding(lens_of(write_results, document)).startswith(
        "Faster than switch_loop of the same build beyond doubt, in 4 builds: nothing in 3 and "
        "computed_goto in 1"
    )


def test_leaders_need_two_to_compare(write_results: WriteResults) -> None:
    lens = lens_of(write_results, synthetic_results(2, 1, ("clang",), 3, 2))
    assert leaders(lens, [Competitor(lens.columns[0], "switch_loop")]) is None


def test_captions_of_one_process_claim_no_interval(write_results: WriteResults) -> None:
    lens = lens_of(write_results, synthetic_results(3, 2, ("clang",), processes=1))
    for chart in charts_for(lens):
        assert "95 %" not in chart.caption and "the intervals" not in chart.caption, chart.name
    assert "a single process gives no interval" in ratio_tables(lens)[0].notes[-1]
