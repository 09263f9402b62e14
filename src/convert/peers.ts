/** Who talks to whom, by evidence: addresses in variables, arguments and configuration. */
import { type Address, addressesIn, mayBeCalled, namesAddress, namesDependency } from "./addresses.ts";
import { addTo, type Draft, defined, type Evidence, type Spoken } from "./draft.ts";
import { sayPlace } from "./ledger.ts";
import { externalName, isAmongPods, type Port, type Target, targetOf } from "./targets.ts";
import { addConfigTexts, portsBeside, portsNear, variablesOf } from "./texts.ts";
import type { World } from "./world.ts";

/** Drafts whose own NetworkPolicies name everybody of a direction. */
export interface Closed {
  readonly inbound: ReadonlySet<Draft>;
  readonly outbound: ReadonlySet<Draft>;
}

/** Adds what own NetworkPolicies do not say already: they are believed where they say anything of a direction. */
export function readPeers(world: World, closed: Closed): void {
  addConfigTexts(world);
  const doubts: Doubt[] = [];
  for (const draft of world.drafts)
    for (const found of addressesOf(world, draft)) connect({ world, draft, closed, doubts, ...found });
  for (const { draft, peer, decision } of doubts) if (!isReached(draft, peer)) draft.decisions.push(decision);
}

function addressesOf({ namespace }: World, draft: Draft): readonly Pick<Lead, "spoken" | "address" | "ports">[] {
  const variables = variablesOf(draft, namespace);
  const texts = draft.texts.map((spoken) => ({ ...spoken, text: filled(spoken.text, variables) }));
  return texts.flatMap((spoken, index) =>
    addressesIn(spoken.name, spoken.text).map((address) => {
      const near = portsNear(texts, index);
      const beside = near.length > 0 ? near : portsBeside(variables, spoken.name);
      return { spoken, address, ports: address.port === undefined ? beside : [address.port] };
    }),
  );
}

/** `$(NAME)` of Kubernetes, and `${NAME:default}` or `${NAME:-default}` of files and shells. */
const filled = (text: string, variables: ReadonlyMap<string, string>): string =>
  text.replace(
    /\$\(([A-Za-z_][\w.-]*)\)|\$\{([A-Za-z_][\w.]*)(?::-?([^${}]*))?\}/g,
    (whole, name: string | undefined, named: string | undefined, usual: string | undefined) =>
      variables.get(name ?? named ?? "") ?? usual ?? whole,
  );

/** An address that says no port, of a workload that is reached all the same if another one says it. */
interface Doubt {
  readonly draft: Draft;
  readonly peer: Peer;
  readonly decision: string;
}

interface Peer {
  readonly workload?: unknown;
  readonly namespace?: unknown;
  readonly port?: unknown;
  readonly protocol?: unknown;
}

const peersOf = ({ spec }: Draft, direction: string): readonly Peer[] =>
  ((spec["access"] ?? {}) as Readonly<Record<string, readonly Peer[]>>)[direction] ?? [];

const isReached = (draft: Draft, { workload, namespace }: Peer): boolean =>
  peersOf(draft, "outbound").some((known) => known.workload === workload && known.namespace === namespace);

/** One address, where it was found, and what is known around it. */
interface Lead {
  readonly world: World;
  readonly draft: Draft;
  readonly spoken: Spoken;
  readonly address: Address;
  /** None where nothing says one. */
  readonly ports: readonly number[];
  readonly closed: Closed;
  readonly doubts: Doubt[];
}

function connect(lead: Lead): void {
  const { world, draft, spoken, address } = lead;
  const host = address.host.toLowerCase();
  if (/^kubernetes(\.default(\.svc(\.cluster\.local)?)?)?$/.test(host) && address.shape === "url") {
    addTo(draft, "access.outbound", { kubernetesAPI: true }, why(spoken, "url"));
    return;
  }
  const target = targetOf(world, draft, host);
  if (target !== undefined) reachWorkload(lead, target, host);
  else if (!lead.closed.outbound.has(draft)) reachOther(lead, externalName(world, draft, host) ?? host);
}

/** What is no workload of these files: a host outside, or a Service that nobody here knows, which is told. */
function reachOther(lead: Lead, host: string): void {
  const { draft, spoken, address, ports } = lead;
  if (isOutside(host)) {
    if (isMeant(lead) && !isOwnHost(lead, host)) reachHost(lead, host);
    return;
  }
  const isSure = address.shape === "url" && address.port !== undefined && spoken.isContent !== true;
  const name = serviceIn(host) ?? (isSure ? lonelyName(host) : undefined);
  if (name !== undefined && (isSure || ports.length > 0))
    draft.decisions.push(
      `access.outbound: ${sayPlace(spoken)} means ${name}, which is in none of these files; name its workload, or its host`,
    );
}

/** `Service api of namespace back`; of `api.back` it may be a host too. */
function serviceIn(host: string): string | undefined {
  const [, name, namespace] = /^([a-z0-9-]+)\.([a-z0-9-]+)(?:\.svc(?:\.cluster\.local)?)?\.?$/.exec(host) ?? [];
  return name === undefined || FILES.test(host) ? undefined : `Service ${name} of namespace ${namespace}`;
}

const lonelyName = (host: string): string | undefined =>
  /^[a-z][a-z0-9-]*$/.test(host) && host !== "localhost" ? `Service ${host}` : undefined;

/**
 * Content of files quotes many addresses that nothing connects to: there the key must say what its value is. A host alone is often the name that the
 * program itself is called by, with a port of its own.
 */
function isMeant({ draft, spoken: { isContent, name }, address, ports }: Lead): boolean {
  if (!mayBeCalled(name)) return false;
  if (address.shape !== "HOST variable") return isContent !== true || namesAddress(name);
  const own = ((draft.spec["ports"] ?? []) as readonly Port[]).map(({ port }) => port);
  return ports.length === 0 ? isContent !== true && namesDependency(name) : !ports.some((port) => own.includes(port));
}

const why = (spoken: Spoken, shape: string) => ({
  file: spoken.file,
  line: spoken.line,
  why: `${spoken.name === "" ? "an argument" : spoken.name} holds its address (${shape})`,
});

function reachWorkload(lead: Lead, target: Target, host: string): void {
  const { world, draft, spoken, ports: named, doubts } = lead;
  if (target.draft === draft && !isAmongPods(world, draft, host)) return;
  const declared = [...new Set(target.ports.values())];
  const isOnly = named.length === 0 && declared.length === 1;
  const meant = isOnly ? declared : [...new Set(named.flatMap((port) => target.ports.get(port) ?? []))];
  if (meant.length === 0) {
    const which = named.length === 0 ? "names no port" : `names port ${named.join(", ")}, which it does not serve`;
    const decision = `access.outbound: ${sayPlace(spoken)} means ${target.draft.name} and ${which}`;
    doubts.push({ draft, peer: peerOf(world, target.draft, draft), decision });
  }
  for (const port of meant) agree(lead, target.draft, port);
}

/** Says it at both ends. */
function agree({ world, draft, spoken, address, closed }: Lead, target: Draft, port: number): void {
  const evidence = why(spoken, address.shape);
  if (!closed.outbound.has(draft))
    for (const protocol of protocolsOf(target, port))
      addOnce(draft, "access.outbound", defined({ ...peerOf(world, target, draft), port, protocol }), evidence);
  if (!closed.inbound.has(target))
    addOnce(target, "access.inbound", { ...peerOf(world, draft, target), port }, evidence);
}

/** As the other declares that port; TCP goes without saying. */
function protocolsOf({ spec }: Draft, port: number): readonly (string | undefined)[] {
  const declared = ((spec["ports"] ?? []) as readonly Port[]).filter((one) => one.port === port);
  const protocols = declared.map(({ protocol }) => (protocol === "TCP" ? undefined : protocol));
  return protocols.length === 0 ? [undefined] : protocols;
}

/** `one` as the other names it. */
export function peerOf(world: World, one: Draft, from: Draft): Record<string, unknown> {
  const [namespace, own] = [one, from].map((draft) => draft.namespace ?? world.namespace);
  return defined({ workload: one.name, namespace: namespace === own ? undefined : one.namespace });
}

/** An entry without a port says more already. */
export function addOnce(draft: Draft, path: string, entry: Record<string, unknown>, evidence: Evidence): void {
  const isSaid = peersOf(draft, path.replace("access.", "")).some(
    ({ workload, namespace, port, protocol }) =>
      workload === entry["workload"] &&
      namespace === entry["namespace"] &&
      (port === undefined || (port === entry["port"] && (protocol ?? "TCP") === (entry["protocol"] ?? "TCP"))),
  );
  if (!isSaid) addTo(draft, path, entry, evidence);
}

/** A name of the internet: dots, a top-level domain, and none that only documentation or the cluster knows. Of two parts it may be a Service and its namespace. */
const isOutside = (host: string): boolean =>
  /^([a-z0-9-]+\.){2,}[a-z]{2,24}$|^[a-z0-9-]+\.([a-z]{2}|com|org|net|info|biz|dev|app|cloud)$/.test(host) &&
  !/\.(local|svc|internal|localhost|test|invalid|example|cluster)$|^localhost/.test(host) &&
  !FILES.test(host);

/** `config.yaml:80` has the shape of a host as well. */
const FILES =
  /\.(ya?ml|json|conf|cfg|ini|toml|xml|properties|sh|py|js|ts|go|java|jar|txt|log|sock|pem|crt|key|md|html|css|png|so|sql|db)$/;

/** By what nothing but this workload serves, programs tell others where it is; they do not call it. */
function isOwnHost({ world, draft }: Lead, host: string): boolean {
  const behind = world.drafts.filter(({ spec }) => exposedIn(spec).some((one) => one.host === host));
  return behind.length === 1 && behind[0] === draft;
}

const exposedIn = (spec: Draft["spec"]): readonly { readonly host?: unknown }[] =>
  (spec["expose"] ?? []) as readonly { readonly host?: unknown }[];

function reachHost({ draft, spoken, address, ports }: Lead, host: string): void {
  if (ports.length === 0) draft.decisions.push(`access.outbound: ${sayPlace(spoken)} names ${host} without a port`);
  for (const port of ports) addTo(draft, "access.outbound", { host, port }, why(spoken, address.shape));
}

/** A dependency that a format declares without a port: every declared port of the other is meant. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly evidence: Evidence;
}

export function readEdge(world: World, { from, to, evidence }: Edge): void {
  const { drafts } = world;
  const caller = drafts.find((draft) => draft.aliases.has(from));
  const target = drafts.find((draft) => draft.aliases.has(to));
  if (caller === undefined || target === undefined) return;
  const ports = (target.spec["ports"] ?? []) as readonly Port[];
  if (ports.length === 0 && !isReached(caller, peerOf(world, target, caller)))
    caller.decisions.push(
      `access.outbound: ${sayPlace(evidence)} names ${target.name}, which declares no port; declare it there, and name it at both ends`,
    );
  for (const { port, protocol } of ports) {
    const transport = protocol === "TCP" ? undefined : protocol;
    addOnce(
      caller,
      "access.outbound",
      defined({ ...peerOf(world, target, caller), port, protocol: transport }),
      evidence,
    );
    addOnce(target, "access.inbound", { ...peerOf(world, caller, target), port }, evidence);
  }
}
