"""Changes single bytes of a library at random and sees whether the audit's code_hash notices.

By hand, with as many as wanted: PYTHONPATH=tools/python:reports:backends/isa /usr/bin/python3
backends/tests/codegen/mutations.py LIBRARY --count 5000
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import dataclasses
import functools
import io
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection

from machine_code.closure import Closure
from machine_code.code_hash import code_hash
from machine_code.declared import DeclaredBackend, declared_library
from machine_code.decoder import Decoder
from machine_code.elf_image import ElfImage
from machine_code.processors import processor_for
from reachable_bytes import Disassembly
from tool import ToolError


@dataclasses.dataclass(frozen=True)
class Mutation:
    """One byte of the file, exclusive-ored with a number, which a backend can execute or read."""

    backend: str
    found_by: str  # the reading that says so
    kind: str
    address: int
    offset: int  # in the file
    change: int

    def __str__(self) -> str:
        return (
            f"{self.backend}: {self.kind} at {self.address:#x} (found by {self.found_by}), "
            f"byte {self.offset:#x} of the file ^ {self.change:#04x}"
        )


class MutableLibrary:
    """A library whose bytes can be changed in memory."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        with tempfile.TemporaryDirectory() as folder:
            stripped = pathlib.Path(folder) / "stripped.so"
            subprocess.run(["llvm-strip-19", "--strip-all", path, "-o", stripped], check=True)
            self.data = stripped.read_bytes()
        elf = ELFFile(io.BytesIO(self.data))
        self._sections = [
            (section["sh_addr"], section["sh_size"], section["sh_offset"])
            for section in elf.iter_sections()
            if section["sh_addr"] and section["sh_type"] != "SHT_NOBITS"
        ]
        self._relocations: dict[int, int] = {}  # by the place that they change: offset in the file
        for section in elf.iter_sections():
            if isinstance(section, RelocationSection) and section.is_RELA():
                for number, relocation in enumerate(section.iter_relocations()):
                    self._relocations[relocation["r_offset"]] = section["sh_offset"] + 24 * number
        self._image = ElfImage(path, self.data)
        self._decoder = Decoder(self._image, processor_for(self._image.target))
        # What a backend generates isn't in the library, so such a backend has no hash to change.
        self.backends = {
            one.name: one
            for one in declared_library(self._decoder).backends
            if not one.generates_code
        }
        self.hashes = {name: self.hash_of(name) for name in self.backends}

    def hash_of(self, name: str) -> str | None:
        """A backend's hash without any change."""
        return _hash(self._decoder, self.backends[name])

    def is_stored(self, address: int) -> bool:
        """Whether the file holds a byte of the loaded library."""
        return any(begin <= address < begin + size for begin, size, _ in self._sections)

    def offset(self, address: int) -> int:
        """Where a byte of the loaded library lies in the file."""
        for begin, size, offset in self._sections:
            if begin <= address < begin + size:
                return int(offset + address - begin)
        raise AssertionError(f"{address:#x} is in no section")

    def pointer_offsets(self, slot: int) -> list[int]:
        """The bytes of the file that decide on a pointer which the loader stores at `slot`."""
        relocation = self._relocations.get(slot)
        if relocation is None:  # The number to relocate is in its place.
            return list(range(self.offset(slot), self.offset(slot) + 8))
        # Its place, the kind of relocation and the address; not the symbol, which this kind ignores.
        return [relocation + byte for byte in [*range(12), *range(16, 24)]]

    def explored(self, name: str) -> dict[str, list[int]]:
        """What the audit says that a backend can execute and read: addresses by kind."""
        closure = Closure.of_backend(self._decoder, self.backends[name])
        code = [
            address
            for start in closure.successors
            for address in range(start, self._decoder.at(start).end)
        ]
        slots = {
            slot for begin, end in closure.ranges for slot in self._image.pointers_in(begin, end)
        }
        of_slots = {address for slot in slots for address in range(slot, slot + 8)}
        data = [
            address
            for begin, end in closure.ranges
            for address in range(begin, end)
            if address not in of_slots and self.is_stored(address)
        ]
        return {
            "code": sorted(set(code)),
            "data": data,
            "pointer": sorted(slots & self._image.pointers.keys()),
        }

    @functools.cached_property
    def places(self) -> list[tuple[str, str, dict[str, list[int]]]]:
        """By backend, what the audit and another reading find: addresses by kind."""
        disassembly = Disassembly(self.path)
        places: list[tuple[str, str, dict[str, list[int]]]] = []
        for name, backend in self.backends.items():
            places.append((name, "the audit", self.explored(name)))
            found = disassembly.reachable(backend.run)
            stored = [address for address in found.data if self.is_stored(address)]
            by_kind = {"code": found.code, "data": stored, "pointer": found.slots}
            places.append((name, "llvm-objdump", by_kind))
        return places

    def changed_hash(self, mutation: Mutation) -> str | None:
        """The backend's hash after a change; None where the library can't be read any more."""
        data = bytearray(self.data)
        data[mutation.offset] ^= mutation.change
        return self.hash_of_file(bytes(data), mutation.backend, mutation.address)

    def hash_of_file(self, data: bytes, name: str, changed: int | None = None) -> str | None:
        """The hash of a backend in a file; None if there is none. `changed`: the only byte that differs from the
        original's, so that what is known of that is reused."""
        try:
            image = ElfImage(self.path, data)
            decoder = Decoder(image, self._decoder.processor)
            if changed is not None:
                decoder.take_over(self._decoder, changed)
            declared = declared_library(decoder).backends
            backend = next((one for one in declared if one.name == name), None)
            return _hash(decoder, backend) if backend is not None else None
        except (ToolError, ValueError):
            return None


def _hash(decoder: Decoder, backend: DeclaredBackend) -> str | None:
    return code_hash(decoder, backend)[0]


def choose(library: MutableLibrary, count: int, seed: int) -> list[Mutation]:
    """`count` changes: half of bytes that the audit explored, half of those that another reading found; code, data and
    pointers, spread over all backends."""
    chance = random.Random(seed)
    chosen = []
    for number in range(count):
        name, found_by, by_kind = library.places[number % len(library.places)]
        kinds = [kind for kind in ("code", "code", "data", "pointer") if by_kind[kind]]
        kind = chance.choice(kinds)
        address = chance.choice(by_kind[kind])
        if kind == "pointer":
            offset = chance.choice(library.pointer_offsets(address))
        else:
            offset = library.offset(address)
        change = chance.randrange(1, 256)
        chosen.append(Mutation(name, found_by, kind, address, offset, change))
    return chosen


@functools.lru_cache(maxsize=1)
def mutable_library(path: pathlib.Path) -> MutableLibrary:
    """The library at `path`, read once: the processes that `outcomes` starts inherit it."""
    return MutableLibrary(path)


def _outcomes(path: pathlib.Path, mutations: list[Mutation]) -> list[str]:
    library = mutable_library(path)
    found = []
    for mutation in mutations:
        after = library.changed_hash(mutation)
        before = library.hashes[mutation.backend]
        found.append("none" if after is None else "same" if after == before else "changed")
    return found


def outcomes(path: pathlib.Path, mutations: list[Mutation]) -> list[str]:
    """What became of the hash for each change: changed, none, or the same."""
    mutable_library(path)
    workers = min(os.cpu_count() or 1, 8)
    size = -(-len(mutations) // (4 * workers))
    parts = [mutations[begin : begin + size] for begin in range(0, len(mutations), size)]
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        results = pool.map(_outcomes, [path] * len(parts), parts)
        return [one for part in results for one in part]


def main() -> int:
    """Tries as many changes as wanted; prints how many were noticed and names the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begin = time.monotonic()
    mutations = choose(mutable_library(options.library), options.count, options.seed)
    results = outcomes(options.library, mutations)
    counts = collections.Counter(
        (mutation.kind, mutation.found_by, result) for mutation, result in zip(mutations, results)
    )
    for (kind, found_by, result), number in sorted(counts.items()):
        print(f"{kind:8}{found_by:14}{result:9}{number}")
    for mutation, result in zip(mutations, results):
        if result == "same":
            print(f"not noticed: {mutation}")
    print(f"{time.monotonic() - begin:.0f} s")
    return int("same" in results)


if __name__ == "__main__":
    sys.exit(main())
