"""The history of V8: versions in order of their numbers, a line for each variant, and the largest change as title."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatchbench_reports.charts.v8_history import V8History, spread, v8_history
from dispatchbench_reports.command_line import main
from dispatchbench_reports.lens import lens_for
from dispatchbench_reports.reading.merging import load
from tests.conftest import WriteResults
from tests.engine_results import Made, measured_engines, node


def history_of(path: str) -> V8History:
    found = v8_history(lens_for(load([path]), None))
    assert isinstance(found, V8History), found
    return found


def three(top: bool = False, typed: bool = True) -> list[Made]:
    """Three versions, in an order that text would keep: as text 11.3 and 13.6 come before 9.4."""
    new = {"switch_loop": 1.2, "tail_call": 2.4, **({"tail_call_typed": 2.0} if typed else {})}
    return [
        node(24, "13.6.233.17", {"switch_loop": 1.25, "tail_call": 4.5}, top),
        node(26, "14.6.202.33", new, top),
        node(18, "9.4.146.26", {"switch_loop": 1.3, "tail_call": 4.8}, top),
    ]


def test_versions_are_in_the_order_of_their_numbers(write_results: WriteResults) -> None:
    firefox = Made("firefox", {"switch_loop": 1.5}, name="SpiderMonkey", version="12.0")
    found = history_of(write_results(measured_engines([firefox, *three()])))
    (panel,) = found.panels
    assert panel.title == "As users get it"
    assert panel.versions == (("9.4", "node-18"), ("13.6", "node-24"), ("14.6", "node-26"))
    values = [time.value if time else None for time in panel.lines["tail_call"]]
    assert values == pytest.approx([4.8, 4.5, 2.4], rel=0.005)
    assert panel.lines["tail_call_typed"][:2] == (None, None)
    assert all(time and time.low is not None for time in panel.lines["switch_loop"])


def test_patches_of_a_version_are_numbers_too(write_results: WriteResults) -> None:
    engines = [
        Made("deno", {"switch_loop": 1.2}, version="14.6.202.9-rusty"),
        node(26, "14.6.202.33", {"switch_loop": 1.2}),
        Made("chromium", {"switch_loop": 1.2}, version="15.0.120"),
    ]
    (panel,) = history_of(write_results(measured_engines(engines))).panels
    assert [label for _, label in panel.versions] == ["deno", "node-26", "chromium"]
    assert [version for version, _ in panel.versions] == ["14.6", "14.6", "15.0"]


def test_each_mode_has_a_panel(write_results: WriteResults) -> None:
    found = history_of(write_results(measured_engines([*three(), *three(top=True)])))
    assert [panel.title for panel in found.panels] == ["As users get it", "Best compiler alone"]
    assert [panel.alone for panel in found.panels] == [False, True]
    assert found.panels[0].versions == found.panels[1].versions


def test_a_mode_of_one_version_alone_has_no_panel(write_results: WriteResults) -> None:
    found = history_of(write_results(measured_engines([*three(), three(top=True)[0]])))
    assert [panel.title for panel in found.panels] == ["As users get it"]


def test_the_title_is_the_largest_resolved_change(write_results: WriteResults) -> None:
    found = history_of(write_results(measured_engines(three())))
    # 2.4 over 4.8; tail_call_typed has a single version and so no change.
    assert found.title.startswith("From V8 9.4 to 14.6, tail_call went to 0.5")
    same = [
        node(20, "11.3.244.8", {"switch_loop": 1.2}),
        node(22, "12.4.254.21", {"switch_loop": 1.2}),
    ]
    found = history_of(write_results(measured_engines(same)))
    assert found.title.endswith("is not resolved")


def test_one_version_is_no_history_and_the_message_says_what_is_missing(
    write_results: WriteResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alike = {"switch_loop": 1.2, "tail_call": 2.0}
    engines = [
        node(26, "14.6.202.33", alike),
        Made("deno", alike, version="14.6.202.33"),
        Made("unknown", alike, version=""),
    ]
    path = write_results(measured_engines(engines))
    assert main(["chart", "v8_history", path, "-o", str(tmp_path)]) == 2
    assert "fewer than two versions of V8" in capsys.readouterr().err


def test_without_a_native_library_there_is_no_history(write_results: WriteResults) -> None:
    found = v8_history(lens_for(load([write_results(measured_engines(three(), None))]), None))
    assert isinstance(found, str) and "no native library" in found


def test_names_are_spread_apart_in_their_order_and_stay_inside() -> None:
    found = spread({"a": 0.5, "b": 0.52, "c": 0.9, "d": 0.95}, 0.1, 1.0)
    assert sorted(found, key=lambda name: found[name]) == ["a", "b", "c", "d"]
    places = sorted(found.values())
    assert all(after - before > 0.099 for before, after in zip(places, places[1:]))
    assert places[-1] <= 1.0 and places[0] >= 0.5 - 1e-9
