//! How many bytes each opcode moves: found by running its body on an operation that only counts.

use crate::opcode::*;

/// An operation without a machine: it counts bytes and returns zeros.
pub struct Tally {
    width: u32,
    /// From its own stack (read only, with keep).
    pub popped: u32,
    /// On its own stack.
    pub pushed: u32,
    /// On the other stack.
    pub pushed_other: u32,
    /// Read from the code after the opcode.
    pub operand: u32,
}

/// What an opcode moves.
pub const fn stack_effect(opcode: u8) -> Tally {
    let width = if is_short(opcode) { 2 } else { 1 };
    let mut tally = Tally { width, popped: 0, pushed: 0, pushed_other: 0, operand: 0 };
    let op = &mut tally;
    semantics!(op, row(opcode));
    tally
}

impl Tally {
    const fn pop_bytes(&mut self, count: u32) -> u32 {
        self.popped += count;
        0
    }
    const fn next_bytes(&mut self, count: u32) -> u32 {
        self.operand += count;
        0
    }
    const fn pop(&mut self) -> u32 {
        self.pop_bytes(self.width)
    }
    const fn pop_byte(&mut self) -> u32 {
        self.pop_bytes(1)
    }
    const fn pop_short(&mut self) -> u32 {
        self.pop_bytes(2)
    }
    const fn next(&mut self) -> u32 {
        self.next_bytes(self.width)
    }
    const fn next_short(&mut self) -> u32 {
        self.next_bytes(2)
    }
    const fn push(&mut self, _: u32) {
        self.pushed += self.width;
    }
    const fn push_byte(&mut self, _: u32) {
        self.pushed += 1;
    }
    const fn push_other(&mut self, _: u32) {
        self.pushed_other += self.width;
    }
    const fn push_return_address(&mut self) {
        self.pushed_other += 2;
    }
    const fn jump(&mut self, _: u16) {}
    const fn jump_if(&mut self, _: bool, _: u16) {}
    const fn near(&self, _: u32) -> u16 {
        0
    }
    const fn far(&self, _: u32) -> u16 {
        0
    }
    const fn target(&self, _: u32) -> u16 {
        0
    }
    const fn load(&self, _: u16, _: u16) -> u32 {
        0
    }
    const fn store(&mut self, _: u16, _: u16, _: u32) {}
    const fn read_device(&mut self, _: u8) -> u32 {
        0
    }
    const fn write_device(&mut self, _: u8, _: u32) {}
}
