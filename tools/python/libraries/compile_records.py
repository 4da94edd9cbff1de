"""What record_cost.py wrote of each compilation of a build, and what can be said of one that failed."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tool import read_object

from .build_costs import BackendBuild
from .record_cost import SUFFIX


@dataclass(frozen=True)
class CompileRecord:
    """One compilation."""

    backend: str | None
    """Null for a source of the library that is no backend's."""
    source: str
    exit_code: int
    seconds: float
    peak_bytes: int
    said: str


def read_records(folder: pathlib.Path) -> list[CompileRecord]:
    """The last compilation of each object in a build folder."""
    records = []
    for path in sorted(folder.rglob(f"*{SUFFIX}")):
        document = read_object(path, f"remove {folder}")
        target = re.search(r"CMakeFiles/(\w+)\.dir/(.*)\.o$", str(path).removesuffix(SUFFIX))
        if target is None:  # A question of the configuration to the compiler.
            continue
        backend = target[1].removeprefix("backend_") if target[1].startswith("backend_") else None
        records.append(
            CompileRecord(
                backend,
                target[2],
                document["exit_code"],
                document["seconds"],
                document["peak_bytes"],
                document["said"],
            )
        )
    return records


def costs_of(records: Sequence[CompileRecord], backends: Sequence[str]) -> list[BackendBuild]:
    """What the compilation of each of the backends took."""
    costs = []
    for name in backends:
        own = [record for record in records if record.backend == name]
        costs.append(
            BackendBuild(
                name,
                round(sum(record.seconds for record in own), 3),
                max((record.peak_bytes for record in own), default=0),
            )
        )
    return costs


# What a compiler that fails by its own mistake says, the more telling first.
_MISTAKES = (
    r"LLVM ERROR: (.+)",
    r"fatal error: (error in backend: .+)",
    r"internal compiler error: (.+)",
    r"(Assertion .+ failed)",
    r"(Segmentation fault)",
    r"PLEASE (?i:submit a bug report)",
)


def why_failed(record: CompileRecord, compiler: str) -> str:
    """The reason of a failed compilation in one line; `compiler` names the compiler and its flags."""
    if record.exit_code in (-24, 128 + 24):
        return f"{compiler} takes too long to compile it"
    for pattern in _MISTAKES:
        if found := re.search(pattern, record.said):
            detail = f" ({found[1].strip()})" if found.groups() else ""
            return _in_one_line(f"{compiler} crashes on it{detail}")
    if record.exit_code < 0:
        return f"{compiler} is ended by signal {-record.exit_code}"
    errors = re.findall(r"error: (.+)", record.said) or record.said.strip().splitlines()
    detail = errors[0] if errors else f"exit code {record.exit_code}"
    return _in_one_line(f"{compiler} refuses it ({detail.strip()})")


def _in_one_line(text: str) -> str:
    """Printable, of a length that tables bear, and without what CMake reads as syntax."""
    text = "".join(character if character.isprintable() else " " for character in text)
    text = re.sub(r"[;\\$\"]", " ", text)
    return text if len(text) <= 240 else f"{text[:237]}..."
