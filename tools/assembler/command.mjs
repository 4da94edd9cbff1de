// The command line: what the arguments mean, what is printed and which exit code says how it went.
import { writeSync } from "node:fs";
import { assemble } from "./assembling.mjs";
import { Problem, file_problem, printable } from "./problems.mjs";
import { write_rom } from "./rom_file.mjs";
import { WordReader } from "./word_reader.mjs";

const usage = "usage: tools/assemble FILE.tal -o FILE.rom";
const help = `${usage}

Assembles Uxntal, the language of the Uxn machine, into a ROM. Takes what the reference assembler uxnasm takes, and
refuses what it would get wrong: a zero-page reference to a label behind 00ff, a byte written twice, text glued
to a brace.

options:
  -o, --output FILE.rom  the ROM. A link is followed, a device or FIFO written to. When anything is wrong, a
                         ROM that is there already stays as it is.
  -h, --help             this text

An include (~file.tal) is looked for in the working directory, as by the reference, and then beside the file that
includes it. So assemble from the folder that the project's own build uses.

Each mistake is printed as FILE:LINE: error: WHAT. Exit codes: 0 assembled, 1 a mistake or an unreadable or unwritable
file, 2 wrong usage.

examples:
  tools/assemble workloads/fib/fib.tal -o fib.rom
  build/clang/dispatchbench verify --rom fib.rom --show-output
`;

/** Wrong usage: exit code 2. */
class UsageError extends Error {}

/** The words of the command line as {help, source, rom}. Throws UsageError. */
function parse(words) {
  const sources = [];
  const roms = [];
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i];
    if (word === "-h" || word === "--help") return { help: true };
    if (word === "-o" || word === "--output") {
      i += 1;
      if (i === words.length) throw new UsageError(`found nothing after ${word}, expected FILE.rom`);
      roms.push(words[i]);
    } else if (word.startsWith("--output=")) {
      roms.push(word.slice("--output=".length));
    } else if (word === "--") {
      sources.push(...words.slice(i + 1));
      break;
    } else if (word.startsWith("-") && word !== "-") {
      throw new UsageError(`unknown option '${printable(word)}'`);
    } else {
      sources.push(word);
    }
  }
  if (sources.length !== 1) throw new UsageError(`found ${amount(sources, "source")}, expected one FILE.tal`);
  if (roms.length !== 1) throw new UsageError(`found ${amount(roms, "output")}, expected one -o FILE.rom`);
  if (sources[0] === "" || roms[0] === "") throw new UsageError("found an empty name, expected FILE.tal -o FILE.rom");
  return { source: sources[0], rom: roms[0] };
}

function amount(names, what) {
  return names.length === 0 ? `no ${what}` : `${names.length} ${what}s (${printable(names.join(", "))})`;
}

/** Writes the help to standard output, which may be full or closed. Returns the exit code. */
function print_help() {
  try {
    writeSync(1, help);
    return 0;
  } catch (error) {
    console.error(`tools/assemble: standard output can't be written: it ${file_problem(error)}`);
    return 1;
  }
}

/** Runs the command and returns its exit code. */
export function run(words) {
  if (words.length === 0) {
    console.error(usage);
    return 2;
  }
  try {
    const options = parse(words);
    if (options.help) return print_help();
    const reader = new WordReader(options.source);
    write_rom(options.rom, assemble(reader), reader.files_read);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`tools/assemble: ${error.message}; see tools/assemble --help`);
      return 2;
    }
    if (error instanceof Problem) {
      console.error(error.message);
      return 1;
    }
    const place = String(error.stack).match(/assembler\/\w+\.mjs:\d+/)?.[0] ?? "";
    console.error(`tools/assemble: a mistake of its own, please report it: ${printable(error.message)} ${place}`);
    return 1;
  }
}
