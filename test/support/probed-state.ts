/** A cluster in which everything is tried: every port, over every protocol, from pods and addresses of every sort. */
import type { KubeObject } from "kopf-ts";
import { WORKLOAD_LABEL } from "../../src/crds/group.ts";
import { NUMBERS } from "./arbitrary-access.ts";
import type { Outsider, Pod, Port, World } from "./policy-evaluator.ts";
import { callerPod, type Declared, enrolledNamespace, expandAll, worldOf } from "./reachability.ts";

/** Every pod is tried at every number that anybody declares, over every protocol, and at one that nobody does. */
const PROBES: readonly Port[] = [
  ...NUMBERS.flatMap((port) => [
    { port, protocol: "TCP" } as const,
    { port, protocol: "UDP" } as const,
    { port, protocol: "SCTP" } as const,
  ]),
  { port: 9, protocol: "TCP" },
];

const outsider = (called: string, ip: string, extra: readonly Port[] = []): Outsider => ({
  name: called,
  ip,
  ports: [...PROBES.filter(({ port }) => port !== 8080), ...extra],
});

const OUTSIDERS: readonly Outsider[] = [
  outsider("internet", "203.0.113.10"),
  outsider("internet", "2001:db8::10"),
  outsider("lan", "10.20.0.1"),
  outsider("carrier", "100.64.0.1"),
  outsider("kubernetes-api", "192.0.2.10", [{ port: 6443, protocol: "TCP" }]),
  outsider("kubernetes-service", "192.0.2.1"),
  outsider("node", "192.0.2.20", [{ port: 6443, protocol: "TCP" }]),
  outsider("neighbour", "168.63.129.17"),
  outsider("metadata", "169.254.169.254"),
  outsider("metadata", "168.63.129.16"),
  outsider("metadata", "100.100.100.200"),
  outsider("metadata", "192.0.0.192"),
  outsider("metadata", "fd00:ec2::23"),
  outsider("metadata", "fd00:ec2::254"),
  outsider("metadata", "fd20:ce::254"),
  outsider("metadata", "fd00:42::42"),
  outsider("metadata", "fd00:a9fe:a9fe::1"),
  outsider("metadata", "64:ff9b::a9fe:a9fe"),
  outsider("translated", "64:ff9b::cb00:710a"),
  outsider("link-local", "fe80::1"),
];

const poses = (called: string, inNamespace: string): Omit<Pod, "ip"> => ({
  namespace: inNamespace,
  name: `poses-as-${called}`,
  labels: { [WORKLOAD_LABEL]: called },
  ports: [],
});

const gateway = callerPod("gateway");
const monitoring = callerPod("monitoring");

/**
 * A pod beside those of the workloads and of the platform: under a workload's label, perhaps where nobody governs; under a
 * caller's labels elsewhere, or where a caller runs without all of its labels.
 */
const IMPOSTORS = [
  poses("web", "lab"),
  poses("db", "lab"),
  poses("web", "shop"),
  { ...gateway, name: "poses-as-gateway", namespace: "lab" },
  { ...monitoring, name: "poses-as-monitoring", namespace: "shop" },
  { ...gateway, name: "beside-gateway", labels: Object.fromEntries(Object.entries(gateway.labels).slice(1)) },
];

/** The objects of these workloads in a cluster with impostors, IPv4 and IPv6 pods, and all that metadata answers at. */
export function probedWorld(workloads: readonly Declared[], foreign: readonly KubeObject[] = []): World {
  const { policies, pods } = worldOf([...expandAll(workloads), ...foreign]);
  const all = [...pods, ...IMPOSTORS].map((pod, index) => ({
    ...pod,
    ip: index % 2 === 0 ? `10.244.0.${index + 10}` : `2001:db8::${index + 10}`,
    ports: probesOf(pod.ports),
  }));
  return {
    policies,
    namespaces: [...new Set(all.map((pod) => pod.namespace))].map(enrolledNamespace),
    pods: all,
    outsiders: OUTSIDERS,
  };
}

/** The declared ports by their names, and the probes for the rest. */
function probesOf(declared: readonly Port[]): readonly Port[] {
  const isDeclared = (probe: Port): boolean =>
    declared.some(({ port, protocol: over }) => port === probe.port && over === probe.protocol);
  return [...declared, ...PROBES.filter((probe) => !isDeclared(probe))];
}
