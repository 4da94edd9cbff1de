"""WebAssembly engines: where they are, how they are started as hosts, and how to get one that is missing."""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess
from collections.abc import Sequence

from compilers.installed import installed_packages
from tool import REPOSITORY

from .browsers import found_browsers
from .engine import HOSTS, OWN_NODE, V8_TOP_TIER, Engine, Missing, mode
from .standalone import found_standalone_engines

MODULES = REPOSITORY / "build/engines/node_modules"
"""Where ci/setup --wasm puts the engines of ci/engines/package.json."""
FROM_NPM = "ci/setup --wasm"
NODES = ("node-20", "node-22", "node-24", "node-26")
FIRST_NODE = 20
"""Older ones have no tail calls."""

SHELLS = {
    "js140": "tools/compilers install --suite sid --package libmozjs-140-dev --program usr/lib/x86_64-linux-gnu/mozjs-140/js140",
    "jsc": "tools/compilers install --suite sid --package libjavascriptcoregtk-bin",
}

# JavaScriptCore's best compiler needs the code of its first one, so that is left as soon as it can be. No interpreter.
JSC_TOP_TIER = (
    "useWasmIPInt=0",
    "thresholdForOMGOptimizeAfterWarmUp=1",
    "thresholdForOMGOptimizeSoon=1",
)


def _engine(label: str, command: Sequence[str | pathlib.Path], flags: Sequence[str] = ()) -> Engine:
    """An engine that knows its name."""
    return Engine(label, (*map(str, command), str(HOSTS / "serve_node.mjs"), mode(flags)))


def _node(label: str, program: pathlib.Path) -> list[Engine]:
    return [
        _engine(label, [program]),
        _engine(f"{label}-top", [program, *V8_TOP_TIER], V8_TOP_TIER),
    ]


def _deno(label: str, program: pathlib.Path) -> list[Engine]:
    run: list[str | pathlib.Path] = [
        program,
        "run",
        "--quiet",
        "--no-config",
        "--allow-read",
        "--allow-env",
    ]
    top = f"--v8-flags={','.join(V8_TOP_TIER)}"
    return [_engine(label, run), _engine(f"{label}-top", [*run, top], V8_TOP_TIER)]


def _bun(label: str, program: pathlib.Path) -> list[Engine]:
    top = [f"BUN_JSC_{flag}" for flag in JSC_TOP_TIER]
    return [
        _engine(label, [program, "run"]),
        _engine(f"{label}-top", ["env", *top, program, "run"], JSC_TOP_TIER),
    ]


def _js(label: str, version: str, program: pathlib.Path) -> list[Engine]:
    host = str(HOSTS / "serve_shell.mjs")

    def engine(label: str, *flags: str) -> Engine:
        said = mode(flags, name="SpiderMonkey", version=version, program=f"js {version}")
        # Its arguments would be scripts to run, too.
        told = ("-e", f"globalThis.description = {said}")
        return Engine(label, (str(program), *flags, *told, "-m", host))

    return [engine(label), engine(f"{label}-top", "--wasm-compiler=ion")]


def _jsc(label: str, version: str, program: pathlib.Path) -> list[Engine]:
    host = str(HOSTS / "serve_shell.mjs")

    def engine(label: str, *flags: str) -> Engine:
        release = f"WebKitGTK {version}"
        said = mode(flags, name="JavaScriptCore", version=release, program=f"jsc of {release}")
        # It complains of every locale but this one.
        return Engine(label, ("env", "LC_ALL=C", str(program), *flags, "-m", host, "--", said))

    return [engine(label), engine(f"{label}-top", *(f"--{flag}" for flag in JSC_TOP_TIER))]


def _installed_shells() -> dict[str, list[Engine]]:
    """Those that tools/compilers has installed, by label."""
    found: dict[str, list[Engine]] = {}
    for package in installed_packages():
        for program in package.programs:
            if re.fullmatch(r"js\d+", program.name):
                found[program.name] = _js(program.name, package.version, program)
            elif program.name == "jsc":
                found["jsc"] = _jsc("jsc", package.version, program)
    return found


def _nodes() -> dict[str, pathlib.Path]:
    """Each node that is here, by its label. The one on PATH comes before others of the same version."""
    on_path = shutil.which("node")
    candidates = [
        *([pathlib.Path(on_path)] if on_path else []),
        OWN_NODE,
        *MODULES.glob("node-*/bin/node"),
    ]
    nodes: dict[str, pathlib.Path] = {}
    for program in candidates:
        if not program.exists():
            continue
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
        version = re.match(r"v(\d+)\.", said.stdout)
        if version and int(version[1]) >= FIRST_NODE:
            nodes.setdefault(f"node-{version[1]}", program)
    return dict(sorted(nodes.items()))


def found_engines() -> tuple[list[Engine], list[Missing]]:
    """The engines of this machine, in order of engine and release, and those that aren't here."""
    engines: list[Engine] = []
    nodes = _nodes()
    for label, program in nodes.items():
        engines += _node(label, program)
    missing = [Missing(label, FROM_NPM) for label in NODES if label not in nodes]
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
    browsers, missing_browsers = found_browsers()
    standalone, missing_standalone = found_standalone_engines()
    return (
        [*engines, *browsers, *standalone],
        [*missing, *missing_browsers, *missing_standalone],
    )
