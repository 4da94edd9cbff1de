// Runs a ROM in the independent machine of npm's uxn.wasm: node run_rom.mjs FILE.rom FRAMES [ARGUMENT...] < INPUT
// Arguments are hexadecimal.
// Prints one JSON object {output, error, exit_code}; a code point of the strings is a byte. Fails when the
// program reads a port of Varvara's file or date devices: a workload's result has to be the same everywhere.
import { readFileSync } from "node:fs";
import { Uxn } from "uxn.wasm";

const [, , rom_file, frames, ...program_arguments] = process.argv;
const input = readFileSync(0);
let output = "";
let error = "";
let state = 0;
let console_vector = 0;
let screen_vector = 0;
const machine = new Uxn();
await machine.init({
  dei(port) {
    if (port >= 0xa0 && port < 0xd0) throw new Error(`read port ${port.toString(16)}: a file or the date`);
    return machine.dev[port];
  },
  deo(port, value) {
    if (port === 0x0f) state = value;
    if (port === 0x11) console_vector = (machine.dev[0x10] << 8) | value;
    if (port === 0x21) screen_vector = (machine.dev[0x20] << 8) | value;
    if (port === 0x18) output += String.fromCharCode(value);
    if (port === 0x19) error += String.fromCharCode(value);
  },
});
machine.load(readFileSync(rom_file));
if (program_arguments.length > 0) machine.dev[0x17] = 1;
machine.eval(0x100);

/** Delivers one event to the console vector, unless there is none or the program has stopped. */
function deliver(byte, type) {
  if (console_vector === 0 || state !== 0) return;
  machine.dev[0x12] = byte;
  machine.dev[0x17] = type;
  machine.eval(console_vector);
}
program_arguments.forEach((argument, place) => {
  for (const byte of Buffer.from(argument, "hex")) deliver(byte, 2);
  deliver(0x0a, place + 1 < program_arguments.length ? 3 : 4);
});
for (const byte of input) deliver(byte, 1);
deliver(0, 4);
for (let frame = 0; frame < Number(frames) && screen_vector !== 0 && state === 0; frame += 1) machine.eval(screen_vector);
console.log(JSON.stringify({ output, error, exit_code: state & 0x7f }));
