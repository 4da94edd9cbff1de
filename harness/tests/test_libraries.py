"""Which libraries a command takes: folders, lists with layouts and hosts; and what ratios are relative to."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from program import FAULTY, LIBRARY, dispatchbench, measures, refused

TAK = ("--workload", "^tak$")


def write_list(folder: Path, *entries: dict[str, Any]) -> Path:
    (folder / "libraries.json").write_text(json.dumps({"schema": 1, "libraries": list(entries)}))
    return folder


def listed(*arguments: str | Path) -> list[dict[str, Any]]:
    finished = dispatchbench("list", "--json", *TAK, *arguments)
    assert finished.returncode == 0, finished.stderr
    libraries: list[dict[str, Any]] = json.loads(finished.stdout)["libraries"]
    return libraries


def test_a_folder_stands_for_every_library_in_it_and_in_its_subfolders(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    shutil.copyfile(LIBRARY, tmp_path / "one.so")
    shutil.copyfile(FAULTY, tmp_path / "sub" / "two.so")
    (tmp_path / "notes.txt").write_text("no library")
    assert [Path(library["path"]).name for library in listed("--library", tmp_path)] == [
        "one.so",
        "two.so",
    ]


def test_a_list_says_labels_and_layouts(tmp_path: Path) -> None:
    shutil.copyfile(LIBRARY, tmp_path / "a.so")
    shutil.copyfile(LIBRARY, tmp_path / "b.so")
    write_list(
        tmp_path,
        {"file": "b.so", "label": "any-label@all", "layout_of": "original"},
        {"file": "a.so", "label": "original"},
    )
    libraries = listed("--library", tmp_path)
    assert [(library["label"], library["layout_of"]) for library in libraries] == [
        ("any-label@all", "original"),
        ("original", None),
    ]


def test_labels_alone_make_no_layout(tmp_path: Path) -> None:
    shutil.copyfile(LIBRARY, tmp_path / "clang@layout1.so")
    (library,) = listed("--library", f"clang@layout1={tmp_path / 'clang@layout1.so'}")
    assert library["layout_of"] is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "isn't a list of libraries"),
        ('{"schema": 2, "libraries": []}', "schema is 2; expected 1"),
        ('{"schema": 1, "libraries": [{"label": "x"}]}', "'file' not found"),
        ('{"schema": 1, "libraries": []}', "has no backend library"),
    ],
)
def test_a_broken_list_is_named_with_its_field(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "libraries.json").write_text(text)
    refused(dispatchbench("list", "--library", tmp_path), 1, str(tmp_path), words)


@pytest.mark.parametrize("label", ["a/b", "two words", "two\nlines"])
def test_a_label_that_would_spoil_a_row_s_name_is_refused(label: str, tmp_path: Path) -> None:
    shutil.copyfile(LIBRARY, tmp_path / "a.so")
    write_list(tmp_path, {"file": "a.so", "label": label})
    refused(dispatchbench("list", "--library", tmp_path), 1, "a.so", "its label is")


def test_a_label_for_a_folder_of_several_libraries_is_refused(tmp_path: Path) -> None:
    for name in ("a.so", "b.so"):
        shutil.copyfile(LIBRARY, tmp_path / name)
    refused(dispatchbench("list", "--library", f"mine={tmp_path}"), 2, "2 libraries")


@measures
def test_a_library_without_the_baseline_is_measured_against_another_s(tmp_path: Path) -> None:
    output = tmp_path / "r.json"
    finished = dispatchbench(
        *("run", "--processes", "2", "--repetitions", "2", "--output", output, *TAK),
        *("--library", f"ours={LIBRARY}", "--library", f"theirs={FAULTY}"),
        *("--backend", "^(switch_loop|correct)$"),
    )
    assert finished.returncode == 0, finished.stderr
    theirs = finished.stdout[finished.stdout.index("\ntheirs ") :]
    assert "time relative to switch_loop/ours" in theirs
    assert "correct takes" in theirs or "fastest first: switch_loop/ours, correct" in theirs


@measures
def test_the_baseline_can_be_any_row_for_all_libraries(tmp_path: Path) -> None:
    output = tmp_path / "r.json"
    quick = ("run", "--processes", "2", "--repetitions", "2", "--output", output, *TAK)
    finished = dispatchbench(
        *quick,
        *("--library", f"a={LIBRARY}", "--library", f"b={LIBRARY}"),
        *("--backend", "^(switch_loop|tail_call|computed_goto)$", "--baseline", "computed_goto/b"),
    )
    assert finished.returncode == 0, finished.stderr
    assert "time relative to computed_goto/b [" in finished.stdout
    assert "time relative to computed_goto [" in finished.stdout
    refused(dispatchbench(*quick, "--baseline", "nothing"), 2, "--baseline nothing", "switch_loop/")
    refused(dispatchbench(*quick, "--baseline", "a/"), 2, "BACKEND/LABEL")
    refused(
        dispatchbench(*quick, "--library", FAULTY, "--baseline", "refuses", "--time-out", "2"),
        2,
        "--baseline refuses: no such row is measured",
    )


def test_a_layout_variant_without_its_original_is_refused(tmp_path: Path) -> None:
    shutil.copyfile(LIBRARY, tmp_path / "two.so")
    write_list(tmp_path, {"file": "two.so", "label": "variant", "layout_of": "original"})
    assert listed("--library", tmp_path)[0]["layout_of"] == "original"
    refused(dispatchbench("run", *TAK, "--library", tmp_path), 2, '"original"', "--library")


@measures
def test_layouts_are_told_from_their_field_and_reported_together(tmp_path: Path) -> None:
    for name in ("one.so", "two.so"):
        shutil.copyfile(LIBRARY, tmp_path / name)
    write_list(
        tmp_path,
        {"file": "one.so", "label": "original"},
        {"file": "two.so", "label": "variant", "layout_of": "original"},
    )
    output = tmp_path / "r.json"
    finished = dispatchbench(
        *("run", "--processes", "2", "--repetitions", "2", "--output", output, *TAK),
        *("--library", tmp_path, "--backend", "^(switch_loop|tail_call)$"),
    )
    assert finished.returncode == 0, finished.stderr
    assert "original in 2 layouts" in finished.stdout
    assert "\nvariant (" not in finished.stdout
