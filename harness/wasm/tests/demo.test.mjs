// What the demo page computes and says, in node: node --test demo.test.mjs. The page itself runs in browsers: demo_in_browser.mjs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Measurement, sampleLength } from "../demo/measurement.mjs";
import { optionsIn } from "../demo/options.mjs";
import { intervalOfLogs, ratio, ratioOfProgram, timeOfProgram } from "../demo/statistics.mjs";
import { direction, ratioText, verdict } from "../demo/verdict.mjs";

const median = (values) => {
  const ordered = [...values].sort((a, b) => a - b);
  return (ordered[(ordered.length - 1) >> 1] + ordered[ordered.length >> 1]) / 2;
};

/** The samples of one library as rounds: a process is one, its medians are the times. */
function roundsOf({ samples }, library, backends) {
  const find = (workload, backend, process) =>
    samples.find((each) => each.library === library && each.workload === workload && each.backend === backend && each.process === process);
  const all = (field) => [...new Set(samples.map((each) => each[field]))];
  const workloads = all("workload").filter((workload) => backends.every((backend) => all("process").some((process) => find(workload, backend, process))));
  const complete = all("process").filter((process) => workloads.every((workload) => backends.every((backend) => find(workload, backend, process))));
  return complete.map((process) =>
    Object.fromEntries(backends.map((backend) => [backend, workloads.map((workload) => median(find(workload, backend, process).cpu_ns))])));
}

function assertClose(found, expected) {
  if (expected === null) assert.equal(found, null);
  else assert.ok(Math.abs(found / expected - 1) < 1e-9, `${found}, expected ${expected}`);
}

test("geometric means and intervals are those of the harness and the reports", () => {
  const { cases } = JSON.parse(readFileSync(new URL("../../tests/estimate_cases.json", import.meta.url), "utf8"));
  let compared = 0;
  for (const each of cases)
    for (const { backend, library, baseline, mean, low, high } of each.geometric_means) {
      if (baseline.library !== library) continue;
      const found = ratio(roundsOf(each, library, [backend, baseline.backend]), backend, baseline.backend);
      assertClose(found.value, mean);
      assertClose(found.low, low);
      assertClose(found.high, high);
      ++compared;
    }
  assert.ok(compared >= 10, compared);
});

test("an interval of very many rounds is that of 31, which is a little wider", () => {
  const logs = Array.from({ length: 100 }, (_, i) => (i % 2 ? 0.1 : -0.1));
  const reach = (2.0422724563 * 0.1 * Math.sqrt(100 / 99)) / 10;
  assertClose(intervalOfLogs(logs).high, Math.exp(reach));
});

const ROUNDS = [{ a: [10, 40], b: [20, 20] }, { a: [20, 40], b: [40, 20] }];

test("a program's ratio and time are over the rounds", () => {
  assertClose(ratioOfProgram(ROUNDS, "b", "a", 0).value, 2);
  assertClose(ratioOfProgram(ROUNDS, "b", "a", 1).value, 0.5);
  assertClose(timeOfProgram(ROUNDS, "a", 0), Math.sqrt(200));
});

/** Rounds of one program in which a variant takes so many times as long as switch_loop, give or take 1 %. */
function roundsWith(ratios) {
  return Array.from({ length: 6 }, (_, i) =>
    Object.fromEntries(Object.entries({ switch_loop: 1, ...ratios }).map(([name, value], j) => [name, [100 * value * (1 + 0.01 * Math.cos(i * (j + 1)))]])));
}
const said = (ratios, unavailable = []) => verdict(roundsWith(ratios), ["switch_loop", ...Object.keys(ratios)], unavailable);

test("what is fastest, and that tail calls and a typed table lose", () => {
  const [fastest, tail, typed, ...rest] = said({ tail_call: 2, tail_call_typed: 3 });
  assert.match(fastest, /^`switch_loop` is the fastest here\. The next is `tail_call`, which takes [12]\.\d+ times as long as `switch_loop` \([\d.]+ to [\d.]+\)\.$/);
  assert.match(tail, /^Tail calls lose: `tail_call` takes [12]\.\d+ times as long as `switch_loop` \([\d.]+ to [\d.]+\)\.$/);
  assert.match(typed, /^A table of typed references makes tail calls slower: `tail_call_typed` takes 1\.\d+ times as long as `tail_call` /);
  assert.deepEqual(rest, []);
});

test("that they win", () => {
  const [fastest, tail, typed] = said({ tail_call: 0.8, tail_call_typed: 0.6 });
  assert.match(fastest, /^`tail_call_typed` is the fastest here\. The next is `tail_call`/);
  assert.match(tail, /^Tail calls win: `tail_call` takes 0\.\d+ times as long/);
  assert.match(typed, /^A table of typed references helps tail calls: `tail_call_typed` takes 0\.\d+ times as long as `tail_call` /);
});

test("where intervals contain 1 no difference is shown", () => {
  const [fastest, tail, typed] = said({ tail_call: 1, tail_call_typed: 1 });
  assert.match(fastest, /has the shortest time here; between it and `\w+` and `\w+` no difference is shown\.$/);
  assert.match(tail, /^Whether tail calls win or lose stays open: no difference between `tail_call` and `switch_loop` is shown \(ratio 0\.9\d+ to 1\.0\d+\)\.$/);
  assert.match(typed, /^Whether a table of typed references helps stays open: /);
});

test("a variant that the browser lacks is named with the reason", () => {
  const sentences = said({ tail_call: 2 }, [{ name: "tail_call_typed", reason: "needs what isn't here" }]);
  assert.deepEqual(sentences.slice(2), ["`tail_call_typed` isn't among them: it needs what isn't here."]);
});

test("a single round gives no verdict", () => {
  assert.deepEqual(verdict(roundsWith({ tail_call: 2 }).slice(1, 2), ["switch_loop", "tail_call"], []), ["One round gives no interval, and so no verdict."]);
});

test("a difference is one only if the interval as it is shown leaves out 1", () => {
  assert.deepEqual([1.0004, 1.04, 2.345, 34.56].map(ratioText), ["1.000", "1.040", "2.35", "34.6"]);
  const directions = [[1.0004, 1.2], [1.001, 1.2], [0.8, 0.9996], [0.8, 0.999], [0.9, 1.1]].map(([low, high]) => direction({ low, high }));
  assert.deepEqual(directions, [0, 1, 0, -1, 0]);
});

test("a sample is a hundred steps of the clock, but neither too short nor too long", () => {
  assert.deepEqual([5e3, 1e5, 1e6, 1e8].map(sampleLength), [25e6, 25e6, 100e6, 250e6]);
});

test("the address chooses, and what it can't mean is named", () => {
  assert.deepEqual(optionsIn("", ["fib"], ["a"]), { programs: null, variants: null, rounds: null, start: false });
  assert.deepEqual(optionsIn("#programs=lz,fib&variants=a&rounds=3&start", ["fib", "lz"], ["a", "b"]), { programs: ["lz", "fib"], variants: ["a"], rounds: 3, start: true });
  assert.throws(() => optionsIn("#programs=fob", ["fib"], []), /program "fob" in the address: expected some of fib/);
  assert.throws(() => optionsIn("#rounds=0", [], []), /rounds "0" in the address: expected 1 or more/);
});

/** A module in which a run of "slow" takes 10 ms and of "fast" 2 ms, on a clock that runs alone move on. */
function fakeModule(digest = () => "0000") {
  const runs = [];
  let clock = 0;
  return {
    runs,
    now: () => clock,
    programs: 0,
    backend: (name) => name,
    addProgram() { return this.programs++; },
    run(program, backend) {
      runs.push(`${backend} ${program}`);
      const time = backend === "slow" ? 10e6 : 2e6;
      clock += time;
      return { time };
    },
    machine: { digest: () => digest(runs.at(-1)) },
  };
}
const PROGRAMS = ["x", "y"].map((name) => ({ name, digest: "0000" }));
const noChoice = { random: () => 0, length: 25e6 };

test("a variant is warmed on each program, and a round has a sample of each pair", () => {
  const module = fakeModule();
  const measurement = new Measurement(module, PROGRAMS, ["fast", "slow"], noChoice);
  for (const variant of ["fast", "slow"]) measurement.warm(variant);
  assert.ok(module.runs.indexOf("slow 0") > module.runs.lastIndexOf("fast 1"));
  module.runs.length = 0;
  assert.deepEqual(measurement.round(), { fast: [2e6, 2e6], slow: [10e6, 10e6] });
  const counts = ["fast 0", "fast 1", "slow 0", "slow 1"].map((row) => module.runs.filter((each) => each === row).length);
  assert.deepEqual(counts, [1 + 13, 1 + 13, 1 + 3, 1 + 3]); // The first of each isn't timed; 12.5 and 2.5 runs last 25 ms.
});

test("the order of a round is random", () => {
  let next = 0;
  const module = fakeModule();
  const measurement = new Measurement(module, PROGRAMS, ["fast", "slow"], { ...noChoice, random: () => (next = (next + 0.37) % 1) });
  const orders = Array.from({ length: 5 }, () => {
    module.runs.length = 0;
    measurement.round();
    return module.runs.join();
  });
  assert.ok(new Set(orders).size > 1);
});

test("a wrong result ends it and says whose it is", () => {
  const module = fakeModule((run) => (run === "slow 1" ? "beef" : "0000"));
  const measurement = new Measurement(module, PROGRAMS, ["fast", "slow"], noChoice);
  measurement.warm("fast");
  assert.throws(() => measurement.warm("slow"), /^Error: `slow` ended `y` in a wrong state: its digest is beef, expected 0000$/);
});
