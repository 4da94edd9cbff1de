// The host in the engines' own shells, SpiderMonkey's js and JavaScriptCore's jsc: the protocol on standard input and output.
//
//   js140 -e 'globalThis.hostName = "NAME"' -m serve_shell.mjs        jsc -m serve_shell.mjs -- NAME

import { Host } from "./host.mjs";

/* global os, performance, preciseTime, print, readFile, readline, scriptArgs */

const isSpiderMonkey = typeof os !== "undefined" && typeof os.file?.readFile === "function";
// What these are called and which flags they were started with, which shells don't know.
const name = globalThis.hostName ?? globalThis.arguments.join(" ");
const engine = isSpiderMonkey
  ? { name, now: () => performance.now() * 1e6, read: (path) => os.file.readFile(path, "binary") }
  : { name, now: () => preciseTime() * 1e9, read: (path) => readFile(path, "binary") };

const host = new Host(engine, (answer) => print(JSON.stringify(answer)));
// At the end of input readline gives null in one shell and an empty text in the other; no request is empty.
for (let line = readline(); line; line = readline()) await host.answer(line);
