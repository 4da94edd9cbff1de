"""Debian's suites, and where a system fetches its packages from."""

from __future__ import annotations

import argparse
import pathlib
import re
import shutil
import subprocess
import urllib.parse

from tool import ToolError, WrongUsage

SUITES = ("bookworm", "trixie", "sid", "experimental")
"""Searched in this order: the oldest suite that has a compiler has the release of it that its users have."""
KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")
NEEDED = ("apt-get", "apt-cache", "apt-config", "dpkg", "dpkg-deb", "tar", "setpriv", "unshare")


def check_system() -> None:
    """Raises ToolError on a system without Debian's tools, saying how compilers that are there can be used."""
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        raise ToolError(
            f"{missing[0]}: not found; compilers come from Debian's packages, on Debian and its relatives only. "
            "Here, install compilers as this system does. tools/libraries finds those on PATH "
            "(clang++-21, g++-16, rustc), and any other by --compiler-path PATH"
        )


def system_mirror() -> str:
    """The Debian mirror of the system's own sources. Raises ToolError if they name none."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    for line in listed.splitlines():
        if line.rstrip("/").endswith("/debian"):
            return line.rstrip("/")
    raise ToolError(
        "apt's sources name no mirror whose address ends in /debian; name one with --mirror URI"
    )


def is_local(mirror: str) -> bool:
    """Whether a mirror is a folder of this machine."""
    return mirror.startswith("file:")


def sources(mirror: str, suite: str, keyring: pathlib.Path) -> str:
    """apt's list of sources for a suite. Nobody signs the packages of a folder of this machine; all else must be signed
    by a key of the keyring."""
    if not re.fullmatch(r"[a-z][a-z0-9-]*(/[a-z0-9-]+)*", suite):
        raise WrongUsage(
            f"--suite {suite}: expected the name of a Debian suite, such as trixie or sid"
        )
    parts = urllib.parse.urlsplit(mirror)
    if parts.scheme not in ("http", "https", "file") or re.search(r"\s", mirror) or not parts.path:
        raise WrongUsage(
            f"--mirror {mirror}: expected http://HOST/debian, https://HOST/debian or file:///FOLDER"
        )
    if is_local(mirror):
        options = "trusted=yes"
    else:
        if not keyring.is_file():
            raise ToolError(
                f"{keyring}: not found; it holds the keys that Debian signs its packages with. "
                "Install the package debian-archive-keyring, or give --keyring FILE"
            )
        options = f"signed-by={keyring}"
    # What is in experimental needs the rest from sid.
    suites = ("sid", suite) if suite == "experimental" else (suite,)
    return "".join(f"deb [{options}] {mirror} {each} main\n" for each in suites)


def add_mirror(parser: argparse.ArgumentParser) -> None:
    """--mirror URL and --keyring FILE."""
    parser.add_argument(
        "--mirror",
        metavar="URL",
        help="where Debian's packages are; file:///FOLDER for a local one (default: as in the system's sources)",
    )
    parser.add_argument(
        "--keyring",
        metavar="FILE",
        type=pathlib.Path,
        default=KEYRING,
        help="Debian's keys (default: %(default)s)",
    )
