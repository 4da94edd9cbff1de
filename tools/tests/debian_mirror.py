"""A tiny local mirror of Debian packages, for tests of tools/compilers."""

from __future__ import annotations

import copy
import hashlib
import pathlib
import re
import shutil
import subprocess
from collections.abc import Mapping

COMPILER = """\
#!/bin/sh
case "$*" in *--version*) echo "clang version @VERSION@"; exit ;; esac
[ -e /usr/share/of_the_tree ] && echo "share: of the tree"
[ -e /usr/include/of_the_tree.h ] && echo "include: of the tree"
for last; do :; done
echo "folder: $PWD"
echo "arguments: $*"
while read -r line; do echo "read: $line"; done < "$last"
echo compiled > compiled.o
exit 3
"""


class DebianMirror:
    """A folder of packages with an index for each suite."""

    def __init__(self, folder: pathlib.Path, suites: tuple[str, ...]) -> None:
        self.folder = folder
        self.architecture = subprocess.run(
            ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
        ).stdout.strip()
        self._entries: dict[str, dict[str, str]] = {suite: {} for suite in suites}
        for suite in suites:
            self._write_index(suite)

    @property
    def url(self) -> str:
        """As --mirror takes it."""
        return self.folder.as_uri()

    def copied_to(self, folder: pathlib.Path) -> DebianMirror:
        """The same mirror at another place, to be changed there."""
        shutil.copytree(self.folder, folder)
        mirror = copy.deepcopy(self)
        mirror.folder = folder
        return mirror

    def add(
        self,
        suite: str,
        name: str,
        version: str,
        files: Mapping[str, bytes],
        depends: str = "",
    ) -> pathlib.Path:
        """Makes a package whose files can all be run, in place of that of another version; returns its .deb."""
        root = self.folder / "unpacked" / f"{name}-{suite}"
        control = f"Package: {name}\nVersion: {version}\nArchitecture: {self.architecture}\n"
        control += f"Maintainer: A Test <test@example.invalid>\nDescription: {name}\n"
        if depends:
            control += f"Depends: {depends}\n"
        for path, content in {"DEBIAN/control": control.encode(), **files}.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            file.chmod(0o755)
        deb = self.folder / f"pool/{suite}/{name}_{version}_{self.architecture}.deb"
        deb.parent.mkdir(parents=True, exist_ok=True)
        command = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(root), str(deb)]
        subprocess.run(command, check=True, capture_output=True)
        self.list_as_it_is(suite, name, control, deb)
        return deb

    def list_as_it_is(self, suite: str, name: str, control: str, deb: pathlib.Path) -> None:
        """Lists a package's file with the size and hash that it has now."""
        content = deb.read_bytes()
        self._entries[suite][name] = (
            f"{control}Filename: {deb.relative_to(self.folder)}\nSize: {len(content)}\n"
            f"SHA256: {hashlib.sha256(content).hexdigest()}\n"
        )
        self._write_index(suite)

    def damage(self, suite: str, name: str, deb: pathlib.Path, content: bytes) -> None:
        """Replaces a package's file by something else, which the index lists as if it were right."""
        deb.write_bytes(content)
        control = re.sub(r"(Filename|Size|SHA256): .*\n", "", self._entries[suite][name])
        self.list_as_it_is(suite, name, control, deb)

    def add_compiler(self, suite: str, name: str, version: str) -> pathlib.Path:
        """A script that is called a compiler, and says what it sees; returns its .deb."""
        said = re.sub(r"^\d+:|-[^-]*$", "", version)
        script = COMPILER.replace("@VERSION@", said).encode()
        number = name.rpartition("-")[2]
        files = {
            f"usr/bin/clang-{number}": script,
            f"usr/bin/clang++-{number}": script,
            "usr/include/of_the_tree.h": b"",
            "usr/share/of_the_tree": b"",
        }
        return self.add(suite, name, version, files, depends="shell")

    def add_shell(self, suite: str) -> None:
        """What a script needs to run in a tree: this system's shell with its libraries, and the package of headers that
        every compiler is installed with."""
        listed = subprocess.run(["ldd", "/bin/sh"], capture_output=True, text=True, check=True)
        paths = re.findall(r"(?:=> |^\s+)(/\S+)", listed.stdout, re.MULTILINE)
        files = {path.lstrip("/"): pathlib.Path(path).read_bytes() for path in paths}
        files["usr/bin/sh"] = pathlib.Path("/bin/sh").read_bytes()
        self.add(suite, "shell", "1.0-1", files)
        self.add(suite, "libc6-dev", "2.99-1", {"usr/include/stdio.h": b"", "usr/share/doc/x": b""})

    def _write_index(self, suite: str) -> None:
        index = self.folder / f"dists/{suite}/main/binary-{self.architecture}/Packages"
        index.parent.mkdir(parents=True, exist_ok=True)
        index.write_text("\n".join(self._entries[suite].values()))
