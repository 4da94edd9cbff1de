// What a module of backends consists of, as JSON on standard output: for tools/audit.
//
//   node module_figures.mjs MODULE.wasm
//
// A backend's function is where the module's own list of backends says, and its handlers are what a table in memory holds through
// which that function calls: 256 indices of functions. Names aren't used, since a linked module has none. Where MODULE.typed.wasm
// lies beside the module, that is read: it differs only in what an engine without typed references refuses.

import { existsSync, readFileSync } from "node:fs";
import process from "node:process";

import binaryen from "binaryen";

import { BackendModule } from "./backend_module.mjs";

const RUN = 24; // Where struct Backend of abi.h has its function.
const OPCODES = 256;

/** Instructions that are counted apart, in Binaryen's text. */
const COUNTED = ["br_table", "return_call", "return_call_indirect", "return_call_ref", "call", "call_indirect", "call_ref", "loop"];
/** What has parentheses in that text and is no instruction. */
const NO_INSTRUCTIONS = new Set(["func", "type", "param", "result", "local", "then", "else"]);

/** The sizes of the bodies in a module's code section, in order. */
function bodySizes(bytes) {
  let at = 8;
  const number = () => {
    let [value, shift, byte] = [0, 0, 0x80];
    while (byte & 0x80) {
      byte = bytes[at++];
      value += (byte & 0x7f) * 2 ** shift;
      shift += 7;
    }
    return value;
  };
  while (at < bytes.length) {
    const section = bytes[at++];
    const end = number() + at;
    if (section === 10) {
      return Array.from({ length: number() }, () => {
        const size = number();
        at += size;
        return size;
      });
    }
    at = end;
  }
  return [];
}

/** How often each kind of instruction is in a function's text. */
function figures(text, bytes) {
  const words = new Map();
  for (const [, word] of text.matchAll(/\(([a-z][\w.]*)/g)) words.set(word, (words.get(word) ?? 0) + 1);
  let instructions = 0;
  for (const [word, count] of words) if (!NO_INSTRUCTIONS.has(word)) instructions += count;
  const ofKind = (kind) => [...words].filter(([word]) => kind.test(word)).reduce((sum, [, count]) => sum + count, 0);
  return {
    bytes,
    instructions,
    parameters: words.get("param") ?? 0,
    locals: words.get("local") ?? 0,
    loads: ofKind(/^[if]\d\d\.load/),
    stores: ofKind(/^[if]\d\d\.store/),
    // The stack of C++ in memory, whose pointer is the one global that changes.
    stack_pointer: words.get("global.get") ?? 0,
    ...Object.fromEntries(COUNTED.map((word) => [word, words.get(word) ?? 0])),
    typed_calls: [...text.matchAll(/\(return_call_indirect (\S+)/g)].filter(([, name]) => typedTables.has(name)).length,
    targets: (text.match(/\(br_table([^\n(]*)/)?.[1].match(/\$/g) ?? []).length,
  };
}

function fail(text) {
  console.error(text);
  process.exit(1);
}

const path = process.argv[2];
const typed = path.replace(/\.wasm$/, ".typed.wasm");
const bytes = new Uint8Array(readFileSync(existsSync(typed) ? typed : path));
let module;
let binary;
try {
  module = new BackendModule(new WebAssembly.Module(bytes));
  binary = binaryen.readBinary(bytes);
} catch (error) {
  fail(String(error?.message ?? error));
}
binary.setFeatures(binaryen.Features.All); // So that its text shows everything.
const text = binary.emitText();
const typedTables = new Set([...text.matchAll(/^ \(table (\S+) \d+ \d+ \(ref /gm)].map(([, name]) => name));
const functions = text.split(/^ (?=\(func )/m).slice(1);
const sizes = bodySizes(bytes);
if (functions.length !== sizes.length) fail(`has ${sizes.length} function bodies of which ${functions.length} are read`);

// The linker gives the module's own table one segment; names are numbers there, unless the module has kept its names, which
// are quoted where they have spaces.
const NAME = /\$"(?:[^"\\]|\\.)*"|\$[^\s()]+/g;
const byName = new Map(functions.map((each, i) => [each.match(NAME)[0], i]));
const segment = text.match(/^ \(elem \S+ (?:\(table \S+\) )?\(i32\.const (\d+)\) (?:func )?(\$.*)\)$/m);
const table = new Map(segment?.[2].match(NAME).map((name, i) => [Number(segment[1]) + i, byName.get(name)]));
const imported = text.match(/^ \(import \S+ \S+ \(func /gm)?.length ?? 0; // Engines count these first.
const memory = new DataView(module.memory.buffer);

/** The handlers of a backend, as functions, or null if its function knows of no table of them in memory. */
function handlersOf(text) {
  for (const [, number] of text.matchAll(/(?:i32\.const |offset=)(\d+)/g)) {
    const start = Number(number);
    if (start === 0 || start + 4 * OPCODES > memory.byteLength) continue;
    const entries = Array.from({ length: OPCODES }, (_, i) => table.get(memory.getUint32(start + 4 * i, true)));
    if (entries.every((entry) => entry !== undefined)) return entries;
  }
  return null;
}

const known = new Map();
const figuresOf = (index) => {
  if (!known.has(index)) known.set(index, figures(functions[index], sizes[index]));
  return known.get(index);
};

const backends = {};
for (const backend of module.description.backends) {
  const run = table.get(memory.getUint32(module.backend(backend.name) + RUN, true));
  const handlers = figuresOf(run).br_table > 0 ? null : handlersOf(functions[run]);
  backends[backend.name] = {
    ...backend,
    run: { function: imported + run, ...figuresOf(run) },
    handlers: handlers?.map((index) => ({ function: imported + index, ...figuresOf(index) })) ?? null,
  };
}
const { label, compiler, compiler_version, flags, target } = module.description;
console.log(JSON.stringify({ label, compiler, compiler_version, flags, target, backends }));
