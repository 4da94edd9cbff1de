//! Match in a loop: fetch an opcode, jump to its arm, come back.
//!
//! What safe, stable Rust offers, and the twin of the C++ backend `switch_loop`: one indirect jump serves all opcodes.
//! Caveat: nothing promises that. LLVM decides whether it copies the jump into the arms (`-tail-dup-*`), and whether it
//! shares what arms have in common, so this backend expects `any` and tools/audit says what it is.

use crate::abi::Machine;
use crate::execute::{execute, execute_wrapping};
use crate::opcode::BRK;
use crate::registers::Registers;

pub unsafe extern "C" fn run(machine: *mut Machine) {
    let mut registers = Registers::enter(machine);
    loop {
        macro_rules! arms {
            ($($opcode:literal)*) => {
                match registers.fetch() {
                    $($opcode => {
                        if $opcode == BRK {
                            return registers.leave();
                        }
                        if execute::<$opcode>(&mut registers) {
                            continue;
                        }
                    })*
                }
            };
        }
        each_opcode!(arms);
        execute_wrapping(&mut registers);
    }
}
