// Values that a translated program will have: C++ expressions, folded where they are known now.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace dispatchbench::translator {

/// An expression of unsigned type, or a number that is known already.
class Value {
public:
  Value(std::uint32_t number) : text_(std::to_string(number) + "U"), number_(number) {}
  Value(int number) : Value(static_cast<std::uint32_t>(number)) {}
  Value(bool truth) : Value(truth ? 1U : 0U) {}

  /// An expression whose value has at most `bits` bits.
  static Value expression(std::string text, int bits) {
    Value value(0U);
    value.text_ = std::move(text);
    value.number_.reset();
    value.bits_ = bits;
    return value;
  }
  /// A variable: an expression that costs nothing to repeat.
  static Value variable(std::string name, int bits) {
    Value value = expression(std::move(name), bits);
    value.variable_ = true;
    return value;
  }

  const std::string& text() const { return text_; }
  const std::optional<std::uint32_t>& number() const { return number_; }
  bool is_variable() const { return variable_; }
  /// Whether it is known to be below 2^width.
  bool fits(int width) const { return number_ ? *number_ >> width == 0 : bits_ <= width; }

private:
  std::string text_;
  std::optional<std::uint32_t> number_;
  int bits_ = 32;
  bool variable_ = false;
};

/// Two values joined by an operator, with `known` as the result for numbers.
template <class Fold>
Value joined(const Value& a, const char* sign, const Value& b, Fold known, int bits = 32) {
  if (a.number() && b.number()) return known(*a.number(), *b.number());
  return Value::expression("(" + a.text() + " " + sign + " " + b.text() + ")", bits);
}

#define DISPATCHBENCH_OPERATOR(sign, bits)                                                                   \
  inline Value operator sign(const Value& a, const Value& b) {                                               \
    return joined(a, #sign, b, [](std::uint32_t x, std::uint32_t y) { return Value(x sign y); }, bits);      \
  }
DISPATCHBENCH_OPERATOR(+, 32)
DISPATCHBENCH_OPERATOR(-, 32)
DISPATCHBENCH_OPERATOR(*, 32)
DISPATCHBENCH_OPERATOR(&, 16)
DISPATCHBENCH_OPERATOR(|, 16)
DISPATCHBENCH_OPERATOR(^, 16)
DISPATCHBENCH_OPERATOR(<<, 32)
DISPATCHBENCH_OPERATOR(>>, 16)
DISPATCHBENCH_OPERATOR(==, 1)
DISPATCHBENCH_OPERATOR(!=, 1)
DISPATCHBENCH_OPERATOR(<, 1)
DISPATCHBENCH_OPERATOR(>, 1)
#undef DISPATCHBENCH_OPERATOR

} // namespace dispatchbench::translator
