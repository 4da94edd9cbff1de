"""Asks apt about the packages of one suite, and fetches them, without a trace in the system's own apt."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence

from tool import ToolError, finished, output_of, write_text

# Of the system's own settings only how its network is reached and what its clock is worth are taken: others would fetch
# more indexes or run commands.
KEPT_SETTINGS = re.compile(r"Acquire::(http|https|Check-[A-Za-z-]+|Max-FutureTime)\b.*")


@dataclasses.dataclass(frozen=True)
class Package:
    """One package in one version."""

    name: str
    version: str
    file: str  # name of its .deb
    size: int  # of the .deb, in bytes


class Apt:
    """apt with folders and sources of its own. Raises ToolError with apt's own words for whatever fails."""

    def __init__(self, folder: pathlib.Path, sources: str) -> None:
        self.folder = folder
        for name in ("state/lists/partial", "cache/archives/partial", "log", "fetched"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        write_text(folder / "sources.list", sources)
        write_text(folder / "apt.conf", self._settings())

    @property
    def fetched(self) -> pathlib.Path:
        """The folder that packages are fetched into."""
        return self.folder / "fetched"

    def _settings(self) -> str:
        architecture = output_of(["dpkg", "--print-architecture"]).strip()
        system = output_of(["apt-config", "dump", "Acquire"]).splitlines()
        own = {
            "APT::Architecture": architecture,
            "APT::Architectures": architecture,
            "APT::Sandbox::User": "root",  # Another user couldn't write into this folder.
            "APT::Update::Error-Mode": "any",  # An index that can't be fetched is an error.
            "APT::Install-Recommends": "false",
            "Acquire::GzipIndexes": "true",  # They stay as small as they come.
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "Dir::State": f"{self.folder}/state",
            "Dir::State::status": f"{self.folder}/status",
            "Dir::Cache": f"{self.folder}/cache",
            "Dir::Log": f"{self.folder}/log",
            "Dir::Etc::SourceList": f"{self.folder}/sources.list",
            # None of these is there.
            "Dir::Etc::SourceParts": f"{self.folder}/none",
            "Dir::Etc::Parts": f"{self.folder}/none",
            "Dir::Etc::Main": f"{self.folder}/none",
            "Dir::Etc::Preferences": f"{self.folder}/none",
            "Dir::Etc::PreferencesParts": f"{self.folder}/none",
        }
        lines = [line for line in system if KEPT_SETTINGS.fullmatch(line)]
        return "\n".join([*lines, *(f'{name} "{value}";' for name, value in own.items())]) + "\n"

    def _run(self, *words: str, folder: pathlib.Path | None = None) -> str:
        environment = {
            **os.environ,
            "APT_CONFIG": str(self.folder / "apt.conf"),
            "LC_ALL": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
        }
        done = finished(
            # Killed with this program, even by SIGKILL: the next try must not meet it.
            ["setpriv", "--pdeathsig", "KILL", *words],
            env=environment,
            cwd=folder or self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        if done.returncode != 0:
            said = [line for line in done.stderr.splitlines() if line.startswith("E:")]
            raise ToolError("\n".join(said) or done.stderr.strip() or f"{words[0]} failed")
        return done.stdout

    def fetch_index(self) -> None:
        """Fetches the suite's list of packages, if there is a newer one."""
        self._run("apt-get", "update")

    def names(self) -> list[str]:
        """The names of all packages."""
        return self._run("apt-cache", "pkgnames").split()

    def newest(self, names: Sequence[str]) -> dict[str, Mapping[str, str]]:
        """The fields of each package's candidate, by name. All must exist."""
        if not names:
            return {}
        found: dict[str, Mapping[str, str]] = {}
        for record in self._run("apt-cache", "show", "--no-all-versions", *names).split("\n\n"):
            fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", record, re.MULTILINE))
            if "Package" in fields:
                found[fields["Package"]] = fields
        return found

    def closure(self, packages: Sequence[str]) -> list[Package]:
        """These packages and all that they need."""
        simulated = self._run("apt-get", "install", "--simulate", "--yes", *packages)
        chosen = [
            f"{name}={version}"
            for name, version in re.findall(r"^Inst (\S+) \((\S+) ", simulated, re.MULTILINE)
        ]
        found = []
        # Not in the folder `fetched`: packages that are there would be left out.
        for line in self._run("apt-get", "download", "--print-uris", *chosen).splitlines():
            words = shlex.split(line)
            if len(words) >= 3 and words[1].endswith(".deb"):
                name, version, _ = words[1].split("_")
                found.append(Package(name, version.replace("%3a", ":"), words[1], int(words[2])))
        return found

    def fetch(self, packages: Sequence[Package]) -> None:
        """Fetches the packages' .deb files into the folder `fetched`; apt checks what a former try left there."""
        if packages:
            chosen = [f"{package.name}={package.version}" for package in packages]
            self._run("apt-get", "download", *chosen, folder=self.fetched)
