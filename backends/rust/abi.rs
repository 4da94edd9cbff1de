//! The structs of abi.h, which says what each field means; their layout is checked against isa/asm_offsets.h.

use crate::header;
use core::ffi::{c_char, c_void};
use core::mem::{offset_of, size_of};

/// Defines a C struct and checks its size and where each field lies.
macro_rules! c_struct {
    ($name:ident $prefix:literal { $($field:ident: $type:ty,)* }) => {
        #[repr(C)]
        pub struct $name {
            $(pub $field: $type,)*
        }
        const _: () = {
            $(assert!(offset_of!($name, $field) == header::offset($prefix, stringify!($field)));)*
            assert!(size_of::<$name>() == header::offset($prefix, "SIZE"));
        };
        // Its pointers lead to constants.
        unsafe impl Sync for $name {}
    };
}

pub type Text = *const c_char;
pub type Run = unsafe extern "C" fn(*mut Machine);

c_struct! { Machine "MACHINE" {
    ram: *mut u8,
    working_stack: *mut u8,
    return_stack: *mut u8,
    device_page: *mut u8,
    dei: unsafe extern "C" fn(*mut Machine, u8) -> u8,
    deo: unsafe extern "C" fn(*mut Machine, u8, u8),
    devices: *mut c_void,
    pc: u16,
    wst: u8,
    rst: u8,
    ram_changes: u32,
    program: *mut c_void,
    budget: i64,
} }

c_struct! { Backend "BACKEND" {
    name: Text,
    family: Text,
    dispatch: Text,
    summary: Text,
    expected: Text,
    language: Text,
    run: Run,
    prepare: Option<unsafe extern "C" fn(*mut Machine) -> Text>,
    release: Option<Run>,
    flags: u32,
    source_lines: u32,
} }

c_struct! { Unavailable "UNAVAILABLE" { name: Text, reason: Text, } }

c_struct! { Library "LIBRARY" {
    abi: u32,
    library_size: u32,
    backend_size: u32,
    machine_size: u32,
    label: Text,
    host: Text,
    language: Text,
    compiler: Text,
    compiler_version: Text,
    flags: Text,
    target: Text,
    backends: *const Backend,
    unavailable: *const Unavailable,
    backend_count: u32,
    unavailable_count: u32,
} }

/// The version of the ABI that these structs follow.
pub const VERSION: u32 = 2;
const _: () = assert!(VERSION == header::constant("ABI_VERSION"));
pub const STACK_BYTES: u32 = header::constant("STACK_BYTES");
pub const RAM_BYTES: u32 = header::constant("RAM_BYTES");
