// Turns files into one stream of words: includes and macros are replaced by what they stand for.
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Problem, SourceError, file_problem, printable, quoted } from "./problems.mjs";
import { SourceFile } from "./source_file.mjs";
import { is_number, opcode_of, opens_block } from "./spelling.mjs";

// Far more than a ROM of 65,280 bytes can need. They end files that include files and macros that use macros, each twice.
const largest_source = 16 * 1024 * 1024;
const most_includes = 1000;
const most_macro_words = 1000000;

/** What the words of one file or of one macro's body come from; a stack of them says where the reader is. */
class FileFrame {
  constructor(file) {
    this.file = file;
    this.key = `file ${file.identity}`;
  }

  next() {
    const word = this.file.next();
    return word && { text: word.text, place: { file: this.file.path, line: word.line, macro: null } };
  }
}

class MacroFrame {
  #body;
  #used_at;
  #next = 0;

  constructor(name, body, used_at) {
    this.name = name;
    this.key = `macro ${name}`;
    this.#body = body;
    this.#used_at = used_at;
  }

  next() {
    const word = this.#body[this.#next];
    if (word === undefined) return null;
    this.#next += 1;
    const { file, line } = word.place;
    const within = { file, line, name: this.name };
    return { text: word.text, place: { ...this.#used_at, macro: within } };
  }
}

/** Reads a source with everything that it includes, word after word. */
export class WordReader {
  /** The source's path, as it was given. */
  path;
  /** The identities (device and inode) of all files read so far. */
  files_read = new Set();
  #frames = [];
  #open = new Set();
  #macros = new Map();
  #bytes = 0;
  #includes = 0;
  #macro_words = 0;

  constructor(path) {
    this.path = path;
    try {
      this.#push_file(path);
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw new Problem(`${printable(path)}: error: ${problem_of(error, path)}; expected an Uxntal source`);
    }
  }

  /** The next word as {text, place}, or null at the end. */
  next() {
    while (this.#frames.length > 0) {
      const frame = this.#frames.at(-1);
      const word = frame.next();
      if (word === null) {
        this.#frames.pop();
        this.#open.delete(frame.key);
        continue;
      }
      if (word.place.macro !== null) this.#count_macro_word(word);
      if (this.#macros.has(word.text)) this.#push_macro(word);
      else if (word.text.startsWith("%")) this.#define_macro(word, frame);
      else if (word.text.startsWith("~")) this.#include(word, frame);
      else return word;
    }
    return null;
  }

  /** Where the macro is defined, or null if there is no such macro. */
  macro_place(name) {
    return this.#macros.get(name)?.place ?? null;
  }

  #push(frame) {
    this.#frames.push(frame);
    this.#open.add(frame.key);
  }

  #push_file(path) {
    const file = new SourceFile(path, largest_source - this.#bytes);
    this.#bytes += file.size;
    this.files_read.add(file.identity);
    const frame = new FileFrame(file);
    if (this.#open.has(frame.key)) throw Object.assign(new Error(), { problem: "is being read: it includes itself" });
    this.#push(frame);
  }

  #include(word) {
    const name = Buffer.from(word.text.slice(1), "latin1").toString();
    const file = this.#frames.findLast((frame) => frame instanceof FileFrame).file;
    if (name === "") throw new SourceError(word.place, "'~': expected the name of a file after it");
    this.#includes += 1;
    if (this.#includes > most_includes) {
      throw new SourceError(word.place, `${quoted(word.text)}: more than ${most_includes} files are included`);
    }
    const candidates = [name, join(dirname(file.path), name)];
    const path = candidates.find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile()) ?? name;
    try {
      this.#push_file(path);
    } catch (error) {
      if (error instanceof Problem) throw error;
      const searched = `looked in the working directory and in ${printable(dirname(file.path))}`;
      const place = error.code === "ENOENT" ? `; ${searched}` : "";
      throw new SourceError(
        word.place,
        `can't read the included file ${printable(path)}: it ${problem_of(error, path)}${place}`,
      );
    }
  }

  /** Reads a definition, %name { words }, to its end. Blocks within it keep their braces. */
  #define_macro(word, frame) {
    const name = word.text.slice(1);
    const refuse = (message) => {
      throw new SourceError(word.place, message);
    };
    if (!(frame instanceof FileFrame)) refuse(`${quoted(word.text)}: a macro can't define a macro`);
    if (name === "" || is_number(name) || opcode_of(name) !== null || /^[[\](){}"%~]/.test(name)) {
      refuse(`${quoted(name)} can't be a macro: it is empty, a number, an opcode, or begins with a brace or rune`);
    }
    if (this.#macros.has(name)) {
      const { file, line } = this.#macros.get(name).place;
      refuse(`macro ${quoted(name)} is already defined at ${printable(file)}:${line}`);
    }
    const first = frame.next();
    if (!first?.text.startsWith("{")) refuse(`expected '{' after ${quoted(word.text)}`);
    const body = [];
    const glued = first.text.slice(1);
    let inner = glued === "" ? frame.next() : { ...first, text: glued };
    for (let depth = 0; ; inner = frame.next()) {
      if (inner === null) refuse(`expected '}' at the end of macro ${quoted(name)}`);
      const { text, place } = inner;
      if (text === "}" && depth === 0) break;
      if (text === "}") depth -= 1;
      else if (opens_block(text)) depth += 1;
      else if (text.startsWith("%")) throw new SourceError(place, `${quoted(text)}: a macro can't define a macro`);
      else if (text.endsWith("}") && !text.startsWith('"')) {
        throw new SourceError(place, `${quoted(text)}: put a blank before '}'`);
      }
      body.push(inner);
    }
    this.#macros.set(name, { body, place: word.place });
  }

  #push_macro(word) {
    const frame = new MacroFrame(word.text, this.#macros.get(word.text).body, outermost(word.place));
    if (this.#open.has(frame.key)) throw new SourceError(word.place, `macro ${quoted(word.text)} uses itself`);
    this.#push(frame);
  }

  #count_macro_word(word) {
    this.#macro_words += 1;
    if (this.#macro_words > most_macro_words) {
      throw new SourceError(word.place, `macros stand for more than ${most_macro_words} words: they use each other too often`);
    }
  }
}

/** The place in a file where macros within macros began. */
function outermost({ file, line }) {
  return { file, line, macro: null };
}

function problem_of(error, path) {
  if (error.problem !== undefined) return error.problem;
  // Node.js replaces such bytes before a program sees them.
  const encoding = error.code === "ENOENT" && path.includes("\ufffd") ? ", or its name is not UTF-8" : "";
  return `${file_problem(error)}${encoding}`;
}
