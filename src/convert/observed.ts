/** What `palisade learn -o json` saw: calls that ran, which are believed before addresses in texts, and after own NetworkPolicies. */
import { isNode, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { hostNetwork, network } from "../crds/v1alpha1/networks.ts";
import { addTo, type Draft, defined, type Evidence } from "./draft.ts";
import { isImplied, roleOf } from "./kubernetes/policy-peers.ts";
import { type Place, sayPlace } from "./ledger.ts";
import { addOnce, type Closed, peerOf } from "./peers.ts";
import { takes } from "./takes.ts";
import type { Port } from "./targets.ts";
import type { World } from "./world.ts";

const direction = z.enum(["inbound", "outbound"]);
type Direction = z.output<typeof direction>;

/** As `learn` prints it, as far as it is read here. */
const learning = z.looseObject({
  kind: z.literal("Learning"),
  edges: z.array(
    z.looseObject({
      verdict: z.string(),
      from: z.string(),
      to: z.string(),
      port: z.int().optional(),
      protocol: z.string(),
      evidence: z.array(z.string()),
      lacks: z.array(z.looseObject({ direction, entry: z.looseObject({}).optional() })),
    }),
  ),
});

type Edge = z.output<typeof learning>["edges"][number];

/** A call that was seen, and its place in what `learn` printed. */
export type Seen = Edge & { readonly place: Place };

/** Undefined where the text is not what `learn` prints. What was declared and not seen is no call. */
export function observedIn(file: string, text: string): readonly Seen[] | undefined {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, logLevel: "silent" });
  const parsed = document.errors.length > 0 ? undefined : learning.safeParse(document.toJS());
  if (parsed?.success !== true) return undefined;
  return parsed.data.edges.flatMap((edge, index) => {
    const node = document.getIn(["edges", index], true);
    const line = counter.linePos(isNode(node) ? (node.range?.[0] ?? 0) : 0).line;
    return edge.verdict === "DeclaredNotSeen" ? [] : [{ ...edge, place: { file, line } }];
  });
}

interface Call {
  readonly world: World;
  readonly closed: Closed;
  readonly seen: Seen;
}

export function readObserved(world: World, observed: readonly Seen[], closed: Closed): void {
  for (const seen of observed) {
    const [from, to] = [seen.from, seen.to].map((name) => draftCalled(world, name));
    const call = { world, closed, seen };
    if (from !== undefined && to !== undefined) between(call, from, to);
    else if (from !== undefined) goesOut(call, from);
    else if (to !== undefined) comesIn(call, to);
  }
}

/** `namespace/name`, as the object or one of its Services is called. */
function draftCalled(world: World, party: string): Draft | undefined {
  const [namespace, name] = party.split("/");
  if (name === undefined) return undefined;
  const called = world.drafts.filter((draft) => draft.name === name || draft.aliases.has(name));
  return (
    called.find((draft) => (draft.namespace ?? world.namespace) === namespace) ??
    called.find((draft) => draft.namespace === undefined)
  );
}

const evidenceOf = ({ place, evidence }: Seen): Evidence => ({
  ...place,
  why: `seen${evidence[0] === undefined ? "" : `: ${evidence[0]}`}`,
});

const tell = (draft: Draft, { seen }: Call, direction: Direction, what: string): unknown =>
  draft.decisions.push(`access.${direction}: ${sayPlace(seen.place)} saw ${seen.from} call ${seen.to} ${what}`);

function between(call: Call, from: Draft, to: Draft): void {
  const { world, seen } = call;
  const { port } = seen;
  if (from === to) return;
  const declared = ((to.spec["ports"] ?? []) as readonly Port[]).map((one) => one.port);
  if (port === undefined) return void tell(from, call, "outbound", "and no port; name it");
  if (!declared.includes(port))
    return void tell(to, call, "inbound", `on port ${port}, which is not among ports: declare it there first`);
  const protocol = seen.protocol === "TCP" ? undefined : seen.protocol;
  say(call, from, "outbound", defined({ ...peerOf(world, to, from), port, protocol }));
  say(call, to, "inbound", { ...peerOf(world, from, to), port });
}

/** Whose own NetworkPolicies name everybody of a direction is believed, and what was seen all the same is told. */
function say(call: Call, draft: Draft, direction: Direction, entry: Readonly<Record<string, unknown>>): void {
  const { closed, seen } = call;
  if (!closed[direction].has(draft)) return void addOnce(draft, `access.${direction}`, entry, evidenceOf(seen));
  if (!isSaid(draft, direction, entry))
    tell(draft, call, direction, `on port ${seen.port}, which its own NetworkPolicy does not say`);
}

function isSaid({ spec }: Draft, direction: Direction, entry: Readonly<Record<string, unknown>>): boolean {
  const entries = ((spec["access"] ?? {}) as Partial<Record<Direction, readonly Readonly<Record<string, unknown>>[]>>)[
    direction
  ];
  return (entries ?? []).some(
    (known) =>
      (known["workload"] === entry["workload"] ||
        (known["workload"] === undefined && known["namespace"] !== undefined)) &&
      (known["port"] === undefined || known["port"] === entry["port"]),
  );
}

const lackOf = ({ lacks }: Seen, wanted: Direction): Readonly<Record<string, unknown>> | undefined =>
  lacks.find(({ direction: own, entry }) => own === wanted && entry !== undefined)?.entry;

function goesOut(call: Call, draft: Draft): void {
  const { seen } = call;
  const entry = seen.to === "kubernetesAPI" ? { kubernetesAPI: true } : (lackOf(seen, "outbound") ?? outsideOf(seen));
  if (entry === undefined)
    return void tell(
      draft,
      call,
      "outbound",
      `on port ${seen.port ?? "none"}, and nothing in these files has that name; name it`,
    );
  const isImpliedAlready =
    entry["kubernetesAPI"] === true && (draft.spec["permissions"] ?? draft.spec["clusterReads"]) !== undefined;
  if (!isImpliedAlready) addOther(call, draft, "outbound", entry);
}

/** A host by its name, an address by itself. */
function outsideOf({ to, port, protocol }: Seen): Readonly<Record<string, unknown>> | undefined {
  if (port === undefined || to.includes("/")) return undefined;
  const rest = defined({ port, protocol: protocol === "TCP" ? undefined : protocol });
  const cidr = /^[\d.]+$|:/.test(to) ? hostNetwork(to) : undefined;
  if (cidr !== undefined) return takes(network, cidr) ? { cidr, ...rest } : undefined;
  return /^([a-z0-9-]+\.)+[a-z]{2,}$/.test(to) ? { host: to, ...rest } : undefined;
}

/** Who calls by role is let in by role. */
function comesIn(call: Call, draft: Draft): void {
  const { seen } = call;
  const { port } = seen;
  const [namespace = "", name] = seen.from.split("/");
  const role = name === undefined ? undefined : roleOf(namespace);
  if (role !== undefined && isImplied(draft, role, port)) return;
  const entry = role === undefined ? lackOf(seen, "inbound") : defined({ ...role, port });
  if (entry === undefined)
    tell(draft, call, "inbound", `on port ${port ?? "none"}, and is in none of these files; name it`);
  else addOther(call, draft, "inbound", entry);
}

/** Peers that are no workload of these files. */
function addOther(call: Call, draft: Draft, direction: Direction, entry: Readonly<Record<string, unknown>>): void {
  const { closed, seen } = call;
  if (!closed[direction].has(draft)) addTo(draft, `access.${direction}`, { ...entry }, evidenceOf(seen));
  else tell(draft, call, direction, "which its own NetworkPolicy may not say: compare them");
}
