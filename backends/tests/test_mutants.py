"""`dispatchbench verify` finds every mutant of mutants.py wrong, and only those.

All mutants are backends of one library, beside the unchanged ones. ctest sets DISPATCHBENCH (the program),
DISPATCHBENCH_EMULATOR, DISPATCHBENCH_COMPILE_COMMANDS, DISPATCHBENCH_PROCESSOR and DISPATCHBENCH_MUTANTS (a folder for
the library, which stays).
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mutants import BY_PROCESSOR, PREPARING, Mutant

BACKENDS = Path(__file__).resolve().parents[1]
MUTANTS = BY_PROCESSOR[os.environ.get("DISPATCHBENCH_PROCESSOR", "x86_64")]
UNCHANGED = "unchanged_"


class Compiler:
    """The build's own commands, for other sources and names."""

    def __init__(self, compile_commands: Path) -> None:
        self._commands = {}
        self._families = {}
        for entry in json.loads(compile_commands.read_text()):
            words = shlex.split(entry["command"])
            for word in words:
                if word.startswith("-DDISPATCHBENCH_BACKEND_NAME="):
                    backend = word.partition("=")[2]
                    self._commands[backend] = words
                    self._families[backend] = Path(entry["file"]).parent.name
            if (
                entry["file"] == str(BACKENDS / "registry.cpp")
                and "dispatchbench_backends.dir" in entry["command"]
            ):
                self._registry = words

    def backends(self) -> set[str]:
        """Those that the build has."""
        return set(self._commands)

    def family(self, backend: str) -> str:
        """The folder of its source."""
        return self._families[backend]

    def compile_backend(self, backend: str, root: Path, name: str) -> Path:
        """Compiles a backend as `name` from the sources below `root`."""
        return self._run(self._commands[backend], root, name)

    def compile_registry(self, root: Path) -> list[Path]:
        """Compiles what a library has beside its backends; its list lies in `root`."""
        words = [word for word in self._registry if not word.endswith("/dispatchbench_backends")]
        at = words.index(str(BACKENDS / "registry.cpp"))
        wrapping = [*words[:at], str(BACKENDS / "isa" / "execute_wrapping.cpp"), *words[at + 1 :]]
        return [
            self._run([words[0], f"-I{root}", *words[1:]], BACKENDS, "registry", root),
            self._run(wrapping, BACKENDS, "wrapping", root),
        ]

    def link(self, objects: list[Path], library: Path) -> None:
        """Makes a library of the objects."""
        target = [word for word in self._registry if word.startswith(("--target=", "-fuse-ld="))]
        linker = ["-fuse-ld=lld"] if target else []
        _run(
            [self._registry[0], *target, *linker, "-shared", *map(str, objects), "-o", str(library)]
        )

    def _run(self, words: list[str], root: Path, name: str, folder: Path | None = None) -> Path:
        """Runs a compile command on the sources below `root`."""
        output = (folder or root) / f"{name}.o"
        changed = [word.replace(str(BACKENDS), str(root)) for word in words if word != "-g"]
        changed[changed.index("-o") + 1] = str(output)
        for at, word in enumerate(changed):
            if word.startswith("-DDISPATCHBENCH_BACKEND_NAME="):
                changed[at] = f"-DDISPATCHBENCH_BACKEND_NAME={name}"
            elif word == "-O2":
                changed[at] = "-O1"  # In half the time.
        _run(changed)
        return output


def _run(words: list[str]) -> None:
    finished = subprocess.run(words, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, f"{shlex.join(words)}\n{finished.stderr}"


def _mutated_sources(mutant: Mutant, family: str, root: Path) -> None:
    """A copy of the backend's sources with the one change."""
    shutil.rmtree(root, ignore_errors=True)
    for folder in ("isa", family):
        shutil.copytree(BACKENDS / folder, root / folder)
    shutil.copy(BACKENDS / "abi.h", root)
    source = root / mutant.file
    text = source.read_text()
    assert (
        text.count(mutant.old) == 1
    ), f"{mutant.name}: {mutant.file} has {mutant.old!r} {text.count(mutant.old)} times"
    source.write_text(text.replace(mutant.old, mutant.new))


def _functions(name: str, backend: str) -> str:
    if backend in PREPARING:
        return f"dispatchbench_prepare_{name}, dispatchbench_release_{name}"
    return "nullptr, nullptr"


def _write_list(backends: dict[str, str], path: Path) -> None:
    """What registry.cpp needs to know; `backends`: what each is a copy of, by name."""
    entries = "".join(
        f' \\\n  X({name}, "mutant", "any", "", "any", nullptr, {_functions(name, backend)}, 0, 0)'
        for name, backend in backends.items()
    )
    strings = "".join(
        f'#define LIBRARY_{name} "mutants"\n'
        for name in ("LABEL", "COMPILER", "COMPILER_VERSION", "FLAGS", "TARGET")
    )
    path.write_text(f"#define BACKENDS(X){entries}\n#define UNAVAILABLE(X)\n{strings}")


@pytest.fixture(scope="module")
def mutants() -> tuple[Path, list[Mutant]]:
    """A library of all mutants whose backend this build has, beside what they are mutants of."""
    compiler = Compiler(Path(os.environ["DISPATCHBENCH_COMPILE_COMMANDS"]))
    root = Path(os.environ["DISPATCHBENCH_MUTANTS"])
    root.mkdir(exist_ok=True)
    chosen = [mutant for mutant in MUTANTS if mutant.backend in compiler.backends()]
    unchanged = sorted({mutant.backend for mutant in chosen})

    def compile_mutant(mutant: Mutant) -> Path:
        _mutated_sources(mutant, compiler.family(mutant.backend), root / mutant.name)
        return compiler.compile_backend(mutant.backend, root / mutant.name, mutant.name)

    def compile_unchanged(backend: str) -> Path:
        folder = root / (UNCHANGED + backend)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(BACKENDS, folder, ignore=shutil.ignore_patterns("tests"))
        return compiler.compile_backend(backend, folder, UNCHANGED + backend)

    _write_list(
        {mutant.name: mutant.backend for mutant in chosen}
        | {UNCHANGED + backend: backend for backend in unchanged},
        root / "dispatchbench_backends.inc",
    )
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        objects = [*workers.map(compile_mutant, chosen), *workers.map(compile_unchanged, unchanged)]
    library = root / "mutants.so"
    compiler.link([*objects, *compiler.compile_registry(root)], library)
    return library, chosen


def test_verify_finds_each_wrong_and_only_those(mutants: tuple[Path, list[Mutant]]) -> None:
    library, chosen = mutants
    emulator = [word for word in os.environ.get("DISPATCHBENCH_EMULATOR", "").split(";") if word]
    finished = subprocess.run(
        [
            *(
                *emulator,
                os.environ["DISPATCHBENCH"],
                "verify",
                "--library",
                str(library),
                "--no-cache",
            ),
            *("--workload", "^tak$", "--time-out", "2"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert finished.returncode == 1, finished.stdout + finished.stderr
    found = re.findall(r"^(WRONG|ok   ) (\w+)/mutants: (.*)", finished.stdout, re.MULTILINE)
    print(finished.stdout)
    wrong = {name for verdict, name, _ in found if verdict == "WRONG"}
    right = {name for verdict, name, _ in found if verdict != "WRONG"}
    assert {mutant.name for mutant in chosen} - wrong == set(), "mutants that pass"
    assert wrong - {mutant.name for mutant in chosen} == set(), "nothing else is wrong"
    assert right == {UNCHANGED + mutant.backend for mutant in chosen}
