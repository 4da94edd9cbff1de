// Runs the conformance vectors in the independent machine of the npm package uxn.wasm, so that the vectors don't
// rest on one reading of the instruction set alone. What that machine is known not to do is skipped by name.
//
// node check_uxn_wasm.mjs VECTORS : prints how many vectors were compared and how many were skipped for which
// reason; exit code 1 if any differs or if fewer than FEWEST_COMPARED were compared, 2 for wrong usage.

import { readFileSync } from "node:fs";
import { Uxn } from "uxn.wasm";

// Special cases, as named in vector_format.py, that the machine doesn't have. A reason that no longer skips anything
// is an error, so that this list stays true.
const KNOWN_GAPS = new Map([
  ["pc_wraps", "reads code behind 0xffff from its second bank instead of from 0"],
  ["stack_pointer_ports", "has no ports 04 and 05: the host can't set its stack pointers"],
  ["expansion", "leaves the expansion port to its host"],
  ["relative_wraps", "doesn't wrap a sum of pc and signed byte to 16 bits in JMP, JCN, JSR and LDR"],
  ["starts_at_0", "does nothing when asked to run from 0"],
]);

const MEMORY_SIZE = 0x10000;
const REPORTED_DIFFERENCES = 10;

// A check that skips most vectors would prove nothing.
const FEWEST_COMPARED = 18_000;

function background(name) {
  const byte_at = {
    brk: () => 0,
    sled: (address) => (address & 0xff ? 1 : 0),
    noise: (address) => (address * 167 + (address >> 8) * 89 + 13) & 0xff,
  }[name];
  if (byte_at === undefined) throw new Error(`unknown background "${name}", expected brk, sled or noise`);
  return Uint8Array.from({ length: MEMORY_SIZE }, (_, address) => byte_at(address));
}

// The bytes of stacks and device page, as vector_format.py's filling makes them.
function filling(fill) {
  const bytes = Uint8Array.from({ length: 0x300 }, () => {
    const byte = fill >>> 24;
    fill = (Math.imul(fill, 1103515245) + 12345) >>> 0;
    return byte;
  });
  return [0, 0x100, 0x200].map((start) => bytes.slice(start, start + 0x100));
}

const from_hex = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const to_hex = (bytes) => Buffer.from(bytes).toString("hex");
const in_hex = (value, digits) => value.toString(16).padStart(digits, "0");

function with_changes(bytes, changes) {
  const changed = bytes.slice();
  for (const [address, hex] of changes) changed.set(from_hex(hex), address);
  return changed;
}

// A machine whose pointers stand as asked, then whose memory, stacks and page are replaced. Pushing literals is the
// only way to move the pointers from outside.
function start(uxn, vector, ram, regions) {
  const { start } = vector;
  uxn.load([]); // clears everything
  const pushes = [...Array(start.wst).fill([0x80, 0x00]), ...Array(start.rst).fill([0xc0, 0x00])].flat();
  uxn.ram.set(pushes, 0x100);
  uxn.eval(0x100);
  uxn.ram.set(ram);
  // The stacks lie behind the memory, each in descending order.
  const memory = new Uint8Array(uxn.ram.buffer);
  memory.set(regions.working_stack.slice().reverse(), uxn.ram.length);
  memory.set(regions.return_stack.slice().reverse(), uxn.ram.length + 0x100);
  uxn.dev.set(regions.device_page);
}

function first_difference(region, expected, found) {
  if (Buffer.compare(expected, found) === 0) return null;
  const address = expected.findIndex((byte, position) => byte !== found[position]);
  const bytes = `expected ${in_hex(expected[address], 2)}, found ${in_hex(found[address], 2)}`;
  return `${region} at ${in_hex(address, 4)}: ${bytes}`;
}

function compare(uxn, vector, ram, regions, console_state) {
  const { end } = vector;
  const stack_bytes = (stack) => Uint8Array.from({ length: 0x100 }, (_, position) => stack.get(position));
  const expected_values = {
    "working stack pointer": [end.wst, uxn.wst.ptr()],
    "return stack pointer": [end.rst, uxn.rst.ptr()],
    "console output": [end.console_output, to_hex(console_state.output)],
    "console error": [end.console_error, to_hex(console_state.error)],
    "console vector": [end.console_vector, console_state.vector],
    "screen vector": [end.screen_vector, console_state.screen_vector],
  };
  for (const [what, [expected, found]] of Object.entries(expected_values)) {
    if (expected !== found) return `${what}: expected ${expected}, found ${found}`;
  }
  return (
    first_difference("working stack", with_changes(regions.working_stack, end.working_stack), stack_bytes(uxn.wst)) ??
    first_difference("return stack", with_changes(regions.return_stack, end.return_stack), stack_bytes(uxn.rst)) ??
    first_difference("device page", with_changes(regions.device_page, end.device_page), uxn.dev) ??
    first_difference("memory", with_changes(ram, end.ram), uxn.ram.subarray(0, MEMORY_SIZE))
  );
}

async function main() {
  const [path, ...rest] = process.argv.slice(2);
  if (path === undefined || rest.length > 0) {
    console.error("usage: node check_uxn_wasm.mjs VECTORS");
    return 2;
  }
  const console_state = { output: [], error: [], vector: 0, screen_vector: 0 };
  const uxn = new Uxn();
  await uxn.init({
    deo: (port, value) => {
      if (port === 0x11) console_state.vector = (uxn.dev[0x10] << 8) | uxn.dev[0x11];
      else if (port === 0x21) console_state.screen_vector = (uxn.dev[0x20] << 8) | uxn.dev[0x21];
      else if (port === 0x18) console_state.output.push(value);
      else if (port === 0x19) console_state.error.push(value);
    },
  });
  const backgrounds = Object.fromEntries(["brk", "sled", "noise"].map((name) => [name, background(name)]));

  const skipped = new Map([...KNOWN_GAPS.keys()].map((gap) => [gap, 0]));
  let compared = 0;
  let differing = 0;
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line === "") continue;
    const vector = JSON.parse(line);
    const touches = new Set(vector.touches);
    if (vector.start.pc === 0) touches.add("starts_at_0");
    const gap = [...KNOWN_GAPS.keys()].find((known) => touches.has(known));
    if (gap !== undefined) {
      skipped.set(gap, skipped.get(gap) + 1);
      continue;
    }
    const ram = with_changes(backgrounds[vector.background], vector.start.ram);
    const [working_stack, return_stack, device_page] = filling(vector.fill);
    const regions = {
      working_stack: with_changes(working_stack, vector.start.working_stack),
      return_stack: with_changes(return_stack, vector.start.return_stack),
      device_page: with_changes(device_page, vector.start.device_page),
    };
    start(uxn, vector, ram, regions);
    console_state.output = [];
    console_state.error = [];
    console_state.vector = 0;
    console_state.screen_vector = 0;
    let difference;
    try {
      uxn.eval(vector.start.pc);
      difference = compare(uxn, vector, ram, regions, console_state);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      difference = error.message;
    }
    compared += 1;
    if (difference !== null) {
      differing += 1;
      if (differing <= REPORTED_DIFFERENCES) console.log(`${vector.group} "${vector.name}": ${difference}`);
    }
  }

  console.log(`${compared} vectors compared, ${differing} differ`);
  for (const [gap, count] of skipped) console.log(`${count} skipped: ${gap}: uxn.wasm ${KNOWN_GAPS.get(gap)}`);
  const unused = [...skipped.keys()].filter((gap) => skipped.get(gap) === 0);
  if (unused.length > 0) console.log(`no vector meets these gaps, take them from the list: ${unused.join(", ")}`);
  if (compared < FEWEST_COMPARED) console.log(`only ${compared} compared, expected ${FEWEST_COMPARED} or more`);
  return differing === 0 && unused.length === 0 && compared >= FEWEST_COMPARED ? 0 : 1;
}

process.exitCode = await main();
