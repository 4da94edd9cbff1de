"""Audits the programs in processes of their own, each with a limit of time."""

from __future__ import annotations

import hashlib
import multiprocessing
import multiprocessing.connection
import pathlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from audit.program_audit import ProgramAudit
from tool import ToolError, WrongUsage

from .fetching import Shipped
from .program_list import Program

Work = Callable[[Shipped, Mapping[str, str], float], dict[str, Any]]


def sha256(path: pathlib.Path) -> str:
    """A file's hash, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _size(audit: ProgramAudit, start: int) -> int:
    found = audit.image.function_at(start)
    return 0 if found is None else found.end - found.start


def _within(number: int, limits: tuple[int, int] | None) -> bool:
    return limits is None or limits[0] <= number <= limits[1]


def find_function(
    audit: ProgramAudit, program: Program, digest: str, places: Mapping[str, str]
) -> tuple[str | None, str]:
    """The program's main loop, and how it was found. None: the audit's best candidate is the best guess."""
    symbols = {one.name for one in audit.image.symbols if one.is_function}
    # Names may come with a version: lua_close@@LUA_5.4.
    bare = {name.partition("@")[0]: name for name in symbols}
    for name in program.functions:
        if name in bare:
            return bare[name], "by its name"
    if digest in places:
        return places[digest], "known for this file"
    if program.targets is None and program.jumps is None:
        return None, "the audit's best candidate"
    like = [
        code.code.start
        for code in audit.candidates()
        if code.group is not None
        and _within(len(code.group.targets), program.targets)
        and _within(len(code.dispatches), program.jumps)
    ]
    if not like:
        # The best candidate could be a parser or a regular expression's matcher.
        raise ToolError(
            "no function has a table or jumps as programs.json expects of the main loop; look for it with tools/audit, "
            "and give its address in places.json"
        )
    chosen = min if program.smallest else max
    return f"{chosen(like, key=lambda start: _size(audit, start)):#x}", "by the size of its table"


def audit_shipped(shipped: Shipped, places: Mapping[str, str], seconds: float) -> dict[str, Any]:
    """What a program's dispatch is. A technique that can't be told is unknown, with the reason."""
    assert shipped.path is not None
    digest = sha256(shipped.path)
    known = {"file_sha256": digest}
    try:
        audit = ProgramAudit(shipped.path, seconds=seconds)
        function, found_by = find_function(audit, shipped.program, digest, places)
        document = audit.to_json([function] if function is not None else [])
    except (ToolError, WrongUsage) as error:
        return {**known, "technique": "unknown", "reason": str(error)}
    known |= {
        "compiler": document["compiler"],
        "build_id": document["build_id"],
        "target": document["target"],
        "found_by": found_by,
    }
    if not document["functions"]:
        reason = "no function looks like an interpreter"
        return {**known, "technique": "unknown", "reason": reason}
    best = document["functions"][0]
    entries = [table["entries"] for table in best["tables"] if table["sites"]]
    return {
        **known,
        "function": best["function"],
        "address": best["address"],
        "bytes": best["bytes"],
        "technique": best["effective_technique"],
        "label": best["label"],
        "reason": best["label_reason"],
        "sites": len(best["sites"]),
        "through_memory": any(site["through"] == "memory" for site in best["sites"]),
        "table_entries": max(entries, default=None),
        "handlers": best["handlers"],
        "code_bytes": best["code_bytes"],
        "notes": best["notes"],
    }


def _child(
    work: Work,
    shipped: Shipped,
    places: Mapping[str, str],
    seconds: float,
    answer: multiprocessing.connection.Connection,
) -> None:
    try:
        answer.send(work(shipped, places, seconds))
    except Exception as error:  # pylint: disable=broad-exception-caught
        # A mistake of the audit concerns one program, not the survey.
        answer.send({"technique": "unknown", "reason": f"the audit failed: {error!r}"})


def audit_all(
    programs: Sequence[Shipped],
    places: Mapping[str, str],
    seconds: float,
    jobs: int,
    progress: Callable[[int, Shipped, float], None],
    work: Work = audit_shipped,
) -> list[dict[str, Any]]:
    """The results in the order of the programs; at most `jobs` audits run at a time, each for `seconds` at most."""
    context = multiprocessing.get_context("fork")
    results: list[dict[str, Any]] = [{} for _ in programs]
    waiting = list(range(len(programs)))[::-1]
    running: dict[Any, tuple[int, Any, float]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number = waiting.pop()
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(
                    target=_child, args=(work, programs[number], places, seconds * 0.8, theirs)
                )
                process.start()
                theirs.close()
                running[ours] = (number, process, time.monotonic())
            ready = multiprocessing.connection.wait(list(running), timeout=0.2)
            for ours, (number, process, began) in list(running.items()):
                took = time.monotonic() - began
                if ours not in ready and took < seconds:
                    continue
                del running[ours]
                try:
                    results[number] = ours.recv() if ours in ready else _too_long(seconds)
                except EOFError:
                    reason = "the audit's process ended without an answer"
                    results[number] = {"technique": "unknown", "reason": reason}
                ours.close()
                process.kill()
                process.join()
                results[number]["seconds"] = round(took, 1)
                progress(number, programs[number], took)
    finally:
        for _, process, _ in running.values():
            process.kill()
            process.join()
    return results


def _too_long(seconds: float) -> dict[str, Any]:
    return {"technique": "unknown", "reason": f"the audit took longer than {seconds:g} s"}
