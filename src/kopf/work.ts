/** What leading needs from an operator, whether one replica leads or several share the keys. */
import { sleep } from "./clock.ts";
import type { Controller } from "./controller.ts";
import type { ElectorOptions } from "./leader-election.ts";
import type { ControllerMetrics } from "./metrics.ts";
import type { Belongs, Operator } from "./operator-types.ts";
import { aborted } from "./signals.ts";

export interface Work {
  readonly name: string;
  readonly operator: Pick<Operator, "clock" | "logger" | "recorder">;
  /** For Leases: its client is not fenced. */
  readonly election: ElectorOptions | undefined;
  readonly metrics: ControllerMetrics;
  readonly controllers: readonly Controller[];
  readonly drainMs: number;
  /** Resolves when every cache is in sync, or when `stop` aborts. */
  readonly whenSynced: (stop: AbortSignal) => Promise<void>;
  readonly notify: (moment: "gained" | "released", belongs: Belongs) => void;
}

/** How a replica comes to work on keys. */
export interface Leadership {
  /** Whether this replica works on keys with this text now. */
  isLeader(shardText: string | undefined): boolean;
  /** Whether the code that asks may write now. */
  mayWrite(): boolean;
  run(signal: AbortSignal): Promise<void>;
}

/** Waits for `work` to end, at most `drainMs`, and no longer once `lost` aborts. */
export async function drain({ operator, drainMs }: Work, work: Promise<unknown>, lost: AbortSignal): Promise<void> {
  const drained = new AbortController();
  await Promise.race([work, sleep(operator.clock, drainMs, AbortSignal.any([drained.signal, lost]))]);
  drained.abort();
}

/** Runs every controller until `stop` aborts, then drains them. */
export async function runControllers(work: Work, stop: AbortSignal, lost: AbortSignal): Promise<void> {
  const kill = new AbortController();
  lost.addEventListener("abort", () => kill.abort(), { once: true });
  const running = Promise.all(work.controllers.map((controller) => controller.run(stop, kill.signal)));
  // A controller ends before `stop` only by a failure. That must reject now, not after the next stop.
  await Promise.race([aborted(stop), running.then(() => aborted(stop))]);
  await drain(work, running, lost);
  kill.abort();
}
