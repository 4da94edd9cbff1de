"""An audit of exactly this library is used; without one, the library is audited on the fly."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from program import LIBRARY, SANITIZED, compare, dispatchbench, measures

not_sanitized = pytest.mark.skipif(SANITIZED, reason="tools/audit refuses sanitized libraries")
ROW = ("--workload", "^tak$", "--backend", "^switch_loop$")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A copy of the library without an audit."""
    return Path(shutil.copy(LIBRARY, tmp_path / "copy.so"))


def codegen(library: Path) -> subprocess.CompletedProcess[str]:
    """Asks what the library's backends are."""
    return dispatchbench("verify", "--codegen", "--library", library, *ROW)


def write_audit(library: Path, label: str, **fields: object) -> None:
    """Writes an audit beside the library."""
    backends = {"switch_loop": {"label": label, "expected": "merged", "as_expected": True}}
    document = {"schema": 2, "library_hash": "sha256:0", "backends": backends, **fields}
    library.with_suffix(".audit.json").write_text(json.dumps(document))


@not_sanitized
def test_a_library_without_an_audit_is_audited_on_the_fly(library: Path) -> None:
    finished = codegen(library)
    assert re.search(r"^(ok   |WRONG) switch_loop/", finished.stdout, re.MULTILINE), finished.stderr
    assert not library.with_suffix(".audit.json").exists()


@not_sanitized
def test_an_audit_of_another_library_or_schema_is_not_used(library: Path) -> None:
    finished = subprocess.run(["sha256sum", library], capture_output=True, text=True, check=True)
    library_hash = "sha256:" + finished.stdout.split()[0]
    write_audit(library, "of another build")
    assert "of another build" not in codegen(library).stdout
    write_audit(library, "of another schema", schema=1, library_hash=library_hash)
    assert "of another schema" not in codegen(library).stdout
    # The time of the file doesn't matter: the content says which library it describes.
    write_audit(library, "of this library", library_hash=library_hash)
    library.touch()
    assert "ok    switch_loop/" in codegen(library).stdout
    assert "of this library" in codegen(library).stdout


def test_why_a_library_can_not_be_audited_is_said(library: Path) -> None:
    if not SANITIZED:
        # Runs, but the audit can't find its functions.
        data = library.read_bytes()
        library.write_bytes(data[:40] + bytes(8) + data[48:])
    finished = codegen(library)
    assert finished.returncode == 1
    assert "there is none; and auditing the library now failed: tools/audit: " in finished.stderr


@measures
@not_sanitized
def test_a_stripped_copy_is_unchanged_without_being_measured(library: Path) -> None:
    subprocess.run(["llvm-strip-19", "--strip-all", library], check=True)
    finished = compare("--base", LIBRARY, "--head", library, *ROW, "--json")
    assert finished.returncode == 0, finished.stderr
    (row,) = json.loads(finished.stdout)["rows"]
    assert (row["verdict"], row["first"]) == ("unchanged", None)
