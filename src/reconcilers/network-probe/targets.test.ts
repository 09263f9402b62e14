import { expect, test } from "@jest/globals";
import { aWorkload } from "../../../test/support/workloads.ts";
import { parseSecureWorkload, type SecureWorkloadSpec } from "../../crds/v1alpha1/secure-workload.ts";
import { portsClosedTo } from "./targets.ts";

function specOf(spec: object): SecureWorkloadSpec {
  const parsed = parseSecureWorkload(aWorkload("web", "shop", spec));
  if (!parsed.ok) throw new Error(parsed.errors.join());
  return parsed.value.spec;
}

const closed = (spec: object): readonly number[] => portsClosedTo("palisade-system", "shop", specOf(spec));

test("ports that nobody, or somebody else, may call are closed", () => {
  expect(closed({})).toEqual([8080]);
  expect(closed({ access: { inbound: [{ workload: "gateway", namespace: "edge" }, { workload: "near" }] } })).toEqual([
    8080,
  ]);
});

test("UDP cannot be tried", () => {
  expect(closed({ ports: [{ name: "dns", port: 5353, protocol: "UDP" }] })).toEqual([]);
});

test.each([
  { what: "the operator's namespace", inbound: { namespace: "palisade-system" } },
  { what: "a workload of it", inbound: { workload: "any", namespace: "palisade-system" } },
  { what: "an address that could be the operator's", inbound: { cidr: "10.0.0.0/8" } },
  { what: "the monitoring stack, wherever that is", inbound: { monitoring: true } },
])("where $what may call, nothing can be told", ({ inbound }) => {
  expect(closed({ access: { inbound: [inbound] } })).toEqual([]);
});
