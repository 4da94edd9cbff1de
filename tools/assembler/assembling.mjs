// Makes a ROM of words.
import { Labels } from "./labels.mjs";
import { Memory } from "./memory.mjs";
import { Problem, SourceError, glued, printable, quoted } from "./problems.mjs";
import { call, is_number, opcode_of, references, spaced_out } from "./spelling.mjs";

/** The ROM of a source, as bytes. Throws SourceError for a mistake in it. */
export function assemble(reader) {
  const memory = new Memory();
  const labels = new Labels(memory, reader.macros);
  const blocks = [];

  const write_number = (word, digits) => {
    if (!is_number(digits)) {
      const spaced = spaced_out(word.text);
      if (spaced !== null) throw glued(word, spaced);
      const expected = "expected 2 or 4 hexadecimal digits right after '#'";
      throw new SourceError(word.place, `${quoted(word.text)}: ${expected}, in lower case`);
    }
    for (const byte of Buffer.from(digits, "hex")) memory.write(word, byte);
  };
  const write_reference = (word, name, { opcode, size, kind }) => {
    if (name === "") throw new SourceError(word.place, `${quoted(word.text)}: expected a label's name right after it`);
    if (opcode !== null) memory.write(word, opcode);
    const operand = memory.address;
    for (let i = 0; i < size; i += 1) memory.write(word, 0xff);
    if (!name.startsWith("{")) return labels.refer(word, name, kind, operand);
    if (name !== "{") throw glued(word, spaced_out(word.text));
    blocks.push({ word, kind, operand });
  };
  const close_block = (word) => {
    if (word.text !== "}") throw glued(word, spaced_out(word.text));
    const block = blocks.pop();
    if (block === undefined) throw new SourceError(word.place, "found '}', expected a '{' such as in '?{' before it");
    labels.refer_to_end(block, memory.address);
  };
  const write = (word) => {
    const { text } = word;
    const rest = text.slice(1);
    switch (text[0]) {
      case "@":
        return labels.define(word, rest);
      case "&":
        return labels.define_in_scope(word, rest);
      case "|":
        return memory.move_to(labels.position(word, rest));
      case "$":
        return memory.move_to(memory.address + labels.position(word, rest));
      case "#":
        memory.write(word, rest.length === 4 ? 0xa0 : 0x80);
        return write_number(word, rest);
      case '"':
        for (const byte of Buffer.from(rest, "latin1")) memory.write(word, byte);
        return;
      case "}":
        return close_block(word);
      case "[":
      case "]":
        // Brackets only group; what is glued to one would be lost in the reference.
        if (/^[[\]]+$/.test(text)) return;
        throw glued(word, spaced_out(text));
    }
    if (text[0] in references) return write_reference(word, rest, references[text[0]]);
    if (is_number(text)) return write_number(word, text);
    const opcode = opcode_of(text);
    if (opcode !== null) return memory.write(word, opcode);
    write_reference(word, text, call);
  };

  for (let word = reader.next(); word !== null; word = reader.next()) write(word);
  if (blocks.length > 0) {
    throw new SourceError(blocks.at(-1).word.place, "this block is never closed: expected '}' between blanks");
  }
  labels.resolve();
  const rom = memory.written();
  if (rom.length === 0) {
    throw new Problem(`${printable(reader.path)}: error: found no code, expected at least one instruction`);
  }
  return rom;
}
