"""backends/ as a CMake project without the rest: it builds, and add_backend refuses mistakes.

DISPATCHBENCH_CXX names the compiler. Run by ctest, once for each preset's compiler.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

import backend_library

BACKENDS = Path(__file__).resolve().parents[1]

# One backend of each source is built, since the others differ from it in definitions alone, which the preset's build has
# compiled, too.
LEFT_OUT = (
    *("computed_goto_budget", "computed_goto_extra_jump", "computed_goto_volatile"),
    *("superinstructions_64", "superinstructions_64_top", "switch_default", "switch_loop_budget"),
    "switch_outlined",
    *("tail_call_budget", "tail_call_by_pointer", "tail_call_outlined", "tail_call_plain"),
    *("top_of_stack_2", "top_of_stack_both"),
)

# Quotes, backslashes, commas, parentheses, semicolons, brackets, a variable, a trigraph, a generator expression.
ODD_SUMMARY = r"""says "so", (a\b; c); [d;e] ${f} @g@ h??/ $<1:i> #j"""

# Flags of abi.h.
BUDGETED, ON_REQUEST, GENERATES_CODE = 1, 2, 4

ODD_SOURCE = """\
// Eight lines of code.
#include "isa/execute.h"
#include "isa/run_name.h"

extern "C" void DISPATCHBENCH_RUN(dispatchbench::Machine*) noexcept {
  /* Nothing
     to do. */
}
#ifdef ODD_PREPARES
extern "C" const char* DISPATCHBENCH_PREPARE(dispatchbench::Machine*) noexcept { return "never"; }
extern "C" void DISPATCHBENCH_RELEASE(dispatchbench::Machine*) noexcept {}
#endif
"""

ODD_FAMILY = f"""\
add_backend(odd
  SOURCES odd.cpp
  DISPATCH none_at_all
  SUMMARY [==[{ODD_SUMMARY}]==]
  FLAGS -DODD_PREPARES
  PREPARES
  BUDGETED
  GENERATES_CODE
  EXPECTED replicated)
add_backend(plain SOURCES odd.cpp DISPATCH none_at_all SUMMARY "plain" LANGUAGE "c;++" EXPECTED merged CORE)
add_backend(unknown_flag SOURCES odd.cpp DISPATCH switch SUMMARY "needs it" FLAGS -fno-such-flag=1 EXPECTED any)
add_backend(without_flag SOURCES odd.cpp DISPATCH switch SUMMARY "does without it"
  HELPFUL_FLAGS -fno-such-flag=1 -DODD_PREPARES PREPARES EXPECTED any)
add_backend(elsewhere SOURCES odd.cpp DISPATCH switch SUMMARY "for a Z80" PROCESSOR z80 EXPECTED merged)
"""


def cmake(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs CMake, its output in one text."""
    environment = {name: value for name, value in os.environ.items() if name != "CXXFLAGS"}
    return subprocess.run(
        ["cmake", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        check=False,
    )


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> backend_library.BackendLibrary:
    """The library that backends/ makes alone, with a family of backends from outside the tree."""
    compiler = os.environ.get("DISPATCHBENCH_CXX")
    if compiler is None:
        pytest.skip("DISPATCHBENCH_CXX names no compiler; ctest sets it")
    family = tmp_path_factory.mktemp("families") / "odd_family"
    family.mkdir()
    (family / "CMakeLists.txt").write_text(ODD_FAMILY)
    (family / "odd.cpp").write_text(ODD_SOURCE)
    build = tmp_path_factory.mktemp("build")
    configured = cmake(
        *("-S", BACKENDS, "-B", build, f"-DCMAKE_CXX_COMPILER={compiler}"),
        *(f"-DDISPATCHBENCH_FURTHER_FAMILIES={family}", '-DDISPATCHBENCH_LABEL=a "label"'),
        *(f"-DDISPATCHBENCH_WITHOUT_{name}=not needed here" for name in LEFT_OUT),
    )
    assert configured.returncode == 0, configured.stdout
    built = cmake("--build", build, "--parallel", "2", "--target", "dispatchbench_backends")
    assert built.returncode == 0, built.stdout
    assert (build / "dispatchbench_backends.audit.json").exists() == (
        "will not be audited" not in configured.stdout
    )
    return backend_library.load(build / "dispatchbench_backends.so")


def test_it_builds_the_backends_of_this_tree(library: backend_library.BackendLibrary) -> None:
    listed = library.backends.keys() | library.unavailable.keys()
    for name in ("switch_loop", "computed_goto", "computed_goto_plain"):
        assert name in library.backends
    assert {"tail_call", "asm_x86_64", "asm_aarch64"} <= listed
    assert library.backends["computed_goto_plain"].family == "computed_goto"
    assert library.backends["switch_loop"].language is None
    assert not library.backends["switch_loop"].prepares
    assert library.backends["switch_loop"].flags == 0


def test_texts_arrive_whatever_they_hold(library: backend_library.BackendLibrary) -> None:
    assert library.backends["odd"].summary == ODD_SUMMARY
    assert library.backends["plain"].language == "c;++"
    assert library.label == 'a "label"'


def test_facts_of_a_backend_arrive(library: backend_library.BackendLibrary) -> None:
    odd = library.backends["odd"]
    assert (odd.family, odd.dispatch, odd.expected) == ("odd_family", "none_at_all", "replicated")
    assert odd.prepares and odd.releases and odd.flags == BUDGETED | ON_REQUEST | GENERATES_CODE
    assert odd.source_lines == 8
    plain = library.backends["plain"]
    assert not plain.prepares and not plain.releases and plain.flags == 0


def test_what_is_no_core_backend_is_measured_on_request(
    library: backend_library.BackendLibrary,
) -> None:
    assert library.backends["odd"].flags & ON_REQUEST
    assert not library.backends["switch_loop"].flags & ON_REQUEST


def test_what_is_missing_is_said_in_words(library: backend_library.BackendLibrary) -> None:
    assert re.fullmatch(
        r"needs a processor of type z80 \(this build is for \w+\)", library.unavailable["elsewhere"]
    )


def test_a_flag_that_the_compiler_refuses_is_said_or_left_out(
    library: backend_library.BackendLibrary,
) -> None:
    assert library.unavailable["unknown_flag"] == "needs the compiler flag -fno-such-flag=1"
    # It prepares only with the second of its flags.
    assert library.backends["without_flag"].prepares


def test_further_flags_that_the_compiler_refuses_end_the_configuration(tmp_path: Path) -> None:
    compiler = os.environ.get("DISPATCHBENCH_CXX")
    if compiler is None:
        pytest.skip("DISPATCHBENCH_CXX names no compiler; ctest sets it")
    configured = cmake(
        *("-S", BACKENDS, "-B", tmp_path, f"-DCMAKE_CXX_COMPILER={compiler}"),
        "-DDISPATCHBENCH_BACKEND_FLAGS=SHELL:-O3 --param x=1;-fno-such-flag=1",
    )
    assert configured.returncode != 0
    # One of the parameter's names is unknown as well, and clang knows no parameter at all.
    assert re.search(
        r"^ *DISPATCHBENCH_BACKEND_FLAGS: (clang|gcc) [\d.]+ refuses --param x=1 -fno-such-flag=1: .*; "
        rf"leave it out, or choose another compiler \(this is .*{re.escape(Path(compiler).name)}\)$",
        configured.stdout,
        re.MULTILINE,
    ), configured.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("EXPECTED replicatd", "EXPECTED is replicatd. Choices are merged, .*replicated, .*any"),
        ("EXPECTED merged COLOUR red", "unknown argument COLOUR red. Arguments are .*BUDGETED"),
        ("EXPECTED", "EXPECTED is missing"),
        ("EXPECTED merged PROCESSOR", "PROCESSOR is missing"),
        ('EXPECTED merged DISPATCH "a sentence"', "DISPATCH is a sentence. It must be one word"),
        ("EXPECTED merged REQUIRES telepathy", "REQUIRES telepathy: unknown. .*musttail"),
    ],
)
def test_a_mistake_in_add_backend_is_refused(tmp_path: Path, arguments: str, message: str) -> None:
    dispatch = "" if "DISPATCH" in arguments else "DISPATCH switch "
    script = tmp_path / "script.cmake"
    script.write_text(
        f"cmake_minimum_required(VERSION 3.25)\ninclude({BACKENDS}/add_backend.cmake)\n"
        f'add_backend(wrong SOURCES wrong.cpp SUMMARY "wrong" {dispatch}{arguments})\n'
    )
    finished = cmake("-P", script)
    assert finished.returncode != 0
    assert re.search(message, " ".join(finished.stdout.split())), finished.stdout
