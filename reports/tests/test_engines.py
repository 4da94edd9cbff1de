"""WebAssembly engines: known ratios are found, rows have the right labels, and what is missing is said."""

from __future__ import annotations

import json
from dataclasses import replace
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from dispatchbench_reports.chart_files import drawn_for_page
from dispatchbench_reports.chart_list import CHARTS, Chart, charts_for
from dispatchbench_reports.charts.engines import EnginesChart, engines_chart
from dispatchbench_reports.command_line import main
from dispatchbench_reports.engine import engine_from_json
from dispatchbench_reports.engine_findings import sentences, title
from dispatchbench_reports.engine_tables import duration_text, engine_table
from dispatchbench_reports.engine_times import NO_ENGINES, NO_NATIVE, EngineTimes, engine_times
from dispatchbench_reports.lens import Lens, lens_for
from dispatchbench_reports.page import page
from dispatchbench_reports.page_data import page_data
from dispatchbench_reports.reading.merging import load
from dispatchbench_reports.style import DARK, LIGHT, Theme, contrast, looks, themed
from dispatchbench_reports.wording import ratio_with_interval
from tests.conftest import WriteResults
from tests.engine_results import NATIVE, TYPED_REASON, Made, measured_engines, node
from tests.overlaps import overlapping_texts
from tests.synthetic import synthetic_results

OLD = node(20, "11.3.244.8", {"switch_loop": 1.3, "tail_call": 4.8})
NEW = node(26, "14.6.202.33", {"switch_loop": 1.2, "tail_call": 2.4, "tail_call_typed": 1.2 * 2.4})
NEW_TOP = node(
    26, "14.6.202.33", {"switch_loop": 1.4, "tail_call": 1.1, "tail_call_typed": 0.99}, top=True
)
JSC = Made(
    "jsc",
    {"switch_loop": 1.5, "tail_call": 2.0, "tail_call_typed": 2.0},
    name="JavaScriptCore",
    version="WebKitGTK 2.54.2",
    program="jsc",
    clock_resolution=1000.0,
)
ALL = (NEW, NEW_TOP, JSC, OLD)


def found_in(path: str) -> EngineTimes:
    found = engine_times(lens_for(load([path]), None))
    assert isinstance(found, EngineTimes), found
    return found


@pytest.fixture
def lens(write_results: WriteResults) -> Lens:
    return lens_for(load([write_results(measured_engines(ALL))]), None)


def test_known_times_relative_to_native_switch_are_found_with_intervals(lens: Lens) -> None:
    found = engine_times(lens)
    assert isinstance(found, EngineTimes)
    known = {each.label: each.times for each in ALL}
    assert {mode.title for mode in found.modes} == set(known)
    for mode in found.modes:
        assert mode.times.keys() == known[mode.title].keys()
        for name, estimate in mode.times.items():
            assert estimate.value == pytest.approx(known[mode.title][name], rel=0.005)
            assert estimate.low is not None and estimate.high is not None
            assert estimate.low < estimate.value < estimate.high
    (native,) = found.natives
    assert native.times.keys() == {"tail_call"}
    assert native.times["tail_call"].value == pytest.approx(NATIVE["tail_call"], rel=0.005)


def test_a_row_has_both_modes_of_an_engine_and_releases_follow_each_other(lens: Lens) -> None:
    found = engine_times(lens)
    assert isinstance(found, EngineTimes)
    assert [(row.title, [mode.title for mode in row.modes]) for row in found.rows] == [
        ("node-20", ["node-20"]),
        ("node-26", ["node-26", "node-26-top"]),
        ("jsc", ["jsc"]),
    ]
    assert [mode.mode for mode in found.rows[1].modes] == [
        "as users get it",
        "best compiler alone",
    ]


def test_the_table_says_what_is_fastest_and_what_typed_tables_and_tail_calls_do(lens: Lens) -> None:
    found = engine_times(lens)
    assert isinstance(found, EngineTimes)
    table = engine_table(found)
    rows = {row[0]: dict(zip(table.header, row)) for row in table.rows}
    assert list(rows) == ["node-20", "node-26", "node-26-top", "jsc", "native"]
    old, new, top, jsc, native = rows.values()
    assert old["engine"] == "V8 11.3.244.8"
    assert old["program"] == "node 20.1.0"
    assert old["clock resolution"] == "41 ns"
    assert old["flags"] == "none"
    assert old["fastest variant"] == "switch_loop"
    assert old["tail_call_typed / tail_call"] == "unavailable"
    assert new["its time / native switch_loop"].startswith(("1.19", "1.20"))
    assert new["tail_call_typed / tail_call"].startswith(("1.19", "1.20"))
    assert new["tail_call / switch_loop of the library"].startswith(("1.99", "2.00"))
    assert top["flags"] == "--no-liftoff --no-wasm-tier-up"
    assert top["mode"] == "best compiler alone"
    assert top["fastest variant"] == "tail_call_typed"
    assert top["tail_call_typed / tail_call"].startswith(("0.89", "0.90"))
    assert jsc["engine"] == "JavaScriptCore WebKitGTK 2.54.2"
    assert jsc["clock resolution"] == "1 µs"
    assert native["fastest variant"] == "tail_call"
    assert native["program"] == "clang 19.1.7"


def test_sentences_say_where_typed_tables_help_cost_or_decide_nothing(lens: Lens) -> None:
    found = engine_times(lens)
    assert isinstance(found, EngineTimes)
    said = sentences(found)
    assert said == (
        "As users get them: fastest is switch_loop in node-20, node-26 and jsc.",
        "As users get them: a typed table costs time in node-26; what a typed table does is not resolved in jsc; "
        "node-20 has no tail_call_typed.",
        "As users get them: tail_call is slower than switch_loop in node-20, node-26 and jsc.",
        "With their best compiler alone: fastest is tail_call_typed in node-26.",
        "With their best compiler alone: a typed table helps in node-26.",
        "With their best compiler alone: tail_call is faster than switch_loop in node-26.",
    )
    assert title(found).startswith("Fastest in WebAssembly: tail_call_typed in node-26-top, 0.9")
    notes = engine_table(found).notes
    native = ratio_with_interval(found.natives[0].times["tail_call"])
    assert f"Native tail_call takes {native} of native switch_loop’s time." in notes
    assert f"node-20 has no tail_call_typed: {TYPED_REASON}." in notes


def test_what_cannot_be_told_apart_is_named_together(write_results: WriteResults) -> None:
    same = node(26, "14.6.202.33", {"switch_loop": 1.2, "tail_call": 1.2})
    found = found_in(write_results(measured_engines([same])))
    assert set(found.rows[0].modes[0].fastest) == {"switch_loop", "tail_call"}
    assert " or " in engine_table(found).rows[0][1]


def test_one_process_decides_nothing(write_results: WriteResults) -> None:
    found = found_in(write_results(measured_engines(ALL, processes=1)))
    assert title(found).startswith("One process, so nothing is resolved: ")
    assert "(no interval)" in engine_table(found).rows[0][2]
    assert not any("fastest is" in sentence for sentence in sentences(found))


def test_without_a_native_library_ratios_within_an_engine_remain(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write_results(measured_engines(ALL, native=None))
    assert main(["engines", path]) == 0
    printed = capsys.readouterr().out
    assert "No native library of the run has switch_loop" in printed
    found = found_in(path)
    (new,) = [mode for mode in found.modes if mode.title == "node-26"]
    assert new.times == {} and new.distance is None
    assert new.fastest == ("switch_loop",)
    assert new.tail_call is not None and new.tail_call.value == pytest.approx(2.0, rel=0.005)
    assert main(["chart", "engines", path, "-o", str(tmp_path)]) == 2
    assert NO_NATIVE in capsys.readouterr().err
    html = page_of(found.lens)
    assert 'id="chart-engines"' not in html and 'id="engines"' in html


def test_captions_notes_and_page_say_that_engines_have_wall_times(
    lens: Lens, write_results: WriteResults
) -> None:
    said = "CPU time (engines: wall time)"
    chart = engines_chart(lens)
    assert isinstance(chart, EnginesChart)
    assert said in chart.caption
    found = engine_times(lens)
    assert isinstance(found, EngineTimes)
    assert said in " ".join(engine_table(found).notes)
    shown = page(lens, [])
    assert f'<option value="ratio-cpu">ratio, {said}</option>' in shown
    assert page_data(lens)["clocks"] == {"cpu": said, "wall": "wall time"}
    native = lens_for(load([write_results(synthetic_results())]), None)
    assert "engines:" not in page(native, [])


def test_a_lone_mode_makes_a_chart_without_the_other(write_results: WriteResults) -> None:
    for engine, kind in ((NEW, "as users get it"), (NEW_TOP, "best compiler alone")):
        document = measured_engines([engine])
        chart = engines_chart(lens_for(load([write_results(document)]), None))
        assert isinstance(chart, EnginesChart)
        assert chart.kinds == (kind,)
        assert [block.name for block in chart.blocks] == ["native", "node-26"]
        users, alone = chart.blocks[1].times("tail_call")
        assert (users is None, alone is None) == (engine.alone, not engine.alone)


def test_a_block_says_why_a_variant_is_missing(lens: Lens) -> None:
    chart = engines_chart(lens)
    assert isinstance(chart, EnginesChart)
    blocks = {block.name: block for block in chart.blocks}
    assert list(blocks) == ["native", "node-20", "node-26", "jsc"]
    assert blocks["node-20"].times("tail_call_typed") == (None, None)
    assert blocks["node-20"].reason("tail_call_typed") == TYPED_REASON
    assert blocks["native"].variants == ("tail_call",)
    with themed(LIGHT):
        figure = CHARTS["engines"](lens)
        assert isinstance(figure, Chart)
        texts = [
            text.get_text() for text in figure.draw(LIGHT).findobj() if hasattr(text, "get_text")
        ]
    assert "unavailable: needs typed function references" in texts
    assert "V8 11.3.244.8" in texts


def test_a_variant_without_some_workload_is_said_to_lack_it(write_results: WriteResults) -> None:
    document = measured_engines([NEW])
    document["benchmarks"] = [
        row
        for row in document["benchmarks"]
        if (row["backend"], row["library"], row["workload"]) != ("tail_call", "node-26", "fib")
    ]
    found = found_in(write_results(document))
    assert "node-26: the mean of tail_call leaves out fib." in engine_table(found).notes
    chart = engines_chart(found.lens)
    assert isinstance(chart, EnginesChart)
    assert "the mean of tail_call leaves out fib." in chart.caption


def many_engines() -> list[Made]:
    """Eleven engines in both modes with nine variants."""
    variants = (
        "switch_loop switch_outlined switch_superinstructions_64_top tail_call tail_call_typed tail_call_outlined"
        " tail_call_by_pointer call_table trampoline"
    ).split()
    made = []
    for number in range(11):
        times = {name: 1.1 + 0.9 * place + 0.07 * number for place, name in enumerate(variants)}
        if number == 0:
            del times["tail_call_typed"]
        name = ("V8", "SpiderMonkey", "JavaScriptCore")[min(number // 6, 2)]
        users = Made(f"engine-{number}", times, name=name, version=f"{11 + number}.3.244.8")
        alone = replace(users, label=f"{users.label}-top", flags=("--only-the-best-compiler",))
        made += [users, alone]
    return made


@pytest.mark.parametrize("name, theme", [("engines", LIGHT), ("v8_history", DARK)])
def test_no_texts_meet_with_eleven_engines_eight_variants_and_two_modes(
    write_results: WriteResults, name: str, theme: Theme
) -> None:
    document = measured_engines(many_engines(), processes=2, workloads=1)
    made = CHARTS[name](lens_for(load([write_results(document)]), None))
    assert isinstance(made, Chart)
    with themed(theme):
        assert overlapping_texts(made.draw(theme)) == []


def test_long_names_are_cut(write_results: WriteResults) -> None:
    variant = "a_variant_whose_name_is_longer_than_anyone_should_ever_make_one_of_them"
    label = "an-engine-whose-label-is-longer-than-it-should-be-and-whose-version-is-too"
    engines = [
        Made(
            f"{label}-{number}", {"switch_loop": 1.2, variant: 2.0}, version=f"{number}.0 ({label})"
        )
        for number in (11, 12)
    ]
    lens = lens_for(load([write_results(measured_engines(engines))]), None)
    for name in ("engines", "v8_history"):
        made = CHARTS[name](lens)
        assert isinstance(made, Chart)
        with themed(LIGHT):
            figure = made.draw(LIGHT)
        assert overlapping_texts(figure) == []
        assert figure.get_figwidth() < 11


def page_of(lens: Lens) -> str:
    """The page with every chart's words and without their pictures, which take most of the time."""
    return page(lens, [(chart, Markup()) for chart in charts_for(lens)])


def test_the_page_has_charts_and_table_and_says_their_content_in_words(lens: Lens) -> None:
    html = page_of(lens)
    found = engine_times(lens)
    assert isinstance(found, EngineTimes)
    for name in ("engines", "v8_history"):
        made = CHARTS[name](lens)
        assert isinstance(made, Chart)
        assert html.count(f'<h2 id="chart-{name}">') == 1
        assert html.count(f'aria-label="Chart: {made.title}"') == 1
        assert made.caption in unescape(html)
    for row in engine_table(found).rows:
        for cell in row:
            assert f">{cell}</t" in html


def test_black_marks_follow_the_theme_of_the_page(lens: Lens) -> None:
    made = CHARTS["v8_history"](lens)
    assert isinstance(made, Chart)
    inline = drawn_for_page(made).inline
    # matplotlib leaves the fill of black marks out, so they take that of the whole picture.
    assert inline.startswith('<svg style="max-width:')
    assert "fill:var(--series-6)" in inline[: inline.index(">")]
    assert f'<desc id="v8_history-description">{escape(made.caption, quote=False)}</desc>' in inline


@pytest.mark.parametrize("format", ["text", "markdown", "latex", "csv"])
def test_the_command_line_prints_the_same_table(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str], format: str
) -> None:
    path = write_results(measured_engines([NEW]))
    assert main(["engines", path, "--format", format]) == 0
    printed = capsys.readouterr().out
    for cell in engine_table(found_in(path)).rows[0][1:4]:
        assert cell.replace("_", r"\_") in printed if format == "latex" else cell in printed


def test_results_without_engines_have_no_chart_of_them(
    write_results: WriteResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_results(synthetic_results(3, 2, ("clang",), 2, 2))
    for command in (["engines", path], ["chart", "engines", path, "-o", str(tmp_path)]):
        assert main(command) == 2
        assert NO_ENGINES in capsys.readouterr().err
    html = page_of(lens_for(load([path]), None))
    assert "WebAssembly" not in html


def test_results_of_an_older_tool_without_engine_fields_are_read(
    write_results: WriteResults,
) -> None:
    document = measured_engines(ALL)
    for library in document["context"]["dispatchbench"]["libraries"]:
        library.pop("engine", None)
    assert engine_times(lens_for(load([write_results(document)]), None)) == NO_ENGINES


def test_an_engine_that_says_little_is_called_unknown() -> None:
    said: dict[str, Any] = {"clock_resolution": 0}
    engine = engine_from_json(said)
    assert engine is not None
    assert engine.text == "unknown engine"
    assert engine.clock_resolution is None and not engine.best_compiler_alone
    assert engine_from_json(None) is None


def test_durations_have_the_unit_that_suits_them() -> None:
    found = [duration_text(value) for value in (None, 0.5, 41.0, 1000.0, 5000.0, 2e7, 1e9)]
    assert found == ["unknown", "0.5 ns", "41 ns", "1 µs", "5 µs", "20 ms", "1 s"]


def test_two_files_name_the_machine_of_an_engine(write_results: WriteResults) -> None:
    other = measured_engines([OLD])
    other["context"]["dispatchbench"]["machine"] = {
        **other["context"]["dispatchbench"]["machine"],
        "cpu_model": "Xeon",
        "fingerprint": "another",
    }
    paths = [write_results(measured_engines([OLD])), write_results(other, "other")]
    found = engine_times(lens_for(load(paths), None))
    assert isinstance(found, EngineTimes)
    assert [row.title for row in found.rows] == ["node-20, AMD EPYC 9R45", "node-20, Xeon"]
    assert all(row.native is not None for row in found.rows)
    assert (
        json.dumps([row.native.title for row in found.rows if row.native]) == '["native", "native"]'
    )


def test_pale_colours_have_an_outline() -> None:
    names = [str(number) for number in range(8)]
    for theme in (LIGHT, DARK):
        for look in looks(names, theme).values():
            assert look.outline or contrast(look.colour, theme.background) >= 1.6
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert [bool(look.outline) for look in looks(names, LIGHT).values()].count(True) == 1
