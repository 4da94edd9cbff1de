// A WebAssembly module of backends: what it says of itself, and its programs and machines (module.cpp).

import { MACHINE_BYTES, MachineState } from "./machine_state.mjs";

const ABI_VERSION = 2;
const LIBRARY_BYTES = 60;
const BACKEND_BYTES = 44;
const UNAVAILABLE_BYTES = 8;
const BUDGETED = 1;
const ON_REQUEST = 2;
const TYPED_REFERENCES = 8;

const TYPED_REFERENCES_MISSING =
  "needs typed function references, which this engine lacks (V8 has them since 12, so node since 22; Firefox since 120, Safari since 18.2)";

/**
 * What a module may call: WASI, for the time in a cold run. The C library would use the rest of it to write, and never does.
 * `memory()` is the module's.
 */
function imports(module, now, memory) {
  const clock_time_get = (clock, precision, address) => {
    new DataView(memory().buffer).setBigUint64(address, BigInt(Math.round(now())), true);
    return 0;
  };
  const object = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (from !== "wasi_snapshot_preview1" || kind !== "function")
      throw new Error(`imports ${from}.${name}, which no host has; expected a module that harness/wasm/module.cpp is part of`);
    object[from] ??= {};
    object[from][name] = name === "clock_time_get" ? clock_time_get : () => 52; // "Not supported".
  }
  return object;
}

/** Reads fields one after the other, as C lays them out where all have four bytes. */
class Fields {
  constructor(module, address) {
    this.module = module;
    this.address = address;
  }
  number() {
    this.address += 4;
    return new DataView(this.module.memory.buffer).getUint32(this.address - 4, true);
  }
  text() {
    return this.module.text(this.number());
  }
}

export class BackendModule {
  /** An instance of a compiled module. `now` gives nanoseconds. Throws an Error if that isn't one of backends. */
  constructor(compiled, now) {
    this.now = now;
    this.exports = new WebAssembly.Instance(compiled, imports(compiled, now, () => this.memory)).exports;
    if (!this.exports.dispatchbench_library || !this.exports.add_program)
      throw new Error("exports no dispatchbench_library or no machine; expected a module built with ci/toolchains/wasm32-wasi.cmake");
    this.memory = this.exports.memory;
    this.exports._initialize?.();
    this.backends = new Map(); // Addresses by name.
    this.description = this.#read();
  }

  /** The text that ends with a zero byte at an address. */
  text(address) {
    const bytes = new Uint8Array(this.memory.buffer, address);
    let text = "";
    // Strings of this project are UTF-8; shells have no TextDecoder.
    for (const byte of bytes.subarray(0, bytes.indexOf(0))) text += "%" + byte.toString(16).padStart(2, "0");
    return decodeURIComponent(text);
  }

  #read() {
    const fields = new Fields(this, this.exports.dispatchbench_library());
    const sizes = [fields.number(), fields.number(), fields.number(), fields.number()];
    const expected = [ABI_VERSION, LIBRARY_BYTES, BACKEND_BYTES, MACHINE_BYTES];
    if (sizes.some((size, i) => size !== expected[i]))
      throw new Error(`ABI version and sizes of structs are ${sizes.join(", ")}; expected ${expected.join(", ")}. Build the module and dispatchbench from the same revision`);
    const library = {};
    for (const name of ["label", "host", "language", "compiler", "compiler_version", "flags", "target"]) library[name] = fields.text();
    const [backends, unavailable, count, unavailableCount] = [fields.number(), fields.number(), fields.number(), fields.number()];
    const entries = Array.from({ length: count }, (_, i) => this.#readBackend(backends + i * BACKEND_BYTES, library.language));
    library.unavailable = Array.from({ length: unavailableCount }, (_, i) => {
      const entry = new Fields(this, unavailable + i * UNAVAILABLE_BYTES);
      return { name: entry.text(), reason: entry.text() };
    });
    library.backends = [];
    const isTyped = Object.keys(this.exports).some((name) => name.startsWith("dispatchbench_table_of_"));
    for (const { backend, needsTypedReferences } of entries) {
      if (!needsTypedReferences || isTyped) library.backends.push(backend);
      else {
        library.unavailable.push({ name: backend.name, reason: TYPED_REFERENCES_MISSING });
        this.backends.delete(backend.name);
      }
    }
    return library;
  }

  #readBackend(address, libraryLanguage) {
    const fields = new Fields(this, address);
    const backend = {};
    for (const name of ["name", "family", "dispatch", "summary", "expected"]) backend[name] = fields.text();
    const language = fields.number();
    backend.language = language === 0 ? libraryLanguage : this.text(language);
    fields.number(); // run
    backend.prepares = fields.number() !== 0;
    fields.number(); // release
    const flags = fields.number();
    backend.budgeted = (flags & BUDGETED) !== 0;
    backend.on_request = (flags & ON_REQUEST) !== 0;
    backend.source_lines = fields.number();
    this.backends.set(backend.name, address);
    return { backend, needsTypedReferences: (flags & TYPED_REFERENCES) !== 0 };
  }

  /** The address of a backend. Throws an Error if there is none of that name. */
  backend(name) {
    const address = this.backends.get(name);
    if (address === undefined) throw new Error(`no backend "${name}"; expected one of ${[...this.backends.keys()].join(", ")}`);
    return address;
  }

  /** Keeps a program; its number. Input and arguments are arrays of bytes. */
  addProgram({ rom, input, args, frames }) {
    const number = this.#withBytes(rom, (romAt) =>
      this.#withBytes(input, (inputAt) => this.exports.add_program(romAt, rom.length, inputAt, input.length, frames)));
    for (const each of args) this.#withBytes(each, (at) => this.exports.add_argument(at, each.length));
    return number;
  }

  #withBytes(bytes, use) {
    const room = this.exports.allocate_room(Math.max(bytes.length, 1));
    new Uint8Array(this.memory.buffer, room, bytes.length).set(bytes);
    const result = use(room);
    this.exports.release_room(room);
    return result;
  }

  /** Loads, prepares and runs a program. Returns the times, or `{refused}`. */
  run(program, backend) {
    const { exports, now } = this;
    exports.load_program(program, backend);
    const start = now();
    const refusal = exports.prepare_program();
    const prepared = now();
    if (refusal !== 0) return { refused: this.text(refusal) };
    exports.run_program(program);
    return { time: now() - start, prepare: prepared - start };
  }

  /**
   * Loads, prepares and runs a program. Returns the times from there until it was prepared, until those of its device writes
   * (ascending, from 1) and until its end, or `{refused}`.
   */
  runCold(program, backend, writes) {
    const room = this.exports.allocate_room(8 * (writes.length + 3));
    const view = () => new DataView(this.memory.buffer, room);
    writes.forEach((write, i) => view().setFloat64(8 * i, write, true));
    const refusal = this.exports.run_cold(program, backend, room, writes.length);
    const times = Array.from({ length: writes.length + 2 }, (_, i) => view().getFloat64(8 * i, true));
    this.exports.release_room(room);
    return refusal === 0 ? { prepare: times.shift(), whole: times.shift(), times } : { refused: this.text(refusal) };
  }

  /** The machine on which programs run. */
  get machine() {
    return new MachineState(this, this.exports.program_machine());
  }
}
