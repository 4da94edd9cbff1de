"""Where a handler's instructions come from: a backend library, or any object with a symbol for each handler."""

from __future__ import annotations

import pathlib
import re
from typing import Protocol

from audit.backend_code import BackendCode
from audit.library_audit import LibraryAudit
from machine_code.aarch64 import Aarch64Processor
from machine_code.decoder import Decoder
from machine_code.elf_image import ElfImage
from machine_code.instruction import Flow, Instruction
from opcodes import mnemonics
from tool import ToolError, WrongUsage


class Handlers(Protocol):
    """One backend's handlers."""

    label: str

    def way(self, mnemonic: str) -> list[Instruction]:
        """The instructions from the handler's first to its dispatch, in order, where no access wraps around."""


class LibraryHandlers:
    """The handlers of a backend in a library."""

    def __init__(self, label: str, code: BackendCode) -> None:
        self.label = label
        self._code = code

    def way(self, mnemonic: str) -> list[Instruction]:
        """See Handlers."""
        handler = self._code.by_opcode.get(mnemonics().index(mnemonic))
        if handler is None or not handler.shortest:
            raise ToolError(f"{self.label}: found no handler of {mnemonic}; see tools/audit")
        return [self._code.instruction(address) for address in handler.shortest]


class SymbolHandlers:
    """Handlers that are symbols PREFIX + mnemonic, each straight to its jump."""

    def __init__(self, label: str, path: pathlib.Path, prefix: str) -> None:
        self.label = label
        self._image = ElfImage(path)
        self._prefix = prefix
        self._path = path
        self._decoder = Decoder(self._image, Aarch64Processor())

    def way(self, mnemonic: str) -> list[Instruction]:
        """See Handlers."""
        symbol = self._image.by_name.get(self._prefix + mnemonic)
        if symbol is None:
            raise ToolError(f"{self._path}: has no symbol {self._prefix}{mnemonic}")
        found = []
        address = symbol.address
        while True:
            instruction = self._decoder.at(address)
            found.append(instruction)
            if instruction.flow in (Flow.INDIRECT_JUMP, Flow.RETURN):
                return found
            if instruction.flow is Flow.JUMP:
                raise ToolError(f"{self._path}: {self._prefix}{mnemonic} isn't straight-line code")
            address = instruction.end


def library_handlers(
    path: pathlib.Path, wanted: re.Pattern[str]
) -> tuple[list[Handlers], list[str]]:
    """The wanted backends of a library, and the names of those that have no handlers: they generate their code."""
    library = LibraryAudit(path)
    if library.declared.target != "aarch64":
        raise ToolError(
            f"{path}: made for {library.declared.target}; expected AArch64: "
            "'cmake --preset aarch64 && cmake --build --preset aarch64' builds such a library"
        )
    found = [each for each in library.declared.backends if wanted.fullmatch(each.name)]
    with_handlers: list[Handlers] = [
        LibraryHandlers(each.name, library.backend(each.name))
        for each in found
        if not each.generates_code
    ]
    return with_handlers, [each.name for each in found if each.generates_code]


def symbol_handlers(text: str) -> Handlers:
    """The argument of --symbols."""
    match = re.fullmatch(r"([^=]+)=(.+):([^:]*)", text)
    if not match:
        raise WrongUsage(f"--symbols {text}: expected NAME=PATH:PREFIX")
    return SymbolHandlers(match[1], pathlib.Path(match[2]), match[3])
