"""Finds the workloads: every folder of workloads/ that holds a workload.json."""

import json
from pathlib import Path
from typing import Any

WORKLOADS = Path(__file__).resolve().parent.parent
ROOT = WORKLOADS.parent


def names() -> list[str]:
    """The names of all workloads, in alphabetical order."""
    return sorted(path.parent.name for path in WORKLOADS.glob("*/workload.json"))


def description(name: str) -> dict[str, Any]:
    """The parsed workload.json of one workload."""
    text = (WORKLOADS / name / "workload.json").read_text(encoding="utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def source_file(name: str) -> Path:
    """The Uxntal source of one workload."""
    return WORKLOADS / name / f"{name}.tal"


def rom_file(name: str) -> Path:
    """The assembled ROM of one workload."""
    return WORKLOADS / name / f"{name}.rom"
