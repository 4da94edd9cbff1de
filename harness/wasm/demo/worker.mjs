// The worker that measures, so that the page can be read and stopped meanwhile. It gets one message, `{modules, programs, variants, limits}`,
// and says how far it is, each round's times, and at last that it has finished or why it can't go on.

import { BackendModule } from "../backend_module.mjs";
import { clockResolution } from "../clock.mjs";
import { randomNumbers } from "../random_order.mjs";
import { Measurement, sampleLength } from "./measurement.mjs";

/* global postMessage, self */

const now = () => performance.now() * 1e6;

/** The bytes that base64 stands for. */
function decoded(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

async function compiled(text) {
  const unpacked = new Blob([decoded(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new WebAssembly.Module(await new Response(unpacked).arrayBuffer());
}

/** The module with typed references, or the one without where this browser doesn't take it. */
async function loadedModule({ typed, plain }) {
  try {
    return new BackendModule(await compiled(typed), now);
  } catch {
    try {
      return new BackendModule(await compiled(plain), now);
    } catch (error) {
      if (!(error instanceof WebAssembly.CompileError)) throw error;
      throw new Error(`this browser can't compile it; WebAssembly's tail calls are in Chromium since 112, Firefox since 121 and Safari since 18.2 (${error.message})`);
    }
  }
}

async function measure({ modules, programs, variants, limits }) {
  const module = await loadedModule(modules);
  const { description } = module;
  const measured = description.backends.filter(({ name }) => variants.includes(name));
  const resolution = clockResolution(now);
  const seed = crypto.getRandomValues(new Uint32Array(1))[0];
  const length = sampleLength(resolution);
  const compiler = `${description.compiler} ${description.compiler_version} ${description.flags}`;
  const unavailable = description.unavailable.filter(({ name }) => variants.includes(name));
  postMessage({ kind: "started", variants: measured.map(({ name, summary }) => ({ name, summary })), unavailable, compiler, resolution, length, seed });

  const decodedPrograms = programs.map((program) => ({ ...program, rom: decoded(program.rom), input: decoded(program.input), args: program.args.map(decoded) }));
  const names = measured.map(({ name }) => name);
  const measurement = new Measurement(module, decodedPrograms, names, { random: randomNumbers(seed), length });
  for (const [i, variant] of names.entries()) {
    postMessage({ kind: "warming", variant, number: i + 1, count: names.length });
    measurement.warm(variant);
  }
  const start = now();
  for (let round = 1, share = 0; round <= limits.rounds && share < 1; ++round) {
    const times = measurement.round();
    const passed = (now() - start) / 1e9 / limits.seconds;
    share = Math.max(round / limits.rounds, Math.min(passed, round / limits.leastRounds));
    postMessage({ kind: "round", times, share });
  }
  postMessage({ kind: "finished" });
}

self.onmessage = async ({ data }) => {
  try {
    await measure(data);
  } catch (error) {
    const stopped = error instanceof WebAssembly.RuntimeError ? "the engine stopped it: " : "";
    postMessage({ kind: "failed", reason: `${stopped}${error?.message ?? error}` });
  }
};
