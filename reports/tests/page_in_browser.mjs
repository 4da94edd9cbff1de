// Opens a report in one browser and checks that it does what it promises. Called by test_page_in_browsers.py:
//   node page_in_browser.mjs BROWSER EXECUTABLE REPORT.html EXPECTED.json CROWDED.html
// CROWDED.html is a report with more dots than can be read.
// Prints one line a check; exits with 1 when one failed.
import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const [browserName, executablePath, reportPath, expectedPath, crowdedPath] = process.argv.slice(2);
const expected = JSON.parse(readFileSync(expectedPath, "utf8"));
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const url = pathToFileURL(reportPath).href;
const home = mkdtempSync(join(tmpdir(), "dispatchbench-browser-"));
let failures = 0;

function check(name, found, wanted) {
  const passed = JSON.stringify(found) === JSON.stringify(wanted);
  console.log(`${passed ? "passed" : "FAILED"}: ${browserName}: ${name}`);
  if (!passed) {
    failures++;
    console.log(`  found    ${JSON.stringify(found)}\n  expected ${JSON.stringify(wanted)}`);
  }
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

async function open(address = url) {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  await page.setViewport({ width: 1200, height: 900 });
  page.complaints = [];
  page.requests = [];
  page.on("console", (message) => { if (["error", "warn", "warning"].includes(message.type())) page.complaints.push(message.text()); });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("request", (request) => { if (request.url() !== address && !request.url().startsWith("data:")) page.requests.push(request.url()); });
  await page.goto(address, { waitUntil: "load" });
  return page;
}
const choose = (page, id, value) => page.evaluate((id, value) => {
  const control = document.getElementById(id);
  control.value = value;
  control.dispatchEvent(new Event(control.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
}, id, value);
// {caption: {row: {column: text}}} of the tables that are shown.
const liveTables = (page) => page.evaluate(() => Object.fromEntries([...document.querySelectorAll("#live-tables table")].map((table) => {
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  return [table.caption.textContent, Object.fromEntries([...table.tBodies[0].rows].map((row) => [row.cells[0].textContent, Object.fromEntries(heads.slice(1).map((head, i) => [head, row.cells[i + 1].textContent]))]))];
})));
const firstColumn = (page, at) => page.evaluate((at) => [...document.querySelector("#live-tables table").tBodies[0].rows].map((row) => at === 0 ? row.cells[0].textContent : row.cells[at].dataset.value === "" ? null : Number(row.cells[at].dataset.value)), at);
// Rows without a number stay at the end, whichever way the others are sorted.
const emptyLast = (numbers, compare) => [...numbers.filter((number) => number !== null).sort(compare), ...numbers.filter((number) => number === null)];

try {
  const page = await open();
  check("the title is the finding", await page.title(), expected.title);
  check("the live tables hold the package's own ratios", await liveTables(page), expected.ratios[expected.baseline]);
  check("as many dots as estimates", await page.$$eval("#live-overview .dot", (dots) => dots.length), expected.dots);
  check("every baseline is offered", await page.$$eval("#baseline option", (options) => options.map((option) => option.textContent)), expected.baselines);
  check("the static chart and tables give way to the live ones", await page.evaluate(() => [document.getElementById("static-overview").hidden, document.getElementById("static-tables").hidden, document.getElementById("controls").hidden]), [true, true, false]);

  for (const [baseline, tables] of Object.entries(expected.ratios)) {
    await choose(page, "baseline", String(expected.baselines.indexOf(baseline)));
    check(`baseline ${baseline} gives the package's own ratios`, await liveTables(page), tables);
    check(`baseline ${baseline}: libraries without it are named`, await page.$eval("#baseline-note", (note) => note.textContent), expected.baseline_notes[baseline]);
    check(`baseline ${baseline} is named over the ratios of every benchmark`, await page.$eval("#benchmarks-baseline", (span) => span.textContent), baseline);
  }
  await choose(page, "baseline", String(expected.baselines.indexOf(expected.baseline)));
  check("the ratios of every benchmark", await page.$$eval("#benchmarks tbody tr", (rows) => rows.map((row) => row.cells[4].textContent)), expected.benchmark_ratios);

  await choose(page, "metric", "ratio-wall");
  check("metric: wall-time ratios", await liveTables(page), expected.wall_ratios);
  await choose(page, "metric", "time-cpu");
  check("metric: times", await liveTables(page), expected.times);
  await choose(page, "metric", "ratio-cpu");

  await choose(page, "column", "0");
  check("compiler: one table", Object.keys(await liveTables(page)), Object.keys(expected.ratios[expected.baseline]).slice(0, 1));
  check("compiler: rows of that library only", await page.$$eval("#benchmarks tbody tr:not([hidden])", (rows) => [...new Set(rows.map((row) => row.cells[2].textContent))]), expected.libraries.slice(0, 1));

  // Sorting: by number upwards, downwards, and by name; the mean stays at the foot.
  const sortBy = (at) => page.evaluate((at) => document.querySelectorAll("#live-tables table thead th")[at].querySelector("button").click(), at);
  const before = await firstColumn(page, 1);
  const numbers = before.slice(0, -1);
  await sortBy(1);
  check("sort: upwards, the mean last", await firstColumn(page, 1), [...emptyLast(numbers, (a, b) => a - b), before.at(-1)]);
  check("sort: aria-sort says so", await page.$eval("#live-tables thead th:nth-child(2)", (head) => head.getAttribute("aria-sort")), "ascending");
  await sortBy(1);
  check("sort: downwards", await firstColumn(page, 1), [...emptyLast(numbers, (a, b) => b - a), before.at(-1)]);
  await sortBy(0);
  check("sort: by name", (await firstColumn(page, 0)).slice(0, -1), [...expected.workloads].sort());
  await page.evaluate(() => document.querySelectorAll("#benchmarks thead th")[3].querySelector("button").click());
  const times = await page.$$eval("#benchmarks tbody tr", (rows) => rows.map((row) => row.cells[3].dataset.value === "" ? null : Number(row.cells[3].dataset.value)));
  check("sort: every benchmark by time", times, emptyLast(times, (a, b) => a - b));

  await choose(page, "column", "all");
  await choose(page, "workload-filter", expected.workloads[0]);
  check("filter: workloads, and their own mean", await liveTables(page), expected.filtered);
  check("filter: every benchmark follows", await page.$$eval("#benchmarks tbody tr:not([hidden])", (rows) => [...new Set(rows.map((row) => row.cells[0].textContent))]), [expected.workloads[0]]);
  await choose(page, "workload-filter", "no such workload");
  check("filter: nothing matches, and the page says so", await page.$eval("#live-tables", (holder) => holder.textContent.startsWith("Nothing matches")), true);
  await choose(page, "workload-filter", "");
  await choose(page, "backend-filter", expected.backends[1]);
  check("filter: backends", await page.$$eval("#live-tables table thead th:nth-child(2)", (heads) => [...new Set(heads.map((head) => head.textContent))]), [expected.backends[1]]);
  await choose(page, "backend-filter", "");

  // What a dot says, by pointer and by keys.
  await page.$eval("#live-overview", (chart) => chart.scrollIntoView());
  await page.evaluate(() => document.querySelector("#live-overview .dot .mark").dispatchEvent(new PointerEvent("pointerover", { bubbles: true })));
  check("hover: interval, samples, technique and sites", await page.$eval("#tip", (tip) => [tip.hidden, tip.textContent]), [false, expected.first_tip]);
  await page.focus("#live-overview");
  await page.keyboard.press("Escape");
  check("keys: Escape closes", await page.$eval("#tip", (tip) => tip.hidden), true);
  await page.keyboard.press("ArrowRight");
  check("keys: the first dot is announced", await page.$eval("#announcement", (live) => live.textContent), expected.first_tip.replaceAll("\n", "; "));
  await page.keyboard.press("ArrowLeft");
  check("keys: round to the last dot", await page.$eval(".dot.current", (dot) => Number(dot.dataset.dot)), expected.dots - 1);
  await page.keyboard.press("Escape");

  const colours = {};
  for (const theme of ["dark", "light"]) {
    await choose(page, "theme", theme);
    colours[theme] = await page.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]);
    await page.evaluate(axeSource);
    const findings = await page.evaluate(async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.map((v) => `${v.impact} ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join(", ")}`));
    check(`accessibility: axe-core finds nothing (${theme})`, findings, []);
  }
  check("theme: light and dark", colours, { dark: ["rgb(20, 23, 28)", "rgb(232, 234, 237)"], light: ["rgb(255, 255, 255)", "rgb(27, 31, 36)"] });

  const unnamed = await page.$$eval("button, select, input, [tabindex='0']", (parts) => parts.filter((part) => part.getClientRects().length && !part.labels?.length && !part.textContent.trim() && !part.ariaLabel).length);
  check("every control has a name", unnamed, 0);
  check("no console error or warning", page.complaints, []);
  check("no request", page.requests, []);
  await page.close();

  const crowded = await open(pathToFileURL(crowdedPath).href);
  const drawn = () => crowded.$eval("#live-overview", (chart) => [chart.querySelectorAll(".dot").length, chart.textContent.includes("geometric mean")]);
  check("too many dots: the means alone", await drawn(), [expected.crowded.means, true]);
  check("too many dots: the page says so", await crowded.evaluate(() => document.body.textContent.includes("Geometric means alone")), true);
  await choose(crowded, "workload-filter", expected.crowded.workload);
  check("fewer workloads: their dots, too", await drawn(), [2 * expected.crowded.means, true]);
  await crowded.close();

  if (browserName === "chrome") {
    const still = await browser.newPage();
    await still.setJavaScriptEnabled(false);
    await still.goto(url, { waitUntil: "load" });
    const shown = (selector) => still.$eval(selector, (part) => part.getClientRects().length > 0);
    check("without JavaScript: chart and tables are there, controls are not", [await shown("#static-overview svg"), await shown("#static-tables table"), await shown("#benchmarks"), await shown("#controls")], [true, true, true, false]);
    await still.emulateMediaType("print");
    await still.close();
    const printed = await open();
    await printed.emulateMediaType("print");
    check("print: the tables keep their headings", await printed.$eval("#live-tables thead button", (button) => button.getClientRects().length > 0), true);
    check("print: no controls, white paper", await printed.evaluate(() => [getComputedStyle(document.getElementById("controls")).display, getComputedStyle(document.body).backgroundColor]), ["none", "rgb(255, 255, 255)"]);
    await printed.close();
  }
} finally {
  await browser.close();
  rmSync(home, { recursive: true, force: true });
}
process.exit(failures ? 1 : 0);
