"""WebAssembly engines: where they are, how they are started as hosts, and how to get one that is missing."""

from __future__ import annotations

import pathlib
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from compilers.installed import installed_packages
from tool import REPOSITORY

HOSTS = REPOSITORY / "harness/wasm"
MODULES = REPOSITORY / "build/engines/node_modules"
"""Where ci/setup --wasm puts the engines of ci/engines/package.json."""
FROM_NPM = "ci/setup --wasm"

SHELLS = {
    "js140": "tools/compilers install --suite sid --package libmozjs-140-dev --program usr/lib/x86_64-linux-gnu/mozjs-140/js140",
    "jsc": "tools/compilers install --suite sid --package libjavascriptcoregtk-bin",
}

# What V8 calls its two compilers. Without the first, and without going on from it, every function is compiled by the second.
V8_TOP_TIER = ("--no-liftoff", "--no-wasm-tier-up")
# JavaScriptCore's best compiler needs the code of its first one, so that is left as soon as it can be. No interpreter.
JSC_TOP_TIER = (
    "useWasmIPInt=0",
    "thresholdForOMGOptimizeAfterWarmUp=1",
    "thresholdForOMGOptimizeSoon=1",
)


@dataclass(frozen=True)
class Engine:
    """One engine in one mode."""

    label: str
    """The library's name in results: `node-26`, and `node-26-top` for its best compiler alone."""
    command: tuple[str, ...]
    """What starts the host."""


@dataclass(frozen=True)
class Missing:
    """An engine that isn't here."""

    label: str
    remedy: str


def _engine(
    label: str, command: Sequence[str | pathlib.Path], host: str, flags: Sequence[str] = ()
) -> Engine:
    """An engine whose host is told the flags that make it another one, which it adds to its name in results."""
    words = (*command, HOSTS / host, *([shlex.join(flags)] if flags else []))
    return Engine(label, tuple(map(str, words)))


def _node(label: str, program: pathlib.Path) -> list[Engine]:
    host = "serve_node.mjs"
    return [
        _engine(label, [program], host),
        _engine(f"{label}-top", [program, *V8_TOP_TIER], host, V8_TOP_TIER),
    ]


def _deno(label: str, program: pathlib.Path) -> list[Engine]:
    host = "serve_node.mjs"
    run: list[str | pathlib.Path] = [
        program,
        "run",
        "--quiet",
        "--no-config",
        "--allow-read",
        "--allow-env",
    ]
    top = f"--v8-flags={','.join(V8_TOP_TIER)}"
    return [_engine(label, run, host), _engine(f"{label}-top", [*run, top], host, V8_TOP_TIER)]


def _bun(label: str, program: pathlib.Path) -> list[Engine]:
    host = "serve_node.mjs"
    top = [f"BUN_JSC_{flag}" for flag in JSC_TOP_TIER]
    return [
        _engine(label, [program, "run"], host),
        _engine(f"{label}-top", ["env", *top, program, "run"], host, JSC_TOP_TIER),
    ]


def _shell(
    name: str, label: str, program: pathlib.Path, separator: Sequence[str], top: Sequence[str]
) -> list[Engine]:
    """An engine's own shell, which is told its name, version and flags."""
    host = str(HOSTS / "serve_shell.mjs")
    return [
        Engine(label, (str(program), "-m", host, *separator, name)),
        Engine(
            f"{label}-top",
            (str(program), *top, "-m", host, *separator, f"{name} {shlex.join(top)}"),
        ),
    ]


def _installed_shells() -> dict[str, list[Engine]]:
    """Those that tools/compilers has installed, by label."""
    found: dict[str, list[Engine]] = {}
    for package in installed_packages():
        for program in package.programs:
            if re.fullmatch(r"js\d+", program.name):
                name = f"js {package.version} (SpiderMonkey)"
                found[program.name] = _shell(
                    name, program.name, program, [], ["--wasm-compiler=ion"]
                )
            elif program.name == "jsc":
                name = f"jsc of WebKitGTK {package.version} (JavaScriptCore)"
                found["jsc"] = _shell(
                    name, "jsc", program, ["--"], [f"--{flag}" for flag in JSC_TOP_TIER]
                )
    return found


def _host_node() -> list[tuple[str, pathlib.Path]]:
    """The node on PATH, by its version."""
    program = shutil.which("node")
    if program is None:
        return []
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)\.", said.stdout)
    return [(f"node-{version[1]}", pathlib.Path(program))] if version else []


def found_engines() -> tuple[list[Engine], list[Missing]]:
    """The engines of this machine, in order of engine and release, and those that aren't here."""
    engines: list[Engine] = []
    missing: list[Missing] = []
    nodes = {
        f"node-{version}": MODULES / f"node-{version}/bin/node" for version in (20, 22, 24, 26)
    }
    nodes = {label: path for label, path in nodes.items() if path.exists()} | dict(_host_node())
    for label in ("node-20", "node-22", "node-24", "node-26", *nodes):
        if label in nodes:
            engines += _node(label, nodes.pop(label))
        elif not any(engine.label == label for engine in engines):
            missing.append(Missing(label, FROM_NPM))
    for label, path, make in (
        ("deno", MODULES / "deno/deno", _deno),
        ("bun", MODULES / "bun/bin/bun", _bun),
    ):
        if path.exists():
            engines += make(label, path)
        else:
            missing.append(Missing(label, FROM_NPM))
    shells = _installed_shells()
    for shell in shells.values():
        engines += shell
    missing += [Missing(label, remedy) for label, remedy in SHELLS.items() if label not in shells]
    return engines, missing
