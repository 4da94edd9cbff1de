// A host of the sampling protocol (harness/sampling/protocol.h) for WebAssembly modules, whatever the engine.
//
// An engine's entry file gives it what engines do differently: how to read a file, what time it is, what the engine is called.
// Engines have one clock, so "cpu" and "wall" are both its time.

import { BackendModule } from "./backend_module.mjs";
import { decodedCase, runCases } from "./cases.mjs";
import { clockResolution } from "./clock.mjs";
import { fromHex, toHex } from "./hex.mjs";
import { REGIONS } from "./machine_state.mjs";
import { randomNumbers, shuffle } from "./random_order.mjs";
import { Warming } from "./warming.mjs";

/** A sample lasts at least as many times as long as the clock's resolution. */
const RESOLUTIONS_PER_SAMPLE = 500;

/** What runs the module, as a word for tables: node 26.10.0 (V8 14.6.202) --no-liftoff. */
function hostName({ name, version, program, flags }) {
  return [program, `(${program.endsWith(version) ? name : `${name} ${version}`})`, ...flags].join(" ");
}

export class Host {
  /**
   * `engine`: `description`, the object "engine" of results but for the clock; `now()`, nanoseconds; `read(path)`, a file's bytes.
   * `send` takes one answer.
   */
  constructor(engine, send) {
    this.engine = engine;
    this.name = hostName(engine.description);
    this.send = send;
    this.programs = [];
    this.cases = [];
    this.resolution = clockResolution(engine.now);
  }

  /** Answers one line. */
  async answer(line) {
    let answer;
    try {
      const request = JSON.parse(line);
      answer = await this.#answer(request);
    } catch (error) {
      answer = { error: this.#inWords(error) };
    }
    this.send(answer);
  }

  #inWords(error) {
    return error instanceof WebAssembly.RuntimeError ? `the engine stopped it: ${error.message}` : String(error?.message ?? error);
  }

  #answer(request) {
    switch (request.request) {
      case "load": return this.#load(request);
      case "program": return this.#takeProgram(request);
      case "run": return this.#run(request);
      case "state": return { state: this.#state() };
      case "batch": return this.#batch(request);
      case "cases": return this.#takeCases(request);
      case "check": return this.#check(request);
      case "cold": return this.#cold(request);
      default: throw new Error(`request "${request.request}": expected load, program, run, cold, state, batch, cases or check`);
    }
  }

  async #load({ library, cpu = -1 }) {
    this.compiled = await this.#compiled(library);
    this.module = new BackendModule(this.compiled, this.engine.now);
    this.loadTime += this.engine.now();
    this.warming = new Warming(this.engine.now);
    const engine = { ...this.engine.description, clock_resolution: this.resolution };
    const description = { ...this.module.description, host: this.name, engine };
    const answer = { library: description, pinned: false };
    if (cpu >= 0) answer.not_pinned = "a JavaScript engine can't pin itself";
    return answer;
  }

  /** The module with typed references, if there is one and this engine takes it; else the one without. */
  async #compiled(library) {
    try {
      return await this.#compiledFile(library.replace(/\.wasm$/, ".typed.wasm"));
    } catch {
      return this.#compiledFile(library);
    }
  }

  async #compiledFile(path) {
    const bytes = await this.engine.read(path);
    this.loadTime = -this.engine.now();
    return new WebAssembly.Module(bytes);
  }

  #loaded() {
    if (!this.module) throw new Error("no library is loaded; expected a load request first");
    return this.module;
  }

  /** After a trap the module may hold anything, so another instance takes its place. */
  #again() {
    this.module = new BackendModule(this.compiled, this.engine.now);
    this.warming.forget();
    for (const program of this.programs) this.module.addProgram(program);
  }

  #takeProgram({ rom, input = "", arguments: args = [], frames = 60 }) {
    const program = { rom: fromHex(rom), input: fromHex(input), args: args.map(fromHex), frames };
    if (program.rom.length > 0x10000 - 0x100) throw new Error(`a ROM of ${program.rom.length} bytes; expected at most 65280`);
    if (!(frames >= 0)) throw new Error(`${frames} frames; expected 0 or more`);
    const number = this.#loaded().addProgram(program);
    this.programs.push(program);
    return { program: number };
  }

  #program(number) {
    if (!(number >= 0 && number < this.programs.length)) throw new Error(`program ${number}: expected 0 to ${this.programs.length - 1}`);
    return number;
  }

  /** One run, or what `use` does with a backend and a program, such that a trap costs nothing but this answer. */
  #guarded(use) {
    try {
      return use();
    } catch (error) {
      this.#again();
      throw error;
    }
  }

  #run({ backend, program, afresh = false, added_steps: addedSteps = 0 }) {
    const module = this.#loaded();
    const [chosen, number] = [module.backend(backend), this.#program(program)];
    if (addedSteps !== 0) throw new Error("added_steps: this host can't slow a run down; leave it out");
    return this.#guarded(() => {
      if (afresh) this.#startAfresh(chosen, number);
      const { refused, time, prepare } = module.run(number, chosen);
      if (refused !== undefined) return { refused };
      return { cpu: time, wall: time, prepare, digest: module.machine.digest() };
    });
  }

  /** The first run of all. To compile and instantiate the module is a part of it, as it is of what a reader of a page waits for. */
  #cold({ backend, program, writes }) {
    const module = this.#loaded();
    const [chosen, number] = [module.backend(backend), this.#program(program)];
    return this.#guarded(() => {
      const { refused, prepare, times, whole } = module.runCold(number, chosen, writes);
      if (refused !== undefined) return { refused };
      const sinceLoading = (time) => this.loadTime + time;
      return { prepare: sinceLoading(prepare), writes: times.map(sinceLoading), whole: sinceLoading(whole), digest: module.machine.digest() };
    });
  }

  #state() {
    const { machine } = this.#loaded();
    const { output, error, ...devices } = machine.devices;
    const state = { ...machine.pointers, ...devices, output: toHex(output), error: toHex(error) };
    for (const name of Object.keys(REGIONS)) state[name] = toHex(machine.region(name));
    return state;
  }

  #batch({ rows, repetitions, seed }) {
    const module = this.#loaded();
    const random = randomNumbers(seed);
    const samples = rows.flatMap((row) => Array.from({ length: repetitions }, () => row));
    shuffle(samples, random);
    const digests = Object.fromEntries(rows.map(({ name }) => [name, new Set()]));
    const taken = new Map();
    const benchmarks = [];
    for (const { name, backend, program } of samples) {
      this.send({ begin: name });
      const repetition = taken.get(name) ?? 0;
      taken.set(name, repetition + 1);
      const sample = this.#guarded(() => this.#sample(module.backend(backend), this.#program(program), digests[name]));
      benchmarks.push({
        name, run_name: name, run_type: "iteration", repetitions, repetition_index: repetition, threads: 1, time_unit: "ns", ...sample,
      });
    }
    return {
      batch: { context: { date: new Date().toISOString(), executable: this.name }, benchmarks },
      hardware_counters: {},
      digests: Object.fromEntries(Object.entries(digests).map(([name, set]) => [name, [...set].sort()])),
    };
  }

  /** Warms a program and runs it once more, which makes this row's code and data the last that were used. */
  #startAfresh(backend, program) {
    const once = () => this.module.run(program, backend);
    this.warming.warm(backend, program, once);
    return once();
  }

  /** One sample: as many runs as the clock's resolution asks for. */
  #sample(backend, program, digests) {
    const before = this.#startAfresh(backend, program);
    if (before.refused !== undefined) return { error_occurred: true, error_message: before.refused, iterations: 0, real_time: 0, cpu_time: 0 };
    digests.add(this.module.machine.digest());
    const iterations = Math.max(1, Math.ceil((RESOLUTIONS_PER_SAMPLE * this.resolution) / Math.max(before.time, this.resolution)));
    let [time, prepare] = [0, 0];
    for (let i = 0; i < iterations; ++i) {
      const run = this.module.run(program, backend);
      time += run.time;
      prepare += run.prepare;
      digests.add(this.module.machine.digest());
    }
    return { iterations, real_time: time / iterations, cpu_time: time / iterations, prepare_time: prepare / iterations };
  }

  #takeCases({ cases }) {
    this.cases.push(...cases.map(decodedCase));
    return { cases: this.cases.length };
  }

  /** In an instance of its own: what a backend does to it harms neither the next backend nor a program's run. */
  #check({ backend }) {
    this.#loaded().backend(backend);
    try {
      const own = new BackendModule(this.compiled, this.engine.now);
      runCases(own, own.backend(backend), this.cases, this.send);
    } catch (error) {
      return { ended: this.#inWords(error) };
    }
    return { checked: this.cases.length };
  }
}
