// The page: starts the worker that runs modules, and carries lines between it and the server, which is the host's process.

const GATHERING = 20; // Milliseconds.

const { description } = await (await fetch("engine")).json();
const written = new Int32Array(new SharedArrayBuffer(4)); // How many answers the server has.
const worker = new Worker("modules/browser/worker.mjs", { type: "module" });
let pending = []; // Answers that the server hasn't.
let posting = null; // The promise of posting others.
let timer = null; // Which posts what is pending.
let answered; // What goes on when the worker has answered a request.

/** Says what keeps this page from going on; the host ends with it. */
function fail(words) {
  void fetch("failure", { method: "POST", body: words });
}

async function postPending() {
  const lines = pending;
  pending = [];
  await fetch("answers", { method: "POST", body: lines.join("") });
  Atomics.add(written, 0, lines.length);
  Atomics.notify(written, 0);
  posting = null;
}

/** Posts all answers, in their order. */
async function flush() {
  while (posting || pending.length > 0) await (posting ??= postPending());
}

/** Posts answers some milliseconds later, and so those of many cases at once: a post takes longer than a case. */
function postLater() {
  timer ??= setTimeout(() => {
    timer = null;
    posting ??= postPending();
    posting.then(() => pending.length > 0 && postLater()).catch((error) => fail(String(error)));
  }, GATHERING);
}

/** Passes requests on, one after the other. The server answers without one now and then, since browsers don't wait forever. */
async function passRequests() {
  for (;;) {
    const line = await (await fetch("request")).text();
    if (line === "") continue;
    const done = new Promise((resolve) => (answered = resolve));
    worker.postMessage(line);
    await done;
    await flush();
  }
}

worker.addEventListener("message", ({ data }) => {
  if (data.ready) passRequests().catch((error) => fail(String(error)));
  else if (data.failure) fail(data.failure);
  else if (data.answered) answered();
  else {
    pending.push(data.line);
    if (data.isAwaited) flush().catch((error) => fail(String(error)));
    else postLater();
  }
});
worker.addEventListener("error", ({ message }) => fail(`its worker failed: ${message ?? "a module can't be loaded"}`));
worker.postMessage({ description, written });
