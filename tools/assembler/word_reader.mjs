// Turns files into one stream of words: includes and macros are replaced by what they stand for.
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Macros } from "./macros.mjs";
import { Problem, SourceError, file_problem, printable, quoted } from "./problems.mjs";
import { SourceFile } from "./source_file.mjs";

// No ROM needs as much. The limits end files that include files twice, which include files twice.
const largest_source = 16 * 1024 * 1024;
const most_includes = 1000;

/** Reads a source with everything that it includes, word after word. */
export class WordReader {
  /** The source's path, as it was given. */
  path;
  /** The identities (device and inode) of all files read so far. */
  files_read = new Set();
  macros = new Macros();
  // What is being read: each an open file or macro {key, file, words}, on top the one that the next word is from.
  #sources = [];
  #keys = new Set();
  #bytes = 0;
  #includes = 0;

  constructor(path) {
    this.path = path;
    try {
      this.#open_file(path);
    } catch (error) {
      throw new Problem(`${printable(path)}: error: ${problem_of(error, path)}; expected an Uxntal source`);
    }
  }

  /** The next word as {text, place}, or null at the end. */
  next() {
    while (this.#sources.length > 0) {
      const { key, file, words } = this.#sources.at(-1);
      const next_word = () => words.next().value ?? null;
      const word = next_word();
      if (word === null) {
        this.#sources.pop();
        this.#keys.delete(key);
      } else if (this.macros.has(word.text)) {
        this.#open_macro(word, file);
      } else if (word.text.startsWith("%")) {
        this.macros.define(word, next_word);
      } else if (word.text.startsWith("~")) {
        this.#include(word, file);
      } else {
        return word;
      }
    }
    return null;
  }

  /** Makes words the ones to read next. Returns whether they aren't being read already. */
  #open(key, file, words) {
    if (this.#keys.has(key)) return false;
    this.#keys.add(key);
    this.#sources.push({ key, file, words });
    return true;
  }

  #open_file(path) {
    const file = new SourceFile(path, largest_source - this.#bytes);
    this.#bytes += file.size;
    this.files_read.add(file.identity);
    if (!this.#open(`file ${file.identity}`, file, file.words())) {
      throw Object.assign(new Error(), { problem: "includes itself" });
    }
  }

  #open_macro(word, file) {
    if (!this.#open(`macro ${word.text}`, file, this.macros.words_of(word))) {
      throw new SourceError(word.place, `macro ${quoted(word.text)} uses itself`);
    }
  }

  #include(word, file) {
    const name = Buffer.from(word.text.slice(1), "latin1").toString();
    if (name === "") throw new SourceError(word.place, "'~': expected the name of a file right after it");
    this.#includes += 1;
    if (this.#includes > most_includes) {
      throw new SourceError(word.place, `${quoted(word.text)}: more than ${most_includes} files are included`);
    }
    // The reference knows only the working directory; a file of the same name elsewhere must not come before it.
    const folder = dirname(file.path);
    const path = [name, join(folder, name)].find(is_file) ?? name;
    try {
      this.#open_file(path);
    } catch (error) {
      const searched = error.code === "ENOENT" ? `, neither in the working directory nor in ${printable(folder)}` : "";
      const problem = `it ${problem_of(error, path)}${searched}`;
      throw new SourceError(word.place, `can't read the included file ${printable(path)}: ${problem}`);
    }
  }
}

function is_file(path) {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function problem_of(error, path) {
  if (error.problem !== undefined) return error.problem;
  // Node.js replaces such bytes before a program sees them.
  const encoding = error.code === "ENOENT" && path.includes("\ufffd") ? " or has a name that is not UTF-8" : "";
  return `${file_problem(error)}${encoding}`;
}
