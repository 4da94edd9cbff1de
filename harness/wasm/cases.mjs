// The cases of "check": machine states to start from and what a vector changed, as in harness/checking/case_format.h.

import { fromHex, toHex } from "./hex.mjs";
import { MachineState, RAM_BYTES, REGIONS } from "./machine_state.mjs";

const BACKGROUNDS = {
  brk: () => 0x00,
  sled: (address) => ((address & 0xff) !== 0 ? 0x01 : 0x00),
  noise: (address) => (address * 167 + (address >> 8) * 89 + 13) & 0xff,
};
const backgrounds = new Map();

function background(name) {
  if (!(name in BACKGROUNDS)) throw new Error(`background "${name}": expected brk, sled or noise`);
  if (!backgrounds.has(name)) backgrounds.set(name, Uint8Array.from({ length: RAM_BYTES }, (_, address) => BACKGROUNDS[name](address)));
  return backgrounds.get(name);
}

/** A case as it is kept: its stretches of bytes decoded, so that a mistake shows when it is taken. */
export function decodedCase({ background: name, fill, start }) {
  const stretches = {};
  for (const [region, size] of Object.entries(REGIONS))
    stretches[region] = start[region].map(([address, hex]) => {
      const bytes = fromHex(hex);
      if (address + bytes.length > size) throw new Error(`${bytes.length} bytes at ${address} of ${region} don't fit into ${size} bytes`);
      return [address, bytes];
    });
  background(name);
  return { background: name, fill, stretches, pc: start.pc, wst: start.wst, rst: start.rst };
}

/** Puts a machine into the state that a case starts from. */
function startFrom(machine, { background: name, fill, stretches, pc, wst, rst }) {
  machine.region("ram").set(background(name));
  let next = fill >>> 0;
  for (const region of ["working_stack", "return_stack", "device_page"]) {
    const bytes = machine.region(region);
    for (let i = 0; i < bytes.length; ++i) {
      bytes[i] = next >>> 24;
      next = (Math.imul(next, 1103515245) + 12345) >>> 0;
    }
  }
  for (const region of Object.keys(REGIONS)) for (const [address, bytes] of stretches[region]) machine.region(region).set(bytes, address);
  machine.pointers = { pc, wst, rst };
}

/** The same bytes, four at a time: a check compares 140 KB for each case. */
function words(bytes) {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** Each stretch of bytes that differs, with its address. Both are aligned to four bytes. */
function changes(before, after) {
  const [old, now] = [words(before), words(after)];
  const found = [];
  let [begin, end] = [-1, -1]; // Of the stretch that is being read.
  const finish = () => begin >= 0 && found.push([begin, toHex(after.subarray(begin, end))]);
  for (let word = 0; word < old.length; ++word) {
    if (old[word] === now[word]) continue;
    for (let i = 4 * word; i < 4 * word + 4; ++i) {
      if (before[i] === after[i]) continue;
      if (i !== end) {
        finish();
        begin = i;
      }
      end = i + 1;
    }
  }
  finish();
  return found;
}

/** Fills everything around the case machine's regions, and says afterwards whether that is still there. */
class Room {
  constructor(module) {
    this.module = module;
    this.pattern = Uint8Array.from({ length: module.exports.case_memory_size() }, (_, i) => (i * 37 + 11) & 0xff);
    this.expected = this.pattern.slice();
  }
  get bytes() {
    return new Uint8Array(this.module.memory.buffer, this.module.exports.case_memory(), this.pattern.length);
  }
  fill() {
    this.bytes.set(this.pattern);
  }
  /** What an access outside the regions changed, or null. */
  harm(machine) {
    const { expected } = this; // The regions of the last case, which these replace.
    const start = this.module.exports.case_memory();
    for (const name of Object.keys(REGIONS)) {
      const region = machine.region(name);
      expected.set(region, region.byteOffset - start);
    }
    const [first] = changes(expected, this.bytes);
    return first ? `wrote outside its memory: ${first[1].length / 2} bytes ${first[0]} bytes behind the start of the memory for cases` : null;
  }
}

/**
 * Runs one vector of a backend from each case's start and passes what protocol.h says to `send`. An access outside the module's
 * memory and whatever else the engine stops at is an Error of the engine's; one next to the machine's regions is an Error here.
 */
export function runCases(module, backend, cases, send) {
  const room = new Room(module);
  // Kept from case to case: browsers take long to give such memory and to take it back.
  const before = Object.fromEntries(Object.entries(REGIONS).map(([name, size]) => [name, new Uint8Array(size)]));
  for (const each of cases) {
    room.fill();
    const machine = new MachineState(module, module.exports.reset_case_machine());
    startFrom(machine, each);
    for (const name of Object.keys(REGIONS)) before[name].set(machine.region(name));
    const refusal = module.exports.run_case(backend);
    if (refusal !== 0) {
      send({ refused: module.text(refusal) });
      continue;
    }
    const harm = room.harm(machine);
    if (harm) throw new Error(harm);
    // In the order of case_end_text, so that the same end is the same text.
    const { pc, wst, rst } = machine.pointers;
    const devices = machine.devices;
    const end = { pc, wst, rst };
    for (const name of ["working_stack", "return_stack", "device_page", "ram"]) end[name] = changes(before[name], machine.region(name));
    end.console_output = toHex(devices.output);
    end.console_error = toHex(devices.error);
    end.console_vector = devices.console_vector;
    end.screen_vector = devices.screen_vector;
    end.stop = devices.stopped;
    end.exit_code = devices.exit_code;
    send({ ends: [end] });
  }
}
