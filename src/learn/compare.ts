/** What is declared beside what was seen: *declared and seen*, *declared, not seen*, *seen, not declared*. Pure. */
import {
  type Callers,
  type DeclaredWorkload,
  type Direction,
  type Entry,
  isCaller,
  keyOf,
  names,
  opens,
} from "./declared.ts";
import { nameOf, type Party, type Protocol, type SeenEdge } from "./edges.ts";
import { lackOf } from "./lack.ts";

export type Verdict = "DeclaredAndSeen" | "DeclaredNotSeen" | "SeenNotDeclared";

/** Where a workload says something, or would have to. */
export interface Place {
  /** `namespace/name`. */
  readonly workload: string;
  readonly direction: Direction;
}

export interface DeclaredAt extends Place {
  readonly index: number;
}

export interface Lack extends Place {
  /** What would have to stand there; undefined where a person has to say it. */
  readonly entry?: Entry;
  /** Why that is nobody else's to say. */
  readonly decision?: string;
}

export interface Finding {
  readonly verdict: Verdict;
  readonly from: string;
  readonly to: string;
  readonly port?: number;
  readonly protocol: Protocol;
  readonly evidence: readonly string[];
  readonly declared: readonly DeclaredAt[];
  readonly lacks: readonly Lack[];
}

export interface Comparing {
  readonly workloads: readonly DeclaredWorkload[];
  readonly seen: readonly SeenEdge[];
  readonly callers: Callers;
  /** What the sources could show: every call, the names that were asked of DNS alone, or neither. */
  readonly looked: "calls" | "names" | "nothing";
}

/** Edges with an end among the workloads, or every one where there are none; entries that no edge met come last. */
export function compare(comparing: Comparing): readonly Finding[] {
  const known = new Map(comparing.workloads.map((workload) => [keyOf(workload), workload]));
  const ofOurs = comparing.seen.filter(
    ({ from, to }) => known.size === 0 || known.has(nameOf(from)) || known.has(nameOf(to)),
  );
  const seen = ofOurs.map((edge) => judge(edge, known, comparing));
  const met = new Set(seen.flatMap(({ declared }) => declared.map(placeKey)));
  return [...seen, ...unseen(comparing, met)];
}

const placeKey = ({ workload, direction, index }: DeclaredAt): string => `${workload} ${direction} ${index}`;

function judge(edge: SeenEdge, known: ReadonlyMap<string, DeclaredWorkload>, comparing: Comparing): Finding {
  const ends = [
    { own: known.get(nameOf(edge.from)), other: edge.to, direction: "outbound" as const },
    { own: known.get(nameOf(edge.to)), other: edge.from, direction: "inbound" as const },
  ];
  const declared: DeclaredAt[] = [];
  const lacks: Lack[] = [];
  for (const { own, other, direction } of ends) {
    if (own === undefined) continue;
    const entries = own.access[direction] ?? [];
    const meeting = entries.flatMap((entry, index) =>
      names(entry, other, own.namespace, comparing.callers) && opens(entry, direction, edge) ? [index] : [],
    );
    declared.push(...meeting.map((index) => ({ workload: keyOf(own), direction, index })));
    if (meeting.length === 0 && !isImplied(own, other, edge, comparing.callers))
      lacks.push({ workload: keyOf(own), direction, ...lackOf({ own, other, direction, edge, seen: comparing.seen }) });
  }
  const isDeclared = lacks.length === 0 && ends.some(({ own }) => own !== undefined);
  return { verdict: isDeclared ? "DeclaredAndSeen" : "SeenNotDeclared", ...said(edge), declared, lacks };
}

const said = ({ from, to, port, protocol, evidence }: SeenEdge) => ({
  from: nameOf(from),
  to: nameOf(to),
  ...(port === undefined ? {} : { port }),
  protocol,
  evidence,
});

function isImplied({ implied }: DeclaredWorkload, other: Party, { port }: SeenEdge, callers: Callers): boolean {
  if (other.kind === "kubernetesAPI") return implied.kubernetesAPI;
  if (implied.gateway && isCaller(other, callers.gateway)) return true;
  return implied.monitoring !== undefined && implied.monitoring === port && isCaller(other, callers.monitoring);
}

/** Entries that an edge could have met and none did, with both ends of one edge in one finding. */
function unseen({ workloads, looked }: Comparing, met: ReadonlySet<string>): readonly Finding[] {
  const findings = new Map<string, Finding>();
  for (const { own, direction, index, entry } of workloads.flatMap(entriesOf)) {
    const place = { workload: keyOf(own), direction, index };
    if (met.has(placeKey(place)) || !couldBeSeen(entry, looked)) continue;
    const finding = notSeen(own, direction, entry);
    const key = `${finding.from} ${finding.to} ${finding.port}`;
    findings.set(key, { ...finding, declared: [...(findings.get(key)?.declared ?? []), place] });
  }
  return [...findings.values()];
}

const couldBeSeen = ({ host }: Entry, looked: Comparing["looked"]): boolean =>
  looked === "calls" || (looked === "names" && host !== undefined);

const entriesOf = (own: DeclaredWorkload) =>
  (["outbound", "inbound"] as const).flatMap((direction) =>
    (own.access[direction] ?? []).map((entry, index) => ({ own, direction, index, entry })),
  );

function notSeen(own: DeclaredWorkload, direction: Direction, entry: Entry): Finding {
  const [from, to] = direction === "outbound" ? [keyOf(own), peerText(entry, own)] : [peerText(entry, own), keyOf(own)];
  const port = entry.port === undefined ? {} : { port: entry.port };
  return {
    verdict: "DeclaredNotSeen",
    from,
    to,
    ...port,
    protocol: entry.protocol ?? "TCP",
    evidence: [],
    declared: [],
    lacks: [],
  };
}

function peerText(entry: Entry, { namespace }: DeclaredWorkload): string {
  if (entry.workload !== undefined) return `${entry.namespace ?? namespace}/${entry.workload}`;
  if (entry.pods !== undefined) {
    const labels = (entry.pods.podLabels ?? []).map(({ key, value }) => `${key}=${value}`);
    return `pods ${entry.pods.namespace ?? namespace}/${labels.join(",")}`;
  }
  const [role] = (["gateway", "monitoring", "kubernetesAPI", "internet"] as const).filter((one) => entry[one] === true);
  return role ?? entry.cidr ?? entry.host ?? `every workload of ${entry.namespace}`;
}
