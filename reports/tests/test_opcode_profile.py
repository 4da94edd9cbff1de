"""The opcode mix: reading profiles, the chart's numbers and texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dispatchbench_reports.charts.opcodes import draw_opcodes_chart, opcodes_chart
from dispatchbench_reports.command_line import main
from dispatchbench_reports.reading.opcode_costs import Cost, read_costs
from dispatchbench_reports.reading.opcode_profile import OpcodeProfile, read_profiles
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.style import DARK, LIGHT, themed
from tests.conftest import WriteResults
from tests.overlaps import overlapping_texts
from tests.synthetic import synthetic_results

PROFILE: dict[str, Any] = {
    "schema": 1,
    "programs": [
        {"name": "fib", "instructions": 10, "opcodes": {"LIT": 6, "ADD": 3, "BRK": 1}, "pairs": {}},
        {"name": "tak", "instructions": 4, "opcodes": {"ADD": 3, "BRK": 1}, "pairs": {}},
    ],
}


def test_shares_are_percent_of_each_program_and_ranked_by_their_mean(
    write_results: WriteResults,
) -> None:
    chart = opcodes_chart(read_profiles(write_results(PROFILE)))
    assert chart.opcodes == ("ADD", "LIT", "BRK")
    assert chart.programs == ("fib", "tak")
    assert chart.shares[0] == pytest.approx((30, 75))
    assert chart.others == pytest.approx((0, 0))
    assert chart.title.startswith("ADD is the commonest opcode (52 %); 1 opcode of 3 make")


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (lambda document: document.pop("programs"), "programs"),
        (lambda document: document.update(schema=2), "schema"),
        (lambda document: document["programs"][1].pop("opcodes"), "programs[1].opcodes"),
        (
            lambda document: document["programs"][0].update(instructions=11),
            "programs[0].instructions",
        ),
        (
            lambda document: document["programs"][0]["opcodes"].update(LIT=-1),
            "programs[0].opcodes.LIT",
        ),
        (lambda document: document["programs"].clear(), "programs"),
    ],
)
def test_a_bad_profile_is_refused_by_field(
    write_results: WriteResults, edit: Any, field: str
) -> None:
    document = json.loads(json.dumps(PROFILE))
    edit(document)
    with pytest.raises(Problem) as caught:
        read_profiles(write_results(document))
    assert caught.value.field == field


@pytest.mark.parametrize("programs", [1, 40])
def test_no_text_overlaps(programs: int) -> None:
    mnemonics = [f"LDA2kr{number}" for number in range(60)]
    profiles = [
        OpcodeProfile(
            f"program_{n:02}", 60 * 61 // 2, {name: i + 1 for i, name in enumerate(mnemonics)}
        )
        for n in range(programs)
    ]
    with themed(DARK):
        assert overlapping_texts(draw_opcodes_chart(opcodes_chart(profiles), DARK)) == []


def test_the_mix_stands_in_the_report_and_alone(
    write_results: WriteResults, tmp_path: Path
) -> None:
    profile = write_results(PROFILE, "profile")
    results = write_results(synthetic_results(2, 2, ("clang",), 2, 2))
    assert main(["report", results, "--profile", profile, "-o", str(tmp_path / "report")]) == 0
    assert "What the workloads execute" in (tmp_path / "report" / "report.html").read_text()
    assert main(["opcodes", profile, "-o", str(tmp_path / "alone")]) == 0
    assert (tmp_path / "alone" / "opcodes.svg").read_bytes() == (
        tmp_path / "report" / "opcodes.svg"
    ).read_bytes()


COSTS: dict[str, Any] = {
    "schema": 1,
    "opcodes": {
        "ADD": {
            "tail_call/clang": {"ns": 0.8, "low": 0.7, "high": 0.9},
            "switch_loop/clang": {"ns": 1.2, "low": 1.1, "high": 1.3},
        },
        "LIT": {"tail_call/clang": {"ns": 0.4, "low": 0.3, "high": 0.5}, "switch_loop/clang": None},
    },
}


def test_costs_stand_beside_the_mix(write_results: WriteResults) -> None:
    costs = read_costs(write_results(COSTS, "costs"))
    assert costs.backends == ("tail_call/clang", "switch_loop/clang")
    assert costs.costs["ADD"]["switch_loop/clang"] == Cost(1.2, 1.1, 1.3)
    assert "switch_loop/clang" not in costs.costs["LIT"]
    chart = opcodes_chart(read_profiles(write_results(PROFILE)), costs)
    assert "always predicted" in chart.caption
    with themed(LIGHT):
        assert overlapping_texts(draw_opcodes_chart(chart, LIGHT)) == []


def test_lines_end_where_the_interval_ends(write_results: WriteResults) -> None:
    costs = read_costs(write_results(COSTS, "costs"))
    chart = opcodes_chart(read_profiles(write_results(PROFILE)), costs)
    with themed(LIGHT):
        axes = draw_opcodes_chart(chart, LIGHT).axes
    intervals = [line for each in axes for line in each.lines if line.get_zorder() == 3]
    assert intervals
    assert {line.get_solid_capstyle() for line in intervals} == {"butt"}


def test_one_workload_can_be_chosen_for_the_mix(
    write_results: WriteResults, tmp_path: Path
) -> None:
    profile, costs = write_results(PROFILE), write_results(COSTS, "costs")
    output = ["-o", str(tmp_path)]
    assert main(["opcodes", profile, "--workload", "fib", "--costs", costs, *output]) == 0
    assert main(["opcodes", profile, "--workload", "nothing", *output]) == 2


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (lambda document: document.pop("opcodes"), "opcodes"),
        (lambda document: document.update(schema=3), "schema"),
        (lambda document: document["opcodes"]["LIT"].update(x={"ns": 1}), "opcodes.LIT.x.low"),
        (lambda document: document["opcodes"].clear(), "opcodes"),
    ],
)
def test_bad_costs_are_refused_by_field(write_results: WriteResults, edit: Any, field: str) -> None:
    document = json.loads(json.dumps(COSTS))
    edit(document)
    with pytest.raises(Problem) as caught:
        read_costs(write_results(document))
    assert caught.value.field == field
