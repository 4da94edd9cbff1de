// Runs a WASI command in node, for tests of the one that harness/wasm/command.cpp is part of: run_command.mjs MODULE ARGUMENT...

import { readFileSync } from "node:fs";
import process from "node:process";
import { WASI } from "node:wasi";

const [module, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: [module, ...args] });
const { instance } = await WebAssembly.instantiate(readFileSync(module), wasi.getImportObject());
process.exitCode = wasi.start(instance);
