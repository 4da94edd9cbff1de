//! Operation: one opcode being executed, which is what a body of semantics.rs runs on. isa/operation.h in Rust.

use crate::abi::Machine;
use crate::opcode::*;
use crate::registers::{wrapped, Registers};
use core::arch::asm;
use core::hint::assert_unchecked;

/// One opcode being executed. With `WRAPS`, accesses may wrap around the end of a stack or of memory, byte by byte;
/// without it they are plain offsets, and execute.rs has made sure that none wraps.
pub struct Operation<'a, const OPCODE: u8, const WRAPS: bool> {
    registers: &'a mut Registers,
    popped: isize,
    pushed: isize,
    pushed_other: isize,
}

/// A byte from memory that the compiler can't merge with its neighbour into one wider load: a load that spans two stores
/// has to wait until both have reached the cache. It is as wide as a register, with its range restated, so that nothing
/// extends it where it is used.
#[inline(always)]
#[allow(asm_sub_register)] // In a comment the register's name doesn't matter, and processors differ in how to ask for it.
fn opaque(byte: u8) -> u32 {
    let mut value = byte as u32;
    // SAFETY: the comment that is all of the assembly leaves the value as it is.
    unsafe {
        asm!("/* {0} */", inlateout(reg) value, options(pure, nomem, nostack, preserves_flags));
        assert_unchecked(value <= 0xff);
    }
    value
}

impl<'a, const OPCODE: u8, const WRAPS: bool> Operation<'a, OPCODE, WRAPS> {
    const ROW: u8 = row(OPCODE);
    const SHORTS: bool = is_short(OPCODE);
    const RETURN_STACK: bool = uses_return_stack(OPCODE);
    const KEEP: bool = keeps(OPCODE);

    /// Executes the opcode; pc is after its byte.
    #[inline(always)]
    pub unsafe fn execute(registers: &'a mut Registers) {
        let mut operation = Self { registers, popped: 0, pushed: 0, pushed_other: 0 };
        let op = &mut operation;
        semantics!(op, Self::ROW);
        operation.finish();
    }

    /// Moves the stack registers by what was popped and pushed.
    #[inline(always)]
    unsafe fn finish(mut self) {
        let (pushed, pushed_other) = (self.bottom() + self.pushed, self.pushed_other);
        Self::move_top(self.own(), pushed);
        Self::move_top(self.other(), pushed_other);
    }
    /// Moves a stack register, after everything else. LLVM would otherwise take the address of a popped byte for it, long
    /// before the last use of the old one, and so need a second register and a move: in rust_match two for every opcode.
    #[inline(always)]
    unsafe fn move_top(top: &mut *mut u8, offset: isize) {
        if offset != 0 {
            let mut old = *top;
            asm!("/* {0} */", inlateout(reg) old, options(pure, nomem, nostack, preserves_flags));
            *top = Self::at(old, offset);
        }
    }

    #[inline(always)]
    unsafe fn pop(&mut self) -> u32 {
        if Self::SHORTS {
            self.pop_short()
        } else {
            self.pop_byte()
        }
    }
    #[inline(always)]
    unsafe fn pop_byte(&mut self) -> u32 {
        self.popped += 1;
        opaque(*Self::at(*self.own(), -self.popped))
    }
    #[inline(always)]
    unsafe fn pop_short(&mut self) -> u32 {
        let low = self.pop_byte();
        let high = self.pop_byte();
        high << 8 | low
    }

    #[inline(always)]
    unsafe fn push(&mut self, value: u32) {
        if Self::SHORTS {
            self.push_byte(value >> 8);
        }
        self.push_byte(value);
    }
    #[inline(always)]
    unsafe fn push_byte(&mut self, value: u32) {
        let offset = self.bottom() + self.pushed;
        self.pushed += 1;
        *Self::at(*self.own(), offset) = value as u8;
    }
    #[inline(always)]
    unsafe fn push_other(&mut self, value: u32) {
        if Self::SHORTS {
            self.push_other_byte(value >> 8);
        }
        self.push_other_byte(value);
    }
    #[inline(always)]
    unsafe fn push_other_byte(&mut self, value: u32) {
        let offset = self.pushed_other;
        self.pushed_other += 1;
        *Self::at(*self.other(), offset) = value as u8;
    }
    #[inline(always)]
    unsafe fn push_return_address(&mut self) {
        let pc = self.pc() as u32;
        self.push_other_byte(pc >> 8);
        self.push_other_byte(pc);
    }

    /// Reads the operand that follows the opcode and steps over it.
    #[inline(always)]
    unsafe fn next(&mut self) -> u32 {
        if Self::SHORTS {
            self.next_short()
        } else {
            self.registers.fetch() as u32
        }
    }
    #[inline(always)]
    unsafe fn next_short(&mut self) -> u32 {
        let first = self.pc() as usize;
        let second = if WRAPS { self.pc().wrapping_add(1) as usize } else { first + 1 };
        self.registers.pc = self.registers.pc.wrapping_add(2);
        (*self.registers.ram.add(first) as u32) << 8 | *self.registers.ram.add(second) as u32
    }

    #[inline(always)]
    fn pc(&self) -> u16 {
        self.registers.pc as u16
    }
    #[inline(always)]
    fn jump(&mut self, address: u16) {
        self.registers.pc = address as u64;
    }
    #[inline(always)]
    fn jump_if(&mut self, condition: bool, address: u16) {
        if condition {
            // Forces a branch. With a conditional move, pc and with it the next opcode would wait for the condition,
            // which a predictor nearly always knows.
            // SAFETY: there is no instruction in it.
            unsafe { asm!("", options(nomem, nostack, preserves_flags)) }
            self.jump(address);
        }
    }
    /// Where a distance of a signed byte leads.
    #[inline(always)]
    fn near(&self, distance: u32) -> u16 {
        self.pc().wrapping_add(distance as u8 as i8 as u16)
    }
    /// Where a distance of a short leads.
    #[inline(always)]
    fn far(&self, distance: u32) -> u16 {
        self.pc().wrapping_add(distance as u16)
    }
    /// Where a popped jump operand leads.
    #[inline(always)]
    fn target(&self, address: u32) -> u16 {
        if Self::SHORTS {
            address as u16
        } else {
            self.near(address)
        }
    }

    #[inline(always)]
    unsafe fn load(&self, address: u16, next: u16) -> u32 {
        let ram = self.registers.ram;
        if Self::SHORTS {
            opaque(*ram.add(address as usize)) << 8 | opaque(*ram.add(next as usize))
        } else {
            *ram.add(address as usize) as u32
        }
    }
    #[inline(always)]
    unsafe fn store(&mut self, address: u16, next: u16, value: u32) {
        let ram = self.registers.ram;
        if Self::SHORTS {
            *ram.add(address as usize) = (value >> 8) as u8;
            *ram.add(next as usize) = value as u8;
        } else {
            *ram.add(address as usize) = value as u8;
        }
    }

    #[inline(always)]
    unsafe fn read_device(&mut self, port: u8) -> u32 {
        let machine = self.settle();
        let first = ((*machine).dei)(machine, port) as u32;
        if Self::SHORTS {
            first << 8 | ((*machine).dei)(machine, port.wrapping_add(1)) as u32
        } else {
            first
        }
    }
    #[inline(always)]
    unsafe fn write_device(&mut self, port: u8, value: u32) {
        let machine = self.settle();
        if Self::SHORTS {
            ((*machine).deo)(machine, port, (value >> 8) as u8);
            ((*machine).deo)(machine, port.wrapping_add(1), value as u8);
        } else {
            ((*machine).deo)(machine, port, value as u8);
        }
        self.registers.load_stack_pointers();
    }

    /// Removes the operands before a device acts and stores the stack pointers where it sees them.
    #[inline(always)]
    unsafe fn settle(&mut self) -> *mut Machine {
        let bottom = self.bottom();
        *self.own() = Self::at(*self.own(), bottom);
        self.popped = 0;
        self.registers.store_stack_pointers();
        self.registers.machine
    }

    /// The address `offset` bytes from a stack register.
    #[inline(always)]
    unsafe fn at(top: *mut u8, offset: isize) -> *mut u8 {
        if WRAPS {
            wrapped(top, offset)
        } else {
            top.offset(offset)
        }
    }
    #[inline(always)]
    fn own(&mut self) -> &mut *mut u8 {
        if Self::RETURN_STACK {
            &mut self.registers.rst
        } else {
            &mut self.registers.wst
        }
    }
    #[inline(always)]
    fn other(&mut self) -> &mut *mut u8 {
        if Self::RETURN_STACK {
            &mut self.registers.wst
        } else {
            &mut self.registers.rst
        }
    }
    /// Where pushing starts, relative to the stack register: below the operands, or with keep on top of them.
    #[inline(always)]
    fn bottom(&self) -> isize {
        if Self::KEEP {
            0
        } else {
            -self.popped
        }
    }
}
