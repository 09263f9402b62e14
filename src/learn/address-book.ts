/** Whose an address is, by the pods, Services and nodes of a cluster. Pure. */
import ipaddr from "ipaddr.js";
import type { KubeObject } from "kopf-ts";
import { WORKLOAD_LABEL } from "../crds/group.ts";
import type { Labels } from "../migration/running.ts";
import type { Party } from "./edges.ts";

interface Pod extends KubeObject {
  readonly spec?: { readonly hostNetwork?: boolean; readonly containers?: readonly Container[] };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip: string }[];
    readonly hostIP?: string;
  };
}

interface Container {
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
}

interface Service extends KubeObject {
  readonly spec?: {
    readonly selector?: Labels;
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
    readonly ports?: readonly { readonly port: number; readonly targetPort?: number | string }[];
  };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

interface Node extends KubeObject {
  readonly spec?: { readonly podCIDR?: string; readonly podCIDRs?: readonly string[] };
  readonly status?: { readonly addresses?: readonly { readonly address: string }[] };
}

interface EndpointSlice extends KubeObject {
  readonly endpoints?: readonly { readonly addresses?: readonly string[] }[];
}

export interface Destination {
  readonly party: Party;
  /** Of the pods behind. */
  readonly port: number;
}

const SERVICE_OF_SLICE = "kubernetes.io/service-name";
const HASH_LABEL = "pod-template-hash";

/** Who runs a pod: its workload, or the controller at the top. The controller between, a ReplicaSet or a Job, is known by how it is named. */
export function runnerOfPod(pod: KubeObject): Party & { readonly kind: "workload" } {
  const { name, namespace = "", labels = {}, ownerReferences = [] } = pod.metadata;
  const owner = ownerReferences.find(({ controller }) => controller === true);
  const found = labels[WORKLOAD_LABEL] ?? (owner === undefined ? name : topOf(owner, labels));
  return { kind: "workload", namespace, name: found, labels, isWorkload: WORKLOAD_LABEL in labels };
}

function topOf({ kind, name }: { readonly kind: string; readonly name: string }, labels: Labels): string {
  const hash = labels[HASH_LABEL];
  if (kind === "ReplicaSet" && hash !== undefined && name.endsWith(`-${hash}`)) return name.slice(0, -hash.length - 1);
  // A CronJob names its Jobs by minutes since 1970.
  return kind === "Job" ? name.replace(/-\d{8,10}$/, "") : name;
}

const isHostPod = (pod: Pod): boolean => pod.spec?.hostNetwork === true;

const ipsOf = ({ status }: Pod): readonly string[] => (status?.podIPs ?? []).map(({ ip }) => ip);

/** Grows: pods that end are still known when what they did is read, until another pod has their address. */
export class AddressBook {
  readonly #pods = new Map<string, Pod>();
  readonly #services = new Map<string, Service>();
  /** Networks of which pods have addresses, as {@link surroundingsOf} has them. */
  readonly #besidePods = new Set<string>();
  readonly #nodes = new Set<string>();
  readonly #api = new Set<string>();
  readonly #behind = new Map<string, readonly string[]>();
  #podNetworks: readonly string[] = [];

  add(objects: readonly KubeObject[]): void {
    for (const object of objects) this.#add(object);
    this.#api.clear();
    for (const service of this.#services.values())
      if (keyOf(service) === "default/kubernetes")
        for (const ip of [...clusterIpsOf(service), ...(this.#behind.get("default/kubernetes") ?? [])])
          this.#api.add(ip);
  }

  #add(object: KubeObject): void {
    if (object.kind === "Pod") this.#addPod(object);
    else if (object.kind === "Node") this.#addNode(object);
    else if (object.kind === "Service") for (const ip of addressesOf(object)) this.#services.set(ip, object);
    else if (object.kind === "EndpointSlice") this.#addSlice(object);
  }

  #addSlice(slice: EndpointSlice): void {
    const key = serviceKeyOf(slice);
    this.#behind.set(key, [...new Set([...(this.#behind.get(key) ?? []), ...endpointsOf(slice)])]);
  }

  #addPod(pod: Pod): void {
    if (pod.status?.hostIP !== undefined) this.#nodes.add(canonical(pod.status.hostIP));
    if (isHostPod(pod)) return;
    const isOver = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
    for (const ip of ipsOf(pod).map(canonical)) {
      const known = this.#pods.get(ip);
      this.#besidePods.add(surroundingsOf(ip));
      // A pod that is over has given its address back.
      if (known === undefined || !isOver || known.metadata.uid === pod.metadata.uid) this.#pods.set(ip, pod);
    }
  }

  /** The ends of bridges and tunnels have the first addresses of a node's part of the pods' network. */
  #addNode(node: Node): void {
    for (const { address } of node.status?.addresses ?? []) this.#nodes.add(canonical(address));
    const networks = [...(node.spec?.podCIDRs ?? []), ...(node.spec?.podCIDR === undefined ? [] : [node.spec.podCIDR])];
    for (const network of networks) for (const ip of firstOf(network)) this.#nodes.add(ip);
    this.#podNetworks = [...new Set([...this.#podNetworks, ...networks])];
  }

  /**
   * Who calls from an address. Kubelets probe from the ends of bridges and tunnels, which have addresses beside those of pods: where nobody may list nodes, an
   * address beside a pod's that no pod has is theirs, or that of a pod that has ended.
   */
  callerAt(address: string): Party {
    const party = this.#partyAt(canonical(address));
    const isBeside =
      party.kind === "outside" && this.#podNetworks.length === 0 && this.#besidePods.has(surroundingsOf(party.address));
    return isBeside ? { kind: "unknown", address: party.address } : party;
  }

  #partyAt(ip: string): Party {
    const pod = this.#pods.get(ip);
    if (pod !== undefined) return isDns(pod.metadata) ? { kind: "dns" } : runnerOfPod(pod);
    if (this.#nodes.has(ip)) return { kind: "node" };
    return this.#isPodNetwork(ip) || this.#services.has(ip)
      ? { kind: "unknown", address: ip }
      : { kind: "outside", address: ip };
  }

  /** A Service leads to every workload that it selects. */
  destinationsAt(address: string, port: number): readonly Destination[] {
    const ip = canonical(address);
    if (this.#api.has(ip)) return [{ party: { kind: "kubernetesAPI" }, port }];
    const service = this.#services.get(ip);
    if (service !== undefined) return this.#behindService(service, port);
    if (isLinkLocal(ip) && port === 53) return [{ party: { kind: "dns" }, port }];
    return [{ party: this.#partyAt(ip), port }];
  }

  #behindService(service: Service, port: number): readonly Destination[] {
    if (isDns(service.metadata)) return [{ party: { kind: "dns" }, port }];
    const served = service.spec?.ports?.find((one) => one.port === port);
    const selected = [...this.#pods.values()].filter((pod) => selects(service, pod));
    const found = new Map<string, Destination>();
    for (const pod of selected) {
      const party = runnerOfPod(pod);
      const number = portOf(pod, served?.targetPort ?? port);
      if (number !== undefined) found.set(`${party.name} ${number}`, { party, port: number });
    }
    if (found.size > 0) return [...found.values()];
    const target = typeof served?.targetPort === "number" ? served.targetPort : port;
    const others = (this.#behind.get(keyOf(service)) ?? []).filter((ip) => !this.#services.has(canonical(ip)));
    if (others.length > 0) return others.map((ip) => ({ party: this.#partyAt(ip), port: target }));
    return [{ party: { kind: "unknown", address: `Service ${keyOf(service)}` }, port }];
  }

  #isPodNetwork(ip: string): boolean {
    return this.#podNetworks.some((network) => isWithin(ip, network));
  }
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;
const serviceKeyOf = ({ metadata }: KubeObject): string =>
  `${metadata.namespace}/${metadata.labels?.[SERVICE_OF_SLICE]}`;

const endpointsOf = (slice: EndpointSlice): readonly string[] =>
  (slice.endpoints ?? []).flatMap(({ addresses = [] }) => addresses).map(canonical);

const clusterIpsOf = ({ spec }: Service): readonly string[] =>
  [...(spec?.clusterIPs ?? []), ...(spec?.clusterIP === undefined ? [] : [spec.clusterIP])]
    .filter((ip) => ip !== "" && ip !== "None")
    .map(canonical);

const addressesOf = (service: Service): readonly string[] => [
  ...clusterIpsOf(service),
  ...(service.spec?.externalIPs ?? []).map(canonical),
  ...(service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip === undefined ? [] : [canonical(ip)])),
];

const isDns = ({ namespace, name, labels }: KubeObject["metadata"]): boolean =>
  (namespace === "kube-system" && (labels?.["k8s-app"] === "kube-dns" || name === "kube-dns")) ||
  (namespace === "openshift-dns" &&
    (name === "dns-default" || labels?.["dns.operator.openshift.io/daemonset-dns"] === "default"));

const selects = ({ spec, metadata }: Service, pod: Pod): boolean => {
  const selector = Object.entries(spec?.selector ?? {});
  return (
    selector.length > 0 &&
    pod.metadata.namespace === metadata.namespace &&
    selector.every(([key, value]) => pod.metadata.labels?.[key] === value)
  );
};

const portOf = ({ spec }: Pod, target: number | string): number | undefined =>
  typeof target === "number"
    ? target
    : (spec?.containers ?? []).flatMap(({ ports = [] }) => ports).find(({ name }) => name === target)?.containerPort;

/** As the kernel's tables are read: shortest text, IPv4 where IPv6 maps it. */
export const canonical = (ip: string): string => (ipaddr.isValid(ip) ? ipaddr.process(ip).toString() : ip);

export function isWithin(ip: string, network: string): boolean {
  if (!ipaddr.isValid(ip) || !ipaddr.isValidCIDR(network)) return false;
  const address = ipaddr.process(ip);
  const block = ipaddr.parseCIDR(network);
  return address.kind() === block[0].kind() && address.match(block);
}

/** As small a network as nodes commonly have for their pods: /24, or /64 of IPv6. */
const surroundingsOf = (ip: string): string =>
  ipaddr.isValid(ip)
    ? ipaddr
        .process(ip)
        .toByteArray()
        .slice(0, ip.includes(":") ? 8 : 3)
        .join(".")
    : ip;

const isLinkLocal = (ip: string): boolean => isWithin(ip, "169.254.0.0/16") || isWithin(ip, "fe80::/10");

/** The address of the network itself and the one after it. */
function firstOf(network: string): readonly string[] {
  if (!ipaddr.isValidCIDR(network)) return [];
  const [address] = ipaddr.parseCIDR(network);
  const bytes = address.toByteArray();
  return [bytes, [...bytes.slice(0, -1), (bytes.at(-1) ?? 0) + 1]].map((one) =>
    ipaddr.fromByteArray([...one]).toString(),
  );
}
