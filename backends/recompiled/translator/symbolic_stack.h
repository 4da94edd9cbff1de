// A stack whose bytes are expressions: what a trace has pushed and not yet stored.
#pragma once

#include "value.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace dispatchbench::translator {

/// One of the two stacks, relative to where its pointer stood at the start of the trace. Bytes are loaded
/// once and stored once: the last value of each, also of those above the pointer, since a program can see
/// them.
class SymbolicStack {
public:
  explicit SymbolicStack(std::string name) : name_(std::move(name)) {}

  /// The byte at `offset`; `prologue` receives the load of one that the trace hasn't touched.
  Value byte(int offset, std::string& code) {
    below = std::max(below, -offset);
    const auto known = bytes_.find(offset);
    if (known != bytes_.end()) return known->second.byte;
    const std::string variable = loaded(offset);
    code += "    [[maybe_unused]] const std::uint8_t " + variable + " = opaque(" + at(offset) + ");\n";
    const Value value = Value::variable(variable, 8);
    bytes_.insert_or_assign(offset, Entry{value, std::nullopt});
    return value;
  }
  /// The short at `offset`.
  Value pair(int offset, std::string& code) {
    const Value first = byte(offset, code);
    const Value second = byte(offset + 1, code);
    const auto& high_of = bytes_.at(offset).whole;
    const auto& low_of = bytes_.at(offset + 1).whole;
    if (high_of && low_of && high_of->second && !low_of->second &&
        high_of->first.text() == low_of->first.text())
      return high_of->first;
    if (first.number() && *first.number() == 0) return second;
    return Value(first.number() && second.number()
                     ? Value(*first.number() << 8 | *second.number())
                     : Value::expression("(" + first.text() + " << 8U | " + second.text() + ")", 16));
  }
  void set_byte(int offset, const Value& value) { set(offset, Entry{value, std::nullopt}); }
  void set_pair(int offset, const Value& value) {
    if (value.number() || value.fits(8)) {
      set_byte(offset, value.number() ? Value(*value.number() >> 8) : Value(0U));
      set_byte(offset + 1, value.number() ? Value(*value.number() & 0xff) : value);
      return;
    }
    set(offset, Entry{Value::expression("high(" + value.text() + ")", 8), std::pair(value, true)});
    set(offset + 1, Entry{Value::expression("low(" + value.text() + ")", 8), std::pair(value, false)});
  }
  void move_to(int new_top) {
    top = new_top;
    above = std::max(above, top);
    below = std::max(below, -top);
  }

  /// C++ that stores what the trace has changed and moves the pointer.
  std::string flush() const {
    std::string code;
    for (const auto& [offset, entry] : bytes_)
      if (entry.byte.text() != loaded(offset)) code += at(offset) + " = " + entry.byte.text() + "; ";
    if (top != 0) code += name_ + " += " + std::to_string(top) + "; ";
    return code;
  }
  /// The stack pointer as a number in C++.
  std::string pointer() const { return "stack_pointer(" + name_ + " + " + std::to_string(top) + ")"; }
  /// C++ that is true if the trace would wrap around.
  std::string wraps() const {
    if (below == 0 && above == 0) return "";
    return "wraps(" + name_ + ", " + std::to_string(below) + ", " + std::to_string(above) + ")";
  }

  int top = 0;   ///< The pointer, relative to the start.
  int below = 0; ///< Bytes under the start that are touched.
  int above = 0; ///< Bytes above the start that are touched.

private:
  struct Entry {
    Value byte;
    std::optional<std::pair<Value, bool>> whole; ///< The short of which it is the high (true) or low byte.
  };

  void set(int offset, const Entry& entry) {
    below = std::max(below, -offset);
    above = std::max(above, offset + 1);
    bytes_.insert_or_assign(offset, entry);
  }
  std::string at(int offset) const { return name_ + "[" + std::to_string(offset) + "]"; }
  std::string loaded(int offset) const {
    return name_ + (offset < 0 ? "_under_" + std::to_string(-offset) : "_over_" + std::to_string(offset));
  }

  std::string name_;
  std::map<int, Entry> bytes_;
};

} // namespace dispatchbench::translator
