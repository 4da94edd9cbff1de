// What a run of the page gave: the figures that it shows and saves.

import { ratio, ratioOfProgram, timeOfProgram } from "./statistics.mjs";
import { BASELINE, verdict } from "./verdict.mjs";

/**
 * `started` is the worker's message of that kind; `programs` those measured, with their numbers of instructions; `rounds` each round's
 * times; `end` "finished" or "stopped".
 */
export function resultsOf(started, programs, rounds, end) {
  const names = started.variants.map(({ name }) => name);
  const baseline = names.includes(BASELINE) ? BASELINE : names[0];
  const rows = started.variants.map(({ name, summary }) => ({
    name,
    summary,
    ...ratio(rounds, name, baseline),
    programs: programs.map((_, place) => ratioOfProgram(rounds, name, baseline, place)),
    ns: programs.map((_, place) => timeOfProgram(rounds, name, place)),
  }));
  for (const row of rows) {
    const logs = row.ns.map((time, i) => Math.log(time / programs[i].instructions));
    row.ns_per_instruction = Math.exp(logs.reduce((total, log) => total + log, 0) / logs.length);
  }
  rows.sort((one, other) => one.value - other.value);
  return {
    browser: navigator.userAgent,
    date: new Date().toISOString(),
    end,
    compiler: started.compiler,
    clock_resolution_ns: started.resolution,
    sample_length_ns: started.length,
    seed: started.seed,
    baseline,
    programs: programs.map(({ name, instructions }) => ({ name, instructions })),
    verdict: verdict(rounds, names, started.unavailable),
    variants: rows,
    unavailable: started.unavailable,
    rounds_ns: rounds,
  };
}
