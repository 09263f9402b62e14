/** What is put before the evaluator: the objects of an expansion, inside a cluster that has more in it than them. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "kopf-ts";
import { parse } from "yaml";
import { ENROLMENT_LABEL, WORKLOAD_LABEL } from "../../src/crds/group.ts";
import { parseSecureWorkload, type SecureWorkloadSpec } from "../../src/crds/v1alpha1/secure-workload.ts";
import type { SecurityBaseline } from "../../src/crds/v1alpha1/security-baseline.ts";
import { expand } from "../../src/expand/child-kinds.ts";
import type { ClusterFacts, PlatformFacts, WorkloadRef } from "../../src/expand/input.ts";
import { buildDefaultDeny } from "../../src/expand/network-policy.ts";
import { decideExposure } from "../../src/state/grants/exposure.ts";
import { offeredWay } from "../../src/state/records/gateway.ts";
import { platformFacts, shapeBaseline } from "../../src/state/records/security-baseline.ts";
import type { Outsider, Pod, Port, World } from "./policy-evaluator.ts";
import { resolvedAll } from "./resolved.ts";

const DNS_PORTS = [
  { protocol: "UDP", port: 53 },
  { protocol: "TCP", port: 53 },
] as const;

/** As the embedded cluster is furnished. */
export const FACTS: ClusterFacts = {
  dns: { namespace: "kube-system", podLabels: { "k8s-app": "kube-dns" }, ports: DNS_PORTS },
  apiServer: [
    { ip: "192.0.2.10", port: 6443 },
    { ip: "192.0.2.1", port: 443, virtual: true },
  ],
  podSecurityVersion: "v1.37",
};

const BASELINE_FILE = join(import.meta.dirname, "..", "..", "examples", "platform", "security-baseline.yaml");

const EXAMPLE = parse(readFileSync(BASELINE_FILE, "utf8")) as KubeObject & SecurityBaseline;

/** A host that the namespace `shop` is granted, and no other. */
export const GRANTED_HOST = "granted.example.com";

/** What the platform team of the examples says, and a host for the namespace of arbitrary workloads. */
export const BASELINE: typeof EXAMPLE = {
  ...EXAMPLE,
  spec: {
    ...EXAMPLE.spec,
    namespaces: [...(EXAMPLE.spec.namespaces ?? []), { name: "shop", hosts: [GRANTED_HOST], rollsOnSecrets: false }],
  },
};

/** Its IngressClass is there. */
function platformOf(namespace: string): PlatformFacts {
  const facts = platformFacts(shapeBaseline(BASELINE), namespace);
  const found = { ingressClass: { name: "nginx" }, gateway: undefined };
  return { ...facts, exposure: offeredWay(facts.exposure, found) };
}

export interface Declared {
  readonly ref: WorkloadRef;
  readonly spec: SecureWorkloadSpec;
}

/** A SecureWorkload as a file holds it. Throws where the API server would refuse it. */
export function declaredIn(raw: object): Declared {
  const parsed = parseSecureWorkload(raw);
  if (!parsed.ok) throw new Error(parsed.errors.join("; "));
  const { name, namespace = "default", labels = {} } = (raw as KubeObject).metadata;
  return { ref: { name, namespace, labels, uid: `uid-of-${name}` }, spec: parsed.value.spec };
}

/** Everything that these workloads become, the default deny of their namespaces included. No host is claimed twice. */
export function expandAll(workloads: readonly Declared[]): readonly KubeObject[] {
  const children = workloads.flatMap(({ ref, spec }) => {
    const platform = platformOf(ref.namespace);
    return expand({
      workload: ref,
      spec,
      identity: { uid: 12_345, userNamespace: true },
      facts: FACTS,
      platform,
      resolved: resolvedAll(ref.name, spec),
      exposed: decideExposure(ref.name, spec, platform, () => undefined).exposed,
    });
  });
  const namespaces = [...new Set(workloads.map(({ ref }) => ref.namespace))];
  return [...namespaces.map((namespace) => buildDefaultDeny(namespace, { dns: FACTS.dns })), ...children];
}

/** Every NetworkPolicy of `objects`, without what only the API server knows. */
const policiesOf = (objects: readonly KubeObject[]): readonly Policy[] =>
  objects
    .filter(({ kind }) => kind === "NetworkPolicy")
    .map(({ apiVersion, kind, metadata: { name, namespace }, spec }) => ({
      apiVersion,
      kind,
      metadata: { name, namespace },
      spec: spec as Policy["spec"],
    }));

interface Policy {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string | undefined };
  readonly spec: {
    readonly ingress?: readonly { readonly from?: readonly Peer[] }[];
    readonly egress?: readonly { readonly to?: readonly Peer[]; readonly ports?: readonly Partial<Port>[] }[];
  };
}

interface Peer {
  readonly ipBlock?: { readonly cidr: string };
}

/** Set by the Deployment controller on what it makes. */
const TEMPLATE_HASH = { "pod-template-hash": "6d5f" };

interface Template {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<"containers" | "initContainers", readonly { readonly ports?: readonly unknown[] }[]>>;
}

/** A pod for each object that makes pods, whatever its kind. */
function podsOf(objects: readonly KubeObject[]): readonly Omit<Pod, "ip">[] {
  return objects.flatMap(({ kind, metadata: { name, namespace = "" }, spec }) => {
    const { template, jobTemplate } = (spec ?? {}) as { template?: Template; jobTemplate?: { spec: Nested } };
    const made = template ?? jobTemplate?.spec.template;
    if (made === undefined) return [];
    const labels = { ...made.metadata?.labels, ...(kind === "Deployment" ? TEMPLATE_HASH : {}) };
    const containers = [...(made.spec.initContainers ?? []), ...made.spec.containers];
    const ports = containers.flatMap((container) => (container.ports ?? []) as readonly ContainerPort[]);
    return [
      {
        namespace,
        name,
        labels,
        ports: ports.map((entry) => ({ name: entry.name, port: entry.containerPort, protocol: entry.protocol })),
      },
    ];
  });
}

interface Nested {
  readonly template: Template;
}

interface ContainerPort {
  readonly name: string;
  readonly containerPort: number;
  readonly protocol: Port["protocol"];
}

/** A namespace that holds no workload. */
const UNGOVERNED = "elsewhere";

const stray = (namespace: string): Omit<Pod, "ip"> => ({
  namespace,
  name: "stray",
  labels: {},
  ports: [{ port: 8080, protocol: "TCP" }],
});

const KUBE_DNS: Omit<Pod, "ip"> = {
  namespace: "kube-system",
  name: "kube-dns",
  labels: { "k8s-app": "kube-dns" },
  ports: DNS_PORTS,
};

/** The pods of a role, as the platform team names them. */
export function callerPod(role: "gateway" | "monitoring"): Omit<Pod, "ip"> {
  const caller = BASELINE.spec.callers?.[role];
  if (caller === undefined) throw new Error(`the baseline names no ${role}`);
  const { namespace = "", podLabels = [] } = caller;
  return {
    namespace,
    name: role,
    labels: Object.fromEntries(podLabels.map(({ key, value }) => [key, value])),
    ports: [],
  };
}

/** Addresses set aside for documentation, and the one that clouds answer metadata at. */
const OUTSIDERS: readonly Outsider[] = [
  { name: "internet", ip: "203.0.113.10", ports: [{ port: 443, protocol: "TCP" }] },
  { name: "kubernetes-api", ip: "192.0.2.10", ports: [{ port: 6443, protocol: "TCP" }] },
  { name: "metadata", ip: "169.254.169.254", ports: [{ port: 80, protocol: "TCP" }] },
  { name: "node", ip: "192.0.2.20", ports: [{ port: 10250, protocol: "TCP" }] },
];

/**
 * The world that `objects` make, in a fixed order: a pod for each of them that makes pods, the cluster's DNS, the
 * platform's gateway and monitoring stack, a pod without labels in every namespace of theirs and in one that is not ours, the usual outsiders, and an address in
 * each network that a policy names.
 */
export function worldOf(objects: readonly KubeObject[]): World {
  const policies = policiesOf(objects);
  const made = podsOf(objects);
  const governed = [...new Set(made.map(({ namespace }) => namespace))];
  const pods = [
    ...made,
    KUBE_DNS,
    callerPod("gateway"),
    callerPod("monitoring"),
    ...[...governed, UNGOVERNED].map(stray),
  ]
    .sort((a, b) => compare(nameOf(a), nameOf(b)))
    .map((pod, index) => ({ ...pod, ip: `10.244.0.${index + 10}` }));
  const outsiders = [...OUTSIDERS, ...addressesIn(policies)];
  return {
    policies,
    namespaces: [...new Set(pods.map(({ namespace }) => namespace))].map(enrolledNamespace),
    pods,
    outsiders: outsiders.sort((a, b) => compare(nameOf(a), nameOf(b))),
  };
}

/** The one label that the API server itself puts on every namespace. */
export const aNamespace = (name: string): World["namespaces"][number] => ({
  name,
  labels: { "kubernetes.io/metadata.name": name },
});

/** One of workloads. */
export const enrolledNamespace = (name: string): World["namespaces"][number] => ({
  name,
  labels: { ...aNamespace(name).labels, [ENROLMENT_LABEL]: "sealed" },
});

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** An outsider in each named network, at the ports that a policy names with it. */
function addressesIn(policies: readonly Policy[]): readonly Outsider[] {
  const ports = new Map<string, Port[]>();
  const add = ({ ipBlock }: Peer, named: readonly Partial<Port>[]): void => {
    if (ipBlock === undefined || OUTSIDERS.some(({ ip }) => ip === addressIn(ipBlock.cidr))) return;
    const known = ports.get(ipBlock.cidr) ?? [];
    const fresh = named.flatMap(({ port, protocol = "TCP" }) => (port === undefined ? [] : [{ port, protocol }]));
    ports.set(ipBlock.cidr, [...known, ...fresh.filter((one) => !known.some((other) => samePort(one, other)))]);
  };
  for (const { spec } of policies) {
    for (const { from = [] } of spec.ingress ?? []) for (const peer of from) add(peer, []);
    for (const { to = [], ports: named = [] } of spec.egress ?? []) for (const peer of to) add(peer, named);
  }
  return [...ports].map(([cidr, named]) => ({ name: `in ${cidr}`, ip: addressIn(cidr), ports: named }));
}

const samePort = (a: Port, b: Port): boolean => a.port === b.port && a.protocol === b.protocol;

/** The first address in a network that a host may have. */
function addressIn(cidr: string): string {
  const [base = "", prefix] = cidr.split("/");
  if (base.endsWith("::")) return `${base}1`;
  return base.endsWith(".0") && Number(prefix) < 31 ? base.replace(/0$/, "1") : base;
}

/** As people call it: `shop/web`, or `internet 203.0.113.10`. */
export function nameOf(peer: Omit<Pod, "ip"> | Outsider): string {
  return "namespace" in peer ? `${peer.namespace}/${peer.name}` : `${peer.name} ${peer.ip}`;
}

/** The workload that a pod claims to be of, by the label that network peers are selected by. */
export const workloadOf = (pod: Pod): string | undefined => pod.labels[WORKLOAD_LABEL];
