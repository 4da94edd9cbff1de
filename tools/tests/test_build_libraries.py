"""tools/libraries: which compilers it finds, what it builds and leaves out, and what it lists."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess

import pytest

from libraries.build_costs import BackendBuild
from libraries.build_library import build_document
from libraries.command_line import LEVELS, flag_set, level_flags
from libraries.compile_records import CompileRecord, costs_of, why_failed
from libraries.compiler import Compiler, label_of, order_of, release_of
from libraries.find_compilers import compilers_by_path, found_compilers
from libraries.listed import update_list
from libraries.wanted import BuiltLibrary, Outcome, WantedLibrary
from libraries_file import ListedLibrary, read_libraries, write_libraries
from tool import WrongUsage
from tool_under_test import REPOSITORY

# Compiles assembly and what is no backend, so that a library takes seconds. Of the other backends, those whose names are
# files in the folder `works` are compiled, and one crashes the compiler.
PICKY_COMPILER = """\
#!/bin/sh
if [ "$1" != --version ] && [ -e "{folder}/broken" ]; then echo "error: no licence" >&2; exit 1; fi
for word; do
  case $word in
    *BACKEND_NAME=asm_*) ;;
    *BACKEND_NAME=tail_call) echo "fatal error: error in backend: cannot select"  >&2; kill -SEGV $$ ;;
    *BACKEND_NAME=*)
      if [ ! -e "{folder}/works/${{word##*=}}" ]; then
        echo "x.cpp:1:1: error: I won't; \\"ever\\"" >&2
        exit 1
      fi ;;
  esac
done
exec clang++-19 "$@"
"""


def program(path: pathlib.Path, text: str) -> pathlib.Path:
    """Writes a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def claims_to_be(text: str) -> str:
    """A program that says this of its version."""
    return f"#!/bin/sh\necho '{text}'\necho 'Copyright (C) 2022 Free Software Foundation, Inc.'\n"


def compiler(label: str) -> Compiler:
    """A compiler that is never started."""
    family, _, version = label.rpartition("-")
    return Compiler(label, family, version, pathlib.Path("/nowhere"), "PATH", "")


def built(label: str, output: pathlib.Path, flags: str | None = None) -> Outcome:
    """What a build of such a library would give, with its files."""
    library = WantedLibrary(compiler(label), flags, ("-O3",) if flags is not None else (), output)
    library.folder.mkdir(parents=True, exist_ok=True)
    library.file.write_bytes(b"")
    result = BuiltLibrary([])
    document = json.dumps(build_document(library, result))
    library.file.with_suffix(".build.json").write_text(document)
    return Outcome(library, 1.0, result)


def test_libraries_are_labelled_by_version_series() -> None:
    assert label_of("clang", "21.1.8") == "clang-21"
    assert label_of("g++", "16.2.0") == "g++-16"
    assert label_of("rust", "1.97.1") == "rust-1.97"


def test_compilers_are_in_order_of_release_within_each_language_and_others_last() -> None:
    labels = ["odd", "rust-1.97", "g++-9", "clang-9", "rust-1.100", "g++-16", "clang-21"]
    assert sorted(labels, key=order_of) == [
        "clang-9",
        "clang-21",
        "g++-9",
        "g++-16",
        "rust-1.97",
        "rust-1.100",
        "odd",
    ]


def test_release_days_are_known_in_order_and_an_unknown_one_is_null() -> None:
    days = [release_of(f"clang-{number}") for number in range(13, 22)]
    assert None not in days and days == sorted(days, key=str)
    assert release_of("clang-99") is None
    assert release_of("sources-clang") is None


def test_compilers_on_path_and_in_the_prefix_are_found_once_each(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, prefix = tmp_path / "bin", tmp_path / "prefix"
    program(here / "clang++-19", claims_to_be("Debian clang version 19.1.7 (3)"))
    program(here / "clang++", claims_to_be("Debian clang version 19.1.7 (3)"))
    program(here / "g++-12", claims_to_be("g++-12 (Debian 12.2.0-14) 12.2.0"))
    program(here / "g++-13", claims_to_be("something else"))
    program(here / "rustc", claims_to_be("rustc 1.95.0 (59807616e 2026-04-14)"))
    program(prefix / "bin/clang++-19", "#!/bin/sh\nexit 1\n")
    program(prefix / "bin/clang++-21", "#!/bin/sh\nexit 1\n")
    entries = [
        {
            "name": f"clang-{number}",
            "version": f"{number}.1.8",
            "suite": "sid",
            "packages": {"c": "1"},
        }
        for number in (21, 19)
    ]
    (prefix / "compilers.json").write_text(json.dumps({"schema": 1, "compilers": entries}))
    monkeypatch.setenv("PATH", f"{here}:{prefix}/bin:/nowhere")
    monkeypatch.setenv("DISPATCHBENCH_COMPILERS", str(prefix))
    found = {compiler.label: compiler for compiler in found_compilers()}
    assert list(found) == ["clang-19", "clang-21", "g++-12", "rust-1.95"]
    assert found["clang-19"].path == here / "clang++-19"
    assert found["clang-19"].packages == {}
    assert found["clang-21"].path == prefix / "bin/clang++-21"
    assert found["clang-21"].packages == {"c": "1"}


def test_a_c_compiler_given_by_path_stands_for_the_cxx_compiler_beside_it(
    tmp_path: pathlib.Path,
) -> None:
    program(tmp_path / "clang", "")
    program(tmp_path / "clang++", claims_to_be("clang version 20.1.0"))
    program(tmp_path / "x86_64-linux-gnu-gcc-16", "")
    program(tmp_path / "x86_64-linux-gnu-g++-16", claims_to_be("g++-16 (Debian 16.2.0-4) 16.2.0"))
    found = compilers_by_path([f"mine={tmp_path}/clang", f"{tmp_path}/x86_64-linux-gnu-gcc-16"])
    assert [(compiler.label, compiler.path.name) for compiler in found] == [
        ("mine", "clang++"),
        ("g++-16", "x86_64-linux-gnu-g++-16"),
    ]


def test_two_compilers_of_one_version_need_labels(tmp_path: pathlib.Path) -> None:
    for folder in ("a", "b"):
        program(tmp_path / folder / "clang++", claims_to_be("clang version 20.1.0"))
    with pytest.raises(WrongUsage, match="clang-20 is taken by .*/a/clang"):
        compilers_by_path([f"{tmp_path}/a/clang++", f"{tmp_path}/b/clang++"])
    assert len(compilers_by_path([f"{tmp_path}/a/clang++", f"x={tmp_path}/b/clang++"])) == 2


def test_a_changed_program_at_the_same_path_is_another_compiler(tmp_path: pathlib.Path) -> None:
    path = program(tmp_path / "clang++", claims_to_be("clang version 20.1.0"))
    before = compilers_by_path([str(path)])[0].identity
    assert compilers_by_path([str(path)])[0].identity == before
    program(path, claims_to_be("clang version 20.1.0") + "# mended\n")
    assert compilers_by_path([str(path)])[0].identity != before


def test_flags_are_split_as_a_shell_does() -> None:
    assert flag_set("a=-O3 -mllvm '-x=1 2'") == ("a", ("-O3", "-mllvm", "-x=1 2"))


def test_every_compiler_has_the_levels_that_its_family_knows() -> None:
    assert {name: flags[0] for name, flags in level_flags("g++").items()} == {
        name: f"-{name}" for name in LEVELS
    }
    assert level_flags("rust").keys() == set(LEVELS) - {"Og"}


def test_a_backend_costs_what_its_objects_cost_together() -> None:
    records = [
        CompileRecord("a", "x.cpp", 0, 1.5, 100, ""),
        CompileRecord("a", "y.cpp", 0, 1.0, 300, ""),
        CompileRecord(None, "registry.cpp", 0, 9.0, 900, ""),
    ]
    assert costs_of(records, ["a"]) == [BackendBuild("a", 2.5, 300)]


@pytest.mark.parametrize(
    "exit_code, said, reason",
    [
        (1, "x.cpp:1:1: error: no such thing\nerror: again", "c 1 refuses it (no such thing)"),
        (
            1,
            "x.cpp:1:1: internal compiler error: in f, at g.cc:1",
            "c 1 crashes on it (in f, at g.cc:1)",
        ),
        (-11, "", "c 1 is ended by signal 11"),
        (139, "PLEASE submit a bug report to https://x", "c 1 crashes on it"),
        (-24, "", "c 1 takes too long to compile it"),
        (3, "", "c 1 refuses it (exit code 3)"),
    ],
)
def test_why_a_compilation_failed_is_said_in_a_line(exit_code: int, said: str, reason: str) -> None:
    assert why_failed(CompileRecord("a", "x.cpp", exit_code, 1, 1, said), "c 1") == reason


def test_build_json_says_which_library_a_set_of_flags_is_compared_with(
    tmp_path: pathlib.Path,
) -> None:
    library = WantedLibrary(compiler("clang-19"), "O3", ("-O3", "-g"), tmp_path)
    document = build_document(library, BuiltLibrary([BackendBuild("a", 1.5, 10)]))
    assert document == {
        "schema": 1,
        "compiler_name": "clang-19",
        "compiler_released": "2024-09-17",
        "packages": {},
        "factors": {"base": "clang-19", "flags": "-O3 -g", "label": "O3"},
        "backends": [{"name": "a", "compile_seconds": 1.5, "compile_peak_bytes": 10}],
    }


def test_the_list_keeps_what_it_held_in_order_of_release_and_drops_what_is_gone(
    tmp_path: pathlib.Path,
) -> None:
    (tmp_path / "other.so").write_bytes(b"")
    write_libraries(
        tmp_path, [ListedLibrary("other.so", "other"), ListedLibrary("gone.so", "gone")]
    )
    update_list(tmp_path, [built("g++-12", tmp_path), built("clang-19", tmp_path)])
    update_list(tmp_path, [built("clang-9", tmp_path, "Os"), built("clang-9", tmp_path)])
    failed = Outcome(WantedLibrary(compiler("clang-21"), None, (), tmp_path), 1, failure="no")
    update_list(tmp_path, [failed, built("clang-9", tmp_path, "O0")])
    assert [library.label for library in read_libraries(tmp_path)] == [
        "clang-9",
        "clang-9-Os",
        "clang-9-O0",
        "clang-19",
        "g++-12",
        "other",
    ]


class Workshop:
    """A folder with a compiler that fails on most backends, and the libraries built with it."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.output = folder / "libraries"
        self.compiler = program(folder / "clang++", PICKY_COMPILER.format(folder=folder))
        (folder / "works").mkdir()

    def build(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs tools/libraries with this compiler."""
        return subprocess.run(
            [
                REPOSITORY / "tools/libraries",
                f"--compiler-path=picky={self.compiler}",
                f"--output={self.output}",
                *arguments,
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def document(self, label: str = "picky") -> dict[str, object]:
        """The library's build.json."""
        path = self.output / label / "dispatchbench_backends.build.json"
        document: dict[str, object] = json.loads(path.read_text())
        return document

    def labels(self) -> list[str]:
        """What is listed."""
        return [library.label for library in read_libraries(self.output)]


@pytest.fixture(name="workshop", scope="module")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A workshop with one library."""
    workshop = Workshop(tmp_path_factory.mktemp("workshop"))
    done = workshop.build()
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        "without tail_call: clang 19.1.7 crashes on it (error in backend: cannot select)"
        in done.stdout
    )
    assert "without switch_loop: clang 19.1.7 refuses it (I won't   ever )" in done.stdout
    return workshop


def test_a_library_is_built_without_the_backends_on_which_the_compiler_fails(
    workshop: Workshop,
) -> None:
    document = workshop.document()
    assert isinstance(document["backends"], list)
    assert len(document["backends"]) == 2
    for backend in document["backends"]:
        assert backend["name"].startswith("asm_")
        assert backend["compile_seconds"] > 0 and backend["compile_peak_bytes"] > 1_000_000
    assert workshop.labels() == ["picky"]
    assert (workshop.output / "picky/dispatchbench_backends.audit.json").exists()


def test_what_has_not_changed_is_not_built_again_and_keeps_its_costs(workshop: Workshop) -> None:
    before = workshop.document()
    done = workshop.build()
    assert done.returncode == 0 and "2 backends, unchanged" in done.stdout, done.stdout
    assert workshop.document() == before


def test_a_backend_that_compiles_by_now_comes_back(workshop: Workshop) -> None:
    (workshop.folder / "works/switch_loop").touch()
    done = workshop.build()
    assert done.returncode == 0 and "3 backends, built" in done.stdout, done.stdout
    assert "without switch_loop:" not in done.stdout


def test_only_the_backends_asked_for_are_built(workshop: Workshop) -> None:
    few = workshop.folder / "few"
    done = workshop.build(f"--output={few}", "--backend=asm_(x86_64|aarch64)|no_such")
    assert done.returncode == 0 and "1 backends, built" in done.stdout, done.stdout
    assert "without" not in done.stdout
    done = workshop.build(f"--output={few}", "--backend=no_such")
    assert done.returncode == 1
    assert "--backend no_such: matches no backend that picky can build" in done.stderr
    assert not list(few.glob("picky/*.so"))


@pytest.mark.parametrize("text", ["", "a{2}", "(?:a)", "(", "a;b"])
def test_a_backend_filter_that_cmake_would_read_differently_is_refused(
    workshop: Workshop, text: str
) -> None:
    done = workshop.build(f"--backend={text}")
    assert done.returncode == 2 and "--backend" in done.stderr, done.stderr


def test_flags_that_the_compiler_refuses_are_named_and_lose_only_their_library(
    workshop: Workshop,
) -> None:
    done = workshop.build("--flags=odd=-O3 -fno-such-flag -mllvm -nor-this")
    assert done.returncode == 1 and "1 failed" in done.stdout
    assert (
        "tools/libraries: picky-odd: can't be configured: DISPATCHBENCH_BACKEND_FLAGS: clang 19.1.7 refuses "
        "-fno-such-flag -mllvm -nor-this: unknown argument: '-fno-such-flag'; " in done.stderr
    )
    assert workshop.labels() == ["picky"]


def test_a_compiler_that_fails_altogether_loses_its_library_and_stops_no_other(
    workshop: Workshop,
) -> None:
    update_list(workshop.output, [built("clang-9", workshop.output)])
    assert workshop.labels() == ["clang-9", "picky"]
    (workshop.folder / "broken").touch()
    os.utime(workshop.compiler)  # It is another one now.
    done = workshop.build("--flags=odd=-fno-odd")
    assert done.returncode == 1
    assert "1 libraries in" in done.stdout and "2 failed" in done.stdout
    assert (
        "tools/libraries: picky: can't be configured: " in done.stderr
        and "no licence" in done.stderr
    )
    assert workshop.labels() == ["clang-9"]
    assert not list(workshop.output.glob("picky*/*.so"))
