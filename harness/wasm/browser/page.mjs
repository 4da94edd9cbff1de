// The page: starts the worker that runs modules, and carries lines between it and the server, which is the host's process.

const { description } = await (await fetch("engine")).json();
const written = new Int32Array(new SharedArrayBuffer(4)); // How many answers the server has.
const worker = new Worker("modules/browser/worker.mjs", { type: "module" });
let pending = []; // Answers that the server hasn't.
let posting = null; // The promise of posting them.
let answered; // What goes on when the worker has answered a request.

/** Says what keeps this page from going on; the host ends with it. */
function fail(words) {
  void fetch("failure", { method: "POST", body: words });
}

/** Posts answers in their order, and those together that come while others are on their way. */
async function post() {
  while (pending.length > 0) {
    const lines = pending;
    pending = [];
    await fetch("answers", { method: "POST", body: lines.join("") });
    Atomics.add(written, 0, lines.length);
    Atomics.notify(written, 0);
  }
  posting = null;
}

/** Passes requests on, one after the other. The server answers without one now and then, since browsers don't wait forever. */
async function passRequests() {
  for (;;) {
    const line = await (await fetch("request")).text();
    if (line === "") continue;
    const done = new Promise((resolve) => (answered = resolve));
    worker.postMessage(line);
    await done;
    await posting;
  }
}

worker.addEventListener("message", ({ data }) => {
  if (data.ready) passRequests().catch((error) => fail(String(error)));
  else if (data.failure) fail(data.failure);
  else if (data.answered) answered();
  else {
    pending.push(data.line);
    posting ??= post().catch((error) => fail(String(error)));
  }
});
worker.addEventListener("error", ({ message }) => fail(`its worker failed: ${message ?? "a module can't be loaded"}`));
worker.postMessage({ description, written });
