//! Become: every opcode is a function that ends by becoming the next one.
//!
//! `become` guarantees that the call is a jump, even without optimisation, and the machine's state is the arguments, so it
//! stays in the same registers from handler to handler. `extern "rust-preserve-none"` lets a handler use every register
//! without saving any; with the ordinary conventions all but the simplest handlers would spill. The twin of the C++
//! backend `tail_call`.
//!
//! Caveats: explicit_tail_calls is incomplete, both features need a nightly rustc or RUSTC_BOOTSTRAP=1, and a function can
//! become only one of its own signature: hence the parameters that no handler uses itself.

use crate::abi::Machine;
use crate::execute::{execute, execute_wrapping};
use crate::opcode::BRK;
use crate::registers::Registers;

type Handler =
    unsafe extern "rust-preserve-none" fn(*mut Machine, *mut u8, *mut u8, *mut u8, u64, &'static HandlerTable);
struct HandlerTable([Handler; 256]);

/// The next opcode's handler takes this one's place.
macro_rules! dispatch {
    ($registers:ident, $table:ident) => {
        let next = $table.0[$registers.fetch() as usize];
        become next($registers.machine, $registers.ram, $registers.wst, $registers.rst, $registers.pc, $table)
    };
}

#[cold]
#[inline(never)]
unsafe extern "rust-preserve-none" fn wrapping_handler(
    machine: *mut Machine,
    ram: *mut u8,
    wst: *mut u8,
    rst: *mut u8,
    pc: u64,
    table: &'static HandlerTable,
) {
    let mut registers = Registers { machine, ram, wst, rst, pc };
    execute_wrapping(&mut registers);
    dispatch!(registers, table);
}

unsafe extern "rust-preserve-none" fn handler<const OPCODE: u8>(
    machine: *mut Machine,
    ram: *mut u8,
    wst: *mut u8,
    rst: *mut u8,
    pc: u64,
    table: &'static HandlerTable,
) {
    let mut registers = Registers { machine, ram, wst, rst, pc };
    if OPCODE == BRK {
        return registers.leave();
    }
    if !execute::<OPCODE>(&mut registers) {
        become wrapping_handler(machine, ram, wst, rst, pc, table);
    }
    dispatch!(registers, table);
}

macro_rules! table {
    ($($opcode:literal)*) => { HandlerTable([$(handler::<$opcode>,)*]) };
}
static HANDLERS: HandlerTable = each_opcode!(table);

pub unsafe extern "C" fn run(machine: *mut Machine) {
    let mut registers = Registers::enter(machine);
    let first = HANDLERS.0[registers.fetch() as usize];
    first(registers.machine, registers.ram, registers.wst, registers.rst, registers.pc, &HANDLERS)
}
