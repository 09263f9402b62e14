import type { Clock } from "./clock.ts";
import type { StreamHistory } from "./resume-policy.ts";

/** A stream that ends sooner than this, with nothing in it, is no clean close but a server that cannot serve it. */
const SHORTEST_STREAM_MS = 1_000;

/** One watch: its signal, its idle limit, and how well it did. */
export class WatchStream {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #controller = new AbortController();
  #openedMs = 0;
  #lastMs = 0;
  #progressed = false;
  #isIdle = false;
  #cancelTimer: () => void = () => {};

  constructor(clock: Clock, idleMs: number) {
    this.#clock = clock;
    this.#idleMs = idleMs;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ended by its idle limit. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** Over almost at once, by the server, and with nothing in it. */
  get isFruitless(): boolean {
    const livedMs = this.#clock.monotonicMs() - this.#openedMs;
    return !this.signal.aborted && !this.#progressed && livedMs < SHORTEST_STREAM_MS;
  }

  /** The request is on its way: the idle limit runs from here. */
  open(): void {
    this.#openedMs = this.#clock.monotonicMs();
    this.#lastMs = this.#openedMs;
    this.#cancelTimer = this.#clock.after(this.#idleMs, () => this.#checkIdle());
  }

  heard(): void {
    this.#lastMs = this.#clock.monotonicMs();
  }

  progressed(): void {
    this.#progressed = true;
  }

  silentMs(): number {
    return this.#clock.monotonicMs() - this.#lastMs;
  }

  history(): StreamHistory {
    return { healthyMs: this.#lastMs - this.#openedMs, progressed: this.#progressed };
  }

  /** Ends the request; nothing more of it is delivered. */
  drop(): void {
    this.#controller.abort();
  }

  end(): void {
    this.#cancelTimer();
    this.drop();
  }

  /** One timer that moves on, instead of a new one for each chunk. */
  #checkIdle(): void {
    const leftMs = this.#idleMs - this.silentMs();
    if (leftMs > 0) {
      this.#cancelTimer = this.#clock.after(leftMs, () => this.#checkIdle());
      return;
    }
    this.#isIdle = true;
    this.drop();
  }
}
