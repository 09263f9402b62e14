import { describe, expect, test } from "@jest/globals";
import { aClusterState } from "../../test/support/cluster-state.ts";
import { DAEMON_SET, ENDPOINT_SLICE, POD, SERVICE } from "../kubernetes/kinds.ts";

const LABELS = { "k8s-app": "kube-dns" };

const service = (targets: readonly (number | string | undefined)[], more: object = {}) => ({
  apiVersion: "v1",
  metadata: { name: "kube-dns", namespace: "kube-system", ...more },
  spec: {
    selector: LABELS,
    ports: [
      ...targets.map((targetPort, index) => ({
        name: `dns-${index}`,
        port: 53,
        protocol: index === 0 ? "UDP" : "TCP",
        ...(targetPort === undefined ? {} : { targetPort }),
      })),
      { name: "metrics", port: 9153, targetPort: "metrics" },
    ],
  },
});

const pod = (
  name: string,
  number: number,
  { namespace = "kube-system", labels = LABELS, ...spec }: PodOptions = {},
) => ({
  apiVersion: "v1",
  metadata: { name, namespace, labels },
  spec: {
    ...spec,
    containers: [
      {
        name: "dns",
        ports: [
          { name: "dns", containerPort: number, protocol: "UDP" },
          { name: "dns-tcp", containerPort: number },
        ],
      },
    ],
  },
  status: { podIPs: [{ ip: "192.0.2.7" }] },
});
interface PodOptions {
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly hostNetwork?: boolean;
}

const at = (port: number) => [
  { protocol: "UDP", port },
  { protocol: "TCP", port },
];

test.each([
  { what: "numbers", targets: [5353, 5353], expected: at(5353) },
  { what: "absent", targets: [undefined, undefined], expected: at(53) },
])("target ports that are $what need no pod", ({ targets, expected }) => {
  const { state, put } = aClusterState();
  put(SERVICE, service(targets));
  expect(state.facts().dns).toEqual({ namespace: "kube-system", podLabels: LABELS, ports: expected });
  expect(state.cluster.dns.problem()).toBeUndefined();
});

test("a named target port is what the pods of the Service call so, and changes with them", () => {
  const { state, put, remove } = aClusterState();
  put(SERVICE, service(["dns", "dns-tcp"]));
  let told = 0;
  expect(state.facts().dns?.ports).toEqual(at(53));
  expect(state.cluster.dns.problem()).toMatch(/no pod .*kube-system\/kube-dns has a port called dns or dns-tcp/);
  state.cluster.dns.onChange(() => {
    told += 1;
  });
  put(POD, pod("other", 8053, { labels: { "k8s-app": "other" } }));
  expect(told).toBe(0);
  const first = put(POD, pod("dns-1", 5353));
  expect(state.facts().dns?.ports).toEqual(at(5353));
  expect(state.cluster.dns.problem()).toBeUndefined();
  expect(told).toBe(1);
  // While a rollout moves it, both are open.
  put(POD, pod("dns-2", 1053));
  expect(state.facts().dns?.ports.map(({ port }) => port)).toEqual([1053, 5353, 1053, 5353]);
  remove(POD, first);
  expect(state.facts().dns?.ports).toEqual(at(1053));
});

test("DNS that is gone for a while is not closed: the last number stays", () => {
  const { state, put, remove } = aClusterState();
  put(SERVICE, service(["dns", "dns-tcp"]));
  const only = put(POD, pod("dns-1", 5353));
  expect(state.facts().dns?.ports).toEqual(at(5353));
  remove(POD, only);
  expect(state.facts().dns?.ports).toEqual(at(5353));
  expect(state.cluster.dns.problem()).toBeUndefined();
});

test("pods on the host network are reached by their addresses", () => {
  const { state, put } = aClusterState();
  put(SERVICE, service([53, 53]));
  put(POD, pod("dns-1", 53, { hostNetwork: true }));
  expect(state.facts().dns?.addresses).toEqual(["192.0.2.7"]);
});

test("a Service without a selector leads to its endpoints, and without any is told", () => {
  const { state, put } = aClusterState();
  const bare = service([53, 53]);
  put(SERVICE, { ...bare, spec: { ...bare.spec, selector: undefined } });
  expect(state.facts().dns).toBeUndefined();
  expect(state.cluster.dns.problem()).toContain("selects no pods and has no endpoints");
  put(ENDPOINT_SLICE, {
    apiVersion: "discovery.k8s.io/v1",
    metadata: { name: "dns-1", namespace: "kube-system", labels: { "kubernetes.io/service-name": "kube-dns" } },
    endpoints: [{ addresses: ["198.51.100.53"] }],
  });
  expect(state.facts().dns).toMatchObject({ podLabels: undefined, ports: at(53), addresses: ["198.51.100.53"] });
  expect(state.cluster.dns.problem()).toBeUndefined();
});

test.each([
  { where: "OpenShift", metadata: { name: "dns-default", namespace: "openshift-dns" } },
  { where: "an installer", metadata: { name: "coredns", namespace: "kube-system", labels: LABELS } },
])("where the usual Service is absent, that of $where is found", ({ metadata }) => {
  const { state, put } = aClusterState();
  expect(state.cluster.dns.problem()).toContain("cannot find the cluster's DNS Service");
  put(SERVICE, service(["dns", "dns-tcp"], metadata));
  put(POD, pod("dns-1", 5353, { namespace: metadata.namespace }));
  expect(state.facts().dns).toEqual({ namespace: metadata.namespace, podLabels: LABELS, ports: at(5353) });
  put(SERVICE, service([53, 53]));
  expect(state.facts().dns).toMatchObject({ namespace: "kube-system", ports: at(53) });
});

test("the name server of pods on their node is open, whatever answers there", () => {
  const { state } = aClusterState({ nameServers: ["169.254.10.11", "10.96.0.10", "169.254.169.254"] });
  expect(state.facts().nodeLocalDns).toEqual(["169.254.10.11"]);
});

describe("a Service that selects no pods", () => {
  const CACHE = {
    apiVersion: "apps/v1",
    metadata: { name: "node-local-dns", namespace: "kube-system" },
    spec: { template: { spec: { hostNetwork: true, containers: [{ args: ["-localip", "169.254.20.10"] }] } } },
  };

  test("is told, though its port is a number, until something stands behind it", () => {
    const { state, put, remove } = aClusterState();
    put(SERVICE, service([53, 53]));
    expect(state.cluster.dns.problem()).toBeUndefined();
    expect(state.cluster.dnsShortage()).toMatch(/kube-system\/kube-dns selects no pods.*NodeLocal DNSCache/);
    let told = 0;
    state.cluster.dns.onChange(() => {
      told += 1;
    });
    const only = put(POD, pod("dns-1", 53));
    expect([told, state.cluster.dnsShortage()]).toEqual([1, undefined]);
    remove(POD, only);
    expect([told, state.cluster.dnsShortage()]).toEqual([1, undefined]);
  });

  test.each([
    { what: "the named one", name: "kube-dns", labels: { "kubernetes.io/service-name": "kube-dns" } },
    { what: "an installer's", name: "coredns", labels: LABELS },
  ])("has pods that declare no port where $what has endpoints", ({ name, labels }) => {
    const { state, put } = aClusterState();
    put(SERVICE, service([53, 53], { name, labels: LABELS }));
    expect(state.cluster.dnsShortage()).toBeDefined();
    put(ENDPOINT_SLICE, {
      apiVersion: "discovery.k8s.io/v1",
      metadata: { name: "dns-1", namespace: "kube-system", labels },
      endpoints: [{ addresses: ["198.51.100.53"] }],
    });
    expect(state.cluster.dnsShortage()).toBeUndefined();
  });

  test("is nobody's loss where each node has a cache", () => {
    const { state, put } = aClusterState({ nameServers: ["169.254.169.254"] });
    put(SERVICE, service([53, 53]));
    expect(state.cluster.dnsShortage()).toMatch(/^pods are to ask 169.254.169.254 /);
    put(DAEMON_SET, CACHE);
    expect(state.cluster.dnsShortage()).toBeUndefined();
  });
});
