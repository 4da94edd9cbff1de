// Value: what a body of semantics.h works on while the compiler runs it. It isn't known yet, or only partly.
//
// A value is a constant, a processor register that will hold it, or a comparison that hasn't been made. A
// register is never changed once it holds a value, so any number of copies may refer to it; the emitter
// counts them, and the last one to die frees the register.
#pragma once

#include "assembler.h"

#include <cstdint>
#include <utility>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

class Emitter;

/// What a value is, without a share in the registers it names.
struct Description {
  enum class Kind : std::uint8_t { nothing, constant, in_register, comparison };

  Kind kind = Kind::nothing;
  std::uint8_t bits = 32;          ///< All bits of the register above so many are 0.
  std::uint8_t width = 32;         ///< Only so many bits count. Those between `width` and `bits` are rubbish.
  Register left = Register::none;  ///< Of a comparison, the left operand's.
  Register right = Register::none; ///< Of a comparison, the right operand's, if that isn't `constant`.
  Relation relation = Relation::equal;
  std::uint32_t constant = 0;

  bool operator==(const Description&) const = default;
  /// Of a comparison the right operand; of others what it is itself.
  [[nodiscard]] Operand operand() const {
    if (kind == Kind::comparison) return {right, constant};
    return kind == Kind::constant ? Operand{Register::none, constant} : Operand{left};
  }
};

/// A value that is computed when the block runs.
class Value {
public:
  using Kind = Description::Kind;

  Value() = default;
  Value(Emitter& emitter, const Description& description);
  Value(const Value& other);
  Value(Value&& other) noexcept
      : emitter_(other.emitter_), description_(std::exchange(other.description_, {})) {}
  Value& operator=(Value other) noexcept {
    std::swap(emitter_, other.emitter_);
    std::swap(description_, other.description_);
    return *this;
  }
  ~Value();

  [[nodiscard]] const Description& description() const { return description_; }
  [[nodiscard]] Emitter& emitter() const { return *emitter_; }
  [[nodiscard]] bool known() const { return description_.kind != Kind::nothing; }
  [[nodiscard]] bool constant() const { return description_.kind == Kind::constant; }
  [[nodiscard]] std::uint32_t number() const { return description_.constant; }

  /// The same value, of which only the low bits count.
  [[nodiscard]] Value cut(unsigned width) const;

private:
  Emitter* emitter_ = nullptr;
  Description description_;
};

Value arithmetic(Arithmetic operation, const Value& a, const Value& b);
Value compare(Relation relation, const Value& a, const Value& b);
Value number(Emitter& emitter, std::uint32_t constant, unsigned width = 32);

#define DISPATCHBENCH_OPERATOR(symbol, function, operation)                                                  \
  inline Value operator symbol(const Value& a, const Value& b) { return function(operation, a, b); }         \
  inline Value operator symbol(const Value& a, std::uint32_t b) { return a symbol number(a.emitter(), b); }  \
  inline Value operator symbol(std::uint32_t a, const Value& b) { return number(b.emitter(), a) symbol b; }
DISPATCHBENCH_OPERATOR(+, arithmetic, Arithmetic::add)
DISPATCHBENCH_OPERATOR(-, arithmetic, Arithmetic::subtract)
DISPATCHBENCH_OPERATOR(*, arithmetic, Arithmetic::multiply)
DISPATCHBENCH_OPERATOR(&, arithmetic, Arithmetic::conjunction)
DISPATCHBENCH_OPERATOR(|, arithmetic, Arithmetic::disjunction)
DISPATCHBENCH_OPERATOR(^, arithmetic, Arithmetic::exclusive)
DISPATCHBENCH_OPERATOR(<<, arithmetic, Arithmetic::left)
DISPATCHBENCH_OPERATOR(>>, arithmetic, Arithmetic::right)
DISPATCHBENCH_OPERATOR(==, compare, Relation::equal)
DISPATCHBENCH_OPERATOR(!=, compare, Relation::unequal)
DISPATCHBENCH_OPERATOR(>, compare, Relation::above)
DISPATCHBENCH_OPERATOR(<, compare, Relation::below)
#undef DISPATCHBENCH_OPERATOR

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
