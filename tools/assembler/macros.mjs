// Macros: %name { words } defines one, its name alone stands for the words.
import { SourceError, glued, printable, quoted } from "./problems.mjs";
import { is_number, opcode_of, opens_block, spaced_out } from "./spelling.mjs";

// Far more than a ROM of 65,280 bytes can need. It ends macros that use macros twice, which use macros twice.
const most_words = 1000000;

/** The macros of a program. */
export class Macros {
  #macros = new Map();
  #words = 0;

  has(name) {
    return this.#macros.has(name);
  }

  /** Where the macro is defined, or null if there is no such macro. */
  place(name) {
    return this.#macros.get(name)?.place ?? null;
  }

  /** Reads the definition that begins with a word such as %name, up to its }. Blocks within it keep their braces. */
  define(word, next_word) {
    const name = word.text.slice(1);
    const refuse = (message) => {
      throw new SourceError(word.place, message);
    };
    if (word.place.macro !== null) refuse(`${quoted(word.text)}: a macro can't define a macro`);
    if (name === "" || is_number(name) || opcode_of(name) !== null) {
      refuse(`${quoted(name)} can't be a macro: it is empty, a number or an opcode`);
    }
    if (/^[[\](){}"%~]/.test(name)) refuse(`${quoted(name)} can't be a macro: it begins with '${name[0]}'`);
    const first = this.place(name);
    if (first !== null) refuse(`macro ${quoted(name)} is already defined at ${printable(first.file)}:${first.line}`);
    this.#macros.set(name, { place: word.place, body: read_body(word, refuse, next_word) });
  }

  /** The words that a macro's name stands for. Each has the place of the name, and with it its own in the macro. */
  *words_of(word) {
    const { file, line } = word.place;
    for (const { text, place } of this.#macros.get(word.text).body) {
      this.#words += 1;
      const inner = { text, place: { file, line, macro: { file: place.file, line: place.line, name: word.text } } };
      if (this.#words > most_words) {
        throw new SourceError(inner.place, `macros stand for more than ${most_words} words: too many use each other`);
      }
      yield inner;
    }
  }
}

/** Whether a word that opens a block has others glued to it. */
function begins_block(text) {
  return opens_block(text.slice(0, 1)) || opens_block(text.slice(0, 2));
}

function read_body(definition, refuse, next_word) {
  const brace = next_word();
  if (!brace?.text.startsWith("{")) {
    const spaced = spaced_out(definition.text);
    if (spaced !== null) throw glued(definition, spaced);
    refuse(`expected '{' after ${quoted(definition.text)}`);
  }
  const first = brace.text.slice(1);
  const body = [];
  let depth = 0;
  for (let word = first === "" ? next_word() : { ...brace, text: first }; ; word = next_word()) {
    if (word === null) refuse(`expected '}' at the end of macro ${quoted(definition.text.slice(1))}`);
    const { text, place } = word;
    if (text === "}" && depth === 0) return body;
    if (text === "}") depth -= 1;
    else if (opens_block(text)) depth += 1;
    else if (text.startsWith("%")) throw new SourceError(place, `${quoted(text)}: a macro can't define a macro`);
    else if (begins_block(text) || (text.endsWith("}") && !text.startsWith('"'))) throw glued(word, spaced_out(text));
    body.push(word);
  }
}
