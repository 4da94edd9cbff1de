"""Lets the tests here import isa_model, which lies beside the C++ definition of the instruction set."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "isa"))
