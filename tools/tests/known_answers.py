"""What tools/audit says of interpreters whose technique is known.

  PYTHONPATH=tools/python:reports /usr/bin/python3 tools/tests/known_answers.py [--jobs 2] [--opcodes 83,256] [--only WORD ...]
    [--sample 300]

builds every interpreter of interpreter_sources.py in every way that is listed here, and prints each answer that isn't right. The
last line counts them. Takes some hours; the tests have a choice of them.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import dataclasses
import pathlib
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from audit.program_audit import ProgramAudit
from interpreter_sources import LOOPS, TAIL_CALLS, TECHNIQUES, Interpreter
from machine_code_oracle import Truth, UnclearTruth, truth
from tool import ToolError, WrongUsage

RIGHT, UNKNOWN, WRONG, UNCLEAR = "right", "unknown", "wrong", "unclear"
NOT_ASKED = "not asked"
OPCODES = (12, 60, 83, 183, 256, 700)
FEW_OPCODES = OPCODES[:4]
TARGETS = ("x86_64", "aarch64")
COMPILERS = ("clang-19", "g++-12")
# As sources have them, a switch that may not become a table, and labels with the flags that keep their jumps apart.
WAYS = (*TECHNIQUES, "switch_tree", "goto_kept", "threaded_kept")
KINDS = ("shared", "pie", "no_pie")
_COMMANDS = {
    ("clang-19", "x86_64"): ["clang++-19"],
    ("clang-19", "aarch64"): ["clang++-19", "--target=aarch64-linux-gnu"],
    ("g++-12", "x86_64"): ["g++-12"],
    ("g++-12", "aarch64"): ["aarch64-linux-gnu-g++"],
}
_STRIP = {"x86_64": "strip", "aarch64": "aarch64-linux-gnu-strip"}
_KEPT = {
    "clang-19": ("-mllvm", "-tail-dup-pred-size=1000", "-mllvm", "-tail-dup-succ-size=1000"),
    "g++-12": ("-fno-gcse", "-fno-crossjumping"),
}
_KIND_FLAGS = {
    "shared": (["-fPIC"], ["-shared"]),
    "pie": (["-fPIE"], ["-pie"]),
    "no_pie": (["-fno-pie"], ["-no-pie"]),
}
# What a stripped file's audit can't have; only symbols say how long the start-up code's functions for AArch64 are.
_TOLD_BY_NAMES = ("function", "file", "file_hash", "build_id", "known_share")
LLD = ("-B/usr/lib/llvm-19/bin", "-fuse-ld=lld")


@dataclasses.dataclass(frozen=True)
class Build:
    """One interpreter and how it is built."""

    way: str
    opcodes: int
    compiler: str
    target: str
    kind: str = "shared"
    optimisation: str = "-O2"
    flags: tuple[str, ...] = ()  # to compile
    linking: tuple[str, ...] = ()
    twice: bool = False
    joined: bool = True

    def __str__(self) -> str:
        words = [self.way, str(self.opcodes), self.compiler, self.target, self.kind]
        words += [self.optimisation, *self.flags, *self.linking]
        words += ["twice"] * self.twice + ["unjoined"] * (not self.joined)
        return " ".join(words)

    @property
    def interpreter(self) -> Interpreter:
        """Its source."""
        technique = "switch" if self.way == "switch_tree" else self.way.removesuffix("_kept")
        cases = 16 if self.target == "aarch64" else 8
        return Interpreter(technique, self.opcodes, self.twice, cases, self.joined)

    @property
    def all_flags(self) -> tuple[str, ...]:
        """What it is compiled with, but for where it is for."""
        found = [self.optimisation, *self.flags]
        if self.way == "switch_tree":
            found.append("-fno-jump-tables")
        if self.way.endswith("_kept"):
            found += _KEPT[self.compiler]
        if self.way == "goto_offsets" and self.compiler == "g++-12":
            # The assembler knows no distance between labels in two sections.
            found.append("-fno-reorder-blocks-and-partition")
        return tuple(found)

    @property
    def is_possible(self) -> bool:
        """Whether its compiler can build it."""
        if self.compiler == "g++-12" and self.way == "tail_preserve_none":
            return False
        return not ("-flto" in self.flags and self.way.endswith("_kept"))

    def commands(self, folder: pathlib.Path) -> tuple[list[str], list[str]]:
        """What compiles it.cpp there to it.o, and what links that to `it`."""
        source, compiled, linked = (str(folder / name) for name in ("it.cpp", "it.o", "it"))
        command = [*_COMMANDS[self.compiler, self.target], *self.all_flags]
        compiling, linking = _KIND_FLAGS[self.kind]
        return (
            [*command, *compiling, "-c", "-o", compiled, source],
            [*command, *linking, *self.linking, "-o", linked, compiled],
        )

    def compile(self, folder: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
        """Its object file and the linked one."""
        (folder / "it.cpp").write_text(self.interpreter.source(), "utf-8")
        for command in self.commands(folder):
            _run(command)
        return folder / "it.o", folder / "it"


@dataclasses.dataclass
class Answer:
    """What the audit says of a build. `mistakes`: what else it must not say, of the stripped file, of the object file or of
    candidates."""

    build: Build
    truth: str
    found: str
    verdict: str  # right, unknown or wrong
    object_verdict: str = NOT_ASKED  # likewise, or why the file was refused
    is_listed: bool = False  # whether there are candidates at all
    mistakes: dict[str, str] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"{self.verdict}: {self.build}: {self.found}; truth: {self.truth}"]
        lines += [f"  {what}: {mistake}" for what, mistake in self.mistakes.items()]
        return "\n".join(lines)


def _run(command: Sequence[str | pathlib.Path]) -> None:
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if finished.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {finished.stderr[:2000]}")


def ask(build: Build) -> Answer:
    """Builds it and asks the audit."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        compiled, linked = build.compile(folder)
        try:
            known = truth(build.interpreter, linked, build.all_flags)
        except UnclearTruth as problem:
            return Answer(build, str(problem), NOT_ASKED, UNCLEAR)
        program = ProgramAudit(linked)
        audit = program.to_json(functions=["interpret"])
        found = audit["functions"][0]
        answer = Answer(build, str(known), _said(found), _verdict(found, known.techniques))
        listed = program.to_json()
        answer.is_listed = bool(listed["candidates"])
        _check_candidates(answer, listed)
        _check_figures(answer, found, known)
        stripped = folder / "stripped" / linked.name
        stripped.parent.mkdir()
        _run([_STRIP[build.target], "--strip-all", "-o", stripped, linked])
        nameless = ProgramAudit(stripped)
        _compare(answer, "stripped", audit, nameless.to_json(functions=[found["address"]]))
        _compare(answer, "stripped candidates", listed, nameless.to_json())
        if "-flto" not in build.flags:
            _ask_of_object(answer, compiled, known.techniques, found["effective_technique"])
        return answer


def _ask_of_object(
    answer: Answer, compiled: pathlib.Path, right: frozenset[str], linked: str
) -> None:
    """The object file must be what the linked one is."""
    try:
        found = ProgramAudit(compiled).to_json(functions=["interpret"])["functions"][0]
    except (ToolError, WrongUsage) as problem:
        answer.object_verdict = f"refused: {problem}"
        return
    answer.object_verdict = _verdict(found, right)
    if answer.object_verdict == WRONG or found["effective_technique"] != linked:
        answer.mistakes["object file"] = _said(found)


def _verdict(found: dict[str, Any], right: frozenset[str]) -> str:
    if found["effective_technique"] in right:
        return RIGHT
    return UNKNOWN if found["effective_technique"] == "unknown" else WRONG


def _said(found: dict[str, Any]) -> str:
    reason = f" ({found['label_reason']})" if found["label_reason"] else ""
    return f"{found['label']}{reason}, {found['handlers']} handlers"


def _check_candidates(answer: Answer, listed: dict[str, Any]) -> None:
    """If candidates are listed, the interpreter, or one of its handlers that are functions, must be the first; of two
    interpreters, either."""
    build = answer.build
    own = ["interpret", "_other"] if build.twice else ["interpret"]
    if build.interpreter.technique in TAIL_CALLS:
        own += ["op_", "other_"] if build.twice else ["op_"]
    for candidate in listed["candidates"][: 2 if build.twice else 1]:
        name = candidate["function"]
        if name is None or not any(one in name for one in own):
            answer.mistakes["candidates"] = f"{name} {candidate['what']}"


def _check_figures(answer: Answer, found: dict[str, Any], known: Truth) -> None:
    """In one function every dispatch must be found, the entry's, too. Everywhere every handler must be; what fails for a
    number that is no opcode may count as one. Nothing tells which functions a program in memory calls, or jumps to: those
    that go on as the others do are found, which are most of them, of another interpreter in the file, too.
    """
    interpreter = answer.build.interpreter
    if answer.verdict != RIGHT or not known.dispatches:
        return
    sites, handlers = len(found["sites"]), found["handlers"]
    if interpreter.technique in LOOPS and sites != known.dispatches:
        answer.mistakes["sites"] = f"{sites} instead of {known.dispatches}"
    own = len(interpreter.own_handlers)
    if interpreter.technique not in ("calls_memory", "tail_decoded") and handlers not in (
        own,
        own + 1,
    ):
        answer.mistakes["handlers"] = f"{handlers} instead of {own}"


def _compare(answer: Answer, what: str, named: dict[str, Any], nameless: dict[str, Any]) -> None:
    """Both audits must be the same, but for names."""
    one, other = _flat(named), _flat(nameless)
    different = [key for key in one | other if one.get(key) != other.get(key)]
    if different:
        key = different[0]
        text = f"{key} is {other.get(key)} instead of {one.get(key)}; {len(different)} such"
        answer.mistakes[what] = text


def _flat(audit: object, path: str = "") -> dict[str, object]:
    if isinstance(audit, dict):
        items: Iterable[tuple[object, object]] = audit.items()
    elif isinstance(audit, list):
        items = enumerate(audit)
    else:
        return {path: audit}
    found: dict[str, object] = {}
    for key, value in items:
        if key not in _TOLD_BY_NAMES:
            found.update(_flat(value, f"{path}.{key}"))
    return found


def bounded_choice() -> list[Build]:
    """What the tests build: each way by each compiler for each processor, and every other one once more, with another number
    of opcodes and as another kind of file; all numbers and kinds have their turn."""
    found = []
    plain = [(way, *command) for way in WAYS for command in _COMMANDS]
    for number, (way, compiler, target) in enumerate(plain):
        # Otherwise each compiler would get the same ones each time.
        turn = number + number // len(OPCODES)
        number_of_first = OPCODES[turn % len(OPCODES)]
        number_of_second = FEW_OPCODES[(turn + 1) % len(FEW_OPCODES)]
        kind, other = (KINDS[(turn + more) % len(KINDS)] for more in (0, 1))
        found.append(Build(way, number_of_first, compiler, target, kind))
        if (number + number // len(_COMMANDS)) % 2:
            found.append(
                Build(way, number_of_second, compiler, target, other, twice=True, joined=False)
            )
    return [build for build in found if build.is_possible]


def whole_matrix(opcodes: Iterable[int] = OPCODES) -> Iterator[Build]:
    """Every build there is."""
    for number in opcodes:
        for way in WAYS:
            for compiler, target in _COMMANDS:
                plain = Build(way, number, compiler, target)
                for build in _variations(plain):
                    if build.is_possible:
                        yield build


def _variations(plain: Build) -> Iterator[Build]:
    for optimisation in ("-O0", "-O1", "-O2", "-O3", "-Os"):
        for joined in (True, False):
            yield dataclasses.replace(plain, optimisation=optimisation, joined=joined)
    for kind in KINDS[1:]:
        yield dataclasses.replace(plain, kind=kind)
    yield dataclasses.replace(plain, twice=True)
    yield dataclasses.replace(plain, flags=("-fno-jump-tables",))
    yield dataclasses.replace(
        plain, flags=("-flto",), linking=LLD if "clang" in plain.compiler else ()
    )
    yield dataclasses.replace(plain, linking=LLD)
    yield dataclasses.replace(plain, linking=("-fuse-ld=gold",))
    for linker in (LLD, ("-fuse-ld=gold",)):
        icf = (*linker, "-Wl,--icf=all", "-Wl,--gc-sections")
        yield dataclasses.replace(plain, flags=("-ffunction-sections",), linking=icf)
    if plain.target == "aarch64":
        yield dataclasses.replace(plain, flags=("-mbranch-protection=standard",))
    else:
        yield dataclasses.replace(plain, flags=("-fcf-protection=full",))
        thunks = "-mretpoline" if plain.compiler == "clang-19" else "-mindirect-branch=thunk"
        yield dataclasses.replace(plain, flags=(thunks,))


def ask_all(builds: Iterable[Build], jobs: int) -> Iterator[Answer]:
    """The answers, in the order of the builds."""
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(ask, builds)


def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--bounded", action="store_true", help="only what the tests build")
    parser.add_argument("--opcodes", default=",".join(map(str, OPCODES)))
    parser.add_argument("--only", action="append", default=[], help="a word of the builds to try")
    parser.add_argument("--sample", type=int, help="only so many, by chance")
    parser.add_argument("--seed", type=int, default=1, help="of that chance")
    options = parser.parse_args()
    builds = (
        bounded_choice()
        if options.bounded
        else whole_matrix([int(one) for one in options.opcodes.split(",")])
    )
    chosen = [one for one in builds if all(word in str(one).split() for word in options.only)]
    if options.sample is not None and options.sample < len(chosen):
        chosen = random.Random(options.seed).sample(chosen, options.sample)
    counts: collections.Counter[str] = collections.Counter()
    for number, answer in enumerate(ask_all(chosen, options.jobs), start=1):
        if number % 20 == 0:
            print(f"{number} of {len(chosen)}", file=sys.stderr, flush=True)
        counts.update(counted(answer))
        if answer.verdict != RIGHT or answer.mistakes:
            print(answer, flush=True)
    print(", ".join(f"{number} {what}" for what, number in counts.items()))
    return 1 if counts[WRONG] or counts[UNCLEAR] or counts["with mistakes"] else 0


def counted(answer: Answer) -> list[str]:
    """What an answer counts as."""
    found = [answer.verdict, f"object files {answer.object_verdict.partition(':')[0]}"]
    found += ["with mistakes"] * bool(answer.mistakes) + ["not listed"] * (not answer.is_listed)
    return found


if __name__ == "__main__":
    sys.exit(_main())
