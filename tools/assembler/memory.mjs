// The memory that a ROM is written into.
import { SourceError, printable, quoted } from "./problems.mjs";

/** Where a ROM is loaded. */
const rom_start = 0x100;
const memory_size = 0x10000;

/** The machine's memory while it is being written. Every byte remembers the word that it is from. */
export class Memory {
  /** Where the next byte goes. It may be out of memory, as long as nothing is written there. */
  address = rom_start;
  #bytes = new Uint8Array(memory_size);
  #places = new Array(memory_size);
  #end = rom_start;

  move_to(address) {
    this.address = address;
  }

  /**
   * Writes a byte of a word. Going back is allowed, but not over what is written there; bytes 00 don't count,
   * because older sources reserve space with them.
   */
  write(word, byte) {
    const { address } = this;
    const refuse = (message) => {
      throw new SourceError(word.place, message);
    };
    if (address < rom_start) refuse(`${quoted(word.text)} at ${hexadecimal(address)}: code starts at 0100`);
    if (address >= memory_size) refuse(`the ROM is larger than ${memory_size - rom_start} bytes`);
    if (this.#bytes[address] !== 0) {
      const { file, line } = this.#places[address];
      const first = `${printable(file)}:${line}`;
      refuse(`${quoted(word.text)} at ${hexadecimal(address)}: the byte there is already written at ${first}`);
    }
    this.#bytes[address] = byte;
    this.#places[address] = word.place;
    this.address += 1;
    this.#end = Math.max(this.#end, this.address);
  }

  /** Gives a reference's operand of 1 or 2 bytes its value. */
  set_operand(address, size, value) {
    if (size === 2) this.#bytes[address] = value >> 8;
    this.#bytes[address + size - 1] = value;
  }

  /** From where a ROM starts to the last byte written. */
  written() {
    return this.#bytes.slice(rom_start, this.#end);
  }
}

/** An address in four digits. */
function hexadecimal(address) {
  return address.toString(16).padStart(4, "0");
}
