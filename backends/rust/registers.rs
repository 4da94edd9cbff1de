//! The part of the machine that a backend keeps in processor registers while a vector runs: isa/registers.h in Rust.

use crate::abi::Machine;

/// The machine's hot state. The stack registers point at the next free byte; since a stack is aligned to its size, the
/// low byte is the Uxn stack pointer. The low 16 bits of `pc` are the program counter, extracted where it is used.
#[derive(Clone, Copy)]
pub struct Registers {
    pub machine: *mut Machine,
    pub ram: *mut u8,
    pub wst: *mut u8,
    pub rst: *mut u8,
    pub pc: u64,
}

impl Registers {
    /// Loads the registers at the start of a vector.
    #[inline(always)]
    pub unsafe fn enter(machine: *mut Machine) -> Self {
        let mut registers = Registers {
            machine,
            ram: (*machine).ram,
            wst: core::ptr::null_mut(),
            rst: core::ptr::null_mut(),
            pc: (*machine).pc as u64,
        };
        registers.load_stack_pointers();
        registers
    }

    /// Stores the registers at the end of a vector.
    #[inline(always)]
    pub unsafe fn leave(&self) {
        self.store_stack_pointers();
        (*self.machine).pc = self.pc as u16;
    }

    /// Reads the opcode at pc and steps over it.
    #[inline(always)]
    pub unsafe fn fetch(&mut self) -> u8 {
        let opcode = *self.ram.add(self.pc as u16 as usize);
        self.pc = self.pc.wrapping_add(1);
        opcode
    }

    /// Stores the stack pointers into the machine, where device code reads and sets them.
    #[inline(always)]
    pub unsafe fn store_stack_pointers(&self) {
        (*self.machine).wst = stack_pointer(self.wst);
        (*self.machine).rst = stack_pointer(self.rst);
    }

    /// Reloads the stack registers from the stack pointers in the machine.
    #[inline(always)]
    pub unsafe fn load_stack_pointers(&mut self) {
        let machine = self.machine;
        self.wst = (*machine).working_stack.add((*machine).wst as usize);
        self.rst = (*machine).return_stack.add((*machine).rst as usize);
    }
}

/// The Uxn stack pointer of a stack register.
#[inline(always)]
pub fn stack_pointer(top: *mut u8) -> u8 {
    top as usize as u8
}

/// The address `offset` bytes from `top` in the same stack, wrapping inside its 256 bytes.
#[inline(always)]
pub unsafe fn wrapped(top: *mut u8, offset: isize) -> *mut u8 {
    let pointer = stack_pointer(top);
    top.sub(pointer as usize).add(pointer.wrapping_add(offset as u8) as usize)
}
