"""The AArch64 library that tests of counting and modelling work on: ctest names it, by hand it is the preset's."""

from __future__ import annotations

import os
import pathlib
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = pathlib.Path(
    os.environ.get(
        "DISPATCHBENCH_AARCH64_LIBRARY",
        REPOSITORY / "build" / "aarch64" / "dispatchbench_backends.so",
    )
)
sys.path.insert(0, str(REPOSITORY / "tools"))
