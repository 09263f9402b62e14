import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { KubeObject } from "kopf-ts";
import { parse, stringify } from "yaml";
import { arbitraryWorkload } from "../../test/support/arbitrary-workloads.ts";
import { resolvedAll } from "../../test/support/resolved.ts";
import { aWorkload } from "../../test/support/workloads.ts";
import { ENROLMENT_LABEL, WORKLOAD_LABEL } from "../crds/group.ts";
import { CLOSED_NETWORKS, networksOverlap } from "../crds/v1alpha1/networks.ts";
import { parseSecureWorkload } from "../crds/v1alpha1/secure-workload.ts";
import {
  buildCalicoNetworkPolicy,
  buildCiliumNetworkPolicy,
  buildFqdnNetworkPolicy,
  HOST_NAME_ENGINES,
} from "./host-policies.ts";
import { type ClusterFacts, type ExpandInput, NO_PLATFORM, type PlatformFacts } from "./input.ts";
import { buildDefaultDeny, buildNetworkPolicy, reachesKubernetesApi } from "./network-policy.ts";
import { isGranted } from "./pod-peers.ts";

const GOLDEN = join(import.meta.dirname, "..", "..", "test", "golden", "access");

const FACTS: ClusterFacts = {
  dns: {
    namespace: "kube-system",
    podLabels: { "k8s-app": "kube-dns" },
    ports: [
      { protocol: "UDP", port: 53 },
      { protocol: "TCP", port: 53 },
    ],
  },
  // Dual stack: an EndpointSlice and a Service address for each family.
  apiServer: [
    { ip: "192.0.2.10", port: 6443 },
    { ip: "2001:db8::10", port: 6443 },
    { ip: "10.96.0.1", port: 443, virtual: true },
    { ip: "fd00:96::1", port: 443, virtual: true },
  ],
  nodeLocalDns: ["10.96.0.10", "169.254.20.10"],
  podSecurityVersion: "v1.37",
};

const PLATFORM: PlatformFacts = {
  ...NO_PLATFORM,
  gateway: { pods: { namespace: "ingress", podLabels: { "app.kubernetes.io/name": "gateway" } }, cidrs: [] },
  monitoring: { pods: { namespace: "monitoring", podLabels: { app: "prometheus" } }, cidrs: [] },
};

function inputOf(raw: object, facts: Partial<ClusterFacts> = {}, platform = PLATFORM): ExpandInput {
  const parsed = parseSecureWorkload(raw);
  if (!parsed.ok) throw new Error(parsed.errors.join("; "));
  const { name, namespace = "shop" } = (raw as KubeObject).metadata;
  return {
    workload: { name, namespace, uid: "00000000-0000-0000-0000-00000000000a", labels: {} },
    spec: parsed.value.spec,
    identity: { uid: 12_345, userNamespace: true },
    facts: { ...FACTS, ...facts },
    platform,
    resolved: resolvedAll(name, parsed.value.spec),
  };
}

const orders = (): object => parse(readFileSync(join(GOLDEN, "orders.in.yaml"), "utf8")) as object;

describe("a workload with every kind of peer", () => {
  test.each([
    { file: "network-policy", build: () => buildNetworkPolicy(inputOf(orders())) },
    { file: "gke", build: () => buildFqdnNetworkPolicy(inputOf(orders(), { hostNames: "GKE" })) },
    { file: "cilium", build: () => buildCiliumNetworkPolicy(inputOf(orders(), { hostNames: "Cilium" })) },
    { file: "calico", build: () => buildCalicoNetworkPolicy(inputOf(orders(), { hostNames: "Calico" })) },
    { file: "default-deny", build: () => buildDefaultDeny("shop", FACTS) },
  ])("becomes exactly $file.out.yaml", ({ file, build }) => {
    const output = stringify(build(), { aliasDuplicateObjects: false, lineWidth: 0 });
    const golden = join(GOLDEN, `${file}.out.yaml`);
    if (process.env["UPDATE_GOLDEN"] === "1" || !existsSync(golden)) writeFileSync(golden, output);
    expect(output).toBe(readFileSync(golden, "utf8"));
  });
});

interface Policy {
  readonly spec: {
    readonly ingress?: readonly { readonly from: readonly unknown[]; readonly ports: readonly unknown[] }[];
    readonly egress?: readonly { readonly to: readonly unknown[]; readonly ports: readonly unknown[] }[];
  };
}

const policyOf = (spec: object, facts: Partial<ClusterFacts> = {}, platform = PLATFORM): Policy["spec"] =>
  (buildNetworkPolicy(inputOf(aWorkload("web", "shop", spec), facts, platform)) as unknown as Policy).spec;

test.each([
  { name: "the gateway", peer: { gateway: true }, facts: {}, platform: NO_PLATFORM },
  { name: "the monitoring stack", peer: { monitoring: true }, facts: {}, platform: NO_PLATFORM },
  { name: "the API server", peer: { kubernetesAPI: true }, facts: { apiServer: undefined }, platform: PLATFORM },
])("the way from $name stays closed while it is not known", ({ peer, facts, platform }) => {
  expect(policyOf({ access: { inbound: [peer] } }, facts, platform).ingress).toBeUndefined();
  expect(policyOf({ access: { inbound: [peer] } }).ingress).toHaveLength(1);
});

/** Elsewhere anybody could give a pod Palisade's label. */
const ENROLLED = { matchExpressions: [{ key: ENROLMENT_LABEL, operator: "Exists" }] };

test("a peer is never a label alone, nor a namespace alone", () => {
  const selected = fc.sample(arbitraryWorkload, 300).flatMap(({ name, spec }) => {
    const raw = { ...aWorkload(name, "shop"), spec };
    if (!parseSecureWorkload(raw).ok) return [];
    const { ingress = [], egress = [] } = (buildNetworkPolicy(inputOf(raw)) as unknown as Policy).spec;
    return [...ingress.flatMap(({ from }) => from), ...egress.flatMap(({ to }) => to)];
  });
  const peers = selected as readonly { ipBlock?: unknown; namespaceSelector?: unknown; podSelector?: unknown }[];
  expect(peers.length).toBeGreaterThan(100);
  for (const peer of peers) {
    if (peer.ipBlock !== undefined) continue;
    const byName = { matchLabels: { "kubernetes.io/metadata.name": expect.any(String) } };
    const isOfWorkloads = JSON.stringify(peer.podSelector).includes(WORKLOAD_LABEL);
    expect(peer.namespaceSelector).toEqual(isOfWorkloads ? { ...byName, ...ENROLLED } : byName);
    expect(Object.keys(peer.podSelector as object)).toHaveLength(1);
  }
});

test.each([
  { spec: {}, reaches: false },
  { spec: { access: { outbound: [{ cidr: "10.0.0.0/8", port: 443 }] } }, reaches: false },
  { spec: { access: { outbound: [{ kubernetesAPI: true }] } }, reaches: true },
  { spec: { permissions: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] }, reaches: true },
])("$spec needs the Kubernetes API: $reaches", ({ spec, reaches }) => {
  expect(reachesKubernetesApi(inputOf(aWorkload("web", "shop", spec)).spec)).toBe(reaches);
});

test("an unmanaged pod of a namespace that is let in is no peer of it", () => {
  const { ingress } = policyOf({ access: { inbound: [{ namespace: "batch" }] } });
  expect(ingress?.[0]?.from).toEqual([
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "batch" }, ...ENROLLED },
      podSelector: { matchExpressions: [{ key: "palisade.dev/workload", operator: "Exists" }] },
    },
  ]);
});

test("the API server is let in from its own addresses of both families, and never from its Service's", () => {
  const { ingress } = policyOf({ access: { inbound: [{ kubernetesAPI: true }] } });
  expect(ingress?.[0]?.from).toEqual([
    { ipBlock: { cidr: "192.0.2.10/32" } },
    { ipBlock: { cidr: "2001:db8::10/128" } },
  ]);
});

test("a network that holds all closed addresses of its family leaves out each", () => {
  const except = (cidr: string): unknown => {
    const { egress = [] } = policyOf({ access: { outbound: [{ cidr, port: 443 }] } });
    const [peer] = egress.flatMap(({ to }) => to) as readonly { readonly ipBlock: { readonly except?: unknown } }[];
    return peer?.ipBlock.except;
  };
  expect(except("169.0.0.0/8")).toEqual(["169.254.0.0/16"]);
  expect(except("168.0.0.0/8")).toEqual(["168.63.129.16/32"]);
  expect(except("100.64.0.0/10")).toEqual(["100.100.100.200/32"]);
  expect(except("192.0.0.0/8")).toEqual(["192.0.0.192/32"]);
  expect(except("fd00::/16")).toEqual([
    "fd00:ec2::23/128",
    "fd00:ec2::254/128",
    "fd00:42::42/128",
    "fd00:a9fe:a9fe::1/128",
  ]);
  expect(except("64:ff9b::/96")).toEqual(CLOSED_NETWORKS.filter((closed) => closed.startsWith("64:ff9b::")));
  expect(except("10.0.0.0/8")).toBeUndefined();
});

describe("names", () => {
  const spec = { access: { outbound: [{ host: "api.example.com", port: 443 }] } };
  const built = (hostNames: ClusterFacts["hostNames"]): readonly string[] =>
    [buildFqdnNetworkPolicy, buildCiliumNetworkPolicy, buildCalicoNetworkPolicy].flatMap(
      (build) => build(inputOf(aWorkload("web", "shop", spec), { hostNames }))?.apiVersion ?? [],
    );

  test("open nothing in the NetworkPolicy", () => {
    expect(policyOf(spec).egress).toBeUndefined();
  });

  test("become the policy of one plugin, and of none where none knows names", () => {
    expect(built(undefined)).toEqual([]);
    expect(HOST_NAME_ENGINES.map(({ engine }) => built(engine))).toEqual([
      ["networking.gke.io/v1alpha1"],
      ["cilium.io/v2"],
      ["projectcalico.org/v3"],
    ]);
  });

  test("make no policy for a workload that needs none", () => {
    for (const { engine } of HOST_NAME_ENGINES) {
      const input = inputOf(aWorkload("web", "shop"), { hostNames: engine });
      expect(
        [buildFqdnNetworkPolicy, buildCiliumNetworkPolicy, buildCalicoNetworkPolicy].map((build) => build(input)),
      ).toEqual([undefined, undefined, undefined]);
    }
  });

  test("are reached through no DNS proxy, and past no node cache, while neither is known", () => {
    const unknown = { dns: undefined, nodeLocalDns: undefined } as unknown as Partial<ClusterFacts>;
    const specFor = (hostNames: ClusterFacts["hostNames"], build: typeof buildCiliumNetworkPolicy) =>
      JSON.stringify(build(inputOf(aWorkload("web", "shop", spec), { ...unknown, hostNames }))?.["spec"]);
    expect(specFor("Cilium", buildCiliumNetworkPolicy)).not.toContain('"dns"');
    expect(specFor("Cilium", buildCiliumNetworkPolicy)).not.toContain("except");
    expect(specFor("Calico", buildCalicoNetworkPolicy)).not.toContain("notNets");
  });

  test("that point at closed addresses open nothing, but for the DNS cache on the node", () => {
    const input = inputOf(aWorkload("web", "shop", spec), { hostNames: "Cilium" });
    const policy = buildCiliumNetworkPolicy(input) as unknown as {
      spec: { egressDeny: { toCIDRSet: { cidr: string; except?: string[] }[] }[] };
    };
    const denied = policy.spec.egressDeny.flatMap(({ toCIDRSet }) => toCIDRSet);
    expect(denied.map(({ cidr }) => cidr)).toEqual([...CLOSED_NETWORKS]);
    expect(denied.find(({ cidr }) => cidr === "169.254.0.0/16")?.except).toEqual(["169.254.20.10/32"]);
  });
});

describe("pods that are no workload's", () => {
  const podLabels = [{ key: "app", value: "old" }];
  const asked = aWorkload("web", "shop", {
    ports: [{ name: "http", port: 8080 }],
    access: {
      inbound: [{ pods: { podLabels } }],
      outbound: [{ pods: { namespace: "legacy", podLabels }, port: 5432 }],
    },
  });
  const policyOf = (more: Partial<ExpandInput>): unknown =>
    buildNetworkPolicy({ ...inputOf(asked, {}), ...more })["spec"];
  const podsIn = (namespace: string) => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    podSelector: {
      matchLabels: { app: "old" },
      matchExpressions: [{ key: WORKLOAD_LABEL, operator: "DoesNotExist" }],
    },
  });
  const ingress = [{ from: [podsIn("shop")], ports: [{ port: 8080, protocol: "TCP" }] }];
  const egress = [{ to: [podsIn("legacy")], ports: [{ port: 5432, protocol: "TCP" }] }];

  test("are no peers where neither the platform team grants them nor the namespace is observed", () => {
    const closed = policyOf({ platform: { ...PLATFORM, pods: [] } }) as object;
    expect(closed).not.toHaveProperty("ingress");
    expect(closed).not.toHaveProperty("egress");
  });

  test("are peers while the namespace is observed", () => {
    expect(policyOf({ isObserved: true })).toMatchObject({ ingress, egress });
  });

  test("are peers where the platform team grants them, each for itself", () => {
    const granted = { namespace: "legacy", podLabels: { app: "old" } };
    const open = policyOf({ platform: { ...PLATFORM, pods: [granted] } }) as object;
    expect(open).toMatchObject({ egress });
    expect(open).not.toHaveProperty("ingress");
  });

  test("are granted with fewer labels, and never with more", () => {
    const named = { namespace: "shop", podLabels: { app: "old", tier: "web" } };
    const grant = (labels: Readonly<Record<string, string>>) => ({ pods: [{ namespace: "shop", podLabels: labels }] });
    expect(isGranted(named, grant({ app: "old" }))).toBe(true);
    expect(isGranted(named, grant({ app: "old", tier: "web", zone: "a" }))).toBe(false);
    expect(isGranted({ ...named, namespace: "other" }, grant({ app: "old" }))).toBe(false);
  });
});

describe("the internet", () => {
  const asked = aWorkload("web", "shop", { access: { outbound: [{ internet: true, port: 443 }] } });
  const egressOf = (platform: PlatformFacts, facts: Partial<ClusterFacts> = {}): unknown =>
    (buildNetworkPolicy(inputOf(asked, facts, platform))["spec"] as { readonly egress?: unknown }).egress;

  test("stays closed where it is not granted", () => {
    expect(egressOf(PLATFORM)).toBeUndefined();
  });

  test("is every address but private ones, metadata services, the API server and pods", () => {
    const podNetworks = ["10.244.0.0/24", "198.51.100.0/24", "2a01:db8:1::/64"];
    const egress = egressOf({ ...PLATFORM, internet: { podNetworks } });
    expect(egress).toEqual([
      {
        to: [
          { ipBlock: { cidr: "0.0.0.0/0", except: expect.arrayContaining(["10.0.0.0/8", "169.254.0.0/16"]) } },
          { ipBlock: { cidr: "2000::/3", except: expect.arrayContaining(["2002::/16", "2001:db8::10/128"]) } },
        ],
        ports: [{ port: 443, protocol: "TCP" }],
      },
    ]);
    const [{ to }] = egress as [{ to: { ipBlock: { except: readonly string[] } }[] }];
    const closed = to.flatMap(({ ipBlock }) => ipBlock.except);
    expect(closed).toEqual(expect.arrayContaining(["198.51.100.0/24", "2a01:db8:1::/64", "192.0.2.10/32"]));
    // What is within a closed network already is not said twice.
    expect(closed).not.toContain("10.244.0.0/24");
    expect(egressOf({ ...PLATFORM, internet: { podNetworks: [] } }, { apiServer: undefined })).toBeDefined();
  });

  test("holds none of the networks that no workload may reach", () => {
    const [{ to }] = egressOf({ ...PLATFORM, internet: { podNetworks: [] } }) as [
      { to: { ipBlock: { cidr: string; except: readonly string[] } }[] },
    ];
    const isOpen = (network: string): boolean =>
      to.some(
        ({ ipBlock: { cidr, except } }) =>
          networksOverlap(cidr, network) && !except.some((closed) => networksOverlap(closed, network)),
      );
    expect(CLOSED_NETWORKS.filter(isOpen)).toEqual([]);
  });
});
