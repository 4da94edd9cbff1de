"""Counts AArch64 libraries, and single functions, in the emulator."""

from __future__ import annotations

import argparse
import multiprocessing
import pathlib
import re
from collections.abc import Sequence

from arguments import label_and_path
from audit.library_audit import LibraryAudit
from sampler import Refused
from tool import WrongUsage
from workload import Workload

from .aarch64 import EmulatedLibrary, version
from .counted import (
    Candidate,
    Counted,
    Outcome,
    Session,
    Task,
    only_wanted,
    tasks_of,
    with_hashes,
    with_progress,
)

UNPREPARED = (
    "it prepares its programs first, which the emulator doesn't do; count an x86-64 library instead"
)


def candidates_of_library(
    text: str, audits: dict[pathlib.Path, LibraryAudit]
) -> list[tuple[Candidate, bool]]:
    """The backends of [LABEL=]PATH, yet without hashes, and whether each prepares its programs."""
    label, path = label_and_path(text)
    audit = audits[path] = EmulatedLibrary(path).audit
    label = label or audit.declared.label
    return [
        (
            Candidate(backend.name, label, path, backend.run, "", None),
            backend.prepare is not None,
        )
        for backend in audit.declared.backends
    ]


def candidate_of_function(text: str) -> Candidate:
    """A single function, NAME=PATH:SYMBOL."""
    match = re.fullmatch(r"([^=]+)=(.+):([^:]+)", text)
    if not match:
        raise WrongUsage(f"--function {text}: expected NAME=PATH:SYMBOL")
    path = pathlib.Path(match[2])
    return Candidate(match[1], "", path, EmulatedLibrary(path).function(match[3]), match[3], None)


def count_task(task: Task) -> Counted:
    """Counts one task in a new emulator; a process of the pool calls this."""
    return EmulatedLibrary(task.candidate.path).count(task)


def count_aarch64(options: argparse.Namespace, workloads: Sequence[Workload]) -> Session:
    """Counts what the options ask for."""
    audits: dict[pathlib.Path, LibraryAudit] = {}
    found = [pair for text in options.library for pair in candidates_of_library(text, audits)]
    found += [(candidate_of_function(text), False) for text in options.function]
    wanted = only_wanted([candidate for candidate, _ in found], options.backend)
    candidates = with_hashes(wanted, audits)
    preparing = {candidate.label for candidate, prepares in found if prepares}
    tasks = tasks_of(candidates, workloads, options.exclude)
    countable = [task for task in tasks if task.candidate.label not in preparing]
    outcomes: list[tuple[Task, Outcome]] = [
        (task, Refused(UNPREPARED)) for task in tasks if task.candidate.label in preparing
    ]
    with multiprocessing.Pool(options.jobs) as pool:
        outcomes += with_progress(countable, pool.imap(count_task, countable))
    return Session("aarch64", version(), candidates, outcomes)
