"""What an interpreter of interpreter_sources.py became, found without anything of ours.

The source says how many handlers there are and how many switches within them; the text of llvm-objdump says how many indirect
jumps and calls each function has. Inner switches have one indirect jump each, or none if the flags forbid jump tables; the
other indirect jumps of the interpreter or its handlers are dispatches, one of which may be the entry's. No more is needed:

- in one function: no dispatch is a tree of comparisons; otherwise the dispatches per dispatching handler decide, with the
  limits of tools/README.md. Where the entry's would tip the balance, both answers are right. If handlers can have several
  dispatches (Interpreter.joined is False), numbers don't tell whether others share one: then "partly merged" is right, too.
- in functions: each handler jumps on (tail calls), or it calls the next one, or they return to a loop that calls them (calls).
"""

from __future__ import annotations

import collections
import dataclasses
import pathlib
import re
import subprocess

from interpreter_sources import CALLS, LOOPS, Interpreter

OBJDUMP = "llvm-objdump-19"
MERGED, REPLICATED = 0.1, 0.9  # dispatches per handler: at most, at least
WITHOUT_TABLES = ("-fno-jump-tables", "-mretpoline", "-mindirect-branch=thunk")

_HEADING = re.compile(r"^([0-9a-f]+) <(.+)>:$")
_THUNK = r"<?__(?:llvm_retpoline|x86_indirect_thunk)_\w+>?"
_JUMP = re.compile(
    rf"\t(?:notrack )?(?:jmpq?\s+\*|jmp\s+(?:0x[0-9a-f]+ )?{_THUNK}|br\s+x\d+|braaz?\s)"
)
_CALL = re.compile(rf"\t(?:notrack )?(?:callq?\s+\*|callq?\s+(?:0x[0-9a-f]+ )?{_THUNK}|blr\s+x\d+)")


@dataclasses.dataclass
class Counted:
    """The indirect jumps and calls of one function."""

    jumps: int = 0
    calls: int = 0


@dataclasses.dataclass(frozen=True)
class Truth:
    """The techniques that are right, most of the time one, and what they were told from."""

    techniques: frozenset[str]
    dispatches: int
    handlers: int

    def __str__(self) -> str:
        names = " or ".join(sorted(self.techniques))
        return f"{names} ({self.dispatches} dispatches, {self.handlers} handlers)"


class UnclearTruth(Exception):
    """The machine code isn't what the oracle knows."""


def truth(interpreter: Interpreter, path: pathlib.Path, flags: tuple[str, ...]) -> Truth:
    """What the interpreter in the file at `path`, which isn't stripped, is."""
    functions = counted_functions(path)
    inner = 0 if set(flags) & set(WITHOUT_TABLES) else interpreter.inner_switches
    own = _sum_of(functions, r"interpret(\.|$)")
    handlers = _sum_of(functions, r"_ZL\d+op_\d+P")
    if "interpret" not in functions:
        raise UnclearTruth(f"{path.name} has no function interpret")
    if interpreter.technique in LOOPS:
        dispatches = own.jumps - inner
        if dispatches < 0 or own.calls or handlers.jumps:
            raise UnclearTruth(f"{path.name}: {own}, {inner} inner switches")
        return Truth(
            _of_a_loop(dispatches, interpreter), dispatches, interpreter.dispatching_handlers
        )
    dispatches = handlers.jumps - inner
    count = interpreter.dispatching_handlers
    if dispatches < 0:
        raise UnclearTruth(f"{path.name}: {handlers}, {inner} inner switches")
    if interpreter.technique in CALLS:
        if dispatches or handlers.calls or own.calls < 1:
            raise UnclearTruth(f"{path.name}: {own}, {handlers}")
        return Truth(frozenset({"calls"}), own.calls, count)
    if dispatches >= count and not handlers.calls:
        return Truth(frozenset({"tail_calls"}), dispatches, count)
    if handlers.calls >= count and not dispatches:
        return Truth(frozenset({"calls"}), handlers.calls, count)
    raise UnclearTruth(f"{path.name}: {own}, {handlers}, {count} handlers")


def _of_a_loop(dispatches: int, interpreter: Interpreter) -> frozenset[str]:
    if dispatches == 0:
        return frozenset({"comparisons"})
    handlers = interpreter.dispatching_handlers
    found = {_named(one, handlers) for one in (dispatches, max(1, dispatches - 1))}
    if "replicated" in found and not interpreter.joined:
        found.add("partly_merged")
    return frozenset(found)


def _named(dispatches: int, handlers: int) -> str:
    if dispatches == 1 or dispatches <= MERGED * handlers:
        return "merged"
    return "replicated" if dispatches >= REPLICATED * handlers else "partly_merged"


def counted_functions(path: pathlib.Path) -> dict[str, Counted]:
    """Each function's indirect jumps and calls."""
    finished = subprocess.run(
        [OBJDUMP, "--disassemble", "--no-show-raw-insn", path],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Counted] = collections.defaultdict(Counted)
    name = ""
    for line in finished.stdout.splitlines():
        heading = _HEADING.match(line)
        if heading:
            name = heading[2]
            found[name] = Counted()
        elif _JUMP.search(line):
            found[name].jumps += 1
        elif _CALL.search(line):
            found[name].calls += 1
    return found


def _sum_of(functions: dict[str, Counted], pattern: str) -> Counted:
    """Of the functions whose names begin with what `pattern` matches: compilers split a function into parts."""
    parts = [counted for name, counted in functions.items() if re.match(pattern, name)]
    return Counted(sum(one.jumps for one in parts), sum(one.calls for one in parts))
