"""The machine code that a WebAssembly engine makes of a handler, where the engine tells: V8 in node."""

from __future__ import annotations

import pathlib
import re
import subprocess
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from opcodes import mnemonics
from tool import REPOSITORY, ToolError, WrongUsage, finished
from wasm.engine import V8_TOP_TIER
from wasm.engines import found_engines

from .module_audit import module_audit

COMPILE = REPOSITORY / "harness/wasm/compile_module.mjs"
BEST_COMPILER = (*V8_TOP_TIER, "--no-wasm-lazy-compilation")
LINE = re.compile(r"^0x[0-9a-f]+ +([0-9a-f]+) +([0-9a-f]+) +(\S.*)$")
"""Address, offset in the function, bytes, text."""
TARGET = re.compile(r"<\+0x([0-9a-f]+)>$")
LEAVES_INDIRECTLY = re.compile(r"jmp (\[|r[0-9a-z]+$)")


@dataclass(frozen=True)
class Instruction:
    """One instruction of V8's disassembly."""

    offset: int
    text: str

    @property
    def target(self) -> int | None:
        """Where a jump within the function goes."""
        found = TARGET.search(self.text)
        return int(found[1], 16) if found else None


def instructions_in(said: str) -> list[Instruction]:
    """What V8 printed for one function."""
    lines = map(LINE.match, said.splitlines())
    found = (Instruction(int(line[1], 16), line[3].replace("REX.W ", "")) for line in lines if line)
    return [each for each in found if not each.text.startswith("nop")]


def shortest_way(code: Sequence[Instruction]) -> int | None:
    """How many instructions are executed at least from the first to an indirect jump out of the function, or None if
    there is none."""
    at = {each.offset: i for i, each in enumerate(code)}
    steps = {0: 1}
    waiting = deque([0])
    while waiting:
        i = waiting.popleft()
        text = code[i].text
        if LEAVES_INDIRECTLY.match(text):
            return steps[i]
        target = code[i].target
        ways = [at[target]] if target is not None and target in at and text.startswith("j") else []
        if not text.startswith(("jmp", "ret", "int3", "ud2")) and i + 1 < len(code):
            ways.append(i + 1)
        for way in ways:
            if way not in steps:
                steps[way] = steps[i] + 1
                waiting.append(way)
    return None


def node_named(label: str) -> str:
    """The program of an engine. Raises WrongUsage if it isn't here or doesn't tell."""
    engines, _ = found_engines()
    nodes = {
        each.label: each.command[0] for each in engines if re.fullmatch(r"node-\d+", each.label)
    }
    if label not in nodes:
        raise WrongUsage(
            f"--engine {label}: expected one that tells its code and is here: {', '.join(nodes) or 'none is'}"
        )
    return nodes[label]


def engine_handler(
    path: pathlib.Path, only: Sequence[str], mnemonic: str | None, label: str
) -> str:
    """The code of one handler in each backend that has it as a function. Raises ToolError and WrongUsage."""
    if mnemonic not in mnemonics():
        raise WrongUsage(f"--engine {label}: needs --handler with an opcode, such as ADD2")
    program = node_named(label)
    handlers = module_audit(path, only)["handlers"]
    shown = []
    for name, each in handlers.items():
        if mnemonic not in each:
            if only:
                raise WrongUsage(f"--backend {name}: has no function of its own for {mnemonic}")
            continue
        shown.append(_shown(program, path, name, mnemonic, each[mnemonic]["function"]))
    return "\n\n".join(shown)


def _shown(program: str, path: pathlib.Path, backend: str, mnemonic: str, function: int) -> str:
    typed = path.with_suffix(".typed.wasm")
    modules = [typed, path] if typed.exists() else [path]
    flags = [*BEST_COMPILER, f"--print-wasm-code-function-index={function}"]
    done = finished(
        [program, *flags, COMPILE, *modules],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if done.returncode != 0:
        raise ToolError(f"{path}: {program} can't compile it: {done.stderr.strip()}")
    taken, node, engine = done.stderr.strip().splitlines()[-3:]
    code = instructions_in(done.stdout)
    if not code:
        raise ToolError(f"{path}: {program} printed no code for function {function}")
    way = shortest_way(code)
    if way is None and taken != str(modules[0]):
        return f"{backend}: {mnemonic}: needs typed function references, which node {node} lacks"
    leaving = (
        f"{way} on the shortest way to the next handler" if way else "no jump to another handler"
    )
    lines = [
        f"{backend}: {mnemonic} (function {function}) in node {node} (V8 {engine}), best compiler",
        f"{len(code)} instructions, {leaving}",
        *(f"{each.offset:6x}  {each.text}" for each in code),
    ]
    return "\n".join(lines)
