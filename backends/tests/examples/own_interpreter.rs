//! Somebody's own interpreter, in Rust, behind the ABI of backends/abi.h: a match over 32 opcodes, plain and slow.
//! The same as harness/tests/own_interpreter.c, and like it complete.

use std::ffi::{c_char, c_void, CStr};
use std::mem::size_of;

// ---- The structs of abi.h, field by field

#[repr(C)]
pub struct Machine {
    ram: *mut u8,
    working_stack: *mut u8,
    return_stack: *mut u8,
    device_page: *mut u8,
    dei: extern "C" fn(*mut Machine, u8) -> u8,
    deo: extern "C" fn(*mut Machine, u8, u8),
    devices: *mut c_void,
    pc: u16,
    wst: u8,
    rst: u8,
    ram_changes: u32,
    program: *mut c_void,
    budget: i64,
}

type Text = *const c_char;

#[repr(C)]
pub struct Backend {
    name: Text,
    family: Text,
    dispatch: Text,
    summary: Text,
    expected: Text,
    language: Text,
    run: extern "C" fn(*mut Machine),
    prepare: Option<extern "C" fn(*mut Machine) -> Text>,
    release: Option<extern "C" fn(*mut Machine)>,
    flags: u32,
    source_lines: u32,
}

#[repr(C)]
pub struct Library {
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
    unavailable: *const c_void,
    backend_count: u32,
    unavailable_count: u32,
}

// Their pointers lead to constants.
unsafe impl Sync for Backend {}
unsafe impl Sync for Library {}

// ---- The interpreter

/// One opcode being executed. Both stack pointers stay in the machine, where the devices see and set them.
struct Cpu<'a> {
    machine: &'a mut Machine,
    pc: u16,
    wide: bool,
    on_return_stack: bool,
    kept: Option<u8>, // With keep: the copy of the stack pointer that pops move.
}

impl Cpu<'_> {
    fn memory(&mut self, address: u16) -> &mut u8 {
        unsafe { &mut *self.machine.ram.add(address as usize) }
    }
    fn stack(&mut self, is_return_stack: bool) -> (*mut u8, &mut u8) {
        if is_return_stack {
            (self.machine.return_stack, &mut self.machine.rst)
        } else {
            (self.machine.working_stack, &mut self.machine.wst)
        }
    }

    fn next_byte(&mut self) -> u16 {
        let byte = *self.memory(self.pc);
        self.pc = self.pc.wrapping_add(1);
        byte as u16
    }
    fn next_short(&mut self) -> u16 {
        self.next_byte() << 8 | self.next_byte()
    }

    fn pop_byte(&mut self) -> u16 {
        let mut kept = self.kept;
        let (bytes, stored) = self.stack(self.on_return_stack);
        let pointer = kept.as_mut().unwrap_or(stored);
        *pointer = pointer.wrapping_sub(1);
        let byte = unsafe { *bytes.add(*pointer as usize) };
        self.kept = kept;
        byte as u16
    }
    fn pop_short(&mut self) -> u16 {
        let low = self.pop_byte();
        self.pop_byte() << 8 | low
    }
    fn pop(&mut self) -> u16 {
        if self.wide { self.pop_short() } else { self.pop_byte() }
    }

    fn push_byte_on(&mut self, is_return_stack: bool, value: u16) {
        let (bytes, pointer) = self.stack(is_return_stack);
        unsafe { *bytes.add(*pointer as usize) = value as u8 };
        *pointer = pointer.wrapping_add(1);
    }
    fn push_on(&mut self, is_return_stack: bool, wide: bool, value: u16) {
        if wide {
            self.push_byte_on(is_return_stack, value >> 8);
        }
        self.push_byte_on(is_return_stack, value);
    }
    fn push(&mut self, value: u16) {
        self.push_on(self.on_return_stack, self.wide, value);
    }
    fn push_bool(&mut self, value: bool) {
        self.push_byte_on(self.on_return_stack, value as u16);
    }

    fn near(&self, distance: u16) -> u16 {
        self.pc.wrapping_add(distance as u8 as i8 as u16)
    }
    fn target(&self, address: u16) -> u16 {
        if self.wide { address } else { self.near(address) }
    }
    fn load(&mut self, address: u16, mask: u16) {
        let mut value = *self.memory(address) as u16;
        if self.wide {
            value = value << 8 | *self.memory(address.wrapping_add(1) & mask) as u16;
        }
        self.push(value);
    }
    fn store(&mut self, mut address: u16, mask: u16, value: u16) {
        if self.wide {
            *self.memory(address) = (value >> 8) as u8;
            address = address.wrapping_add(1) & mask;
        }
        *self.memory(address) = value as u8;
    }
    fn read_device(&mut self, port: u8) {
        let dei = self.machine.dei;
        let mut value = dei(self.machine, port) as u16;
        if self.wide {
            value = value << 8 | dei(self.machine, port.wrapping_add(1)) as u16;
        }
        self.push(value);
    }
    fn write_device(&mut self, mut port: u8, value: u16) {
        let deo = self.machine.deo;
        if self.wide {
            deo(self.machine, port, (value >> 8) as u8);
            port = port.wrapping_add(1);
        }
        deo(self.machine, port, value as u8);
    }

    /// The eight opcodes whose low five bits are 0. False at BRK.
    fn immediate(&mut self, opcode: u8) -> bool {
        if opcode == 0x00 {
            return false;
        }
        if opcode >= 0x80 {
            let value = if self.wide { self.next_short() } else { self.next_byte() };
            self.push(value);
            return true;
        }
        let distance = self.next_short();
        self.on_return_stack = false;
        self.kept = None;
        let is_taken = opcode != 0x20 || self.pop_byte() != 0;
        if opcode == 0x60 {
            self.push_on(true, true, self.pc);
        }
        if is_taken {
            self.pc = self.pc.wrapping_add(distance);
        }
        true
    }

    /// An arithmetic or logical opcode of two operands.
    fn binary(&mut self, function: fn(u16, u16) -> u16) {
        let (b, a) = (self.pop(), self.pop());
        self.push(function(a, b));
    }
    fn compare(&mut self, function: fn(&u16, &u16) -> bool) {
        let (b, a) = (self.pop(), self.pop());
        self.push_bool(function(&a, &b));
    }

    fn execute(&mut self, row: u8) {
        match row {
            0x01 => { let a = self.pop(); self.push(a.wrapping_add(1)) }
            0x02 => { self.pop(); }
            0x03 => { let b = self.pop(); self.pop(); self.push(b) }
            0x04 => { let (b, a) = (self.pop(), self.pop()); self.push(b); self.push(a) }
            0x05 => { let (c, b, a) = (self.pop(), self.pop(), self.pop()); self.push(b); self.push(c); self.push(a) }
            0x06 => { let a = self.pop(); self.push(a); self.push(a) }
            0x07 => { let (b, a) = (self.pop(), self.pop()); self.push(a); self.push(b); self.push(a) }
            0x08 => self.compare(u16::eq),
            0x09 => self.compare(u16::ne),
            0x0a => self.compare(u16::gt),
            0x0b => self.compare(u16::lt),
            0x0c => { let a = self.pop(); self.pc = self.target(a) }
            0x0d => { let a = self.pop(); if self.pop_byte() != 0 { self.pc = self.target(a) } }
            0x0e => { let a = self.pop(); self.push_on(!self.on_return_stack, true, self.pc); self.pc = self.target(a) }
            0x0f => { let a = self.pop(); self.push_on(!self.on_return_stack, self.wide, a) }
            0x10 => { let a = self.pop_byte(); self.load(a, 0xff) }
            0x11 => { let (a, m) = (self.pop_byte(), self.pop()); self.store(a, 0xff, m) }
            0x12 => { let a = self.pop_byte(); self.load(self.near(a), 0xffff) }
            0x13 => { let (a, m) = (self.pop_byte(), self.pop()); self.store(self.near(a), 0xffff, m) }
            0x14 => { let a = self.pop_short(); self.load(a, 0xffff) }
            0x15 => { let (a, m) = (self.pop_short(), self.pop()); self.store(a, 0xffff, m) }
            0x16 => { let port = self.pop_byte(); self.read_device(port as u8) }
            0x17 => { let (port, m) = (self.pop_byte(), self.pop()); self.write_device(port as u8, m) }
            0x18 => self.binary(u16::wrapping_add),
            0x19 => self.binary(u16::wrapping_sub),
            0x1a => self.binary(u16::wrapping_mul),
            0x1b => self.binary(|a, b| a.checked_div(b).unwrap_or(0)),
            0x1c => self.binary(|a, b| a & b),
            0x1d => self.binary(|a, b| a | b),
            0x1e => self.binary(|a, b| a ^ b),
            _ => { let (s, a) = (self.pop_byte(), self.pop()); self.push(a >> (s & 15) << (s >> 4)) }
        }
    }
}

extern "C" fn run(machine: *mut Machine) {
    let machine = unsafe { &mut *machine };
    let pc = machine.pc;
    let mut cpu = Cpu { machine, pc, wide: false, on_return_stack: false, kept: None };
    loop {
        let opcode = cpu.next_byte() as u8;
        cpu.wide = opcode & 0x20 != 0;
        cpu.on_return_stack = opcode & 0x40 != 0;
        let (_, pointer) = cpu.stack(cpu.on_return_stack);
        cpu.kept = if opcode & 0x80 != 0 { Some(*pointer) } else { None };
        if opcode & 0x1f != 0 {
            cpu.execute(opcode & 0x1f);
        } else if !cpu.immediate(opcode) {
            break;
        }
    }
    cpu.machine.pc = cpu.pc;
}

// ---- What the library says of itself

const fn text(text: &'static CStr) -> Text {
    text.as_ptr()
}

static BACKENDS: [Backend; 1] = [Backend {
    name: text(c"plain_rust"),
    family: text(c"own"),
    dispatch: text(c"switch"),
    summary: text(c"a match over 32 opcodes, modes at run time"),
    expected: text(c"any"),
    language: std::ptr::null(),
    run,
    prepare: None,
    release: None,
    flags: 0,
    source_lines: 0,
}];

static LIBRARY: Library = Library {
    abi: 2,
    library_size: size_of::<Library>() as u32,
    backend_size: size_of::<Backend>() as u32,
    machine_size: size_of::<Machine>() as u32,
    label: text(c"own_rust"),
    host: text(c"native"),
    language: text(c"rust"),
    compiler: text(c"rustc"),
    compiler_version: text(c"unknown"),
    flags: text(c"-O"),
    target: text(if cfg!(target_arch = "x86_64") { c"x86_64" } else { c"aarch64" }),
    backends: BACKENDS.as_ptr(),
    unavailable: std::ptr::null(),
    backend_count: 1,
    unavailable_count: 0,
};

#[no_mangle]
pub extern "C" fn dispatchbench_library() -> *const Library {
    &LIBRARY
}
