// PrintingOperation: the bodies of semantics.h run on it, and it writes C++ that does what they do.
#pragma once

#include "isa/semantics.h"
#include "symbolic_stack.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

namespace dispatchbench::translator {

/// A number as C++ writes it.
inline std::string text(std::uint32_t number) { return std::to_string(number) + "U"; }

/// What translating has found out about a program, and what it assumes.
struct Knowledge {
  std::set<std::uint16_t> relied_on; ///< Addresses whose bytes the C++ has as constants.
  std::set<std::uint16_t> stored_to; ///< Addresses that the program is seen to store to.
  std::set<std::uint16_t> kept; ///< Constants that the program is seen to store: often where it jumps later.
  std::set<std::uint16_t> vectors; ///< Addresses that the program is seen to give to devices.
};

/// The C++ of one trace so far.
struct Trace {
  std::string code;
  SymbolicStack wst{"wst"};
  SymbolicStack rst{"rst"};
  int variables = 0;

  std::string flush() const { return wst.flush() + rst.flush(); }
};

/// One opcode being translated.
class PrintingOperation {
public:
  /// `pc` is after the opcode. `assumed` is what an earlier round found out.
  PrintingOperation(const Decoded& mode, const std::uint8_t* ram, std::uint16_t pc, Trace& trace,
                    const Knowledge& assumed, Knowledge& found)
      : mode_(mode), ram_(ram), opcode_address_(static_cast<std::uint16_t>(pc - 1)), pc_(pc), trace_(trace),
        assumed_(assumed), found_(found), before_(trace.flush()) {}

  void finish() {
    own().move_to(own().top + bottom() + pushed_);
    other().move_to(other().top + pushed_other_);
  }

  Value pop() { return mode_.shorts ? pop_short() : pop_byte(); }
  Value pop_byte() { return own().byte(own().top - ++popped_, trace_.code); }
  Value pop_short() {
    popped_ += 2;
    return variable(own().pair(own().top - popped_, trace_.code), 16);
  }
  void push(const Value& value) {
    const int offset = own().top + bottom() + pushed_;
    if (mode_.shorts)
      own().set_pair(offset, variable(value, 16));
    else
      own().set_byte(offset, variable(value, 8));
    pushed_ += width();
  }
  void push_byte(const Value& value) { own().set_byte(own().top + bottom() + pushed_++, variable(value, 8)); }
  void push_other(const Value& value) {
    const int offset = other().top + pushed_other_;
    if (mode_.shorts)
      other().set_pair(offset, value);
    else
      other().set_byte(offset, value);
    pushed_other_ += width();
  }
  void push_return_address() {
    other().set_pair(other().top + pushed_other_, Value(std::uint32_t{pc_}));
    pushed_other_ += 2;
    return_address = pc_;
  }

  Value quotient(const Value& a, const Value& b) const {
    if (a.number() && b.number()) return *b.number() == 0 ? 0U : *a.number() / *b.number();
    return Value::expression("quotient(" + a.text() + ", " + b.text() + ")", width() * 8);
  }

  Value next() {
    const int bytes = width();
    const bool literal_is_variable =
        assumed_.stored_to.contains(pc_) ||
        (bytes == 2 && assumed_.stored_to.contains(static_cast<std::uint16_t>(pc_ + 1)));
    if (!literal_is_variable) return bytes == 2 ? next_short() : next_constant();
    const std::uint16_t first = pc_;
    pc_ = static_cast<std::uint16_t>(pc_ + bytes);
    return load_at(std::uint32_t{first}, std::uint32_t{first} + 1);
  }
  Value next_short() {
    const Value first = next_constant();
    const Value second = next_constant();
    return *first.number() << 8 | *second.number();
  }

  Value pc() const { return std::uint32_t{pc_}; }
  void jump(const Value& address) {
    condition = Value(1U);
    destination = variable(address, 16);
  }
  void jump_if(const Value& if_true, const Value& address) {
    condition = if_true;
    destination = variable(address, 16);
  }
  Value relative(const Value& distance) const {
    if (distance.number())
      return static_cast<std::uint16_t>(pc_ + static_cast<std::int8_t>(*distance.number()));
    return Value::expression("static_cast<std::uint16_t>(" + text(pc_) +
                                 " + static_cast<unsigned>(static_cast<std::int8_t>(" + distance.text() +
                                 ")))",
                             16);
  }
  Value target(const Value& address) const { return mode_.shorts ? address : relative(address); }

  Value load(const Value& address) { return load_at(variable(address, 16), address + 1); }
  Value load_zero_page(const Value& address) { return load_at(address, (address + 1) & 0xff); }
  void store(const Value& address, const Value& value) { store_at(variable(address, 16), 0xffff, value); }
  void store_zero_page(const Value& address, const Value& value) { store_at(address, 0xff, value); }

  Value read_device(const Value& port) {
    settle();
    trace_.code +=
        "    machine->wst = " + trace_.wst.pointer() + "; machine->rst = " + trace_.rst.pointer() + ";\n";
    if (!mode_.shorts) return declared("machine->dei(machine, " + cut(port, 8) + ")", 8);
    const Value first = declared("machine->dei(machine, " + cut(port, 8) + ")", 8);
    const Value second = declared("machine->dei(machine, " + cut(port + 1, 8) + ")", 8);
    return Value::expression("(" + first.text() + " << 8U | " + second.text() + ")", 16);
  }
  void write_device(const Value& port, const Value& value) {
    settle();
    if (mode_.shorts && port.number() && value.number() && (*port.number() & 0x0f) == 0)
      found_.vectors.insert(static_cast<std::uint16_t>(*value.number()));
    trace_.code += "    " + trace_.flush() +
                   "\n    machine->wst = stack_pointer(wst); machine->rst = stack_pointer(rst);\n";
    if (mode_.shorts) {
      trace_.code += "    machine->deo(machine, " + cut(port, 8) + ", " + cut(value >> 8, 8) + ");\n";
      trace_.code += "    machine->deo(machine, " + cut(port + 1, 8) + ", " + cut(value & 0xff, 8) + ");\n";
    } else {
      trace_.code += "    machine->deo(machine, " + cut(port, 8) + ", " + cut(value, 8) + ");\n";
    }
    ran_device = true;
  }

  std::uint16_t after() const { return pc_; }

  // What became of the opcode besides its effects on the stacks.
  std::optional<std::uint16_t> return_address; ///< What it pushed.
  std::optional<Value> condition;              ///< Of its jump.
  std::optional<Value> destination;            ///< Of its jump.
  bool ran_device = false;                     ///< The stacks have been stored, their pointers are unknown.
  bool rewrites_code = false;                  ///< It stores into what was relied on: the interpreter's.

private:
  SymbolicStack& own() { return mode_.return_stack ? trace_.rst : trace_.wst; }
  SymbolicStack& other() { return mode_.return_stack ? trace_.wst : trace_.rst; }
  int width() const { return mode_.shorts ? 2 : 1; }
  int bottom() const { return mode_.keep ? 0 : -popped_; }

  void settle() {
    own().move_to(own().top + bottom());
    popped_ = 0;
  }
  Value next_constant() {
    found_.relied_on.insert(pc_);
    return std::uint32_t{ram_[pc_++]};
  }

  /// `value` as an argument or initializer of `bits` bits.
  static std::string cut(const Value& value, int bits) {
    if (value.number()) return text(*value.number() & ((1U << bits) - 1));
    return "static_cast<std::uint" + std::to_string(bits) + "_t>(" + value.text() + ")";
  }
  Value declared(const std::string& expression, int bits) {
    const std::string name = "v" + std::to_string(trace_.variables++);
    trace_.code += "    [[maybe_unused]] const std::uint" + std::to_string(bits) + "_t " + name + " = " +
                   expression + ";\n";
    return Value::variable(name, bits);
  }
  /// `value`, computed once, cut to `bits` bits.
  Value variable(const Value& value, int bits) {
    if (value.number()) return *value.number() & ((1U << bits) - 1);
    if (value.is_variable() && value.fits(bits)) return value;
    return declared(cut(value, bits), bits);
  }

  Value load_at(const Value& first, const Value& second) {
    if (!mode_.shorts) return declared("ram[" + cut(first, 16) + "]", 8);
    return declared("short_at(ram, " + cut(first, 16) + ", " + cut(second, 16) + ")", 16);
  }
  void store_at(const Value& address, std::uint32_t mask, const Value& value) {
    const std::string leave = before_ + "pc = " + text(opcode_address_) + "; goto interpreted;";
    if (mode_.shorts && value.number()) found_.kept.insert(static_cast<std::uint16_t>(*value.number()));
    if (address.number()) {
      for (std::uint32_t byte = 0; byte < static_cast<std::uint32_t>(width()); ++byte) {
        const auto stored = static_cast<std::uint16_t>((*address.number() + byte) & mask);
        found_.stored_to.insert(stored);
        rewrites_code |= assumed_.relied_on.contains(stored);
      }
      if (rewrites_code) {
        trace_.code += "    " + leave + "\n";
        return;
      }
    } else {
      trace_.code += "    if (rewrites(uses, " + cut(address, 16) + ", " + text(mode_.shorts ? 1 : 0) +
                     ")) [[unlikely]] { " + leave + " }\n";
    }
    if (mode_.shorts) {
      trace_.code += "    ram[" + cut(address, 16) + "] = " + cut(value >> 8, 8) + ";\n";
      trace_.code +=
          "    ram[" + cut((address + 1) & Value(mask), 16) + "] = " + cut(value & 0xff, 8) + ";\n";
    } else {
      trace_.code += "    ram[" + cut(address, 16) + "] = " + cut(value, 8) + ";\n";
    }
  }

  const Decoded& mode_;
  const std::uint8_t* ram_;
  std::uint16_t opcode_address_;
  std::uint16_t pc_;
  Trace& trace_;
  const Knowledge& assumed_;
  Knowledge& found_;
  std::string before_; ///< C++ that stores the stacks as they were before the opcode.
  int popped_ = 0;
  int pushed_ = 0;
  int pushed_other_ = 0;
};

} // namespace dispatchbench::translator
