// What is said when something is wrong.

/** A failure whose message is all that is printed. */
export class Problem extends Error {}

/** A mistake in the source. A place is {file, line, macro}; macro is null, or in a macro's body {file, line, name}. */
export class SourceError extends Problem {
  constructor(place, message) {
    const { file, line, macro } = place;
    const within = macro ? `, in macro '${printable(macro.name)}' at ${printable(macro.file)}:${macro.line}` : "";
    super(`${printable(file)}:${line}: error: ${message}${within}`);
  }
}

/** Text without characters that do something to a terminal or can't be seen. */
export function printable(text) {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0).toString(16)}}`);
}

/** A word of a source, whose characters are its bytes, in quotes and cut to a length that can be read. */
export function quoted(word) {
  const bytes = Buffer.from(word, "latin1");
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    text = word.replace(/[\x7f-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
  }
  const characters = [...text];
  return `'${printable(characters.length > 60 ? `${characters.slice(0, 57).join("")}...` : text)}'`;
}

/** What is wrong with a word that others are glued to, and what to write: the words with spaces between them. */
export function glued(word, spaced) {
  return new SourceError(word.place, `${quoted(word.text)}: write ${quoted(spaced)}, with spaces`);
}

const system_problems = {
  EACCES: "can't be opened: no permission",
  EDQUOT: "doesn't fit: the disk quota is used up",
  EFBIG: "doesn't fit: files can't be that large here",
  EIO: "can't be read or written: input/output error",
  EISDIR: "is a folder",
  ELOOP: "is a symbolic link that leads in a circle",
  ENAMETOOLONG: "has too long a name",
  ENOENT: "isn't there",
  ENOSPC: "doesn't fit: the disk is full",
  ENOTDIR: "is below something that is no folder",
  ENXIO: "is a socket or a device without a driver",
  EPERM: "can't be opened: no permission",
  EPIPE: "was closed by its reader",
  EROFS: "is on a read-only file system",
};

/** What the file system says against a file, in words. */
export function file_problem(error) {
  return system_problems[error.code] ?? `can't be used: ${error.code ?? printable(error.message)}`;
}
