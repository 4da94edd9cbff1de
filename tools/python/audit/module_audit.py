"""The audit of a WebAssembly module: what is known of its backends before an engine makes machine code of them."""

from __future__ import annotations

import hashlib
import json
import pathlib
import shutil
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from opcodes import mnemonics
from text_table import aligned
from tool import REPOSITORY, ToolError, WrongUsage, finished
from wasm.engine import OWN_NODE

from .figures import SCHEMA
from .technique import ANYTHING, MERGED_SHARE, REPLICATED_SHARE, Technique

MAGIC = b"\0asm"
READER = REPOSITORY / "harness/wasm/module_figures.mjs"
CALLS = ("call", "call_indirect", "call_ref")
TAIL_CALLS = ("return_call_indirect", "return_call_ref")


@dataclass(frozen=True)
class PassingEngine:
    """How many integer parameters an engine passes in registers on x86-64."""

    name: str
    registers: int
    source: str


PASSING_ENGINES = (
    # kGpParamRegisters = rsi, rax, rdx, rcx, rbx, r9, of which rsi holds the instance.
    PassingEngine("V8", 5, "v8/v8: src/wasm/wasm-linkage.h"),
    # IntArgRegs = rdi, rsi, rdx, rcx, r8, r9; the instance stays in r14.
    PassingEngine(
        "SpiderMonkey", 6, "mozilla-firefox/firefox: js/src/jit/x64/Assembler-x64.h (NumIntArgRegs)"
    ),
    # As many as GPRInfo::numberOfArgumentRegisters; the instance stays in a callee-saved register.
    PassingEngine(
        "JavaScriptCore",
        6,
        "WebKit/WebKit: Source/JavaScriptCore/wasm/WasmCallingConvention.cpp, jit/GPRInfo.h",
    ),
)


def is_module(path: pathlib.Path) -> bool:
    """Whether a file is a WebAssembly module."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False  # Whoever reads it next says why.


def module_figures(path: pathlib.Path) -> dict[str, Any]:
    """What harness/wasm/module_figures.mjs counts. Raises ToolError."""
    node = str(OWN_NODE) if OWN_NODE.exists() else shutil.which("node")
    if node is None:
        raise ToolError(f"{path}: is a WebAssembly module, which node reads; npm ci installs it")
    done = finished(
        [node, READER, path.absolute()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if done.returncode != 0:
        raise ToolError(
            f"{path}: isn't a module of backends that can be read: {done.stderr.strip()}"
        )
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def module_technique(run: dict[str, Any], handlers: Sequence[dict[str, Any]] | None) -> Technique:
    """How a backend dispatches, by its function and the functions in its table."""
    jumps = run["br_table"]
    if jumps and run["targets"] >= 0x100:
        share = jumps / 0x100
        if share >= REPLICATED_SHARE:
            return Technique("replicated", f"replicated ({jumps} br_table)")
        if share <= MERGED_SHARE:
            return Technique("merged", f"merged ({jumps} br_table)")
        return Technique("partly_merged", f"partly merged ({jumps} br_table)")
    if handlers is None:
        reason = "no br_table of all opcodes and no table of 256 functions was found"
        return Technique("unknown", "unknown", reason)
    for instruction in TAIL_CALLS:
        if sum(handler[instruction] > 0 for handler in handlers) >= REPLICATED_SHARE * 0x100:
            table = ", typed table" if any(handler["typed_calls"] for handler in handlers) else ""
            return Technique("tail_calls", f"tail calls guaranteed ({instruction}{table})")
    if run["call_indirect"] and run["loop"]:
        return Technique("calls", f"calls from a loop ({_distinct(handlers)} handlers)")
    return Technique("unknown", "unknown", "its handlers don't call the next, and no loop does")


def _distinct(handlers: Sequence[dict[str, Any]]) -> int:
    return len({handler["function"] for handler in handlers})


def _backend(figures: dict[str, Any]) -> dict[str, Any]:
    """One backend's entry: the fields that an audit of machine code has, too, as far as they are known."""
    run, handlers = figures["run"], figures["handlers"]
    found = module_technique(run, handlers)
    functions = {run["function"]: run} | {each["function"]: each for each in handlers or []}
    dispatching = [each for each in handlers or [] if any(each[kind] for kind in TAIL_CALLS)]
    return {
        "audit_schema": SCHEMA,
        "family": figures["family"],
        "dispatch": figures["dispatch"],
        "language": figures["language"],
        "effective_technique": found.name,
        "label": found.label,
        "label_reason": found.reason,
        "expected": figures["expected"],
        "as_expected": figures["expected"] in (found.name, ANYTHING),
        "indirect_jump_sites": len(dispatching) or run["br_table"] or run["call_indirect"],
        "distinct_handlers": _distinct(handlers) if handlers else run["targets"],
        "code_bytes": sum(each["bytes"] for each in functions.values()),
        "code_hash": None,
        "code_hash_reason": "its machine code is made by the engine",
        "webassembly": {
            "function": run,
            "handlers": _summary_of_handlers(handlers) if handlers else None,
        },
        "notes": [],
    }


def _summary_of_handlers(handlers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Median and maximum over opcodes of each count."""
    return {
        key: {
            "median": statistics.median(each[key] for each in handlers),
            "max": max(each[key] for each in handlers),
        }
        for key in handlers[0]
        if key not in ("function", "targets")
    }


def module_audit(path: pathlib.Path, only: Sequence[str]) -> dict[str, Any]:
    """MODULE.audit.json, with the backends named in `only` or with all. Raises ToolError and WrongUsage."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ToolError(f"{path}: can't be read: {error.strerror}") from None
    figures = module_figures(path)
    backends = figures["backends"]
    for name in only:
        if name not in backends:
            raise WrongUsage(f"--backend {name}: not in {path}; it has {', '.join(backends)}")
    chosen = {name: backends[name] for name in only or backends}
    return {
        "schema": SCHEMA,
        "library_hash": "sha256:" + hashlib.sha256(content).hexdigest(),
        "target": figures["target"],
        "library": path.name,
        "label": figures["label"],
        "compiler": f"{figures['compiler']} {figures['compiler_version']}",
        "flags": figures["flags"],
        "parameters_in_registers": {
            engine.name: {"integers": engine.registers, "source": engine.source}
            for engine in PASSING_ENGINES
        },
        "backends": {name: _backend(each) for name, each in chosen.items()},
        "handlers": {
            name: dict(zip(mnemonics(), each["handlers"] or ())) for name, each in chosen.items()
        },
    }


COLUMNS = ("instructions", "bytes", "parameters", "locals", "loads", "stores", "stack_pointer")


def module_summary(audit: dict[str, Any]) -> str:
    """The audit as tables for people."""
    rows = [["backend", "effective technique", "as expected", "br_table", *TAIL_CALLS, *CALLS]]
    sizes = [["median/max of its handlers", *(column.replace("_", " ") for column in COLUMNS)]]
    for name, backend in audit["backends"].items():
        run, handlers = backend["webassembly"]["function"], backend["webassembly"]["handlers"]
        own = list(audit["handlers"][name].values())
        counts = [str(sum(each[kind] for each in (run, *own))) for kind in (*TAIL_CALLS, *CALLS)]
        as_expected = "yes" if backend["as_expected"] else f"NO: {backend['expected']}"
        rows.append([name, backend["label"], as_expected, str(run["br_table"]), *counts])
        if handlers:
            sizes.append(
                [name, *(f"{handlers[key]['median']:g}/{handlers[key]['max']}" for key in COLUMNS)]
            )
        else:
            sizes.append([f"{name} (one function)", *(str(run[key]) for key in COLUMNS)])
    lines = [f"{audit['library']}: {audit['label']} ({audit['compiler']}, {audit['target']})"]
    lines += [*aligned(rows, left=3), "", *aligned(sizes)]
    passed = (
        f"{name} {each['integers']}" for name, each in audit["parameters_in_registers"].items()
    )
    lines.append(
        f"Integer parameters that an engine passes in registers on x86-64: {', '.join(passed)}."
    )
    for name, backend in audit["backends"].items():
        if backend["label_reason"]:
            lines.append(f"{name}: its technique is unknown: {backend['label_reason']}.")
    return "\n".join(lines)


def module_handler(path: pathlib.Path, only: Sequence[str], mnemonic: str) -> str:
    """The counts of one handler in each backend that has it as a function. Raises ToolError and WrongUsage."""
    if mnemonic not in mnemonics():
        raise WrongUsage(f"--handler {mnemonic}: is no opcode; expected one such as ADD2")
    handlers = module_audit(path, only)["handlers"]
    keys = ("function", "instructions", "bytes", "parameters", "locals", *TAIL_CALLS, *CALLS)
    rows = [[mnemonic, *keys]]
    rows += [
        [name, *(str(each[mnemonic][key]) for key in keys)]
        for name, each in handlers.items()
        if mnemonic in each
    ]
    return "\n".join(aligned(rows))
