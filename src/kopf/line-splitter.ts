const NEWLINE = 0x0a;

/**
 * Splits a byte stream into lines. Works on bytes, so that a character split between two chunks stays whole, and copies a
 * long line once, however many chunks it spans.
 */
export class LineSplitter {
  #parts: Buffer[] = [];

  /** The lines that end in `chunk`, without their newlines; empty lines are left out. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line =
        this.#parts.length === 0 ? chunk.toString("utf8", start, end) : this.#join(chunk.subarray(start, end));
      if (line !== "") lines.push(line);
      start = end + 1;
    }
    if (start < chunk.length) this.#parts.push(start === 0 ? chunk : chunk.subarray(start));
    return lines;
  }

  /** True while a line has begun and not ended. */
  get isMidLine(): boolean {
    return this.#parts.length > 0;
  }

  #join(last: Buffer): string {
    const line = Buffer.concat([...this.#parts, last]).toString("utf8");
    this.#parts = [];
    return line;
  }
}
