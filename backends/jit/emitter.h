// Emitter: registers, the windows over the two stacks, and the accesses of one block that is being compiled.
//
// A window holds what is known of the bytes of a stack around its pointer at the block's start: a value, and
// whether memory has it yet. So a byte that the block pushes is popped without touching memory, and of the
// stores to one byte only the last is made. All of them are made by the end of the block, also of bytes that
// were popped again: what lies above the stack pointer is part of the machine's state.
#pragma once

#include "assembler.h"
#include "emitted_value.h"
#include "translation.h"

#include <array>
#include <cstdint>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

class Emitter {
public:
  Emitter(Translation& translation, Assembler& code) : translation_(translation), code_(code) {}

  [[nodiscard]] Assembler& code() { return code_; }
  [[nodiscard]] Translation& translation() { return translation_; }

  // Values and registers.

  void count(const Description& description, int change) {
    using Kind = Description::Kind;
    if (description.kind != Kind::in_register && description.kind != Kind::comparison) return;
    count(description.left, change);
    if (description.right != Register::none) count(description.right, change);
  }
  /// A register that holds nothing. If there is none, what the windows know is written to memory and
  /// forgotten.
  Register allocate();
  /// The value that was just put into `result`.
  Value holding(Register result, unsigned bits);
  /// The same value in a register, with rubbish above its width.
  Value in_register(const Value& value);
  /// The same value as a constant or in a register, with zeros above its width.
  Value clean(const Value& value);
  [[nodiscard]] static Register register_of(const Value& value) { return value.description().left; }
  /// Puts a value into a register that is no value's.
  void move_to(Register target, const Description& value);

  // Stacks: 0 is the working stack. Offsets count from the stack register.

  Value read_byte(unsigned stack, int offset);
  /// The short whose high byte is at `offset`.
  Value read_short(unsigned stack, int offset);
  void write_byte(unsigned stack, int offset, const Value& value);
  void write_short(unsigned stack, int offset, const Value& value);
  /// Writes what memory doesn't have yet.
  void write_back();
  /// The same, and forgets the windows.
  void forget();
  /// What memory doesn't have yet, for a path that leaves the block here and is emitted later.
  struct Snapshot {
    std::uint16_t first = 0, count = 0;
  };
  Snapshot snapshot();
  void write_back(const Snapshot& snapshot) {
    emit_pending(rare_pending_.data() + snapshot.first, snapshot.count);
  }

  // Memory.

  Value load(const Value& address, bool shorts, bool zero_page);
  /// Leaves the block if the store hits something that was compiled. `next` is the pc after the opcode,
  /// `moved` what it adds to the stack registers.
  void store(const Value& address, const Value& value, bool shorts, bool zero_page, std::uint16_t next,
             std::array<int, 2> moved);
  Value quotient(const Value& a, const Value& b);
  Value sign_extended(const Value& byte);

  /// Moves the stack registers.
  void move_stacks(std::array<int, 2> moved);

  /// Emits the paths that stores and loads only take rarely. Once, after all else.
  void emit_rare_paths();

  [[nodiscard]] bool failed() const { return failed_; }
  void fail() { failed_ = true; }

private:
  enum class Part : std::uint8_t { low, high };
  struct Byte {
    Value value;
    Part part = Part::low;
    bool dirty = false;
  };
  /// A byte that memory doesn't have yet.
  struct Pending {
    Description value;
    Part part;
    std::uint8_t stack;
    std::int16_t offset;
    bool is_high_half = false; ///< Of the short whose low half the next one is, if that is its neighbour.
  };
  struct RareStore {
    asmjit::Label label;
    Description address, value;
    bool shorts, zero_page;
    std::uint16_t next;
    std::array<int, 2> moved;
    Snapshot pending;
  };
  struct RareLoad {
    asmjit::Label label, back;
    Register result, address;
  };

  Byte& at(unsigned stack, int offset);
  /// Whether two neighbouring bytes are the halves of one register's low short.
  [[nodiscard]] bool are_halves(const Description& high, Part high_part, const Description& low,
                                Part low_part) const;
  Value value_of(const Byte& byte);
  template <class Visit> void each_pending(const Visit& visit);
  void emit_pending(const Pending* pending, unsigned count);
  void emit_byte(const Pending& byte, const Place& place);
  void count(Register id, int change) {
    std::uint8_t& uses = uses_[static_cast<unsigned>(id)];
    uses = static_cast<std::uint8_t>(uses + change);
  }

  static constexpr int window_bytes = 2 * Translation::block_reach + 1;

  Translation& translation_;
  Assembler& code_;
  std::array<std::uint8_t, register_count> uses_{};
  /// The register whose low short a register has the high byte of; `Register{}`, which holds no value: none.
  /// So the halves of a short that were moved one by one are stored and read as one: a load of two bytes that
  /// were stored one by one waits until both are in the cache.
  std::array<Register, register_count> high_byte_of_{};
  std::array<std::array<Byte, window_bytes>, 2> windows_;
  std::array<int, 2> lowest_{Translation::block_reach, Translation::block_reach};
  std::array<int, 2> highest_{-Translation::block_reach, -Translation::block_reach};
  // In unions, so that they aren't initialized: that took longer than compiling a block.
  union {
    std::array<RareStore, Translation::block_opcodes> rare_stores_; // NOLINT(readability-identifier-naming)
  };
  union {
    std::array<RareLoad, Translation::block_opcodes> rare_loads_; // NOLINT(readability-identifier-naming)
  };
  union {
    std::array<Pending, 2048> rare_pending_; // NOLINT(readability-identifier-naming)
  };
  unsigned rare_store_count_ = 0;
  unsigned rare_load_count_ = 0;
  unsigned rare_pending_count_ = 0;
  bool failed_ = false;
};

template <class Visit> void Emitter::each_pending(const Visit& visit) {
  for (unsigned stack = 0; stack < 2; ++stack)
    for (int offset = lowest_[stack]; offset <= highest_[stack]; ++offset) {
      Byte& byte = windows_[stack][static_cast<unsigned>(offset + Translation::block_reach)];
      if (byte.dirty)
        visit(byte, Pending{byte.value.description(), byte.part, static_cast<std::uint8_t>(stack),
                            static_cast<std::int16_t>(offset)});
    }
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
