"""Browsers as WebAssembly engines: a host in node starts one and serves it the page in which modules run."""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
from collections.abc import Sequence

from compilers.installed import installed_packages
from tool import REPOSITORY

from .engine import HOSTS, V8_TOP_TIER, Engine, Missing, mode

REMEDIES = {
    "chromium": "apt-get install chromium",
    "firefox-esr": "apt-get install firefox-esr",
    "firefox": "tools/compilers install --suite sid --package firefox",
}
PUPPETEER = REPOSITORY / "node_modules/puppeteer-core"
"""Which starts them."""

# As V8's flags and Firefox's preferences, without which every function is compiled by the better of two compilers.
TOP_TIER = {
    "chromium": V8_TOP_TIER,
    "firefox": ("javascript.options.wasm_baselinejit=false",),
}


def host_command(
    node: pathlib.Path, family: str, program: pathlib.Path, flags: Sequence[str] = ()
) -> tuple[str, ...]:
    """What starts a browser of a family, `chromium` or `firefox`, as a host."""
    return (str(node), str(HOSTS / "serve_browser.mjs"), family, str(program), mode(flags))


def _is_esr(program: pathlib.Path) -> bool:
    """Whether it is Firefox's extended support release, as Debian has it under both names."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return re.search(r"\d+esr\b", said.stdout) is not None


def _programs() -> dict[str, pathlib.Path]:
    """Each browser that is here, by its label. One that tools/compilers has installed comes before the system's."""
    installed = {
        program.name: program for package in installed_packages() for program in package.programs
    }
    programs: dict[str, pathlib.Path] = {}
    for label in REMEDIES:
        on_path = shutil.which(label)
        found = installed.get(label) or (pathlib.Path(on_path) if on_path else None)
        if found and not (label == "firefox" and _is_esr(found)):
            programs[label] = found
    return programs


def found_browsers() -> tuple[list[Engine], list[Missing]]:
    """The browsers of this machine, and those that aren't here."""
    node = shutil.which("node")
    if not node or not PUPPETEER.exists():
        return [], [Missing(label, "ci/setup") for label in REMEDIES]
    engines: list[Engine] = []
    programs = _programs()
    for label, program in programs.items():
        family = "chromium" if label == "chromium" else "firefox"
        top = host_command(pathlib.Path(node), family, program, TOP_TIER[family])
        engines.append(Engine(label, host_command(pathlib.Path(node), family, program)))
        engines.append(Engine(f"{label}-top", top))
    missing = [Missing(label, way) for label, way in REMEDIES.items() if label not in programs]
    return engines, missing
