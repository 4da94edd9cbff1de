"""Removes installed compilers."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence

from tool import WrongUsage

from .installed import NAME, program_names
from .prefix import Prefix


def check_installed(prefix: Prefix, names: Sequence[str]) -> None:
    """Raises WrongUsage for a name that is not installed."""
    entries = prefix.entries()
    for name in names:
        if name not in entries:
            raise WrongUsage(
                f"{name}: is not installed in {prefix.folder}; there are: {' '.join(entries) or 'none'}"
            )


def remove(prefix: Prefix, names: Sequence[str]) -> None:
    """Removes these, and the packages that only they are made of."""
    check_installed(prefix, names)
    entries = prefix.entries()
    gone = {name: entries.pop(name) for name in names}
    # From the list first: whatever interrupts this, nothing listed is incomplete.
    prefix.write_entries(entries)
    for name, entry in gone.items():
        for program in (*program_names(name), *entry.get("programs", [])):
            prefix.wrapper(program).unlink(missing_ok=True)
        tree = prefix.tree(entry["suite"], name)
        prefix.unpacked.remove_tree(tree)
        with contextlib.suppress(OSError):  # Others of the suite are there.
            tree.parent.rmdir()
    prefix.drop_unused_packages()


def remove_all(prefix: Prefix) -> int:
    """Removes everything that tools/compilers has ever put into the prefix; returns how many there were."""
    names = list(prefix.entries())
    remove(prefix, names)
    prefix.unpacked.sweep()
    shutil.rmtree(prefix.folder / "apt", ignore_errors=True)
    for file in (NAME, "lock"):
        (prefix.folder / file).unlink(missing_ok=True)
    for folder in (prefix.folder / "bin", prefix.folder):
        with contextlib.suppress(OSError):  # Someone else's files stay.
            folder.rmdir()
    return len(names)
