// Compiles a module and does nothing with it: for flags with which an engine prints its code.
//
//   node --print-wasm-code-function-index=N compile_module.mjs MODULE.wasm...
//
// Takes the first of the modules that this engine takes, and says which on standard error.

import { readFileSync } from "node:fs";
import process from "node:process";

for (const path of process.argv.slice(2)) {
  const bytes = readFileSync(path);
  if (!WebAssembly.validate(bytes)) continue;
  new WebAssembly.Module(bytes);
  process.stderr.write(`${path}\n${process.versions.node}\n${process.versions.v8}\n`);
  process.exit(0);
}
process.exit(1);
