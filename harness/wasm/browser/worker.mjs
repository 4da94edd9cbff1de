// The worker: the host of harness/wasm/host.mjs, with the page as its standard input and output.

import { Host } from "../host.mjs";

let host;
let sent = 0;

async function read(path) {
  const response = await fetch(`../../file?path=${encodeURIComponent(path)}`);
  if (!response.ok) throw new Error(await response.text());
  return new Uint8Array(await response.arrayBuffer());
}

/** Hands an answer to the page, and before a sample waits until the server has it: nothing may go on beside what is timed. */
function sender(written) {
  return (answer) => {
    postMessage({ line: JSON.stringify(answer) + "\n" });
    ++sent;
    if (!answer.begin) return;
    for (let have = Atomics.load(written, 0); have < sent; have = Atomics.load(written, 0)) Atomics.wait(written, 0, have);
  };
}

function start({ description, written }) {
  // Without it the clock's steps are 100 us in Chromium and 1 ms in Firefox.
  if (!globalThis.crossOriginIsolated) throw new Error("isn't isolated from other origins, so its clock is coarse; expected COOP and COEP headers to be honoured");
  host = new Host({ description, now: () => performance.now() * 1e6, read }, sender(written));
  postMessage({ ready: true });
}

async function take(data) {
  if (!host) return start(data);
  await host.answer(data);
  postMessage({ answered: true });
}

addEventListener("message", ({ data }) => take(data).catch((error) => postMessage({ failure: String(error?.message ?? error) })));
