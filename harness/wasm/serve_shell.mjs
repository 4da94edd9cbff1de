// The host in the engines' own shells, SpiderMonkey's js and JavaScriptCore's jsc: the protocol on standard input and output.
//
//   js140 -e 'globalThis.description = DESCRIPTION' -m serve_shell.mjs        jsc -m serve_shell.mjs -- DESCRIPTION
//
// DESCRIPTION is the object "engine" of results but for the clock: shells know neither their version nor their flags.

import { Host } from "./host.mjs";

/* global os, performance, preciseTime, print, readFile, readline, scriptArgs */

const isSpiderMonkey = typeof os !== "undefined" && typeof os.file?.readFile === "function";
const description = globalThis.description ?? JSON.parse(globalThis.arguments[0]);
const engine = isSpiderMonkey
  ? { description, now: () => performance.now() * 1e6, read: (path) => os.file.readFile(path, "binary") }
  : { description, now: () => preciseTime() * 1e9, read: (path) => readFile(path, "binary") };

const host = new Host(engine, (answer) => print(JSON.stringify(answer)));
// At the end of input readline gives null in one shell and an empty text in the other; no request is empty.
for (let line = readline(); line; line = readline()) await host.answer(line);
