// The host in node, deno and bun: the protocol on standard input and output.

import { readFileSync, writeSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";

import { Host } from "./host.mjs";

/** What runs this, with the version of its JavaScript engine, and what it was told of its flags. */
function engineName() {
  return [programName(), ...process.argv.slice(2)].join(" ");
}

function programName() {
  if (globalThis.Deno) return `deno ${globalThis.Deno.version.deno} (V8 ${globalThis.Deno.version.v8})`;
  if (globalThis.Bun) return `bun ${globalThis.Bun.version} (JavaScriptCore)`;
  return `node ${process.versions.node} (V8 ${process.versions.v8.replace(/-node.*/, "")})`;
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

const engine = { name: engineName(), now: () => Number(process.hrtime.bigint()), read: (path) => readFileSync(path) };
const host = new Host(engine, send);
for await (const line of createInterface({ input: process.stdin })) await host.answer(line);
