"""tools/survey, with packages of a mirror that is a folder, and compared with what was established by hand."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import time
from collections.abc import Mapping
from typing import Any

import pytest

from debian_mirror import DebianMirror
from tool_under_test import REPOSITORY
from survey import auditing
from survey.fetching import Shipped
from survey.program_list import FILE, Program, known_places, read_list
from survey.results import changes, markdown, upstream

EVIDENCE = json.loads((REPOSITORY / "tools/tests/survey_evidence.json").read_text())["programs"]
SWITCH = """\
extern int take(int);
int run(const unsigned char *code, int value) {
  for (;;) switch (*code++) {
@CASES@
    default: return value;
  }
}
"""

pytestmark = pytest.mark.skipif(
    shutil.which("dpkg-deb") is None or shutil.which("gcc") is None, reason="needs Debian and gcc"
)


@pytest.fixture(name="library", scope="module")
def compile_library(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A library whose function `run` is a switch with one jump."""
    folder = tmp_path_factory.mktemp("library")
    cases = "\n".join(
        f"    case {number}: value = take(value * {number + 3}) + {number}; break;"
        for number in range(40)
    )
    (folder / "run.c").write_text(SWITCH.replace("@CASES@", cases))
    command = ["gcc", "-O2", "-fPIC", "-shared", "-o", "librun.so.1.2", "run.c"]
    subprocess.run(command, cwd=folder, check=True)
    return (folder / "librun.so.1.2").read_bytes()


@pytest.fixture(name="mirror")
def make_mirror(tmp_path: pathlib.Path, library: bytes) -> DebianMirror:
    mirror = DebianMirror(tmp_path / "mirror", ("bookworm", "trixie"))
    for suite, name, version in (
        ("bookworm", "librun8", "1:8.1+dfsg-3"),
        ("trixie", "librun9", "1:9.0-1"),
        ("trixie", "librun10", "1:10.2-1"),
    ):
        mirror.add(suite, name, version, {"usr/lib/x/librun.so.1.2": library, "usr/bin/no": b"no"})
    mirror.add("trixie", "empty", "1.0-1", {"usr/share/empty": b""})
    mirror.add("trixie", "text", "1.0-1", {"usr/bin/text": b"no program"})
    return mirror


def list_of(folder: pathlib.Path, *programs: Mapping[str, Any]) -> pathlib.Path:
    path = folder / "list.json"
    path.write_text(
        json.dumps({"schema": 1, "suites": ["bookworm", "trixie"], "programs": programs})
    )
    return path


RUN = {
    "program": "Run",
    "package": r"librun\d+",
    "file": "usr/lib/*/librun.so.*",
    "function": "run",
}


def survey(
    folder: pathlib.Path, mirror: DebianMirror, listed: pathlib.Path, *arguments: str | pathlib.Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            REPOSITORY / "tools/survey",
            f"--mirror={mirror.url}",
            f"--list={listed}",
            *arguments,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        env={**os.environ, "DISPATCHBENCH_SURVEY": str(folder / "the user's survey")},
    )


def test_the_newest_package_of_each_suite_is_audited_and_the_results_are_written(
    tmp_path: pathlib.Path, mirror: DebianMirror
) -> None:
    by_table = {**RUN, "program": "By its table", "function": None, "targets": [38, 42]}
    listed = list_of(tmp_path, RUN, by_table)
    done = survey(tmp_path, mirror, listed, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "10.2" in done.stdout and "9.0" not in done.stdout and "8.1" in done.stdout
    document = json.loads((tmp_path / "out/survey.json").read_text())
    assert [row["program"] for row in document["rows"]] == ["Run"] * 2 + ["By its table"] * 2
    for row in document["rows"]:
        assert (row["technique"], row["sites"], row["table_entries"]) == ("merged", 1, 40)
        assert row["function"] == "run" and len(row["file_sha256"]) == 64
        assert row["compiler"] and row["compiler"][0].startswith("GCC")
    assert document["rows"][2]["found_by"] == "by the size of its table"
    assert document["rows"][1]["version"] == "1:10.2-1"
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"survey.json", "survey.md", "survey.svg", "survey-dark.svg"} <= files
    assert "2 of 2 programs" in (tmp_path / "out/survey.md").read_text()
    kept = [path for path in (tmp_path / "the user's survey").rglob("*") if path.is_file()]
    assert not [path for path in kept if path.name == "no" or path.suffix == ".deb"]

    # What is here isn't fetched again.
    for deb in (tmp_path / "mirror/pool").rglob("*.deb"):
        deb.unlink()
    again = survey(tmp_path, mirror, listed, "--suite", "trixie")
    assert again.returncode == 0 and "10.2" in again.stdout and "8.1" not in again.stdout


def test_what_cannot_be_told_is_unknown_with_its_reason(
    tmp_path: pathlib.Path, mirror: DebianMirror
) -> None:
    listed = list_of(
        tmp_path,
        {"program": "Empty", "package": "empty", "file": "usr/bin/empty"},
        {"program": "Text", "package": {"trixie": "text"}, "file": "usr/bin/text"},
        {"program": "Other", "package": "text", "file": "usr/bin/text", "stated": "it is a text"},
        {"program": "Nowhere", "package": "nowhere", "file": "usr/bin/nowhere"},
    )
    done = survey(tmp_path, mirror, listed)
    assert done.returncode == 0, done.stderr
    assert "Empty (trixie): unknown: the package has no file usr/bin/empty" in done.stdout
    assert "Text (trixie): unknown:" in done.stdout
    assert "Other (trixie): generated: not audited: it is a text" in done.stdout
    assert "Nowhere" not in done.stdout


def test_wrong_lists_and_filters_are_refused(tmp_path: pathlib.Path, mirror: DebianMirror) -> None:
    listed = list_of(tmp_path, {**RUN, "fuction": "run"})
    done = survey(tmp_path, mirror, listed)
    assert done.returncode == 1 and "unknown field fuction" in done.stderr
    done = survey(tmp_path, mirror, list_of(tmp_path, RUN), "--program", "Walk")
    assert done.returncode == 2 and "matches none of Run" in done.stderr


def shipped(name: str) -> Shipped:
    program = Program(name, "package", "file")
    return Shipped(program, "sid", "package", "1.0-1", pathlib.Path(name), "file")


def pretend(one: Shipped, _places: Mapping[str, str], _seconds: float) -> dict[str, Any]:
    """An audit by the program's name."""
    if one.program.name == "slow":
        time.sleep(60)
    if one.program.name == "wrong":
        raise ValueError("mistake")
    if one.program.name == "killed":
        os._exit(1)
    return {"technique": one.program.name}


def test_an_audit_that_hangs_or_fails_concerns_its_program_alone() -> None:
    names = ["merged", "slow", "wrong", "killed", "calls"]
    began = time.monotonic()
    results = auditing.audit_all(
        [shipped(name) for name in names], {}, 3, 2, lambda *_: None, pretend
    )
    assert time.monotonic() - began < 20
    techniques = [result["technique"] for result in results]
    assert techniques == ["merged", "unknown", "unknown", "unknown", "calls"]
    assert "longer than 3 s" in results[1]["reason"]
    assert "mistake" in results[2]["reason"] and "without an answer" in results[3]["reason"]


def row(suite: str, version: str, technique: str, sites: int) -> dict[str, Any]:
    return {
        "program": "P|Q",
        "suite": suite,
        "package": "p",
        "version": version,
        "technique": technique,
        "sites": sites,
    }


def test_what_changed_between_releases_is_a_sentence() -> None:
    rows = [
        row("bookworm", "1.0-1", "replicated", 80),
        row("trixie", "1.0-2", "merged", 1),
        row("sid", "2.0-1", "merged", 1),
    ]
    document = {"programs": ["P|Q"], "suites": ["bookworm", "trixie", "sid"], "rows": rows}
    assert changes(document) == [
        "P|Q (1.0 in both) went from replicated (80 sites) to merged (1 site) between bookworm and trixie.",
        "0 of 1 programs that several suites ship kept their technique in all of them.",
    ]
    assert r"| P\|Q | sid | p | 2.0-1 | merged | 1 |  |" in markdown(document)


def test_more_than_twice_the_sites_is_a_change_within_a_technique() -> None:
    rows = [row("trixie", "1.0-2", "partly_merged", 44), row("sid", "2.0-1", "partly_merged", 18)]
    document = {"programs": ["P|Q"], "suites": ["trixie", "sid"], "rows": rows}
    assert changes(document) == [
        "P|Q (1.0 in trixie, 2.0 in sid) stayed partly merged, but went from 44 to 18 sites between trixie and sid.",
        "1 of 1 programs that several suites ship kept their technique in all of them.",
    ]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("5.4.4-3+deb12u1", "5.4.4"),
        ("1:25.2.3+dfsg-1", "25.2.3"),
        ("24.5.10.20250914.git294da20+dfsg-3+b2", "24.5.10.20250914"),
        ("3.0.10+really3.0.10-4", "3.0.10"),
        ("2.1", "2.1"),
    ],
)
def test_versions_are_shown_as_people_know_them(version: str, expected: str) -> None:
    assert upstream(version) == expected


def test_the_list_is_whole_and_places_are_those_of_the_evidence() -> None:
    what = read_list()
    assert len(what.programs) >= 15 and what.suites == ("bookworm", "trixie", "sid")
    assert len({one.name for one in what.programs}) == len(what.programs), FILE
    places = known_places()
    for each in EVIDENCE:
        if each["function"] is None:
            assert places[each["sha256"]] == each["address"], each["program"]


FILES = os.environ.get("DISPATCHBENCH_SURVEY")


# Without the shipped files there is nothing to compare: known answers of the same shapes are tested always.
@pytest.mark.parametrize(
    "each", [pytest.param(one, id=f"{one['program']}-{one['suite']}") for one in EVIDENCE if FILES]
)
def test_the_audit_agrees_with_what_was_seen_by_hand(each: Mapping[str, Any]) -> None:
    found = [
        path
        for path in (pathlib.Path(FILES or "") / "files" / each["suite"]).glob(f"*/{each['file']}")
        if auditing.sha256(path) == each["sha256"]
    ]
    if not found:
        pytest.skip("another version is here")
    program = Program(each["program"], "", each["file"], (each["function"] or "",))
    one = Shipped(program, each["suite"], each["package"], each["version"], found[0], each["file"])
    result = auditing.audit_shipped(one, {each["sha256"]: each["address"]}, 100)
    assert result["technique"] in [each["technique"], *each["also_right"]], result
