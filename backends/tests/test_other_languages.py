"""The commands of other_languages.md: each is run as it stands there, so that the page stays true."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "backends" / "other_languages.md"


def commands() -> str:
    """The page's only block of commands."""
    (block,) = PAGE.read_text().split("```sh\n")[1:]
    return block.split("```")[0]


@pytest.fixture(name="folder")
def the_folder(tmp_path: Path) -> Path:
    """A folder that looks like the repository after a build, for files that the commands write."""
    (tmp_path / "build").mkdir()
    (tmp_path / "build/clang").symlink_to(Path(os.environ["DISPATCHBENCH"]).parent)
    for name in ("backends", "harness"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def test_both_examples_are_built_verified_and_measured(folder: Path) -> None:
    missing = [program for program in ("cc", "rustc") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"no {' and no '.join(missing)} on PATH: the page's commands need both")
    finished = subprocess.run(
        ["sh", "-ec", commands()],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout
    for backend in ("plain_c/own", "plain_rust/own_rust"):
        for workload in ("fib", "tak"):
            assert f"ok    {workload}/{backend}\n" in finished.stdout
    said = finished.stdout
    assert "time relative to switch_loop/clang" in said
    measured = said[said.index("time relative to") :]
    assert "plain_c" in measured and "plain_rust" in measured


def test_the_page_names_files_that_are_there() -> None:
    text = PAGE.read_text()
    targets = [part.split(")")[0] for part in text.split("](")[1:]]
    assert len(targets) >= 6
    assert [target for target in targets if not (PAGE.parent / target).exists()] == []
