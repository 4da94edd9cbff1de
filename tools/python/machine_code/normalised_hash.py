"""A fingerprint of a backend's code and tables that does not depend on where the linker put them."""

from __future__ import annotations

import hashlib
import re

from .control_flow import Exploration
from .decoder import Decoder
from .instruction import Flow
from .values import Loaded

# Distances that change when code or data moves; the address they mean is hashed by name instead.
NUMBER = re.compile(r"(?:rip [+-] 0x[0-9a-f]+)|(?:#?0x[0-9a-f]+)")


def normalised_hash(decoder: Decoder, exploration: Exploration) -> str:
    """The SHA-256 of every reachable instruction, in order of address, and of the tables, all addresses made relative.

    Equal for the same code elsewhere in memory. Instructions are hashed by their text, so that a short and a long
    encoding of one jump count as the same.
    """
    order = {address: number for number, address in enumerate(sorted(exploration.successors))}
    image = exploration.image
    tables = {
        table.at.base: number
        for number, table in enumerate(
            sorted(
                (table for table in exploration.tables if isinstance(table, Loaded)),
                key=lambda table: table.at.base,
            )
        )
    }

    def meaning(address: int) -> str:
        if address in order:
            return f"instruction {order[address]}"
        if address in tables:
            return f"table {tables[address]}"
        if address in image.imports:
            return f"import {image.imports[address]}"
        pointed = image.pointers.get(address)
        if pointed is not None and not image.section_at(address) is None:
            return f"pointer to {meaning(pointed)}" if pointed != address else "pointer to itself"
        section = image.section_at(address)
        symbol = image.symbol_at(address)
        if symbol and symbol.address == address and section is not None:
            return f"symbol {symbol.name}"
        return f"in {section.name}" if section else "elsewhere"

    digest = hashlib.sha256()
    for address in order:
        instruction = decoder.at(address)
        text = instruction.text
        if instruction.target is not None or instruction.names or address in exploration.calls:
            places = list(instruction.names)
            if instruction.target is not None:
                places.append(instruction.target)
            if address in exploration.calls and not places:
                places.append(exploration.calls[address])
            text = NUMBER.sub("@", text) + " -> " + ", ".join(meaning(place) for place in places)
        if (
            instruction.flow is Flow.NEXT
            and not instruction.effects
            and not instruction.is_landing_pad
        ):
            text = "nop"  # However long.
        digest.update(text.encode() + b"\n")
    for table, targets in sorted(exploration.tables.items(), key=lambda item: str(item[1])):
        shape = (table.width, table.multiplier) if isinstance(table, Loaded) else table.scale
        order_of_targets = [order.get(target) if target is not None else None for target in targets]
        digest.update(f"{shape} {order_of_targets}\n".encode())
    return "sha256:" + digest.hexdigest()
