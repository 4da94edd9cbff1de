// Gives a linked module what C++ can't say: a table of typed function references.
//
//   node typed_table.mjs MODULE.wasm
//
// An entry of an ordinary table is of any type, so each call through it compares types first. An entry of a table of one type that
// isn't null and whose table neither grows nor changes needs no such check. backends/tail_call/conventions.h calls
// dispatchbench.call_typed with a handler's arguments and an opcode; here that becomes return_call_indirect of that entry of a table,
// which is made of the handlers in dispatchbench_typed_table: in MODULE.typed.wasm. (return_call_ref of what table.get gives would be
// valid, too. But table.get is a call of the engine in SpiderMonkey 140, of a builtin in V8 12, and a check of the entry's kind in
// V8 13 and 14: with it tail_call_typed took 55 ms in js140 where tail_call takes 3, and 50 instead of 27 in node 22's best compiler.) MODULE.wasm traps there instead, for engines that
// refuse what they don't know. Both are written by the same tool, so they differ in nothing else. A module without such calls stays
// as it is.

import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

import binaryen from "binaryen";

const IMPORT = { module: "dispatchbench", base: "call_typed" };
const TABLE = "dispatchbench_typed_table";
const ENTRIES = 256;

// What the modules may use: with all features Binaryen writes encodings that no engine reads yet.
const { MutableGlobals, NontrappingFPToInt, BulkMemory, BulkMemoryOpt, SignExt, TailCall, ReferenceTypes, Multivalue, GC } = binaryen.Features;
const LINKED = MutableGlobals | NontrappingFPToInt | BulkMemory | BulkMemoryOpt | SignExt | TailCall | ReferenceTypes | Multivalue;
const TYPED = LINKED | GC; // Which typed function references are counted among.

/** Ends with a message: what is wrong is a mistake of ours or of a tool. */
function fail(text) {
  console.error(`typed_table: ${process.argv[2]}: ${text}`);
  process.exit(1);
}

/** What the C++ table holds: indices into the module's own table. */
function handlerIndices(bytes) {
  const module = new WebAssembly.Module(bytes);
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) (imports[from] ??= {})[name] = () => 0;
  const { exports } = new WebAssembly.Instance(module, imports);
  if (!exports[TABLE]) fail(`has calls of ${IMPORT.base} and exports no ${TABLE}; expected both`);
  return [...new Uint32Array(exports.memory.buffer, exports[TABLE].value, ENTRIES)];
}

/** A name in WebAssembly's text, as a part of a regular expression. */
const NAME = /\$(?:"(?:[^"\\]|\\.)*"|[^\s()]+)/.source;

/** Names of functions by their index in the module's own table, to which the linker gives one segment. */
function tableEntries(text) {
  const segment = text.match(new RegExp(`^ \\(elem ${NAME} \\(i32\\.const (\\d+)\\)(.*)\\)$`, "m"));
  const entries = Array.from({ length: Number(segment?.[1]) || 0 });
  for (const [name] of segment?.[2].matchAll(new RegExp(NAME, "g")) ?? []) entries.push(name);
  return entries;
}

/** The index behind the expression that begins at `start`, an opening parenthesis. */
function endOfExpression(text, start) {
  let depth = 0;
  for (let at = start; at < text.length; ++at) {
    if (text[at] === '"') at = text.indexOf('"', at + 1);
    else if (text[at] === "(") ++depth;
    else if (text[at] === ")" && --depth === 0) return at + 1;
  }
  return fail("its text has an expression that doesn't end");
}

/** The text with every tail call of the import made one of an entry: the last operand, the opcode, is then its index. */
function withTypedCalls(text, name, type) {
  const result = text.replaceAll(`(return_call ${name}\n`, `(return_call_indirect $typed_handlers (type ${type})\n`);
  if (result.includes(`(call ${name}`)) fail(`calls ${IMPORT.base} where it isn't a tail call; expected tail calls alone`);
  return result;
}

/** The text with every tail call of the import made a trap: for engines that don't know typed references. */
function withoutTypedCalls(text, name) {
  let result = text;
  for (let at = result.indexOf(`(return_call ${name}\n`); at >= 0; at = result.indexOf(`(return_call ${name}\n`, at))
    result = result.slice(0, at) + "(unreachable)" + result.slice(endOfExpression(result, at));
  return result;
}

/** Writes a module from its text. */
function write(path, text, features) {
  const module = binaryen.parseText(text);
  module.setFeatures(features);
  if (!module.validate()) fail("isn't valid after its calls were changed, for the reason above");
  writeFileSync(path, module.emitBinary());
}

const path = process.argv[2];
const bytes = new Uint8Array(readFileSync(path));
const module = binaryen.readBinary(bytes);
module.setFeatures(binaryen.Features.All); // So that its text names every type.
const linked = module.emitText();
const imported = linked.match(new RegExp(`^ \\(import "${IMPORT.module}" "${IMPORT.base}" \\(func (${NAME}).*\n`, "m"));
if (imported) {
  const [declaration, name] = imported;
  const entries = tableEntries(linked);
  const handlers = handlerIndices(bytes).map((index) => entries[index] ?? fail(`no function ${index} in its table`));
  const definition = ` (func ${handlers[0]} (type `;
  const type = linked.slice(linked.indexOf(definition) + definition.length).match(NAME)[0];
  const references = handlers.map((handler) => `(ref.func ${handler})`).join(" ");
  const table =
    ` (table $typed_handlers ${ENTRIES} ${ENTRIES} (ref ${type}) (ref.func ${handlers[0]}))\n` +
    ` (elem $typed_handlers (table $typed_handlers) (i32.const 0) (ref ${type}) ${references})\n`;
  const text = linked.replace(declaration, "");
  // Behind the module's own table, which stays the first.
  write(path.replace(/\.wasm$/, ".typed.wasm"), withTypedCalls(text, name, type).replace(/^ \(elem /m, `${table} (elem `), TYPED);
  write(path, withoutTypedCalls(text, name).replace(new RegExp(`^ \\(export "${TABLE}" .*\\n`, "m"), ""), LINKED); // Says that it has none.
}
