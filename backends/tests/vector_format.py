"""What a conformance vector is: a machine state, and the state it must end in.

A file of vectors has one JSON object a line:

    name, group     which rule it is about; directed, single or sequence
    background      what memory holds where `ram` says nothing, see BACKGROUNDS
    fill            what stacks and device page hold where the start says nothing, see filling
    start           pc, wst, rst (pointers); as lists of [address, hex bytes] working_stack,
                    return_stack, device_page, ram
    end             pc, wst, rst; then as lists of [address, hex bytes] only what differs from the
                    start, so that everything not listed must be unchanged: working_stack,
                    return_stack, device_page, ram; console_output, console_error (hex);
                    console_vector, screen_vector; stop (whether one was asked for); exit_code
    instructions    how many ran, BRK included
    touches         which special cases the run met, see TracingMachine

Runs never continue from 0xffff to 0 within one [address, hex bytes].
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping

from isa_model import RAM_SIZE, BudgetExhausted, Machine, Stack

# A state that needs more doesn't become a vector.
BUDGET = 2_000

# brk: zero, so that any jump ends the run. sled: INC, with a BRK at each page's start, so that the
# number of increments shows where a jump went, even of a machine that doesn't show its pc. noise:
# every byte differs from its neighbours, so that a load from a wrong address shows.
BACKGROUNDS: dict[str, bytes] = {
    "brk": bytes(RAM_SIZE),
    "sled": bytes(0x01 if address & 0xFF else 0x00 for address in range(RAM_SIZE)),
    "noise": bytes(
        (address * 167 + (address >> 8) * 89 + 13) & 0xFF for address in range(RAM_SIZE)
    ),
}

Runs = list[tuple[int, str]]


def filling(fill: int) -> tuple[bytes, bytes, bytes]:
    """Bytes for the working stack, the return stack and the device page.

    They are the high bytes of fill, fill * 1103515245 + 12345 and so on, all modulo 2^32.
    """
    data = bytearray()
    for _ in range(3 * 0x100):
        data.append(fill >> 24)
        fill = (fill * 1103515245 + 12345) & 0xFFFFFFFF
    return bytes(data[:0x100]), bytes(data[0x100:0x200]), bytes(data[0x200:])


@dataclass
class State:
    """Where a vector starts; stacks and device page are made from fill, and may be changed after that."""

    background: str = "brk"
    fill: int = 0
    pc: int = 0x0100
    wst: int = 0
    rst: int = 0
    ram: dict[int, int] = field(default_factory=dict)
    working_stack: bytearray = field(init=False)
    return_stack: bytearray = field(init=False)
    device_page: bytearray = field(init=False)

    def __post_init__(self) -> None:
        self.working_stack, self.return_stack, self.device_page = map(bytearray, filling(self.fill))

    def write(self, address: int, data: Iterable[int]) -> None:
        """Writes bytes to memory from address on, wrapping."""
        for position, byte in enumerate(data):
            self.ram[(address + position) & 0xFFFF] = byte

    @staticmethod
    def read(vector: Mapping[str, Any]) -> State:
        """The state that a vector starts from."""
        start = vector["start"]
        pointers = {name: start[name] for name in ("pc", "wst", "rst")}
        state = State(vector["background"], vector["fill"], **pointers)
        for name in ("working_stack", "return_stack", "device_page"):
            region = getattr(state, name)
            for address, data in start[name]:
                region[address : address + len(data) // 2] = bytes.fromhex(data)
        for address, data in start["ram"]:
            state.write(address, bytes.fromhex(data))
        return state

    def memory(self) -> bytes:
        """All of memory."""
        memory = bytearray(BACKGROUNDS[self.background])
        for address, byte in self.ram.items():
            memory[address] = byte
        return bytes(memory)

    def machine(self) -> TracingMachine:
        """A machine in this state."""
        machine = TracingMachine()
        machine.ram[:] = self.memory()
        machine.wst.memory[:] = self.working_stack
        machine.wst.pointer = self.wst
        machine.rst.memory[:] = self.return_stack
        machine.rst.pointer = self.rst
        machine.device_page[:] = self.device_page
        machine.pc = self.pc
        return machine


class TracingStack(Stack):
    """Notes pushes and pops that wrap."""

    wrapped = False

    def push(self, value: int, width: int) -> None:
        self.wrapped |= self.pointer + width > 0x100
        super().push(value, width)

    def pop(self, width: int) -> int:
        self.wrapped |= self.pointer < width
        return super().pop(width)


class TracingMachine(Machine):
    """The model, noting which special cases a run meets.

    pc_wraps             an instruction, its operand or the next one lies across 0xffff
    relative_wraps       a jump's or an access's distance led across 0xffff
    stack_wraps          a push or pop went from 0xff to 0 or back
    memory_wraps         a short was loaded or stored at 0xffff
    zero_page_wraps      a short was loaded or stored at 0xff by LDZ2 or STZ2
    stack_pointer_ports  port 04 or 05 was read or written
    expansion            port 03 was written
    stop                 port 0f was written
    console              a console port was read or written
    screen               a screen port was read or written
    self_modified        a byte was executed, as opcode or operand, after it had been stored
    """

    def __init__(self) -> None:
        super().__init__(wst=TracingStack(), rst=TracingStack())
        self.noted: set[str] = set()
        self.stored: set[int] = set()

    def touches(self) -> list[str]:
        """The special cases met so far, sorted."""
        wrapped = any(
            isinstance(stack, TracingStack) and stack.wrapped for stack in (self.wst, self.rst)
        )
        return sorted(self.noted | ({"stack_wraps"} if wrapped else set()))

    def fetch(self, width: int) -> int:
        if self.pc + width >= RAM_SIZE:
            self.noted.add("pc_wraps")
        if not self.stored.isdisjoint((self.pc + i) & 0xFFFF for i in range(width)):
            self.noted.add("self_modified")
        return super().fetch(width)

    def relative(self, distance: int) -> int:
        # Distances of 16 bits count as negative where they lead down.
        backwards = distance - 0x10000 if distance >= 0x8000 else distance
        if not 0 <= self.pc + distance < RAM_SIZE and not 0 <= self.pc + backwards < RAM_SIZE:
            self.noted.add("relative_wraps")
        return super().relative(distance)

    def note_wrap(self, address: int, width: int, last: int) -> None:
        """Notes an access whose second byte is at 0."""
        if address + width - 1 > last:
            self.noted.add("memory_wraps" if last == 0xFFFF else "zero_page_wraps")

    def load_bytes(self, address: int, width: int, last: int = 0xFFFF) -> int:
        self.note_wrap(address, width, last)
        return super().load_bytes(address, width, last)

    def store_bytes(self, address: int, value: int, width: int, last: int = 0xFFFF) -> None:
        self.note_wrap(address, width, last)
        super().store_bytes(address, value, width, last)

    def store_byte(self, address: int, value: int) -> None:
        self.stored.add(address)
        super().store_byte(address, value)

    def note_port(self, port: int) -> None:
        """Notes a port that acts."""
        if port in (0x04, 0x05):
            self.noted.add("stack_pointer_ports")
        elif 0x10 <= port <= 0x1F:
            self.noted.add("console")
        elif 0x20 <= port <= 0x2F:
            self.noted.add("screen")

    def device_in(self, port: int) -> int:
        self.note_port(port)
        return super().device_in(port)

    def device_out(self, port: int, value: int) -> None:
        self.note_port(port)
        if port == 0x03:
            self.noted.add("expansion")
        elif port == 0x0F:
            self.noted.add("stop")
        super().device_out(port, value)


def differences(before: bytes, after: bytes) -> Runs:
    """Each stretch of bytes that changed, with its address."""
    if before == after:
        return []
    changed = [
        address
        for page in range(0, len(before), 0x100)
        if before[page : page + 0x100] != after[page : page + 0x100]
        for address in range(page, page + 0x100)
        if before[address] != after[address]
    ]
    return stretches({address: after[address] for address in changed})


def stretches(contents: dict[int, int]) -> Runs:
    """Neighbouring addresses joined."""
    runs: list[tuple[int, bytearray]] = []
    for address in sorted(contents):
        if runs and runs[-1][0] + len(runs[-1][1]) == address:
            runs[-1][1].append(contents[address])
        else:
            runs.append((address, bytearray([contents[address]])))
    return [(address, data.hex()) for address, data in runs]


def vector_end(start: State, machine: Machine) -> dict[str, Any]:
    """Where a machine that started there has ended."""
    return {
        "pc": machine.pc,
        "wst": machine.wst.pointer,
        "rst": machine.rst.pointer,
        "working_stack": differences(start.working_stack, machine.wst.memory),
        "return_stack": differences(start.return_stack, machine.rst.memory),
        "device_page": differences(start.device_page, machine.device_page),
        "ram": differences(start.memory(), machine.ram),
        "console_output": machine.console_output.hex(),
        "console_error": machine.console_error.hex(),
        "console_vector": machine.console_vector,
        "screen_vector": machine.screen_vector,
        "stop": machine.stop_requested,
        "exit_code": machine.exit_code,
    }


def vector_line(name: str, group: str, start: State) -> str | None:
    """Runs the model from the state and returns a line of JSON, or None if it doesn't end in time."""
    machine = start.machine()
    try:
        machine.run_to_break(BUDGET)
    except BudgetExhausted:
        return None
    working_stack, return_stack, device_page = filling(start.fill)
    vector = {
        "name": name,
        "group": group,
        "background": start.background,
        "fill": start.fill,
        "start": {
            "pc": start.pc,
            "wst": start.wst,
            "rst": start.rst,
            "working_stack": differences(working_stack, start.working_stack),
            "return_stack": differences(return_stack, start.return_stack),
            "device_page": differences(device_page, start.device_page),
            "ram": stretches(start.ram),
        },
        "end": vector_end(start, machine),
        "instructions": machine.instructions,
        "touches": machine.touches(),
    }
    return json.dumps(vector, separators=(",", ":"))
