// Compiles one block: the opcodes from a pc up to a jump, a device's write, or a limit. A conditional jump
// leaves the block in its middle.
//
// One check at the start finds whether any access of the block would wrap around the end of a stack. If so,
// the block is interpreted this time.
//
// In front of each block lies its way back to the compiler. When the block is invalidated, its first
// instruction is overwritten by a jump there, and so every jump to the block that was ever patched stays
// right.
#include "emitting_operation.h"
#include "isa/semantics.h"
#include "isa/stack_effect.h"

#include <algorithm>
#include <cstdlib>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

namespace {

using asmjit::Label;

constexpr std::array<StackEffect, 256> stack_effects{{
#define DISPATCHBENCH_ENTRY(mnemonic, row, value) stack_effect<Opcode::mnemonic>(),
    DISPATCHBENCH_OPCODES(DISPATCHBENCH_ENTRY)
#undef DISPATCHBENCH_ENTRY
}};

/// Which bytes belong to a block, and how far it reaches from the stack pointers at its start.
struct Extent {
  unsigned opcodes = 0;
  unsigned end = 0; ///< Address behind its last byte.
  std::array<int, 2> below{};
  std::array<int, 2> above{};
};

Extent extent_at(const Translation& translation, unsigned pc) {
  Extent extent;
  extent.end = pc;
  std::array<int, 2> tops{};
  for (; extent.opcodes < Translation::block_opcodes; ++extent.opcodes) {
    if (translation.rewritten_often(extent.end)) break;
    const std::uint8_t opcode = translation.machine->ram[extent.end];
    const StackEffect& effect = stack_effects[opcode];
    const Decoded& mode = opcode_table[opcode];
    const unsigned next = extent.end + 1 + static_cast<unsigned>(effect.operand);
    if (next >= ram_bytes) break;
    const unsigned own = mode.return_stack ? 1 : 0;
    Extent longer = extent;
    longer.below[own] = std::max(extent.below[own], effect.popped - tops[own]);
    tops[own] += effect.pushed - (mode.keep ? 0 : effect.popped);
    tops[1 - own] += effect.pushed_other;
    for (unsigned stack = 0; stack < 2; ++stack) {
      longer.above[stack] = std::max(longer.above[stack], tops[stack]);
      if (std::max(longer.below[stack], longer.above[stack]) > Translation::block_reach) return extent;
    }
    longer.end = next;
    extent = longer;
    if (ends_block(mode.row)) return ++extent.opcodes, extent;
  }
  return extent;
}

class BlockCompiler {
public:
  BlockCompiler(Translation& translation, Assembler& code, std::uint16_t pc)
      : translation_(translation), code_(code), emitter_(translation, code), start_(pc),
        base_(translation.memory.executable + translation.memory.used) {}

  /// False if the block has to be interpreted.
  bool compile(const Extent& extent) {
    resolve(start_, translation_.memory.offset(base_) + Translation::front_bytes);
    code_.align(Translation::front_bytes);
    const Label wraps = code_.new_label();
    for (unsigned stack = 0; stack < 2; ++stack)
      check_stack(stack, extent.below[stack], extent.above[stack], wraps);

    Exit exit;
    unsigned pc = start_;
    for (unsigned i = 0; i < extent.opcodes; ++i) {
      const std::uint8_t opcode = translation_.machine->ram[pc];
      EmittingOperation operation(emitter_, opcode_table[opcode], static_cast<std::uint16_t>(pc + 1), tops_);
      run_body(opcode_table[opcode].row, operation);
      operation.finish();
      pc = operation.next_pc();
      exit = operation.exit();
      ended_ = opcode_table[opcode].row == Row::BRK;
      const bool conditional = exit.condition.known();
      if (conditional && !exit.condition.constant()) leave_if(exit);
      if (conditional && (!exit.condition.constant() || exit.condition.number() == 0)) exit = {};
      if (exit.target.known()) break;
    }
    end_ = pc;
    emit_exit(exit, static_cast<std::uint16_t>(pc));
    emit_side_exits();
    emitter_.emit_rare_paths();
    for (unsigned i = 0; i < site_count_; ++i) {
      code_.bind(sites_[i].label);
      resolve(sites_[i].pc, sites_[i].site);
    }
    code_.bind(wraps);
    go_on(translation_.stubs.interpret, start_);
    return !emitter_.failed();
  }

  /// Address behind the last byte that was compiled: a jump under a condition that is always true ends the
  /// block early.
  [[nodiscard]] unsigned end() const { return end_; }

private:
  struct Site {
    Label label;
    std::uint16_t pc = 0;
    std::uint32_t site = 0;
  };

  struct SideExit {
    Label label;
    Description target;
    std::array<int, 2> moved{};
    Emitter::Snapshot pending;
  };

  static void run_body(Row row, EmittingOperation& operation) {
    switch (row) {
#define DISPATCHBENCH_CASE(mnemonic, row, value)                                                             \
  case Row::row: return semantics::row::run(operation);
      DISPATCHBENCH_ROWS(DISPATCHBENCH_CASE)
#undef DISPATCHBENCH_CASE
    }
  }

  void check_stack(unsigned stack, int below, int above, const Label& wraps) {
    if (below == 0 && above == 0) return;
    code_.branch_if_stack_wraps(stack == 0 ? working_register : return_register, below, above, wraps);
  }

  void emit_exit(Exit& exit, std::uint16_t next) {
    Value target = exit.target.known() ? emitter_.clean(exit.target) : Value{};
    emitter_.write_back();
    emitter_.move_stacks(tops_);
    if (ended_) return go_on(translation_.stubs.leave, next);
    if (exit.from_device) {
      const Label unchanged = code_.new_label();
      code_.branch(Relation::equal, result_register, {}, unchanged);
      resolve(next, 0);
      code_.bind(unchanged);
    }
    if (!target.known()) return jump(next);
    if (target.constant()) return jump(static_cast<std::uint16_t>(target.number()));
    code_.jump_through_table(Emitter::register_of(target), translation_.stubs.resolve);
  }

  /// Leaves the block under a condition. Most conditions fail, so what is to do then lies behind the block.
  void leave_if(const Exit& exit) {
    const Value target = emitter_.clean(exit.target);
    SideExit& side = side_exits_[side_exit_count_++];
    side = {code_.new_label(), target.description(), tops_, emitter_.snapshot()};
    const Description& condition = exit.condition.description();
    code_.branch(condition.relation, condition.left, condition.operand(), side.label);
  }
  void emit_side_exits() {
    for (unsigned i = 0; i < side_exit_count_; ++i) {
      const SideExit& side = side_exits_[i];
      code_.bind(side.label);
      emitter_.write_back(side.pending);
      emitter_.move_stacks(side.moved);
      if (side.target.kind == Description::Kind::constant)
        jump(static_cast<std::uint16_t>(side.target.constant));
      else
        code_.jump_through_table(side.target.left, translation_.stubs.resolve);
    }
  }

  /// Where a jump to `pc` leads by now: to the block, or to code that has it compiled and patches the jump.
  Continuation known_entry(std::uint16_t pc) const {
    return pc == start_ ? base_ + Translation::front_bytes : translation_.entries[pc];
  }
  void jump(std::uint16_t pc) {
    if (const Continuation entry = known_entry(pc)) {
      code_.patchable_jump(entry);
    } else {
      Site& site = sites_[site_count_++];
      site = {code_.new_label(), pc, translation_.memory.offset(base_) + code_.offset()};
      code_.patchable_jump(site.label);
    }
  }

  /// Goes on at a pc by a stub.
  void go_on(Continuation stub, std::uint16_t pc) {
    code_.set(argument_registers[0], pc);
    code_.jump(stub);
  }
  void resolve(std::uint16_t pc, std::uint32_t site) {
    code_.set(argument_registers[1], site);
    go_on(translation_.stubs.resolve, pc);
  }

  Translation& translation_;
  Assembler& code_;
  Emitter emitter_;
  std::uint16_t start_;
  Continuation base_;
  std::array<int, 2> tops_{};
  std::array<Site, Translation::block_opcodes + 1> sites_;
  std::array<SideExit, Translation::block_opcodes> side_exits_;
  unsigned site_count_ = 0;
  unsigned side_exit_count_ = 0;
  unsigned end_ = 0;
  bool ended_ = false;
};

/// Has all earlier blocks of this pc, which are stale, lead to the new one. Otherwise each would lead to the
/// next, and a jump to the first would take as many jumps as the block was rewritten.
void lead_from_stale_blocks(Translation& translation, std::uint16_t pc, Continuation entry) {
  for (std::uint32_t number = translation.newest[pc]; number != 0;) {
    const Block& block = translation.blocks[number - 1];
    translation.memory.put_jump(block.offset + Translation::front_bytes, entry);
    number = block.earlier;
  }
}

} // namespace

Continuation compile_block(Translation& translation, std::uint16_t pc) {
  // Branches of AArch64 that test a bit reach no further.
  constexpr std::uint32_t largest_block = 1U << 15;
  CodeMemory& memory = translation.memory;
  if (memory.used + largest_block > CodeMemory::capacity ||
      translation.block_count == translation.blocks.size())
    return nullptr;
  memory.align_next(Translation::front_bytes);
  const Extent extent = extent_at(translation, pc);
  Block& block = translation.blocks[translation.block_count];
  block = {memory.used, 0, pc, translation.newest[pc]};
  const auto append = [&](const Assembler& code) {
    block.bytes = static_cast<std::uint16_t>(code.offset());
    return memory.append(code.data(), block.bytes);
  };
  Continuation entry = nullptr;
  if (extent.opcodes != 0) {
    Assembler code(memory, translation.features);
    BlockCompiler compiler(translation, code, pc);
    if (compiler.compile(extent) && code.offset() < largest_block) {
      entry = append(code) + Translation::front_bytes;
      translation.lengths[pc] = static_cast<std::uint8_t>(compiler.end() - pc);
      for (unsigned at = pc; at < compiler.end(); ++at)
        if (!translation.rewritten_often(at)) translation.compiled_bytes[at] = 1;
    }
  }
  if (entry == nullptr) {
    Assembler code(memory, translation.features);
    code.set(argument_registers[0], pc);
    code.patchable_jump(translation.stubs.interpret);
    entry = append(code);
  }
  translation.entries[pc] = entry;
  lead_from_stale_blocks(translation, pc, entry);
  translation.newest[pc] = ++translation.block_count;
  return entry;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
