"""The programs as a folder of workloads, as dispatchbench reads them."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Sequence

from .micro_roms import MicroRom, micro_rom


def _write_workload(folder: pathlib.Path, name: str, rom: MicroRom) -> None:
    """Writes one program as a workload."""
    (folder / name).mkdir()
    (folder / name / f"{name}.rom").write_bytes(rom.rom)
    fields = {
        "schema": 1,
        "name": name,
        "summary": f"{rom.name}, {rom.repeated} times",
        "why": "One opcode alone.",
        "input": "",
        "expected_output": "",
        "expected_error": "",
        "expected_exit_code": 0,
        "instructions": rom.instructions,
    }
    (folder / name / "workload.json").write_text(json.dumps(fields))


class Programs:
    """All programs as a folder of workloads; opcodes that need the same program without them share it."""

    def __init__(self, folder: pathlib.Path, opcodes: Sequence[int]) -> None:
        self.repeated: dict[str, tuple[str, str, int]] = {}  # mnemonic: with, without, how often
        baselines: dict[bytes, str] = {}
        for opcode in opcodes:
            rom, without = micro_rom(opcode, True), micro_rom(opcode, False)
            if without.rom not in baselines:
                baselines[without.rom] = f"without_{len(baselines)}"
                _write_workload(folder, baselines[without.rom], without)
            name = f"opcode_{opcode:02x}"
            _write_workload(folder, name, rom)
            self.repeated[rom.name] = (name, baselines[without.rom], rom.repeated)
