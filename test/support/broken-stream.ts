import type { ServerResponse } from "node:http";
import type { SeenRequest, StreamFault } from "./faults.ts";
import { statusBody } from "./faults.ts";

const NEWLINE = 0x0a;

/** One answer on its way through the proxy, which may be broken at any byte. */
export class BrokenStream {
  readonly seen: SeenRequest;
  readonly #response: ServerResponse;
  #fault: StreamFault | undefined;
  #bytesUntilCut = 0;
  /** An ERROR event may only stand where a line begins. */
  #isAtLineStart = true;

  constructor(seen: SeenRequest, response: ServerResponse) {
    this.seen = seen;
    this.#response = response;
  }

  break(fault: StreamFault): void {
    this.#fault = fault;
    if (fault.kind === "cut") {
      if (fault.afterBytes === undefined) this.#reset();
      this.#bytesUntilCut = fault.afterBytes ?? 0;
    }
    if (fault.kind === "error-event" && this.#isAtLineStart) this.#endWithError(fault);
  }

  pass(chunk: Buffer): void {
    if (this.#response.destroyed || this.#response.writableEnded) return;
    const fault = this.#fault;
    switch (fault?.kind) {
      case undefined:
        this.#write(chunk);
        return;
      case "silence":
        return;
      case "cut":
        this.#passUntilCut(chunk);
        return;
      case "half-line":
        this.#response.end(chunk.subarray(0, halfOfFirstLine(chunk)));
        return;
      case "error-event": {
        const end = chunk.indexOf(NEWLINE);
        this.#write(end < 0 ? chunk : chunk.subarray(0, end + 1));
        if (end >= 0) this.#endWithError(fault);
      }
    }
  }

  /** The server ended its answer. A silenced stream stays open all the same. */
  end(): void {
    if (this.#fault?.kind !== "silence") this.#response.end();
  }

  #passUntilCut(chunk: Buffer): void {
    if (chunk.length <= this.#bytesUntilCut) {
      this.#bytesUntilCut -= chunk.length;
      this.#write(chunk);
      return;
    }
    // Reset only once these bytes have left, or the client would never see half an event.
    this.#response.write(chunk.subarray(0, this.#bytesUntilCut), () => this.#reset());
    this.#fault = { kind: "silence" };
  }

  #write(chunk: Buffer): void {
    this.#response.write(chunk);
    this.#isAtLineStart = chunk[chunk.length - 1] === NEWLINE;
  }

  #endWithError(fault: { readonly status: number; readonly reason: string }): void {
    this.#response.end(`{"type":"ERROR","object":${statusBody(fault)}}\n`);
  }

  #reset(): void {
    this.#response.socket?.destroy();
  }
}

function halfOfFirstLine(chunk: Buffer): number {
  const end = chunk.indexOf(NEWLINE);
  return Math.max(1, Math.floor((end < 0 ? chunk.length : end) / 2));
}
