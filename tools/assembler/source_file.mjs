// Reads a source file and splits it into words.
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { SourceError } from "./problems.mjs";

const byte_order_mark = "\u00ef\u00bb\u00bf";

/** A file of words between blanks. Its text has one character a byte, so that no byte is lost. */
export class SourceFile {
  #text;
  #offset = 0;
  #line = 1;

  /**
   * Reads a file of at most `largest` bytes. Throws an error of the file system, or one whose `problem` says in words
   * what is wrong with the file.
   */
  constructor(path, largest) {
    this.path = path;
    // A FIFO that nobody writes to must not block.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = fstatSync(file);
      this.identity = `${status.dev}:${status.ino}`;
      this.size = status.size;
      if (status.isDirectory()) refuse("is a folder");
      if (!status.isFile()) refuse("is a device, a FIFO or a socket, not a regular file");
      if (status.size > largest) refuse(`has ${status.size} bytes, expected at most ${largest}`);
      this.#text = readFileSync(file, "latin1");
    } finally {
      closeSync(file);
    }
    if (this.#text.includes("\0")) refuse("is no text: it contains a zero byte");
    if (this.#text.startsWith(byte_order_mark)) this.#offset = byte_order_mark.length;
  }

  /** The words as {text, place}, comments left out. */
  *words() {
    for (let word = this.#next(); word !== null; word = this.#next()) {
      // Drifblim, the newest assembler of Uxn's authors, gives comments a name with a word such as "(doc".
      if (word.text.startsWith("(")) this.#skip_comment(word);
      else if (word.text === ")") refuse_parenthesis(word);
      else yield word;
    }
  }

  #next() {
    const text = this.#text;
    let start = this.#offset;
    while (start < text.length && text.charCodeAt(start) <= 0x20) {
      if (text[start] === "\n") this.#line += 1;
      start += 1;
    }
    let end = start;
    while (end < text.length && text.charCodeAt(end) > 0x20) end += 1;
    this.#offset = end;
    if (start === end) return null;
    return { text: text.slice(start, end), place: { file: this.path, line: this.#line, macro: null } };
  }

  /** Skips to the end of a comment. In it only parentheses that are words count, as in the reference. */
  #skip_comment({ place }) {
    for (let depth = 1; depth > 0; ) {
      const word = this.#next();
      if (word === null) {
        const found = "found the end of the file, expected ')' between blanks";
        throw new SourceError(place, `this comment is never closed: ${found}`);
      }
      if (word.text === "(") depth += 1;
      if (word.text === ")") depth -= 1;
    }
  }
}

function refuse_parenthesis({ place }) {
  const remedy = "put a space before the comment and after its '('";
  throw new SourceError(place, `')': found no '(' before it; ${remedy}`);
}

function refuse(problem) {
  throw Object.assign(new Error(problem), { problem });
}
