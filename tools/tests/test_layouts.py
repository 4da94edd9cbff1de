"""tools/layouts: variants have the same code at other places, and wrong input is answered with what to do."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from audit.library_audit import LibraryAudit
from libraries_file import ListedLibrary, read_libraries
from machine_code.declared import read_declared_library
from machine_code.elf_image import content_hash
from tool_under_test import BUILD, run_tool

LAYOUTS = os.environ.get("DISPATCHBENCH_LAYOUTS", "2")  # As many as are compared; more by hand.


def layouts(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs tools/layouts."""
    return run_tool("tools/layouts", *arguments)


def places(library: Path) -> dict[str, tuple[int, int]]:
    """Address and size of every backend's run function."""
    listed = subprocess.run(["nm", "-S", str(library)], capture_output=True, text=True, check=True)
    found = re.findall(r"^(\w+) (\w+) [tT] (dispatchbench_run_\w+)$", listed.stdout, re.MULTILINE)
    return {name: (int(address, 16), int(size, 16)) for address, size, name in found}


def test_variants_have_the_same_functions_at_other_places_and_the_same_seed_repeats_them(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        made = layouts(BUILD, "--count", "3", "--label", "x", "--output", folder)
        assert made.returncode == 0, made.stderr
    names = sorted(path.name for path in first.glob("*.so"))
    assert names == ["x@layout1.so", "x@layout2.so", "x@layout3.so"]
    original = places(BUILD / "dispatchbench_backends.so")
    assert len(original) >= 2
    variants = [places(first / name) for name in names]
    for variant in variants:
        assert {name: size for name, (_, size) in variant.items()} == {
            name: size for name, (_, size) in original.items()
        }
    starts = [tuple(address for address, _ in sorted(variant.values())) for variant in variants]
    assert len(set(starts)) == 3
    assert [places(second / name) for name in names] == variants


def test_a_variant_keeps_the_audit_of_the_library(tmp_path: Path) -> None:
    audit = BUILD / "dispatchbench_backends.audit.json"
    assert layouts(BUILD, "--count", "1", "--label", "x", "--output", tmp_path).returncode == 0
    written = tmp_path / "x@layout1.audit.json"
    assert written.exists() == audit.exists()
    if audit.exists():
        found, original = json.loads(written.read_text()), json.loads(audit.read_text())
        assert found["library_hash"] == content_hash((tmp_path / "x@layout1.so").read_bytes())
        assert found["library_hash"] != original["library_hash"]
        assert found["backends"] == original["backends"]


def test_every_layout_is_the_same_code(tmp_path: Path) -> None:
    library = BUILD / "dispatchbench_backends.so"
    file = os.environ.get("DISPATCHBENCH_LIBRARY_AUDIT")  # ctest has had it made.
    audit = json.loads(Path(file).read_text()) if file else LibraryAudit(library).to_json([])
    assert audit["library_hash"] == content_hash(library.read_bytes())
    original = audit["backends"]
    for declared in read_declared_library(library).backends:
        assert (original[declared.name]["code_hash"] is None) == declared.generates_code
    made = layouts(BUILD, "--count", LAYOUTS, "--seed", "7", "--output", tmp_path)
    assert made.returncode == 0, made.stderr
    for path in sorted(tmp_path.glob("*.so")):
        found = LibraryAudit(path).to_json([])["backends"]
        for name, backend in original.items():
            for field in ("code_hash", "label", "indirect_jump_sites", "stack_accesses"):
                assert found[name][field] == backend[field], (path.name, name, field)


def test_the_folder_says_what_each_library_is_a_layout_of(tmp_path: Path) -> None:
    for label, count in (("x", "2"), ("y", "1"), ("x", "1")):
        made = layouts(BUILD, "--count", count, "--label", label, "--output", tmp_path)
        assert made.returncode == 0, made.stderr
    document = json.loads((tmp_path / "libraries.json").read_text())
    assert document == {
        "schema": 1,
        "libraries": [
            {"file": "y@layout1.so", "label": "y@layout1", "layout_of": "y"},
            {"file": "x@layout1.so", "label": "x@layout1", "layout_of": "x"},
        ],
    }
    assert read_libraries(tmp_path) == [
        ListedLibrary("y@layout1.so", "y@layout1", "y"),
        ListedLibrary("x@layout1.so", "x@layout1", "x"),
    ]
    files = {path.name for path in tmp_path.iterdir() if not path.name.endswith(".audit.json")}
    assert files == {"libraries.json", "x@layout1.so", "y@layout1.so"}


def test_variants_are_labelled_after_what_the_library_calls_itself(tmp_path: Path) -> None:
    assert layouts(BUILD, "--count", "1", "--output", tmp_path).returncode == 0
    label = read_declared_library(BUILD / "dispatchbench_backends.so").label
    assert [library.layout_of for library in read_libraries(tmp_path)] == [label]


def test_a_broken_list_of_libraries_is_named(tmp_path: Path) -> None:
    for text, message in (
        ("{", "libraries.json:1: not JSON"),
        ('{"schema": 2}', "schema 2; expected 1"),
        ('{"schema": 1, "libraries": [{}]}', "not a list of libraries"),
    ):
        (tmp_path / "libraries.json").write_text(text)
        finished = layouts(BUILD, "--output", tmp_path)
        assert finished.returncode == 1
        assert message in finished.stderr


def test_wrong_input_is_refused_and_names_the_remedy(tmp_path: Path) -> None:
    finished = layouts(tmp_path)
    assert finished.returncode == 1
    assert "no build.ninja" in finished.stderr and "cmake --preset" in finished.stderr
    (tmp_path / "build.ninja").touch()
    assert "build it first" in layouts(tmp_path).stderr
    assert layouts(BUILD, "--count", "0").returncode == 2
    assert layouts(BUILD, "--label", "a/b").returncode == 2
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "mine.so").touch()
    finished = layouts(BUILD, "--output", foreign)
    assert finished.returncode == 1
    assert "mine.so" in finished.stderr
