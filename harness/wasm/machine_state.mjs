// A machine's whole state in a module's memory: what lies where, and its digest.

import { crc32 } from "./crc32.mjs";

export const RAM_BYTES = 0x10000;
const STACK_BYTES = 0x100;
const DEVICE_PAGE_BYTES = 0x100;

/** Byte offsets of the fields of DispatchbenchMachine (backends/abi.h) where addresses have four bytes. */
const OFFSETS = { ram: 0, working_stack: 4, return_stack: 8, device_page: 12, pc: 28, wst: 30, rst: 31 };
export const MACHINE_BYTES = 48;

/** Names of the regions, in the order of the digest. */
export const REGIONS = { ram: RAM_BYTES, working_stack: STACK_BYTES, return_stack: STACK_BYTES, device_page: DEVICE_PAGE_BYTES };

/** A machine at an address of a module's memory. Nothing is kept from one access to the next, since memory can grow. */
export class MachineState {
  constructor(module, address) {
    this.module = module;
    this.address = address;
  }

  /** A region's bytes where they lie: "ram", "working_stack", "return_stack", "device_page". */
  region(name) {
    const { buffer } = this.module.memory;
    const start = new DataView(buffer).getUint32(this.address + OFFSETS[name], true);
    return new Uint8Array(buffer, start, REGIONS[name]);
  }

  /** pc and the stack pointers. */
  get pointers() {
    const view = new DataView(this.module.memory.buffer, this.address);
    return { pc: view.getUint16(OFFSETS.pc, true), wst: view.getUint8(OFFSETS.wst), rst: view.getUint8(OFFSETS.rst) };
  }
  set pointers({ pc, wst, rst }) {
    const view = new DataView(this.module.memory.buffer, this.address);
    view.setUint16(OFFSETS.pc, pc, true);
    view.setUint8(OFFSETS.wst, wst);
    view.setUint8(OFFSETS.rst, rst);
  }

  /** What the devices keep beside the device page. */
  get devices() {
    const { exports } = this.module;
    const bytes = (start, size) => new Uint8Array(this.module.memory.buffer, start(this.address), size(this.address));
    return {
      output: bytes(exports.output_of, exports.output_size_of),
      error: bytes(exports.error_of, exports.error_size_of),
      console_vector: exports.console_vector_of(this.address),
      screen_vector: exports.screen_vector_of(this.address),
      stopped: exports.is_stopped(this.address) !== 0,
      exit_code: exports.exit_code_of(this.address),
    };
  }

  /** As digest_of in harness/machine/machine_state.h. */
  digest() {
    const { pc, wst, rst } = this.pointers;
    const { exit_code, output, error } = this.devices;
    const regions = Object.keys(REGIONS).map((name) => this.region(name));
    return crc32([...regions, [pc >> 8, pc & 0xff, wst, rst, exit_code], output, error]);
  }
}
