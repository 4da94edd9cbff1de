"""Backends that are wrong in one place each: small changes of a backend's source, as somebody might make them.

Most of them are right in every workload. A change of isa/ concerns only the backend that is compiled with it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """`old`, which stands exactly once in `file`, becomes `new` in a copy of `backend`."""

    name: str
    backend: str
    file: str
    old: str
    new: str


PREPARING = ("direct_threaded", "superinstructions_64_top", "switch_superinstructions_64")
"""Of the backends below, those that prepare a program."""

EXECUTE = "isa/execute.h"
OPERATION = "isa/operation.h"
SEMANTICS = "isa/semantics.h"
STACK_PLAN = "isa/stack_plan.h"
HANDLER_STEP = "threaded/handler_step.h"
DECODED_SWITCH = "threaded/decoded_switch.cpp"
DECODED_PROGRAM = "threaded/decoded_program.h"

CPP = (
    Mutant(
        *("keep_pushes_past_a_stack", "switch_loop", EXECUTE),
        "own - effect.popped <= highest - effect.popped - effect.pushed",
        "own - effect.popped <= highest - effect.popped - effect.pushed + 1",
    ),
    Mutant(
        *("operand_read_past_memory", "switch_loop", EXECUTE),
        "ram_bytes - 1 - effect.operand",
        "ram_bytes + 1 - effect.operand",
    ),
    Mutant(
        *("stz2_at_ff", "switch_loop", OPERATION),
        "store_at(address, static_cast<std::uint8_t>(address + 1), value);",
        "store_at(address, static_cast<std::uint16_t>(address + 1), value);",
    ),
    Mutant(
        *("loops_where_a_stack_wraps", "switch_loop", "switch_loop/switch_loop.cpp"),
        "    execute_wrapping(registers);\n",
        "    for (volatile int forever = 1; forever != 0;) {}\n",
    ),
    Mutant(
        *("jsr_pushes_low_byte_first", "switch_loop", OPERATION),
        "  DISPATCHBENCH_INLINE void push_return_address() {\n"
        "    self().push_other_byte(static_cast<std::uint8_t>(self().code_address() >> 8));\n"
        "    self().push_other_byte(static_cast<std::uint8_t>(self().code_address()));\n",
        "  DISPATCHBENCH_INLINE void push_return_address() {\n"
        "    self().push_other_byte(static_cast<std::uint8_t>(self().code_address()));\n"
        "    self().push_other_byte(static_cast<std::uint8_t>(self().code_address() >> 8));\n",
    ),
    Mutant(
        *("jcn2_takes_a_short_condition", "computed_goto", SEMANTICS),
        "    const auto address = op.pop();\n    const auto condition = op.pop_byte();\n",
        "    const auto address = op.pop();\n    const auto condition = op.pop();\n",
    ),
    Mutant(
        *("deo_forgets_the_pointers", "computed_goto", OPERATION),
        "void resume() { load_stack_pointers(registers_); }\n",
        "void resume() {}\n",
    ),
    Mutant(
        *("deo_one_byte_past_the_device_page", "computed_goto", OPERATION),
        "      machine->deo(machine, port, value);\n    }\n",
        "      machine->deo(machine, port, value);\n"
        "      if (port == 0xff) machine->device_page[0x100] = 0;\n    }\n",
    ),
    Mutant(
        *("dei_before_the_operand_is_popped", "computed_goto_plain", OPERATION),
        "    own() = Access::at(own(), bottom());\n    popped_ = 0;\n",
        "    if constexpr (mode.row != Row::DEI) {\n"
        "      own() = Access::at(own(), bottom());\n      popped_ = 0;\n    }\n",
    ),
    Mutant(
        *("short_loads_past_memory", "computed_goto_plain", OPERATION),
        "opaque(self().ram()[next])",
        "opaque(self().ram()[(next == 0 ? 0x10000 : next)])",
    ),
    Mutant(
        *("division_by_0_keeps_the_dividend", "computed_goto_plain", OPERATION),
        "divisor == 0 ? 0 : a / divisor",
        "divisor == 0 ? a : a / divisor",
    ),
    Mutant(
        *("opcode_fetched_ahead_of_a_store", "tail_call", "tail_call/tail_call.cpp"),
        "  if (!execute_body<opcode>(registers)) DISPATCHBENCH_TAIL_CALL(wrapping_handler);\n",
        "  const std::uint8_t ahead = ram[static_cast<std::uint16_t>(pc)];\n"
        "  if (!execute_body<opcode>(registers)) DISPATCHBENCH_TAIL_CALL(wrapping_handler);\n"
        "  if (registers.pc == pc) {\n"
        "    ++registers.pc;\n"
        "    const Handler soon = table->handlers[ahead];\n"
        "    DISPATCHBENCH_TAIL_CALL(soon);\n"
        "  }\n",
    ),
    Mutant(
        *("return_stack_lost_where_a_stack_wraps", "tail_call", "tail_call/tail_call.cpp"),
        "  execute_wrapping(registers);\n",
        "  execute_wrapping(registers);\n  registers.rst = rst;\n",
    ),
    Mutant(
        *("push_past_a_stack", "tail_call", EXECUTE),
        "linear = own <= highest - effect.pushed;",
        "linear = own <= highest;",
    ),
    Mutant(
        *("pop_below_a_stack", "tail_call", EXECUTE),
        "linear = own >= effect.popped;",
        "linear = own + 1 >= effect.popped;",
    ),
    Mutant(
        *("shift_of_three_bits", "tail_call", SEMANTICS),
        "shift & 0x0f",
        "shift & 0x07",
    ),
    Mutant(
        *("checks_one_byte_too_few", "direct_threaded", STACK_PLAN),
        "plan.low = StackTouches::lowest(in_memory);",
        "plan.low = StackTouches::lowest(in_memory) + 1;",
    ),
    Mutant(
        *("checks_no_byte_that_is_only_written", "direct_threaded", STACK_PLAN),
        "(touches.read & ~held) | touches.written;",
        "touches.read & ~held;",
    ),
    Mutant(
        *("holds_the_top_from_before_a_device_moved_it", "superinstructions_64_top", HANDLER_STEP),
        "    registers.take_stacks(enter(run.machine));\n",
        "    const CodeAddress old = registers.top;\n"
        "    registers.take_stacks(enter(run.machine));\n    registers.top = old;\n",
    ),
    Mutant(
        *("goes_on_elsewhere_behind_the_end", "switch_superinstructions_64", DECODED_SWITCH),
        "    registers.pc = 0;\n",
        "    registers.pc = 1;\n",
    ),
    Mutant(
        *("loses_a_stack_where_one_wraps", "switch_superinstructions_64", DECODED_SWITCH),
        "    registers.rst = after.rst;\n",
        "",
    ),
    Mutant(
        *("forgets_a_sequence_only_where_it_was_hit", "superinstructions_64_top", DECODED_PROGRAM),
        "    const std::size_t first = address < reach ? 0 : address - reach;\n",
        "    const std::size_t first = address < reach ? 0 : address;\n",
    ),
)

STACKS_X86_64 = "asm_x86_64/rows_stack.inc.S"
MEMORY_X86_64 = "asm_x86_64/rows_memory.inc.S"

ASM_X86_64 = (
    Mutant(
        *("reaches_below_a_stack", "asm_x86_64", "asm_x86_64/wrapping.inc.S"),
        "cmpb $(\\depth), own8; jb 9f",
        "cmpb $(\\depth - 1), own8; jb 9f",
    ),
    Mutant(
        *("next_opcode_read_past_memory", "asm_x86_64", "asm_x86_64/wrapping.inc.S"),
        "0x10000 - (\\count)",
        "0x10001 - (\\count)",
    ),
    Mutant(
        *("asm_stz2_at_ff", "asm_x86_64", MEMORY_X86_64),
        "if_short store a64, a8, 1",
        "if_short store a64, a16, 1",
    ),
    Mutant(
        *("inc2_carries_below_a_stack", "asm_x86_64", STACKS_X86_64),
        "  decb own8; incb (own); incb own8\n",
        "  incb -1(own)\n",
    ),
    Mutant(
        *("asm_division_by_0_keeps_the_dividend", "asm_x86_64", STACKS_X86_64),
        "movl a, %eax; xorl a, a\n",
        "movl a, %eax\n",
    ),
    Mutant(
        *("loops_when_dividing_by_0", "asm_x86_64", STACKS_X86_64),
        "  testl b, b; jz 1f\n  xorl %edx, %edx",
        "3: testl b, b; jz 3b\n  xorl %edx, %edx",
    ),
    Mutant(
        *("jcn2_takes_a_bit_of_its_condition", "asm_x86_64", "asm_x86_64/rows_control.inc.S"),
        "  peek SIZE, b\n  testl b, b; jz 1f\n",
        "  peek SIZE, b\n  testl $(0x7f), b; jz 1f\n",
    ),
    Mutant(
        *("asm_opcode_fetched_ahead_of_a_store", "asm_x86_64", MEMORY_X86_64),
        "  peek \\width, b\n  movb b8, (ram, \\address)\n  no_result \\width+SIZE\n",
        "  peek \\width, b\n  movzbl (ram, pc), d\n  movb b8, (ram, \\address)\n"
        "  unless_keep drop \\width+SIZE\n  unless_keep movzbl (own), top\n"
        "  incw pc16\n  jmp *(table, %r9, 8)\n",
    ),
)

STACKS_AARCH64 = "asm_aarch64/rows_stack.inc.S"
MEMORY_AARCH64 = "asm_aarch64/rows_memory.inc.S"

ASM_AARCH64 = (
    Mutant(
        *("stack_bound_too_high", "asm_aarch64", "asm_aarch64/registers.inc.S"),
        "#define STACK_BOUND 240",
        "#define STACK_BOUND 255",
    ),
    Mutant(
        *("code_bound_too_high", "asm_aarch64", "asm_aarch64/dispatch.inc.S"),
        "mov a, #0xff00",
        "mov a, #0xffff",
    ),
    Mutant(
        *("zero_page_shorts_at_ff", "asm_aarch64", MEMORY_AARCH64),
        "if_short cmp a, #0xff\n",
        "if_short cmp a, #0xfe\n",
    ),
    Mutant(
        *("shorts_past_memory", "asm_aarch64", MEMORY_AARCH64),
        "if_short tbnz c, #16, 2f",
        "if_short tbnz c, #17, 2f",
    ),
    Mutant(
        *("inc2_loses_its_carry", "asm_aarch64", STACKS_AARCH64),
        "  if_short add a, a, #1\n  if_short and a, a, #0xff\n",
        "  if_short and a, a, #0xff\n",
    ),
    Mutant(
        *("deo_forgets_the_return_stack_pointer", "asm_aarch64", MEMORY_AARCH64),
        "  bfi rst, b64, #0, #8\n",
        "",
    ),
    Mutant(
        *("opcode_fetched_ahead_of_stz", "asm_aarch64", MEMORY_AARCH64),
        "  check_zero_page\n  access strb, strh, b, [ram, a64]\n  dispatch\n",
        "  check_zero_page\n  fetch\n  access strb, strh, b, [ram, a64]\n  jump\n",
    ),
    Mutant(
        *("loops_in_a_window", "asm_aarch64", "asm_aarch64/wrapping.inc.S"),
        "  bring_back wst, FRAME_WINDOWS, FRAME_SPILL\n",
        "  b .\n  bring_back wst, FRAME_WINDOWS, FRAME_SPILL\n",
    ),
    Mutant(
        *("window_too_near", "asm_aarch64", "asm_aarch64/wrapping.inc.S"),
        "#define WINDOW_NEAR 24",
        "#define WINDOW_NEAR 4",
    ),
    Mutant(
        *("shift_of_three_bits_by_hand", "asm_aarch64", STACKS_AARCH64),
        "and c, b, #0x0f",
        "and c, b, #0x07",
    ),
)

BY_PROCESSOR = {"x86_64": CPP + ASM_X86_64, "aarch64": ASM_AARCH64}
