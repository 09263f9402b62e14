import type { Clock } from "./clock.ts";
import type { StreamHistory } from "./resume-policy.ts";

/** An empty stream that ends sooner than this is not a clean close: the server cannot serve it. */
const SHORTEST_STREAM_MS = 1_000;

/** One watch: its signal, idle limit and history. */
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

  /** Closed by the server almost at once, and empty. */
  get isFruitless(): boolean {
    const livedMs = this.#clock.monotonicMs() - this.#openedMs;
    return !this.signal.aborted && !this.#progressed && livedMs < SHORTEST_STREAM_MS;
  }

  /** The request is sent: the idle limit starts now. */
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

  /** Ends the request and its delivery. */
  drop(): void {
    this.#controller.abort();
  }

  end(): void {
    this.#cancelTimer();
    this.drop();
  }

  /** Restarts one timer instead of setting a new one for each chunk. */
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
