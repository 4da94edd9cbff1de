// Assembler: what the compiler says to the processor. Each operation is an instruction or a few, which asmjit
// encodes; x86_64/ and aarch64/ say which. Nothing else of the compiler knows them.
//
// Registers have 32 bits here. Whatever is put into one leaves zeros above them, so that it can be an index.
#pragma once

#include "code_memory.h"

#if defined(__x86_64__)
#include "x86_64/processor.h"
#elif defined(__aarch64__)
#include "aarch64/processor.h"
#endif

#include <asmjit/asmjit.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// Where generated code goes on: an address in it.
using Continuation = const std::uint8_t*;

enum class Arithmetic : std::uint8_t {
  add,
  subtract,
  multiply,
  conjunction,
  disjunction,
  exclusive,
  left,
  right
};
/// Of numbers without a sign.
enum class Relation : std::uint8_t { equal, unequal, above, below };

/// A register, or a constant if there is none.
struct Operand {
  Register in = Register::none;
  std::uint32_t constant = 0;

  [[nodiscard]] bool is_constant() const { return in == Register::none; }
};

/// A number as it lies in the memory of a Uxn machine, of which a processor with its low byte first stores so
/// many bytes.
constexpr std::uint32_t as_stored(std::uint32_t number, unsigned bytes) {
  return bytes == 2 ? (number >> 8 & 0xff) | (number & 0xff) << 8 : number & 0xff;
}

/// A place in memory: of AArch64 at a displacement or an index, not both.
struct Place {
  Register base;
  std::int32_t displacement = 0;
  Register index = Register::none;

  /// So many bytes behind `base`.
  static Place at(Register base, const Operand& distance) {
    return {base, static_cast<std::int32_t>(distance.constant), distance.in};
  }
};

/// What is asked of the processor once.
struct Features {
  bool swaps_when_storing; ///< x86-64: it has MOVBE.
};

class Assembler {
public:
  /// For code that will lie at the end of `memory`.
  Assembler(const CodeMemory& memory, Features features) : features_(features) {
    const auto base = reinterpret_cast<std::uintptr_t>(memory.executable + memory.used);
    if (holder_.init(asmjit::Environment::host(), base) != asmjit::kErrorOk) std::abort(); // Out of memory.
    holder_.attach(&code_);
  }

  [[nodiscard]] const std::uint8_t* data() const { return holder_.textSection()->data(); }
  [[nodiscard]] std::uint32_t offset() const { return static_cast<std::uint32_t>(code_.offset()); }
  [[nodiscard]] NativeAssembler& native() { return code_; }

  asmjit::Label new_label() { return code_.newLabel(); }
  void bind(const asmjit::Label& label) { code_.bind(label); }
  /// Has what follows begin at a multiple of so many bytes.
  void align(std::uint32_t bytes) { code_.align(asmjit::AlignMode::kCode, bytes); }

  // Jumps.

  void jump(const asmjit::Label& target);
  void jump(Continuation target);
  /// The same in the form that encode_jump has.
  void patchable_jump(const asmjit::Label& target);
  void patchable_jump(Continuation target);
  void branch(Relation relation, Register a, const Operand& b, const asmjit::Label& target);
  /// Branches if `address` is the last of a page, of 0x100 bytes or of all memory.
  void branch_if_last(Register address, std::uint32_t last, const asmjit::Label& target);
  /// Branches if one of the `bytes` (1 or 2) at the Uxn address `address` was compiled.
  void branch_if_compiled(const Operand& address, unsigned bytes, const asmjit::Label& target);
  /// Branches if accesses from `below` bytes under a stack's pointer to `above` bytes over it would wrap
  /// around.
  void branch_if_stack_wraps(Register pointer, int below, int above, const asmjit::Label& target);
  /// Goes on at the block of the pc in `target`, or at `resolve` if there is none.
  void jump_through_table(Register target, Continuation resolve);
  void call(Continuation stub);

  // Registers.

  void set(Register to, std::uint32_t constant);
  void copy(Register to, Register from);
  /// Takes the low `bits`, 8 or 16.
  void extend(Register to, Register from, unsigned bits);
  void extend_signed_byte(Register to, Register from);
  /// Takes bits 8 to 15; there are none above if `clean`.
  void high_byte(Register to, Register from, bool clean);
  /// `to` must not be `b`.
  void compute(Arithmetic operation, Register to, Register a, const Operand& b);
  /// 0 if `b` is, which has to be told.
  void divide(Register to, Register a, Register b, bool may_be_zero);
  /// 1 if it holds, else 0. `to` must be neither operand.
  void set_if(Relation relation, Register to, Register a, const Operand& b);

  // Memory. Numbers of 2 bytes have their high byte first.

  void load(Register to, const Place& from, unsigned bytes);
  void store(const Place& to, const Operand& value, unsigned bytes);
  /// Stores the byte 1 if it holds, else 0.
  void store_if(Relation relation, const Place& to, Register a, const Operand& b);
  /// Stores into a field of 4 bytes of the translation.
  void store_field(std::size_t offset, Register value);
  /// Moves a stack's pointer.
  void move_pointer(Register pointer, int distance);

private:
  asmjit::CodeHolder holder_;
  NativeAssembler code_;
  [[maybe_unused]] Features features_; // AArch64 asks for none.
};

/// Finds out about the processor. Returns null, or in words why generated code can't run here. The memory is
/// empty before and after.
const char* find_features(CodeMemory& memory, Features& features);

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
