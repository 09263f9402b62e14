/**
 * A network plugin that ignores NetworkPolicy does so in silence (DRIFT 54). The operator's pod is nobody's peer, so whatever it can connect to among
 * the workloads' closed ports is not closed at all. What it cannot connect to proves less: nothing may listen there.
 */
import { nameOf, type Outcome, type ReconcileContext, waiting } from "kopf-ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { BaselineFinding } from "../security-baseline/status.ts";
import { isReachable } from "./connect.ts";
import { portsClosedTo, type Target } from "./targets.ts";

const FIRST_AFTER_MS = 15_000;
const EVERY_MS = 5 * 60_000;
/** Plugins take a moment to close a new pod in. */
const SETTLED_AFTER_MS = 30_000;
const AT_ONCE = 8;
const TIMEOUT_MS = 1_000;

export class NetworkProbe {
  readonly #state: ClusterState;
  readonly #now: () => number;
  /** Where the operator's pod is. */
  readonly #namespace: string;
  readonly #listeners = new Set<() => void>();
  #finding: BaselineFinding | undefined;
  #hasLooked = false;

  /** `now` gives milliseconds since the epoch. */
  constructor(state: ClusterState, now: () => number, namespace: string) {
    this.#state = state;
    this.#now = now;
    this.#namespace = namespace;
  }

  /** Undefined until something could be tried. */
  finding(): BaselineFinding | undefined {
    return this.#finding;
  }

  /** Whether it is known that there is something to try, or nothing: what was told before a restart stands until then. */
  hasLooked(): boolean {
    return this.#hasLooked;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  readonly reconcile = async (_context: ReconcileContext): Promise<Outcome> => {
    const targets = this.targets();
    if (targets.length === 0) {
      this.#tell(this.#finding);
      return waiting("NothingToTry", FIRST_AFTER_MS);
    }
    const tried = await Promise.all(
      targets.map(async (target) => ({ target, open: await isReachable(target.address, target.port, TIMEOUT_MS) })),
    );
    const open = tried.filter((one) => one.open).map(({ target }) => target);
    this.#tell(open.length === 0 ? closed(targets.length) : ignored(open));
    return waiting("Probed", EVERY_MS);
  };

  /** A few of them, others each time. */
  targets(): readonly Target[] {
    const all = [...this.#state.pods.entries()].flatMap(
      ([key, { workload, deleting, createdMs, ips, trouble }]): Target[] => {
        const [address] = ips;
        const { namespace = "" } = nameOf(key);
        const record = this.#state.workloads.get(`${namespace}/${workload}`);
        const spec = record === undefined ? undefined : this.#state.granted.specOf(record);
        if (spec === undefined || address === undefined || deleting || trouble !== undefined) return [];
        if (this.#now() - createdMs < SETTLED_AFTER_MS) return [];
        return portsClosedTo(this.#namespace, namespace, spec).map((port) => ({ pod: key, address, port }));
      },
    );
    return shuffled(all).slice(0, AT_ONCE);
  }

  #tell(finding: BaselineFinding | undefined): void {
    const isNew = !this.#hasLooked || JSON.stringify(finding) !== JSON.stringify(this.#finding);
    this.#hasLooked = true;
    this.#finding = finding;
    if (isNew) for (const listener of this.#listeners) listener();
  }
}

const closed = (count: number): BaselineFinding => ({
  holds: true,
  reason: "ClosedWaysAreClosed",
  message: `none of the ${count === AT_ONCE ? "sampled" : "few"} closed workload ports accepted a connection from the operator's pod`,
});

const ignored = (open: readonly Target[]): BaselineFinding => ({
  holds: false,
  reason: "NetworkPolicyIgnored",
  message: `${open
    .map(({ pod, port }) => `${pod} port ${port}`)
    .sort()
    .join(
      ", ",
    )} accepted a connection from the operator's pod, which no NetworkPolicy allows: the network plugin does not enforce NetworkPolicy, at least on that node. Until it does, every pod can reach these workloads`,
});

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
