/**
 * How much may be destroyed in answer to one cause. A controller, a webhook or a person that makes anew whatever is deleted would otherwise be fought
 * for as long as both run. Each cause has a burst against one workload; when it is spent, Palisade tries again once after a pause that doubles.
 * Workload, namespace and cluster bound what many causes take together.
 */
import type { Clock } from "kopf-ts";

/** Deletions that one cause may bring upon the objects of one workload before the first pause. */
export const BURST = 10;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 60 * 60_000;
/** A cause that was quiet for so long begins anew. */
const CALM_MS = 10 * 60_000;

/** Deletions a minute, whatever their causes. */
const PER_MINUTE = { workload: 60, namespace: 120, cluster: 600 } as const;
/** What a workload may take of its namespace's share, and a namespace of the cluster's, though others took all of it: nobody can starve another. Twice the rate is the end for all. */
const RESERVED = { workload: 10, namespace: 20 } as const;
const MINUTE_MS = 60_000;
const MANY_CAUSES = "many causes at once";

export interface Expense {
  /** Such as `ReplicationController/legacy` or `Service by kubectl-create`; undefined for what our own controllers left behind. */
  readonly cause: string | undefined;
  /** Key of the workload on whose behalf something is destroyed. */
  readonly workload: string;
  readonly namespace: string;
}

export interface Pause {
  readonly cause: string;
  /** Epoch-independent: monotonic milliseconds of the next try. */
  readonly untilMs: number;
  /** Whether this answer began the pause: it is told once. */
  readonly isNew: boolean;
}

interface Account {
  spent: number;
  pauseMs: number;
  untilMs: number;
  lastMs: number;
  told: boolean;
}

interface Rate {
  startedMs: number;
  count: number;
}

export class DestructionBudget {
  readonly #clock: Clock;
  /** By workload, then by cause. */
  readonly #accounts = new Map<string, Map<string, Account>>();
  /** By scope: the current minute of a workload, a namespace and the cluster. */
  readonly #rates = new Map<string, Rate>();
  #sweptMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes one deletion from the budget. Undefined when it may go ahead; else the pause that holds it back. */
  take(expense: Expense): Pause | undefined {
    const now = this.#clock.monotonicMs();
    this.#sweep(now);
    const rates = this.#ratesOf(expense, now);
    const full = rates.find(
      ({ rate, limit, own, reserved }) => rate.count >= limit && (own.count >= reserved || rate.count >= 2 * limit),
    );
    // One account for all causes beyond the rate: whoever takes a new name each time fills no memory.
    const cause = full === undefined ? expense.cause : MANY_CAUSES;
    if (cause === undefined) {
      for (const { rate } of rates) rate.count += 1;
      return undefined;
    }
    const account = this.#accountOf(expense.workload, cause, now);
    account.lastMs = now;
    if (full !== undefined) account.untilMs = full.rate.startedMs + MINUTE_MS;
    if (account.untilMs > now) {
      const isNew = !account.told;
      account.told = true;
      return { cause, untilMs: account.untilMs, isNew };
    }
    for (const { rate } of rates) rate.count += 1;
    account.spent += 1;
    if (account.spent >= BURST) {
      account.pauseMs = account.pauseMs === 0 ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, account.pauseMs * 2);
      account.untilMs = now + account.pauseMs;
    }
    return undefined;
  }

  /** Returns what was taken for an attempt that destroyed nothing: it was refused, or the object was gone. */
  giveBack(expense: Expense): void {
    for (const { rate } of this.#ratesOf(expense, this.#clock.monotonicMs())) rate.count = Math.max(0, rate.count - 1);
    const account = expense.cause === undefined ? undefined : this.#accounts.get(expense.workload)?.get(expense.cause);
    if (account === undefined || account.spent === 0) return;
    account.spent -= 1;
    if (account.told || account.untilMs === 0) return;
    account.untilMs = 0;
    account.pauseMs = account.spent < BURST ? 0 : account.pauseMs / 2;
  }

  /** The causes that are not acted on for `workload` right now, the next try first. */
  paused(workload: string): readonly Omit<Pause, "isNew">[] {
    const now = this.#clock.monotonicMs();
    return [...(this.#accounts.get(workload) ?? [])]
      .flatMap(([cause, { untilMs, told }]) => (told && untilMs > now ? [{ cause, untilMs }] : []))
      .sort((a, b) => a.untilMs - b.untilMs);
  }

  /** How many causes are paused, over all workloads. */
  pausedCount(): number {
    return [...this.#accounts.keys()].reduce((sum, workload) => sum + this.paused(workload).length, 0);
  }

  /** How many causes are remembered. */
  get size(): number {
    return [...this.#accounts.values()].reduce((sum, accounts) => sum + accounts.size, 0);
  }

  forget(workload: string): void {
    this.#accounts.delete(workload);
    this.#rates.delete(`workload ${workload}`);
  }

  #accountOf(workload: string, cause: string, now: number): Account {
    const accounts = this.#accounts.get(workload) ?? new Map<string, Account>();
    this.#accounts.set(workload, accounts);
    const known = accounts.get(cause);
    const account =
      known === undefined || isCalm(known, now)
        ? { spent: 0, pauseMs: 0, untilMs: 0, lastMs: now, told: false }
        : known;
    accounts.set(cause, account);
    return account;
  }

  /** The rate of each scope that bounds an expense, with what its narrower scope took and may take whatever the others do. */
  #ratesOf({ workload, namespace }: Expense, now: number) {
    const ofWorkload = this.#rateOf(`workload ${workload}`, now);
    const ofNamespace = this.#rateOf(`namespace ${namespace}`, now);
    return [
      { rate: ofWorkload, limit: PER_MINUTE.workload, own: ofWorkload, reserved: 0 },
      { rate: ofNamespace, limit: PER_MINUTE.namespace, own: ofWorkload, reserved: RESERVED.workload },
      { rate: this.#rateOf("cluster", now), limit: PER_MINUTE.cluster, own: ofNamespace, reserved: RESERVED.namespace },
    ];
  }

  #rateOf(scope: string, now: number): Rate {
    const known = this.#rates.get(scope);
    const rate = known === undefined || now - known.startedMs >= MINUTE_MS ? { startedMs: now, count: 0 } : known;
    this.#rates.set(scope, rate);
    return rate;
  }

  /** What is over is forgotten, so that memory is bounded by what happened lately and not by what was ever seen. */
  #sweep(now: number): void {
    if (now - this.#sweptMs < MINUTE_MS) return;
    this.#sweptMs = now;
    for (const [workload, accounts] of this.#accounts) {
      dropCalm(accounts, now);
      if (accounts.size === 0) this.#accounts.delete(workload);
    }
    for (const [scope, { startedMs }] of this.#rates) if (now - startedMs >= MINUTE_MS) this.#rates.delete(scope);
  }
}

const isCalm = ({ lastMs, untilMs }: Account, now: number): boolean => now - Math.max(lastMs, untilMs) >= CALM_MS;

function dropCalm(accounts: Map<string, Account>, now: number): void {
  for (const [cause, account] of accounts) if (isCalm(account, now)) accounts.delete(cause);
}
