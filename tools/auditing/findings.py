"""What an exploration says about a backend: its effective technique, and figures for it and for every handler."""

from __future__ import annotations

import collections
import dataclasses
import functools
import pathlib
from typing import Any

from tool import ToolError

from .aarch64 import Aarch64Processor
from .control_flow import COLD_NAME, Decoder, Exploration, Site
from .elf_image import DeclaredBackend, DeclaredLibrary, ElfImage, declared_library
from .instruction import Flow, Instruction, Load, Processor, Store
from .normalised_hash import normalised_hash
from .opcodes import mnemonics
from .values import Constant, Loaded
from .x86_64 import X86Processor

# Of the handlers that dispatch, the share with a jump of its own from which a backend counts as replicated, and up to
# which as merged. In between the compiler has merged some.
REPLICATED_SHARE = 0.9
MERGED_SHARE = 0.1
# The technique that EXPECTED may name, and the labels that belong to it.
EXPECTABLE = ("merged", "partly_merged", "replicated", "tail_calls", "calls", "comparisons")
DEVICE_ROWS = ("DEI", "DEO")


@dataclasses.dataclass(slots=True)
class Handler:
    """One handler's code: all that can run from its first instruction to the next dispatch, rare paths aside."""

    address: int
    opcodes: list[int]
    hot: list[int]  # addresses of its instructions, ascending
    shortest: list[int]  # the shortest way to the dispatch, in order
    sites: list[int]  # the dispatches it can leave through
    other_calls: list[int]  # calls of fixed functions
    indirect_calls: list[int]  # calls through pointers: the devices


class BackendAudit:
    """Everything the audit finds out about one backend."""

    def __init__(self, decoder: Decoder, declared: DeclaredBackend) -> None:
        self.decoder = decoder
        self.image = decoder.image
        self.declared = declared
        self.exploration = Exploration(decoder, declared.run)
        self.cold = self._cold()
        self.handlers = self._handlers()
        self.by_opcode = {
            opcode: handler for handler in self.handlers for opcode in handler.opcodes
        }

    # ---- which code is which

    @functools.cached_property
    def dispatches(self) -> dict[int, Site]:
        """The sites that lead to handlers."""
        return {address: site for address, site in self.exploration.sites.items() if site.tables}

    def _cold(self) -> set[int]:
        """Instructions that run only when an access wraps around."""
        exploration = self.exploration
        cold = set()
        for address in exploration.successors:
            symbol = self.image.symbol_at(address)
            called = exploration.calls.get(address)
            target = self.image.symbol_at(called) if called is not None else None
            if (symbol and COLD_NAME.search(symbol.name)) or (
                target and COLD_NAME.search(target.name)
            ):
                cold.add(address)
        predecessors: dict[int, list[int]] = collections.defaultdict(list)
        for address, following in exploration.successors.items():
            for successor in following:
                predecessors[successor].append(address)
        # What leads nowhere else is cold, too: the moves in front of the call.
        waiting = list(cold)
        while waiting:
            for address in predecessors[waiting.pop()]:
                following = exploration.successors[address]
                if address not in cold and all(successor in cold for successor in following):
                    cold.add(address)
                    waiting.append(address)
        return cold

    def _hot_from(self, start: int) -> set[int]:
        exploration = self.exploration
        found: set[int] = set()
        waiting = [start]
        while waiting:
            address = waiting.pop()
            if address in found or address in self.cold or address not in exploration.successors:
                continue
            found.add(address)
            waiting.extend(exploration.successors[address])
        return found

    def _shortest(self, start: int) -> list[int]:
        """The fewest instructions from `start` to a dispatch or to the end of the vector."""
        exploration = self.exploration
        came_from: dict[int, int | None] = {start: None}
        waiting = collections.deque([start])
        while waiting:
            address = waiting.popleft()
            following = exploration.successors.get(address, ())
            if address in self.dispatches or not following:
                path = []
                at: int | None = address
                while at is not None:
                    path.append(at)
                    at = came_from[at]
                return path[::-1]
            for successor in following:
                if successor not in came_from and successor not in self.cold:
                    came_from[successor] = address
                    waiting.append(successor)
        return []

    def _handlers(self) -> list[Handler]:
        opcodes: dict[int, set[int]] = collections.defaultdict(set)
        for targets in self.exploration.tables.values():
            for opcode, target in enumerate(targets):
                if target is not None:
                    opcodes[target].add(opcode)
        result = []
        for address, numbers in sorted(opcodes.items()):
            hot = self._hot_from(address)
            calls = self.exploration.calls
            result.append(
                Handler(
                    address,
                    sorted(numbers),
                    sorted(hot),
                    self._shortest(address),
                    sorted(hot & self.dispatches.keys()),
                    sorted(hot & calls.keys()),
                    sorted(
                        at
                        for at in hot & self.exploration.sites.keys()
                        if at not in self.dispatches
                        and at not in calls
                        and self.exploration.sites[at].is_call
                    ),
                )
            )
        return result

    # ---- the verdict

    @functools.cached_property
    def handler_sites(self) -> collections.Counter[int]:
        """How many handlers leave through each site, rare paths aside."""
        return collections.Counter(site for handler in self.handlers for site in handler.sites)

    @functools.cached_property
    def technique(self) -> tuple[str, str]:
        """The effective technique, and the label for tables and charts."""
        if not self.exploration.tables:
            branches = self.comparison_tree
            if branches:
                return "comparisons", f"tree of comparisons ({branches} branches), no indirect jump"
            return "unknown", "no dispatch found"
        dispatching = [handler for handler in self.handlers if handler.sites]
        sites = len(self.handler_sites)
        calling = [
            handler
            for handler in dispatching
            if any(self.dispatches[at].is_call for at in handler.sites)
        ]
        if calling:
            return "calls", f"calls instead of tail calls ({len(calling)} handlers)"
        if not dispatching:
            return "calls", f"calls from a loop ({len(self.handlers)} handlers)"
        thunk = self.thunk_kind
        suffix = f", through {thunk}s" if thunk else ""
        separate = sum(self._is_cpp_function(handler.address) for handler in self.handlers)
        share = sites / len(dispatching)
        if separate > len(self.handlers) / 2 and share >= REPLICATED_SHARE:
            if self.exploration.unbalanced:
                return (
                    "calls",
                    f"tail calls that leave {len(self.exploration.unbalanced)} frames behind",
                )
            return "tail_calls", "tail calls guaranteed" + suffix
        plural = "" if sites == 1 else "s"
        if share >= REPLICATED_SHARE:
            return "replicated", f"replicated ({sites} sites{suffix})"
        if share <= MERGED_SHARE:
            return "merged", f"merged ({sites} site{plural}{suffix})"
        return (
            "partly_merged",
            f"partly merged ({sites} sites for {len(dispatching)} handlers{suffix})",
        )

    def _is_cpp_function(self, address: int) -> bool:
        """Whether a C++ function starts here: the compiler had a call to turn into a jump. Assembly has none."""
        symbol = self.image.function_starting_at(address)
        return symbol is not None and symbol.name.startswith("_Z")

    @functools.cached_property
    def thunk_kind(self) -> str | None:
        """What the handlers' dispatches hide behind, if anything."""
        kinds = {self.dispatches[at].instruction.thunk for at in self.handler_sites}
        kinds.discard(None)
        return "/".join(sorted(kind for kind in kinds if kind)) or None

    @property
    def _thunk_with_article(self) -> str:
        kind = self.thunk_kind or ""
        return f"an {kind}" if kind.startswith("i") else f"a {kind}"

    @functools.cached_property
    def comparison_tree(self) -> int:
        """Branches in the largest group of blocks that do nothing but compare with a number and branch."""
        successors = self.exploration.successors
        pure: set[int] = set()
        for address in self.exploration.comparisons:
            following = successors[address]
            if len(following) == 1 and self.instruction(following[0]).flow is Flow.BRANCH:
                pure.add(address)
        neighbours: dict[int, list[int]] = collections.defaultdict(list)
        branches: dict[int, int] = {}
        for address in pure:
            at, count = successors[address][0], 0
            ends: list[int] = []
            # Two branches may follow one comparison: less, equal, greater.
            while at in successors and self.instruction(at).flow is Flow.BRANCH:
                count += 1
                ends.append(successors[at][1])
                at = successors[at][0]
            branches[address] = count
            for end in [*ends, at]:
                if end in pure:
                    neighbours[address].append(end)
                    neighbours[end].append(address)
        largest, seen = 0, set()
        for root in pure:
            if root in seen:
                continue
            group, waiting = 0, [root]
            seen.add(root)
            while waiting:
                address = waiting.pop()
                group += branches[address]
                for end in neighbours[address]:
                    if end not in seen:
                        seen.add(end)
                        waiting.append(end)
            largest = max(largest, group)
        return largest

    # ---- figures

    def instruction(self, address: int) -> Instruction:
        """The instruction at `address`."""
        return self.decoder.at(address)

    def loads(self, addresses: list[int]) -> int:
        """Loads among these instructions, those of indirect jumps included."""
        return sum(
            sum(isinstance(effect, Load) for effect in self.instruction(at).effects)
            + (
                self.instruction(at).through is not None
                and not isinstance(self.instruction(at).through, str)
            )
            for at in addresses
        )

    def stores(self, addresses: list[int]) -> int:
        """Stores among these instructions."""
        return sum(
            sum(isinstance(effect, Store) for effect in self.instruction(at).effects)
            for at in addresses
        )

    def stack_accesses(self, addresses: list[int]) -> int:
        """Loads and stores of these instructions that hit the native stack frame."""
        return sum(self.exploration.stack_accesses.get(at, 0).bit_count() for at in addresses)

    def size(self, addresses: list[int]) -> int:
        """Bytes of these instructions."""
        return sum(self.instruction(at).size for at in addresses)

    def table_bytes(self) -> int:
        """Bytes of the dispatch tables."""
        result = 0
        for table, targets in self.exploration.tables.items():
            if isinstance(table, Loaded):
                result += table.width * sum(target is not None for target in targets)
        return result

    def handler_json(self, handler: Handler) -> dict[str, Any]:
        """One handler's figures."""
        return {
            "bytes": self.size(handler.hot),
            "instructions": len(handler.hot),
            "shortest_path": len(handler.shortest),
            "loads": self.loads(handler.hot),
            "stores": self.stores(handler.hot),
            "stack_accesses": self.stack_accesses(handler.hot),
            "pushes_and_pops": sum(self.instruction(at).is_push_or_pop for at in handler.hot),
            "indirect_calls": len(handler.indirect_calls),
            "direct_calls": len(handler.other_calls),
            "landing_pad": self.instruction(handler.address).is_landing_pad,
            "sites": [self.image.place(site) for site in handler.sites],
        }

    def notes(self) -> list[str]:
        """What a reader of the figures should know, in sentences."""
        result = []
        names = mnemonics()
        strange = sorted(
            names[handler.opcodes[0]]
            for handler in self.handlers
            if handler.indirect_calls
            and not all(names[opcode].startswith(DEVICE_ROWS) for opcode in handler.opcodes)
        )
        if strange:
            result.append(
                f"Handlers other than DEI and DEO call through pointers: {', '.join(strange)}."
            )
        calling = [handler for handler in self.handlers if handler.other_calls]
        if calling:
            called = sorted(
                {
                    self.image.place(self.exploration.calls[at])
                    for handler in calling
                    for at in handler.other_calls
                }
            )
            shown = ", ".join(called[:3]) + (", ..." if len(called) > 3 else "")
            result.append(f"{len(calling)} handlers call functions on their hot path: {shown}.")
        unresolved = [
            at
            for at, site in self.exploration.sites.items()
            if not site.tables
            and not site.is_call
            and len(self.exploration.successors.get(at, ())) == 0
        ]
        if unresolved:
            result.append(
                f"{len(unresolved)} indirect jumps lead where the audit can't see, the first at "
                f"{self.image.place(unresolved[0])}."
            )
        missing = [names[opcode] for opcode in range(256) if opcode not in self.by_opcode]
        if missing and self.exploration.tables:
            result.append(f"Not dispatched through the table: {', '.join(missing)}.")
        if self.thunk_kind:
            result.append(
                f"Every dispatch goes through {self._thunk_with_article}, which keeps the branch predictor out."
            )
        return result

    def to_json(self) -> dict[str, Any]:
        """The audit of this backend."""
        technique, label = self.technique
        expected = self.declared.expected
        everything = sorted(self.exploration.successors)
        hot = sorted({at for handler in self.handlers for at in handler.hot})
        entry_sites = (
            self._hot_from(self.declared.run) & self.dispatches.keys() - self.handler_sites.keys()
        )
        rare_sites = self.dispatches.keys() - self.handler_sites.keys() - entry_sites
        spilling = [handler for handler in self.handlers if self.stack_accesses(handler.hot)]
        pads = {at for at in everything if self.instruction(at).is_landing_pad}
        return {
            "effective_technique": technique,
            "label": label,
            "expected": expected,
            "as_expected": technique == expected,
            "indirect_jump_sites": len(self.handler_sites),
            "entry_sites": len(entry_sites),
            "rare_path_sites": len(rare_sites),
            "handlers_of_busiest_site": max(self.handler_sites.values(), default=0),
            "distinct_handlers": len(self.handlers),
            "handlers_with_spills": len(spilling),
            "stack_accesses": sum(self.stack_accesses(handler.hot) for handler in self.handlers),
            "handlers_calling_devices": sum(
                bool(handler.indirect_calls) for handler in self.handlers
            ),
            "handlers_calling_functions": sum(
                bool(handler.other_calls) for handler in self.handlers
            ),
            "thunks": self.thunk_kind,
            "landing_pads": len(pads),
            "comparisons": self.comparison_tree if not self.exploration.tables else 0,
            "code_bytes": self.size(everything),
            "handler_bytes": self.size(hot),
            "table_bytes": self.table_bytes(),
            "code_hash": self.code_hash(),
            "notes": self.notes(),
        }

    def code_hash(self) -> str:
        """A fingerprint of its code and tables, wherever the linker put them."""
        return normalised_hash(self.decoder, self.exploration)

    def handlers_json(self) -> dict[str, Any]:
        """The figures of every handler that is dispatched through a table, by mnemonic."""
        return {
            mnemonic: self.handler_json(self.by_opcode[opcode])
            for opcode, mnemonic in enumerate(mnemonics())
            if opcode in self.by_opcode
        }


class LibraryAudit:
    """The audits of all backends of a library."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.image = ElfImage(path)
        processors: dict[str, type[Processor]] = {
            "x86_64": X86Processor,
            "aarch64": Aarch64Processor,
        }
        self.decoder = Decoder(self.image, processors[self.image.target]())
        symbol = self.image.by_name.get("dispatchbench_library")
        if symbol is None:
            raise ToolError(
                f"{path}: doesn't export dispatchbench_library; give a dispatchbench_backends.so"
            )
        returned = Exploration(self.decoder, symbol.address).returned
        if not isinstance(returned, Constant):
            raise ToolError(
                f"{path}: expected dispatchbench_library to return the address of a constant"
            )
        self.declared: DeclaredLibrary = declared_library(self.image, returned.number)
        unknown = {backend.expected for backend in self.declared.backends} - set(EXPECTABLE)
        if unknown:
            raise ToolError(
                f"{path}: a backend's EXPECTED is {', '.join(sorted(unknown))}; known: {', '.join(EXPECTABLE)}. "
                "Correct add_backend in its CMakeLists.txt"
            )

        self._audited: dict[str, BackendAudit] = {}

    def backend(self, name: str) -> BackendAudit:
        """The audit of one backend."""
        if name not in self._audited:
            declared = {backend.name: backend for backend in self.declared.backends}
            if name not in declared:
                raise ValueError(
                    f"--backend {name}: not in {self.path}; it has {', '.join(declared)}"
                )
            self._audited[name] = BackendAudit(self.decoder, declared[name])
        return self._audited[name]

    def chosen(self, only: list[str]) -> dict[str, BackendAudit]:
        """The audits of `only` some backends, or of all."""
        names = only or [backend.name for backend in self.declared.backends]
        return {name: self.backend(name) for name in names}

    @property
    def backends(self) -> dict[str, BackendAudit]:
        """The audits of all backends."""
        return self.chosen([])

    def to_json(self, only: list[str]) -> dict[str, Any]:
        """LIBRARY.audit.json, of `only` some backends or of all."""
        chosen = self.chosen(only)
        return {
            "schema": 1,
            "target": self.declared.target,
            "library": self.path.name,
            "label": self.declared.label,
            "compiler": f"{self.declared.compiler} {self.declared.compiler_version}",
            "flags": self.declared.flags,
            "backends": {name: audit.to_json() for name, audit in chosen.items()},
            # Apart from the backends, so that results can hold those without these.
            "handlers": {name: audit.handlers_json() for name, audit in chosen.items()},
        }
