"""ci/gate: thresholds, counts that changed, what goes into the comment, and bad input. Nothing is built or timed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gate.comment import comment
from gate.counts import changes_in
from gate.decision import Question, decide
from gate.patterns import alternatives
from gate.same_code import compare_code
from gate.thresholds import read_thresholds
from machine_code.declared import read_declared_library
from tool import REPOSITORY, ToolError
from tool_under_test import LIBRARY, run_tool

SHIPPED = (REPOSITORY / "ci/gate.toml").read_text(encoding="utf-8")


def run_gate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs ci/gate."""
    return run_tool("ci/gate", *arguments)


def counts(**instructions: tuple[int, int]) -> dict[str, Any]:
    """counts.json with a row of base and head for each workload."""
    return {
        "rows": [
            {
                "workload": workload,
                "backend": "tail_call",
                "library": library,
                "instructions": number,
            }
            for workload, pair in instructions.items()
            for library, number in zip(("base", "head"), pair)
        ]
    }


def test_the_shipped_thresholds_are_read() -> None:
    thresholds = read_thresholds(REPOSITORY / "ci/gate.toml")
    assert thresholds.preset == "clang"
    assert thresholds.count_percent == 0.2
    assert thresholds.margin_percent == 0.5
    assert thresholds.layouts == 24


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("threshold_percent = 0.2", "", "field counts.threshold_percent: found None"),
        ("threshold_percent = 0.2", 'threshold_percent = "0.2"', "found '0.2', expected a number"),
        ("margin_percent = 0.5", "margin_percent = -1", "found -1, expected 0 or more"),
        ("layouts = 24", "layouts = 2.5", "found 2.5, expected a whole number"),
        ("layouts = 24", "layouts = true", "found True, expected a whole number"),
        (
            'workloads = ""',
            'workloads = "("',
            "field counts.workloads: '(' is no regular expression",
        ),
        ("[timing]", "[timing", "isn't TOML"),
    ],
)
def test_wrong_thresholds_are_refused_with_file_and_field(
    old: str, new: str, words: str, tmp_path: Path
) -> None:
    assert old in SHIPPED
    file = tmp_path / "thresholds.toml"
    file.write_text(SHIPPED.replace(old, new, 1), encoding="utf-8")
    finished = run_gate("HEAD", "--thresholds", file, "--output", tmp_path / "out")
    assert finished.returncode == 2
    assert str(file) in finished.stderr
    assert words in finished.stderr


def test_counts_beyond_the_threshold_are_named_largest_first() -> None:
    document = counts(
        fib=(100_000, 100_200),
        tak=(100_000, 100_201),
        sieve=(100_000, 90_000),
        lz=(100_000, 99_900),
    )
    changes = changes_in(document, 0.2)
    assert [change.workload for change in changes] == ["sieve", "tak"]
    assert changes[0].text() == "sieve/tail_call: 100000 to 90000 instructions (-10.00 %)"


def test_a_backend_of_one_side_alone_is_no_change_of_counts() -> None:
    document = counts(fib=(1, 2))
    document["rows"] = document["rows"][1:]
    assert changes_in(document, 0.2) == []


def test_the_comment_holds_the_comparison_the_counts_and_the_notes(tmp_path: Path) -> None:
    (tmp_path / "comparison.md").write_text("### dispatchbench: regressed\n", encoding="utf-8")
    changes = changes_in(counts(fib=(100, 150)), 0.2)
    text = comment(("a" * 40, "b" * 40), changes, ["only in head"], tmp_path, 0.2)
    assert text.startswith("### dispatchbench: regressed\n")
    assert f"`{'b' * 12}` against `{'a' * 12}`" in text
    assert "| `fib/tail_call` | 100 | 150 | +50.00 % |" in text
    assert text.endswith("- only in head\n")


def test_alternatives_match_exactly_these_names() -> None:
    expression = re.compile(alternatives(["tail_call", "a.b"]))
    assert expression.search("tail_call") and expression.search("a.b")
    assert not expression.search("tail_call_2") and not expression.search("aXb")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "BASE"),
        (("HEAD", "--only-counts"), 2, "would let everything pass"),
        (("HEAD", "--thresholds", "/nonexistent.toml"), 2, "/nonexistent.toml"),
        (("no-such-revision",), 1, "no-such-revision"),
    ],
)
def test_bad_arguments_are_refused(
    arguments: tuple[str, ...], code: int, words: str, tmp_path: Path
) -> None:
    finished = run_gate(*arguments, "--output", tmp_path)
    assert finished.returncode == code, finished.stderr
    assert words in finished.stderr


def test_the_code_of_both_sides_is_compared_by_one_audit(tmp_path: Path) -> None:
    if "__asan_init".encode() in LIBRARY.read_bytes():
        pytest.skip("tools/audit refuses sanitized libraries")
    stripped = tmp_path / "stripped.so"
    subprocess.run(["llvm-strip-19", "--strip-all", LIBRARY, "-o", stripped], check=True)
    # What lies beside the libraries is of no interest.
    stripped.with_suffix(".audit.json").write_text("{}", encoding="utf-8")
    found = compare_code(LIBRARY, stripped)
    declared = read_declared_library(LIBRARY).backends
    generating = [backend.name for backend in declared if backend.generates_code]
    assert sorted(found.same + generating) == sorted(backend.name for backend in declared)
    assert found.changed == sorted(generating) and len(found.notes) == 2 * len(generating)


def test_what_can_not_be_compared_counts_as_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Code:
        """A backend that the audit can't see all of."""

        code_hash_reason = "an indirect jump leads where the audit can't see"

        def code_hash(self) -> None:
            """See BackendCode."""

    class Audit:
        """A library with one such backend."""

        def __init__(self, path: Path) -> None:
            backends = [SimpleNamespace(name="demo")]
            self.declared = SimpleNamespace(backends=backends)
            self.image = SimpleNamespace(content_hash=str(path))

        def backend(self, name: str) -> Code:
            """See LibraryAudit."""
            return Code()

    monkeypatch.setattr("gate.same_code.LibraryAudit", Audit)
    found = compare_code(Path("base.so"), Path("head.so"))
    assert (found.same, found.changed) == ([], ["demo"])
    assert "in base an indirect jump leads" in found.notes[0]


def test_a_failed_step_is_a_sentence_in_the_comment_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = Question(
        base="base",
        head=None,
        preset="clang",
        thresholds=read_thresholds(REPOSITORY / "ci/gate.toml"),
        gate_on_counts=True,
        only_counts=False,
        output=tmp_path,
        passed_on=(),
    )
    for error, sentence in (
        (
            ToolError("cmake failed in a|b:\nTraceback (most recent call last):\n  File x"),
            "cmake failed in a\\|b.",
        ),
        (KeyError("Traceback"), "the gate itself failed."),
    ):

        def failing(question: Question, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr("gate.decision.build_both", failing)
        with pytest.raises(type(error)):
            decide(question)
        text = (tmp_path / "comment.md").read_text(encoding="utf-8")
        assert "Traceback" not in text and "File x" not in text
        assert sentence in text and "run the gate again" in text.replace("\n", " ")


def test_a_note_of_several_lines_is_one_line_of_the_comment(tmp_path: Path) -> None:
    text = comment(("a" * 40, "b" * 40), [], ["x `y` <b>\x1b\nTraceback"], tmp_path, 0.2)
    assert text.endswith("- x \\`y\\` \\<b\\>\\\\x1b\n")
