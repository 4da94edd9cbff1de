// Checks that backends keep to the platform's calling convention, both where they are called and where they
// call devices. Compiled backends do by construction; hand-written ones may not.

#include "backends_under_test.h"
#include "checking/describe_start.h"
#include "checking/random_states.h"
#include "machine/guarded_machine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <memory>

#if defined(__x86_64__) || defined(__aarch64__)

// Calls run(machine) with a known value in every register that the callee must preserve. Returns a bit mask
// of those whose value has changed; bit 0 is the first register in the list below.
extern "C" std::uint64_t dispatchbench_call_and_compare(dispatchbench::RunFunction run,
                                                        dispatchbench::Machine* machine) noexcept;

#if defined(__x86_64__)
// rbx, rbp, r12, r13, r14, r15
asm(R"(
.text
.p2align 4
.globl dispatchbench_call_and_compare
.hidden dispatchbench_call_and_compare
.type dispatchbench_call_and_compare, @function
dispatchbench_call_and_compare:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    sub $8, %rsp
    mov %rdi, %rax
    mov %rsi, %rdi
    mov $0x101, %rbx
    mov $0x202, %rbp
    mov $0x303, %r12
    mov $0x404, %r13
    mov $0x505, %r14
    mov $0x606, %r15
    call *%rax
    xor %eax, %eax
    xor $0x101, %rbx
    xor $0x202, %rbp
    xor $0x303, %r12
    xor $0x404, %r13
    xor $0x505, %r14
    xor $0x606, %r15
    .irp register, r15, r14, r13, r12, rbp, rbx
    neg %\register
    adc %rax, %rax
    .endr
    add $8, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret
.size dispatchbench_call_and_compare, . - dispatchbench_call_and_compare
)");
#else
// x19 to x28, then d8 to d15
asm(R"(
.text
.p2align 4
.globl dispatchbench_call_and_compare
.hidden dispatchbench_call_and_compare
.type dispatchbench_call_and_compare, %function
dispatchbench_call_and_compare:
    stp x29, x30, [sp, #-160]!
    mov x29, sp
    stp x19, x20, [sp, #16]
    stp x21, x22, [sp, #32]
    stp x23, x24, [sp, #48]
    stp x25, x26, [sp, #64]
    stp x27, x28, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, x0
    mov x0, x1
    .irp number, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
    mov x\number, #(\number * 0x101)
    .endr
    .irp number, 8, 9, 10, 11, 12, 13, 14, 15
    mov x10, #(\number * 0x101)
    fmov d\number, x10
    .endr
    blr x9
    mov x0, #0
    .irp number, 15, 14, 13, 12, 11, 10, 9, 8
    fmov x10, d\number
    mov x11, #(\number * 0x101)
    cmp x10, x11
    cset x10, ne
    orr x0, x10, x0, lsl #1
    .endr
    .irp number, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19
    mov x11, #(\number * 0x101)
    cmp x\number, x11
    cset x10, ne
    orr x0, x10, x0, lsl #1
    .endr
    ldp d14, d15, [sp, #144]
    ldp d12, d13, [sp, #128]
    ldp d10, d11, [sp, #112]
    ldp d8, d9, [sp, #96]
    ldp x27, x28, [sp, #80]
    ldp x25, x26, [sp, #64]
    ldp x23, x24, [sp, #48]
    ldp x21, x22, [sp, #32]
    ldp x19, x20, [sp, #16]
    ldp x29, x30, [sp], #160
    ret
.size dispatchbench_call_and_compare, . - dispatchbench_call_and_compare
)");
#endif

// A faulty backend: it changes the first register of the list and returns.
extern "C" void dispatchbench_change_first_register(dispatchbench::Machine*) noexcept;
asm(R"(
.text
.hidden dispatchbench_change_first_register
.globl dispatchbench_change_first_register
dispatchbench_change_first_register:
)"
#if defined(__x86_64__)
    "mov $7, %ebx\n"
#else
    "mov x19, #7\n"
#endif
    "ret\n");

namespace dispatchbench::testing {
namespace {

/// Overwrites every register that a called function may change.
void scramble_registers() {
#if defined(__x86_64__)
  asm volatile("mov $-1, %%rax\n mov %%rax, %%rcx\n mov %%rax, %%rdx\n mov %%rax, %%rsi\n mov %%rax, %%rdi\n"
               "mov %%rax, %%r8\n mov %%rax, %%r9\n mov %%rax, %%r10\n mov %%rax, %%r11\n"
               ".irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
               "pcmpeqd %%xmm\\number, %%xmm\\number\n"
               ".endr\n"
               "cmp %%rax, %%rax\n"
               :
               :
               : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "cc", "xmm0", "xmm1", "xmm2",
                 "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",
                 "xmm14", "xmm15");
#else
  asm volatile(".irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17\n"
               "mov x\\number, #-1\n"
               ".endr\n"
               ".irp number, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, "
               "30, 31\n"
               "movi v\\number\\().2d, #0xffffffffffffffff\n"
               ".endr\n"
               "cmp x0, x0\n"
               :
               :
               : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
                 "x14", "x15", "x16", "x17", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16",
                 "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29",
                 "v30", "v31");
#endif
}

// Wider than what is passed, to see the other bits of a register. Sanitizers reject such a call.
#if defined(DISPATCHBENCH_SANITIZED)
using Passed = std::uint8_t;
#else
using Passed = std::uint64_t;
#endif

constexpr std::uintptr_t stack_alignment = 16;

// Mistakes that the devices found in how they were called.
int misaligned_calls = 0;
int arguments_not_extended = 0;

/// The harness's own devices, which those of this test call.
Machine& usual_devices() {
  static Machine machine;
  static Devices devices;
  devices.attach(machine);
  return machine;
}

void check_call(const void* frame, std::uint64_t port, std::uint64_t value) {
  if (reinterpret_cast<std::uintptr_t>(frame) % stack_alignment != 0) ++misaligned_calls;
#if defined(__x86_64__)
  // No standard says so, but code compiled by clang relies on 8-bit arguments being extended to 32 bits.
  if (static_cast<std::uint32_t>(port) > 0xff || static_cast<std::uint32_t>(value) > 0xff)
    ++arguments_not_extended;
#else
  static_cast<void>(port);
  static_cast<void>(value);
#endif
}

/// Reads a port and returns it in the low byte of a register whose other bits are garbage.
Passed demanding_dei(Machine* machine, Passed port) noexcept {
  check_call(__builtin_frame_address(0), port, 0);
  const std::uint8_t value = usual_devices().dei(machine, static_cast<std::uint8_t>(port));
  scramble_registers();
  return static_cast<Passed>(0xffffffffffffff00 | value);
}

void demanding_deo(Machine* machine, Passed port, Passed value) noexcept {
  check_call(__builtin_frame_address(0), port, value);
  usual_devices().deo(machine, static_cast<std::uint8_t>(port), static_cast<std::uint8_t>(value));
  scramble_registers();
}

/// Casts a function pointer. Going through void (*)() keeps compilers from warning.
template <class To, class From> To as(From* function) {
  return reinterpret_cast<To>(reinterpret_cast<void (*)()>(function));
}

class CallingConvention : public ::testing::TestWithParam<BackendUnderTest> {};

TEST(CallAndCompare, SeesARegisterThatIsNotPreserved) {
  EXPECT_EQ(dispatchbench_call_and_compare(dispatchbench_change_first_register, nullptr), 1u);
  EXPECT_EQ(dispatchbench_call_and_compare([](Machine*) noexcept {}, nullptr), 0u);
}

TEST_P(CallingConvention, HoldsWhereTheBackendIsCalledAndWhereItCalls) {
  const std::uint64_t programs = 20'000 / random_parts_for(GetParam());
  const auto start = std::make_unique<MachineState>();
  const auto end = std::make_unique<MachineState>();
  GuardedMachine guarded(Guard::behind);
  Machine& machine = guarded.machine();
  machine.dei = as<decltype(machine.dei)>(&demanding_dei);
  machine.deo = as<decltype(machine.deo)>(&demanding_deo);
  const CrashReport crash_report;
  misaligned_calls = 0;
  arguments_not_extended = 0;
  std::uint64_t compared = 0;
  for (std::uint64_t seed = 0; seed < programs && !HasFailure(); ++seed) {
    make_program(*start, seed);
    if (!run_on_reference(*start, *end)) continue;
    start->write_to(machine, guarded.devices());
    CrashReport::describe(GetParam().name.c_str(), seed, 0);
    if (!GetParam().prepare(&machine)) continue;
    machine.budget = std::numeric_limits<std::int64_t>::max();
    const std::uint64_t changed = dispatchbench_call_and_compare(GetParam().backend->run, &machine);
    GetParam().release(&machine);
    EXPECT_EQ(changed, 0u) << "bit mask of registers that were not preserved, seed " << seed << ", "
                           << describe_start(*start);
    EXPECT_EQ(misaligned_calls, 0) << "devices called with a misaligned stack, seed " << seed;
    EXPECT_EQ(arguments_not_extended, 0) << "port or value not extended to 32 bits, seed " << seed;
    EXPECT_EQ(first_difference({machine, guarded.devices()}, *end), std::nullopt)
        << "with devices that change every register they may, seed " << seed << ", "
        << describe_start(*start);
    ++compared;
  }
  EXPECT_GT(compared, programs * 85 / 100);
}

DISPATCHBENCH_TEST_EVERY_BACKEND(CallingConvention);

} // namespace
} // namespace dispatchbench::testing

#endif
