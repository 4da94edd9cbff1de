// Runs a WASI command in node, for tests of the one that harness/wasm/command.cpp is part of: run_command.mjs MODULE ARGUMENT...

import { openSync, readFileSync } from "node:fs";
import process from "node:process";
import { WASI } from "node:wasi";

const [module, ...args] = process.argv.slice(2);
// Node's own are made non-blocking, which the C library of a module takes for the end.
const [stdin, stdout] = [openSync("/dev/stdin", "r"), openSync("/dev/stdout", "w")];
const wasi = new WASI({ version: "preview1", args: [module, ...args], stdin, stdout });
const { instance } = await WebAssembly.instantiate(readFileSync(module), wasi.getImportObject());
process.exitCode = wasi.start(instance);
