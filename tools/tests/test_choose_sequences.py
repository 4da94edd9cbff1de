"""tools/choose_sequences: chooses what several programs have in common, and the list in the tree is its choice."""

from __future__ import annotations

import json
import pathlib

from choose_sequences.choosing import chosen_sequences
from choose_sequences.likely_pairs import likely_pairs
from choose_sequences.sequence_list import LIST, SIZES, listed, text_of
from choose_sequences.straight_runs import Program, dispatches, halves, pieces, programs_of
from tool_under_test import HARNESS, run_tool

LOOP = ("LIT", "ADD", "DUP", "JCI")


def profile(**programs: dict[str, int]) -> dict[str, object]:
    """A profile of programs with these straight runs."""
    return {"programs": [{"name": name, "straight_runs": runs} for name, runs in programs.items()]}


def test_a_run_is_taken_apart_from_the_left_longest_sequences_first() -> None:
    assert pieces(LOOP, set(), 1) == 4
    assert pieces(LOOP, {("LIT", "ADD"), ("ADD", "DUP", "JCI")}, 3) == 3
    assert pieces(LOOP, {("LIT", "ADD"), LOOP}, 4) == 1


def test_programs_count_by_their_share_not_by_their_length() -> None:
    (program,) = programs_of(profile(a={"LIT ADD": 300, "BRK": 400}))
    assert dispatches(program, set()) == 1
    assert dispatches(program, {("LIT", "ADD")}) == 0.7


def test_what_several_programs_execute_comes_before_what_one_executes_often() -> None:
    programs = programs_of(
        profile(a={"POP POP JMP": 1000}, b={"LIT ADD JMP": 10}, c={"LIT ADD STA": 10})
    )
    chosen = chosen_sequences(programs, 20)
    assert chosen[0] == ("LIT", "ADD")
    assert chosen.index(("POP", "POP")) > chosen.index(("LIT", "LIT"))


def test_likely_pairs_are_of_frequent_opcodes_even_where_nothing_executed_them_in_a_row() -> None:
    runs = {"LIT INC POP": 10, "LIT ADD POP": 10, "SWP BRK": 1}
    pairs = likely_pairs(programs_of(profile(a=runs, b=runs)))
    assert set(pairs[:2]) == {("LIT", "ADD"), ("LIT", "INC")}
    assert pairs.index(("LIT", "LIT")) < pairs.index(("SWP", "SWP"))
    assert {first for first, _ in pairs} == {"LIT", "INC", "ADD", "SWP"}  # POP ends each run.
    assert all("BRK" not in pair for pair in pairs)


def test_fewer_sequences_are_the_beginning_of_more() -> None:
    runs = {"LIT ADD DUP JCI": 5, "INC POP JMP": 4, "LIT SUB": 3}
    programs = programs_of(profile(a=runs, b=runs))
    assert chosen_sequences(programs, 2) == chosen_sequences(programs, 5)[:2]
    assert chosen_sequences(programs, 1) == [LOOP]


def test_halves_alternate_by_name() -> None:
    programs = [Program(name, {}) for name in "abcde"]
    assert ["".join(one.name for one in half) for half in halves(programs)] == ["ace", "bd"]


def test_the_list_is_read_back() -> None:
    assert listed(text_of([LOOP, ("INC", "INC")])) == [LOOP, ("INC", "INC")]
    assert len(listed(LIST.read_text())) == SIZES[-1]


def test_the_list_in_the_tree_is_what_is_chosen(tmp_path: pathlib.Path) -> None:
    finished = run_tool("tools/choose_sequences", "--check", "--harness", HARNESS)
    assert finished.returncode == 0, finished.stderr
    assert "judged on" in finished.stdout
    other = tmp_path / "profile.json"
    other.write_text(json.dumps(profile(a={"LIT ADD": 1}, b={"INC": 1}, c={"LIT ADD": 1})))
    finished = run_tool("tools/choose_sequences", "--check", "--profile", other)
    assert finished.returncode == 1
    assert "isn't what is chosen" in finished.stderr
