// Measures variants on programs in one instance of a module: warms each, then takes samples of all in random order, in rounds.

import { shuffle } from "../random_order.mjs";
import { Warming } from "../warming.mjs";

/** A sample lasts as many steps of the clock, within limits: the host's 500 would take minutes where a step is a millisecond. */
const STEPS = 100;
const SHORTEST = 25e6; // Nanoseconds.
const LONGEST = 250e6;

/** How long a sample lasts at least, in nanoseconds, with a clock of this resolution. */
export function sampleLength(resolution) {
  return Math.min(Math.max(STEPS * resolution, SHORTEST), LONGEST);
}

export class Measurement {
  /**
   * `module`: a BackendModule. `programs`: each with `name`, `digest` and what `addProgram` takes. `variants`: names of backends.
   * `random` gives numbers from 0 to below 1; `length` is what `sampleLength` gives.
   */
  constructor(module, programs, variants, { random, length }) {
    this.module = module;
    this.random = random;
    this.length = length;
    this.warming = new Warming(module.now);
    const numbers = programs.map((program) => module.addProgram(program));
    this.rows = variants.flatMap((variant) => {
      const backend = module.backend(variant);
      return programs.map((program, place) => ({ variant, backend, program, place, number: numbers[place], runs: 1 }));
    });
  }

  /** Warms a variant on each program, and finds how many runs make a sample. */
  warm(variant) {
    for (const row of this.rows) {
      if (row.variant !== variant) continue;
      this.warming.warm(row.backend, row.number, () => ({ time: this.#run(row) }));
      let [time, runs] = [0, 0];
      for (; time < this.length; ++runs) time += this.#run(row);
      row.runs = Math.max(1, Math.round((this.length * runs) / time));
    }
  }

  /** One sample of each variant and program: by variant, the nanoseconds of a run of each program. */
  round() {
    const order = [...this.rows];
    shuffle(order, this.random);
    const times = {};
    for (const row of order) {
      this.#run(row); // Makes this row's code and data the last that were used.
      let time = 0;
      for (let i = 0; i < row.runs; ++i) time += this.#run(row);
      (times[row.variant] ??= [])[row.place] = time / row.runs;
    }
    return times;
  }

  /** The time of one run. Throws an Error if it doesn't end in the state that it must. */
  #run({ variant, backend, program, number }) {
    const { refused, time } = this.module.run(number, backend);
    if (refused !== undefined) throw new Error(`\`${variant}\` refuses \`${program.name}\`: ${refused}`);
    const digest = this.module.machine.digest();
    if (digest !== program.digest)
      throw new Error(`\`${variant}\` ended \`${program.name}\` in a wrong state: its digest is ${digest}, expected ${program.digest}`);
    return time;
  }
}
