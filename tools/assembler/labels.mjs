// Labels, the scopes they are in, and the references to them.
import { SourceError, glued, printable, quoted } from "./problems.mjs";
import { is_number, opcode_of, spaced_out } from "./spelling.mjs";

/** The labels of a program. References may come before the label; resolve() fills them in. */
export class Labels {
  #memory;
  #macros;
  #labels = new Map();
  #references = [];
  #scope = "on-reset";

  /** Labels can't have the names of `macros`. */
  constructor(memory, macros) {
    this.#memory = memory;
    this.#macros = macros;
  }

  /** Defines @name; its first part, up to a /, is the scope from here on. */
  define(word, name) {
    if (name === "" || is_number(name)) {
      throw new SourceError(word.place, `${quoted(name)} can't be a label: it is empty or a number`);
    }
    if (name.startsWith("&")) {
      throw new SourceError(word.place, `${quoted(name)} can't be a label: write ${quoted(name)} without the @`);
    }
    if (opcode_of(name) !== null) {
      throw new SourceError(word.place, `${quoted(name)} can't be a label: it is an opcode`);
    }
    this.#add(word, name);
    this.#scope = name.split("/", 1)[0];
  }

  /** Defines &name, a label of the current scope. Any name will do, also none. */
  define_in_scope(word, name) {
    this.#add(word, `${this.#scope}/${name}`);
  }

  #add(word, label) {
    const { address } = this.#memory;
    if (address > 0xffff) {
      throw new SourceError(word.place, `label ${quoted(label)} is at ${address.toString(16)}, expected at most ffff`);
    }
    const first = this.#labels.get(label)?.word.place ?? this.#macros.place(label);
    if (first !== null) {
      const at = `${printable(first.file)}:${first.line}`;
      throw new SourceError(word.place, `label ${quoted(label)} is already defined at ${at}`);
    }
    this.#labels.set(label, { word, address });
  }

  /** What | and $ go by: a number, or the address of a label that is already defined. */
  position(word, name) {
    if (/^[0-9a-f]{1,4}$/.test(name)) return parseInt(name, 16);
    const label = this.#labels.get(this.#full_name(name));
    if (label !== undefined) return label.address;
    const spaced = spaced_out(word.text);
    if (spaced !== null) throw glued(word, spaced);
    const expected = "expected a hexadecimal number of up to 4 digits, in lower case, or a label defined above";
    throw new SourceError(word.place, `${quoted(word.text)}: ${expected}`);
  }

  /** Notes that the operand at an address is for a label. */
  refer(word, name, kind, operand) {
    this.#references.push({ word, label: this.#full_name(name), kind, operand, address: null });
  }

  /** Notes that the operand of a block is for where it ends. */
  refer_to_end({ word, kind, operand }, address) {
    this.#references.push({ word, label: null, kind, operand, address });
  }

  /** Fills in all references. */
  resolve() {
    for (const [label, { word }] of this.#labels) {
      const macro = this.#macros.place(label);
      if (macro !== null) {
        const at = `${printable(word.place.file)}:${word.place.line}`;
        throw new SourceError(macro, `macro ${quoted(label)} is already defined at ${at}, as a label`);
      }
    }
    for (const reference of this.#references) {
      const address = reference.address ?? this.#labels.get(reference.label)?.address;
      if (address === undefined) throw this.#unknown(reference);
      this.#fill(reference, address);
    }
  }

  #full_name(name) {
    return name.startsWith("&") || name.startsWith("/") ? `${this.#scope}/${name.slice(1)}` : name;
  }

  #fill({ word, label, kind, operand }, address) {
    const refuse = (found, expected) => {
      const name = label === null ? "the block's end" : `label ${quoted(label)}`;
      throw new SourceError(word.place, `${quoted(word.text)}: ${name} is ${found}, expected ${expected}`);
    };
    const distance = address - operand - 2;
    // The opcode has to take what is pushed: after ;label that is an address of two bytes.
    const bare = word.text[0] === "_" || word.text[0] === "-";
    const farther = bare ? "use = instead, which takes two bytes" : "use ; with LDA, STA, JMP2, JCN2 or JSR2 instead";
    if (kind === "absolute") return this.#memory.set_operand(operand, 2, address);
    if (kind === "jump") return this.#memory.set_operand(operand, 2, distance & 0xffff);
    if (kind === "zero-page") {
      if (address > 0xff) refuse(`at ${address.toString(16)}`, `00 to ff; ${farther}, or put the label behind |00`);
      return this.#memory.set_operand(operand, 1, address);
    }
    if (distance < -128 || distance > 127) refuse(`${distance} bytes away`, `-128 to 127; ${farther}`);
    this.#memory.set_operand(operand, 1, distance & 0xff);
  }

  #unknown({ word, label }) {
    const spaced = spaced_out(word.text);
    if (spaced !== null) return glued(word, spaced);
    const found = `${quoted(word.text)}: found no opcode, macro or label ${quoted(label)}`;
    const macro = this.#macros.place(label);
    let remedy = "define it with @ or &";
    if (macro !== null) remedy = `the macro is defined only at ${printable(macro.file)}:${macro.line}`;
    else if (is_number(word.text.toLowerCase())) remedy += ", or write a number in lower case";
    else if (/^[0-9]+$/.test(word.text)) remedy += ", or write a number with 2 or 4 digits";
    return new SourceError(word.place, `${found}; ${remedy}`);
  }
}
