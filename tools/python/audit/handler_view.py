"""A handler's annotated disassembly, several backends side by side."""

from __future__ import annotations

from machine_code.instruction import Flow
from opcodes import mnemonics
from tool import WrongUsage

from .backend_code import BackendCode, Handler
from .disassembly import jump_to, labels, line
from .figures import handler_figures
from .library_audit import LibraryAudit
from .technique import technique, with_article


def annotation(code: BackendCode, address: int) -> str:
    """What is worth saying about one instruction."""
    instruction = code.instruction(address)
    exploration = code.exploration
    if address in code.landing_pads:
        return "landing pad"
    if address in code.dispatches:
        served = code.handler_sites[address]
        shared = f", shared by {served} handlers" if served > 1 else ""
        thunk = f" through {with_article(instruction.thunk)}" if instruction.thunk else ""
        return f"dispatch{thunk}{shared}"
    if address in exploration.calls:
        return f"calls {code.image.place(exploration.calls[address])}"
    if address in code.fixed_calls:
        return f"calls {code.fixed_calls[address]}"
    if instruction.flow is Flow.INDIRECT_CALL:
        return "calls out (a device)"
    if instruction.flow is Flow.RETURN:
        return "ends the vector" if code.handler_sites else "back to the loop"
    if instruction.target is not None:
        if instruction.target in code.cold:
            return "rare: an access wraps around"
        if instruction.target in code.dispatches:
            return "to the shared dispatch"
        return ""
    if instruction.is_push_or_pop:
        return "push or pop"
    if exploration.stack_accesses.get(address):
        return "stack frame"
    return ""


def code_lines(code: BackendCode, handler: Handler) -> list[str]:
    """A handler's code, from its entry on, in the order of execution as far as the code is straight."""
    order = [at for at in handler.hot if at >= handler.address]
    order += [at for at in handler.hot if at < handler.address]
    named = labels(code.instruction(at) for at in order)
    lines = []
    previous_end: int | None = None
    for at in order:
        instruction = code.instruction(at)
        if previous_end is not None and at != previous_end and at not in named:
            lines.append("  ...")
        previous_end = instruction.end
        text = instruction.text
        target = instruction.target
        if target is not None:
            place = "rare" if target in code.cold else code.image.place(target)
            text = jump_to(instruction, named.get(target, place))
        lines.append(line(named.get(at, ""), text, annotation(code, at)))
    return lines


def handler_lines(code: BackendCode, mnemonic: str) -> list[str]:
    """The annotated disassembly of a handler, a heading first."""
    names = mnemonics()
    name = code.declared.name
    if mnemonic not in names:
        raise WrongUsage(f"--handler {mnemonic}: no such opcode; give one such as ADD2 or LIT2r")
    handler = code.by_opcode.get(names.index(mnemonic))
    if handler is None:
        return [f"{name}: {mnemonic} isn't dispatched through a table ({technique(code).label})"]
    figures = handler_figures(code, handler)
    lines = [
        f"{name}: {mnemonic}",
        f"{figures['instructions']} instructions, {figures['shortest_path']} on the shortest way, "
        f"{figures['bytes']} bytes",
        f"{figures['loads']} loads, {figures['stores']} stores, {figures['stack_accesses']} of the stack frame",
    ]
    shared = [names[opcode] for opcode in handler.opcodes if names[opcode] != mnemonic]
    if shared:
        lines.append(f"shared with {', '.join(shared)}")
    lines += code_lines(code, handler)
    return lines


def side_by_side(columns: list[list[str]], width: int) -> str:
    """The columns beside each other if the terminal is wide enough, below each other otherwise."""
    widths = [max(map(len, column)) for column in columns]
    if sum(widths) + 3 * (len(columns) - 1) > width:
        return "\n\n".join("\n".join(column) for column in columns)
    height = max(map(len, columns))
    lines = []
    for row in range(height):
        cells = [
            (column[row] if row < len(column) else "").ljust(size)
            for column, size in zip(columns, widths)
        ]
        lines.append(" | ".join(cells).rstrip())
    return "\n".join(lines)


def handlers_view(library: LibraryAudit, mnemonic: str, backends: list[str], width: int) -> str:
    """One handler of several backends."""
    chosen = library.chosen(backends)
    return side_by_side([handler_lines(code, mnemonic) for code in chosen.values()], width)
