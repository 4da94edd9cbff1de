//! #[loop_match]: every arm ends by naming the next state.
//!
//! With a state known while compiling (`#[const_continue]`), rustc jumps straight to its arm. Caveat: an interpreter's next
//! state is an opcode that it has only just fetched, so no arm has one, and what is left is a match in a loop whose fetch
//! stands at the end of each arm. Whether the jump behind that fetch is copied too is up to LLVM, as in `rust_match`.
//! The feature is incomplete: rustc warns so, and its syntax may change.

use crate::abi::Machine;
use crate::execute::{execute, execute_wrapping};
use crate::opcode::BRK;
use crate::registers::Registers;

pub unsafe extern "C" fn run(machine: *mut Machine) {
    let mut registers = Registers::enter(machine);
    let mut opcode = registers.fetch();
    macro_rules! arms {
        ($($opcode:literal)*) => {
            #[loop_match]
            loop {
                opcode = 'next: {
                    match opcode {
                        $($opcode => {
                            if $opcode == BRK {
                                return registers.leave();
                            }
                            if !execute::<$opcode>(&mut registers) {
                                execute_wrapping(&mut registers);
                            }
                            break 'next registers.fetch();
                        })*
                    }
                }
            }
        };
    }
    each_opcode!(arms);
}
