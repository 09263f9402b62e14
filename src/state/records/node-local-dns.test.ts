import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { isNodeLocal, shapeNodeLocalDns } from "./node-local-dns.ts";

const daemonSet = (name: string, ...args: readonly string[]): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name, namespace: "kube-system" },
  spec: { template: { spec: { hostNetwork: true, containers: [{ name: "node-cache", args }] } } },
});

test.each([
  {
    name: "the addresses of its command line",
    args: ["-localip", "169.254.20.10,10.96.0.10", "-conf", "/etc/Corefile"],
    expected: ["10.96.0.10", "169.254.20.10"],
  },
  { name: "both IP families", args: ["--localip=169.254.20.10,fd00::a"], expected: ["169.254.20.10", "fd00::a"] },
  { name: "the usual address where none is given", args: ["-conf", "/etc/Corefile"], expected: ["169.254.20.10"] },
  { name: "the usual address for an unfilled template", args: ["-localip", "__PILLAR__"], expected: ["169.254.20.10"] },
  {
    name: "no metadata address, whatever it says",
    args: ["-localip", "169.254.169.254,169.254.25.10"],
    expected: ["169.254.25.10"],
  },
])("a DNS cache on the node answers at $name", ({ args, expected }) => {
  expect(shapeNodeLocalDns(daemonSet("node-local-dns", ...args))).toEqual({ addresses: expected, pods: undefined });
});

test("other DaemonSets are none", () => {
  expect(shapeNodeLocalDns(daemonSet("kube-proxy", "-localip", "10.0.0.1"))).toBeUndefined();
  expect(shapeNodeLocalDns(daemonSet("nodelocaldns", "-localip", "169.254.25.10"))).toMatchObject({
    addresses: ["169.254.25.10"],
  });
});

test("pods that are not on the host network are peers by their labels", () => {
  const selector = { matchLabels: { "k8s-app": "node-local-dns" } };
  const object = { ...daemonSet("node-local-dns"), spec: { selector, template: { spec: { containers: [] } } } };
  expect(shapeNodeLocalDns(object)?.pods).toEqual({ namespace: "kube-system", podLabels: selector.matchLabels });
});

test.each([
  ["169.254.20.10", true],
  ["169.254.10.11", true],
  ["fe80::a", true],
  ["169.254.169.254", false],
  ["10.96.0.10", false],
  ["not-an-address", false],
])("a name server at %s is on the node: %s", (ip, expected) => {
  expect(isNodeLocal(ip)).toBe(expected);
});
