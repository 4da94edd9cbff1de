// A browser without a window and with a fresh profile, which ends with this process.

import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const KEEPER = fileURLToPath(new URL("keep.sh", import.meta.url));

/** A preference of Firefox as it is written among flags, `name=value`, as name and value. */
function preference(flag) {
  const at = flag.indexOf("=");
  try {
    return [flag.slice(0, at), JSON.parse(flag.slice(at + 1))];
  } catch {
    throw new Error(`"${flag}": expected NAME=VALUE with a value as in JSON`);
  }
}

/** What each browser is told: V8's flags in one word, Firefox's preferences. */
const FAMILIES = {
  chromium: (flags) => ({
    browser: "chrome",
    pipe: true,
    // The sandbox needs rights that containers refuse; the only page is ours.
    args: ["--no-sandbox", "--disable-gpu", "--disable-component-update", ...(flags.length > 0 ? [`--js-flags=${flags.join(",")}`] : [])],
  }),
  firefox: (flags) => ({ browser: "firefox", extraPrefsFirefox: Object.fromEntries(flags.map(preference)) }),
};

/** Names and versions of the program and its engine. */
async function described(family, program, browser) {
  const version = (await browser.version()).replace(/^.*\//, "");
  const description = { program: `${basename(program)} ${version}` };
  if (family === "firefox") return { name: "SpiderMonkey", version, ...description };
  const session = await browser.target().createCDPSession();
  const { jsVersion } = await session.send("Browser.getVersion");
  await session.detach();
  return { name: "V8", version: jsVersion, ...description };
}

/** Starts `program`. Returns puppeteer's browser and what is known of the engine. Throws an Error if it can't be started. */
export async function startedBrowser({ family, program, flags, timeout }) {
  const options = FAMILIES[family](flags);
  const { default: puppeteer } = await import("puppeteer-core");
  const folder = mkdtempSync(join(tmpdir(), "dispatchbench-browser-")); // Which the keeper removes.
  const profile = join(folder, "profile");
  mkdirSync(profile);
  const browser = await puppeteer.launch({
    ...options,
    executablePath: KEEPER,
    headless: true,
    userDataDir: profile,
    timeout,
    // What it writes outside its profile goes there, too.
    env: { ...process.env, HOME: folder, TMPDIR: folder, DISPATCHBENCH_BROWSER: program, DISPATCHBENCH_BROWSER_FOLDER: folder },
    // A request can take as long as the program that it runs.
    protocolTimeout: 0,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  return { browser, engine: await described(family, program, browser) };
}
