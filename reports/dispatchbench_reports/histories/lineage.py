"""What git knows about the revisions of a history: their branch, their ancestry and their order."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Iterable, Sequence

from dispatchbench_reports.histories.entry import Entry, Origin
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.revisions import DIRTY


def _git(directory: str, *arguments: str, text: str = "") -> str | None:
    """The output of a git command; None if it fails or there is no git."""
    try:
        found = subprocess.run(
            ["git", "-C", directory, *arguments],
            input=text,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
        )
    except OSError:
        return None
    return found.stdout if found.returncode == 0 else None


class Repository:
    """A git repository, asked about revisions. Those that it doesn't know are left alone."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        if _git(directory, "rev-parse", "--git-dir") is None:
            raise Problem(
                directory,
                "--repository",
                "is no git repository",
                "Give the measured tree's checkout",
            )

    @classmethod
    def around(cls, file: str) -> Repository | None:
        """The checkout that a file lies in, if it lies in one."""
        try:
            return cls(str(Path(file).absolute().parent))
        except Problem:
            return None

    def resolved(self, revisions: Iterable[str]) -> dict[str, str]:
        """The full names of the revisions that this repository has; uncommitted changes are not looked at."""
        wanted = [revision for revision in dict.fromkeys(revisions) if _is_name(revision)]
        names = [revision.removesuffix(DIRTY) for revision in wanted]
        answer = _git(
            self.directory,
            "cat-file",
            "--batch-check=%(objectname) %(objecttype)",
            text="".join(f"{name}^{{commit}}\n" for name in names),
        )
        lines = (answer or "").splitlines()
        return {
            revision: line.split()[0]
            for revision, line in zip(wanted, lines)
            if line.endswith(" commit")
        }

    def ancestry(self, revisions: Iterable[str], *options: str) -> list[str]:
        """Revisions and their ancestors, oldest first."""
        tips = "".join(f"{revision}\n" for revision in dict.fromkeys(revisions))
        wanted = ("rev-list", "--topo-order", "--reverse", *options, "--stdin")
        return (_git(self.directory, *wanted, text=tips) or "").split()

    def origin(self, revision: str, branch: str | None) -> Origin:
        """Where a revision stands; the given branch is believed."""
        name = self.resolved([revision]).get(revision)
        if name is None:
            return Origin(branch or "")
        count = _git(self.directory, "rev-list", "--count", "--first-parent", name)
        return Origin(
            branch if branch is not None else self._branch_of(name),
            int(count) if count is not None else None,
        )

    def _branch_of(self, name: str) -> str:
        """The branch that is checked out at this revision, or the only one that has it; else empty."""
        head = (_git(self.directory, "rev-parse", "HEAD") or "").strip()
        current = (_git(self.directory, "symbolic-ref", "-q", "--short", "HEAD") or "").strip()
        if head == name and current:
            return current
        containing = _git(
            self.directory, "branch", "--contains", name, "--format=%(refname)", "--no-color"
        )
        branches = [
            line.removeprefix("refs/heads/")
            for line in (containing or "").splitlines()
            if line.startswith("refs/heads/")
        ]
        return branches[0] if len(branches) == 1 else ""


def _is_name(revision: str) -> bool:
    name = revision.removesuffix(DIRTY)
    return len(name) >= 7 and all(character in "0123456789abcdef" for character in name)


def with_ancestors(entries: Sequence[Entry], repository: Repository) -> list[Entry]:
    """The runs of every branch and, before them, those of the revisions that it descends from.

    A branch that left another one thus begins at its level there. Each run also gets its place in the branch's order.
    """
    resolved = repository.resolved(entry.git_revision for entry in entries)
    found: list[Entry] = []
    for branch in dict.fromkeys(entry.branch for entry in entries):
        own = [entry for entry in entries if entry.branch == branch]
        known = [name for entry in own if (name := resolved.get(entry.git_revision))]
        if not branch or not known:
            found += own
            continue
        order = {name: index for index, name in enumerate(repository.ancestry(known))}
        parents = set(repository.ancestry(known, "--first-parent"))
        series = {entry.series for entry in own}
        inherited = [
            replace(entry, branch=branch)
            for entry in entries
            if entry.branch != branch and resolved.get(entry.git_revision) in parents
        ]
        for entry in (*(entry for entry in inherited if entry.series in series), *own):
            found.append(replace(entry, commit=order.get(resolved.get(entry.git_revision, ""))))
    return found


def with_one_branch(entries: Sequence[Entry]) -> list[Entry]:
    """Files of old don't name branches: if only one is ever named, runs without a name are taken as its own."""
    named = {entry.branch for entry in entries if entry.branch}
    if len(named) != 1:
        return list(entries)
    branch = named.pop()
    return [entry if entry.branch else replace(entry, branch=branch) for entry in entries]


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """The runs of one series by date; those whose place among the commits is known are in the commits' order."""
    found = sorted(entries, key=lambda entry: entry.instant)
    places = [index for index, entry in enumerate(found) if entry.commit is not None]
    known = sorted((found[index] for index in places), key=lambda entry: entry.commit or 0)
    for index, entry in zip(places, known):
        found[index] = entry
    return found
