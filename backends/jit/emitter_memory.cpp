// Loads, stores and division, with the paths that are taken rarely behind the block.
//
// A short access at the end of memory or of the zero page wraps around to address 0. A store asks the map of
// bytes that were compiled, in which the last byte of memory is always marked: so the common path of a store
// needs one check for both.
#include "emitter.h"

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

namespace {

Place ram_at(const Value& address) { return Place::at(ram_register, address.description().operand()); }

} // namespace

Value Emitter::load(const Value& at, bool shorts, bool zero_page) {
  const Value address = clean(at);
  const std::uint32_t last = zero_page ? 0xff : 0xffff;
  if (shorts && address.constant() && address.number() == last) {
    const Value high = load(address, false, zero_page);
    return ((high << 8) | load(number(*this, 0), false, zero_page)).cut(16);
  }
  const Register result = allocate();
  if (!shorts) {
    code_.load(result, ram_at(address), 1);
    return holding(result, 8).cut(8);
  }
  if (address.constant()) {
    code_.load(result, ram_at(address), 2);
  } else {
    if (rare_load_count_ == rare_loads_.size()) return fail(), holding(result, 16);
    RareLoad& rare = rare_loads_[rare_load_count_++];
    rare = {code_.new_label(), code_.new_label(), result, register_of(address)};
    code_.branch_if_last(register_of(address), last, rare.label);
    code_.load(result, ram_at(address), 2);
    code_.bind(rare.back);
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
  rare = {
      code_.new_label(), address.description(), value.description(), shorts, zero_page, next, moved, pending};

  if (shorts && zero_page) {
    if (!address.constant()) {
      code_.branch_if_last(register_of(address), 0xff, rare.label);
    } else if (address.number() == 0xff) {
      code_.jump(rare.label);
      return;
    }
  }
  const unsigned bytes = shorts ? 2 : 1;
  code_.branch_if_compiled(address.description().operand(), bytes, rare.label);
  code_.store(ram_at(address), value.description().operand(), bytes);
}

void Emitter::emit_rare_paths() {
  const Register scratch = argument_registers[0];
  for (unsigned i = 0; i < rare_load_count_; ++i) {
    const RareLoad& rare = rare_loads_[i];
    code_.bind(rare.label);
    code_.load(rare.result, {ram_register, 0, rare.address}, 1);
    code_.compute(Arithmetic::left, rare.result, rare.result, {Register::none, 8});
    code_.load(scratch, {ram_register}, 1);
    code_.compute(Arithmetic::disjunction, rare.result, rare.result, {scratch});
    code_.jump(rare.back);
  }
  for (unsigned i = 0; i < rare_store_count_; ++i) {
    const RareStore& rare = rare_stores_[i];
    code_.bind(rare.label);
    write_back(rare.pending);
    move_to(scratch, rare.address);
    code_.store_field(offsetof(Translation, store_address), scratch);
    move_to(scratch, rare.value);
    code_.store_field(offsetof(Translation, store_value), scratch);
    move_stacks(rare.moved);
    code_.set(argument_registers[0], rare.next);
    code_.set(argument_registers[1],
              (rare.shorts ? store_of_short : 0) | (rare.zero_page ? store_in_zero_page : 0));
    code_.jump(translation_.stubs.store);
  }
}

Value Emitter::quotient(const Value& a, const Value& b) {
  if (b.constant() && (b.number() & (b.number() - 1)) == 0) {
    if (b.number() == 0) return number(*this, 0);
    return clean(a) >> static_cast<std::uint32_t>(__builtin_ctz(b.number()));
  }
  const Value dividend = in_register(clean(a));
  const Value divisor = in_register(clean(b));
  const Register result = allocate();
  code_.divide(result, register_of(dividend), register_of(divisor), !b.constant());
  return holding(result, 16);
}

Value Emitter::sign_extended(const Value& byte) {
  const Value held = in_register(byte);
  const Register result = allocate();
  code_.extend_signed_byte(result, register_of(held));
  return holding(result, 32);
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
