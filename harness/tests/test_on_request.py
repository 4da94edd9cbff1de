"""Backends that are measured on request: which commands take them, and what says so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from program import FAULTY, LIBRARY, compare, dispatchbench, measures, refused

TAK = ("--workload", "^tak$")
FAULTY_TAK = (*TAK, "--library", FAULTY)


def rows(*arguments: str) -> set[str]:
    """The backends that `run` would measure."""
    finished = dispatchbench("run", "--benchmark_list_tests", *arguments)
    assert finished.returncode == 0, finished.stderr
    return {line.split("/")[1] for line in finished.stdout.splitlines()}


def listed(library: str) -> dict[str, bool]:
    libraries: list[dict[str, Any]] = json.loads(
        dispatchbench("list", "--json", "--library", library).stdout
    )["libraries"]
    return {backend["name"]: backend["on_request"] for backend in libraries[0]["backends"]}


def test_run_takes_them_with_all_or_by_name() -> None:
    usual = {name for name, on_request in listed(FAULTY).items() if not on_request}
    assert rows(*FAULTY_TAK) == usual
    assert rows(*FAULTY_TAK, "--all") == usual | {"on_request"}
    assert rows(*FAULTY_TAK, "--backend", "on_request|correct") == {"on_request", "correct"}


def test_list_shows_all_and_says_which_are_on_request() -> None:
    assert [name for name, on_request in listed(FAULTY).items() if on_request] == ["on_request"]
    text = dispatchbench("list", "--library", FAULTY).stdout
    assert "right, and measured on request (family faulty, dispatch calls, on request)" in text
    assert "right (family faulty, dispatch calls)" in text
    assert not listed(LIBRARY)["switch_loop"], "the default field"


def test_list_has_what_it_says_of_backends_in_one_column() -> None:
    (library,) = json.loads(dispatchbench("list", "--json").stdout)["libraries"]
    names = [each["name"] for each in library["backends"] + library["unavailable"]]
    width = max(map(len, names))
    assert width > 24, "the usual column"
    text = dispatchbench("list").stdout
    for name in names:
        assert re.search(rf"^  {name:<{width}} \S", text, re.MULTILINE), name


def test_verify_covers_all() -> None:
    finished = dispatchbench("verify", *FAULTY_TAK, "--time-out", "2")
    assert "ok    tak/on_request/faulty" in finished.stdout


@measures
def test_compare_takes_them_with_all_or_by_name() -> None:
    both = (*TAK, "--base", f"a={FAULTY}", "--head", f"b={FAULTY}", "--json", "--time-out", "2")

    def compared(*arguments: str) -> set[str]:
        return {
            row["base_backend"] for row in json.loads(compare(*both, *arguments).stdout)["rows"]
        }

    assert compared("--backend", "on_request") == {"on_request"}
    assert compared("--all") == compared() | {"on_request"}
    refused(compare(*TAK, "--base-backend", "a", "--head-backend", "b", "--all"), 2, "--all")


@measures
def test_results_hold_the_field_and_the_tables_say_what_was_left_out(tmp_path: Path) -> None:
    output = tmp_path / "r.json"
    few = ("--processes", "2", "--repetitions", "1", "--time-out", "2", "--output", output)
    finished = dispatchbench("run", *few, *FAULTY_TAK)
    assert "On request, not measured: on_request (--all takes them)." in finished.stdout
    (library,) = json.loads(output.read_text())["context"]["dispatchbench"]["libraries"]
    assert {each["name"] for each in library["backends"] if each["on_request"]} == {"on_request"}


def test_what_names_one_without_asking_for_it_says_how_to() -> None:
    how = "on_request is measured on request: give --all, or name it with --backend"
    refused(dispatchbench("run", *FAULTY_TAK, "--baseline", "on_request"), 2, f"({how})", "correct")
    refused(dispatchbench("run", *FAULTY_TAK, "--baseline", "on_request/faulty"), 2, f"({how})")
    refused(dispatchbench("run", *FAULTY_TAK, "--benchmark_filter=/on_req"), 2, f"rows; {how}")
    others = ("--backend", "correct", "--baseline", "on_request")
    refused(
        dispatchbench("run", *FAULTY_TAK, *others), 2, "--backend correct leaves on_request out"
    )


def test_the_usual_baseline_is_insisted_on_if_it_is_typed() -> None:
    others = ("--workload", "tak", "--backend", "computed_goto", "--baseline", "switch_loop")
    refused(dispatchbench("run", *others), 2, "(--backend computed_goto leaves switch_loop out)")


@measures
def test_compare_takes_one_that_is_named_on_a_side() -> None:
    backends = ("--base-backend", "correct", "--head-backend", "on_request")
    finished = compare(*FAULTY_TAK, *backends, "--plan", "--time-out", "2")
    assert finished.returncode == 0 and " to measure: " in finished.stdout, finished.stderr
