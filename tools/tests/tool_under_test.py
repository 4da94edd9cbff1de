"""What tests of the tools start and what they work on; ctest names the build, by hand it is the preset's."""

from __future__ import annotations

import os
import pathlib
import subprocess

from wasm.engine import OWN_NODE

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def _path(variable: str, default: str) -> pathlib.Path:
    return pathlib.Path(os.environ.get(variable, REPOSITORY / default))


BUILD = _path("DISPATCHBENCH_BUILD", "build/clang")
LIBRARY = _path("DISPATCHBENCH_LIBRARY", "build/clang/dispatchbench_backends.so")
HARNESS = LIBRARY.with_name("dispatchbench")
AARCH64_LIBRARY = _path("DISPATCHBENCH_AARCH64_LIBRARY", "build/aarch64/backends/few_backends.so")
AARCH64_PREPARING_LIBRARY = _path(
    "DISPATCHBENCH_AARCH64_PREPARING_LIBRARY", "build/aarch64/dispatchbench_backends.so"
)
NODE = OWN_NODE


def run_tool(name: str, *arguments: str | pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Runs a command of the repository, for example tools/audit, to its end and captures what it says."""
    return subprocess.run(
        [REPOSITORY / name, *arguments], capture_output=True, text=True, check=False, timeout=300
    )


def dispatchbench(*arguments: str | pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Runs the program to its end and captures what it says."""
    return subprocess.run(
        [HARNESS, *arguments], capture_output=True, text=True, check=False, timeout=600
    )
