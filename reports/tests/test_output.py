"""The module that the tools share needs no third-party package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPORTS = Path(__file__).parents[1]


def test_files_can_be_written_without_third_party_packages(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; from dispatchbench_reports.output import write_all; "
        f"write_all({{Path({str(tmp_path / 'found')!r}): b'text'}})"
    )
    # Neither site packages nor a user's own.
    subprocess.run([sys.executable, "-S", "-s", "-c", script], check=True, cwd=REPORTS)
    assert (tmp_path / "found").read_bytes() == b"text"
