// Registers and the windows over the stacks. emitter_memory.cpp has the accesses to memory.
#include "emitter.h"

#include <algorithm>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

using Kind = Description::Kind;

namespace {

Register stack_register(unsigned stack) { return stack == 0 ? working_register : return_register; }

} // namespace

Register Emitter::allocate() {
  for (int attempt = 0; attempt < 2; ++attempt) {
    for (const Register id : value_registers) {
      if (uses_[static_cast<unsigned>(id)] != 0) continue;
      high_byte_of_[static_cast<unsigned>(id)] = Register{};
      std::replace(high_byte_of_.begin(), high_byte_of_.end(), id, Register{});
      return id;
    }
    forget();
  }
  fail(); // No opcode needs so many; the block is then interpreted.
  return value_registers[0];
}

Value Emitter::holding(Register result, unsigned bits) {
  Description description;
  description.kind = Kind::in_register;
  description.left = result;
  description.bits = static_cast<std::uint8_t>(bits);
  return {*this, description};
}

Value Emitter::in_register(const Value& value) {
  const Description& description = value.description();
  if (description.kind == Kind::in_register) return value;
  const Register result = allocate();
  move_to(result, description);
  Value held = holding(result, description.kind == Kind::comparison ? 8 : 32);
  if (description.kind == Kind::constant)
    held = holding(result, description.constant < 0x100 ? 8 : description.constant < 0x10000 ? 16 : 32);
  return held.cut(description.width);
}

Value Emitter::clean(const Value& value) {
  if (value.constant()) return value;
  Value held = in_register(value);
  const Description description = held.description();
  if (description.bits <= description.width) return held;
  const Register result = allocate();
  code_.extend(result, register_of(held), description.width);
  return holding(result, description.width).cut(description.width);
}

void Emitter::move_to(Register target, const Description& value) {
  if (value.kind == Kind::constant)
    code_.set(target, value.constant);
  else if (value.kind == Kind::comparison)
    code_.set_if(value.relation, target, value.left, value.operand());
  else if (value.left != target)
    code_.copy(target, value.left);
}

bool Emitter::are_halves(const Description& high, Part high_part, const Description& low,
                         Part low_part) const {
  if (high.kind != Kind::in_register || low.kind != Kind::in_register || low_part != Part::low) return false;
  return (high_part == Part::high ? high.left : high_byte_of_[static_cast<unsigned>(high.left)]) == low.left;
}

Emitter::Byte& Emitter::at(unsigned stack, int offset) {
  if (offset < -Translation::block_reach || offset > Translation::block_reach) {
    fail();
    offset = 0;
  }
  lowest_[stack] = std::min(lowest_[stack], offset);
  highest_[stack] = std::max(highest_[stack], offset);
  return windows_[stack][static_cast<unsigned>(offset + Translation::block_reach)];
}

Value Emitter::value_of(const Byte& byte) {
  const Value& value = byte.value;
  if (byte.part == Part::low) return value.cut(8);
  const Register result = allocate();
  const Register source = register_of(value);
  code_.high_byte(result, source, value.description().bits <= 16);
  high_byte_of_[static_cast<unsigned>(result)] = source;
  return holding(result, 8).cut(8);
}

Value Emitter::read_byte(unsigned stack, int offset) {
  if (const Byte& byte = at(stack, offset); byte.value.known()) {
    const Byte copy = byte; // Allocating may forget the window.
    return value_of(copy);
  }
  const Register result = allocate();
  code_.load(result, {stack_register(stack), offset}, 1);
  Value value = holding(result, 8).cut(8);
  at(stack, offset) = {value, Part::low, false};
  return value;
}

Value Emitter::read_short(unsigned stack, int offset) {
  const Byte high = at(stack, offset);
  const Byte low = at(stack, offset + 1);
  if (!high.value.known() && !low.value.known()) {
    const Register result = allocate();
    code_.load(result, {stack_register(stack), offset}, 2);
    Value value = holding(result, 16).cut(16);
    at(stack, offset) = {value, Part::high, false};
    at(stack, offset + 1) = {value, Part::low, false};
    return value;
  }
  if (high.value.known() && low.value.known()) {
    if (are_halves(high.value.description(), high.part, low.value.description(), low.part)) {
      Description both = low.value.description(); // Popped alone, it counts as a byte.
      both.width = 16;
      return {*this, both};
    }
    if (high.value.constant() && low.value.constant())
      return number(*this, high.value.number() << 8 | low.value.number(), 16);
  }
  Value low_byte = clean(low.value.known() ? value_of(low) : read_byte(stack, offset + 1));
  const Value high_byte = high.value.known() ? value_of(high) : read_byte(stack, offset);
  if (high_byte.constant() && high_byte.number() == 0) return low_byte;
  return ((high_byte << 8) | low_byte).cut(16);
}

void Emitter::write_byte(unsigned stack, int offset, const Value& value) {
  at(stack, offset) = {value.cut(8), Part::low, true};
}

void Emitter::write_short(unsigned stack, int offset, const Value& value) {
  if (value.constant()) {
    write_byte(stack, offset, number(*this, value.number() >> 8, 8));
    write_byte(stack, offset + 1, value);
    return;
  }
  const Value held = in_register(value).cut(16);
  at(stack, offset) = {held, Part::high, true};
  at(stack, offset + 1) = {held, Part::low, true};
}

void Emitter::emit_pending(const Pending* pending, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    const Pending& byte = pending[i];
    const Place place{stack_register(byte.stack), byte.offset};
    if (i + 1 < count && pending[i + 1].stack == byte.stack && pending[i + 1].offset == byte.offset + 1) {
      const Description& high = byte.value;
      const Description& low = pending[i + 1].value;
      const bool constants = high.kind == Kind::constant && low.kind == Kind::constant;
      if (constants || byte.is_high_half) {
        code_.store(
            place, constants ? Operand{Register::none, high.constant << 8 | low.constant} : Operand{low.left},
            2);
        ++i;
        continue;
      }
    }
    emit_byte(byte, place);
  }
}

void Emitter::emit_byte(const Pending& byte, const Place& place) {
  if (byte.value.kind == Kind::comparison) {
    code_.store_if(byte.value.relation, place, byte.value.left, byte.value.operand());
  } else if (byte.part == Part::high) {
    const Register high = argument_registers[0];
    code_.high_byte(high, byte.value.left, true); // What is above isn't stored.
    code_.store(place, {high}, 1);
  } else {
    code_.store(place, byte.value.operand(), 1);
  }
}

void Emitter::write_back() {
  const Snapshot pending = snapshot();
  write_back(pending);
  rare_pending_count_ = pending.first;
  each_pending([](Byte& byte, const Pending&) { byte.dirty = false; });
}

Emitter::Snapshot Emitter::snapshot() {
  Snapshot snapshot{static_cast<std::uint16_t>(rare_pending_count_), 0};
  each_pending([&](Byte&, const Pending& byte) {
    if (rare_pending_count_ == rare_pending_.size()) return fail();
    rare_pending_[rare_pending_count_++] = byte;
    ++snapshot.count;
  });
  // Now, since what registers hold is known of this place only.
  for (unsigned i = snapshot.first + 1U; i < rare_pending_count_; ++i) {
    Pending& high = rare_pending_[i - 1];
    const Pending& low = rare_pending_[i];
    high.is_high_half = are_halves(high.value, high.part, low.value, low.part);
  }
  return snapshot;
}

void Emitter::forget() {
  write_back();
  for (unsigned stack = 0; stack < 2; ++stack) {
    for (int offset = lowest_[stack]; offset <= highest_[stack]; ++offset)
      windows_[stack][static_cast<unsigned>(offset + Translation::block_reach)] = {};
    lowest_[stack] = Translation::block_reach;
    highest_[stack] = -Translation::block_reach;
  }
}

void Emitter::move_stacks(std::array<int, 2> moved) {
  for (unsigned stack = 0; stack < 2; ++stack)
    if (moved[stack] != 0) code_.move_pointer(stack_register(stack), moved[stack]);
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
