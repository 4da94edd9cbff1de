// Loads, stores and division, with the paths that are taken rarely behind the block.
//
// A short access at the end of memory or of the zero page wraps around to address 0. A store asks the map of
// bytes that were compiled, in which the last byte of memory is always marked: so the common path of a store
// needs one check for both.
#include "emitter.h"

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

using asmjit::imm;
using asmjit::x86::Gp;
using asmjit::x86::Mem;
using Kind = Description::Kind;

namespace {

Mem ram_at(const Value& address, std::uint32_t size) {
  if (address.constant()) return {ram_register, static_cast<std::int32_t>(address.number()), size};
  return {ram_register, Emitter::register_of(address).r64(), 0, 0, size};
}

Mem map_at(const Value& address, std::uint32_t size) {
  constexpr auto map = static_cast<std::int32_t>(offsetof(Translation, compiled_bytes));
  if (address.constant())
    return {translation_register, map + static_cast<std::int32_t>(address.number()), size};
  return {translation_register, Emitter::register_of(address).r64(), 0, map, size};
}

} // namespace

Value Emitter::load(const Value& at, bool shorts, bool zero_page) {
  const Value address = clean(at);
  const std::uint32_t last = zero_page ? 0xff : 0xffff;
  if (shorts && address.constant() && address.number() == last) {
    const Value high = load(address, false, zero_page);
    return ((high << 8) | load(number(*this, 0), false, zero_page)).cut(16);
  }
  const Gp result = allocate();
  if (!shorts) {
    code_.movzx(result, ram_at(address, 1));
    return holding(result, 8).cut(8);
  }
  if (!address.constant()) {
    if (rare_load_count_ == rare_loads_.size()) return fail(), holding(result, 16);
    RareLoad& rare = rare_loads_[rare_load_count_++];
    rare = {code_.newLabel(), code_.newLabel(), static_cast<std::uint8_t>(result.id()),
            address.description().left};
    code_.cmp(register_of(address), last);
    code_.je(rare.label);
    code_.movzx(result, ram_at(address, 2));
    code_.rol(result.r16(), 8);
    code_.bind(rare.back);
  } else {
    code_.movzx(result, ram_at(address, 2));
    code_.rol(result.r16(), 8);
  }
  return holding(result, 16).cut(16);
}

void Emitter::store(const Value& to, const Value& what, bool shorts, bool zero_page, std::uint16_t next,
                    std::array<int, 2> moved) {
  const Value address = clean(to);
  const Value value = what.constant() ? what : in_register(what);
  const Snapshot pending = snapshot();
  if (failed_ || rare_store_count_ == rare_stores_.size()) return fail();
  RareStore& rare = rare_stores_[rare_store_count_++];
  rare = {code_.newLabel(), address.description(), value.description(), shorts, zero_page, next, moved,
          pending};

  if (shorts && zero_page) {
    if (!address.constant()) {
      code_.cmp(register_of(address), 0xff);
      code_.je(rare.label);
    } else if (address.number() == 0xff) {
      code_.jmp(rare.label);
      return;
    }
  }
  code_.cmp(map_at(address, shorts ? 2 : 1), 0);
  code_.jne(rare.label);
  const Mem place = ram_at(address, shorts ? 2 : 1);
  if (value.constant()) {
    const std::uint32_t n = value.number();
    code_.mov(place, shorts ? (n >> 8 & 0xff) | (n & 0xff) << 8 : n & 0xff);
  } else if (!shorts) {
    code_.mov(place, register_of(value).r8());
  } else if (translation_.has_movbe) {
    code_.movbe(place, register_of(value).r16());
  } else {
    code_.mov(asmjit::x86::eax, register_of(value));
    code_.rol(asmjit::x86::ax, 8);
    code_.mov(place, asmjit::x86::ax);
  }
}

void Emitter::emit_rare_paths() {
  for (unsigned i = 0; i < rare_load_count_; ++i) {
    const RareLoad& rare = rare_loads_[i];
    const Gp result = asmjit::x86::gpd(rare.result);
    code_.bind(rare.label);
    code_.movzx(result, Mem(ram_register, asmjit::x86::gpq(rare.address), 0, 0, 1));
    code_.shl(result, 8);
    code_.movzx(asmjit::x86::eax, Mem(ram_register, 0, 1));
    code_.or_(result, asmjit::x86::eax);
    code_.jmp(rare.back);
  }
  for (unsigned i = 0; i < rare_store_count_; ++i) {
    const RareStore& rare = rare_stores_[i];
    code_.bind(rare.label);
    write_back(rare.pending);
    move_to(asmjit::x86::eax, rare.address);
    code_.mov(field(offsetof(Translation, store_address), 4), asmjit::x86::eax);
    move_to(asmjit::x86::eax, rare.value);
    code_.mov(field(offsetof(Translation, store_value), 4), asmjit::x86::eax);
    move_stacks(rare.moved);
    code_.mov(asmjit::x86::eax, rare.next);
    code_.mov(asmjit::x86::edx, (rare.shorts ? 1 : 0) | (rare.zero_page ? 2 : 0));
    code_.jmp(imm(translation_.stubs.store));
  }
}

Value Emitter::quotient(const Value& a, const Value& b) {
  if (b.constant() && (b.number() & (b.number() - 1)) == 0) {
    if (b.number() == 0) return number(*this, 0);
    return clean(a) >> static_cast<std::uint32_t>(__builtin_ctz(b.number()));
  }
  const Value dividend = in_register(clean(a));
  const Value divisor = in_register(clean(b));
  const Gp result = allocate();
  const asmjit::Label done = code_.newLabel();
  code_.xor_(asmjit::x86::edx, asmjit::x86::edx);
  if (!b.constant()) {
    code_.xor_(asmjit::x86::eax, asmjit::x86::eax);
    code_.test(register_of(divisor), register_of(divisor));
    code_.jz(done);
  }
  code_.mov(asmjit::x86::eax, register_of(dividend));
  code_.div(register_of(divisor));
  code_.bind(done);
  code_.mov(result, asmjit::x86::eax);
  return holding(result, 16);
}

Value Emitter::sign_extended(const Value& byte) {
  const Value held = in_register(byte);
  const Gp result = allocate();
  code_.movsx(result, register_of(held).r8());
  return holding(result, 32);
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
