/**
 * Whether both ends of every way between workloads declare it. Each NetworkPolicy opens its own half alone, so that traffic flows only
 * where they agree; this says which half is missing, and what to write where. Pure.
 */

import { keyOf } from "kopf-ts";
import type { Notice } from "../crds/v1alpha1/findings.ts";
import type { SecureWorkloadSpec, SecureWorkloadStatus } from "../crds/v1alpha1/secure-workload.ts";
import type { WorkloadRecord } from "./records/workload.ts";

/** What one workload knows of another. */
export interface Neighbour {
  readonly ref: { readonly namespace: string; readonly name: string };
  /** Undefined when it is not one that this version accepts: then it declares nothing. */
  readonly spec: SecureWorkloadSpec | undefined;
}

export interface Neighbourhood {
  /** The workload of that name; undefined when there is none. */
  find(namespace: string, name: string): Neighbour | undefined;
  /** Every workload that names this one in its access. */
  readonly naming: readonly Neighbour[];
}

type Entry = NonNullable<SecureWorkloadStatus["access"]>[number];

/** One half without the other; `remedy` is what to do about it. */
export interface MissingHalf extends Entry {
  readonly remedy: string;
}

interface Port {
  readonly port: number;
  readonly protocol: Entry["protocol"] & string;
}

type Named = Neighbour["ref"];

/** Workloads that an entry of an access list names one by one; a whole namespace is named by leaving the workload out. */
interface PeerEntry {
  readonly workload?: string | undefined;
  readonly namespace?: string | undefined;
  readonly port?: number | undefined;
}

const inboundOf = ({ spec }: Neighbour) => spec?.access?.inbound ?? [];
const outboundOf = ({ spec }: Neighbour) => spec?.access?.outbound ?? [];

/** The workload an entry names; undefined for every other kind of peer. */
export function namedBy({ workload, namespace }: PeerEntry, owner: Named): Named | undefined {
  return workload === undefined ? undefined : { namespace: namespace ?? owner.namespace, name: workload };
}

const isSame = (a: Named, b: Named): boolean => a.namespace === b.namespace && a.name === b.name;

/** Whether an entry of `owner` means `peer`, by its name or with its whole namespace. */
function means(entry: PeerEntry, owner: Named, peer: Named): boolean {
  const named = namedBy(entry, owner);
  return named === undefined ? entry.namespace === peer.namespace : isSame(named, peer);
}

/** The ports an inbound entry of `owner` opens. */
const openedBy = (owner: Neighbour, entry: PeerEntry): readonly Port[] =>
  (owner.spec?.ports ?? []).filter(({ port }) => entry.port === undefined || port === entry.port);

/** The ports of `server` that it lets `client` in on. */
const granted = (server: Neighbour, client: Named): readonly Port[] =>
  inboundOf(server).flatMap((entry) => (means(entry, server.ref, client) ? openedBy(server, entry) : []));

/** The ports at which `client` declares that it calls `server`. */
const needed = (client: Neighbour, server: Named): readonly Port[] =>
  outboundOf(client).flatMap((entry) =>
    entry.port !== undefined && means(entry, client.ref, server)
      ? [{ port: entry.port, protocol: entry.protocol }]
      : [],
  );

const holds = (ports: readonly Port[], wanted: Port): boolean =>
  ports.some(({ port, protocol }) => port === wanted.port && protocol === wanted.protocol);

/**
 * Every half of a way that `self` takes part in and that stands alone: first those it declares itself, then those that others
 * declare. A whole namespace is an offer to whoever is there, and waits for nobody.
 */
export function unmatchedRules(self: Neighbour, around: Neighbourhood): readonly MissingHalf[] {
  const own = [
    ...outboundOf(self).flatMap((entry) => unansweredNeed(self, entry, around)),
    ...inboundOf(self).flatMap((entry) => unansweredGrant(self, entry, around)),
  ];
  const asked = around.naming
    .filter((peer) => !isSame(peer.ref, self.ref))
    .flatMap((peer) => [...askedForGrant(self, peer), ...askedForNeed(self, peer)]);
  return [...distinct(own), ...distinct(asked).sort(byPeer)];
}

function unansweredNeed(
  self: Neighbour,
  entry: PeerEntry & { readonly protocol: Port["protocol"] },
  around: Neighbourhood,
): readonly MissingHalf[] {
  const named = namedBy(entry, self.ref);
  if (named === undefined || entry.port === undefined) return [];
  const port = { port: entry.port, protocol: entry.protocol };
  const peer = around.find(named.namespace, named.name);
  if (peer === undefined) return [absent("outbound", named, port)];
  return holds(granted(peer, self.ref), port)
    ? []
    : [
        half({
          direction: "outbound",
          peer: named,
          port,
          missing: "theirs",
          remedy: remedyOfGrant(peer, self.ref, port),
        }),
      ];
}

function unansweredGrant(self: Neighbour, entry: PeerEntry, around: Neighbourhood): readonly MissingHalf[] {
  const named = namedBy(entry, self.ref);
  if (named === undefined) return [];
  const opened = openedBy(self, entry);
  const port = onlyOne(opened);
  const peer = around.find(named.namespace, named.name);
  if (peer === undefined) return [absent("inbound", named, port)];
  return needed(peer, self.ref).some((need) => holds(opened, need))
    ? []
    : [
        half({
          direction: "inbound",
          peer: named,
          port,
          missing: "theirs",
          remedy: remedyOfNeed(peer, self, opened),
        }),
      ];
}

/** `peer` names us as its destination, and we do not let it in. */
function askedForGrant(self: Neighbour, peer: Neighbour): readonly MissingHalf[] {
  return outboundOf(peer).flatMap((entry) => {
    const named = namedBy(entry, peer.ref);
    if (named === undefined || !isSame(named, self.ref) || entry.port === undefined) return [];
    const port = { port: entry.port, protocol: entry.protocol };
    if (holds(granted(self, peer.ref), port)) return [];
    return [
      half({
        direction: "inbound",
        peer: peer.ref,
        port,
        missing: "ours",
        remedy: remedyOfGrant(self, peer.ref, port),
      }),
    ];
  });
}

/** `peer` allows us by name, but we do not declare access to it. */
function askedForNeed(self: Neighbour, peer: Neighbour): readonly MissingHalf[] {
  return inboundOf(peer).flatMap((entry) => {
    const named = namedBy(entry, peer.ref);
    if (named === undefined || !isSame(named, self.ref)) return [];
    const opened = openedBy(peer, entry);
    if (needed(self, peer.ref).some((need) => holds(opened, need))) return [];
    return [
      half({
        direction: "outbound",
        peer: peer.ref,
        port: onlyOne(opened),
        missing: "ours",
        remedy: remedyOfNeed(self, peer, opened),
      }),
    ];
  });
}

const onlyOne = (ports: readonly Port[]): Port | undefined => (ports.length === 1 ? ports[0] : undefined);

interface Half {
  readonly direction: Entry["direction"];
  readonly peer: Named;
  readonly port: Port | undefined;
  readonly missing: Entry["missing"];
  readonly remedy: string;
}

function half({ direction, peer, port, missing, remedy }: Half): MissingHalf {
  const at = port === undefined ? {} : { port: port.port, protocol: port.protocol };
  return { peer: `${peer.namespace}/${peer.name}`, direction, ...at, missing, remedy };
}

const absent = (direction: Entry["direction"], peer: Named, port: Port | undefined): MissingHalf =>
  half({
    direction,
    peer,
    port,
    missing: "absent",
    remedy: `SecureWorkload ${peer.name} does not exist in namespace ${peer.namespace}: create it, or remove it from access.${direction} here`,
  });

/**
 * The port of the pods behind a Service's port, where nothing else listens on that number. NetworkPolicies act on the pod's port: what names the
 * Service's stays closed.
 */
function behindServicePort({ spec }: Neighbour, { port, protocol }: Port): number | undefined {
  const ports = (spec?.ports ?? []).filter((declared) => declared.protocol === protocol);
  return ports.some((declared) => declared.port === port)
    ? undefined
    : ports.find(({ servicePort }) => servicePort === port)?.port;
}

/** The change to `client`, which names the Service's port of `server`. */
const remedyOfServicePort = (client: Named, server: Named, { port, protocol }: Port, behind: number): string =>
  `${portText({ port, protocol })} is the port of Service ${server.name}, and network policies act on the port of its pods: write port: ${behind} for { workload: ${server.name} } in access.outbound of SecureWorkload ${client.name} in namespace ${client.namespace}; it still calls ${server.name}:${port}`;

/** The change to `server` that allows `client`. */
function remedyOfGrant(server: Neighbour, client: Named, port: Port): string {
  const { ref, spec } = server;
  const behind = behindServicePort(server, port);
  if (behind !== undefined) return remedyOfServicePort(client, ref, port, behind);
  const declares = holds(spec?.ports ?? [], port) ? "" : ` and ${portText(port)} to ports`;
  return `${ref.namespace}/${ref.name} does not allow ${client.namespace}/${client.name} on ${portText(port)}: add { workload: ${client.name}, namespace: ${client.namespace} } to access.inbound${declares} of SecureWorkload ${ref.name} in namespace ${ref.namespace}`;
}

/** The change to `client` that declares access to `server` on one of `ports`. */
function remedyOfNeed(client: Neighbour, server: Neighbour, ports: readonly Port[]): string {
  for (const port of needed(client, server.ref)) {
    const behind = behindServicePort(server, port);
    if (behind !== undefined && holds(ports, { ...port, port: behind }))
      return remedyOfServicePort(client.ref, server.ref, port, behind);
  }
  return remedyOfNoNeed(client.ref, server.ref, ports);
}

function remedyOfNoNeed(client: Named, server: Named, ports: readonly Port[]): string {
  const [first] = ports;
  const port =
    first === undefined
      ? ""
      : `, port: ${first.port}${first.protocol === "TCP" ? "" : `, protocol: ${first.protocol}`}`;
  return `${client.namespace}/${client.name} does not declare access to ${server.namespace}/${server.name}: add { workload: ${server.name}, namespace: ${server.namespace}${port} } to access.outbound of SecureWorkload ${client.name} in namespace ${client.namespace}`;
}

const portText = ({ port, protocol }: Port): string => `${port}/${protocol}`;

const identityOf = ({ peer, direction, port, protocol, missing }: MissingHalf): string =>
  [peer, direction, port, protocol, missing].join(" ");

function distinct(halves: readonly MissingHalf[]): MissingHalf[] {
  return [...new Map(halves.map((missing) => [identityOf(missing), missing])).values()];
}

/** Indices have no order, but the status must be stable. */
const byPeer = (a: MissingHalf, b: MissingHalf): number => (identityOf(a) < identityOf(b) ? -1 : 1);

/** As the status lists them. */
export function accessStatus(missing: readonly MissingHalf[]): Pick<SecureWorkloadStatus, "access" | "agreement"> {
  const entries = missing.map(({ remedy: _remedy, ...entry }) => entry);
  const own = missing.filter(isOwn).length;
  return {
    ...(entries.length === 0 ? {} : { access: entries }),
    agreement: own === 0 ? "agreed" : `${own} missing`,
  };
}

/** Whether it is this workload's declaration that nobody answers; what others wish of it turns nothing. */
const isOwn = ({ missing }: MissingHalf): boolean => missing !== "ours";

/** Number of missing sides that a message spells out. */
const MAX_TOLD = 3;

/** Only the workload's own declarations count. Access that others declare to it is listed but changes no condition. */
export function agreementNotice(missing: readonly MissingHalf[]): Notice {
  const own = missing.filter(isOwn);
  if (own.length === 0) {
    return {
      type: "AccessAgreed",
      holds: true,
      reason: "BothEndsAgree",
      message: "every workload in access declares its side",
    };
  }
  const told = own.slice(0, MAX_TOLD).map(({ remedy }) => remedy);
  const more = own.length > MAX_TOLD ? [`and ${own.length - MAX_TOLD} more, see status.access`] : [];
  return { type: "AccessAgreed", holds: false, reason: "HalfMissing", message: [...told, ...more].join("; ") };
}

/** The keys of the workloads that this one names in its access: an index of the workloads' cache. */
export function namedPeers({ ref, spec }: WorkloadRecord): readonly string[] {
  const { inbound = [], outbound = [] } = spec?.access ?? {};
  const keys = [...inbound, ...outbound].flatMap((entry) => {
    const named = namedBy(entry, ref);
    return named === undefined ? [] : [keyOf(named)];
  });
  return [...new Set(keys)];
}
