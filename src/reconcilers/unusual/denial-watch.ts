/**
 * How often the policies of Palisade refused something, where the operator may read the metrics of the API server. It may not by default: they tell of every request
 * of the cluster, and are large.
 */
import { isDeepStrictEqual } from "node:util";
import { isForbidden, type Outcome, type ReconcileContext, type Transport, waiting } from "kopf-ts";
import { type Counted, deniedIn, totalOf, withCount } from "../../unusual/denials.ts";

const EVERY_MS = 5 * 60_000;
const DEADLINE_MS = 20_000;

export class DenialWatch {
  readonly #transport: Pick<Transport, "request">;
  readonly #policies: ReadonlySet<string>;
  readonly #listeners = new Set<() => void>();
  #counts: readonly Counted[] = [];
  #problem: string | undefined = "denied requests: not asked for yet";

  constructor(transport: Pick<Transport, "request">, policies: readonly string[]) {
    this.#transport = transport;
    this.#policies = new Set(policies);
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Refused requests by policy; empty until they could be read. */
  denied(): ReadonlyMap<string, number> {
    return totalOf(this.#counts);
  }

  /** Why the counts are not of now. */
  unknown(): string | undefined {
    return this.#problem;
  }

  readonly reconcile = async ({ signal }: ReconcileContext): Promise<Outcome> => {
    const before = [this.denied(), this.#problem];
    await this.#read(signal);
    if (!isDeepStrictEqual(before, [this.denied(), this.#problem])) for (const listener of this.#listeners) listener();
    return waiting("DenialsRead", EVERY_MS);
  };

  async #read(signal: AbortSignal): Promise<void> {
    try {
      const text = await this.#transport.request<string>({
        method: "GET",
        path: "/metrics",
        accept: "text/plain",
        as: "text",
        deadlineMs: DEADLINE_MS,
        signal,
      });
      this.#counts = withCount(
        this.#counts,
        deniedIn(text, (policy) => this.#policies.has(policy)),
      );
      this.#problem = undefined;
    } catch (error) {
      signal.throwIfAborted();
      this.#problem = isForbidden(error)
        ? "denied requests: the operator may not read /metrics of the API server; the ClusterRole system:monitoring would let it"
        : "denied requests: /metrics of the API server does not answer";
    }
  }
}
