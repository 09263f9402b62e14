/** Lines of a file or of standard input, one by one: what is read is never held as a whole. */
import { createReadStream } from "node:fs";
import { couldNotLook, type Given, messageOf } from "../answer.ts";

/** Of a line that is longer only the beginning is kept, so that it is broken and the memory stays small. An event of the audit log has at most 3 MB. */
const LONGEST = 8 * 1024 * 1024;

/** Large parts: each costs a turn of the loop. */
const PART = 1024 * 1024;

export async function* linesOf(
  path: string,
  given: Pick<Given, "input" | "signal">,
  next: string,
): AsyncIterable<string> {
  const parts = path === "-" ? given.input() : createReadStream(path, { highWaterMark: PART });
  try {
    yield* split(parts, given.signal);
  } catch (error) {
    throw couldNotLook(messageOf(error), next);
  }
}

/** Without the ends of lines; a last line needs none. Empty lines are left out. */
async function* split(parts: AsyncIterable<Uint8Array | string>, signal: AbortSignal): AsyncIterable<string> {
  const splitter = new Splitter();
  for await (const part of parts) {
    if (signal.aborted) return;
    for (const line of splitter.push(Buffer.from(part))) if (line.trim() !== "") yield line;
  }
  const last = splitter.rest();
  if (last.trim() !== "") yield last;
}

const NEWLINE = 0x0a;

/** Makes a string of each line alone: what is kept of a line must not hold on to the part that it came in. */
class Splitter {
  #begun: Buffer[] = [];
  #length = 0;

  *push(part: Buffer): Iterable<string> {
    let start = 0;
    for (let end = part.indexOf(NEWLINE); end >= 0; end = part.indexOf(NEWLINE, start)) {
      this.#keep(part.subarray(start, end));
      yield this.rest();
      start = end + 1;
    }
    this.#keep(part.subarray(start));
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0 || this.#length >= LONGEST) return;
    this.#begun.push(bytes);
    this.#length += bytes.length;
  }

  rest(): string {
    const [only = Buffer.of()] = this.#begun;
    const line = (this.#begun.length > 1 ? Buffer.concat(this.#begun) : only).toString("utf8");
    this.#begun = [];
    this.#length = 0;
    return line;
  }
}
