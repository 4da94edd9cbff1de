// The host, on a module that tools/wasm built: node --test host.test.mjs with MODULE in the environment.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";

import { BackendModule } from "../backend_module.mjs";
import { decodedCase, runCases } from "../cases.mjs";
import { crc32 } from "../crc32.mjs";
import { fromHex, toHex } from "../hex.mjs";
import { Host } from "../host.mjs";
import { Warming } from "../warming.mjs";

const MODULE = process.env.MODULE;
// LIT 41, LIT 18, DEO, BRK: writes "A" to the console.
const PRINTS_A = "804180181700";
/** The module, as a host compiles it. */
const compiled = () => new WebAssembly.Module(readFileSync(MODULE));
const now = () => Number(process.hrtime.bigint());

const ENGINE = { name: "Made", version: "1.2", program: "test 1", flags: ["--fast"], best_compiler_alone: true };

/** A host that has loaded the module, and a function that gives its answers to a request. */
async function loadedHost(engine = {}) {
  const answers = [];
  const host = new Host({ description: ENGINE, now, read: (path) => readFileSync(path), ...engine }, (answer) => answers.push(answer));
  const ask = async (request) => {
    answers.length = 0;
    await host.answer(typeof request === "string" ? request : JSON.stringify(request));
    return [...answers];
  };
  const [loaded] = await ask({ request: "load", library: MODULE });
  return { host, ask, loaded };
}

const program = { request: "program", name: "a", rom: PRINTS_A };
const START = { background: "brk", fill: 1, start: { pc: 256, wst: 0, rst: 0, ram: [[256, PRINTS_A]], working_stack: [], return_stack: [], device_page: [] } };

test("the checksum is zip's", () => {
  assert.equal(crc32([new TextEncoder().encode("12345"), new TextEncoder().encode("6789")]), "cbf43926");
});

test("hexadecimal text comes back as it was, and what is none is named", () => {
  assert.equal(toHex(fromHex("00ff7A")), "00ff7a");
  assert.throws(() => fromHex("0g"), /"0g": expected pairs/);
});

test("a library is described with the engine as its host", async () => {
  const { loaded } = await loadedHost();
  assert.equal(loaded.library.host, "test 1 (Made 1.2) --fast");
  const { clock_resolution: resolution, ...engine } = loaded.library.engine;
  assert.deepEqual(engine, ENGINE);
  assert.ok(resolution > 0);
  assert.equal(loaded.library.target, "wasm32");
  assert.equal(loaded.library.backends.find(({ name }) => name === "switch_loop").dispatch, "switch");
  assert.equal(loaded.pinned, false);
});

test("a module that isn't of this project is refused", () => {
  const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  assert.throws(() => new BackendModule(new WebAssembly.Module(empty), now), /exports no dispatchbench_library/);
});

test("a run gives times, a digest and a state with the output", async () => {
  const { ask } = await loadedHost();
  assert.deepEqual(await ask(program), [{ program: 0 }]);
  const [run] = await ask({ request: "run", backend: "switch_loop", program: 0 });
  assert.ok(run.cpu > 0 && run.wall === run.cpu);
  assert.match(run.digest, /^[0-9a-f]{8}$/);
  const [{ state }] = await ask({ request: "state" });
  assert.equal(state.output, "41");
  assert.equal(state.ram.length, 0x20000);
});

test("requests that can't be answered say why, and the host goes on", async () => {
  const { ask } = await loadedHost();
  await ask(program);
  for (const [request, words] of [
    [{ request: "run", backend: "none", program: 0 }, 'no backend "none"; expected one of '],
    [{ request: "run", backend: "switch_loop", program: 7 }, "program 7: expected 0 to 0"],
    [{ request: "program", name: "b", rom: "00".repeat(65281) }, "a ROM of 65281 bytes; expected at most 65280"],
    [{ request: "dance" }, 'request "dance": expected load, program, '],
    [{ request: "cases", cases: [{ ...START, background: "snow" }] }, 'background "snow": expected brk, sled or noise'],
    ["{", ""],
  ]) {
    const [{ error }] = await ask(request);
    assert.ok(error.includes(words), error);
  }
  assert.ok((await ask({ request: "run", backend: "switch_loop", program: 0 }))[0].cpu > 0);
});

test("after a trap the next run is of a new instance that knows the same programs", async () => {
  const { host, ask } = await loadedHost();
  await ask(program);
  const trapped = host.module;
  trapped.run = () => {
    throw new WebAssembly.RuntimeError("unreachable");
  };
  assert.deepEqual(await ask({ request: "run", backend: "switch_loop", program: 0 }), [{ error: "the engine stopped it: unreachable" }]);
  assert.notEqual(host.module, trapped);
  assert.ok((await ask({ request: "run", backend: "switch_loop", program: 0 }))[0].cpu > 0);
});

test("a batch has each repetition of each row, and says which row is about to run", async () => {
  const { ask } = await loadedHost();
  await ask(program);
  const rows = ["switch_loop", "tail_call"].map((backend) => ({ name: `a/${backend}`, backend, program: 0 }));
  const answers = await ask({ request: "batch", rows, repetitions: 3, seed: 1 });
  const { batch, digests } = answers.pop();
  assert.deepEqual(answers.map(({ begin }) => begin).sort(), ["a/switch_loop", "a/switch_loop", "a/switch_loop", "a/tail_call", "a/tail_call", "a/tail_call"]);
  assert.deepEqual(batch.benchmarks.map(({ name, repetition_index: i }) => `${name} ${i}`).sort(),
    ["a/switch_loop 0", "a/switch_loop 1", "a/switch_loop 2", "a/tail_call 0", "a/tail_call 1", "a/tail_call 2"]);
  assert.deepEqual(digests["a/switch_loop"], digests["a/tail_call"]);
});

test("a cold run says when it was at device writes, loading included, in ascending order", async () => {
  const { host, ask } = await loadedHost();
  await ask({ ...program, rom: "804180181780421700" }); // And "B".
  const [{ prepare, writes, whole, digest }] = await ask({ request: "cold", backend: "tail_call", program: 0, writes: [1, 2] });
  assert.ok(host.loadTime > 0 && host.loadTime <= prepare);
  assert.ok(prepare <= writes[0] && writes[0] <= writes[1] && writes[1] <= whole);
  const [run] = await ask({ request: "run", backend: "tail_call", program: 0 });
  assert.equal(digest, run.digest);
});

test("the coarser the clock, the more runs make a sample", async () => {
  const step = 100_000; // Nanoseconds; the program takes a fraction of that.
  const { ask } = await loadedHost({ now: () => Math.floor(now() / step) * step });
  await ask(program);
  const answers = await ask({ request: "batch", rows: [{ name: "a", backend: "switch_loop", program: 0 }], repetitions: 1, seed: 1 });
  assert.ok(answers.pop().batch.benchmarks[0].iterations >= 500);
});

test("a case ends as the vectors say, and only what differs is told", () => {
  const module = new BackendModule(compiled(), now);
  const ends = [];
  runCases(module, module.backend("tail_call"), [decodedCase(START)], (answer) => ends.push(answer));
  const [end] = ends[0].ends;
  assert.equal(end.pc, 256 + 6);
  assert.equal(end.console_output, "41");
  assert.deepEqual(end.ram, []);
});

test("a write next to the machine's memory is found", () => {
  const module = new BackendModule(compiled(), now);
  const backend = module.backend("switch_loop");
  const harmful = Object.create(module, {
    exports: {
      value: {
        ...module.exports,
        run_case: (address) => {
          new Uint8Array(module.memory.buffer)[module.exports.case_memory() + 10] ^= 1;
          return module.exports.run_case(address);
        },
      },
    },
  });
  assert.throws(() => runCases(harmful, backend, [decodedCase(START)], () => {}), /wrote outside its memory: 1 bytes 10 bytes behind/);
});

/** A clock that each run moves on, and how long it took until a program was warm, in milliseconds. */
function warmingWith(times) {
  let [clock, runs] = [0, 0];
  const warming = new Warming(() => clock);
  return (backend, program) => {
    const start = clock;
    warming.warm(backend, program, () => {
      const time = times(runs++) * 1e6;
      clock += time;
      return { time };
    });
    return Math.round((clock - start) / 1e6);
  };
}

test("a backend's first program warms for a second, its others for 50 ms, and each once", () => {
  const warm = warmingWith(() => 1);
  assert.equal(warm("a", 0), 1002);
  assert.equal(warm("a", 0), 0);
  assert.equal(warm("a", 1), 52);
  assert.equal(warm("b", 1), 1002);
});

test("a program whose times still fall goes on, for three seconds at the longest", () => {
  const falling = warmingWith((run) => 400 * 0.97 ** run)("a", 0);
  assert.ok(falling > 3000 && falling < 5000, falling);
});
