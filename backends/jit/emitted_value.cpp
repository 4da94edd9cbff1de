// What the operators of a Value emit, and what they find out without emitting anything.
#include "emitted_value.h"

#include "emitter.h"

#include <algorithm>
#include <bit>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

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

/// How many bits the result has, from those of the operands or the value of a constant.
unsigned bits_of(Arithmetic operation, unsigned a, const Value& b) {
  if (operation == Arithmetic::left || operation == Arithmetic::right) {
    if (!b.constant()) return operation == Arithmetic::left ? 32 : a;
    const unsigned by = b.number() & 31;
    return operation == Arithmetic::left ? std::min(32U, a + by) : std::max(1U, a - std::min(a, by));
  }
  const unsigned other =
      b.constant() ? std::max(1U, static_cast<unsigned>(std::bit_width(b.number()))) : b.description().bits;
  switch (operation) {
  case Arithmetic::conjunction: return std::min(a, other);
  case Arithmetic::disjunction:
  case Arithmetic::exclusive: return std::max(a, other);
  default: return 32;
  }
}

} // namespace

Value arithmetic(Arithmetic operation, const Value& a, const Value& b) {
  Emitter& emitter = a.emitter();
  if (a.constant() && b.constant()) return number(emitter, fold(operation, a.number(), b.number()));
  const bool shifts = operation == Arithmetic::left || operation == Arithmetic::right;
  if (a.constant() && !shifts && operation != Arithmetic::subtract) return arithmetic(operation, b, a);
  if (shifts && b.constant() && b.number() == 0) return a;
  if (operation == Arithmetic::multiply && b.constant() && b.number() == 1) return a;

  const Value left = emitter.in_register(operation == Arithmetic::right ? emitter.clean(a) : a);
  const Value right = b.constant() ? b : emitter.in_register(shifts ? emitter.clean(b) : b);
  const Register result = emitter.allocate();
  emitter.code().compute(operation, result, Emitter::register_of(left), right.description().operand());
  return emitter.holding(result, bits_of(operation, left.description().bits, right));
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
  description.relation = relation;
  return {emitter, description};
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
