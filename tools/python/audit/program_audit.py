"""The audit of any program: which of its functions are interpreters, and what their dispatch became."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Callable, Sequence
from typing import Any

from machine_code.coming_back import OrdinaryFunctions
from machine_code.decoder import Decoder
from machine_code.elf_image import ElfImage
from machine_code.processors import processor_for
from machine_code.program_exploration import IN_MEMORY, Limits
from machine_code.values import POINTER_BYTES, Linear, Loaded
from tool import ToolError, WrongUsage

from .candidates import candidates
from .figures import size, stack_accesses, table_bytes
from .program_code import ProgramCode
from .program_technique import jumps_out_of_sight, program_technique
from .technique import thunk_kind

SCHEMA = 1
SHOWN_FUNCTIONS = 5  # So many of the best candidates are audited whole.
FEWEST_HANDLERS = 8  # What dispatches to fewer isn't a candidate for an interpreter.
SECONDS_FOR_CANDIDATE = 20


class ProgramAudit:
    """A program's functions, each taken apart when it is asked for."""

    def __init__(
        self, path: pathlib.Path, image: ElfImage | None = None, seconds: float = 60
    ) -> None:
        """Reads the file at `path`, or takes the image that was read from there. `seconds`: at most so long for a
        function."""
        self.path = path
        self.image = image or ElfImage(path)
        self.decoder = Decoder(self.image, processor_for(self.image.target))
        self.decoder.functions = OrdinaryFunctions(self.decoder)
        self._seconds = seconds
        self._taken_apart: dict[int, ProgramCode] = {}

    def address_of(self, function: str) -> int:
        """The address of a function that is given by its name or address. Raises WrongUsage for what isn't there."""
        if re.fullmatch(r"0x[0-9a-fA-F]{1,16}", function):
            address = int(function, 16)
            if not self.image.is_code(address):
                raise WrongUsage(f"--function {function}: {self.path} has no code there")
            found = self.image.function_at(address)
            return address if found is None else found.start
        known = {symbol.name: symbol for symbol in self.image.symbols if symbol.is_function}
        if function in known and self.image.is_code(known[function].address):
            return known[function].address
        like = sorted(name for name in known if function.lower() in name.lower())[:5]
        remedy = (
            f"like it are {', '.join(like)}"
            if like
            else "give an address such as 0x1234; without --function the audit lists what looks like an interpreter"
        )
        raise WrongUsage(f"--function {function}: {self.path} has no symbol of this name; {remedy}")

    def code(self, address: int, seconds: float | None = None) -> ProgramCode:
        """The function at `address`, taken apart."""
        if address not in self._taken_apart:
            limits = Limits(seconds or self._seconds)
            self._taken_apart[address] = ProgramCode(self.decoder, address, limits)
        return self._taken_apart[address]

    def candidates(self, progress: Callable[[str], None] = lambda text: None) -> list[ProgramCode]:
        """The functions that look like interpreters, those with most code behind their dispatch first."""
        if not any(section.is_code for section in self.image.sections):
            raise ToolError(
                f"{self.path}: has no code; give a program, a library or an object file"
            )
        if not self.image.functions.ranges and not any(
            one.is_function for one in self.image.symbols
        ):
            raise ToolError(
                f"{self.path}: has neither unwind information nor symbols, so nothing tells where functions begin; name one "
                "with --function 0xADDRESS"
            )
        looked_at = candidates(self.decoder)
        found: list[ProgramCode] = []
        for number, one in enumerate(looked_at, start=1):
            if any(one.start in code.whole.handler_functions for code in found):
                continue  # A handler leads to all that the others lead to.
            progress(f"{number} of {len(looked_at)} functions: {self.name(one.start)}")
            code = self.code(one.start, min(self._seconds, SECONDS_FOR_CANDIDATE))
            if _is_likely(code):
                found.append(code)
        found.sort(key=lambda code: (-_weight(code), code.code.start))
        return _without_repetition(found)

    def name(self, address: int) -> str:
        """A function's name, or its address."""
        symbol = self.image.symbol_at(address)
        return symbol.name if symbol is not None and symbol.address == address else f"{address:#x}"

    def to_json(
        self,
        functions: Sequence[str] = (),
        progress: Callable[[str], None] = lambda text: None,
    ) -> dict[str, Any]:
        """The audit: of the functions that are given, or of the best candidates."""
        audit: dict[str, Any] = {
            "schema": SCHEMA,
            "file": self.path.name,
            "file_hash": self.image.content_hash,
            "target": self.image.target,
            "compiler": self.image.compilers,
            "build_id": self.image.build_id,
            "known_share": self._known_share(),  # of the code's bytes, in functions that are known
        }
        if functions:
            codes = [self.code(self.address_of(name)) for name in functions]
        else:
            codes = self.candidates(progress)
            audit["candidates"] = [{**self._place(code), "what": _what(code)} for code in codes]
            codes = codes[:SHOWN_FUNCTIONS]
        audit["functions"] = [self.figures(code) for code in codes]
        return audit

    def _known_share(self) -> float:
        """How much of the code lies in functions that unwind information or symbols tell of."""
        code = [section for section in self.image.sections if section.is_code]
        ranges = [(one.start, one.end) for one in self.image.functions.ranges] or [
            (one.address, one.address + one.size) for one in self.image.symbols if one.is_function
        ]
        known, last = 0, 0
        for begin, end in sorted(ranges):
            known += max(end - max(begin, last), 0)
            last = max(last, end)
        return round(min(known / max(sum(len(one.data) for one in code), 1), 1), 3)

    def _place(self, code: ProgramCode) -> dict[str, Any]:
        name = self.name(code.code.start)
        return {
            "function": None if name.startswith("0x") else name,
            "address": f"{code.code.start:#x}",
            "bytes": code.code.size,
        }

    def figures(self, code: ProgramCode) -> dict[str, Any]:
        """One function's entry."""
        found = program_technique(code)
        hot = {at for handler in code.handlers for at in handler.hot}
        spills = [stack_accesses(code, handler.hot) for handler in code.handlers]
        return {
            **self._place(code),
            "effective_technique": found.name,
            "label": found.label,
            "label_reason": found.reason,
            "sites": _sites(code),
            "tables": _tables(code),
            "handlers": len(code.handlers),
            "handlers_with_spills": sum(accesses > 0 for accesses in spills),
            "stack_accesses": sum(spills),
            "handlers_calling_functions": sum(bool(one.other_calls) for one in code.handlers),
            "landing_pads": len(code.landing_pads),
            "thunks": thunk_kind(code),
            "code_bytes": size(code, code.whole.successors),
            "handler_bytes": size(code, hot),
            "table_bytes": table_bytes(code),
            "notes": _notes(code),
        }


def _is_likely(code: ProgramCode) -> bool:
    if code.gave_up is not None:
        return True
    return _handlers_reached(code) >= FEWEST_HANDLERS


def _handlers_reached(code: ProgramCode) -> int:
    return code.group.returning if code.group is not None else 0


def _weight(code: ProgramCode) -> int:
    """How much code its dispatch leads to."""
    return _handlers_reached(code) * len(code.whole.successors)


def _without_repetition(codes: list[ProgramCode]) -> list[ProgramCode]:
    """Of handlers that dispatch to each other, the first alone: each of them leads to all. And no part of a function
    beside the function."""
    found: list[ProgramCode] = []
    seen: set[int] = set()
    for code in codes:
        start = code.code.start
        is_part = any(other.code.start != start and other.code.holds(start) for other in codes)
        if start not in seen and not is_part:
            found.append(code)
            seen |= code.whole.handler_functions
    return found


def _what(code: ProgramCode) -> str:
    """A candidate in one line."""
    found = program_technique(code)
    if code.group is None or code.group.tree is not None:
        return f"{found.label}: {found.reason}" if found.reason else found.label
    what = "through memory" if code.is_decoded else f"tables of {len(code.group.targets)} places"
    reason = f": {found.reason}" if found.reason else ""
    return f"{found.label}, {what}, {len(code.handlers)} handlers{reason}"


def _sites(code: ProgramCode) -> list[dict[str, Any]]:
    if code.calling_loop is not None:
        place = f"{code.calling_loop.site:#x}"
        return [
            {"address": place, "kind": "call", "through": "memory", "handlers": 0, "opcodes": []}
        ]
    served: dict[int, set[int]] = {at: set() for at in code.dispatches}
    for handler in code.handlers:
        for at in handler.sites:
            served[at].update(handler.opcodes)
    return [
        {
            "address": f"{at:#x}",
            "kind": "call" if site.is_call else "jump",
            "through": "memory" if site.through_pointer else "table",
            "handlers": code.handler_sites[at],
            "opcodes": sorted(served[at]),
        }
        for at, site in sorted(code.dispatches.items())
    ]


def _tables(code: ProgramCode) -> list[dict[str, Any]]:
    """The tables in the file: those that are jumped through, of which all that begin at one place are one, and those that
    a program is decoded with."""
    by_base: dict[tuple[int, int], list[Linear | Loaded]] = {}
    for table in code.exploration.tables:
        at = table.at if isinstance(table, Loaded) else table
        if at.scale > 0:
            by_base.setdefault((at.base, at.scale), []).append(table)
    found = []
    for (base, scale), tables in sorted(by_base.items()):
        longest = max((code.exploration.tables[one] for one in tables), key=len)
        first = next(number for number, one in enumerate(longest) if one is not None)
        sites = [at for at, site in code.dispatches.items() if site.tables & set(tables)]
        found.append(
            {
                "address": f"{base + scale * first:#x}",
                "entries": len(longest) - first,
                "entry_bytes": scale,
                "targets": len({one for one in longest if one is not None}),
                "sites": len(sites),
            }
        )
    if code.is_decoded:
        sites = [at for at, site in code.dispatches.items() if IN_MEMORY in site.tables]
        found += [
            {
                "address": f"{one.address:#x}",
                "entries": len(one.labels),
                "entry_bytes": POINTER_BYTES,
                "targets": len(set(one.labels)),
                "sites": len(sites),
            }
            for one in code.explored.label_tables
        ]
    return found


def _notes(code: ProgramCode) -> list[str]:
    found = []
    unresolved = code.whole.unresolved
    if unresolved:
        found.append(f"{jumps_out_of_sight(unresolved)}.")
    if code.group is not None:
        others = [
            one
            for one in code.groups
            if one is not code.group and one.tree is None and not one.is_call
        ]
        if others:
            what = "tables are switches" if len(others) > 1 else "table is a switch"
            found.append(f"{len(others)} other {what} within handlers.")
    kind = thunk_kind(code)
    if kind is not None:
        found.append(f"Every dispatch goes through {kind}s, which keep the branch predictor out.")
    return found
