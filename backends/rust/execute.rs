//! execute::<OPCODE>(registers): runs one opcode, for every Rust backend. isa/execute.h in Rust.
//!
//! One comparison before an opcode checks whether any of its accesses wraps around. Nearly always none does, and every
//! access is then a plain offset. The rest is executed out of line.

use crate::abi::{Machine, RAM_BYTES, STACK_BYTES};
use crate::opcode::{keeps, uses_return_stack};
use crate::operation::Operation;
use crate::registers::{stack_pointer, Registers};
use crate::stack_effect::{stack_effect, Tally};

/// Whether no stack access and no operand of the opcode wraps around. (Memory accesses always wrap by themselves.)
#[inline(always)]
fn is_linear<const OPCODE: u8>(registers: &Registers) -> bool {
    let Tally { popped, pushed, pushed_other, operand, .. } = const { stack_effect(OPCODE) };
    let (wst, rst) = (stack_pointer(registers.wst) as u32, stack_pointer(registers.rst) as u32);
    let (own, other) = if const { uses_return_stack(OPCODE) } { (rst, wst) } else { (wst, rst) };
    let highest = STACK_BYTES - 1;
    // One unsigned comparison checks both ends: too few operands give a huge difference. An opcode that pushes no more
    // than it removes needs only the lower end.
    let mut linear = if popped == 0 {
        own <= highest - pushed
    } else if const { keeps(OPCODE) } {
        own.wrapping_sub(popped) <= highest - popped - pushed
    } else if pushed > popped {
        own.wrapping_sub(popped) <= highest - pushed
    } else {
        own >= popped
    };
    if pushed_other != 0 {
        linear &= other <= highest - pushed_other;
    }
    if operand != 0 {
        linear &= registers.pc as u16 as u32 <= RAM_BYTES - 1 - operand;
    }
    linear
}

/// Executes the opcode, with pc after its byte, and returns true. If an access would wrap around, does nothing and returns
/// false: the backend then calls execute_wrapping, in the way that suits its technique. BRK does nothing here.
#[inline(always)]
pub unsafe fn execute<const OPCODE: u8>(registers: &mut Registers) -> bool {
    if !is_linear::<OPCODE>(registers) {
        return false;
    }
    Operation::<OPCODE, false>::execute(registers);
    true
}

/// Executes the opcode before pc, whatever it is, with every access wrapping.
#[inline(always)]
pub unsafe fn execute_wrapping(registers: &mut Registers) {
    registers.leave();
    execute_wrapping_out_of_line(registers.machine);
    *registers = Registers::enter(registers.machine);
}

/// Takes the machine, not the registers: a pointer to those would keep them in memory.
#[cold]
#[inline(never)]
unsafe extern "C" fn execute_wrapping_out_of_line(machine: *mut Machine) {
    let mut registers = Registers::enter(machine);
    let opcode = *registers.ram.add((registers.pc as u16).wrapping_sub(1) as usize);
    macro_rules! run {
        ($($opcode:literal)*) => {
            match opcode {
                $($opcode => Operation::<$opcode, true>::execute(&mut registers),)*
            }
        };
    }
    each_opcode!(run);
    registers.leave();
}
