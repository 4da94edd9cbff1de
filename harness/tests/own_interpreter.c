// Somebody's own interpreter, in C, built against abi.h alone: a loop of comparisons, plain and slow.
#include "abi.h"

#include <stddef.h>

typedef struct {
  DispatchbenchMachine* machine;
  uint8_t* stack[2];   // Working and return stack,
  uint8_t* pointer[2]; // and where their pointers are kept.
  uint16_t pc;
} Cpu;

// One opcode's operands: on which stack, how wide, from which copy of its pointer.
typedef struct {
  Cpu* cpu;
  int own;
  int wide;
  uint8_t* from;
} Operand;

static unsigned pop_byte(Operand* op) { return op->cpu->stack[op->own][--*op->from]; }
static unsigned pop_short(Operand* op) {
  const unsigned low = pop_byte(op);
  return pop_byte(op) << 8 | low;
}
static unsigned pop(Operand* op) { return op->wide ? pop_short(op) : pop_byte(op); }

static void push_byte(Cpu* cpu, int stack, unsigned value) {
  cpu->stack[stack][(*cpu->pointer[stack])++] = (uint8_t)value;
}
static void push(Cpu* cpu, int stack, int wide, unsigned value) {
  if (wide) push_byte(cpu, stack, value >> 8);
  push_byte(cpu, stack, value);
}

static unsigned load(Cpu* cpu, unsigned address, unsigned mask, int wide) {
  const unsigned high = cpu->machine->ram[address & mask];
  return wide ? high << 8 | cpu->machine->ram[(address + 1) & mask] : high;
}
static void store(Cpu* cpu, unsigned address, unsigned mask, int wide, unsigned value) {
  if (wide) cpu->machine->ram[address++ & mask] = (uint8_t)(value >> 8);
  cpu->machine->ram[address & mask] = (uint8_t)value;
}

static unsigned next(Cpu* cpu, int wide) {
  const unsigned value = load(cpu, cpu->pc, 0xffff, wide);
  cpu->pc = (uint16_t)(cpu->pc + (wide ? 2 : 1));
  return value;
}
static unsigned target(const Cpu* cpu, int wide, unsigned address) {
  return wide ? address : (unsigned)(cpu->pc + (int8_t)address) & 0xffff;
}

static unsigned read_device(Cpu* cpu, unsigned port, int wide) {
  DispatchbenchMachine* const machine = cpu->machine;
  const unsigned high = machine->dei(machine, (uint8_t)port);
  return wide ? high << 8 | machine->dei(machine, (uint8_t)(port + 1)) : high;
}
static void write_device(Cpu* cpu, unsigned port, int wide, unsigned value) {
  DispatchbenchMachine* const machine = cpu->machine;
  if (wide) machine->deo(machine, (uint8_t)port++, (uint8_t)(value >> 8));
  machine->deo(machine, (uint8_t)port, (uint8_t)value);
}

// The eight opcodes whose low five bits are 0. Returns 0 at BRK.
static int immediate(Cpu* cpu, unsigned opcode) {
  if (opcode == 0x00) return 0;
  if (opcode >= 0x80) {
    push(cpu, opcode >> 6 & 1, opcode >> 5 & 1, next(cpu, opcode >> 5 & 1));
    return 1;
  }
  const unsigned distance = next(cpu, 1);
  const int taken = opcode != 0x20 || cpu->stack[0][--*cpu->pointer[0]] != 0;
  if (opcode == 0x60) push(cpu, 1, 1, cpu->pc);
  if (taken) cpu->pc = (uint16_t)(cpu->pc + distance);
  return 1;
}

static void execute(Cpu* cpu, unsigned opcode) {
  const int wide = opcode >> 5 & 1, own = opcode >> 6 & 1;
  uint8_t kept = *cpu->pointer[own];
  Operand op = {cpu, own, wide, opcode & 0x80 ? &kept : cpu->pointer[own]};
  unsigned a, b, c;
  switch (opcode & 0x1f) {
  case 0x01:
    a = pop(&op);
    push(cpu, own, wide, a + 1);
    break;
  case 0x02: pop(&op); break;
  case 0x03:
    b = pop(&op);
    pop(&op);
    push(cpu, own, wide, b);
    break;
  case 0x04:
    b = pop(&op);
    a = pop(&op);
    push(cpu, own, wide, b);
    push(cpu, own, wide, a);
    break;
  case 0x05:
    c = pop(&op);
    b = pop(&op);
    a = pop(&op);
    push(cpu, own, wide, b);
    push(cpu, own, wide, c);
    push(cpu, own, wide, a);
    break;
  case 0x06:
    a = pop(&op);
    push(cpu, own, wide, a);
    push(cpu, own, wide, a);
    break;
  case 0x07:
    b = pop(&op);
    a = pop(&op);
    push(cpu, own, wide, a);
    push(cpu, own, wide, b);
    push(cpu, own, wide, a);
    break;
  case 0x08:
    b = pop(&op);
    a = pop(&op);
    push_byte(cpu, own, a == b);
    break;
  case 0x09:
    b = pop(&op);
    a = pop(&op);
    push_byte(cpu, own, a != b);
    break;
  case 0x0a:
    b = pop(&op);
    a = pop(&op);
    push_byte(cpu, own, a > b);
    break;
  case 0x0b:
    b = pop(&op);
    a = pop(&op);
    push_byte(cpu, own, a < b);
    break;
  case 0x0c:
    a = pop(&op);
    cpu->pc = (uint16_t)target(cpu, wide, a);
    break;
  case 0x0d:
    a = pop(&op);
    if (pop_byte(&op)) cpu->pc = (uint16_t)target(cpu, wide, a);
    break;
  case 0x0e:
    a = pop(&op);
    push(cpu, !own, 1, cpu->pc);
    cpu->pc = (uint16_t)target(cpu, wide, a);
    break;
  case 0x0f:
    a = pop(&op);
    push(cpu, !own, wide, a);
    break;
  case 0x10:
    a = pop_byte(&op);
    push(cpu, own, wide, load(cpu, a, 0xff, wide));
    break;
  case 0x11:
    a = pop_byte(&op);
    b = pop(&op);
    store(cpu, a, 0xff, wide, b);
    break;
  case 0x12:
    a = pop_byte(&op);
    push(cpu, own, wide, load(cpu, target(cpu, 0, a), 0xffff, wide));
    break;
  case 0x13:
    a = pop_byte(&op);
    b = pop(&op);
    store(cpu, target(cpu, 0, a), 0xffff, wide, b);
    break;
  case 0x14:
    a = pop_short(&op);
    push(cpu, own, wide, load(cpu, a, 0xffff, wide));
    break;
  case 0x15:
    a = pop_short(&op);
    b = pop(&op);
    store(cpu, a, 0xffff, wide, b);
    break;
  case 0x16:
    a = pop_byte(&op);
    push(cpu, own, wide, read_device(cpu, a, wide));
    break;
  case 0x17:
    a = pop_byte(&op);
    b = pop(&op);
    write_device(cpu, a, wide, b);
    break;
  case 0x18:
    b = pop(&op);
    a = pop(&op);
    push(cpu, own, wide, a + b);
    break;
  case 0x19:
    b = pop(&op);
    a = pop(&op);
    push(cpu, own, wide, a - b);
    break;
  case 0x1a:
    b = pop(&op);
    a = pop(&op);
    push(cpu, own, wide, a * b);
    break;
  case 0x1b:
    b = pop(&op);
    a = pop(&op);
    push(cpu, own, wide, b ? a / b : 0);
    break;
  case 0x1c:
    b = pop(&op);
    a = pop(&op);
    push(cpu, own, wide, a & b);
    break;
  case 0x1d:
    b = pop(&op);
    a = pop(&op);
    push(cpu, own, wide, a | b);
    break;
  case 0x1e:
    b = pop(&op);
    a = pop(&op);
    push(cpu, own, wide, a ^ b);
    break;
  default:
    b = pop_byte(&op);
    a = pop(&op);
    push(cpu, own, wide, a >> (b & 15) << (b >> 4));
    break;
  }
}

// The stack pointers stay in the machine, where the devices see and set them.
static void run(DispatchbenchMachine* machine) {
  Cpu cpu = {
      machine, {machine->working_stack, machine->return_stack}, {&machine->wst, &machine->rst}, machine->pc};
  for (;;) {
    const unsigned opcode = next(&cpu, 0);
    if ((opcode & 0x1f) != 0)
      execute(&cpu, opcode);
    else if (!immediate(&cpu, opcode))
      break;
  }
  machine->pc = cpu.pc;
}

static const DispatchbenchBackend backends[] = {{.name = "plain_c",
                                                 .family = "own",
                                                 .dispatch = "switch",
                                                 .summary = "a switch over 32 opcodes, modes at run time",
                                                 .expected = "any",
                                                 .run = run}};

#if defined(__x86_64__)
#define TARGET "x86_64"
#elif defined(__aarch64__)
#define TARGET "aarch64"
#else
#define TARGET "unknown"
#endif

static const DispatchbenchLibrary library = {.abi = DISPATCHBENCH_ABI_VERSION,
                                             .library_size = sizeof(DispatchbenchLibrary),
                                             .backend_size = sizeof(DispatchbenchBackend),
                                             .machine_size = sizeof(DispatchbenchMachine),
                                             .label = "own",
                                             .host = "native",
                                             .language = "c",
                                             .compiler = "cc",
                                             .compiler_version = __VERSION__,
                                             .flags = "",
                                             .target = TARGET,
                                             .backends = backends,
                                             .backend_count = 1};

__attribute__((visibility("default"))) const DispatchbenchLibrary* dispatchbench_library(void) {
  return &library;
}
