/* The contract between a backend library (a shared object full of backends) and whoever loads it.
 *
 * In C, so that a library can be written in any language: define `dispatchbench_library`, export it, and the
 * harness verifies, measures and compares what it describes. asm_offsets.h has the same layout as numbers. */
#ifndef DISPATCHBENCH_BACKENDS_ABI_H
#define DISPATCHBENCH_BACKENDS_ABI_H

#ifdef __cplusplus
#include <cstddef>
#include <cstdint>
#define DISPATCHBENCH_NOEXCEPT noexcept
extern "C" {
#else
#include <stdint.h>
#define DISPATCHBENCH_NOEXCEPT
#endif

// NOLINTBEGIN(modernize-use-using, modernize-macro-to-enum, cppcoreguidelines-macro-to-enum): this is C.

/* Raised with every change below that an older reader would misread. */
#define DISPATCHBENCH_ABI_VERSION 2

/* Sizes of the machine's memory regions in bytes, and where a ROM is loaded and starts. */
#define DISPATCHBENCH_RAM_BYTES 0x10000
#define DISPATCHBENCH_STACK_BYTES 0x100
#define DISPATCHBENCH_DEVICE_PAGE_BYTES 0x100
#define DISPATCHBENCH_ROM_ADDRESS 0x0100

/* One Uxn machine: its four memory regions, the two calls out, and what persists between vectors.
 *
 * The regions are pointers, not arrays, so that each can lie alone between inaccessible pages. A backend
 * never touches a byte outside them. */
typedef struct DispatchbenchMachine {
  /* 65,536 bytes, page-aligned. */
  uint8_t* ram;

  /* 256 bytes, aligned to 256: the low byte of an address in it is the stack pointer. */
  uint8_t* working_stack;

  /* 256 bytes, aligned to 256. */
  uint8_t* return_stack;

  /* 256 bytes: 16 devices of 16 ports. */
  uint8_t* device_page;

  /* Reads one port, with its effects. A backend stores `wst` and `rst` first; the call never changes them. */
  uint8_t (*dei)(struct DispatchbenchMachine* machine, uint8_t port) DISPATCHBENCH_NOEXCEPT;

  /* Writes one port: stores the byte in the device page, then acts. A backend stores `wst` and `rst` first
   * and reloads both afterwards, since ports 04 and 05 set them. The call may write to `ram`. */
  void (*deo)(struct DispatchbenchMachine* machine, uint8_t port, uint8_t value) DISPATCHBENCH_NOEXCEPT;

  /* The harness's own; backends leave it alone. */
  void* devices;

  /* Where the vector starts; after it, the address behind its BRK. */
  uint16_t pc;

  /* Working stack pointer: index of the next free byte. */
  uint8_t wst;

  /* Return stack pointer: index of the next free byte. */
  uint8_t rst;

  /* How often a device has written to `ram`, modulo 2^32. A backend that has made something from memory
   * compares this after each `deo`: if it has changed, what was made may be stale. */
  uint32_t ram_changes;

  /* What the backend made of this program in `prepare`, or null. The backend's own. */
  void* program;

  /* How far the backend may go before it has to return. Only backends flagged DISPATCHBENCH_BUDGETED look at
   * it. They count it down by one at each jump that leads backward and at each call, at opcodes whose
   * accesses wrap around too if they like, and return early, with `pc` at the next opcode, once it is below
   * zero; another `run` with a new budget goes on from there. Between two counts a program can only go
   * forward, through 65,536 opcodes at most. A vector that ends at its BRK leaves it at zero or above. */
  int64_t budget;
} DispatchbenchMachine;

/* Set in `flags` by a backend that honours `budget`. */
#define DISPATCHBENCH_BUDGETED 1U

/* Set in `flags` by a backend that is measured only when it is asked for: a variant that settles one question
 * and would only lengthen every run. */
#define DISPATCHBENCH_ON_REQUEST 2U

/* Set in `flags` by a backend that runs machine code which it makes while it runs. The library doesn't
 * contain that code, so the audit of a library says nothing of it, and gives no hash. */
#define DISPATCHBENCH_GENERATES_CODE 4U

/* Set in `flags` by a WebAssembly backend that calls through typed function references. An engine without
 * them refuses the whole module, so there is another one without this backend's dispatch. */
#define DISPATCHBENCH_TYPED_REFERENCES 8U

/* One way to dispatch. */
typedef struct DispatchbenchBackend {
  /* Unique in the library, without a slash: "computed_goto_plain". */
  const char* name;

  /* The folder its source lies in, and so what it is a variant of: "computed_goto". */
  const char* family;

  /* How the source gets from one opcode to the next: "switch", "computed_goto", "tail_call", "assembly", or
   * another word of the same kind. Backends with the same dispatch ask for the same thing. */
  const char* dispatch;

  /* A sentence for people. */
  const char* summary;

  /* What the machine code must turn out to be: "merged", "replicated", "tail_calls", or "any" for what a
   * compiler makes of it by itself. tools/audit checks it. */
  const char* expected;

  /* Of its source, if it isn't the library's; null: the library's. */
  const char* language;

  /* Runs one vector: from `machine->pc` to its BRK. Afterwards pc, wst and rst are stored back. */
  void (*run)(DispatchbenchMachine* machine) DISPATCHBENCH_NOEXCEPT;

  /* Null, or called once after a ROM has been loaded and before its first vector, to decode or compile it
   * into `machine->program`. Returns null, or in words why this backend can't run this program; the text
   * stays valid until the next call. Its time is part of every sample. */
  const char* (*prepare)(DispatchbenchMachine* machine)DISPATCHBENCH_NOEXCEPT;

  /* Null, or called after the last vector of a program that was prepared, to free `machine->program`. */
  void (*release)(DispatchbenchMachine* machine) DISPATCHBENCH_NOEXCEPT;

  /* 0, or any of DISPATCHBENCH_BUDGETED, DISPATCHBENCH_ON_REQUEST, DISPATCHBENCH_GENERATES_CODE and
   * DISPATCHBENCH_TYPED_REFERENCES. */
  uint32_t flags;

  /* Lines of code of its family's folder, for people who compare what techniques cost: without blank lines,
   * comments, tests and lists that tools wrote. 0: unknown. */
  uint32_t source_lines;
} DispatchbenchBackend;

/* A backend that this library doesn't have, and why. */
typedef struct DispatchbenchUnavailable {
  const char* name;

  /* What is missing and what would provide it. */
  const char* reason;
} DispatchbenchUnavailable;

/* What a library says of itself. Strings are UTF-8, never null unless stated, and live as long as the library
 * is loaded. */
typedef struct DispatchbenchLibrary {
  /* DISPATCHBENCH_ABI_VERSION of the header it was compiled with. First in every version. */
  uint32_t abi;

  /* sizeof(DispatchbenchLibrary), sizeof(DispatchbenchBackend) and sizeof(DispatchbenchMachine) there. */
  uint32_t library_size;
  uint32_t backend_size;
  uint32_t machine_size;

  /* The library's name in results unless the command line gives it another: "clang". */
  const char* label;

  /* What runs its code: "native", or the kind of WebAssembly engine it needs. */
  const char* host;

  /* Of most of its source: "c++", "c", "rust". */
  const char* language;

  /* For example "clang" and "19.1.7". */
  const char* compiler;
  const char* compiler_version;

  /* Flags of every backend; a backend's own flags stand in its CMake line. */
  const char* flags;

  /* "x86_64" or "aarch64". */
  const char* target;

  const DispatchbenchBackend* backends;
  const DispatchbenchUnavailable* unavailable;
  uint32_t backend_count;
  uint32_t unavailable_count;
} DispatchbenchLibrary;

// NOLINTEND(modernize-use-using, modernize-macro-to-enum, cppcoreguidelines-macro-to-enum)

/* The one symbol that a backend library exports. */
const DispatchbenchLibrary* dispatchbench_library(void) DISPATCHBENCH_NOEXCEPT;

#ifdef __cplusplus
} // extern "C"

namespace dispatchbench {

using Machine = ::DispatchbenchMachine;
using Backend = ::DispatchbenchBackend;
using UnavailableBackend = ::DispatchbenchUnavailable;
using BackendLibrary = ::DispatchbenchLibrary;

/// Runs one vector.
using RunFunction = void (*)(Machine* machine) noexcept;

inline constexpr std::size_t ram_bytes = DISPATCHBENCH_RAM_BYTES;
inline constexpr std::size_t stack_bytes = DISPATCHBENCH_STACK_BYTES;
inline constexpr std::size_t device_page_bytes = DISPATCHBENCH_DEVICE_PAGE_BYTES;
inline constexpr std::uint16_t rom_address = DISPATCHBENCH_ROM_ADDRESS;
inline constexpr std::size_t rom_bytes_max = ram_bytes - rom_address;

} // namespace dispatchbench
#endif

#endif
