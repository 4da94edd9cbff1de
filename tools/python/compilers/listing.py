"""What is installed in a prefix, and what could be."""

from __future__ import annotations

import os
import pathlib
from typing import Any

from text_table import aligned

from .available import known_suites
from .installed import InstalledCompiler, InstalledPackage, installed_compilers, installed_packages
from .prefix import Prefix

MEGABYTE = 1_000_000


def listing(prefix: Prefix) -> dict[str, Any]:
    """The document that `list --json` prints."""
    entries: list[InstalledCompiler | InstalledPackage] = []
    entries += installed_compilers()
    entries += installed_packages()
    installed = [
        {
            "name": entry.name,
            "version": entry.version,
            "suite": entry.suite,
            "packages": dict(entry.packages),
            "bytes": _bytes_of(prefix.tree(entry.suite, entry.name)),
        }
        for entry in entries
    ]
    return {
        "schema": 1,
        "prefix": str(prefix.folder),
        "installed": installed,
        "bytes": _bytes_of(prefix.folder),
        "available": [
            {"name": name, "version": version, "suite": suite}
            for suite, compilers in known_suites(prefix.folder).items()
            for name, version in compilers.items()
        ],
    }


def _bytes_of(folder: pathlib.Path) -> int:
    """What the files of a folder take on the disk, each once however many links it has."""
    size = 0
    seen: set[int] = set()
    for parent, _, files in os.walk(folder):
        for file in files:
            status = os.lstat(os.path.join(parent, file))
            if status.st_ino not in seen:
                seen.add(status.st_ino)
                size += status.st_blocks * 512
    return size


def table(document: dict[str, Any]) -> str:
    """The listing in words."""
    lines = []
    if document["installed"]:
        rows = [["installed", "version", "suite", "MB"]]
        for entry in document["installed"]:
            size = f"{entry['bytes'] / MEGABYTE:.0f}"
            rows.append([entry["name"], entry["version"], entry["suite"], size])
        lines += aligned(rows, left=3)
        lines.append(
            f"{document['bytes'] / MEGABYTE:.0f} MB in {document['prefix']}; compilers share packages"
        )
    else:
        lines.append(f"nothing is installed in {document['prefix']}")
    there = {entry["name"] for entry in document["installed"]}
    rows = [
        [entry["name"], entry["version"], entry["suite"]]
        for entry in document["available"]
        if entry["name"] not in there
    ]
    if rows:
        lines += ["", *aligned([["to be had", "version", "suite"], *rows], left=3)]
    elif not document["available"]:
        lines.append(
            "What could be: tools/compilers list --update (fetches some 10 MB for each suite)"
        )
    return "\n".join(lines)
