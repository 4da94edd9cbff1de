"""Decodes a library's instructions by address, and sees through retpolines."""

from __future__ import annotations

from tool import ToolError

from .elf_image import ElfImage
from .functions import Functions
from .indirect_jumps import IndirectJumps
from .instruction import Flow, Instruction
from .processor import Processor
from .reference_scan import ReferenceScan
from .threaded_functions import ThreadedFunctions
from .x86_64 import trampoline_register

CHUNK = 256  # bytes decoded at a time
THUNK_BYTES = 32  # A retpoline isn't longer.


class Decoder:
    """Instructions by address, decoded once."""

    def __init__(self, image: ElfImage, processor: Processor) -> None:
        self.image = image
        self.processor = processor
        processor.spells_absolute = image.is_fixed
        self.functions = Functions(self)
        self.references = ReferenceScan(self)
        self.indirect_jumps = IndirectJumps(self)
        self.threaded = ThreadedFunctions(self)
        self._known: dict[int, Instruction] = {}

    def take_over(self, other: Decoder, changed: int) -> None:
        """Takes over what another decoder knows of the same library, all but what depends on the byte at `changed`."""
        for address, instruction in other._known.items():
            begin, end = instruction.thunk_code or (address, address)
            near = range(address - THUNK_BYTES, instruction.end + THUNK_BYTES)
            if changed in near or begin <= changed < end:
                continue
            target = instruction.target
            if target is None or not target <= changed < target + THUNK_BYTES:
                self._known[address] = instruction
        self.functions.take_over(other.functions, changed)
        self.references.take_over(other.references, changed)

    def at(self, address: int) -> Instruction:
        """The instruction at `address`."""
        known = self._known.get(address)
        if known is None:
            self._decode_from(address)
            known = self._known[address]
        return known

    def _decode_from(self, address: int) -> None:
        """Decodes ahead: to the end of the block, or to what is known already."""
        data = self.image.bytes_at(address, CHUNK)
        for instruction in self.processor.decode(data, address):
            # What the end of the chunk has cut off isn't decoded at all, so what is decoded is right.
            if instruction.address in self._known:
                return
            self._known[instruction.address] = self._through_thunk(instruction)
            if instruction.flow in (Flow.JUMP, Flow.INDIRECT_JUMP, Flow.RETURN, Flow.TRAP):
                return
        if address not in self._known:
            raise ToolError(
                f"{self.image.path}: no instruction can be decoded at {self.image.place(address)}"
            )

    def _through_thunk(self, instruction: Instruction) -> Instruction:
        """`instruction`, or the indirect jump or call that it really is, if it goes through a retpoline."""
        if self.image.target != "x86_64" or instruction.target is None:
            return instruction
        if instruction.flow not in (Flow.CALL, Flow.JUMP):
            return instruction
        target = instruction.target
        register = None
        kind, begin, end = "retpoline", target, target + 5
        if instruction.flow is Flow.CALL:
            register = trampoline_register(self.image.bytes_at(target, 5))
            if register:
                # An inline retpoline: its `call` never returns but leads on through the register.
                instruction.flow, kind = Flow.INDIRECT_JUMP, "inline retpoline"
                begin = min(instruction.address, target)
        if register is None:
            register, end = self._thunk_register(target)
            if register is None:
                return instruction
            is_call = instruction.flow is Flow.CALL
            instruction.flow = Flow.INDIRECT_CALL if is_call else Flow.INDIRECT_JUMP
        instruction.through, instruction.target, instruction.thunk = register, None, kind
        instruction.thunk_code, instruction.reads = (begin, end), (register,)
        return instruction

    def _thunk_register(self, address: int) -> tuple[str | None, int]:
        """The register that the function at `address` jumps through, if it is a retpoline, and where that ends."""
        head = self.image.bytes_at(address, 5)
        if len(head) < 5 or head[0] != 0xE8:  # call
            return None, address
        inner = address + 5 + int.from_bytes(head[1:], "little", signed=True)
        return trampoline_register(self.image.bytes_at(inner, 5)), inner + 5
