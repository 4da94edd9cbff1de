#include "translate.h"

#include "abi.h"
#include "printing_operation.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

namespace dispatchbench::translator {
namespace {

// A trace longer than this ends in a jump to the next. It bounds the code that inlined calls copy.
constexpr int longest_trace = 48;

/// The label of the trace that starts at `address`.
std::string label(std::uint16_t address) { return "at_" + std::to_string(address); }

void run_body(const Decoded& mode, PrintingOperation& operation) {
  switch (mode.row) {
#define DISPATCHBENCH_CASE(mnemonic, row, value)                                                             \
  case Row::row: semantics::row::run(operation); break;
    DISPATCHBENCH_ROWS(DISPATCHBENCH_CASE)
#undef DISPATCHBENCH_CASE
  }
  operation.finish();
}

/// One round over the program: traces from its entry and from all that they refer to. A trace follows the
/// program through constant jumps, calls and returns and past conditional jumps until it would loop.
class Round {
public:
  Round(std::span<const std::uint8_t> rom, const Knowledge& assumed)
      : assumed_(assumed), rom_bytes_(rom.size()) {
    std::ranges::copy(rom, ram_.begin() + rom_address);
    refer_to(rom_address);
    for (const std::uint16_t address : assumed.vectors) refer_to(address);
    while (!waiting_.empty()) {
      const std::uint16_t start = waiting_.back();
      waiting_.pop_back();
      const std::string code = trace_from(start);
      traces.insert_or_assign(start, code);
      for (const std::uint16_t vector : std::set(found.vectors)) refer_to(vector);
    }
  }

  Knowledge found;
  std::map<std::uint16_t, std::string> traces; ///< By where they start.

private:
  bool in_rom(std::uint32_t address) const { return address - rom_address < rom_bytes_; }

  /// Makes sure that there is a trace from `address`, if that is possible.
  void refer_to(std::uint16_t address) {
    if (in_rom(address) && traces.try_emplace(address).second) waiting_.push_back(address);
  }
  /// C++ that stores the stacks and goes to a known place.
  std::string go(const Trace& trace, std::uint16_t address) {
    refer_to(address);
    if (!in_rom(address)) return trace.flush() + "pc = " + text(address) + "; goto interpreted;";
    return trace.flush() + "goto " + label(address) + ";";
  }

  std::string trace_from(std::uint16_t start) {
    Trace trace;
    follow(trace, start);
    std::string guard = trace.wst.wraps();
    if (!guard.empty() && !trace.rst.wraps().empty()) guard += " || ";
    guard += trace.rst.wraps();
    std::string code = "  " + label(start) + ": {\n";
    if (!guard.empty())
      code += "    if (" + guard + ") [[unlikely]] { pc = " + text(start) + "; goto interpreted; }\n";
    return code + trace.code + "  }\n";
  }

  void follow(Trace& trace, std::uint16_t pc) {
    std::set<std::uint16_t> visited;
    for (int length = 0;; ++length) {
      const auto& mode = opcode_table[ram_[pc]];
      const bool immediate_short = mode.row == Row::JCI || mode.row == Row::JMI || mode.row == Row::JSI;
      const unsigned operand = immediate_short ? 2 : mode.row == Row::LIT ? (mode.shorts ? 2 : 1) : 0;
      if (length == longest_trace || !in_rom(pc) || !in_rom(pc + operand)) {
        // A trace that can't start is the interpreter's.
        trace.code +=
            "    " + (length == 0 ? "pc = " + text(pc) + "; goto interpreted;" : go(trace, pc)) + "\n";
        return;
      }
      visited.insert(pc);
      found.relied_on.insert(pc);
      if (mode.row == Row::BRK) {
        trace.code += "    " + trace.flush() + "pc = " + text(pc + 1U) + "; goto ended;\n";
        return;
      }
      PrintingOperation operation(mode, ram_.data(), static_cast<std::uint16_t>(pc + 1), trace, assumed_,
                                  found);
      run_body(mode, operation);
      if (operation.rewrites_code) return;
      pc = operation.after();
      if (operation.ran_device) {
        refer_to(pc);
        trace.code +=
            "    wst = machine->working_stack + machine->wst; rst = machine->return_stack + machine->rst;\n"
            "    if (machine->ram_changes != ram_changes) [[unlikely]] { pc = " +
            text(pc) + "; goto memory_changed; }\n    " +
            (in_rom(pc) ? "goto " + label(pc) + ";" : "pc = " + text(pc) + "; goto interpreted;") + "\n";
        return;
      }
      if (operation.return_address) refer_to(*operation.return_address);
      if (!operation.destination) continue;
      const Value& condition = *operation.condition;
      const Value& destination = *operation.destination;
      if (condition.number() && *condition.number() == 0) continue;
      const std::string leave =
          destination.number() ? go(trace, static_cast<std::uint16_t>(*destination.number()))
                               : trace.flush() + "pc = " + destination.text() + "; DISPATCHBENCH_GO_TO_ENTRY";
      if (!condition.number()) {
        trace.code += "    if (" + condition.text() + ") { " + leave + " }\n";
        continue;
      }
      if (!destination.number() || (!operation.return_address &&
                                    visited.contains(static_cast<std::uint16_t>(*destination.number())))) {
        trace.code += "    " + leave + "\n";
        return;
      }
      pc = static_cast<std::uint16_t>(*destination.number());
    }
  }

  const Knowledge& assumed_;
  std::size_t rom_bytes_;
  std::array<std::uint8_t, ram_bytes + 4> ram_{};
  std::vector<std::uint16_t> waiting_;
};

/// Adds where jump tables lead: addresses among the data and
/// among stored constants that point right behind code from which nothing goes
/// on. A wrong guess costs time, not correctness.
void add_jump_tables(std::span<const std::uint8_t> rom, Knowledge& known) {
  const auto is_code = [&](std::size_t index, Opcode opcode) {
    return rom[index] == static_cast<std::uint8_t>(opcode) &&
           known.relied_on.contains(static_cast<std::uint16_t>(rom_address + index));
  };
  const auto is_data = [&](std::size_t index) {
    return !known.relied_on.contains(static_cast<std::uint16_t>(rom_address + index));
  };
  const auto consider = [&](std::size_t address) {
    const std::size_t target = address - rom_address;
    if (target < 3 || target >= rom.size()) return;
    if (is_code(target - 1, Opcode::JMP2r) || is_code(target - 1, Opcode::JMP2) ||
        is_code(target - 1, Opcode::BRK) || is_code(target - 3, Opcode::JMI))
      known.vectors.insert(static_cast<std::uint16_t>(address));
  };
  for (std::size_t index = 0; index + 1 < rom.size(); ++index)
    if (is_data(index) && is_data(index + 1))
      consider(static_cast<std::size_t>(rom[index] << 8 | rom[index + 1]));
  for (const std::uint16_t address : known.kept) consider(address);
}

template <class Numbers> std::string listed(const Numbers& numbers) {
  std::string list;
  for (const unsigned number : numbers)
    list += std::to_string(number) + (list.size() % 100 > 94 ? ",\n" : ", ");
  return list;
}

} // namespace

std::string translate(const std::string& name, std::span<const std::uint8_t> rom) {
  // First, which literals the program stores into: the C++ reads those from memory. Then, which stores
  // rewrite what it has as constants. Both only grow, so this ends.
  Knowledge assumed;
  for (std::size_t known = 0;;) {
    assumed.stored_to.merge(Round(rom, assumed).found.stored_to);
    if (assumed.stored_to.size() == known) break;
    known = assumed.stored_to.size();
  }
  std::map<std::uint16_t, std::string> traces;
  for (std::size_t known = 0, tables = 0;;) {
    const Round round(rom, assumed);
    traces = round.traces;
    assumed.relied_on.merge(std::set(round.found.relied_on));
    assumed.kept = round.found.kept;
    add_jump_tables(rom, assumed);
    if (assumed.relied_on.size() == known && assumed.vectors.size() == tables) break;
    known = assumed.relied_on.size();
    tables = assumed.vectors.size();
  }

  std::vector<unsigned> uses(rom.size());
  for (const std::uint16_t address : assumed.relied_on) uses[address - rom_address] |= 1;
  std::string cases;
  std::string code;
  for (const auto& [address, trace] : traces) {
    uses[address - rom_address] |= 2;
    cases += "    case " + text(address) + ": goto " + label(address) + "; \\\n";
    code += trace;
  }
  return "// Made by recompile.\n#include \"translation.h\"\n\n"
         "namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {\n"
         "extern const Translation translation_" +
         name +
         ";\nnamespace {\n"
         "constexpr std::uint8_t rom[] = {" +
         listed(rom) +
         "};\n"
         "constexpr std::uint8_t uses_of_bytes[] = {" +
         listed(uses) +
         "};\n"
         "[[maybe_unused]] constexpr std::span<const std::uint8_t> uses(uses_of_bytes);\n\n"
         "#define DISPATCHBENCH_GO_TO_ENTRY switch (pc) { \\\n" +
         cases +
         "    default: goto interpreted; }\n\n"
         "void run(Machine* machine) noexcept {\n"
         "  [[maybe_unused]] std::uint8_t* const ram = machine->ram;\n"
         "  std::uint8_t* wst = machine->working_stack + machine->wst;\n"
         "  std::uint8_t* rst = machine->return_stack + machine->rst;\n"
         "  unsigned pc = machine->pc;\n"
         "  [[maybe_unused]] std::uint32_t ram_changes = machine->ram_changes;\n"
         "  goto memory_changed;\n"
         "memory_changed:\n"
         "  ram_changes = machine->ram_changes;\n"
         "  if (!is_current(machine)) goto interpreted;\n"
         "  DISPATCHBENCH_GO_TO_ENTRY\n" +
         code +
         "interpreted:\n"
         "  leave(Registers{machine, machine->ram, wst, rst, pc});\n"
         "  if (!interpret(machine)) return;\n"
         "  wst = machine->working_stack + machine->wst;\n"
         "  rst = machine->return_stack + machine->rst;\n"
         "  pc = machine->pc;\n"
         "  ram_changes = machine->ram_changes;\n"
         "  DISPATCHBENCH_GO_TO_ENTRY\n"
         "[[maybe_unused]] ended:\n"
         "  leave(Registers{machine, machine->ram, wst, rst, pc});\n"
         "}\n} // namespace\n\n"
         "const Translation translation_" +
         name + "{\"" + name +
         "\", rom, uses, run};\n\n"
         "} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE\n";
}

} // namespace dispatchbench::translator
