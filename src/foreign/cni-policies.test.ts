import { describe, expect, test } from "@jest/globals";
import { detected } from "../../test/support/detected.ts";
import { type Governed, governed, run } from "../../test/support/governed.ts";
import {
  CALICO_GLOBAL_NETWORK_POLICY,
  CALICO_NETWORK_POLICY,
  CALICO_STORED_NETWORK_POLICY,
  CILIUM_CLUSTERWIDE_NETWORK_POLICY,
  CILIUM_NETWORK_POLICY,
  FQDN_NETWORK_POLICY,
  POD,
} from "../kubernetes/kinds.ts";
import { cniPolicies, openedByCluster, openPolicyNotices } from "./cni-policies.ts";

const WHY = "allows traffic in a namespace where only SecureWorkloads declare what is allowed";

/** One of each plugin that allows something, though it selects other pods, and one that only denies. */
function policies(world: Governed): void {
  world.foreign(CILIUM_NETWORK_POLICY, "cilium", {
    spec: { endpointSelector: { matchLabels: { app: "other" } }, ingress: [{ fromEndpoints: [{}] }] },
  });
  world.foreign(CALICO_NETWORK_POLICY, "calico", { spec: { selector: "app == 'x'", ingress: [{ action: "Allow" }] } });
  world.foreign(FQDN_NETWORK_POLICY, "gke", { spec: { podSelector: {}, egress: [{ matches: [{ pattern: "*" }] }] } });
  world.foreign(CALICO_NETWORK_POLICY, "deny", { spec: { ingress: [{ action: "Deny" }] } });
}

const messages = (world: Governed) => openPolicyNotices(world.workload(), world.state).map(({ message }) => message);

test.each(["Guarding", "Sealed"] as const)(
  "where nothing foreign runs (%s), every one that allows goes",
  (enrolment) => {
    const world = governed();
    world.enrol(enrolment);
    policies(world);
    expect(detected(cniPolicies, world)).toEqual([
      `42 CiliumNetworkPolicy/shop/cilium: ${WHY}`,
      `42 NetworkPolicy/shop/calico: ${WHY}`,
      `42 FQDNNetworkPolicy/shop/gke: ${WHY}`,
    ]);
    expect(messages(world)).toEqual([]);
  },
);

test.each(["Observing", undefined] as const)(
  "in a namespace that is only observed (%s), those over the pods are reported",
  (enrolment) => {
    const world = governed();
    world.enrol(enrolment);
    policies(world);
    expect(detected(cniPolicies, world)).toHaveLength(3);
    expect(openPolicyNotices(world.workload(), world.state)).toMatchObject([
      { type: "OpenedByClusterPolicy", holds: true, reason: "PluginPolicyAllows" },
    ]);
    expect(messages(world)).toEqual([
      "FQDNNetworkPolicy/gke, NetworkPolicy/calico could allow traffic of the pods beside what access declares: narrow it; Palisade deletes it once the namespace is no longer Observing",
    ]);
  },
);

test("what Calico stores is found once", () => {
  const world = governed();
  world.foreign(CALICO_STORED_NETWORK_POLICY, "stored", { spec: { ingress: [{ action: "Allow" }] } });
  expect(detected(cniPolicies, world)).toHaveLength(1);
  world.serve(CALICO_NETWORK_POLICY, true);
  expect(detected(cniPolicies, world)).toEqual([]);
});

describe("cluster-wide policies", () => {
  const wide = (world: Governed, name: string, endpointSelector: object) =>
    world.put(CILIUM_CLUSTERWIDE_NETWORK_POLICY, {
      apiVersion: "cilium.io/v2",
      kind: "CiliumClusterwideNetworkPolicy",
      metadata: { name },
      spec: { endpointSelector, egress: [{ toEntities: ["world"] }] },
    });

  test("that could open the pods are named, a few of them, and none is touched", () => {
    const world = governed();
    for (const name of ["c", "b", "a", "d", "e", "f"]) wide(world, name, {});
    wide(world, "other", { matchLabels: { app: "other" } });
    expect(detected(cniPolicies, world)).toEqual([]);
    expect(messages(world)).toEqual([
      `${["a", "b", "c", "d", "e"].map((name) => `CiliumClusterwideNetworkPolicy/${name}`).join(", ")} and 1 more could allow traffic of the pods beside what access declares: only the platform team can narrow it`,
    ]);
  });

  test("are reported while pods have a label that is not handed on any more", () => {
    const world = governed();
    wide(world, "internet", { matchLabels: { "k8s:egress": "internet" } });
    expect(messages(world)).toEqual([]);
    const { pod } = run(world);
    world.put(POD, { ...pod, metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, egress: "internet" } } });
    expect(messages(world)).toEqual([expect.stringContaining("CiliumClusterwideNetworkPolicy/internet")]);
  });

  test("are reported beside those of an observed namespace", () => {
    const world = governed();
    world.enrol("Observing");
    world.foreign(CALICO_GLOBAL_NETWORK_POLICY, "all", { spec: { egress: [{ action: "Allow" }] } });
    policies(world);
    expect(openPolicyNotices(world.workload(), world.state)).toMatchObject([{ reason: "ClusterPolicyAllows" }]);
    expect(messages(world)[0]).toMatch(
      /^GlobalNetworkPolicy\/.*only the platform team can narrow it; FQDNNetworkPolicy\/gke/,
    );
  });

  test("wake the workloads that they open, or opened", () => {
    const { state } = governed();
    const change = { type: "updated", key: "x", name: { name: "x" }, initial: false } as const;
    const all = [{ by: "calico" }] as const;
    expect(openedByCluster({ ...change, old: undefined, new: all }, state)).toEqual(["shop/web"]);
    expect(openedByCluster({ ...change, old: all, new: undefined }, state)).toEqual(["shop/web"]);
    expect(openedByCluster({ ...change, old: all, new: all }, state)).toEqual([]);
    const other = [{ by: "cilium", endpoints: { matchLabels: { app: "other" } } }] as const;
    expect(openedByCluster({ ...change, old: undefined, new: other }, state)).toEqual([]);
  });
});
