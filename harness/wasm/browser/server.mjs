// What the page in a browser talks to: its files, and the lines of the protocol.

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const MODULES = new URL("../", import.meta.url);
const MODULE_NAME = /^\/modules\/((?:browser\/)?[a-z0-9_]+\.mjs)$/;
const PAGE = '<!doctype html><meta charset="utf-8"><title>dispatchbench</title><script type="module" src="modules/browser/page.mjs"></script>';
/** Browsers give up on an answer that takes minutes. */
const LONGEST_WAIT = 20_000;

const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
};

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

/** Lines that wait for the page, or the page that waits for a line. */
class Requests {
  #lines = [];
  #waiting = null;
  #ended = false;

  /** `drained` is called when there are no more lines and the page, which asks for one after the other, waits for the next. */
  constructor(drained) {
    this.drained = drained;
  }
  push(line) {
    this.#lines.push(line);
    this.#serve();
  }
  end() {
    this.#ended = true;
    this.#serve();
  }
  /** The next line; an empty text when there is none for a while. */
  next() {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#waiting?.(""), LONGEST_WAIT);
      this.#waiting = (line) => {
        clearTimeout(timer);
        this.#waiting = null;
        resolve(line);
      };
      this.#serve();
    });
  }
  #serve() {
    if (this.#waiting && this.#lines.length > 0) this.#waiting(this.#lines.shift());
    else if (this.#waiting && this.#ended) this.drained();
  }
}

/** The files that the last load request names, which are all that a page may read. */
class Readable {
  #paths = [];
  note(line) {
    let request;
    try {
      request = JSON.parse(line);
    } catch {
      return; // The host says what is wrong with it.
    }
    if (request?.request === "load" && typeof request.library === "string")
      this.#paths = [request.library, request.library.replace(/\.wasm$/, ".typed.wasm")];
  }
  async read(path) {
    if (!this.#paths.includes(path)) throw new Error(`${path}: expected the library that a load request names`);
    return readFile(path);
  }
}

/**
 * Serves the page on a port of 127.0.0.1 that is free, below a name that nobody can guess, so that no other page talks to it.
 *
 * `description` is the engine's, a promise. Calls `answer` with lines of answers, `ready` when the page asks for its first
 * request, `failed` with words when it can't go on, `drained` when there is nothing more to answer.
 */
export class PageServer {
  #requests;
  #readable = new Readable();
  #token = randomBytes(16).toString("hex");

  constructor({ description, answer, ready, failed, drained }) {
    Object.assign(this, { description, answer, ready, failed });
    this.#requests = new Requests(drained);
    this.server = createServer((request, response) => {
      this.#serve(request).then(
        ({ status = 200, type = "application/octet-stream", content = "" }) => response.writeHead(status, { ...ISOLATED, "Content-Type": type }).end(content),
        (error) => response.writeHead(500, ISOLATED).end(String(error.message)),
      );
    });
    this.server.keepAliveTimeout = 0; // A sample may take longer, and its answer would meet a connection that closes.
  }

  /** Starts to listen. The page's address. */
  async listen() {
    await new Promise((resolve, reject) => this.server.once("error", reject).listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${this.server.address().port}/${this.#token}/`;
  }

  /** A request of the protocol, for the page to answer. */
  push(line) {
    this.#readable.note(line);
    this.#requests.push(line);
  }

  /** There are no more requests. */
  end() {
    this.#requests.end();
  }

  async #serve(request) {
    const url = new URL(request.url, "http://127.0.0.1");
    const [, token, ...rest] = url.pathname.split("/");
    if (token !== this.#token) return { status: 404 };
    const path = `/${rest.join("/")}`;
    if (request.method === "POST") return this.#take(path, await body(request));
    switch (path) {
      case "/": return { type: "text/html", content: PAGE };
      case "/engine": return { type: "application/json", content: JSON.stringify({ description: await this.description }) };
      case "/request":
        this.ready();
        return { type: "text/plain", content: await this.#requests.next() };
      case "/file": return { content: await this.#readable.read(url.searchParams.get("path")) };
    }
    const name = MODULE_NAME.exec(path)?.[1];
    return name ? { type: "text/javascript", content: await readFile(new URL(name, MODULES)) } : { status: 404 };
  }

  #take(path, content) {
    if (path === "/answers") this.answer(content);
    else if (path === "/failure") this.failed(content.toString());
    else return { status: 404 };
    return {};
  }
}
