/** What the matrix of who reaches whom holds, and how a pair is looked up in it. Runs in the browser too, and imports nothing. Pure. */

export interface MatrixPort {
  readonly port: number;
  readonly protocol: string;
  readonly login: "none" | "unknown" | "some";
  readonly words: string;
}

export interface MatrixWorkload {
  /** `Kind/namespace/name`. */
  readonly id: string;
  /** Position of its namespace. */
  readonly namespace: number;
  /** Empty where nothing says what it listens on. */
  readonly ports: readonly MatrixPort[];
  /** The SecureWorkload whose pods it has; empty where it is of none. */
  readonly declaredBy: string;
  /** Policies that close it for callers, and for calls. Empty in the node's network, where none holds. */
  readonly ingress: readonly string[];
  readonly egress: readonly string[];
}

/** Of {@link MatrixWorkload.ports}; of a workload without any, 0 stands for whichever it may have. */
export type PortAt = number;

/** A way from the internet to a port. */
export interface InternetWay {
  readonly port: PortAt;
  readonly state: Exclude<State, "closed">;
  /** What it is: a Service, a route, a port of the nodes. */
  readonly words: string;
  /** Where that stands. */
  readonly place: string;
}

export interface ReachMatrix {
  readonly namespaces: readonly string[];
  readonly workloads: readonly MatrixWorkload[];
  /** For each destination the ports that a pod may enter of which no policy knows anything; null where nothing closes any. */
  readonly open: readonly (readonly PortAt[] | null)[];
  /** For each destination: a source and a port, one after another. Of open ports the sources that may not enter, of others those that may. */
  readonly special: readonly (readonly number[])[];
  /** For each source: a destination and a port that its own policies let it reach, one after another; null for all there are. */
  readonly leaves: readonly (readonly number[] | null)[];
  /** For each destination: a source and a port that both ends declare, one after another, where an end is a SecureWorkload. */
  readonly agreed: readonly (readonly number[])[];
  /** For each destination the ways that the internet has to it. */
  readonly internet: readonly (readonly InternetWay[])[];
  /** `counts[from][to]`: pairs of different workloads, by namespace. */
  readonly counts: readonly (readonly Counts[])[];
}

export const STATES = ["declared", "open", "closed"] as const;
export type State = (typeof STATES)[number];
export type Counts = Readonly<Record<State, number>>;

export type Ways = Pick<ReachMatrix, "workloads" | "open" | "special" | "leaves" | "agreed">;

/** Looks up pairs; what it needs of a workload is prepared once. */
export class Pairs {
  readonly #matrix: Ways;
  readonly #special = new Map<number, ReadonlySet<number>>();
  readonly #agreed = new Map<number, ReadonlySet<number>>();
  readonly #leaves = new Map<number, ReadonlySet<number>>();

  constructor(matrix: Ways) {
    this.#matrix = matrix;
  }

  /** Of one port. What policies let through to or from a SecureWorkload is declared where that says so, and open where only they do. */
  stateOf(from: number, to: number, port: PortAt): State {
    const state = this.#byPolicies(from, to, port);
    const { workloads, agreed } = this.#matrix;
    const isOwn = [from, to].some((at) => (workloads[at]?.declaredBy ?? "") !== "");
    if (state === "closed" || !isOwn) return state;
    return prepared(this.#agreed, to, agreed[to] ?? []).has(keyOf(from, port)) ? "declared" : "open";
  }

  #byPolicies(from: number, to: number, port: PortAt): State {
    const leaves = this.#matrix.leaves[from] ?? null;
    if (leaves !== null && !prepared(this.#leaves, from, leaves).has(keyOf(to, port))) return "closed";
    const open = this.#matrix.open[to] ?? null;
    if (open === null) return "open";
    const isSpecial = prepared(this.#special, to, this.#matrix.special[to] ?? []).has(keyOf(from, port));
    if (open.includes(port)) return isSpecial ? "closed" : "open";
    return isSpecial ? "declared" : "closed";
  }

  /** Of a pair: open where a port is, else declared where one is. */
  worst(from: number, to: number): State {
    const count = Math.max(1, this.#matrix.workloads[to]?.ports.length ?? 0);
    let state: State = "closed";
    for (let port = 0; port < count; port += 1) {
      const one = this.stateOf(from, to, port);
      if (one === "open") return "open";
      if (one === "declared") state = one;
    }
    return state;
  }
}

const MOST_PORTS = 1_024;
const keyOf = (other: number, port: PortAt): number => other * MOST_PORTS + Math.min(port, MOST_PORTS - 1);

function prepared(known: Map<number, ReadonlySet<number>>, of: number, pairs: readonly number[]): ReadonlySet<number> {
  const ready = known.get(of);
  if (ready !== undefined) return ready;
  const keys = new Set<number>();
  for (let at = 0; at < pairs.length; at += 2) keys.add(keyOf(pairs[at] ?? 0, pairs[at + 1] ?? 0));
  known.set(of, keys);
  return keys;
}

export function totalOf({ counts }: Pick<ReachMatrix, "counts">): Counts {
  const sum = (state: State): number => counts.flat().reduce((total, cell) => total + cell[state], 0);
  return { declared: sum("declared"), open: sum("open"), closed: sum("closed") };
}

/** Of one destination: open where a way is that nobody declared. */
export function internetState(ways: readonly InternetWay[] = []): State {
  if (ways.some(({ state }) => state === "open")) return "open";
  return ways.length === 0 ? "closed" : "declared";
}

/** Workloads by how the internet reaches them. */
export function internetCounts({ internet }: Pick<ReachMatrix, "internet">): Counts {
  const counts = { declared: 0, open: 0, closed: 0 };
  for (const ways of internet) counts[internetState(ways)] += 1;
  return counts;
}
