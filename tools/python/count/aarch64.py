"""Counts AArch64 instructions in an emulator (Unicorn), exactly and on any machine.

Counts what executes between the call of a backend's run function and its return, in its library and in code that it
generates. A call of a device or of the C library counts as the one instruction that calls: both are Python. Unicorn reports each basic block as it enters it, and a block
runs to its end, so the sum of the blocks' lengths is the number of instructions.
"""

from __future__ import annotations

import collections
import functools
import pathlib
import struct

import unicorn
from unicorn import arm64_const as arm64

from abi_offsets import constants, offsets
from audit.library_audit import LibraryAudit
from machine_code.elf_image import ElfImage
from machine_code.symbol_names import readable
from sampler import Refused
from tool import ToolError
from workload import Workload

from .block_counter import BlockCounter
from .counted import GENERATED, Counted, Outcome, Task
from .devices import Devices
from .emulated_libc import EmulatedLibc, UnknownFunction

PAGE = 0x1000
# Where things lie in the emulated address space. What is not mapped faults, so that a stray access shows.
LIBRARY, RAM, WORKING, RETURN, PORTS, MACHINE, STUBS, STACK = (
    0x1000_0000,
    0x2001_0000,
    0x2010_0000,
    0x2020_0000,
    0x2030_0000,
    0x2040_0000,
    0x2050_0000,
    0x2060_0000,
)
STACK_SIZE = 0x10000
DEI_STUB, DEO_STUB, RETURN_STUB, IMPORT_STUB = STUBS, STUBS + 4, STUBS + 8, STUBS + 16
RET = struct.pack("<I", 0xD65F03C0)
RAM_BYTES, ROM_ADDRESS = constants()["RAM_BYTES"], constants()["ROM_ADDRESS"]
POINTERS = {0x04: MACHINE + offsets()["MACHINE_WST"], 0x05: MACHINE + offsets()["MACHINE_RST"]}


def new_machine() -> bytes:
    """The struct DispatchbenchMachine before a program's first vector."""
    machine = bytearray(offsets()["MACHINE_SIZE"])
    for member, width, value in (
        ("RAM", 8, RAM),
        ("WORKING_STACK", 8, WORKING),
        ("RETURN_STACK", 8, RETURN),
        ("DEVICE_PAGE", 8, PORTS),
        ("DEI", 8, DEI_STUB),
        ("DEO", 8, DEO_STUB),
        ("PC", 2, ROM_ADDRESS),
        ("BUDGET", 8, (1 << 63) - 1),
    ):
        at = offsets()[f"MACHINE_{member}"]
        machine[at : at + width] = value.to_bytes(width, "little")
    return bytes(machine)


class EmulatedLibrary:
    """A shared object for AArch64, loaded into the emulator."""

    def __init__(self, path: pathlib.Path) -> None:
        self.image = ElfImage(path)
        if self.image.target != "aarch64":
            raise ToolError(
                f"{path}: made for {self.image.target}; counting here needs AArch64: "
                "'cmake --preset aarch64 && cmake --build --preset aarch64' builds such a library"
            )
        self.path = path
        self.emulator = unicorn.Uc(unicorn.UC_ARCH_ARM64, unicorn.UC_MODE_ARM)
        self._imports = sorted(set(self.image.imports.values()))
        self._load()
        self._libc = EmulatedLibc(self.emulator)
        self._blocks = BlockCounter(self.emulator)
        self._devices = Devices(self)
        self._device_calls = 0
        self._failure: Exception | None = None
        stubs_end = IMPORT_STUB + 4 * len(self._imports)
        self.emulator.hook_add(
            unicorn.UC_HOOK_CODE, self._call_out, begin=STUBS, end=max(stubs_end, STUBS + 12) - 1
        )

    def _load(self) -> None:
        emulator, image = self.emulator, self.image
        end = max(section.address + len(section.data) for section in image.sections)
        emulator.mem_map(LIBRARY, _whole_pages(end))
        for section in image.sections:
            emulator.mem_write(LIBRARY + section.address, section.data)
        for at, target in image.pointers.items():
            emulator.mem_write(LIBRARY + at, struct.pack("<Q", LIBRARY + target))
        for at, name in image.imports.items():
            stub = IMPORT_STUB + 4 * self._imports.index(name)
            emulator.mem_write(LIBRARY + at, struct.pack("<Q", stub))
        for address, size in ((RAM, RAM_BYTES), (STACK, STACK_SIZE)):
            emulator.mem_map(address, size)
        for address in (WORKING, RETURN, PORTS, MACHINE):
            emulator.mem_map(address, PAGE)
        emulator.mem_map(STUBS, _whole_pages(IMPORT_STUB - STUBS + 4 * len(self._imports)))
        emulator.mem_write(STUBS, RET * (4 + len(self._imports)))
        emulator.reg_write(arm64.UC_ARM64_REG_CPACR_EL1, 3 << 20)  # Floating point and NEON on.

    # ---- the machine, as the devices see it

    def _byte(self, address: int) -> int:
        return int(self.emulator.mem_read(address, 1)[0])

    def pointer(self, port: int) -> int:
        """The stack pointer that port 04 or 05 shows."""
        return self._byte(POINTERS[port])

    def set_pointer(self, port: int, value: int) -> None:
        """Sets it."""
        self.emulator.mem_write(POINTERS[port], bytes([value]))

    def port(self, port: int) -> int:
        """A byte of the device page."""
        return self._byte(PORTS + port)

    def set_port(self, port: int, value: int) -> None:
        """Sets it."""
        self.emulator.mem_write(PORTS + port, bytes([value]))

    def ram(self, address: int) -> int:
        """A byte of memory."""
        return self._byte(RAM + address)

    def set_ram(self, address: int, value: int) -> None:
        """Sets it."""
        self.emulator.mem_write(RAM + address, bytes([value]))

    # ---- what Unicorn calls

    def _call_out(self, emulator: unicorn.Uc, address: int, _size: int, _user_data: object) -> None:
        port = emulator.reg_read(arm64.UC_ARM64_REG_X1) & 0xFF
        if address == DEI_STUB:
            self._device_calls += 1
            emulator.reg_write(arm64.UC_ARM64_REG_X0, self._devices.dei(port))
        elif address == DEO_STUB:
            self._device_calls += 1
            self._devices.deo(port, emulator.reg_read(arm64.UC_ARM64_REG_X2) & 0xFF)
        elif address >= IMPORT_STUB:
            name = self._imports[(address - IMPORT_STUB) // 4]
            try:
                self._libc.call(name)
            except UnknownFunction:
                self._failure = ToolError(
                    f"{self.path}: calls {name}, which neither it nor the emulator contains; "
                    "link it statically into the library"
                )
                emulator.emu_stop()

    # ---- running

    def function(self, symbol: str) -> int:
        """The address of an exported or local function."""
        found = self.image.by_name.get(symbol)
        if found is None:
            raise ToolError(f"{self.path}: has no symbol {symbol}")
        return found.address

    @functools.cached_property
    def audit(self) -> LibraryAudit:
        """The audit of the same library."""
        return LibraryAudit(self.path)

    def _call(self, function: int, argument: int) -> None:
        emulator = self.emulator
        emulator.reg_write(arm64.UC_ARM64_REG_SP, STACK + STACK_SIZE)
        emulator.reg_write(arm64.UC_ARM64_REG_LR, RETURN_STUB)
        emulator.reg_write(arm64.UC_ARM64_REG_X0, argument)
        try:
            emulator.emu_start(LIBRARY + function, RETURN_STUB)
        except unicorn.UcError as error:
            at = emulator.reg_read(arm64.UC_ARM64_REG_PC)
            place = self.image.place(at - LIBRARY) if LIBRARY <= at < RAM else hex(at)
            raise ToolError(f"{self.path}: crashed in the emulator at {place} ({error})") from error
        if self._failure:
            raise self._failure

    def count(self, task: Task) -> Outcome:
        """Runs the task's workload, checks its result, and says how many instructions that took; or that the backend
        refuses the program, and why."""
        self._reset(task.workload)
        run, prepare = task.candidate.run, task.candidate.prepare
        if prepare is not None:
            self._call(prepare, MACHINE)
            reason = self.emulator.reg_read(arm64.UC_ARM64_REG_X0)
            if reason:
                return Refused(self._libc.text(reason).decode())
            self._blocks.clear()
        for vector in self._devices.vectors(task.workload):
            self.emulator.mem_write(MACHINE + offsets()["MACHINE_PC"], struct.pack("<H", vector))
            self._call(run, MACHINE)
        devices = self._devices
        wrong = task.workload.difference(
            bytes(devices.output), bytes(devices.error), devices.exit_code
        )
        if wrong:
            raise ToolError(f"{self.path}: {task.row}: {wrong}; a wrong run isn't counted")
        by_symbol = task.wanted(self._by_symbol())
        return Counted(sum(by_symbol.values()), by_symbol, self._device_calls)

    def _reset(self, workload: Workload) -> None:
        emulator = self.emulator
        ram = bytearray(RAM_BYTES)
        ram[ROM_ADDRESS : ROM_ADDRESS + len(workload.rom)] = workload.rom
        emulator.mem_write(RAM, bytes(ram))
        for address, size in (
            (WORKING, "STACK_BYTES"),
            (RETURN, "STACK_BYTES"),
            (PORTS, "DEVICE_PAGE_BYTES"),
        ):
            emulator.mem_write(address, bytes(constants()[size]))
        emulator.mem_write(MACHINE, new_machine())
        self._devices = Devices(self)
        self._device_calls = 0
        self._blocks.clear()

    def _by_symbol(self) -> dict[str, int]:
        by_symbol: collections.Counter[str] = collections.Counter()
        for address, size, entered in self._blocks:
            if LIBRARY <= address < RAM:
                symbol = self.image.symbol_at(address - LIBRARY)
                name = readable(symbol.name) if symbol else hex(address - LIBRARY)
            elif self._libc.is_mapped(address):
                name = GENERATED
            else:
                continue
            by_symbol[name] += entered * (size // 4)
        return dict(by_symbol)


def _whole_pages(size: int) -> int:
    return (size + PAGE - 1) // PAGE * PAGE


def version() -> str:
    """The emulator's version."""
    return f"Unicorn {unicorn.__version__}"
