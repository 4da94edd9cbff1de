//! Numbers of the C headers, read while the crate is compiled: nothing here copies a number from them.

const OFFSETS: &[u8] = include_bytes!("../isa/asm_offsets.h");
const ABI: &[u8] = include_bytes!("../abi.h");
const OPCODES: &[u8] = include_bytes!("../isa/opcode_list.h");

/// Where `#define {structure}_{member} N` of asm_offsets.h says that a member lies. `member` may be lower case.
pub const fn offset(structure: &str, member: &str) -> usize {
    defined(OFFSETS, &[b"#define ", structure.as_bytes(), b"_", member.as_bytes(), b" "])
}

/// A constant of abi.h, named without its `DISPATCHBENCH_`.
pub const fn constant(name: &str) -> u32 {
    defined(ABI, &[b"#define DISPATCHBENCH_", name.as_bytes(), b" "]) as u32
}

/// A mode bit of opcode_list.h: "SHORT", "RETURN" or "KEEP".
pub const fn mode_bit(name: &str) -> u8 {
    defined(OPCODES, &[b"#define DISPATCHBENCH_MODE_", name.as_bytes(), b" "]) as u8
}

/// The opcode byte of a row in byte mode: `ROW(X, INC, 0x01, ...)` or `X(BRK, BRK, 0x00)` of opcode_list.h.
pub const fn opcode_of(row: &str) -> u8 {
    defined(OPCODES, &[b", ", row.as_bytes(), b", "]) as u8
}

/// The number behind the first place where the parts stand one after the other, followed by a number.
const fn defined(text: &[u8], parts: &[&[u8]]) -> usize {
    let mut at = 0;
    while at < text.len() {
        // Most places need no more than one comparison, which keeps the compiler's interpreter out of sight.
        if text[at] == parts[0][0] {
            if let Some(end) = end_of_match(text, at, parts) {
                if text[end].is_ascii_digit() {
                    return number(text, end);
                }
            }
        }
        at += 1;
    }
    panic!("a C header doesn't define this name as a number")
}

const fn end_of_match(text: &[u8], start: usize, parts: &[&[u8]]) -> Option<usize> {
    let (mut at, mut part) = (start, 0);
    while part < parts.len() {
        let mut index = 0;
        while index < parts[part].len() {
            if at >= text.len() || !text[at].eq_ignore_ascii_case(&parts[part][index]) {
                return None;
            }
            at += 1;
            index += 1;
        }
        part += 1;
    }
    Some(at)
}

/// The number that starts there, in decimal, or in hexadecimal after 0x.
pub const fn number(text: &[u8], mut at: usize) -> usize {
    let is_hexadecimal = text[at] == b'0' && text[at + 1] == b'x';
    let base = if is_hexadecimal { 16 } else { 10 };
    if is_hexadecimal {
        at += 2;
    }
    let mut value = 0;
    while at < text.len() {
        let digit = match text[at] {
            byte @ b'0'..=b'9' => byte - b'0',
            byte @ b'a'..=b'f' if is_hexadecimal => byte - b'a' + 10,
            _ => break,
        };
        value = value * base + digit as usize;
        at += 1;
    }
    value
}
