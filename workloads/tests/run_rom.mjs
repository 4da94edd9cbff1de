// Runs a ROM in the independent machine of npm's uxn.wasm: node run_rom.mjs FILE.rom < INPUT
// Prints one JSON object {output, error, exit_code}; a code point of the strings is a byte. Fails when the
// program reads a port of Varvara's file or date devices: a workload's result has to be the same everywhere.
import { readFileSync } from "node:fs";
import { Uxn } from "uxn.wasm";

const [, , rom_file] = process.argv;
const input = readFileSync(0);
let output = "";
let error = "";
let state = 0;
const machine = new Uxn();
await machine.init({
  dei(port) {
    if (port >= 0xa0 && port < 0xd0) throw new Error(`read port ${port.toString(16)}: a file or the date`);
    return machine.dev[port];
  },
  deo(port, value) {
    if (port === 0x0f && value !== 0) state = value;
    if (port === 0x18) output += String.fromCharCode(value);
    if (port === 0x19) error += String.fromCharCode(value);
  },
});
machine.load(readFileSync(rom_file));
machine.eval(0x100);

/** Delivers one event to the console vector, unless there is none or the program has stopped. */
function deliver(byte, type) {
  const vector = (machine.dev[0x10] << 8) | machine.dev[0x11];
  if (vector === 0 || state !== 0) return;
  machine.dev[0x12] = byte;
  machine.dev[0x17] = type;
  machine.eval(vector);
}
for (const byte of input) deliver(byte, 1);
deliver(0, 4);
console.log(JSON.stringify({ output, error, exit_code: state & 0x7f }));
