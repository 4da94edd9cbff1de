// What a handler of tail_call takes, and how one calls the next: all that the variants and WebAssembly do
// differently.
//
//   DISPATCHBENCH_HANDLER        a handler's return type and convention
//   DISPATCHBENCH_PARAMETERS     what it takes; DISPATCHBENCH_REGISTERS makes `registers` of it
//   DISPATCHBENCH_TAIL_CALL(f)   calls a handler in this one's place
//   DISPATCHBENCH_DISPATCH       the same with the next opcode's handler
//   DISPATCHBENCH_TABLE          the table's address, in a handler
#pragma once

#include "isa/registers.h"

#if defined(DISPATCHBENCH_ORDINARY_CONVENTION) || defined(__wasm__)
#define DISPATCHBENCH_HANDLER void
#else
#define DISPATCHBENCH_HANDLER __attribute__((preserve_none)) void
#endif

// The state, in registers or behind a pointer.
#if defined(DISPATCHBENCH_BY_POINTER)
#define DISPATCHBENCH_STATE Registers* state
#define DISPATCHBENCH_REGISTERS Registers& registers = *state
#define DISPATCHBENCH_STATE_ARGUMENTS &registers
#else
#define DISPATCHBENCH_STATE                                                                                  \
  Machine *machine, std::uint8_t *ram, std::uint8_t *wst, std::uint8_t *rst, CodeAddress pc
#define DISPATCHBENCH_REGISTERS                                                                              \
  Registers registers { machine, ram, wst, rst, pc }
#define DISPATCHBENCH_STATE_ARGUMENTS                                                                        \
  registers.machine, registers.ram, registers.wst, registers.rst, registers.pc
#endif

// The table's address: natively an argument, so that no handler has to compute it. In WebAssembly it is a
// constant, and the state fills the five registers in which V8 passes integers on x86-64 beside the instance.
#if defined(__wasm__)
#define DISPATCHBENCH_PARAMETERS DISPATCHBENCH_STATE
#define DISPATCHBENCH_ARGUMENTS DISPATCHBENCH_STATE_ARGUMENTS
#define DISPATCHBENCH_TABLE (&handler_table)
#else
#define DISPATCHBENCH_PARAMETERS DISPATCHBENCH_STATE, const HandlerTable* table
#define DISPATCHBENCH_ARGUMENTS DISPATCHBENCH_STATE_ARGUMENTS, table
#define DISPATCHBENCH_TABLE table
#endif

#define DISPATCHBENCH_TAIL_CALL(function) [[clang::musttail]] return function(DISPATCHBENCH_ARGUMENTS)

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

struct HandlerTable;
using Handler = DISPATCHBENCH_HANDLER (*)(DISPATCHBENCH_PARAMETERS);
struct HandlerTable {
  Handler handlers[256];
};

#if defined(DISPATCHBENCH_TYPED_CALL)
extern const HandlerTable handler_table asm("dispatchbench_table_of_" DISPATCHBENCH_TYPED_CALL)
    __attribute__((visibility("default")));

// An entry of a table of typed references is called without a check of its type, which C++ can't say. So
// harness/wasm/typed_table.mjs, after linking, makes such a table of the one above, and such a call of each
// to this function, which nobody defines: of the kind that DISPATCHBENCH_TYPED_CALL names. `musttail` would
// demand equal parameters; that all of them are tail calls is checked there.
extern "C" __attribute__((import_module("dispatchbench"), import_name(DISPATCHBENCH_TYPED_CALL))) void
dispatchbench_call_typed(DISPATCHBENCH_PARAMETERS,
                         unsigned opcode) asm("dispatchbench_" DISPATCHBENCH_TYPED_CALL);
#else
extern const HandlerTable handler_table;
#endif

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE

#if defined(DISPATCHBENCH_TYPED_CALL)
#define DISPATCHBENCH_DISPATCH                                                                               \
  const unsigned opcode_to_call = fetch(registers);                                                          \
  return dispatchbench_call_typed(DISPATCHBENCH_ARGUMENTS, opcode_to_call)
#else
#define DISPATCHBENCH_DISPATCH                                                                               \
  const Handler next = DISPATCHBENCH_TABLE->handlers[fetch(registers)];                                      \
  DISPATCHBENCH_TAIL_CALL(next)
#endif
