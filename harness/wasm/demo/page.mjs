// The page: starts and stops the worker, says how far it is, and shows what it found.

import { chart } from "./chart.mjs";
import { html, sentence } from "./elements.mjs";
import { optionsIn } from "./options.mjs";
import { resultsOf } from "./results.mjs";
import { programTable, variantTable } from "./tables.mjs";

/** Rounds go on until one of the first two is reached; there are as many as the third at least. By the choice of programs. */
const LIMITS = { chosen: { rounds: 20, seconds: 30, leastRounds: 5 }, all: { rounds: 20, seconds: 75, leastRounds: 5 } };
/** How much of the progress bar warming takes. */
const WARMING = 0.25;

const element = (id) => document.getElementById(id);
const data = JSON.parse(element("data").textContent);
const workerUrl = URL.createObjectURL(new Blob([element("worker").textContent], { type: "text/javascript" }));

let running = null; // The run that is going on.
let shown = null; // The results that are shown.

/** For eyes at once, and for ears when `aloud`, since a screen reader can't follow every round. */
function say(text, aloud = true) {
  element("progress-text").replaceChildren(...sentence(text));
  if (aloud) element("announcement").textContent = text.replaceAll("`", "");
}

function setRunning(run) {
  running = run;
  element("start").disabled = run !== null;
  element("choice").disabled = run !== null;
  element("stop").disabled = run === null;
  element("bar").hidden = run === null;
}

function drawChart() {
  const holder = element("chart");
  if (!shown || holder.clientWidth === 0) return;
  const rows = shown.variants.map((row) => ({ ...row, programs: row.programs.map(({ value }) => value) }));
  holder.replaceChildren(chart(rows, shown.baseline, holder.clientWidth));
}

const milliseconds = (nanoseconds) => `${Number((nanoseconds / 1e6).toPrecision(3))} ms`;

function show(results) {
  shown = results;
  element("results").hidden = false;
  element("verdict").replaceChildren(...results.verdict.map((text) => html("li", {}, ...sentence(text))));
  element("variant-table").replaceChildren(variantTable(results));
  element("program-table").replaceChildren(programTable(results));
  const steps = Math.round(results.sample_length_ns / results.clock_resolution_ns);
  const conditions = {
    Browser: results.browser,
    Clock: `its steps are ${milliseconds(results.clock_resolution_ns)}; a sample lasts ${milliseconds(results.sample_length_ns)}, which are ${steps} steps`,
    Rounds: `${results.rounds_ns.length}${results.end === "stopped" ? ", then it was stopped" : ""}`,
    Programs: results.programs.map(({ name }) => name).join(", "),
    Module: results.compiler,
  };
  element("conditions").replaceChildren(...Object.entries(conditions).flatMap(([name, text]) => [html("dt", {}, name), html("dd", {}, text)]));
  drawChart();
}

/** Ends the run that is going on, and shows its results if there are any. */
function end(kind) {
  const { worker, started, programs, rounds } = running;
  worker.terminate();
  setRunning(null);
  if (rounds.length > 0) show(resultsOf(started, programs, rounds, kind));
  if (kind === "finished") say("Finished. The results are below.");
  else say(rounds.length > 0 ? "Stopped. The results so far are below." : "Stopped before the first round was complete: no results.");
}

function fail(reason) {
  running?.worker.terminate();
  setRunning(null);
  element("results").hidden = true;
  shown = null;
  say(`No results: ${reason}`);
}

function take(message) {
  const { limits, rounds } = running;
  if (message.kind === "started") running.started = message;
  else if (message.kind === "warming") {
    say(`Warming \`${message.variant}\`, variant ${message.number} of ${message.count}.`, message.number === 1);
    element("bar").value = (WARMING * (message.number - 1)) / message.count;
  } else if (message.kind === "round") {
    rounds.push(message.times);
    element("bar").value = WARMING + (1 - WARMING) * message.share;
    say(`Measuring: round ${rounds.length} of at most ${limits.rounds} is done.`, rounds.length === 1);
  } else if (message.kind === "finished") end("finished");
  else fail(message.reason);
}

function start() {
  let options;
  try {
    options = optionsIn(location.hash, data.programs.map(({ name }) => name), data.variants);
  } catch (error) {
    fail(error.message);
    return;
  }
  const choice = element("choice").value;
  const wanted = options.programs ?? (choice === "all" ? data.programs.map(({ name }) => name) : data.chosen);
  const programs = data.programs.filter(({ name }) => wanted.includes(name));
  const limits = { ...LIMITS[choice] };
  if (options.rounds !== null) Object.assign(limits, { rounds: options.rounds, seconds: Infinity });
  const worker = new Worker(workerUrl);
  setRunning({ worker, programs, limits, rounds: [], started: null });
  element("results").hidden = true;
  element("bar").value = 0;
  say("Compiling the modules.");
  worker.onmessage = ({ data: message }) => take(message);
  worker.onerror = (event) => fail(`the worker failed: ${event.message ?? "it can't be started"}`);
  worker.postMessage({ modules: data.modules, programs, variants: options.variants ?? data.variants, limits });
}

function save() {
  const url = URL.createObjectURL(new Blob([JSON.stringify(shown, null, 1) + "\n"], { type: "application/json" }));
  html("a", { href: url, download: "dispatchbench-wasm.json" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

element("start").addEventListener("click", start);
element("stop").addEventListener("click", () => running && end("stopped"));
element("save").addEventListener("click", save);
new ResizeObserver(drawChart).observe(element("chart"));
if (new URLSearchParams(location.hash.slice(1)).has("start")) start();
