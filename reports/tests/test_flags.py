"""Effects of flags: known ones are found with their interactions, and sentences are true when nothing is decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

import pytest

from dispatchbench_reports.chart_list import CHARTS, Chart
from dispatchbench_reports.command_line import main
from dispatchbench_reports.flag_effects import FlagEffects, flag_effects
from dispatchbench_reports.flag_findings import sentences, title
from dispatchbench_reports.lens import lens_for
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.style import DARK, LIGHT, themed
from tests.conftest import WriteResults
from tests.overlaps import overlapping_texts
from tests.synthetic import synthetic_results

BASE = "clang-19"
NO_EFFECT: Mapping[str, float] = {}


def measured_flags(
    sets: Mapping[str, Mapping[str, float]], layouts: int = 0, processes: int = 10
) -> dict[str, Any]:
    """Results of a base and of flag sets, each with the effects it has on backends, asm_x86_64 the same code in all."""
    labels = [BASE, *(f"{BASE}-{label}" for label in sets)]
    document = synthetic_results(5, 3, tuple(labels), processes, 3, layouts=layouts, unavailable={})
    own = document["context"]["dispatchbench"]
    for library in own["libraries"]:
        label = (library["layout_of"] or library["label"]).removeprefix(BASE).removeprefix("-")
        library["compiler"], library["compiler_version"] = "clang", "19.1.7"
        library["build"] = {
            "schema": 1,
            "compiler_name": BASE,
            "compiler_released": None,
            "packages": {},
            "factors": {"base": BASE, "flags": f"-f{label}", "label": label} if label else None,
            "backends": [],
        }
        for backend in library["backends"]:
            own_code = "" if backend["name"] == "asm_x86_64" else label
            backend["audit"]["code_hash"] = f"sha256:{backend['name']}{own_code}"
    for row in document["benchmarks"]:
        label = row["library"].split("@")[0].removeprefix(f"{BASE}-")
        effect = sets.get(label, NO_EFFECT).get(row["backend"], 1.0)
        row["cpu_time"] *= effect
        row["real_time"] *= effect
    return document


def found_in(path: str) -> FlagEffects:
    found = flag_effects(lens_for(load([path]), None))
    assert isinstance(found, FlagEffects), found
    return found


def test_known_effects_and_their_interaction_are_within_their_intervals(
    write_results: WriteResults,
) -> None:
    known = {"tail_call": 1.12, "computed_goto": 1.02, "switch_loop": 1.01}
    found = found_in(write_results(measured_flags({"frame-pointers": known})))
    (compiler,) = found.compilers
    (flags,) = compiler.sets
    for backend, effect in known.items():
        estimate = flags.effects[backend].estimate
        assert estimate.low is not None and estimate.high is not None
        assert estimate.low <= effect <= estimate.high
    assert flags.effects["tail_call"].resolved
    (goto, switch) = flags.interactions
    assert (goto.backend, goto.other, switch.other) == ("tail_call", "computed_goto", "switch_loop")
    assert goto.estimate.value == pytest.approx(1.12 / 1.02, rel=0.01)
    assert goto.estimate.resolved_from(1)
    said = " ".join(sentences(found))
    assert "Against computed_goto, tail_call loses with frame-pointers 1.1" in said


def test_all_intervals_hold_together_and_unchanged_code_is_no_question(
    write_results: WriteResults,
) -> None:
    found = found_in(write_results(measured_flags({"O3": NO_EFFECT, "Os": NO_EFFECT})))
    # Of each set four backends whose code differs and two interactions.
    assert found.questions == 12
    assert found.level == pytest.approx(1 - 0.05 / 12)
    assert len(found.same_code) == 2
    for flags in found.compilers[0].sets:
        assert flags.effects["asm_x86_64"].same_code
        assert not flags.effects["asm_x86_64"].resolved


def test_a_run_without_effects_decides_nothing_and_says_so(write_results: WriteResults) -> None:
    found = found_in(write_results(measured_flags({"O3": NO_EFFECT, "pgo": NO_EFFECT})))
    assert title(found) == "No flag set’s effect on any backend is resolved"
    said = sentences(found)
    assert "Against computed_goto, tail_call neither loses nor gains beyond doubt: O3." in said
    assert any("Whether a profile does less for tail_call" in sentence for sentence in said)
    assert any("2 pairs of the same machine code" in sentence for sentence in said)
    assert any("can change by a few percent for that alone" in sentence for sentence in said)


def test_what_tail_calls_buy_is_compared_with_what_a_profile_buys(
    write_results: WriteResults,
) -> None:
    document = measured_flags({"pgo": {"switch_loop": 0.5, "tail_call": 0.95}})
    found = found_in(write_results(document))
    bought = found.compilers[0].bought
    assert bought is not None
    assert bought.profile.value == pytest.approx(0.5, rel=0.02)
    assert bought.against.value == pytest.approx(bought.tail_call.value / 0.5, rel=0.02)
    assert bought.gain.estimate.value == pytest.approx(0.95 / 0.5, rel=0.02)
    said = " ".join(sentences(found))
    assert "a profile buys more than tail calls" in said
    assert "A profile does less for tail_call than for switch_loop" in said


def test_with_layouts_a_unit_is_a_layout(write_results: WriteResults) -> None:
    document = measured_flags({"Os": {"tail_call": 1.2}}, layouts=5, processes=2)
    found = found_in(write_results(document))
    assert found.layouts == 6
    effect = found.compilers[0].sets[0].effects["tail_call"]
    assert effect.estimate.processes == 6
    assert effect.estimate.value == pytest.approx(1.2, rel=0.02)
    assert any("over 6 layouts" in sentence for sentence in sentences(found))


def with_refused(document: dict[str, Any]) -> dict[str, Any]:
    """A set that the compiler refuses, and one in which a backend is missing."""
    own = document["context"]["dispatchbench"]
    own["flags"] = {
        "schema": 1,
        "seed": 13,
        "training": ["tak"],
        "measured": [],
        "missing": [{"compiler": BASE, "label": "retpolines", "reason": "unknown argument"}],
    }
    library = own["libraries"][1]
    library["unavailable"] = [{"name": "tail_call", "reason": "the compiler crashes on it"}]
    library["backends"] = [each for each in library["backends"] if each["name"] != "tail_call"]
    document["benchmarks"] = [
        row
        for row in document["benchmarks"]
        if (row["library"], row["backend"]) != (library["label"], "tail_call")
    ]
    return document


def test_what_is_unavailable_is_said_with_the_reason(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = {"zero-used": {"switch_loop": 1.3}, "pgo": NO_EFFECT}
    path = write_results(with_refused(measured_flags(sets)))
    assert main(["flags", path]) == 0
    printed = capsys.readouterr().out
    assert "retpolines is unavailable: unknown argument" in printed
    assert "tail_call has no zero-used: the compiler crashes on it" in printed
    assert "Profiles were trained with tak." in printed
    # There the next technique takes the subject's place.
    assert "computed_goto / switch_loop" in printed


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_chart_has_no_texts_on_texts(write_results: WriteResults, theme: Any) -> None:
    sets = {
        "retpolines": {"tail_call": 3.0, "computed_goto": 2.5, "switch_loop": 1.1},
        "O1": {"tail_call": 0.6},
        "frame-pointers": {"tail_call": 1.05},
    }
    document = measured_flags(sets)
    document["context"]["dispatchbench"]["flags"] = {
        "missing": [{"compiler": BASE, "label": "branches32", "reason": "unknown argument"}]
    }
    made = CHARTS["flags"](lens_for(load([write_results(document)]), None))
    assert isinstance(made, Chart)
    assert made.title.startswith("With retpolines, tail_call takes 3.0")
    with themed(theme):
        assert overlapping_texts(made.draw(theme)) == []


def test_results_without_flag_sets_say_what_makes_them(
    write_results: WriteResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_results(synthetic_results(3, 2, ("clang",), 2, 2))
    for command in (["flags", path], ["chart", "flags", path, "-o", str(tmp_path / "charts")]):
        assert main(command) == 2
        assert "tools/flags" in capsys.readouterr().err
