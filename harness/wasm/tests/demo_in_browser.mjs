// Opens the demo page as a file in one browser and checks that it does what it promises. Called by tools/tests/test_wasm_demo.py:
//   node demo_in_browser.mjs BROWSER EXECUTABLE DEMO.html
// Prints one line a check; exits with 1 when one failed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import puppeteer from "puppeteer-core";

/* global axe, document, fetch, getComputedStyle, location, navigator, window */

const [browserName, executablePath, demoPath] = process.argv.slice(2);
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const demo = readFileSync(demoPath, "utf8");
const home = mkdtempSync(join(tmpdir(), "dispatchbench-browser-"));
const VARIANTS = ["switch_loop", "tail_call", "tail_call_typed"];
let failures = 0;

function check(name, found, wanted) {
  const passed = JSON.stringify(found) === JSON.stringify(wanted);
  console.log(`${passed ? "passed" : "FAILED"}: ${browserName}: ${name}`);
  if (!passed) {
    failures++;
    console.log(`  found    ${JSON.stringify(found)}\n  expected ${JSON.stringify(wanted)}`);
  }
}
const checkText = (name, found, pattern) => check(name, pattern.test(found) ? String(pattern) : found, String(pattern));

/** The page with its data changed, as a file. */
function changed(name, change) {
  const element = /(<script type="application\/json" id="data">)(.*?)(<\/script>)/s;
  const data = JSON.parse(demo.match(element)[2]);
  change(data);
  const path = join(home, name);
  writeFileSync(path, demo.replace(element, (_, open, __, close) => open + JSON.stringify(data).replaceAll("<", "\\u003c") + close));
  return path;
}

const browser = await puppeteer.launch({
  browser: browserName,
  executablePath,
  headless: true,
  userDataDir: join(home, "profile"),
  env: { ...process.env, HOME: home },
  args: browserName === "chrome"
    ? ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    : [],
  protocolTimeout: 300_000,
});

async function open(path, fragment) {
  const url = pathToFileURL(path).href + fragment;
  const page = await browser.newPage();
  page.setDefaultTimeout(200_000);
  page.complaints = [];
  page.requests = [];
  page.on("console", (message) => { if (["error", "warn", "warning"].includes(message.type())) page.complaints.push(message.text()); });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("request", (request) => { if (!/^(data|blob):/.test(request.url()) && request.url() !== url) page.requests.push(request.url()); });
  await page.goto(url, { waitUntil: "load" });
  return page;
}
const text = (page, id) => page.$eval(`#${id}`, (element) => element.textContent);
const shown = (page, id) => page.$eval(`#${id}`, (element) => element.getClientRects().length > 0);
const atRest = (page) => page.waitForFunction(() => !document.getElementById("start").disabled && document.getElementById("stop").disabled);
async function findings(page) {
  await page.evaluate(axeSource);
  return page.evaluate(async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.map((v) => `${v.impact} ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join(", ")}`));
}

try {
  const page = await open(demoPath, `#programs=fib,lz&rounds=2&variants=${VARIANTS}`);
  check("nothing runs by itself, and no results are shown", [await shown(page, "results"), await shown(page, "bar")], [false, false]);
  check("accessibility: axe-core finds nothing before", await findings(page), []);

  await page.click("#start");
  await page.waitForFunction(() => document.getElementById("progress-text").textContent.startsWith("Warming"));
  check("while it runs there is a bar, and it can be stopped", [await shown(page, "bar"), await page.$eval("#stop", (stop) => stop.disabled)], [true, false]);
  await page.click("#stop");
  checkText("stopped at once", await text(page, "progress-text"), /^Stopped before the first round was complete: no results\.$/);
  check("no results of what was stopped", await shown(page, "results"), false);

  await page.focus("#choice");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#start:disabled");
  await atRest(page);
  check("keys start it, and its end is announced", await text(page, "announcement"), "Finished. The results are below.");
  const sentences = await page.$$eval("#verdict li", (items) => items.map((item) => item.textContent));
  checkText("the verdict: what is fastest", sentences[0], /^(switch_loop|tail_call|tail_call_typed) (is the fastest here\. The next is|has the shortest time here)/);
  checkText("the verdict: tail calls", sentences[1], /^(Tail calls (win|lose): tail_call takes [\d.]+ times as long as switch_loop|Whether tail calls win or lose stays open)/);
  checkText("the verdict: a typed table", sentences[2], /^(A table of typed references (helps|makes)|Whether a table of typed references helps stays open)/);
  check("the verdict names variants that there are", await page.$$eval("#verdict code", (names, known) => names.map((name) => name.textContent).filter((name) => !known.includes(name)), VARIANTS), []);
  check("the table has each variant", (await page.$$eval("#variant-table tbody code", (names) => names.map((name) => name.textContent))).sort(), VARIANTS);
  check("each program has a row", await page.$$eval("#program-table tbody th", (heads) => heads.map((head) => head.textContent)), ["fib", "lz"]);
  check("the chart has a dot for each variant and a ring for each of its programs", await page.evaluate(() => ["mean", "program"].map((kind) => document.querySelectorAll(`#chart .${kind}`).length)), [3, 6]);
  check("the chart says its figures", await page.$eval("#chart svg", (chart, names) => names.every((name) => chart.getAttribute("aria-label").includes(name)), VARIANTS), true);
  const conditions = await text(page, "conditions");
  check("the browser says its name", conditions.includes(await page.evaluate(() => navigator.userAgent)), true);
  checkText("the clock and the samples", conditions, /Clockits steps are [\d.]+ ms; a sample lasts [\d.]+ ms, which are \d+ stepsRounds2Programsfib, lzModuleclang /);

  await page.evaluate(() => {
    const original = URL.createObjectURL;
    URL.createObjectURL = (blob) => ((window.saved = blob.text()), original.call(URL, blob));
    document.getElementById("save").click();
  });
  const saved = JSON.parse(await page.evaluate(() => window.saved));
  check("the saved figures have each time", saved.rounds_ns.map((times) => Object.entries(times).map(([name, list]) => [name, list.length, list.every((time) => time > 0)]).sort()), [1, 2].map(() => VARIANTS.map((name) => [name, 2, true])));
  check("the saved figures say what the page says", saved.verdict.map((sentence) => sentence.replaceAll("`", "")), sentences);

  check("accessibility: axe-core finds nothing after", await findings(page), []);
  for (const width of [400, 1200]) {
    await page.setViewport({ width, height: 900 });
    await page.waitForFunction(() => document.querySelector("#chart svg").clientWidth === document.getElementById("chart").clientWidth);
    check(`nothing is wider than ${width} pixels`, await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true);
  }
  if (browserName === "chrome") {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
    check("dark where the reader wants it", await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(20, 23, 28)");
    check("accessibility: axe-core finds nothing in the dark", await findings(page), []);
  }

  await page.evaluate(() => (location.hash = "#programs=lz&rounds=1000&variants=switch_loop,tail_call"));
  await page.click("#start");
  await page.waitForFunction(() => document.getElementById("progress-text").textContent.startsWith("Measuring: round 2 of at most 1000"));
  await page.click("#stop");
  check("stopped later", await text(page, "announcement"), "Stopped. The results so far are below.");
  checkText("what was measured until then is shown, and that it was stopped", await text(page, "conditions"), /Rounds\d+, then it was stoppedProgramslzModule/);
  checkText("with its verdict", await text(page, "verdict"), /(Tail calls|Whether tail calls) /);
  check("no console error or warning", page.complaints, []);
  check("no request", page.requests, []);
  check("nothing can be requested", await page.evaluate(() => fetch("data:,x").then(() => "answered", () => "refused")), "refused");
  await page.close();

  const digestOf = (name) => JSON.parse(demo.match(/id="data">(.*?)<\/script>/s)[1]).programs.find((program) => program.name === name).digest;
  const wrong = await open(changed("wrong.html", (data) => data.programs.forEach((program) => (program.digest = "00000000"))), "#programs=lz&start");
  await wrong.waitForFunction(() => document.getElementById("progress-text").textContent.startsWith("No results"));
  check("a wrong result is reported", await text(wrong, "announcement"), `No results: switch_loop ended lz in a wrong state: its digest is ${digestOf("lz")}, expected 00000000`);
  check("and nothing else", await shown(wrong, "results"), false);
  await wrong.close();

  const junk = gzipSync("no module").toString("base64");
  const plain = await open(changed("plain.html", (data) => (data.modules.typed = junk)), "#programs=lz&rounds=2&variants=tail_call,tail_call_typed&start");
  await plain.waitForFunction(() => document.getElementById("progress-text").textContent.startsWith("Finished"));
  checkText("without typed references the rest runs, and it is said", await text(plain, "verdict"), /^tail_call_typed isn't among them: it needs typed function references, which this engine lacks /);
  await plain.close();

  const old = await open(changed("old.html", (data) => (data.modules = { typed: junk, plain: junk })), "#start");
  await old.waitForFunction(() => document.getElementById("progress-text").textContent.startsWith("No results"));
  checkText("a browser without tail calls is told what it lacks", await text(old, "progress-text"), /^No results: this browser can't compile it; WebAssembly's tail calls are in Chromium since 112, Firefox since 121 and Safari since 18\.2 \(/);
  await old.evaluate(() => (location.hash = "#rounds=x"));
  await old.click("#start");
  check("a wrong address is named", await text(old, "progress-text"), 'No results: rounds "x" in the address: expected 1 or more');
  await old.close();
} finally {
  await browser.close();
  rmSync(home, { recursive: true, force: true });
}
process.exit(failures ? 1 : 0);
