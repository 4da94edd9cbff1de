// What generated code keeps in the registers of x86-64.
//
// The ordinary calling convention preserves those of the machine, so that C++ can be called without saving
// anything.
#pragma once

#include "../register.h"

#include <array>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// How the processor encodes its registers.
enum class Register : std::uint8_t {
  rax,
  rcx,
  rdx,
  rbx,
  rsp,
  rbp,
  rsi,
  rdi,
  r8,
  r9,
  r10,
  r11,
  r12,
  r13,
  r14,
  r15,
  none = 0xff
};
