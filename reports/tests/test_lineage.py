"""Branches and the order of commits: from the results, from git, or told."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from dispatchbench_reports.command_line import main
from dispatchbench_reports.histories.entry import Origin
from dispatchbench_reports.histories.lineage import (
    Repository,
    in_order,
    with_ancestors,
    with_one_branch,
)
from dispatchbench_reports.histories.lines import read_history
from dispatchbench_reports.histories.trends import trends
from tests.conftest import WriteResults
from tests.history_entries import entries, noisy, write
from tests.synthetic import synthetic_results

Output = pytest.CaptureFixture[str]


class Checkout:
    """A git repository with empty commits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        own = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        found = subprocess.run(
            ["git", "-C", str(self.path), *own, *arguments],
            check=True,
            capture_output=True,
            text=True,
        )
        return found.stdout.strip()

    def commit(self, text: str) -> str:
        self.git("commit", "-q", "--allow-empty", "-m", text)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "tree")


def test_the_branch_of_a_checked_out_revision_is_recorded(
    checkout: Checkout, write_results: WriteResults, capsys: Output
) -> None:
    checkout.commit("one")
    checkout.git("checkout", "-q", "-b", "feature")
    document = synthetic_results(2, 1, ("clang",), 2, 2)
    document["context"]["dispatchbench"]["git_revision"] = checkout.commit("two")[:12] + "-dirty"
    results = checkout.path / "results.json"
    results.write_text(Path(write_results(document)).read_text())
    path = str(checkout.path / "history.jsonl")
    assert main(["history", "add", path, str(results)]) == 0
    assert "2 benchmarks added, branch feature" in capsys.readouterr().out
    assert {(entry.branch, entry.commit) for entry in read_history(path)} == {("feature", 2)}


def test_a_branch_is_taken_as_told_else_as_recorded(
    tmp_path: Path, write_results: WriteResults
) -> None:
    document = synthetic_results(2, 1, ("clang",), 2, 2)
    document["context"]["dispatchbench"]["git_branch"] = "recorded"
    told: list[tuple[list[str], str]] = [(["--branch", "told"], "told"), ([], "recorded")]
    for number, (options, branch) in enumerate(told):
        path = str(tmp_path / f"{number}.jsonl")
        assert main(["history", "add", path, write_results(document), *options]) == 0
        assert {entry.branch for entry in read_history(path)} == {branch}


def test_a_revision_on_several_branches_has_an_unknown_one(checkout: Checkout) -> None:
    first = checkout.commit("one")
    checkout.git("branch", "other")
    checkout.commit("two")
    repository = Repository(str(checkout.path))
    assert repository.origin(first, None) == Origin("", 1)
    assert repository.origin("0" * 40, None) == Origin()
    assert repository.origin("not-a-revision", "told") == Origin("told")


def test_runs_are_ordered_as_their_commits_however_late_they_were_measured(
    checkout: Checkout,
) -> None:
    """A bisection measures old revisions last."""
    names = [checkout.commit(str(number)) for number in range(24)]
    times = noisy([(12, 1.0), (12, 1.1)])
    measured = [*range(12, 24), *range(12)]
    made = [
        replace(entry, git_revision=names[number], branch="main")
        for number, entry in zip(measured, entries([times[number] for number in measured]))
    ]
    assert [change.ratio > 1 for change in trends(made)[0].changes] == [False]
    (trend,) = trends(with_ancestors(made, Repository(str(checkout.path))))
    assert [entry.git_revision for entry in trend.entries] == names
    assert [change.index for change in trend.changes] == [12]
    recorded = [replace(entry, commit=number) for number, entry in zip(measured, made)]
    assert [entry.git_revision for entry in in_order(recorded)] == names


def test_a_branch_is_compared_with_the_level_at_which_it_left(
    checkout: Checkout, tmp_path: Path, capsys: Output
) -> None:
    before = [checkout.commit(f"main {number}") for number in range(10)]
    checkout.git("branch", "feature")
    after = [checkout.commit(f"later {number}") for number in range(6)]
    checkout.git("checkout", "-q", "feature")
    own = [checkout.commit(f"feature {number}") for number in range(4)]
    times = noisy([(10, 1.0), (6, 0.7), (4, 1.1)])
    made = [
        replace(entry, git_revision=name, branch="feature" if name in own else "main")
        for entry, name in zip(entries(times), (*before, *after, *own))
    ]
    path = write(tmp_path / "history.jsonl", made)
    repository = ["--repository", str(checkout.path)]
    assert main(["history", "check", path, "--branch", "feature"]) == 4
    assert "4 runs, 6 needed" in capsys.readouterr().out
    assert main(["history", "check", path, "--branch", "feature", *repository]) == 3
    output = capsys.readouterr().out
    assert "+10." in output or "+9." in output
    assert f"between {before[-1][:10]} " in output
    assert f"and {own[0][:10]} " in output
    assert main(["history", "check", path, "--branch", "main", *repository]) == 0


def test_runs_of_old_files_belong_to_the_only_branch_that_is_named() -> None:
    made = [*entries([1.0] * 3), *entries([1.0] * 3, begin=3, branch="main")]
    assert {entry.branch for entry in with_one_branch(made)} == {"main"}
    several = [*made, *entries([1.0], begin=6, branch="other")]
    assert {entry.branch for entry in with_one_branch(several)} == {"", "main", "other"}


def test_a_folder_without_git_is_named(tmp_path: Path, capsys: Output) -> None:
    path = write(tmp_path / "history.jsonl", entries([1.0]))
    assert main(["history", "check", path, "--repository", str(tmp_path / "absent")]) == 2
    assert "--repository: is no git repository" in capsys.readouterr().err
