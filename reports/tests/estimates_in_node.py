"""Asks the page's script for estimates, without a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import dispatchbench_reports


def answers_in_node(asked: list[dict[str, Any]]) -> list[list[Any]]:
    """For each page's `data` the answers to its `questions`: each a function of the script with its arguments."""
    node = shutil.which("node")
    assert node, "needs node: ci/setup installs it"
    script = Path(dispatchbench_reports.__file__).with_name("templates") / "report.js"
    finished = subprocess.run(
        [node, str(Path(__file__).with_name("estimates_in_node.mjs")), str(script)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    answers: list[list[Any]] = json.loads(finished.stdout)
    return answers
