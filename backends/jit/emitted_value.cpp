// What the operators of a Value emit, and what they find out without emitting anything.
#include "emitted_value.h"

#include "emitter.h"

#include <algorithm>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

using asmjit::x86::CondCode;

Value::Value(Emitter& emitter, const Description& description)
    : emitter_(&emitter), description_(description) {
  emitter.count(description_, 1);
}
Value::Value(const Value& other) : emitter_(other.emitter_), description_(other.description_) {
  if (emitter_ != nullptr) emitter_->count(description_, 1);
}
Value::~Value() {
  if (emitter_ != nullptr) emitter_->count(description_, -1);
}

Value Value::cut(unsigned width) const {
  Description description = description_;
  description.width = static_cast<std::uint8_t>(std::min<unsigned>(width, description.width));
  if (constant()) description.constant &= width == 32 ? ~0U : (1U << width) - 1;
  return {*emitter_, description};
}

Value number(Emitter& emitter, std::uint32_t constant, unsigned width) {
  Description description;
  description.kind = Description::Kind::constant;
  description.constant = constant;
  return Value{emitter, description}.cut(width);
}

namespace {

std::uint32_t fold(Arithmetic operation, std::uint32_t a, std::uint32_t b) {
  switch (operation) {
  case Arithmetic::add: return a + b;
  case Arithmetic::subtract: return a - b;
  case Arithmetic::multiply: return a * b;
  case Arithmetic::conjunction: return a & b;
  case Arithmetic::disjunction: return a | b;
  case Arithmetic::exclusive: return a ^ b;
  case Arithmetic::left: return a << (b & 31);
  case Arithmetic::right: return a >> (b & 31);
  }
  return 0;
}

Value shifted(Arithmetic operation, const Value& a, const Value& by) {
  Emitter& emitter = a.emitter();
  asmjit::x86::Assembler& code = emitter.code();
  const bool left = operation == Arithmetic::left;
  const Value operand = emitter.in_register(left ? a : emitter.clean(a));
  const Value count = by.constant() ? by : emitter.in_register(by);
  const unsigned bits = operand.description().bits;
  const auto result = emitter.allocate();
  code.mov(result, emitter.register_of(operand));
  if (count.constant()) {
    const unsigned n = count.number() & 31;
    left ? code.shl(result, n) : code.shr(result, n);
    return emitter.holding(result, left ? std::min(32U, bits + n) : std::max(1U, bits - std::min(bits, n)));
  }
  code.mov(asmjit::x86::ecx, emitter.register_of(count));
  left ? code.shl(result, asmjit::x86::cl) : code.shr(result, asmjit::x86::cl);
  return emitter.holding(result, left ? 32 : bits);
}

} // namespace

Value arithmetic(Arithmetic operation, const Value& a, const Value& b) {
  Emitter& emitter = a.emitter();
  if (a.constant() && b.constant()) return number(emitter, fold(operation, a.number(), b.number()));
  const bool shifts = operation == Arithmetic::left || operation == Arithmetic::right;
  if (shifts) {
    const Value count = b.constant() ? b : emitter.clean(b);
    return count.constant() && count.number() == 0 ? a : shifted(operation, a, count);
  }
  if (a.constant() && operation != Arithmetic::subtract) return arithmetic(operation, b, a);
  if (operation == Arithmetic::multiply && b.constant() && b.number() == 1) return a;

  asmjit::x86::Assembler& code = emitter.code();
  const Value left = emitter.in_register(a);
  const Value right = b.constant() ? b : emitter.in_register(b);
  const auto result = emitter.allocate();
  const auto x = emitter.register_of(left);
  const unsigned a_bits = left.description().bits;
  if (right.constant()) {
    const auto n = static_cast<std::int32_t>(right.number());
    const unsigned n_bits =
        32U - static_cast<unsigned>(right.number() == 0 ? 31 : __builtin_clz(right.number()));
    switch (operation) {
    case Arithmetic::add: code.lea(result, asmjit::x86::ptr(x.r64(), n)); break;
    case Arithmetic::subtract: code.lea(result, asmjit::x86::ptr(x.r64(), -n)); break;
    case Arithmetic::multiply: code.imul(result, x, n); break;
    case Arithmetic::conjunction:
      code.mov(result, x);
      code.and_(result, n);
      return emitter.holding(result, std::min(a_bits, n_bits));
    case Arithmetic::disjunction:
      code.mov(result, x);
      code.or_(result, n);
      return emitter.holding(result, std::max(a_bits, n_bits));
    default:
      code.mov(result, x);
      code.xor_(result, n);
      return emitter.holding(result, std::max(a_bits, n_bits));
    }
    return emitter.holding(result, 32);
  }
  const auto y = emitter.register_of(right);
  const unsigned b_bits = right.description().bits;
  if (operation == Arithmetic::add) {
    code.lea(result, asmjit::x86::ptr(x.r64(), y.r64()));
    return emitter.holding(result, 32);
  }
  code.mov(result, x);
  switch (operation) {
  case Arithmetic::subtract: code.sub(result, y); break;
  case Arithmetic::multiply: code.imul(result, y); break;
  case Arithmetic::conjunction:
    code.and_(result, y);
    return emitter.holding(result, std::min(a_bits, b_bits));
  case Arithmetic::disjunction: code.or_(result, y); return emitter.holding(result, std::max(a_bits, b_bits));
  default: code.xor_(result, y); return emitter.holding(result, std::max(a_bits, b_bits));
  }
  return emitter.holding(result, 32);
}

Value compare(Relation relation, const Value& a, const Value& b) {
  Emitter& emitter = a.emitter();
  // The condition of a jump may already be one: (a == b) != 0.
  if (relation == Relation::unequal && b.constant() && b.number() == 0 &&
      a.description().kind == Description::Kind::comparison)
    return a;
  if (a.constant() && b.constant()) {
    const std::uint32_t x = a.number();
    const std::uint32_t y = b.number();
    switch (relation) {
    case Relation::equal: return number(emitter, x == y);
    case Relation::unequal: return number(emitter, x != y);
    case Relation::above: return number(emitter, x > y);
    case Relation::below: return number(emitter, x < y);
    }
  }
  if (a.constant()) {
    const Relation turned = relation == Relation::above   ? Relation::below
                            : relation == Relation::below ? Relation::above
                                                          : relation;
    return compare(turned, b, a);
  }
  const Value left = emitter.clean(a);
  const Value right = b.constant() ? b : emitter.clean(b);
  Description description;
  description.kind = Description::Kind::comparison;
  description.bits = 1;
  description.left = left.description().left;
  if (right.constant())
    description.constant = right.number();
  else
    description.right = right.description().left;
  static constexpr CondCode conditions[] = {CondCode::kE, CondCode::kNE, CondCode::kA, CondCode::kB};
  description.condition = static_cast<std::uint8_t>(conditions[static_cast<unsigned>(relation)]);
  return {emitter, description};
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
