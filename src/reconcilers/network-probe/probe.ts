/**
 * A network plugin that ignores NetworkPolicy does so in silence (DRIFT 54). The operator's pod is nobody's peer, so whatever it can connect to among
 * the workloads' closed ports is not closed at all. What it cannot connect to proves less: nothing may listen there.
 */
import type { ReconcileContext } from "../../kopf/controller.ts";
import { nameOf } from "../../kopf/object.ts";
import { type Outcome, waiting } from "../../kopf/outcome.ts";
import type { BaselineFinding } from "../security-baseline/status.ts";
import type { World } from "../world.ts";
import { isReachable } from "./connect.ts";
import { portsClosedTo, type Target } from "./targets.ts";

const FIRST_AFTER_MS = 15_000;
const EVERY_MS = 5 * 60_000;
/** Plugins take a moment to close a new pod in. */
const SETTLED_AFTER_MS = 30_000;
const AT_ONCE = 8;
const TIMEOUT_MS = 1_000;

export class NetworkProbe {
  readonly #world: World;
  readonly #now: () => number;
  /** Where the operator's pod is. */
  readonly #namespace: string;
  readonly #listeners = new Set<() => void>();
  #finding: BaselineFinding | undefined;

  /** `now` gives milliseconds since the epoch. */
  constructor(world: World, now: () => number, namespace: string) {
    this.#world = world;
    this.#now = now;
    this.#namespace = namespace;
  }

  /** Undefined until something could be tried. */
  finding(): BaselineFinding | undefined {
    return this.#finding;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  readonly reconcile = async (_context: ReconcileContext): Promise<Outcome> => {
    const targets = this.targets();
    if (targets.length === 0) return waiting("NothingToTry", FIRST_AFTER_MS);
    const tried = await Promise.all(
      targets.map(async (target) => ({ target, open: await isReachable(target.address, target.port, TIMEOUT_MS) })),
    );
    const open = tried.filter((one) => one.open).map(({ target }) => target);
    this.#tell(open.length === 0 ? closed(targets.length) : ignored(open));
    return waiting("Probed", EVERY_MS);
  };

  /** A few of them, others each time. */
  targets(): readonly Target[] {
    const all = [...this.#world.pods.entries()].flatMap(
      ([key, { workload, deleting, createdMs, ips, trouble }]): Target[] => {
        const [address] = ips;
        const { namespace = "" } = nameOf(key);
        const record = this.#world.workloads.get(`${namespace}/${workload}`);
        const spec = record === undefined ? undefined : this.#world.granted.specOf(record);
        if (spec === undefined || address === undefined || deleting || trouble !== undefined) return [];
        if (this.#now() - createdMs < SETTLED_AFTER_MS) return [];
        return portsClosedTo(this.#namespace, namespace, spec).map((port) => ({ pod: key, address, port }));
      },
    );
    return shuffled(all).slice(0, AT_ONCE);
  }

  #tell(finding: BaselineFinding): void {
    const isNew = JSON.stringify(finding) !== JSON.stringify(this.#finding);
    this.#finding = finding;
    if (isNew) for (const listener of this.#listeners) listener();
  }
}

const closed = (count: number): BaselineFinding => ({
  holds: true,
  reason: "ClosedWaysAreClosed",
  message: `of ${count === AT_ONCE ? "several" : "the few"} ports of workloads that are closed to the operator's pod none let it in`,
});

const ignored = (open: readonly Target[]): BaselineFinding => ({
  holds: false,
  reason: "NetworkPolicyIgnored",
  message: `${open
    .map(({ pod, port }) => `${pod} port ${port}`)
    .sort()
    .join(
      ", ",
    )} let the operator's pod in, which no NetworkPolicy allows: the network plugin does not enforce NetworkPolicy, or not on that node. Until it does, workloads are reached by whoever tries`,
});

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
