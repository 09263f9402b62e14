import { expect, test } from "@jest/globals";
import { aWorkload } from "../../../test/support/workloads.ts";
import { parseSecureWorkload } from "../../crds/v1alpha1/secure-workload.ts";
import { type ClusterFacts, NO_PLATFORM, type PlatformFacts } from "../../expand/input.ts";
import { unreachablePeers } from "./unreachable-peers.ts";

const FACTS: ClusterFacts = {
  dns: undefined,
  apiServer: [{ ip: "192.0.2.10", port: 6443 }],
  podSecurityVersion: "v1.37",
};
const CALLERS: PlatformFacts = {
  ...NO_PLATFORM,
  gateway: { pods: { namespace: "ingress", podLabels: { app: "gateway" } }, cidrs: [] },
  monitoring: { pods: { namespace: "monitoring", podLabels: { app: "prometheus" } }, cidrs: [] },
};

function closed(access: object, facts: Partial<ClusterFacts> = {}, platform: PlatformFacts = NO_PLATFORM) {
  const parsed = parseSecureWorkload(aWorkload("web", "shop", { access }));
  if (!parsed.ok) throw new Error(parsed.errors.join());
  return unreachablePeers({ spec: parsed.value.spec, facts: { ...FACTS, ...facts }, platform });
}

test.each([
  { name: "a gateway nobody named", access: { inbound: [{ gateway: true }] }, reason: "GatewayUnknown" },
  { name: "a monitoring stack nobody named", access: { inbound: [{ monitoring: true }] }, reason: "MonitoringUnknown" },
  {
    name: "a name nothing enforces",
    access: { outbound: [{ host: "api.example.com", port: 443 }] },
    reason: "HostNamesUnenforceable",
  },
])("$name is said", ({ access, reason }) => {
  expect(closed(access).map((problem) => problem.reason)).toEqual([reason]);
  expect(closed(access, { hostNames: "Cilium" }, CALLERS)).toEqual([]);
});

test("an API server that is not known cannot call", () => {
  const access = { inbound: [{ kubernetesAPI: true }] };
  expect(closed(access)).toEqual([]);
  expect(closed(access, { apiServer: undefined }).map(({ reason }) => reason)).toEqual(["KubernetesAPIUnknown"]);
});

test("the names that stay closed are told, a few of many", () => {
  const outbound = ["a", "b", "c", "d", "e", "a"].map((label) => ({ host: `${label}.example.com`, port: 443 }));
  const [problem] = closed({ outbound });
  expect(problem?.message).toContain("a.example.com, b.example.com, c.example.com and 2 more stays closed");
});

test("a workload that declares none of it is told nothing", () => {
  expect(closed({ inbound: [{ workload: "a" }], outbound: [{ cidr: "10.0.0.0/8", port: 443 }] })).toEqual([]);
});
