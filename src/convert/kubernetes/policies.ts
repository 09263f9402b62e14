/** Own NetworkPolicies say best who talks to whom: each of their peers becomes an entry of access. */
import { addTo, type Draft, defined, type Evidence, evidenceOf } from "../draft.ts";
import { type Part, sayPlace } from "../ledger.ts";
import { addOnce, type Closed, peerOf } from "../peers.ts";
import { isBeside, matches, objectsOf, type World } from "../world.ts";
import { declaredPorts, isImplied, isOpen, networkOf, type Peer, peersOf } from "./policy-peers.ts";
import { claimReplaced } from "./services.ts";

export function readPolicies(world: World, closed: Closed): void {
  for (const policy of objectsOf(world, "NetworkPolicy")) readPolicy(world, policy, closed);
}

/**
 * Whose own NetworkPolicies name the peers of a direction: they are believed. One for every pod closes and names nobody, and neither does a
 * rule that is open to all.
 */
export const closedBy = (world: World): Closed => ({
  inbound: closedIn(world, "Ingress"),
  outbound: closedIn(world, "Egress"),
});

function closedIn(world: World, direction: "Ingress" | "Egress"): Closed["inbound"] {
  const [rules, peers] = direction === "Ingress" ? ["ingress", "from"] : ["egress", "to"];
  const isForAll = (rule: Part): boolean =>
    !isForDns(rule) && (rule.at(peers).items().length === 0 || rule.at(peers).items().some(isOpen));
  const selecting = (draft: Draft): readonly Part[] =>
    objectsOf(world, "NetworkPolicy")
      .filter((policy) => isBeside(policy, draft))
      .map((policy) => policy.at("spec"))
      .filter((spec) => spec.at("podSelector").fields().length > 0 && directionsOf(spec).includes(direction))
      .filter((spec) => matches(spec.at("podSelector"), draft.podLabels));
  const isNamed = (specs: readonly Part[]): boolean =>
    specs.length > 0 && !specs.some((spec) => spec.at(rules).items().some(isForAll));
  return new Set(world.drafts.filter((draft) => isNamed(selecting(draft))));
}

const directionsOf = (spec: Part): readonly string[] =>
  spec.at("policyTypes").texts() ?? ["Ingress", ...(spec.at("egress").exists ? ["Egress"] : [])];

function isForDns(rule: Part): boolean {
  const ports = rule.at("ports").items();
  return ports.length > 0 && ports.every((port) => port.at("port").number() === DNS);
}

const DNS = 53;

function readPolicy(world: World, policy: Part, closed: Closed): void {
  const spec = policy.at("spec");
  const drafts = world.drafts.filter(
    (draft) => isBeside(policy, draft) && matches(spec.at("podSelector"), draft.podLabels),
  );
  if (drafts.length === 0) {
    policy.keep("applied as it is: it selects no workload of these files");
    return;
  }
  for (const draft of drafts) {
    for (const rule of spec.at("ingress").items()) readIngressRule({ world, draft, rule, closed });
    for (const rule of spec.at("egress").items()) readEgressRule({ world, draft, rule, closed });
  }
  spec.keep("access");
  claimReplaced(policy, "access");
}

/** One rule of a policy that selects the draft's pods. */
interface Ruled {
  readonly world: World;
  readonly draft: Draft;
  readonly rule: Part;
  readonly closed: Closed;
}

const evidenceFor = ({ rule }: Ruled): Evidence => evidenceOf(rule, "own NetworkPolicy");

function readIngressRule(ruled: Ruled): void {
  const { world, draft, rule } = ruled;
  const from = rule.at("from").items();
  if (from.length === 0) {
    draft.decisions.push(`access.inbound: ${sayPlace(rule.place)} lets everybody in; name the callers`);
    return;
  }
  const named = rule
    .at("ports")
    .items()
    .map((port) => numberOf(draft, port.at("port")));
  const ports = named.length === 0 || isEveryPort(draft, named) ? [undefined] : named;
  if (from.some((part) => networkOf(part) === "internet"))
    draft.decisions.push(
      `access.inbound: ${sayPlace(rule.place)} lets the internet in; declare a host under expose, or name the callers`,
    );
  const peers = from.filter((part) => networkOf(part) !== "internet").flatMap((part) => peersOf(world, draft, part));
  for (const peer of peers) for (const port of ports) if (!isImplied(draft, peer, port)) letIn(ruled, peer, port);
}

/** Both ends must agree: where only one of them has policies, the other is said here. */
function letIn(ruled: Ruled, peer: Peer, port: number | undefined): void {
  const { world, draft, closed } = ruled;
  addTo(draft, "access.inbound", defined({ ...peer, port }), evidenceFor(ruled));
  const caller = draftOf(world, draft, peer);
  if (caller === undefined || caller === draft || closed.outbound.has(caller)) return;
  for (const one of port === undefined ? declaredPorts(draft) : [port])
    addOnce(caller, "access.outbound", { ...peerOf(world, draft, caller), port: one }, evidenceFor(ruled));
}

const draftOf = ({ drafts }: World, from: Draft, { workload, namespace = from.namespace }: Peer): Draft | undefined =>
  drafts.find((one) => one.name === workload && one.namespace === namespace);

/** Without a port an entry means every declared one. */
const isEveryPort = (draft: Draft, ports: readonly (number | undefined)[]): boolean =>
  declaredPorts(draft).every((port) => ports.includes(port));

function readEgressRule(ruled: Ruled): void {
  const { world, draft, rule } = ruled;
  if (isForDns(rule)) return;
  const ports = rule.at("ports").items();
  const to = rule.at("to").items();
  if (to.length === 0) tellEverywhere(ruled, ports);
  if (to.some(isOpen))
    draft.decisions.push(
      `access.outbound: ${sayPlace(rule.place)} reached private addresses as well, which internet: true does not; name those that are needed`,
    );
  for (const peer of to.flatMap((part) => peersOf(world, draft, part)))
    if (peer.kubernetesAPI === true) addTo(draft, "access.outbound", { kubernetesAPI: true }, evidenceFor(ruled));
    else letOut(ruled, peer, ports);
}

/** The internet is proposed where there is a port for it; pods and private addresses have to be named. */
function tellEverywhere(ruled: Ruled, ports: readonly Part[]): void {
  const { draft, rule } = ruled;
  draft.decisions.push(
    ports.length === 0
      ? `access.outbound: ${sayPlace(rule.place)} goes everywhere; name the destinations, or write internet: true with each port`
      : `access.outbound: ${sayPlace(rule.place)} goes everywhere, of which internet: true leaves out private addresses and pods; name those that are needed`,
  );
  if (ports.length > 0) letOut(ruled, { internet: true }, ports);
}

function letOut(ruled: Ruled, where: Peer, ports: readonly Part[]): void {
  const { world, draft } = ruled;
  const target = draftOf(world, draft, where);
  const named = ports.length > 0 ? ports.map((part) => wayOf(target, part)) : waysTo(target);
  const ways = where.internet === true ? named.flatMap((way) => eachPort(ruled, way)) : named;
  if (named.length === 0)
    draft.decisions.push(
      `access.outbound: ${sayPlace(ruled.rule.place)} names no port; write ${where.internet === true ? "internet: true with each port" : "one"}`,
    );
  for (const way of ways)
    if (way.port === undefined) tellPort(ruled, way);
    else if (way.port !== DNS) reach(ruled, where, way, target);
}

/** A name means something in the pods that are called alone. */
const tellPort = ({ draft, rule }: Ruled, { name }: Way): unknown =>
  draft.decisions.push(
    `access.outbound: ${sayPlace(rule.place)} names port ${name ?? "none"}, whose number nothing in these files says; write it`,
  );

const MOST_PORTS = 16;

/** Only networks have ranges of ports. */
function eachPort({ draft, rule }: Ruled, way: Way): readonly Way[] {
  const { port, endPort } = way;
  if (port === undefined || endPort === undefined) return [way];
  if (endPort - port < MOST_PORTS)
    return Array.from({ length: endPort - port + 1 }, (_, index) => ({
      ...way,
      port: port + index,
      endPort: undefined,
    }));
  draft.decisions.push(
    `access.outbound: ${sayPlace(rule.place)} reaches the internet on ports ${port} to ${endPort}; write internet: true with each port that is needed`,
  );
  return [];
}

function reach(ruled: Ruled, where: Peer, { port, endPort, protocol }: Way, target: Draft | undefined): void {
  const { world, draft, closed } = ruled;
  const range = where.cidr === undefined ? undefined : endPort;
  addTo(draft, "access.outbound", defined({ ...where, port, endPort: range, protocol }), evidenceFor(ruled));
  if (where.internet === true) draft.wishes.push({ kind: "internet", value: draft.name, evidence: evidenceFor(ruled) });
  if (target !== undefined && !closed.inbound.has(target))
    addOnce(target, "access.inbound", { ...peerOf(world, draft, target), port }, evidenceFor(ruled));
}

interface Way {
  readonly port: number | undefined;
  /** Where it has one in place of a number. */
  readonly name?: string | undefined;
  readonly endPort?: number | undefined;
  readonly protocol: string | undefined;
}

const wayOf = (target: Draft | undefined, part: Part): Way => {
  const port = target === undefined ? part.at("port").number() : numberOf(target, part.at("port"));
  const said = part.at("protocol").text();
  const protocol = said === "ANY" ? waysTo(target).find((way) => way.port === port)?.protocol : said;
  const name = part.at("port").text();
  return { port, name, endPort: part.at("endPort").number(), protocol: protocol === "TCP" ? undefined : protocol };
};

const waysTo = (target: Draft | undefined): readonly Way[] =>
  ((target?.spec["ports"] ?? []) as readonly { readonly port: number; readonly protocol?: string }[]).map(
    ({ port, protocol }) => ({ port, protocol }),
  );

const numberOf = (draft: Draft, port: Part): number | undefined => {
  const named = (draft.spec["ports"] ?? []) as readonly { readonly name: string; readonly port: number }[];
  return (
    port.number() ?? draft.portNames.get(port.text() ?? "") ?? named.find(({ name }) => name === port.text())?.port
  );
};
