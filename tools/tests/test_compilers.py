"""tools/compilers: installs whole compilers or nothing, from a tiny local mirror, and touches nothing else."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import time
from collections.abc import Sequence

import pytest

from compilers.installed import installed_compilers, installed_packages
from compilers.wanted import name_of_compiler, upstream_version, wanted_compiler
from debian_mirror import DebianMirror
from tool_under_test import REPOSITORY

SUITES = ("bookworm", "trixie", "sid", "experimental")
ROOT_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]
NAMESPACES = subprocess.run([*ROOT_NAMESPACE, "true"], capture_output=True, check=False).returncode
needs_namespaces = pytest.mark.skipif(
    NAMESPACES != 0, reason="this kernel or container allows no mount namespaces"
)


@pytest.fixture(name="mirror", scope="module")
def make_mirror(tmp_path_factory: pytest.TempPathFactory) -> DebianMirror:
    """clang-98 is in trixie, clang-99 in bookworm and, newer, in trixie. Tests change a copy only."""
    mirror = DebianMirror(tmp_path_factory.mktemp("mirror"), SUITES)
    for suite in ("bookworm", "trixie"):
        mirror.add_shell(suite)
    mirror.add_compiler("bookworm", "clang-99", "1:99.1.2-1")
    mirror.add_compiler("trixie", "clang-99", "1:99.1.3-1")
    mirror.add_compiler("trixie", "clang-98", "1:98.0.1-4")
    return mirror


@pytest.fixture(name="prefix", autouse=True)
def choose_prefix(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A prefix whose name needs quotes in a shell."""
    prefix = tmp_path / "the user's compilers"
    monkeypatch.setenv("DISPATCHBENCH_COMPILERS", str(prefix))
    return prefix


def compilers(
    *arguments: str | pathlib.Path, before: Sequence[str] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, REPOSITORY / "tools/compilers", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **variables},
    )


def install(mirror: DebianMirror, *arguments: str) -> subprocess.CompletedProcess[str]:
    return compilers("install", *arguments, f"--mirror={mirror.url}")


def installed(mirror: DebianMirror, *arguments: str) -> str:
    """Installs something that can be; what was said."""
    done = install(mirror, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def files_of(prefix: pathlib.Path) -> set[str]:
    """What is in a prefix, but for apt's own folders and the lock."""
    return {
        str(path.relative_to(prefix))
        for path in prefix.rglob("*")
        if path.relative_to(prefix).parts[0] not in ("apt", "lock", "unfinished")
    }


def test_the_oldest_suite_that_has_a_compiler_is_taken_and_exact_versions_are_recorded(
    mirror: DebianMirror, prefix: pathlib.Path
) -> None:
    installed(mirror, "clang-99", "clang-98")
    by_name = {compiler.name: compiler for compiler in installed_compilers()}
    assert by_name["clang-99"].suite == "bookworm" and by_name["clang-98"].suite == "trixie"
    assert by_name["clang-99"].packages == {
        "clang-99": "1:99.1.2-1",
        "libc6-dev": "2.99-1",
        "shell": "1.0-1",
    }
    assert by_name["clang-99"].cc == prefix / "bin/clang-99"
    assert by_name["clang-99"].cxx == prefix / "bin/clang++-99"
    document = json.loads((prefix / "compilers.json").read_text())
    assert document["schema"] == 1 and document["packages"] == []


@needs_namespaces
def test_a_compiler_sees_its_own_usr_and_the_files_of_the_system(
    mirror: DebianMirror, prefix: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    installed(mirror, "clang-99")
    assert installed_compilers()[0].version == "99.1.2"
    source = tmp_path / "a source.c"
    source.write_text("int x;\n")
    done = subprocess.run(
        [prefix / "bin/clang++-99", "-c", source],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.splitlines() == [
        "include: of the tree",
        f"folder: {tmp_path}",
        f"arguments: --sysroot={prefix}/bookworm/clang-99 -c {source}",
        "read: int x;",
    ]
    assert (tmp_path / "compiled.o").read_text() == "compiled\n"


def test_a_kernel_without_namespaces_is_a_message(
    mirror: DebianMirror, prefix: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    standin = tmp_path / "bin/unshare"
    standin.parent.mkdir()
    standin.write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n")
    standin.chmod(0o755)
    path = f"{standin.parent}:{os.environ['PATH']}"
    done = compilers("install", "clang-99", f"--mirror={mirror.url}", PATH=path)
    assert done.returncode == 0, done.stderr
    assert "It is complete, but can't be run here: " in done.stdout
    assert installed_compilers()[0].version == "99.1.2"
    run = subprocess.run(
        [prefix / "bin/clang-99", "x.c"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path},
    )
    assert run.returncode == 126 and run.stdout == ""
    assert run.stderr.startswith(f"{prefix}/bin/clang-99: this kernel or container allows no mount")


def test_what_is_installed_stays_as_it_is(mirror: DebianMirror, prefix: pathlib.Path) -> None:
    installed(mirror, "clang-99")
    before = {path: (prefix / path).lstat().st_mtime_ns for path in files_of(prefix)}
    assert installed(mirror, "clang-99") == "clang-99: is installed already\n"
    assert {path: (prefix / path).lstat().st_mtime_ns for path in files_of(prefix)} == before


def test_packages_are_fetched_once_for_all_compilers(mirror: DebianMirror) -> None:
    assert "3 packages of trixie; 3 to fetch" in installed(mirror, "clang-98")
    assert "3 packages of trixie; 1 to fetch" in installed(mirror, "clang-99", "--suite=trixie")


def test_a_damaged_package_leaves_nothing_and_the_next_try_goes_on(
    mirror: DebianMirror, prefix: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    mirror = mirror.copied_to(tmp_path / "mirror")
    deb = mirror.folder / f"pool/trixie/clang-98_1:98.0.1-4_{mirror.architecture}.deb"
    whole = deb.read_bytes()
    mirror.damage("trixie", "clang-98", deb, whole[: len(whole) - 200])
    done = install(mirror, "clang-98")
    assert done.returncode == 1
    assert "clang-98 1:98.0.1-4: can't be unpacked (" in done.stderr
    assert installed_compilers() == [] and not (prefix / "bin").exists()
    assert not (prefix / "trixie").exists() and not list((prefix / "unfinished").iterdir())
    mirror.damage("trixie", "clang-98", deb, whole)
    installed(mirror, "clang-98")
    assert [compiler.name for compiler in installed_compilers()] == ["clang-98"]


def test_a_package_that_is_not_what_the_index_lists_is_refused(
    mirror: DebianMirror, prefix: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    mirror = mirror.copied_to(tmp_path / "mirror")
    deb = mirror.folder / f"pool/trixie/clang-98_1:98.0.1-4_{mirror.architecture}.deb"
    deb.write_bytes(deb.read_bytes()[:-1] + b"x")
    done = install(mirror, "clang-98")
    assert done.returncode == 1
    assert "clang-98: its packages can't be fetched; nothing was installed" in done.stderr
    assert files_of(prefix) == set()


def test_killed_while_unpacking_it_leaves_nothing_and_the_next_try_goes_on(
    mirror: DebianMirror, prefix: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    standin = tmp_path / "bin/tar"
    standin.parent.mkdir()
    # Each unpacks nothing, for as long as somebody has the pipe open.
    os.mkfifo(tmp_path / "pipe")
    standin.write_text(f"#!/bin/sh\ntouch '{tmp_path}/unpacking'\nread x < '{tmp_path}/pipe'\n")
    standin.chmod(0o755)
    pipe = os.open(tmp_path / "pipe", os.O_RDWR)
    environment = {**os.environ, "PATH": f"{standin.parent}:{os.environ['PATH']}"}
    command = [str(REPOSITORY / "tools/compilers"), "install", "clang-99", f"--mirror={mirror.url}"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        for _ in range(600):
            if (tmp_path / "unpacking").exists():
                break
            time.sleep(0.1)
        locked = install(mirror, "clang-98")
        process.send_signal(signal.SIGKILL)
    os.close(pipe)
    assert (tmp_path / "unpacking").exists()
    assert locked.returncode == 1 and "another tools/compilers is changing it" in locked.stderr
    assert installed_compilers() == [] and files_of(prefix) == set()
    installed(mirror, "clang-99")
    assert [compiler.name for compiler in installed_compilers()] == ["clang-99"]
    assert not list((prefix / "unfinished").iterdir())


@needs_namespaces
def test_a_full_disk_is_a_message_and_leaves_nothing(
    mirror: DebianMirror, prefix: pathlib.Path
) -> None:
    prefix.mkdir()
    small = f'mount -t tmpfs -o size=3500k tmpfs "$0" && "$@"; code=$?; ls "$0" >&2; exit $code'
    before = [*ROOT_NAMESPACE, "sh", "-c", small, str(prefix)]
    done = compilers("install", "clang-99", f"--mirror={mirror.url}", before=before)
    assert done.returncode == 1
    assert "Make room" in done.stderr or "room on the disk" in done.stderr
    left = done.stderr.splitlines()[-5:]
    assert "lock" in left and not {"bookworm", "bin", "compilers.json"} & set(left)


@needs_namespaces
def test_the_system_is_only_read(mirror: DebianMirror) -> None:
    folders = ("/etc", "/usr", "/var")
    read_only = "".join(
        f"mount --bind {folder} {folder} && mount -o remount,bind,ro {folder} && "
        for folder in folders
    )
    before = [*ROOT_NAMESPACE, "sh", "-c", f'{read_only} ! touch /var/x 2>/dev/null && "$0" "$@"']
    done = compilers("install", "clang-99", f"--mirror={mirror.url}", before=before)
    assert done.returncode == 0, done.stderr
    assert [compiler.name for compiler in installed_compilers()] == ["clang-99"]


def test_missing_suites_compilers_and_packages_are_named(
    mirror: DebianMirror, prefix: pathlib.Path
) -> None:
    for arguments, message in (
        (("clang-99", "--suite=jessie"), "suite jessie: its index can't be fetched from file:///"),
        (("g++-99",), "not in bookworm, trixie, sid, experimental; there are: clang-98 clang-99"),
        (("rustc-1.97",), "rustc-1.97: not in bookworm, trixie, sid, experimental"),
        (("--package=firefox", "--suite=sid"), "firefox: no such package in sid"),
        (("clang-99", "--suite=trixie", "--package=none"), "none: no such package in trixie"),
    ):
        done = install(mirror, *arguments)
        assert done.returncode == 1
        assert message in done.stderr
    # What came before a failure is complete, and stays.
    assert [compiler.name for compiler in installed_compilers()] == ["clang-99"]


def test_a_package_that_another_needs_and_nobody_has_is_named(
    mirror: DebianMirror, tmp_path: pathlib.Path
) -> None:
    mirror = mirror.copied_to(tmp_path / "mirror")
    mirror.add("trixie", "clang-97", "97-1", {}, depends="not-there")
    done = install(mirror, "clang-97")
    assert done.returncode == 1
    assert "clang-97: trixie can't provide it now" in done.stderr and "apt says" in done.stderr


def test_other_packages_have_wrappers_for_their_programs(
    mirror: DebianMirror, prefix: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    mirror = mirror.copied_to(tmp_path / "mirror")
    files = {"usr/bin/browser": b"#!/bin/sh\n[ -e /usr/share/own ] && echo own\n"}
    files |= {"usr/lib/browser/shell": b"#!/bin/sh\necho shell\n", "usr/share/own": b""}
    mirror.add("bookworm", "browser", "159.0-1", files, depends="shell")
    options = ("--package=browser", "--suite=bookworm", "--program=usr/lib/browser/shell")
    installed(mirror, *options)
    (package,) = installed_packages()
    assert (package.name, package.version, package.suite) == ("browser", "159.0", "bookworm")
    assert package.programs == (prefix / "bin/browser", prefix / "bin/shell")
    assert installed_compilers() == []
    if NAMESPACES == 0:
        said = [
            subprocess.run([p], capture_output=True, text=True).stdout for p in package.programs
        ]
        assert said == ["own\n", "shell\n"]
    assert compilers("remove", "browser").returncode == 0
    assert not (prefix / "bin/shell").exists()


def test_removing_takes_what_nothing_else_uses(mirror: DebianMirror, prefix: pathlib.Path) -> None:
    installed(mirror, "clang-98")
    alone = files_of(prefix)
    installed(mirror, "clang-99", "--suite=trixie")
    assert compilers("remove", "clang-99").returncode == 0
    assert files_of(prefix) == alone
    unknown = compilers("remove", "clang-99")
    assert unknown.returncode == 2 and "clang-99: is not installed in" in unknown.stderr
    (prefix / "mine").touch()
    assert compilers("remove", "--all").returncode == 0
    assert list(prefix.iterdir()) == [prefix / "mine"]


def test_the_list_names_what_is_installed_and_what_could_be(
    mirror: DebianMirror, prefix: pathlib.Path
) -> None:
    url = f"--mirror={mirror.url}"
    assert f"nothing is installed in {prefix}\n" in compilers("list", url).stdout
    assert not prefix.exists()
    installed(mirror, "clang-98")
    document = json.loads(compilers("list", "--json", "--update", url).stdout)
    (entry,) = document["installed"]
    assert (entry["name"], entry["suite"]) == ("clang-98", "trixie")
    assert entry["bytes"] > 1000 and document["bytes"] >= entry["bytes"]
    assert document["available"] == [
        {"name": "clang-99", "version": "1:99.1.2-1", "suite": "bookworm"},
        {"name": "clang-98", "version": "1:98.0.1-4", "suite": "trixie"},
        {"name": "clang-99", "version": "1:99.1.3-1", "suite": "trixie"},
    ]


def test_without_debians_tools_it_says_how_to_use_other_compilers(tmp_path: pathlib.Path) -> None:
    (tmp_path / "dirname").symlink_to("/usr/bin/dirname")
    done = compilers("install", "clang-99", PATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("tools/compilers: apt-get: not found")
    assert "--compiler-path PATH" in done.stderr


def test_names_and_versions_of_packages_are_understood() -> None:
    assert upstream_version("1:21.1.8-1+b2") == "21.1.8"
    assert upstream_version("1:24~++20261025-1") == "24"
    assert name_of_compiler("rustc", "1.97.1+dfsg1-1") == "rustc-1.97"
    assert wanted_compiler("gcc") is None and wanted_compiler("clang-21-doc") is None
    compilers = {"clang-21": "1", "rustc-1.9": "1", "rustc-1.97": "1"}
    for asked, found in (("rustc-1.97", "rustc-1.97"), ("rustc-1.8", None), ("clang-2", None)):
        wanted = wanted_compiler(asked)
        assert wanted is not None and wanted.among(compilers) == found
    newest = wanted_compiler("rustc")
    assert (
        newest is not None and newest.newest and newest.among({"rustc-1.97": "1"}) == "rustc-1.97"
    )
