"""A fingerprint of everything that a backend can execute or read, wherever the linker put it."""

from __future__ import annotations

import collections
import hashlib
from collections.abc import Iterator
from typing import Any

from .closure import Closure
from .declared import DeclaredBackend
from .decoder import Decoder
from .instruction import Flow
from .values import POINTER_BYTES, Linear, Loaded

FORMAT = "dispatchbench code hash 2"


def _place(table: Linear | Loaded) -> tuple[int, int, int]:
    """Where a table is and which of its entries are meant: a jump that is reached in two ways may know two of its ends."""
    at = table.at if isinstance(table, Loaded) else table
    return at.base, at.first, at.last


class _Numbers:
    """Numbers instructions and ranges of data in the order in which following the code discovers them."""

    def __init__(self, closure: Closure) -> None:
        self._closure = closure
        self._calls = {
            address: target
            for exploration in closure.explorations
            for address, target in exploration.calls.items()
        }
        self.code: dict[int, int] = {}
        self.data: dict[tuple[int, int], int] = {}
        for root in closure.roots:
            self._number_code(root)
        self._number_data()

    def call(self, address: int) -> int | None:
        """The function of the library that the instruction at `address` calls."""
        return self._calls.get(address)

    def following(self, address: int) -> Iterator[int]:
        """Where execution can go from the instruction at `address`, in an order that no layout changes."""
        yield from self._closure.successors[address]
        called = self._calls.get(address)
        if called is not None:
            yield called
        for table in self.tables(address):
            yield from (target for target in self._closure.tables[table] if target is not None)

    def tables(self, address: int) -> list[Linear | Loaded]:
        """The tables that an indirect jump or call leads through."""
        found: set[Linear | Loaded] = set()
        for site in self._closure.sites.get(address, ()):
            found |= site.tables | site.switches
        return sorted(found, key=_place)

    def _number_code(self, start: int) -> None:
        waiting = [start]
        while waiting:
            address = waiting.pop()
            if address in self.code or address not in self._closure.successors:
                continue
            self.code[address] = len(self.code)
            waiting.extend(reversed(list(self.following(address))))

    def _number_range(self, address: int) -> None:
        found = self._closure.range_at(address)
        if found is not None:
            self.data.setdefault(found, len(self.data))

    def _number_data(self) -> None:
        closure, image = self._closure, self._closure.image
        seen_code = seen_data = 0
        # What is handed on may lie where no instruction spells it: a field's distance was added.
        left = collections.deque(sorted(closure.ranges, key=self._content))
        while seen_code < len(self.code) or seen_data < len(self.data) or left:
            if seen_code == len(self.code) and seen_data == len(self.data):
                self._number_range(left.popleft()[0])
            for address in list(self.code)[seen_code:]:
                seen_code += 1
                for place in closure.refers.get(address, ()):
                    self._number_place(place)
                for begin, _ in sorted(closure.reads.get(address, ())):
                    self._number_range(begin)
            for begin, end in list(self.data)[seen_data:]:
                seen_data += 1
                for slot in image.pointers_in(begin, end):
                    if slot in image.pointers:
                        self._number_place(image.pointers[slot])

    def _content(self, place: tuple[int, int]) -> tuple[bytes, list[int], int]:
        """What orders ranges in the same way in every layout: their bytes without pointers, and where these are."""
        image, (begin, end) = self._closure.image, place
        content = bytearray(image.bytes_at(begin, end - begin))
        slots = [slot - begin for slot in image.pointers_in(begin, end)]
        for slot in slots:
            content[slot : slot + POINTER_BYTES] = bytes(POINTER_BYTES)
        return bytes(content), slots, begin

    def _number_place(self, place: int) -> None:
        if self._closure.image.is_code(place):
            self._number_code(place)
        else:
            self._number_range(place)


class _Writer:
    """Writes what the numbered instructions and ranges are."""

    def __init__(self, closure: Closure) -> None:
        self._closure = closure
        self._image = closure.image
        self._numbers = _Numbers(closure)
        self.problems = list(closure.problems)
        self._entries: dict[int, tuple[int, int | None]] = {}
        for table, targets in closure.tables.items():
            if isinstance(table, Loaded):
                for index in range(table.at.first, min(table.at.last + 1, len(targets))):
                    place = table.at.base + table.at.scale * index
                    if place not in self._image.pointers and targets[index] is not None:
                        self._entries[place] = table.width, targets[index]

    @property
    def uses_writable_data(self) -> bool:
        """Whether anything is read that other code may have written."""
        sections = [self._closure.section_of(*one) for one in self._numbers.data]
        return any(section and not section.is_constant for section in sections)

    def lines(self) -> Iterator[str]:
        """Everything, a line for each instruction and each range."""
        for root in self._closure.roots:
            yield f"root {self._numbers.code.get(root)}"
        for address in self._numbers.code:
            yield self._instruction(address)
        for begin, end in self._numbers.data:
            yield self._range(begin, end)

    def _meaning(self, place: int, at: int) -> tuple[Any, ...]:
        """What an address is, whatever it is."""
        if place in self._numbers.code:
            return "code", self._numbers.code[place]
        found = self._closure.range_at(place)
        if found is not None:
            return "data", self._numbers.data.get(found), place - found[0]
        section = self._image.section_at(place)
        if section is None:
            self.problems.append((at, "an address outside the library is used"))
            return ("outside",)
        return "unread", section.is_code, section.is_constant, section.is_stored

    def _instruction(self, address: int) -> str:
        closure, numbers = self._closure, self._numbers
        instruction = closure.decoder.at(address)
        encoding = closure.masked.get(address, instruction.masked)
        if (
            instruction.flow is Flow.BRANCH
            and instruction.target not in closure.successors[address]
        ):
            encoding = (
                instruction.encoding
            )  # It is never taken, so nothing else says where it leads.
        parts: list[Any] = [encoding.hex()]
        if instruction.thunk_code is not None:
            begin, end = instruction.thunk_code
            parts.append(("thunk", self._image.bytes_at(begin, end - begin).hex()))
        parts += [self._meaning(place, address) for place in closure.refers.get(address, ())]
        for begin, end in sorted(closure.reads.get(address, ())):
            found = closure.range_at(begin)
            if found is not None:
                parts.append(("reads", numbers.data.get(found), begin - found[0], end - begin))
        parts.append([numbers.code.get(one) for one in closure.successors[address]])
        called = numbers.call(address)
        if called is not None:
            parts.append(("calls", numbers.code.get(called)))
        for table in numbers.tables(address):
            targets = closure.tables[table]
            parts.append(
                [None if target is None else numbers.code.get(target) for target in targets]
            )
        for site in closure.sites.get(address, ()):
            if site.imports or site.through_pointer:
                parts.append((sorted(site.imports), site.through_pointer))
        return repr(parts)

    def _range(self, begin: int, end: int) -> str:
        section = self._closure.section_of(begin, end)
        if section is None:
            self.problems.append((begin, "more is read than the library has there"))
            return "outside"
        parts: list[Any] = [end - begin, section.is_code, section.is_constant, section.is_stored]
        if not section.is_constant:
            # Nothing but its uses tells a variable that begins as zeros from another.
            own = self._numbers.code.keys()
            parts.append(self._closure.decoder.references.others_use(begin, end, set(own)))
            parts.append(begin % min(POINTER_BYTES, 1 << (max(end - begin, 1).bit_length() - 1)))
        parts += self._contents(begin, end)
        return repr(parts)

    def _contents(self, begin: int, end: int) -> Iterator[Any]:
        image = self._image
        slots = {slot: POINTER_BYTES for slot in image.pointers_in(begin, end)}
        meant = sorted(
            slots.items()
            | {
                place: one[0] for place, one in self._entries.items() if begin <= place < end
            }.items()
        )
        at = begin
        for place, width in meant:
            if place < at:
                continue
            yield image.bytes_at(at, place - at).hex()
            if place in image.imports:
                yield "import", image.imports[place]
            elif place in image.pointers:
                yield self._meaning(image.pointers[place], place)
            elif place in self._entries:
                target = self._entries[place][1]
                yield "entry", width, None if target is None else self._numbers.code.get(target)
            at = place + width
        yield image.bytes_at(at, max(end - at, 0)).hex()


def _digest(lines: Iterator[str]) -> str:
    digest = hashlib.sha256(FORMAT.encode())
    for line in lines:
        digest.update(b"\n" + line.encode())
    return digest.hexdigest()


def code_hash(decoder: Decoder, backend: DeclaredBackend) -> tuple[str | None, str | None]:
    """The SHA-256 of a backend's functions, everything they call and everything they can read: instructions by their
    encodings, in the order in which they are discovered, distances between pieces of the library replaced by what they
    lead to. Without it, why there is none; places are distances from its `run`.

    Equal for the same code elsewhere in memory, and different for any other.
    """
    closure = Closure.of_backend(decoder, backend)
    writer = _Writer(closure)
    lines = [] if closure.problems else list(writer.lines())
    problems = writer.problems
    if not problems and writer.uses_writable_data:
        # What the library does when it is loaded may have filled the data.
        started = []
        for section in decoder.image.sections:
            if section.name in (".init_array", ".preinit_array"):
                for slot in decoder.image.pointers_in(section.address, section.end):
                    if slot in decoder.image.pointers:
                        part = _Writer(Closure(decoder, [decoder.image.pointers[slot]]))
                        started.append(_digest(iter(list(part.lines()))))
                        problems += part.problems
        lines += sorted(started)
    if problems:
        at, what = problems[0]
        more = f" ({len(problems)} such places)" if len(problems) > 1 else ""
        return None, f"{what}, at {at - backend.run:+#x} from the run function{more}"
    return "sha256:" + _digest(iter(lines)), None
