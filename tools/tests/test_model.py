"""Feeding handlers to llvm-mca."""

from __future__ import annotations

import json
import pathlib

import pytest

from audit.library_audit import LibraryAudit
from model.command_line import HOT, main
from model.handlers import SymbolHandlers
from model.llvm_mca import assembly, find, model
from model.processors import BORROWED_MODEL, OWN_MODEL
from opcodes import mnemonics
from tool_under_test import AARCH64_LIBRARY as LIBRARY
from tool_under_test import AARCH64_PREPARING_LIBRARY as PREPARING_LIBRARY

ON_LIBRARY = ["--library", str(LIBRARY)]


def rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    """The rows that --json prints."""
    assert main([*ON_LIBRARY, "--json", *arguments]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)["rows"]
    return found


def test_every_instruction_of_the_shortest_way_is_modelled(
    capsys: pytest.CaptureFixture[str],
) -> None:
    audits = LibraryAudit(LIBRARY).backends
    found = rows(capsys, "--cpu", "neoverse-n1", "--handler", "ADD2", "--handler", "JCI")
    assert len(found) == 2 * len(audits)
    for row in found:
        opcode = mnemonics().index(str(row["handlers"]))
        handler = audits[str(row["backend"])].by_opcode[opcode]
        assert row["instructions"] == len(handler.shortest)


def test_a_sequence_has_all_its_handlers_instructions(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ["--cpu", "neoverse-n1", "--backend", "^asm_aarch64$"]
    single = rows(capsys, *chosen, "--handler", "LIT", "--handler", "ADD")
    together = rows(capsys, *chosen, "--sequence", "LIT LIT ADD")
    lengths = {str(row["handlers"]): int(str(row["instructions"])) for row in single}
    assert together[0]["instructions"] == 2 * lengths["LIT"] + lengths["ADD"]


def test_a_block_takes_at_least_the_cycles_its_ports_need(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for row in rows(capsys, "--cpu", "neoverse-v2"):
        assert float(str(row["cycles"])) >= float(str(row["throughput_cycles"])) - 0.01


def test_handlers_named_by_symbols_are_those_of_the_library(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = rows(
        capsys,
        "--cpu",
        "neoverse-n1",
        "--backend",
        "^asm_aarch64$",
        "--symbols",
        f"same={LIBRARY}:asm_aarch64_",
        "--handler",
        "LIT2",
    )
    assert [row["backend"] for row in found] == ["asm_aarch64", "same"]
    assert found[0]["cycles"] == found[1]["cycles"]


def test_branch_targets_are_replaced_and_nothing_else() -> None:
    way = SymbolHandlers("asm", LIBRARY, "asm_aarch64_").way("JCI")
    text = assembly(way)
    assert "cbz w10, elsewhere\n" in text
    assert "ldrh w9, [x21], #2\n" in text
    assert "b.hs elsewhere\n" in text


def test_every_model_is_one_that_llvm_mca_has() -> None:
    way = SymbolHandlers("asm", LIBRARY, "asm_aarch64_").way("LIT")
    for processor in OWN_MODEL:
        assert model(find(), processor, [way])[0].cycles > 0


def test_borrowed_models_give_the_figures_of_their_owner() -> None:
    ways = [SymbolHandlers("asm", LIBRARY, "asm_aarch64_").way(name) for name in HOT]
    for processor, owner in BORROWED_MODEL.items():
        if owner.endswith("'s"):
            expected = model(find(), owner.removesuffix("'s"), ways)
            assert model(find(), processor, ways) == expected, processor


def test_text_says_that_it_is_modelled_and_whose_model_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*ON_LIBRARY, "--cpu", "apple-m1", "--handler", "LIT"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(
        "modelled: apple-m1 (LLVM has no model of it: this is Cyclone's, of 2013)"
    )
    assert "Modelled, not measured" in text


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([*ON_LIBRARY, "--handler", "NOP"], 2, "NOP: not an opcode"),
        ([*ON_LIBRARY, "--sequence", " "], 2, "expected mnemonics"),
        ([*ON_LIBRARY, "--backend", "nothing"], 2, "matches no backend that has handlers"),
        ([*ON_LIBRARY, "--symbols", "nonsense"], 2, "expected NAME=PATH:PREFIX"),
        ([*ON_LIBRARY, "--symbols", f"f={LIBRARY}:nothing_"], 1, "has no symbol nothing_LIT"),
        (["--library", "missing.so"], 1, "missing.so"),
        (["--library", __file__], 1, "not an ELF file"),
    ],
)
def test_what_is_wrong_is_named(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    assert message in capsys.readouterr().err


def test_a_backend_that_generates_code_is_left_out_by_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    library = ["--library", str(PREPARING_LIBRARY), "--handler", "LIT"]
    assert main([*library, "--cpu", "neoverse-n1", "--backend", "asm_aarch64|jit"]) == 0
    shown = capsys.readouterr()
    assert shown.err == "jit is left out: it has no handlers, it generates code\n"
    assert "jit" not in shown.out
    assert main([*library, "--backend", "jit"]) == 2


def test_a_missing_llvm_mca_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main([*ON_LIBRARY, "--handler", "LIT"]) == 1
    assert "install the package llvm-19" in capsys.readouterr().err
