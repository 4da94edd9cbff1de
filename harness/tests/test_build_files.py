"""What it took to build a library: LIBRARY.build.json is copied into results, and a bad one is named and not used."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from program import LIBRARY, ROOT, dispatchbench, measures

BUILD = {
    "schema": 1,
    "compiler_name": "clang-21",
    "compiler_released": "2025-08-26",
    "packages": {"clang-21": "1:21.1.8-1", "libllvm21": "1:21.1.8-1", "a": "1", "b": "2"},
    "factors": {"base": "clang-19", "flags": "-O3", "label": "O3"},
    "backends": [
        {"name": "switch_loop", "compile_seconds": 3.25, "compile_peak_bytes": 123456789},
        {"name": "tail_call", "compile_seconds": 1, "compile_peak_bytes": 23456789},
    ],
}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return Path(shutil.copy(LIBRARY, tmp_path / "copy.so"))


def with_build(library: Path, **changes: Any) -> Path:
    """Writes the build file with changed fields; None removes one."""
    fields = {name: value for name, value in {**BUILD, **changes}.items() if value != "remove"}
    library.with_suffix(".build.json").write_text(json.dumps(fields))
    return library


def listed(library: Path) -> tuple[Any, str]:
    """The library's build as `list --json` has it, and what is said."""
    finished = dispatchbench("list", "--json", "--library", library)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)["libraries"][0]["build"], finished.stderr


def test_it_is_copied_as_it_is_and_shown_in_a_line(library: Path) -> None:
    assert listed(library) == (None, "")
    assert listed(with_build(library)) == (BUILD, "")
    assert (
        "  built  clang-21 of 2025-08-26, backends compiled in 4.2 s, in processes of at most 123 MB; "
        "packages clang-21 1:21.1.8-1, libllvm21 1:21.1.8-1, a 1 and 1 more\n"
        in dispatchbench("list", "--library", library).stdout
    )
    unknown: dict[str, Any] = {"compiler_released": None, "packages": {}, "factors": None}
    assert listed(with_build(library, **unknown)) == ({**BUILD, **unknown}, "")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schema": 2}, "field schema is 2; expected 1"),
        ({"compiler_name": "remove"}, "field compiler_name is missing; expected a compiler's name"),
        ({"packages": {"a": 1}}, "field packages.a is 1; expected a version"),
        ({"factors": {"base": "x"}}, "field factors.flags is missing"),
        ({"backends": {}}, "field backends is an object; expected a list"),
        ({"backends": [3]}, "field backends[0] is 3; expected an object"),
        (
            {"backends": [{"name": "x", "compile_seconds": 1, "compile_peak_bytes": 1}]},
            'field backends[0].name is "x", a backend that the library hasn\'t',
        ),
        (
            {"backends": [BUILD["backends"][0]] * 2},
            'field backends[1].name is "switch_loop", as before',
        ),
        (
            {"backends": [{"name": "tail_call", "compile_seconds": -1, "compile_peak_bytes": 1}]},
            "field backends[0].compile_seconds is -1; expected a number of seconds",
        ),
        (
            {"backends": [{"name": "tail_call", "compile_seconds": 1, "compile_peak_bytes": 1.5}]},
            "field backends[0].compile_peak_bytes is 1.5; expected a number of bytes",
        ),
    ],
)
def test_a_bad_one_is_named_with_its_field_and_not_used(
    changes: dict[str, Any], words: str, library: Path
) -> None:
    build, said = listed(with_build(library, **changes))
    assert build is None
    assert "copy.build.json: " + words in said and "tools/libraries" in said


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 1, "schema": 1}', "[" * 200, "\xff"])
def test_what_is_no_build_file_is_not_used(text: str, library: Path) -> None:
    library.with_suffix(".build.json").write_text(text, encoding="latin1")
    build, said = listed(library)
    assert build is None
    assert "warning: " in said and "copy.build.json: " in said


@measures
def test_results_hold_it_and_a_bad_one_is_a_warning(library: Path, tmp_path: Path) -> None:
    output = tmp_path / "r.json"
    run = (
        "run",
        "--processes",
        "2",
        "--repetitions",
        "1",
        "--workload",
        "^tak$",
        "--output",
        output,
    )
    one = (*run, "--backend", "^switch_loop$", "--library", library)
    schema = json.loads((ROOT / "reports" / "results.schema.json").read_text())
    assert "build" in schema["definitions"]["library_since_schema_2"]["properties"]
    with_build(library)
    assert dispatchbench(*one).returncode == 0
    (found,) = json.loads(output.read_text())["context"]["dispatchbench"]["libraries"]
    assert found["build"] == BUILD
    with_build(library, schema=0)
    finished = dispatchbench(*one)
    assert finished.returncode == 0
    assert "copy.build.json: field schema is 0" in finished.stdout
    ours = json.loads(output.read_text())["context"]["dispatchbench"]
    assert ours["libraries"][0]["build"] is None
    assert any("field schema is 0" in warning for warning in ours["warnings"])
