// The host in a browser: the protocol on standard input and output.
//
//   node serve_browser.mjs chromium|firefox PROGRAM [{"flags": [FLAGS], "best_compiler_alone": BOOL}]
//
// FLAGS are V8's for Chromium, `NAME=VALUE` of preferences for Firefox. The browser has no window, a fresh profile, and one page,
// served from here, in whose worker the modules run (browser/). It and its profile go when this process ends, in whatever way. If
// the page doesn't ask for requests within 60 s (DISPATCHBENCH_BROWSER_TIMEOUT, in seconds), it is given up.

import process from "node:process";
import { createInterface } from "node:readline";

import { PageServer } from "./browser/server.mjs";
import { startedBrowser } from "./browser/started_browser.mjs";

const SECONDS_TO_LOAD = 60;

const [family, program, modeText = '{"flags": [], "best_compiler_alone": false}'] = process.argv.slice(2);

let failed = false;

/** Ends this process and with it the browser. What fails after the first thing does so because of it. */
function fail(words) {
  if (failed) return;
  failed = true;
  process.stderr.write(`serve_browser: ${program}: ${words}\n`, () => process.exit(1));
}

async function serve() {
  const mode = JSON.parse(modeText);
  const seconds = Number(process.env.DISPATCHBENCH_BROWSER_TIMEOUT ?? SECONDS_TO_LOAD);
  const late = setTimeout(() => fail(`its page wasn't ready within ${seconds} s; does the browser start, without a window, by hand?`), seconds * 1000);
  let describe;
  const server = new PageServer({
    description: new Promise((resolve) => (describe = resolve)),
    answer: (lines) => process.stdout.write(lines),
    ready: () => clearTimeout(late),
    failed: (words) => fail(`its page ${words}`),
    drained: () => process.exit(0),
  });
  const address = await server.listen();
  const { browser, engine } = await startedBrowser({ family, program, flags: mode.flags, timeout: seconds * 1000 });
  browser.on("disconnected", () => fail("the browser ended"));
  describe({ ...engine, ...mode });
  const [page] = await browser.pages(); // Another would make this one a page in the background.
  page.on("error", (error) => fail(`its page ended: ${error.message}`));
  page.on("close", () => setTimeout(() => fail("its page was closed"), 1000)); // Or the browser has ended, as is said soon.
  await page.goto(address);
  createInterface({ input: process.stdin })
    .on("line", (line) => server.push(line))
    .on("close", () => server.end());
}

if (!["chromium", "firefox"].includes(family) || !program) {
  process.stderr.write("serve_browser: expected chromium or firefox, a program and, if any, flags as JSON\n");
  process.exit(2);
}
serve().catch((error) => fail(error.message));
