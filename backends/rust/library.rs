//! A backend library in Rust behind the C ABI of abi.h: a match in a loop, #[loop_match], and tail calls by `become`.
//!
//! No crates, not even std, and one call makes it. tools/libraries does so, and says which compiler and flags it was:
//!
//!     RUSTC_BOOTSTRAP=1 rustc -C opt-level=2 -C panic=abort --edition 2021 --crate-type=cdylib \
//!       --cfg rust_match --cfg rust_loop_match --cfg rust_become backends/rust/library.rs -o rust.so
//!
//! `rust_match` alone is stable Rust. The others ask for unstable features, which needs a nightly or RUSTC_BOOTSTRAP=1.
#![no_std]
#![cfg_attr(rust_loop_match, feature(loop_match))]
#![cfg_attr(rust_become, feature(explicit_tail_calls, rust_preserve_none_cc))]
#![allow(unexpected_cfgs, incomplete_features)] // The command line sets the former, and the latter are asked for.
#![allow(unsafe_op_in_unsafe_fn)] // Nearly every line of an interpreter is unsafe: it works on the machine's memory.

#[macro_use]
mod opcode;
#[macro_use]
mod semantics;
mod abi;
mod execute;
mod header;
mod operation;
mod registers;
#[cfg(rust_become)]
mod rust_become;
#[cfg(rust_loop_match)]
mod rust_loop_match;
#[cfg(rust_match)]
mod rust_match;
mod stack_effect;

use abi::{Backend, Library, Unavailable};
use core::mem::size_of;
use core::ptr::null;

/// A C string of a literal.
macro_rules! text {
    ($text:expr) => {
        concat!($text, "\0").as_ptr().cast()
    };
}

/// A C string of what an environment variable says while the crate is compiled.
macro_rules! setting {
    ($variable:literal, $otherwise:literal) => {{
        const TEXT: &str = match option_env!($variable) {
            Some(text) => text,
            None => $otherwise,
        };
        static TERMINATED: [u8; TEXT.len() + 1] = terminated(TEXT);
        TERMINATED.as_ptr().cast()
    }};
}

const fn terminated<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    let mut result = [0; LENGTH];
    let mut at = 0;
    while at < text.len() {
        result[at] = text.as_bytes()[at];
        at += 1;
    }
    result
}

/// The lines of code of this folder, as source_lines.cmake counts them, if an environment variable says so.
const SOURCE_LINES: u32 = match option_env!("DISPATCHBENCH_SOURCE_LINES") {
    Some(text) => header::number(text.as_bytes(), 0) as u32,
    None => 0,
};

macro_rules! backend {
    ($module:ident, $dispatch:literal, $expected:literal, $summary:literal) => {
        Backend {
            name: text!(stringify!($module)),
            family: text!("rust"),
            dispatch: text!($dispatch),
            summary: text!($summary),
            expected: text!($expected),
            language: null(),
            run: $module::run,
            prepare: None,
            release: None,
            flags: 0,
            source_lines: SOURCE_LINES,
        }
    };
}

static BACKENDS: &[Backend] = &[
    #[cfg(rust_match)]
    backend!(rust_match, "switch", "any", "a match in a loop: what stable Rust offers"),
    #[cfg(rust_loop_match)]
    backend!(rust_loop_match, "loop_match", "any", "#[loop_match]: every arm of the match names the next state"),
    #[cfg(rust_become)]
    backend!(
        rust_become,
        "tail_call",
        "tail_calls",
        "a function per opcode that becomes the next one, with rust-preserve-none: state stays in registers"
    ),
];

static UNAVAILABLE: &[Unavailable] = &[
    #[cfg(not(rust_loop_match))]
    Unavailable {
        name: text!("rust_loop_match"),
        reason: setting!("DISPATCHBENCH_NO_RUST_LOOP_MATCH", "the library was compiled without --cfg rust_loop_match"),
    },
    #[cfg(not(rust_become))]
    Unavailable {
        name: text!("rust_become"),
        reason: setting!("DISPATCHBENCH_NO_RUST_BECOME", "the library was compiled without --cfg rust_become"),
    },
];

#[cfg(target_arch = "x86_64")]
macro_rules! target {
    () => {
        text!("x86_64")
    };
}
#[cfg(target_arch = "aarch64")]
macro_rules! target {
    () => {
        text!("aarch64")
    };
}

static LIBRARY: Library = Library {
    abi: abi::VERSION,
    library_size: size_of::<Library>() as u32,
    backend_size: size_of::<Backend>() as u32,
    machine_size: size_of::<abi::Machine>() as u32,
    label: setting!("DISPATCHBENCH_LABEL", "rust"),
    host: text!("native"),
    language: text!("rust"),
    compiler: text!("rustc"),
    compiler_version: setting!("DISPATCHBENCH_COMPILER_VERSION", "unknown"),
    flags: setting!("DISPATCHBENCH_FLAGS", "unknown"),
    target: target!(),
    backends: BACKENDS.as_ptr(),
    unavailable: UNAVAILABLE.as_ptr(),
    backend_count: BACKENDS.len() as u32,
    unavailable_count: UNAVAILABLE.len() as u32,
};

/// The one symbol that a backend library exports.
#[no_mangle]
pub extern "C" fn dispatchbench_library() -> &'static Library {
    &LIBRARY
}

/// Optimised code has no way here. What debug assertions find ends the process.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    // SAFETY: it ends the process.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        core::arch::asm!("ud2", options(noreturn));
        #[cfg(target_arch = "aarch64")]
        core::arch::asm!("brk #1", options(noreturn));
    }
}
