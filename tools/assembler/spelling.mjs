// What a word of Uxntal is by its spelling alone: opcode, number, reference.

const mnemonics = (
  "LIT INC POP NIP SWP ROT DUP OVR EQU NEQ GTH LTH JMP JCN JSR STH " +
  "LDZ STZ LDR STR LDA STA DEI DEO ADD SUB MUL DIV AND ORA EOR SFT"
).split(" ");
const mode_bits = { 2: 0x20, r: 0x40, k: 0x80 };

/** The byte of an opcode such as ADD2k, or null if the word is none. */
export function opcode_of(word) {
  if (word === "BRK") return 0;
  const [, mnemonic, modes] = /^([A-Z]{3})([2kr]*)$/.exec(word) ?? [];
  const base = mnemonics.indexOf(mnemonic);
  if (base < 0) return null;
  // Opcode 0 is BRK; LIT is 0 with the keep bit.
  return [...modes].reduce((byte, mode) => byte | mode_bits[mode], base === 0 ? mode_bits.k : base);
}

/** Whether the word is a byte or a short: digits in lower case, as the reference wants them. */
export function is_number(word) {
  return /^([0-9a-f]{2}|[0-9a-f]{4})$/.test(word);
}

/**
 * References by their rune; none means a call. `opcode` is the byte before the operand, `size` the operand's bytes, and
 * `kind` what it holds: the label's address, its low byte, or the distance to it.
 */
export const references = {
  ",": { opcode: 0x80, size: 1, kind: "relative" },
  _: { opcode: null, size: 1, kind: "relative" },
  ".": { opcode: 0x80, size: 1, kind: "zero-page" },
  "-": { opcode: null, size: 1, kind: "zero-page" },
  ";": { opcode: 0xa0, size: 2, kind: "absolute" },
  "=": { opcode: null, size: 2, kind: "absolute" },
  // The older spelling of =.
  ":": { opcode: null, size: 2, kind: "absolute" },
  "?": { opcode: 0x20, size: 2, kind: "jump" },
  "!": { opcode: 0x40, size: 2, kind: "jump" },
};
export const call = { opcode: 0x60, size: 2, kind: "jump" };

/**
 * What to write for a word that brackets, braces or parentheses are glued to: each a word of its own, and a number with all
 * its digits. Null if none is.
 */
export function spaced_out(word) {
  const [, code, string] = /^([^"]*)(.*)$/s.exec(word);
  const words = code.split(/([?!,_.;=:-]?\{|[[\]()}])/).concat(string).filter((part) => part !== "");
  if (words.length < 2) return null;
  return words.map(padded).join(" ");
}

/** A number of 1 or 3 digits with another 0 before them. Without a # "add" may be a label. */
function padded(word) {
  const [, rune, digits] = /^(#)([0-9a-f]|[0-9a-f]{3})$/.exec(word) ?? /^()([0-9]|[0-9]{3})$/.exec(word) ?? [];
  return digits === undefined ? word : `${rune}0${digits}`;
}

/** Whether the word opens a block: a reference, with or without a rune, to where the block's } stands. */
export function opens_block(word) {
  return word === "{" || (word.length === 2 && word[1] === "{" && word[0] in references);
}
