"""Decides whether the head revision has become slower."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from dispatchbench_reports.problems import Problem
from tool import FINE, REGRESSION, ToolError, WrongUsage, write_text

from .comment import comment, failure_comment
from .counts import CountChange, changes_in, count
from .messages import say
from .patterns import alternatives
from .same_code import compare_code
from .revisions import LIBRARY, Build, build_revision, build_this_tree
from .thresholds import Thresholds
from .timing import compare


COMMENT = "comment.md"
WRITTEN = (COMMENT, "comparison.json", "comparison.md", "counts.json", "junit.xml")


@dataclasses.dataclass(frozen=True)
class Question:
    """What the command line asks."""

    base: str
    head: str | None  # None: this tree as it is
    preset: str
    thresholds: Thresholds
    gate_on_counts: bool
    only_counts: bool
    output: Path
    passed_on: Sequence[str]  # to dispatchbench compare


def build_both(question: Question) -> tuple[Build, Build]:
    """Base and head, which also has the harness that measures both."""
    preset, output = question.preset, question.output
    base = build_revision(question.base, "base", preset, [LIBRARY], output)
    targets = [LIBRARY, "dispatchbench"]
    if question.head is None:
        return base, build_this_tree("head", preset, targets, output)
    return base, build_revision(question.head, "head", preset, targets, output)


def changed_counts(
    question: Question, base: Build, head: Build, backends: Sequence[str], notes: list[str]
) -> list[CountChange]:
    """The instruction counts that changed; none, with a note, where counting fails and nothing hangs on it."""
    thresholds = question.thresholds
    try:
        counts = count(base, head, backends, thresholds.count_workloads, question.output)
    except ToolError as error:
        if question.gate_on_counts:
            raise
        say(str(error))
        notes.append("instructions were not counted; the log of the gate's job says why")
        return []
    changes = changes_in(counts, thresholds.count_percent)
    for change in changes:
        say(f"look closer: {change.text()}")
    if not changes:
        say(f"no instruction count has changed by more than {thresholds.count_percent:g} %")
    return changes


def time_changed(
    question: Question,
    base: Build,
    head: Build,
    backends: Sequence[str],
    changes: Sequence[CountChange],
) -> int:
    """Times the changed backends on the workloads that are always timed and on those whose count changed."""
    thresholds = question.thresholds
    workloads = thresholds.time_workloads
    if changes:
        workloads += "|" + alternatives(change.workload for change in changes)
    chosen = ["--backend", alternatives(backends), "--workload", workloads]
    return compare(
        base,
        head,
        [*chosen, *question.passed_on],
        question.output,
        layouts=thresholds.layouts,
        margin_percent=thresholds.margin_percent,
    )


def decide(question: Question) -> int:
    """Builds, counts, times and writes the comment; returns the exit code. Raises ToolError, after a comment that says
    so in a sentence."""
    for name in WRITTEN:  # What an earlier gate found must not look like this one's finding.
        (question.output / name).unlink(missing_ok=True)
    try:
        return _decide(question)
    except (ToolError, Problem, WrongUsage) as error:
        write_text(question.output / COMMENT, failure_comment(str(error)))
        raise
    except Exception:
        write_text(question.output / COMMENT, failure_comment("the gate itself failed"))
        raise


def _decide(question: Question) -> int:
    thresholds = question.thresholds
    base, head = build_both(question)
    code = compare_code(base.library, head.library)
    notes, changed = code.notes, code.changed
    changes: list[CountChange] = []
    exit_code = FINE
    if not changed:
        say("every backend's machine code is the same; results are verified, nothing is timed")
        exit_code = compare(
            base,
            head,
            question.passed_on,
            question.output,
            layouts=0,
            margin_percent=thresholds.margin_percent,
        )
    else:
        say(f"the machine code of {', '.join(changed)} has changed or can't be compared")
        changes = changed_counts(question, base, head, changed, notes)
        if not question.only_counts:
            exit_code = time_changed(question, base, head, changed, changes)
        grown = sum(change.percent > 0 for change in changes)
        if question.gate_on_counts and grown and exit_code == FINE:
            notes.append(
                f"{grown} instruction counts have grown by more than {thresholds.count_percent:g} %"
            )
            exit_code = REGRESSION
    if exit_code not in (FINE, REGRESSION):
        notes.append(
            f"dispatchbench compare failed with exit code {exit_code}; the log of the gate's job says why"
        )
    for note in notes:
        say(f"note: {note}")
    revisions = base.revision, head.revision
    text = comment(revisions, changes, notes, question.output, thresholds.count_percent)
    write_text(question.output / COMMENT, text)
    outcome = {FINE: "no regression", REGRESSION: "REGRESSION"}.get(exit_code, "failed")
    say(f"{outcome}; comment.md, comparison.json and junit.xml are in {question.output}")
    return exit_code
