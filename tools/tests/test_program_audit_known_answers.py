"""tools/audit says of interpreters written for the purpose what they are, or that it can't tell."""

from __future__ import annotations

import ctypes
import dataclasses
import functools
import os
import pathlib
import random
import subprocess
from typing import Any

import pytest

from interpreter_sources import DECODED, HALT, MASKED, Interpreter
from known_answers import (
    UNCLEAR,
    UNKNOWN,
    WAYS,
    WRONG,
    Answer,
    Build,
    ask_all,
    bounded_choice,
    whole_matrix,
)
from machine_code_oracle import counted_functions

JOBS = 2
# DISPATCHBENCH_KNOWN_ANSWERS=all: every build there is, which takes some hours.
WHOLE = os.environ.get("DISPATCHBENCH_KNOWN_ANSWERS") == "all"


@functools.cache
def answers() -> tuple[Answer, ...]:
    """What the audit says of each build."""
    return tuple(ask_all(whole_matrix() if WHOLE else bounded_choice(), JOBS))


def expect_none(found: list[Answer], what: str) -> None:
    text = "\n".join(map(str, found))
    assert not found, f"{len(found)} of {len(answers())} {what}:\n{text}"


def test_the_truth_is_known_of_every_build() -> None:
    expect_none([one for one in answers() if one.verdict == UNCLEAR], "are unclear")


def test_no_answer_is_wrong() -> None:
    expect_none([one for one in answers() if one.verdict == WRONG], "are wrong")


def test_every_dispatch_is_counted() -> None:
    expect_none([one for one in answers() if "sites" in one.mistakes], "have other sites")


def test_every_handler_is_counted() -> None:
    expect_none([one for one in answers() if "handlers" in one.mistakes], "have other handlers")


def test_the_interpreter_is_the_first_candidate() -> None:
    expect_none([one for one in answers() if "candidates" in one.mistakes], "list another first")


def test_a_stripped_file_has_the_same_figures() -> None:
    expect_none([one for one in answers() if "stripped" in one.mistakes], "differ when stripped")


def test_a_stripped_file_has_the_same_candidates() -> None:
    found = [one for one in answers() if "stripped candidates" in one.mistakes]
    expect_none(found, "have other candidates when stripped")


def test_an_object_file_is_what_the_linked_file_is() -> None:
    expect_none([one for one in answers() if "object file" in one.mistakes], "have another object")


def test_what_is_unknown_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    unknown = [one for one in answers() if one.verdict == UNKNOWN]
    with capsys.disabled():
        print(f"\n{len(unknown)} of {len(answers())} unknown")
    assert all("unknown (" in one.found for one in unknown)  # and why


# The truth itself: sources do what they say, and their numbers are right.


@pytest.mark.parametrize("target", ["x86_64", "aarch64"])
@pytest.mark.parametrize("compiler", ["clang-19", "g++-12"])
def test_inner_switches_have_a_jump_each(
    compiler: str, target: str, tmp_path: pathlib.Path
) -> None:
    build = Build("switch", 60, compiler, target)
    assert build.interpreter.inner_switches == 5
    _, linked = build.compile(tmp_path)
    jumps = counted_functions(linked)["interpret"].jumps
    without = dataclasses.replace(build.interpreter, inner_cases=0)
    (tmp_path / "it.cpp").write_text(without.source(), "utf-8")
    assert without.inner_switches == 0
    subprocess.run(build.commands(tmp_path)[0], check=True)
    assert counted_functions(tmp_path / "it.o")["interpret"].jumps == jumps - 5


class Machine(ctypes.Structure):
    """The interpreters' state."""

    _fields_ = [
        ("r", ctypes.c_long * 16),
        ("memory", ctypes.c_long * 1024),
        ("a", ctypes.c_long),
        ("table", ctypes.POINTER(ctypes.c_void_p)),
        ("failed", ctypes.c_long),
    ]


class Operation(ctypes.Structure):
    """An instruction of calls_memory."""

    _fields_ = [
        ("function", ctypes.c_void_p),
        ("next", ctypes.c_void_p),
        ("other", ctypes.c_void_p),
        ("operand", ctypes.c_long),
    ]


Program = list[tuple[int, int | None]]  # opcodes and their operands


def program_of(interpreter: Interpreter) -> Program:
    """Each opcode but the last some times, in an order of chance."""
    chance = random.Random(12)
    opcodes = [*range(1, interpreter.opcodes - 1)] * 4
    chance.shuffle(opcodes)
    found: Program = []
    for opcode in opcodes:
        # A jump of no length, so that all programs go the same way.
        operand = 0 if interpreter.jumps(opcode) else chance.randrange(8)
        found.append((opcode, operand if interpreter.has_operand(opcode) else None))
    return [*found, (HALT, None)]


def encoded(
    interpreter: Interpreter, program: Program, library: ctypes.CDLL, machine: Machine
) -> ctypes.Array[Any]:
    """A program as a technique reads it."""
    technique = interpreter.technique
    if technique in MASKED:
        words = [opcode | (operand or 0) << 10 for opcode, operand in program]
        return (ctypes.c_uint32 * len(words))(*words)
    opcodes = [opcode for opcode, _ in program]
    if technique == "calls_memory":
        operations = (Operation * len(program))()
        functions = (ctypes.c_ushort * len(program))(*opcodes)
        library.interpret_decode(functions, len(program), operations)
        size, begin = ctypes.sizeof(Operation), ctypes.addressof(operations)
        for number, (_, operand) in enumerate(program):
            operations[number].next = begin + size * (number + 1)
            operations[number].other = begin + size * number
            operations[number].operand = operand or 0
        return operations
    units: list[int] = []
    if technique == "threaded":
        library.interpret(ctypes.byref(machine), None)
        places = [machine.table[opcode] or 0 for opcode in opcodes]
    elif technique == "tail_decoded":
        cells = (ctypes.c_void_p * len(program))()
        library.interpret_decode((ctypes.c_ushort * len(program))(*opcodes), len(program), cells)
        places = [cell or 0 for cell in cells]
    else:
        places = opcodes
    for place, (_, operand) in zip(places, program, strict=True):
        units += [place] if operand is None else [place, operand]
    if technique in DECODED:
        return (ctypes.c_uint64 * len(units))(*units)
    unit = ctypes.c_uint16 if interpreter.opcodes > 256 else ctypes.c_uint8
    return (unit * len(units))(*units)


@pytest.mark.parametrize(("compiler", "opcodes"), [("clang-19", 60), ("g++-12", 12)])
def test_all_techniques_compute_the_same(
    compiler: str, opcodes: int, tmp_path: pathlib.Path
) -> None:
    states = {}
    for way in WAYS:
        build = Build(way, opcodes, compiler, "x86_64", flags=("-fwrapv",))
        if not build.is_possible:
            continue
        folder = tmp_path / way
        folder.mkdir()
        library = ctypes.CDLL(str(build.compile(folder)[1]))
        machine = Machine(a=7)
        program = encoded(build.interpreter, program_of(build.interpreter), library, machine)
        library.interpret(ctypes.byref(machine), program)
        states[way] = [machine.a, *machine.r, *machine.memory]
    assert len({tuple(state) for state in states.values()}) == 1
    assert sum(word != 0 for word in states["switch"]) > 20
