"""counts.json: what was counted, and its way into a results file."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Sequence
from typing import Any

from tool import ToolError, write_whole


# The extra field of a results row; reports draw instructions against time with it.
RESULTS_FIELD = "instructions_per_vm_instruction"


@dataclasses.dataclass(frozen=True)
class Row:
    """One workload on one backend of one library."""

    workload: str
    backend: str
    library: str  # its label
    instructions: int
    vm_instructions: int
    code_hash: str | None  # of the backend's code and tables; None for a function of unknown extent
    device_calls: int | None  # None where they aren't told apart

    @property
    def name(self) -> str:
        """As a results row is named."""
        return f"{self.workload}/{self.backend}/{self.library}"

    @property
    def per_vm_instruction(self) -> float:
        """Processor instructions per Uxn instruction."""
        return self.instructions / self.vm_instructions


@dataclasses.dataclass(frozen=True)
class Counts:
    """All rows of one session, and what they depend on beside the code."""

    target: str
    counter: str  # the tool that counted, and its version
    rows: Sequence[Row]

    def to_json(self) -> dict[str, Any]:
        """counts.json, the same for the same counts."""
        return {
            "schema": 1,
            "kind": "counted",
            "target": self.target,
            "counter": self.counter,
            "note": "no mispredictions, caches or latencies in it; counts do not rank techniques",
            "rows": [
                {
                    "name": row.name,
                    "workload": row.workload,
                    "backend": row.backend,
                    "library": row.library,
                    "instructions": row.instructions,
                    "vm_instructions": row.vm_instructions,
                    "per_vm_instruction": row.per_vm_instruction,
                    "device_calls": row.device_calls,
                    "code_hash": row.code_hash,
                }
                for row in sorted(self.rows, key=lambda row: row.name)
            ],
        }

    def merge_into(self, path: pathlib.Path) -> int:
        """Adds the counts to the rows of a results file that bear the same names; returns how many it found."""
        try:
            results = json.loads(path.read_text(encoding="utf-8"))
            rows = results["benchmarks"]
        except OSError as error:
            raise ToolError(f"{path}: can't be read ({error.strerror})") from error
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise ToolError(f"{path}: not a results file of dispatchbench ({error})") from error
        by_name = {row.name: row for row in self.rows}
        merged = 0
        for result in rows:
            row = by_name.get(
                f"{result.get('workload')}/{result.get('backend')}/{result.get('library')}"
            )
            if row is not None:
                result[RESULTS_FIELD] = row.per_vm_instruction
                merged += 1
        if merged == 0:
            raise ToolError(
                f"{path}: none of its rows was counted; counted are {', '.join(sorted(by_name)[:3])}, ..."
            )
        write_whole(path, json.dumps(results, indent=2) + "\n")
        return merged
