//! What each of the 36 rows does, once for every Rust backend; isa/semantics.h explains each and has worked examples.
//!
//! A macro, because a body runs on two types: on an Operation, which executes it, and on a Tally, which counts its bytes
//! while the crate is compiled, where Rust allows no traits. Values are `u32` whether they are bytes or shorts.

/// Runs the body of a row on `$op`. A body pops first and pushes afterwards.
macro_rules! semantics {
    ($op:ident, $row:expr) => {
        match $row {
            // Immediates: the operand follows the opcode. Ending the vector at BRK is up to the backend.
            BRK => {}
            JCI => {
                let distance = $op.next_short();
                let condition = $op.pop_byte();
                $op.jump_if(condition != 0, $op.far(distance));
            }
            JMI => {
                let distance = $op.next_short();
                $op.jump($op.far(distance));
            }
            JSI => {
                let distance = $op.next_short();
                $op.push_return_address();
                $op.jump($op.far(distance));
            }
            LIT => {
                let value = $op.next();
                $op.push(value);
            }

            // Stack
            INC => {
                let m = $op.pop();
                $op.push(m + 1);
            }
            POP => {
                $op.pop();
            }
            NIP => {
                let b = $op.pop();
                $op.pop();
                $op.push(b);
            }
            SWP => {
                let (b, a) = ($op.pop(), $op.pop());
                $op.push(b);
                $op.push(a);
            }
            ROT => {
                let (c, b, a) = ($op.pop(), $op.pop(), $op.pop());
                $op.push(b);
                $op.push(c);
                $op.push(a);
            }
            DUP => {
                let a = $op.pop();
                $op.push(a);
                $op.push(a);
            }
            OVR => {
                let (b, a) = ($op.pop(), $op.pop());
                $op.push(a);
                $op.push(b);
                $op.push(a);
            }

            // Comparison: the result is always one byte.
            EQU => {
                let (b, a) = ($op.pop(), $op.pop());
                $op.push_byte((a == b) as u32);
            }
            NEQ => {
                let (b, a) = ($op.pop(), $op.pop());
                $op.push_byte((a != b) as u32);
            }
            GTH => {
                let (b, a) = ($op.pop(), $op.pop());
                $op.push_byte((a > b) as u32);
            }
            LTH => {
                let (b, a) = ($op.pop(), $op.pop());
                $op.push_byte((a < b) as u32);
            }

            // Jumps: a byte is a signed distance from the next opcode, a short an absolute address.
            JMP => {
                let address = $op.pop();
                $op.jump($op.target(address));
            }
            JCN => {
                let address = $op.pop();
                let condition = $op.pop_byte();
                $op.jump_if(condition != 0, $op.target(address));
            }
            JSR => {
                let address = $op.pop();
                $op.push_return_address();
                $op.jump($op.target(address));
            }
            STH => {
                let a = $op.pop();
                $op.push_other(a);
            }

            // Memory: the second byte of a short wraps around, in the zero page inside it.
            LDZ => {
                let address = $op.pop_byte() as u8;
                let m = $op.load(address as u16, address.wrapping_add(1) as u16);
                $op.push(m);
            }
            STZ => {
                let address = $op.pop_byte() as u8;
                let m = $op.pop();
                $op.store(address as u16, address.wrapping_add(1) as u16, m);
            }
            LDR => {
                let distance = $op.pop_byte();
                let address = $op.near(distance);
                let m = $op.load(address, address.wrapping_add(1));
                $op.push(m);
            }
            STR => {
                let distance = $op.pop_byte();
                let m = $op.pop();
                let address = $op.near(distance);
                $op.store(address, address.wrapping_add(1), m);
            }
            LDA => {
                let address = $op.pop_short() as u16;
                let m = $op.load(address, address.wrapping_add(1));
                $op.push(m);
            }
            STA => {
                let address = $op.pop_short() as u16;
                let m = $op.pop();
                $op.store(address, address.wrapping_add(1), m);
            }

            // Devices: when one acts, the operands have left the stack, or with keep are back in place.
            DEI => {
                let port = $op.pop_byte() as u8;
                let m = $op.read_device(port);
                $op.push(m);
            }
            DEO => {
                let port = $op.pop_byte() as u8;
                let m = $op.pop();
                $op.write_device(port, m);
            }

            // Arithmetic: unsigned, wrapping
            ADD => {
                let (b, a) = ($op.pop(), $op.pop());
                $op.push(a + b);
            }
            SUB => {
                let (b, a) = ($op.pop(), $op.pop());
                $op.push(a.wrapping_sub(b));
            }
            MUL => {
                let (b, a) = ($op.pop(), $op.pop());
                $op.push(a * b);
            }
            DIV => {
                let (b, a) = ($op.pop(), $op.pop());
                $op.push(if b == 0 { 0 } else { a / b });
            }
            AND => {
                let (b, a) = ($op.pop(), $op.pop());
                $op.push(a & b);
            }
            ORA => {
                let (b, a) = ($op.pop(), $op.pop());
                $op.push(a | b);
            }
            EOR => {
                let (b, a) = ($op.pop(), $op.pop());
                $op.push(a ^ b);
            }
            SFT => {
                let shift = $op.pop_byte();
                let a = $op.pop();
                $op.push((a >> (shift & 0x0f)) << (shift >> 4));
            }
            _ => unreachable!(),
        }
    };
}
