// Writes a ROM where it belongs without destroying what is there.
import * as fs from "node:fs";
import { randomBytes } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import { Problem, file_problem, printable } from "./problems.mjs";

/** The status of what a path leads to, or null if there is nothing. */
function status_of(path) {
  return fs.statSync(path, { throwIfNoEntry: false }) ?? null;
}

/** Where links lead, also if nothing is there yet. The file system has refused circles before. */
function end_of_links(path) {
  let end = resolve(path);
  while (fs.lstatSync(end, { throwIfNoEntry: false })?.isSymbolicLink()) {
    end = resolve(fs.realpathSync(dirname(end)), fs.readlinkSync(end));
  }
  return end;
}

/** Replaces a regular file, or makes a new one, in one step: whoever looks sees the old ROM or the whole new one. */
function replace(path, bytes, status) {
  const target = end_of_links(path);
  if (status !== null) fs.accessSync(target, fs.constants.W_OK);
  const unfinished = join(dirname(target), `.assemble-${randomBytes(8).toString("hex")}`);
  const file = fs.openSync(unfinished, "wx", 0o666);
  try {
    try {
      if (status !== null) fs.fchmodSync(file, status.mode & 0o7777);
      fs.writeFileSync(file, bytes);
    } finally {
      fs.closeSync(file);
    }
    fs.renameSync(unfinished, target);
  } catch (error) {
    fs.rmSync(unfinished, { force: true });
    throw error;
  }
}

/**
 * Writes a ROM: through links, into devices and FIFOs, and never over one of the sources, whose identities (device and
 * inode) are `sources`.
 */
export function write_rom(path, bytes, sources) {
  const refuse = (problem) => {
    const expected = "expected a place for the ROM after -o";
    throw new Problem(`${printable(path)}: error: can't be written: ${problem}; ${expected}`);
  };
  try {
    const status = status_of(path);
    if (status?.isDirectory()) {
      const name = `${basename(path)}/NAME.rom`;
      return refuse(`it is a folder; name a file in it, such as ${printable(name)}`);
    }
    if (status !== null && sources.has(`${status.dev}:${status.ino}`)) return refuse("it is the source");
    if (status !== null && !status.isFile()) return fs.writeFileSync(path, bytes);
    replace(path, bytes, status);
  } catch (error) {
    if (error instanceof Problem) throw error;
    const problems = { ENOENT: "its folder isn't there", EACCES: "no permission", EPERM: "no permission" };
    refuse(problems[error.code] ?? `it ${file_problem(error)}`);
  }
}
