"""The estimates of the package and of the page's script, against numbers that were worked out independently.

The harness is tested against the same file, harness/tests/estimate_cases.json, which describes itself.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dispatchbench_reports import estimates
from dispatchbench_reports.lens import Baseline, Lens
from dispatchbench_reports.page_data import page_data
from dispatchbench_reports.reading.merging import Tolerance, load
from dispatchbench_reports.row_names import competitor_name, row_name
from dispatchbench_reports.study import Clock, Column, Study
from tests.conftest import WriteResults
from tests.estimates_in_node import answers_in_node
from tests.synthetic import synthetic_results

REPOSITORY = Path(__file__).parents[2]
CASES: list[dict[str, Any]] = json.loads(
    (REPOSITORY / "harness" / "tests" / "estimate_cases.json").read_text("utf-8")
)["cases"]
NAMES = [case["name"] for case in CASES]

PRECISE = 1e-9
SEVEN_DIGITS = 1e-5
"""The page's data holds medians with seven digits."""


def study_of(case: dict[str, Any], write_results: WriteResults) -> Study:
    """The case's samples as a results file, read back."""
    document = synthetic_results(1, 1, ("template",), 1, 1)
    own = document["context"]["dispatchbench"]
    (template,) = own["libraries"]
    (backend,) = template["backends"]
    own["workloads"] = [
        {"name": name, "summary": "", "instructions": count}
        for name, count in case["vm_instructions"].items()
    ]
    own["libraries"] = [
        {
            **template,
            **library,
            "backends": [
                {**backend, "name": name}
                for name in dict.fromkeys(
                    found["backend"]
                    for found in case["samples"]
                    if found["library"] == library["label"]
                )
            ],
        }
        for library in case["libraries"]
    ]
    rows = []
    for found in case["samples"]:
        name = row_name(found["workload"], found["backend"], found["library"])
        for index, cpu in enumerate(found["cpu_ns"]):
            rows.append(
                {
                    **document["benchmarks"][0],
                    **{part: found[part] for part in ("workload", "backend", "library", "process")},
                    "name": name,
                    "run_name": name,
                    "repetition_index": found["process"] * 100 + index,
                    "cpu_time": cpu,
                    "real_time": cpu,
                    "vm_instructions": case["vm_instructions"][found["workload"]],
                }
            )
    document["benchmarks"] = rows
    return load([write_results(document)], Tolerance(one_sample=True))


def close(found: float | None, expected: float | None, precision: float) -> bool:
    if found is None or expected is None:
        return found is expected
    return found == pytest.approx(expected, rel=precision)


def column_of(study: Study, label: str) -> Column:
    return next(column for column in (*study.columns, *study.layouts) if column.label == label)


def lens_against(study: Study, library: str, baseline: dict[str, str]) -> Lens:
    """The lens that compares a library with this baseline: its own, or one of another library."""
    label = None if library == baseline["library"] else baseline["library"]
    return Lens(study, Baseline(baseline["backend"], label))


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_times(write_results: WriteResults, case: dict[str, Any]) -> None:
    study = study_of(case, write_results)
    found = estimates.times(study)
    for wanted in case["times"]:
        key = (column_of(study, wanted["library"]).key, wanted["workload"], wanted["backend"])
        assert close(found[key].value, wanted["ns_per_vm_instruction"], PRECISE), wanted


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_ratios_and_geometric_means(write_results: WriteResults, case: dict[str, Any]) -> None:
    study = study_of(case, write_results)
    for wanted in [*case["ratios"], *case["geometric_means"]]:
        lens = lens_against(study, wanted["library"], wanted["baseline"])
        column = column_of(study, wanted["library"])
        if "workload" in wanted:
            found = estimates.ratio(lens, column, wanted["workload"], wanted["backend"])
        else:
            found = estimates.geometric_mean(lens, column, wanted["backend"])
        value = wanted["ratio"] if "workload" in wanted else wanted["mean"]
        assert close(found.value if found else None, value, PRECISE), wanted
        assert close(found.low if found else None, wanted["low"], PRECISE), wanted
        assert close(found.high if found else None, wanted["high"], PRECISE), wanted


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_layout_spreads_and_effects(write_results: WriteResults, case: dict[str, Any]) -> None:
    study = study_of(case, write_results)
    for wanted in case["layout_spreads"]:
        column = column_of(study, wanted["library"])
        spread = estimates.layout_spread(
            study, Clock.CPU, column, wanted["workload"], wanted["backend"]
        )
        assert close(spread.spread if spread else None, wanted["spread"], PRECISE), wanted
        if spread:
            assert len(spread.by_layout) == wanted["layouts"]
    for wanted in case["layout_effects"]:
        column = column_of(study, wanted["library"])
        lens = Lens(study, Baseline(wanted["baseline_backend"]))
        place = (column, wanted["workload"], wanted["backend"])
        effect = estimates.layout_effect(lens, *place)
        assert close(effect.ratio if effect else None, wanted["effect"], PRECISE), wanted
        assert estimates.within_layout_spread(lens, *place) is wanted["marked"], wanted


def questions_of(case: dict[str, Any], data: dict[str, Any]) -> list[tuple[list[Any], list[Any]]]:
    """Questions to the page's script, each with the numbers that its answer must have."""
    labels = [column["label"] for column in data["columns"]]
    backends = {name: index for index, name in enumerate(data["backends"])}
    workloads = {name: index for index, name in enumerate(data["workloads"])}
    offered = [entry["name"] for entry in data["baselines"]]

    def baseline(library: str, reference: dict[str, str]) -> int:
        if library == reference["library"]:
            return offered.index(reference["backend"])
        return offered.index(competitor_name(reference["backend"], reference["library"]))

    def place(wanted: dict[str, Any]) -> tuple[int, int, int]:
        column = labels.index(wanted["library"])
        return column, workloads[wanted["workload"]], backends[wanted["backend"]]

    asked: list[tuple[list[Any], list[Any]]] = []
    # The page shows no layout variant by itself.
    times, ratios, means = (
        [wanted for wanted in case[kind] if wanted["library"] in labels]
        for kind in ("times", "ratios", "geometric_means")
    )
    for wanted in times:
        asked.append((["time", *place(wanted), "cpu"], [wanted["ns_per_vm_instruction"]]))
    for wanted in ratios:
        against = baseline(wanted["library"], wanted["baseline"])
        numbers = [wanted["ratio"], wanted["low"], wanted["high"]]
        asked.append((["ratio", *place(wanted), against, "cpu"], numbers))
    for wanted in means:
        where = (labels.index(wanted["library"]), backends[wanted["backend"]])
        against = baseline(wanted["library"], wanted["baseline"])
        numbers = [wanted["mean"], wanted["low"], wanted["high"]]
        everything = list(workloads.values())
        asked.append((["geometricMean", *where, against, "cpu", everything], numbers))
    for wanted in case["layout_spreads"]:
        asked.append((["layoutSpread", *place(wanted), "cpu"], [wanted["spread"]]))
    for wanted in case["layout_effects"]:
        against = offered.index(wanted["baseline_backend"])
        numbers = [wanted["effect"], wanted["marked"]]
        asked.append((["layoutEffect", *place(wanted), against, "cpu"], numbers))
    return asked


def numbers_of(answer: Any, count: int) -> list[Any]:
    """The numbers in an answer of the page's script, in the order of the case's."""
    if answer is None:
        return [None] * (count - 1) + [False] if count == 2 else [None] * count
    if not isinstance(answer, dict):
        return [answer]
    if "marked" in answer:
        return [answer["ratio"], answer["marked"]]
    return [answer["value"], answer["low"], answer["high"]]


def test_the_page_finds_the_same_numbers(write_results: WriteResults) -> None:
    asked = []
    for case in CASES:
        data = page_data(Lens(study_of(case, write_results), Baseline("switch_loop")))
        asked.append((data, questions_of(case, data)))
    everything = answers_in_node(
        [
            {"data": data, "questions": [question for question, _ in questions]}
            for data, questions in asked
        ]
    )
    for (_, questions), answers in zip(asked, everything, strict=True):
        for (question, wanted), answer in zip(questions, answers, strict=True):
            found = numbers_of(answer, len(wanted))
            assert len(found) == len(wanted)
            for number, expected in zip(found, wanted):
                if isinstance(expected, bool):
                    assert number is expected, question
                else:
                    assert close(number, expected, SEVEN_DIGITS), (question, number, expected)
