// Registers and the windows over the stacks. emitter_memory.cpp has the accesses to memory.
#include "emitter.h"

#include <algorithm>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

using asmjit::x86::Gp;
using asmjit::x86::Mem;
using Kind = Description::Kind;

namespace {

// What a device may change comes first: a value rarely lives across a call.
constexpr std::array<std::uint8_t, 8> allocatable{6, 7, 8, 9, 10, 11, 13, 14};

Gp stack_register(unsigned stack) { return stack == 0 ? working_register : return_register; }

} // namespace

Mem field(std::size_t offset, std::uint32_t size) {
  return {translation_register, static_cast<std::int32_t>(offset), size};
}

Gp Emitter::allocate() {
  for (int attempt = 0; attempt < 2; ++attempt) {
    for (const std::uint8_t id : allocatable) {
      if (uses_[id] != 0) continue;
      high_byte_of_[id] = 0;
      std::replace(high_byte_of_.begin(), high_byte_of_.end(), id, std::uint8_t{0});
      return asmjit::x86::gpd(id);
    }
    forget();
  }
  fail(); // No opcode needs so many; the block is then interpreted.
  return asmjit::x86::eax;
}

Value Emitter::holding(const Gp& result, unsigned bits) {
  Description description;
  description.kind = Kind::in_register;
  description.left = static_cast<std::uint8_t>(result.id());
  description.bits = static_cast<std::uint8_t>(bits);
  return {*this, description};
}

Value Emitter::in_register(const Value& value) {
  const Description& description = value.description();
  if (description.kind == Kind::in_register) return value;
  const Gp result = allocate();
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
  const Gp source = register_of(held);
  const Gp result = allocate();
  if (description.width == 8)
    code_.movzx(result, source.r8());
  else
    code_.movzx(result, source.r16());
  return holding(result, description.width).cut(description.width);
}

void Emitter::move_to(const Gp& target, const Description& value) {
  if (value.kind == Kind::constant) {
    code_.mov(target, value.constant); // Not xor: the flags may be in use.
  } else if (value.kind == Kind::comparison) {
    const auto condition = flags_of(value);
    code_.emit(asmjit::x86::Inst::setccFromCond(condition), target.r8());
    code_.movzx(target, target.r8());
  } else if (value.left != target.id()) {
    code_.mov(target, asmjit::x86::gpd(value.left));
  }
}

asmjit::x86::CondCode Emitter::flags_of(const Description& comparison) {
  const Gp left = asmjit::x86::gpd(comparison.left);
  const auto condition = static_cast<asmjit::x86::CondCode>(comparison.condition);
  if (comparison.right != 0xff)
    code_.cmp(left, asmjit::x86::gpd(comparison.right));
  else if (comparison.constant == 0)
    code_.test(left, left);
  else
    code_.cmp(left, comparison.constant);
  return condition;
}

bool Emitter::are_halves(const Description& high, Part high_part, const Description& low,
                         Part low_part) const {
  if (high.kind != Kind::in_register || low.kind != Kind::in_register || low_part != Part::low) return false;
  return (high_part == Part::high ? high.left : high_byte_of_[high.left]) == low.left;
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
  const Gp result = allocate();
  const Gp source = register_of(value);
  if (value.description().bits > 16)
    code_.movzx(result, source.r16());
  else
    code_.mov(result, source);
  code_.shr(result, 8);
  high_byte_of_[result.id()] = static_cast<std::uint8_t>(source.id());
  return holding(result, 8).cut(8);
}

Value Emitter::read_byte(unsigned stack, int offset) {
  if (const Byte& byte = at(stack, offset); byte.value.known()) {
    const Byte copy = byte; // Allocating may forget the window.
    return value_of(copy);
  }
  const Gp result = allocate();
  code_.movzx(result, Mem(stack_register(stack), offset, 1));
  Value value = holding(result, 8).cut(8);
  at(stack, offset) = {value, Part::low, false};
  return value;
}

Value Emitter::read_short(unsigned stack, int offset) {
  const Byte high = at(stack, offset);
  const Byte low = at(stack, offset + 1);
  if (!high.value.known() && !low.value.known()) {
    const Gp result = allocate();
    code_.movzx(result, Mem(stack_register(stack), offset, 2));
    code_.rol(result.r16(), 8);
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
    const bool neighbours =
        i + 1 < count && pending[i + 1].stack == byte.stack && pending[i + 1].offset == byte.offset + 1;
    const Gp base = stack_register(byte.stack);
    if (neighbours) {
      const Pending& next = pending[i + 1];
      const bool constants = byte.value.kind == Kind::constant && next.value.kind == Kind::constant;
      if (constants || byte.is_high_half) {
        emit_pair(byte, next, Mem(base, byte.offset, 2));
        ++i;
        continue;
      }
    }
    emit_byte(byte, Mem(base, byte.offset, 1));
  }
}

void Emitter::emit_pair(const Pending& high, const Pending& low, const Mem& place) {
  if (high.value.kind == Kind::constant) {
    code_.mov(place, high.value.constant | low.value.constant << 8);
  } else if (translation_.has_movbe) {
    code_.movbe(place, asmjit::x86::gpw(low.value.left));
  } else {
    code_.mov(asmjit::x86::eax, asmjit::x86::gpd(low.value.left));
    code_.rol(asmjit::x86::ax, 8);
    code_.mov(place, asmjit::x86::ax);
  }
}

void Emitter::emit_byte(const Pending& byte, const Mem& place) {
  switch (byte.value.kind) {
  case Kind::constant: code_.mov(place, byte.value.constant); break;
  case Kind::comparison: code_.emit(asmjit::x86::Inst::setccFromCond(flags_of(byte.value)), place); break;
  default:
    if (byte.part == Part::low) {
      code_.mov(place, asmjit::x86::gpb(byte.value.left));
    } else {
      code_.mov(asmjit::x86::eax, asmjit::x86::gpd(byte.value.left));
      code_.shr(asmjit::x86::eax, 8);
      code_.mov(place, asmjit::x86::al);
    }
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
    if (moved[stack] != 0) code_.lea(stack_register(stack), Mem(stack_register(stack), moved[stack]));
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
