"""The audit of a program as text: for a terminal, for a pull request, and one handler's code."""

from __future__ import annotations

from typing import Any

from text_table import aligned
from tool import WrongUsage

from .handler_view import code_lines
from .program_audit import ProgramAudit

CANDIDATES = 10  # shown; the JSON has all
MUCH_UNKNOWN = 0.5
TITLES = (
    "function",
    "technique",
    "sites",
    "handlers",
    "spilling",
    "stack accesses",
    "code bytes",
    "tables",
)


def function_name(found: dict[str, Any]) -> str:
    """A function as the tables have it."""
    name = found["function"]
    return f"{name} ({found['address']})" if name else str(found["address"])


def _rows(audit: dict[str, Any]) -> list[list[str]]:
    rows = [list(TITLES)]
    for found in audit["functions"]:
        tables = [f"{one['entries']} entries at {one['address']}" for one in found["tables"]]
        if any(site["through"] == "memory" for site in found["sites"]):
            tables.append("decoded program")
        shown = ", ".join(tables[:2]) + (f" and {len(tables) - 2} more" if len(tables) > 2 else "")
        rows.append(
            [
                function_name(found),
                found["label"],
                str(len(found["sites"])),
                str(found["handlers"]),
                str(found["handlers_with_spills"]),
                str(found["stack_accesses"]),
                str(found["code_bytes"]),
                shown,
            ]
        )
    return rows


def _remarks(audit: dict[str, Any]) -> list[str]:
    found = []
    if audit["known_share"] < MUCH_UNKNOWN and "candidates" in audit:
        found.append(
            f"Only {audit['known_share']:.0%} of the code is known to be functions, by unwind information or symbols; "
            "the rest was not searched. Name a function of it with --function 0xADDRESS."
        )
    for function in audit["functions"]:
        name = function_name(function)
        if function["label_reason"]:
            found.append(f"{name}: its technique is unknown: {function['label_reason']}.")
        found += [f"{name}: {note}" for note in function["notes"]]
    return found


def _heading(audit: dict[str, Any]) -> str:
    compiler = ", ".join(audit["compiler"]) or "compiler not recorded"
    return f"{audit['file']}: {audit['target']}, {compiler}"


def program_summary(audit: dict[str, Any]) -> str:
    """The audit as a table, and below it what a reader should know."""
    lines = [_heading(audit)]
    if not audit["functions"]:
        lines.append(
            "No function looks like an interpreter: none has a loop that jumps or calls through a table of at least 8 places. "
            "One that calls through pointers, say, is audited with --function NAME or ADDRESS."
        )
        return "\n".join([*lines, *_remarks(audit)])
    lines += aligned(_rows(audit), left=2)
    more = audit.get("candidates", [])[len(audit["functions"]) : CANDIDATES]
    if more:
        lines.append("Also possible, with less code behind their dispatch:")
        lines += [f"  {function_name(one)}: {one['what']}" for one in more]
    return "\n".join([*lines, *_remarks(audit)])


def program_markdown(audit: dict[str, Any]) -> str:
    """The same for a pull request."""
    rows = [[cell.replace("|", "\\|") for cell in row] for row in _rows(audit)]
    lines = [f"**{_heading(audit)}**", ""]
    lines += [f"| {' | '.join(row)} |" for row in rows[:1]]
    lines += ["| --- | --- " + "| ---: " * 5 + "| --- |"]
    lines += [f"| {' | '.join(row)} |" for row in rows[1:]]
    remarks = _remarks(audit)
    return "\n".join([*lines, *([""] if remarks else []), *(f"- {one}" for one in remarks)])


def program_handler(audit: ProgramAudit, function: str, number: int) -> str:
    """The annotated code of the handler for an entry of the dispatch table."""
    code = audit.code(audit.address_of(function))
    handler = code.by_opcode.get(number)
    if handler is None:
        known = sorted(code.by_opcode)
        has = f"its table has entries {known[0]} to {known[-1]}" if known else "it has none"
        raise WrongUsage(f"--handler {number}: {function} has no handler of that number; {has}")
    shared = [one for one in handler.opcodes if one != number]
    lines = [
        f"{function}: entry {number}, at {handler.address:#x}",
        f"{len(handler.hot)} instructions up to the next dispatch, rare paths included; "
        f"{len(handler.shortest)} on the shortest way",
    ]
    if shared:
        lines.append(f"shared with {', '.join(map(str, shared))}")
    return "\n".join([*lines, *code_lines(code, handler)])
