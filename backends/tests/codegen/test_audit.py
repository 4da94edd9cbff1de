"""tools/audit says what compilers made of the backends' sources, wanted or not."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from typing import Any

import pytest

from audits import EMULATOR, KIND, LIBRARY, PROCESSOR, VARIANTS, library_audit, variants_audit
from tool import REPOSITORY
from tool_under_test import run_tool

AUDIT = REPOSITORY / "tools/audit"
NATIVE_STACK_TEST = [*EMULATOR, os.environ["DISPATCHBENCH_NATIVE_STACK_TEST"]]

only_clang = pytest.mark.skipif(KIND != "clang", reason="g++-12 has no musttail")
only_x86 = pytest.mark.skipif(PROCESSOR != "x86_64", reason="retpolines are x86-64's")
only_gcc_x86 = pytest.mark.skipif(
    (KIND, PROCESSOR) != ("gnu", "x86_64"), reason="only g++ writes retpolines inline"
)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """tools/audit with these arguments."""
    return run_tool("tools/audit", *arguments)


def variant(name: str) -> dict[str, Any]:
    """The audit of one variant."""
    found: dict[str, Any] = variants_audit()["backends"][name]
    return found


def test_computed_goto_without_its_flags_is_caught() -> None:
    found = variant("goto_without_flags")
    assert found["effective_technique"] == "merged"
    assert re.fullmatch(r"merged \(\d+ sites?\)", found["label"])
    assert found["indirect_jump_sites"] <= 2
    assert found["handlers_of_busiest_site"] > 200
    assert not found["as_expected"]
    finished = run(VARIANTS, "--json", "-", "--check", "--backend", "goto_without_flags")
    assert finished.returncode == 1
    assert "goto_without_flags is merged" in finished.stderr
    assert "expects replicated" in finished.stderr


def test_a_landing_pad_stands_in_front_of_every_handler_when_asked_for() -> None:
    found = variant("goto_with_landing_pads")
    assert found["effective_technique"] == "replicated"
    assert found["landing_pads"] >= 256
    handlers = variants_audit()["handlers"]["goto_with_landing_pads"]
    assert all(handler["landing_pad"] for handler in handlers.values())
    assert variant("goto_without_flags")["landing_pads"] == 0


def test_a_switch_with_landing_pads_has_256_handlers_and_ends_with_its_function() -> None:
    # clang checks the opcode's range then, and lets an opcode that can't be lead into the next function.
    found = variant("switch_with_landing_pads")
    assert found["label"] == "merged (1 site)"
    assert found["distinct_handlers"] == 256
    if PROCESSOR == "aarch64":  # On x86-64 a switch jumps with notrack.
        assert found["landing_pads"] == 257


@only_x86
def test_a_switch_under_retpolines_is_a_tree_of_comparisons() -> None:
    found = variant("switch_with_retpolines")
    assert found["effective_technique"] == "comparisons"
    assert found["comparisons"] > 150
    assert found["indirect_jump_sites"] == 0
    assert not found["as_expected"]


@only_x86
def test_retpolines_are_seen_through_or_their_absence_is_told() -> None:
    found = variant("goto_with_retpolines")
    if KIND == "clang":  # It makes a switch of the labels first.
        assert found["effective_technique"] == "comparisons"
    else:
        assert found["effective_technique"] == "replicated"
        assert found["thunks"] == "retpoline"
        assert found["label"].endswith("through retpolines)")
        assert found["indirect_jump_sites"] >= 250


@only_gcc_x86
def test_inline_retpolines_are_seen_through() -> None:
    found = variant("goto_with_inline_retpolines")
    assert found["effective_technique"] == "replicated"
    assert found["thunks"] == "inline retpoline"
    assert found["indirect_jump_sites"] >= 250


@only_clang
@only_x86
def test_tail_calls_through_retpolines_are_still_tail_calls() -> None:
    found = variant("tail_call_with_retpolines")
    assert found["label"] == "tail calls guaranteed, through retpolines"
    assert found["as_expected"]


@only_clang
@only_x86
def test_a_switch_that_the_compiler_replicated_is_caught() -> None:
    found = variant("switch_duplicated")
    assert found["effective_technique"] == "replicated"
    assert not found["as_expected"]


def test_copies_of_a_switch_are_kept_and_each_handler_counts_once() -> None:
    found = library_audit()["backends"].get("switch_replicated")
    if found is None:
        pytest.skip("switch_replicated is built on request: -DDISPATCHBENCH_ALL_BACKENDS=ON")
    assert found["indirect_jump_sites"] >= 30  # A copy for each of 36 rows.
    assert found["effective_technique"] == "partly_merged"
    assert found["label"].endswith("sites for 255 handlers)")


@only_clang
def test_calls_instead_of_tail_calls_are_caught() -> None:
    found = variant("tail_call_without_guarantee")
    assert found["effective_technique"] == "calls"
    assert found["label"] == "calls instead of tail calls (255 handlers)"
    assert not found["as_expected"]


@only_clang
def test_the_guarantee_holds_without_optimisation() -> None:
    assert variant("tail_call_unoptimised")["label"] == "tail calls guaranteed"


@only_clang
def test_calls_instead_of_tail_calls_overflow_the_native_stack() -> None:
    def finished(backend: str) -> int:
        command = [*NATIVE_STACK_TEST, VARIANTS, "10000000", backend]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert finished("tail_call_unoptimised") == 0
    assert finished("tail_call_without_guarantee") == -signal.SIGSEGV


def handlers_in_the_library() -> dict[str, dict[str, Any]]:
    """By backend; those that generate their code have none there."""
    found = library_audit()
    generating = {
        name
        for name, backend in found["backends"].items()
        if backend["effective_technique"] == "generated"
    }
    assert not any(found["handlers"][name] for name in generating)
    return {name: each for name, each in found["handlers"].items() if name not in generating}


def test_every_handler_of_every_backend_is_found() -> None:
    found = library_audit()
    assert found["backends"]
    # These return to the loop that calls the next one.
    returning = {
        name
        for name, backend in found["backends"].items()
        if backend["label"].startswith("calls from a loop")
    }
    # Without optimisation global_registers returns to one, too.
    assert returning - {"global_registers"} == {"call_table", "trampoline"}
    for name, handlers in handlers_in_the_library().items():
        missing = 256 - len(handlers)
        assert missing <= 1, f"{name}: {missing} opcodes without a handler"
        assert all(handler["shortest_path"] > 0 for handler in handlers.values()), name
        for mnemonic, handler in handlers.items():
            leaves = bool(handler["sites"])
            expected = mnemonic != "BRK" and name not in returning
            assert leaves == expected, f"{name} {mnemonic}: {handler['sites']}"


def test_what_backends_declare_is_in_the_audit() -> None:
    for name, found in library_audit()["backends"].items():
        assert found["family"] and found["dispatch"] and found["language"], name
        assert (found["language"] == "assembly") == (found["dispatch"] == "assembly"), name


def test_only_device_instructions_call_on_the_hot_path() -> None:
    if any("-O0" in option for option in library_audit()["flags"].split()):
        pytest.skip("not optimised")
    for name, handlers in handlers_in_the_library().items():
        calling = {mnemonic for mnemonic, handler in handlers.items() if handler["indirect_calls"]}
        assert {mnemonic[:3] for mnemonic in calling} == {"DEI", "DEO"}, name
        assert len(calling) == 16, name
        calling_functions = {
            mnemonic for mnemonic, handler in handlers.items() if handler["direct_calls"]
        }
        if name.endswith("_outlined"):  # That is what they are for.
            assert {"ADD2", "ROT2"} <= calling_functions
        else:
            assert not calling_functions, name


def test_the_view_shows_a_handler_of_several_backends_side_by_side() -> None:
    backends = list(library_audit()["backends"])[:2]
    chosen = [argument for name in backends for argument in ("--backend", name)]
    wide = run(LIBRARY, "--handler", "ADD2", *chosen, "--width", "500").stdout.splitlines()
    assert [part.strip() for part in wide[0].split("|")] == [f"{name}: ADD2" for name in backends]
    narrow = run(LIBRARY, "--handler", "ADD2", *chosen, "--width", "60").stdout.splitlines()
    assert f"{backends[0]}: ADD2" in narrow and f"{backends[1]}: ADD2" in narrow
    assert any("; dispatch" in line for line in narrow)
    assert any("rare: an access wraps around" in line for line in narrow)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("missing.so",), 1, "missing.so: can't be read"),
        ((str(AUDIT),), 1, "not an ELF file"),
        ((LIBRARY, "--handler", "NOP"), 2, "no such opcode"),
        ((LIBRARY, "--backend", "nothing", "--json", "-"), 2, "it has"),
    ],
)
def test_a_mistake_is_named(arguments: tuple[str, ...], code: int, message: str) -> None:
    finished = run(*arguments)
    assert finished.returncode == code
    assert message in finished.stderr


def test_the_hash_distinguishes_code_and_nothing_else() -> None:
    again = run(VARIANTS, "--json", "-", "--backend", "goto_without_flags")
    found = json.loads(again.stdout)["backends"]["goto_without_flags"]
    assert found["code_hash"] == variant("goto_without_flags")["code_hash"]
    hashes = [
        backend["code_hash"]
        for backend in variants_audit()["backends"].values()
        if backend["distinct_handlers"]  # without handlers there is no code to distinguish
    ]
    assert len(set(hashes)) == len(hashes)


@only_clang
def test_handlers_behind_a_decoded_program_are_found() -> None:
    backends = library_audit()["backends"]
    threaded = {"direct_threaded": 0, "superinstructions_64": 64, "superinstructions_64_top": 64}
    for name, fused in threaded.items():
        found = backends[name]
        assert found["effective_technique"] == "tail_calls", found["label_reason"]
        assert "through decoded code" in found["label"]
        assert found["distinct_handlers"] == 256
        assert found["fused_handlers"] == fused
        assert found["indirect_jump_sites"] >= 255
        assert found["code_hash"] is not None, found["code_hash_reason"]
    assert len({backends[name]["code_hash"] for name in threaded}) == len(threaded)
    assert backends["tail_call"]["fused_handlers"] == 0


@only_clang
def test_a_switch_over_a_decoded_program_has_one_jump_and_a_hash() -> None:
    backends = library_audit()["backends"]
    switches = ("switch_decoded", "switch_superinstructions_64", "switch_superinstructions_64_top")
    for name in switches:
        found = backends[name]
        assert found["effective_technique"] == "merged", found["label_reason"]
        assert found["indirect_jump_sites"] == 1
        assert found["distinct_handlers"] == 256
        assert found["code_hash"] is not None, found["code_hash_reason"]
    assert len({backends[name]["code_hash"] for name in switches}) == len(switches)
