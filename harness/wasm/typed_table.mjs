// Gives a linked module what C++ can't say: tables of typed function references.
//
//   node typed_table.mjs MODULE.wasm
//
// An entry of an ordinary table is of any type, so each call through it compares types first. An entry of a table of one type that
// isn't null and whose table neither grows nor changes needs no such check. backends/tail_call/conventions.h calls what it imports,
// dispatchbench.KIND, with a handler's arguments and an opcode; in MODULE.typed.wasm that becomes a call of that entry of a table, which
// is made of the handlers in dispatchbench_table_of_KIND. There are two kinds of call:
//
//   return_call_indirect   reads and calls the entry at once.
//   return_call_ref        calls what table.get has read. But table.get is a call of the engine in SpiderMonkey 140, of a builtin in
//                          V8 12, and a check of the entry's kind in V8 13 and 14.
//
// In MODULE.wasm they trap instead, for engines that refuse what they don't know. Both are written by the same tool, so they differ in
// nothing else. A module without such calls stays as it is.

import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

import binaryen from "binaryen";

const FROM = "dispatchbench";
const KINDS = ["return_call_indirect", "return_call_ref"];
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

/** What the C++ tables hold, by kind of call: indices into the module's own table. */
function handlerIndices(bytes, kinds) {
  const module = new WebAssembly.Module(bytes);
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) (imports[from] ??= {})[name] = () => 0;
  const { exports } = new WebAssembly.Instance(module, imports);
  return kinds.map((kind) => {
    const table = exports[exported(kind)] ?? fail(`calls ${FROM}.${kind} and exports no ${exported(kind)}; expected both`);
    return [...new Uint32Array(exports.memory.buffer, table.value, ENTRIES)];
  });
}

/** The name of the C++ table for a kind of call. */
function exported(kind) {
  return `dispatchbench_table_of_${kind}`;
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

/** The text with each tail call of `name`, an import, replaced by what `call` makes of its operands' text. */
function withCallsReplaced(text, name, call) {
  const start = `(return_call ${name}\n`;
  let result = "";
  let from = 0;
  for (let at = text.indexOf(start); at >= 0; at = text.indexOf(start, from)) {
    const end = endOfExpression(text, at);
    result += text.slice(from, at) + call(text.slice(at + start.length, end - 1));
    from = end;
  }
  return result + text.slice(from);
}

/** Where the last operand begins, the opcode. */
function lastOperand(operands) {
  let last = operands.indexOf("(");
  for (let next = last; next >= 0; next = operands.indexOf("(", endOfExpression(operands, next))) last = next;
  return last;
}

/** A call of an entry of a table. */
function typedCall(kind, table, type, operands) {
  if (kind === "return_call_indirect") return `(return_call_indirect ${table} (type ${type})\n${operands})`;
  const opcode = lastOperand(operands);
  return `(return_call_ref ${type}\n${operands.slice(0, opcode)}(table.get ${table} ${operands.slice(opcode)}))`;
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
const imports = KINDS.map((kind) => ({ kind, found: linked.match(new RegExp(`^ \\(import "${FROM}" "${kind}" \\(func (${NAME}).*\n`, "m")) }))
  .filter(({ found }) => found)
  .map(({ kind, found: [declaration, name] }) => ({ kind, declaration, name }));
if (imports.length > 0) {
  const entries = tableEntries(linked);
  const indices = handlerIndices(bytes, imports.map(({ kind }) => kind));
  let [typed, plain, tables] = [linked, linked, ""];
  imports.forEach(({ kind, declaration, name }, i) => {
    const handlers = indices[i].map((index) => entries[index] ?? fail(`no function ${index} in its table`));
    const definition = ` (func ${handlers[0]} (type `;
    const type = linked.slice(linked.indexOf(definition) + definition.length).match(NAME)[0];
    const table = `$handlers_of_${kind}`;
    const references = handlers.map((handler) => `(ref.func ${handler})`).join(" ");
    tables += ` (table ${table} ${ENTRIES} ${ENTRIES} (ref ${type}) (ref.func ${handlers[0]}))\n`;
    tables += ` (elem ${table} (table ${table}) (i32.const 0) (ref ${type}) ${references})\n`;
    typed = withCallsReplaced(typed.replace(declaration, ""), name, (operands) => typedCall(kind, table, type, operands));
    plain = withCallsReplaced(plain.replace(declaration, ""), name, () => "(unreachable)");
    if (typed.includes(`(call ${name}`)) fail(`calls ${FROM}.${kind} where it isn't a tail call; expected tail calls alone`);
  });
  // Behind the module's own table, which stays the first.
  write(path.replace(/\.wasm$/, ".typed.wasm"), typed.replace(/^ \(elem /m, `${tables} (elem `), TYPED);
  for (const { kind } of imports) plain = plain.replace(new RegExp(`^ \\(export "${exported(kind)}" .*\n`, "m"), ""); // Says that it has none.
  write(path, plain, LINKED);
}
