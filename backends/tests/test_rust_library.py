"""The Rust library: built with the rustc that is there, then checked as the C++ library is.

Run by ctest, which skips it where no rustc is found, on PATH or in the prefix of tools/compilers.
DISPATCHBENCH_RUSTC=/path/to/rustc chooses one.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

import backend_library
from code_lines import code_lines

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools/python"), str(ROOT / "reports")]

# pylint: disable=wrong-import-position
from compilers.installed import prefix_folder
from libraries.build_costs import BackendBuild
from libraries.rust_library import LIBRARY, build_rust_library
from machine_code.symbol_names import readable
from tool import ToolError

ALL = ["rust_match", "rust_loop_match", "rust_become"]


@pytest.fixture(scope="module", name="rustc")
def the_rustc() -> pathlib.Path:
    """The compiler to test with."""
    chosen = os.environ.get("DISPATCHBENCH_RUSTC") or shutil.which("rustc")
    found = [pathlib.Path(chosen)] if chosen else sorted(prefix_folder().glob("bin/rustc-*"))
    if not found:
        pytest.skip(
            f"no rustc on PATH and none in {prefix_folder()}: tools/compilers install rustc"
        )
    return found[-1]


@pytest.fixture(scope="module", name="built")
def the_built_library(
    rustc: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[pathlib.Path, list[BackendBuild]]:
    """The library and what its backends cost."""
    folder = tmp_path_factory.mktemp("rust") / "library"
    costs = build_rust_library(rustc, folder, "rust-test", [])
    return folder / LIBRARY, costs


def without_unstable_features(rustc: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """A program that behaves like a stable rustc, whatever RUSTC_BOOTSTRAP says."""
    program = folder / "stable_rustc"
    program.write_text(f'#!/bin/sh\nRUSTC_BOOTSTRAP=-1 exec "{rustc}" "$@"\n')
    program.chmod(0o755)
    return program


def test_every_backend_is_there_or_has_a_reason(
    rustc: pathlib.Path, built: tuple[pathlib.Path, list[BackendBuild]]
) -> None:
    library = backend_library.load(built[0])
    assert library.label == "rust-test"
    assert [*library.backends, *library.unavailable] == ALL
    assert [cost.name for cost in built[1]] == list(library.backends)
    assert {backend.source_lines for backend in library.backends.values()} == {
        code_lines(ROOT / "backends/rust")
    }
    assert all(
        cost.compile_seconds > 0.1 and cost.compile_peak_bytes > 2**24 for cost in built[1]
    )
    said = subprocess.run([rustc, "--version"], check=True, capture_output=True, text=True).stdout
    version = [int(number) for number in re.findall(r"\d+", said)[:2]]
    if version >= [1, 95]:
        assert not library.unavailable


def test_a_stable_compiler_has_rust_match_alone_and_reasons_for_the_rest(
    rustc: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    stable = without_unstable_features(rustc, tmp_path)
    costs = build_rust_library(stable, tmp_path, "stable", ["-Copt-level=0"])  # Sooner compiled.
    library = backend_library.load(tmp_path / LIBRARY)
    assert [cost.name for cost in costs] == list(library.backends) == ["rust_match"]
    assert re.fullmatch(
        r"needs the unstable feature loop_match; rustc says: error.*",
        library.unavailable["rust_loop_match"],
    )
    assert "explicit_tail_calls and rust_preserve_none_cc" in library.unavailable["rust_become"]


def test_the_audit_finds_what_the_backends_say_they_are(
    built: tuple[pathlib.Path, list[BackendBuild]]
) -> None:
    subprocess.run([ROOT / "tools/audit", "--quiet", built[0]], check=True)
    audit = json.loads(built[0].with_suffix(".audit.json").read_text())
    assert audit["compiler"].startswith("rustc 1.")
    for backend in audit["backends"].values():
        assert backend["language"] == "rust" and backend["family"] == "rust"
        assert backend["as_expected"] and backend["effective_technique"] != "unknown"
        assert backend["distinct_handlers"] == 256 and not backend["handlers_calling_functions"]
    # The rare path doesn't force any state to memory: calls of devices do, and division.
    assert audit["backends"]["rust_match"]["handlers_with_spills"] < 30
    if "rust_become" in audit["backends"]:
        become = audit["backends"]["rust_become"]
        assert become["effective_technique"] == "tail_calls"
        assert become["handlers_with_spills"] == become["handlers_calling_devices"] == 16
        assert become["indirect_jump_sites"] == 255 and become["handlers_of_busiest_site"] == 1


def test_it_agrees_with_the_reference(built: tuple[pathlib.Path, list[BackendBuild]]) -> None:
    finished = subprocess.run(
        [os.environ["DISPATCHBENCH"], "verify", "--library", built[0]],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout


# Their machines' memory lies between guard pages. By hand: DISPATCHBENCH_TEST_PARTS=1 for all random states.
@pytest.mark.parametrize("test", ["vectors_test", "differential_test", "calling_convention_test"])
def test_it_passes_the_tests_of_backends(
    built: tuple[pathlib.Path, list[BackendBuild]], test: str
) -> None:
    finished = subprocess.run(
        [
            pathlib.Path(os.environ["DISPATCHBENCH_BACKEND_TESTS"]) / test,
            "--gtest_filter=*rust_test*",
        ],
        env={
            "DISPATCHBENCH_TEST_PARTS": "8" if test == "differential_test" else "1",
            **os.environ,
            "DISPATCHBENCH_LIBRARIES": str(built[0]),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout
    assert "[  PASSED  ]" in finished.stdout and "[  PASSED  ] 0 tests" not in finished.stdout


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("#!/bin/sh\nexit 3\n", r"-vV failed \(exit code 3\)"),
        (
            "#!/bin/sh\necho hello\n",
            r"is no rustc: -vV has no line 'release: VERSION', but says 'hello",
        ),
        (
            "#!/bin/sh\necho release: 1.99.0\n",
            r"(rust_match\.o\.cost|no .*dispatchbench_backends\.so)",
        ),
        (
            "#!/bin/sh\necho release: 1.99.0\ncase $1 in -vV) ;; *) echo 'error: broken'; exit 1;; esac\n",
            r"(?s)failed \(exit code 1\):.*error: broken",
        ),
    ],
)
def test_what_is_no_working_rustc_is_refused_with_what_it_said(
    tmp_path: pathlib.Path, program: str, message: str
) -> None:
    rustc = tmp_path / "rustc"
    rustc.write_text(program)
    rustc.chmod(0o755)
    with pytest.raises(ToolError, match=message):
        build_rust_library(rustc, tmp_path / "library", "none", [])


def test_a_missing_rustc_is_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ToolError, match="no_rustc: not found"):
        build_rust_library(tmp_path / "no_rustc", tmp_path, "none", [])


@pytest.mark.parametrize(
    ("mangled", "expected"),
    [
        ("_RINvNtCs2LXgGWZRWOI_7library11rust_become7handlerKh38_EB4_", "handler<ADD2>"),
        ("_RINvNtCs2LXgGWZRWOI_7library11rust_become7handlerKh0_EB4_", "handler<BRK>"),
        ("_RNvNtCs2LXgGWZRWOI_7library11rust_become16wrapping_handler", "wrapping_handler"),
        ("_RNvNtCs2LXgGWZRWOI_7library10rust_match3run", "run"),
    ],
)
def test_mangled_names_of_rust_are_readable(mangled: str, expected: str) -> None:
    assert readable(mangled) == expected
