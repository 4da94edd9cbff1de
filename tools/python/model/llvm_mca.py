"""Runs llvm-mca on straight-line code."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Sequence

from machine_code.instruction import Instruction
from tool import ToolError, output_of

ITERATIONS = 200
# A branch's target, the last operand, is an address that the assembler could take for a distance out of range.
BRANCH_TARGET = re.compile(r"^((?:b|bl|b\.\w+|cbn?z|tbn?z)\s.*?)[^\s,]+$")


@dataclasses.dataclass(frozen=True)
class Modelled:
    """A block's figures when it runs again and again."""

    instructions: int
    micro_operations: float  # an execution of the block
    cycles: float  # an execution, dependences between executions included
    throughput: float  # cycles an execution would take without them


def find() -> str:
    """The llvm-mca to run."""
    for name in ("llvm-mca-19", "llvm-mca"):
        if path := shutil.which(name):
            return path
    raise ToolError("llvm-mca-19 was not found: install the package llvm-19 (ci/setup does)")


def assembly(block: Sequence[Instruction]) -> str:
    """Source text that assembles to the same instructions except for branch targets."""
    texts = [BRANCH_TARGET.sub(r"\1elsewhere", line.text) for line in block]
    return "".join(f"  {text}\n" for text in texts)


def model(tool: str, processor: str, blocks: Sequence[Sequence[Instruction]]) -> list[Modelled]:
    """Each block, modelled on `processor`."""
    source = "".join(
        f"# LLVM-MCA-BEGIN block{number}\n{assembly(block)}# LLVM-MCA-END block{number}\n"
        for number, block in enumerate(blocks)
    )
    command = [
        tool,
        "-mtriple=aarch64-linux-gnu",
        f"-mcpu={processor}",
        f"-iterations={ITERATIONS}",
        "-json",
        "-",
    ]
    try:
        regions = json.loads(output_of(command, text=source))["CodeRegions"]
        summaries = [region["SummaryView"] for region in regions]
        results = [
            Modelled(
                summary["Instructions"] // ITERATIONS,
                summary["TotaluOps"] / ITERATIONS,
                summary["TotalCycles"] / ITERATIONS,
                summary["BlockRThroughput"],
            )
            for summary in summaries
        ]
    except (json.JSONDecodeError, KeyError) as error:
        raise ToolError(
            f"{tool}: unexpected output ({error!r}); expected that of LLVM 19"
        ) from error
    if len(results) != len(blocks):
        raise ToolError(f"{tool}: expected {len(blocks)} results, found {len(results)}")
    return results
