// Assembles Uxntal into a ROM with the assembler of npm's uxn.wasm.
//
// That assembler names no line in its errors and accepts several mistakes: it cuts a reference out of range to
// a byte, takes the last of two equal labels, and reads a malformed number as 0. So the source is read
// here first, token by token with file and line, and mistakes are refused before it is assembled.
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

const usage = "usage: tools/assemble FILE.tal -o FILE.rom";
const rom_start = 0x100;
const rom_largest = 0x10000 - rom_start;
const mnemonics = new Set(
  (
    "LIT INC POP NIP SWP ROT DUP OVR EQU NEQ GTH LTH JMP JCN JSR STH " +
    "LDZ STZ LDR STR LDA STA DEI DEO ADD SUB MUL DIV AND ORA EOR SFT"
  ).split(" "),
);
const raw_number = /^([0-9A-Fa-f]{2}|[0-9A-Fa-f]{4})$/;

/** A mistake in the source, with its place. */
class SourceError extends Error {
  constructor(place, message) {
    super(`${place.file}:${place.line}: error: ${message}`);
  }
}

function is_opcode(text) {
  return text === "BRK" || (mnemonics.has(text.slice(0, 3)) && /^[2kr]*$/.test(text.slice(3)));
}

/** What the file system says against a file, in words. */
function file_problem(error) {
  return { ENOENT: "isn't there", EISDIR: "is a folder", EACCES: "can't be opened: no permission" }[error.code] ?? error.code;
}

/** Splits a file into tokens {text, file, line}, without comments; an included file's tokens replace its name. */
function read_tokens(file, including = []) {
  const source = readFileSync(file, "utf8");
  const tokens = [];
  let line = 1;
  let depth = 0;
  let comment_start = null;
  let text = "";
  const end_token = () => {
    if (text.startsWith("~")) {
      const place = { file, line };
      const included = resolve(dirname(file), text.slice(1));
      if (including.includes(included)) throw new SourceError(place, `${text} includes itself`);
      try {
        tokens.push(...read_tokens(included, [...including, included]));
      } catch (error) {
        if (error.code === undefined) throw error;
        throw new SourceError(place, `can't read the included file ${included}: it ${file_problem(error)}`);
      }
    } else if (text !== "") {
      tokens.push({ text, file, line });
    }
    text = "";
  };
  for (const character of source) {
    if (depth > 0) {
      if (character === "(") depth += 1;
      if (character === ")") depth -= 1;
    } else if (character === "(") {
      // The assembler would glue this token to the next one.
      if (text !== "") throw new SourceError({ file, line }, `'${text}(': put a space before the comment`);
      depth = 1;
      comment_start = { file, line };
    } else if (/\s/.test(character)) {
      end_token();
    } else {
      text += character;
    }
    if (character === "\n") line += 1;
  }
  if (depth > 0) {
    throw new SourceError(comment_start, "this comment is never closed: found the end of the file, expected ')'");
  }
  end_token();
  return tokens;
}

/** Puts the body of every %macro { ... } where its name is used; the definitions go. */
function expand_macros(tokens) {
  const macros = new Map();
  const expanded = [];
  const expand = (token, using) => {
    const body = macros.get(token.text);
    if (body === undefined) return expanded.push(token);
    if (using.includes(token.text)) throw new SourceError(token, `macro '${token.text}' uses itself`);
    for (const inner of body) expand({ ...token, text: inner.text }, [...using, token.text]);
  };
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (!token.text.startsWith("%")) {
      expand(token, []);
      continue;
    }
    const name = token.text.slice(1);
    if (macros.has(name) || is_opcode(name)) throw new SourceError(token, `macro '${name}' is already taken`);
    if (tokens[i + 1]?.text !== "{") throw new SourceError(token, `expected '{' after '${token.text}'`);
    const end = tokens.findIndex((other, place) => place > i && other.text === "}");
    if (end < 0) throw new SourceError(token, `expected '}' at the end of macro '${name}'`);
    macros.set(name, tokens.slice(i + 2, end));
    i = end;
  }
  return expanded;
}

/** Walks the tokens as the assembler does, refuses what it would get wrong, and returns the ROM's size. */
function check(tokens) {
  const labels = new Map();
  const references = [];
  const lambdas = [];
  let scope = "on-reset";
  let address = rom_start;
  let end = rom_start;
  const full_name = (name) => (name.startsWith("&") ? `${scope}/${name.slice(1)}` : name);
  const hexadecimal = (token, digits) => {
    if (!/^[0-9A-Fa-f]{1,4}$/.test(digits)) {
      throw new SourceError(token, `'${token.text}': expected a hexadecimal number of up to 4 digits`);
    }
    return parseInt(digits, 16);
  };
  const emit = (token, size) => {
    if (address < rom_start) {
      throw new SourceError(token, `'${token.text}' at ${address.toString(16)}: code starts at 0100`);
    }
    address += size;
    end = Math.max(end, address);
    if (end > 0x10000) throw new SourceError(token, `the ROM is larger than ${rom_largest} bytes`);
  };
  const define = (token, name) => {
    if (name === "" || raw_number.test(name)) {
      throw new SourceError(token, `'${name}' can't be a label: it is empty or a number`);
    }
    if (address > 0xffff) {
      throw new SourceError(token, `label '${name}' is at ${address.toString(16)}, expected at most ffff`);
    }
    if (is_opcode(name)) throw new SourceError(token, `'${name}' can't be a label: it is an opcode`);
    const label = token.text.startsWith("&") ? `${scope}/${name}` : name;
    if (labels.has(label)) {
      const first = labels.get(label).token;
      throw new SourceError(token, `label '${label}' is already defined at ${first.file}:${first.line}`);
    }
    labels.set(label, { token, address });
  };
  const refer = (token, name, kind, operand) => {
    references.push({ token, label: full_name(name), kind, operand });
  };

  for (const token of tokens) {
    const { text } = token;
    const rest = text.slice(1);
    if (text === "[" || text === "]") continue;
    if (text === "{" || text === "?{") {
      emit(token, 3);
      lambdas.push(token);
    } else if (text === "}") {
      if (lambdas.pop() === undefined) {
        throw new SourceError(token, "found '}', expected a '{' or '?{' before it");
      }
    } else if (text.startsWith("#")) {
      if (!raw_number.test(rest)) {
        throw new SourceError(token, `'${text}': expected 2 or 4 hexadecimal digits after '#'`);
      }
      emit(token, rest.length / 2 + 1);
    } else if (text.startsWith("|")) {
      address = hexadecimal(token, rest);
    } else if (text.startsWith("$")) {
      address += hexadecimal(token, rest);
    } else if (text.startsWith("@")) {
      define(token, rest);
      scope = rest;
    } else if (text.startsWith("&")) {
      define(token, rest);
    } else if (text.startsWith(",") || text.startsWith(".")) {
      emit(token, 2);
      refer(token, rest, text.startsWith(",") ? "relative" : "zero-page", address - 1);
    } else if (text.startsWith("_") || text.startsWith("-")) {
      emit(token, 1);
      refer(token, rest, text.startsWith("_") ? "relative" : "zero-page", address - 1);
    } else if (text.startsWith(";") || text.startsWith("!") || text.startsWith("?")) {
      emit(token, 3);
      refer(token, rest, "absolute", address - 2);
    } else if (text.startsWith("=")) {
      emit(token, 2);
      refer(token, rest, "absolute", address - 2);
    } else if (text.startsWith('"')) {
      emit(token, Buffer.byteLength(rest));
    } else if (is_opcode(text)) {
      emit(token, 1);
    } else if (raw_number.test(text)) {
      emit(token, text.length / 2);
    } else {
      emit(token, 3);
      refer(token, text, "absolute", address - 2);
    }
  }
  if (lambdas.length > 0) {
    throw new SourceError(lambdas.pop(), "this block is never closed: expected '}'");
  }
  for (const { token, label, kind, operand } of references) {
    const target = labels.get(label);
    if (target === undefined) {
      const found = `found no opcode, macro or label '${label}'`;
      throw new SourceError(token, `'${token.text}': ${found}; define it with @ or &`);
    }
    if (kind === "zero-page" && target.address > 0xff) {
      const found = `label '${label}' is at ${target.address.toString(16)}`;
      throw new SourceError(token, `'${token.text}': ${found}, expected 00 to ff; use ; instead`);
    }
    const distance = target.address - operand - 2;
    if (kind === "relative" && (distance < -128 || distance > 127)) {
      const found = `label '${label}' is ${distance} bytes away`;
      throw new SourceError(token, `'${token.text}': ${found}, expected -128 to 127; use ; instead`);
    }
  }
  return end - rom_start;
}

async function assemble(file, rom_file) {
  const tokens = expand_macros(read_tokens(file, [resolve(file)]));
  const size = check(tokens);
  if (size === 0) throw new Error(`${file}: error: found no code, expected at least one instruction`);
  let asm;
  try {
    ({ asm } = await import("uxn.wasm/util"));
  } catch {
    throw new Error("tools/assemble: found no npm package uxn.wasm; run `npm ci` in the repository's root");
  }
  const rom = asm(tokens.map((token) => token.text).join(" ") + "\n");
  if (rom.length !== size) {
    const found = `the assembler wrote ${rom.length} bytes, expected ${size}`;
    throw new Error(`${file}: error: ${found}: tools/assemble.mjs reads the source differently`);
  }
  const unfinished = `${rom_file}.unfinished`;
  try {
    writeFileSync(unfinished, rom);
    renameSync(unfinished, rom_file);
  } catch (error) {
    const problem = error.code === "ENOENT" ? "its folder isn't there" : `it ${file_problem(error)}`;
    throw new Error(`${rom_file}: error: can't be written: ${problem}; expected a place for the ROM after -o`);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

const [, , file, option, rom_file, ...others] = process.argv;
if (file === "-h" || file === "--help") {
  console.log(usage);
  process.exit(0);
}
if (file === undefined || option !== "-o" || rom_file === undefined || others.length > 0) {
  console.error(usage);
  process.exit(2);
}
try {
  await assemble(file, rom_file);
} catch (error) {
  // An error of the file system is about the source itself.
  const is_from_system = error.syscall !== undefined;
  console.error(is_from_system ? `${file}: error: ${file_problem(error)}; expected an Uxntal source` : error.message);
  process.exit(1);
}
