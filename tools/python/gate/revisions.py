"""Builds the two revisions."""

from __future__ import annotations

import dataclasses
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tool import REPOSITORY, ToolError, finished, output_of

from .messages import say

LIBRARY = "dispatchbench_backends"


@dataclasses.dataclass(frozen=True)
class Build:
    """One revision, built."""

    label: str
    revision: str
    folder: Path  # Build folder.

    @property
    def library(self) -> Path:
        """Its backend library."""
        return self.folder / f"{LIBRARY}.so"

    @property
    def program(self) -> Path:
        """Its harness."""
        return self.folder / "dispatchbench"


def _git(*arguments: str) -> str:
    return output_of(["git", "-C", REPOSITORY, *arguments]).strip()


def _build(source: Path, preset: str, targets: Sequence[str], log: Path) -> Path:
    """Configures and builds; returns the build folder."""
    with log.open("w", encoding="utf-8") as stream:
        for command in (
            ["cmake", "--preset", preset],
            ["cmake", "--build", "--preset", preset, "--target", *targets],
        ):
            done = finished(command, cwd=source, stdout=stream, stderr=subprocess.STDOUT)
            if done.returncode != 0:
                tail = "\n".join(
                    log.read_text(encoding="utf-8", errors="backslashreplace").splitlines()[-30:]
                )
                raise ToolError(
                    f"{shlex.join(command)} failed in {source}:\n{tail}\nAll of its output is in {log}"
                )
    return source / "build" / preset


def build_revision(
    revision: str, label: str, preset: str, targets: Sequence[str], output: Path
) -> Build:
    """Builds a revision in its own git worktree."""
    try:
        commit = _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    except ToolError as error:
        raise ToolError(
            f"{revision}: not a commit of {REPOSITORY}; a shallow clone may lack it: git fetch --unshallow"
        ) from error
    source = REPOSITORY / "build" / "gate" / commit[:12]
    if not source.is_dir():
        _git("worktree", "prune")
        _git("worktree", "add", "--detach", str(source), commit)
    say(f"building {label}, {revision} ({commit[:12]}), with the preset {preset}")
    return Build(label, commit, _build(source, preset, targets, output / f"build-{label}.log"))


def build_this_tree(label: str, preset: str, targets: Sequence[str], output: Path) -> Build:
    """Builds the working tree as it is."""
    say(f"building {label}, this tree as it is, with the preset {preset}")
    folder = _build(REPOSITORY, preset, targets, output / f"build-{label}.log")
    return Build(label, _git("rev-parse", "HEAD"), folder)
