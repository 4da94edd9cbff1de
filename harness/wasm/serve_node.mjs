// The host in node, deno and bun: the protocol on standard input and output.
//
//   node [FLAGS] serve_node.mjs [{"flags": [FLAGS], "best_compiler_alone": BOOL}]

import { readFileSync, writeSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";

import { Host } from "./host.mjs";

/** What runs this. */
function program() {
  if (globalThis.Deno) return { program: `deno ${globalThis.Deno.version.deno}`, name: "V8", version: globalThis.Deno.version.v8 };
  if (globalThis.Bun) return { program: `bun ${globalThis.Bun.version}`, name: "JavaScriptCore", version: `bun ${globalThis.Bun.version}` };
  return { program: `node ${process.versions.node}`, name: "V8", version: process.versions.v8 };
}

/** Writes all of a line; standard output may be a pipe that is full. */
function send(answer) {
  let bytes = new TextEncoder().encode(JSON.stringify(answer) + "\n");
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

// What it was started with, which it can't know.
const mode = JSON.parse(process.argv[2] ?? '{"flags": [], "best_compiler_alone": false}');
const { version, ...engine } = program();
const description = { ...engine, version: version.replace(/-.*/, ""), ...mode };
const host = new Host({ description, now: () => Number(process.hrtime.bigint()), read: (path) => readFileSync(path) }, send);
for await (const line of createInterface({ input: process.stdin })) await host.answer(line);
