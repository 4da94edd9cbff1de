// Bytes as hexadecimal text, as the sampling protocol writes them.

const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Two digits for each byte. */
export function toHex(bytes) {
  let text = "";
  for (const byte of bytes) text += digits[byte];
  return text;
}

/** Reads them back. Throws an Error that names what isn't hexadecimal. */
export function fromHex(text) {
  if (!/^([0-9a-fA-F]{2})*$/.test(text)) throw new Error(`"${text.slice(0, 40)}": expected pairs of hexadecimal digits`);
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.substr(2 * i, 2), 16));
}
