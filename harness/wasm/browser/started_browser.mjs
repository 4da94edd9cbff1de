// A browser without a window and with a fresh profile, which ends with this process.

import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** Chromium makes a socket in the folder for temporary files, and the path of a socket has at most 108 bytes. */
const LONGEST_TMPDIR = 30;

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

/**
 * Where the browser keeps all that it writes. The keeper removes it; until there is one, `removeAtExit` does, which must not
 * throw, as it would where a browser that starts still writes: then this process wouldn't end at all.
 */
function newFolder() {
  const parent = Buffer.byteLength(tmpdir()) <= LONGEST_TMPDIR ? tmpdir() : "/tmp";
  const folder = mkdtempSync(join(parent, "dispatchbench-browser-"));
  const removeAtExit = () => {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Something writes there, so there is a browser, and its keeper removes the rest.
    }
  };
  process.once("exit", removeAtExit);
  mkdirSync(join(folder, "profile"));
  return { folder, removeAtExit };
}

/** Why it couldn't be started, in a line: what puppeteer says first, and the last that the browser said. */
function reason(error, log) {
  const [first, ...rest] = error.message.split("\n");
  const said = log === null ? rest.slice(rest.indexOf("stderr:") + 1) : readFileSync(log, "utf8").split("\n");
  const last = said.filter((line) => line.trim() !== "" && !line.startsWith("TROUBLESHOOTING")).slice(-3);
  return `it can't be started: ${first.trim()}; it said ${last.length > 0 ? JSON.stringify(last.join(" / ")) : "nothing"}`;
}

/** Starts `program`. Returns puppeteer's browser and what is known of the engine. Throws an Error if it can't be started. */
export async function startedBrowser({ family, program, flags, timeout }) {
  const options = FAMILIES[family](flags);
  const { default: puppeteer } = await import("puppeteer-core");
  const { folder, removeAtExit } = newFolder();
  // Open before the browser is started: its keeper may have removed the folder by the time that the reason is asked for.
  const logFile = join(folder, "standard_error");
  const log = options.pipe ? openSync(logFile, "a+") : null;
  try {
    const browser = await puppeteer.launch({
      ...options,
      executablePath: KEEPER,
      headless: true,
      userDataDir: join(folder, "profile"),
      timeout,
      env: {
        ...process.env,
        HOME: folder,
        TMPDIR: folder,
        DISPATCHBENCH_BROWSER: program,
        DISPATCHBENCH_BROWSER_FOLDER: folder,
        // puppeteer reads Firefox's itself.
        DISPATCHBENCH_BROWSER_LOG: options.pipe ? logFile : "",
      },
      protocolTimeout: timeout,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    process.off("exit", removeAtExit);
    return { browser, engine: await described(family, program, browser) };
  } catch (error) {
    throw new Error(reason(error, log));
  }
}
