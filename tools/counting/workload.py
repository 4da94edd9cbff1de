"""A workload as its folder describes it: what to run and what must come out."""

from __future__ import annotations

import dataclasses
import json
import pathlib

from tool import ToolError

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
ROM_BYTES_MAX = 0x10000 - 0x0100


@dataclasses.dataclass(frozen=True)
class Workload:
    """A ROM, its input, and the expected result."""

    name: str
    rom: bytes
    input: bytes
    expected_output: bytes
    expected_error: bytes
    expected_exit_code: int
    instructions: int


def load_workload(folder: pathlib.Path) -> Workload:
    """Reads `<folder>/workload.json` and the ROM beside it."""
    path = folder / "workload.json"
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        rom_path = folder / f"{fields['name']}.rom"
        rom = rom_path.read_bytes()
        workload = Workload(
            fields["name"],
            rom,
            # The strings stand for bytes, one per code point.
            fields["input"].encode("latin-1"),
            fields["expected_output"].encode("latin-1"),
            fields["expected_error"].encode("latin-1"),
            fields["expected_exit_code"],
            fields["instructions"],
        )
    except OSError as error:
        raise ToolError(f"{error.filename}: can't be read ({error.strerror})") from error
    except json.JSONDecodeError as error:
        raise ToolError(f"{path}:{error.lineno}: not JSON ({error.msg})") from error
    except KeyError as error:
        raise ToolError(
            f"{path}: the field {error} is missing; see workloads/workload.schema.json"
        ) from error
    if not 0 < len(rom) <= ROM_BYTES_MAX:
        raise ToolError(f"{rom_path}: {len(rom)} bytes; expected 1 to {ROM_BYTES_MAX}")
    return workload


def load_workloads(folder: pathlib.Path = REPOSITORY / "workloads") -> list[Workload]:
    """All workloads, in the order of their names."""
    return [load_workload(path.parent) for path in sorted(folder.glob("*/workload.json"))]
