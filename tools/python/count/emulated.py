"""Counts AArch64 libraries, and single functions, in the emulator."""

from __future__ import annotations

import argparse
import multiprocessing
import pathlib
import re
from collections.abc import Sequence

from arguments import label_and_path
from audit.library_audit import LibraryAudit
from tool import WrongUsage
from workload import Workload

from .aarch64 import EmulatedLibrary, version
from .counted import (
    Candidate,
    Outcome,
    Session,
    Task,
    only_wanted,
    tasks_of,
    with_hashes,
    with_progress,
)


def candidates_of_library(text: str, audits: dict[pathlib.Path, LibraryAudit]) -> list[Candidate]:
    """The backends of [LABEL=]PATH, yet without hashes."""
    label, path = label_and_path(text)
    audit = audits[path] = EmulatedLibrary(path).audit
    label = label or audit.declared.label
    return [
        Candidate(
            backend.name,
            label,
            path,
            backend.run,
            "",
            None,
            backend.generates_code,
            backend.prepare,
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


def count_task(task: Task) -> Outcome:
    """Counts one task in a new emulator; a process of the pool calls this."""
    return EmulatedLibrary(task.candidate.path).count(task)


def count_aarch64(options: argparse.Namespace, workloads: Sequence[Workload]) -> Session:
    """Counts what the options ask for."""
    audits: dict[pathlib.Path, LibraryAudit] = {}
    found = [each for text in options.library for each in candidates_of_library(text, audits)]
    found += [candidate_of_function(text) for text in options.function]
    candidates = with_hashes(only_wanted(found, options.backend), audits)
    tasks = tasks_of(candidates, workloads, options.exclude)
    with multiprocessing.Pool(options.jobs) as pool:
        outcomes = with_progress(tasks, pool.imap(count_task, tasks))
    return Session("aarch64", version(), candidates, outcomes)
