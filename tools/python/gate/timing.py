"""Times the two revisions against each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tool import REPOSITORY, finished, output_of

from .messages import say
from .revisions import Build


def _layouts_of(build: Build, number: int, output: Path) -> Path:
    """Links the layouts of a build; returns their folder."""
    folder = output / f"layouts-{build.label}"
    layouts = REPOSITORY / "tools/layouts"
    output_of(
        [layouts, build.folder, "--count", str(number), "--label", build.label, "--output", folder]
    )
    return folder


def compare(
    base: Build,
    head: Build,
    arguments: Sequence[str],
    output: Path,
    *,
    layouts: int,
    margin_percent: float,
) -> int:
    """Runs dispatchbench compare, on layouts of each if there are to be any; it prints its table. Returns its exit
    code."""
    paths = (base.library, head.library)
    if layouts > 0:
        say(f"linking {layouts} layouts of each")
        paths = (_layouts_of(base, layouts, output), _layouts_of(head, layouts, output))
    command: list[str | Path] = [head.program, "compare"]
    command += ["--base", f"base={paths[0]}", "--head", f"head={paths[1]}"]
    command += ["--margin", str(margin_percent), "--output", output / "comparison.json"]
    command += ["--markdown", output / "comparison.md", "--junit", output / "junit.xml"]
    return finished([*command, *arguments]).returncode
