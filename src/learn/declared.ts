/** What SecureWorkloads declare of their access, entry by entry, and whether an entry means an edge that was seen. Pure. */
import ipaddr from "ipaddr.js";
import type { KubeObject } from "kopf-ts";
import type { PermissionRule } from "../crds/v1alpha1/permission-menu.ts";
import type { Labels } from "../migration/running.ts";
import { isWithin } from "./address-book.ts";
import type { Edge, Party, Protocol } from "./edges.ts";

export type Direction = "inbound" | "outbound";

interface PodPeer {
  readonly namespace?: string;
  readonly podLabels?: readonly { readonly key: string; readonly value: string }[];
}

/** As `access.inbound` and `access.outbound` have it. */
export interface Entry {
  readonly workload?: string;
  readonly namespace?: string;
  readonly gateway?: true;
  readonly monitoring?: true;
  readonly kubernetesAPI?: true;
  readonly internet?: true;
  readonly cidr?: string;
  readonly host?: string;
  readonly pods?: PodPeer;
  readonly port?: number;
  readonly endPort?: number;
  readonly protocol?: Protocol;
}

export interface DeclaredWorkload {
  readonly namespace: string;
  readonly name: string;
  readonly access: Readonly<Partial<Record<Direction, readonly Entry[]>>>;
  readonly ports: readonly { readonly port: number; readonly protocol?: Protocol }[];
  readonly permissions: readonly PermissionRule[];
  readonly clusterReads: readonly string[];
  /** Directories that it can write. */
  readonly writable: readonly string[];
  /** Edges that other fields open: the gateway to what is exposed, the monitoring stack, the Kubernetes API for permissions. */
  readonly implied: Readonly<{ gateway: boolean; monitoring: number | undefined; kubernetesAPI: boolean }>;
}

export const keyOf = ({ namespace, name }: Pick<DeclaredWorkload, "namespace" | "name">): string =>
  `${namespace}/${name}`;

interface Spec {
  readonly access?: DeclaredWorkload["access"];
  readonly ports?: DeclaredWorkload["ports"];
  readonly expose?: readonly unknown[];
  readonly monitoring?: { readonly port?: number };
  readonly permissions?: readonly PermissionRule[];
  readonly clusterReads?: readonly string[];
  readonly scratch?: readonly Mount[];
  readonly claims?: readonly Mount[];
  readonly containers?: readonly { readonly scratch?: readonly Mount[]; readonly claims?: readonly Mount[] }[];
}

interface Mount {
  readonly path?: string;
}

/** Of a SecureWorkload, also one that no API server has checked. */
export function declaredBy({ metadata, spec }: KubeObject, fallback: string): DeclaredWorkload {
  const declared = (spec ?? {}) as Spec;
  const { access = {}, ports = [], expose, monitoring, permissions = [], clusterReads = [] } = declared;
  const mounts = [declared, ...(declared.containers ?? [])].flatMap(({ scratch = [], claims = [] }) => [
    ...scratch,
    ...claims,
  ]);
  return {
    namespace: metadata.namespace ?? fallback,
    name: metadata.name,
    access,
    ports,
    permissions,
    clusterReads,
    writable: mounts.flatMap(({ path }) => path ?? []),
    implied: {
      gateway: expose !== undefined,
      monitoring: monitoring?.port,
      kubernetesAPI: permissions.length + clusterReads.length > 0,
    },
  };
}

/** Pods or networks of the platform that call by role. */
export interface Caller {
  readonly namespace?: string;
  readonly podLabels?: readonly { readonly key: string; readonly value: string }[];
  readonly cidrs?: readonly string[];
}

/** Of the SecurityBaseline; undefined where nobody gave it. */
export interface Callers {
  readonly gateway?: Caller;
  readonly monitoring?: Caller;
}

export const callersOf = (baseline: KubeObject | undefined): Callers =>
  (baseline?.["spec"] as { readonly callers?: Callers } | undefined)?.callers ?? {};

const hasLabels = (labels: Labels, wanted: readonly { readonly key: string; readonly value: string }[]): boolean =>
  wanted.every(({ key, value }) => labels[key] === value);

const addressOf = (party: Party): string | undefined =>
  party.kind === "outside" || party.kind === "unknown" ? party.address : undefined;

export function isCaller(party: Party, caller: Caller | undefined): boolean {
  if (caller === undefined) return false;
  const address = addressOf(party);
  if (address !== undefined) return (caller.cidrs ?? []).some((network) => isWithin(address, network));
  return (
    party.kind === "workload" && party.namespace === caller.namespace && hasLabels(party.labels, caller.podLabels ?? [])
  );
}

/** Whether an entry of a workload in `namespace` names `party`. */
export function names(entry: Entry, party: Party, namespace: string, callers: Callers): boolean {
  if (entry.gateway === true) return isCaller(party, callers.gateway);
  if (entry.monitoring === true) return isCaller(party, callers.monitoring);
  switch (party.kind) {
    case "kubernetesAPI":
      return entry.kubernetesAPI === true;
    case "host":
      return entry.host !== undefined && isNamed(entry.host, party.host);
    case "outside":
      return namesAddress(entry, party.address);
    case "workload":
      return namesPods(entry, party, namespace);
    default:
      return false;
  }
}

/** A star stands for one name, or for several, as the network plugin has it. */
const isNamed = (pattern: string, host: string): boolean =>
  pattern === host || (pattern.startsWith("*.") && host.endsWith(pattern.slice(1)));

/** Which name an address has nobody knows here: an entry with a host means any address, on its port. Some sources name only networks. */
function namesAddress({ cidr, host, internet }: Entry, address: string): boolean {
  if (cidr !== undefined) return !ipaddr.isValid(address) || isWithin(address, cidr);
  return host !== undefined || (internet === true && isPublic(address));
}

const isPublic = (address: string): boolean =>
  ipaddr.isValid(address) ? ipaddr.process(address).range() === "unicast" : address === "a public network";

function namesPods(entry: Entry, party: Party & { readonly kind: "workload" }, namespace: string): boolean {
  if (entry.pods !== undefined)
    return (
      party.namespace === (entry.pods.namespace ?? namespace) && hasLabels(party.labels, entry.pods.podLabels ?? [])
    );
  if (entry.workload === undefined && entry.namespace === undefined) return false;
  return (
    party.namespace === (entry.namespace ?? namespace) &&
    (entry.workload === undefined || entry.workload === party.name)
  );
}

/** Whether the ports of an entry hold that of an edge; one that is not known is any. */
export function opens(entry: Entry, direction: Direction, { port, protocol }: Edge): boolean {
  if (entry.kubernetesAPI === true && direction === "outbound") return true;
  // An inbound entry opens declared ports, whose protocol stands there.
  if (direction === "outbound" && (entry.protocol ?? "TCP") !== protocol) return false;
  if (port === undefined || entry.port === undefined) return true;
  return port >= entry.port && port <= (entry.endPort ?? entry.port);
}
