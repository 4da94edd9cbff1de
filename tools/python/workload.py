"""A workload as its folder describes it: what to run and what must come out."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any

from abi_offsets import constants
from tool import REPOSITORY, ToolError, read_object

WORKLOADS = REPOSITORY / "workloads"
SCHEMA_REMEDY = "see workloads/workload.schema.json"
FRAMES = 60  # How often the screen vector is delivered.


@dataclasses.dataclass(frozen=True)
class Workload:
    """A ROM, what it is given, and the expected result."""

    name: str
    rom: bytes
    input: bytes
    expected_output: bytes
    expected_error: bytes
    expected_exit_code: int
    instructions: int
    arguments: tuple[bytes, ...] = ()
    frames: int = FRAMES

    def difference(self, output: bytes, error: bytes, exit_code: int) -> str | None:
        """Where a result differs from the expected one, in words; None if it doesn't."""
        for what, expected, found in (
            ("output", self.expected_output, output),
            ("error output", self.expected_error, error),
            ("exit code", self.expected_exit_code, exit_code),
        ):
            if expected != found:
                return f"wrong {what}: expected {expected!r}, found {found!r}"
        return None


def workload_names(workloads: pathlib.Path = WORKLOADS) -> list[str]:
    """The names of all folders that hold a workload, in alphabetical order."""
    return sorted(path.parent.name for path in workloads.glob("*/workload.json"))


def workload_fields(folder: pathlib.Path) -> dict[str, Any]:
    """The parsed workload.json of one folder."""
    return read_object(folder / "workload.json", SCHEMA_REMEDY)


def load_workload(folder: pathlib.Path) -> Workload:
    """Reads `<folder>/workload.json` and the ROM beside it."""
    fields = workload_fields(folder)
    try:
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
            tuple(argument.encode("latin-1") for argument in fields.get("arguments", [])),
            fields.get("frames", FRAMES),
        )
    except OSError as error:
        raise ToolError(f"{error.filename}: can't be read ({error.strerror})") from error
    except KeyError as error:
        raise ToolError(
            f"{folder / 'workload.json'}: the field {error} is missing; {SCHEMA_REMEDY}"
        ) from error
    except (AttributeError, TypeError, UnicodeEncodeError) as error:
        raise ToolError(
            f"{folder / 'workload.json'}: a field has another type than it should ({error}); {SCHEMA_REMEDY}"
        ) from error
    largest = constants()["RAM_BYTES"] - constants()["ROM_ADDRESS"]
    if not 0 < len(rom) <= largest:
        raise ToolError(f"{rom_path}: {len(rom)} bytes; expected 1 to {largest}")
    return workload


def load_workloads(workloads: pathlib.Path = WORKLOADS) -> list[Workload]:
    """All workloads, in the order of their names."""
    return [load_workload(workloads / name) for name in workload_names(workloads)]
