// Writes a module whose programs trap: node trapping_module.mjs MODULE.wasm TO.wasm
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

import binaryen from "binaryen";

const [from, to] = process.argv.slice(2);
const module = binaryen.readBinary(new Uint8Array(readFileSync(from)));
const { params, results } = binaryen.getFunctionInfo(module.getFunction(binaryen.getExportInfo(module.getExport("run_program")).value));
module.removeExport("run_program");
module.addFunction("trap", params, results, [], module.unreachable());
module.addFunctionExport("trap", "run_program");
writeFileSync(to, module.emitBinary());
