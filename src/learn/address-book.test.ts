/** Whose an address is, in a cluster as the API lists it. */
import { describe, expect, test } from "@jest/globals";
import { aPod, aReplica, CLUSTER, ownedPod } from "../../test/support/learned.ts";
import { AddressBook, runnerOfPod } from "./address-book.ts";
import { nameOf } from "./edges.ts";
import { runnerOfName, runnerOfPattern } from "./pod-names.ts";

const book = new AddressBook();
book.add(CLUSTER);

test.each([
  ["10.244.0.5", "workload", "shop/web"],
  ["::ffff:10.244.0.5", "workload", "shop/web"],
  ["10.244.0.7", "workload", "shop/db"],
  ["10.244.0.8", "workload", "shop/backup"],
  ["10.244.0.9", "workload", "edge/gateway"],
  ["10.244.0.2", "dns", "dns"],
  ["10.0.0.7", "node", "node"],
  ["10.244.0.0", "node", "node"],
  ["10.244.0.1", "node", "node"],
  ["fd00:10::1", "node", "node"],
  ["10.244.0.77", "unknown", "10.244.0.77"],
  ["203.0.113.7", "outside", "203.0.113.7"],
  ["172.16.0.9", "outside", "172.16.0.9"],
])("%s calls as %s", (ip, kind, name) => {
  const party = book.callerAt(ip);
  expect([party.kind, nameOf(party)]).toEqual([kind, name]);
});

test.each([
  ["10.96.0.5", 80, "shop/web", 8080],
  ["10.96.0.6", 80, "shop/api", 8080],
  ["10.96.0.7", 5432, "shop/db", 5432],
  ["10.244.0.6", 8080, "shop/api", 8080],
  ["10.96.0.1", 443, "kubernetesAPI", 443],
  ["10.96.0.10", 53, "dns", 53],
  ["169.254.20.10", 53, "dns", 53],
  ["10.96.0.11", 3306, "172.16.0.9", 3307],
  ["203.0.113.7", 443, "203.0.113.7", 443],
])("%s port %d leads to %s port %d", (ip, port, name, behind) => {
  expect(book.destinationsAt(ip, port).map((one) => [nameOf(one.party), one.port])).toEqual([[name, behind]]);
});

describe("where nobody may list nodes", () => {
  const narrow = new AddressBook();
  narrow.add(CLUSTER.filter(({ kind }) => kind !== "Node"));

  test.each([
    ["10.244.0.1", "unknown"],
    ["10.244.0.5", "workload"],
    ["10.0.0.7", "node"],
    ["10.245.0.1", "outside"],
    ["203.0.113.7", "outside"],
  ])("%s calls as %s: kubelets probe from beside the pods", (ip, kind) => {
    expect(narrow.callerAt(ip).kind).toBe(kind);
  });

  test("what is called beside the pods is what it is: a database may have an address there", () => {
    expect(narrow.destinationsAt("10.244.0.99", 5432)[0]?.party.kind).toBe("outside");
  });
});

describe("addresses that change hands", () => {
  test("are the living pod's, and stay a pod's that ended until another has them", () => {
    const moved = new AddressBook();
    moved.add([aReplica("web", "10.244.0.5")]);
    moved.add([]);
    expect(nameOf(moved.callerAt("10.244.0.5"))).toBe("shop/web");
    moved.add([aReplica("api", "10.244.0.5")]);
    expect(nameOf(moved.callerAt("10.244.0.5"))).toBe("shop/api");
    moved.add([aPod("done", "10.244.0.5", { status: { phase: "Succeeded", podIPs: [{ ip: "10.244.0.5" }] } })]);
    expect(nameOf(moved.callerAt("10.244.0.5"))).toBe("shop/api");
  });

  test("of pods on the host's network are the node's", () => {
    const host = new AddressBook();
    const status = { podIPs: [{ ip: "10.0.0.9" }], hostIP: "10.0.0.9" };
    host.add([aPod("agent", "10.0.0.9", { spec: { hostNetwork: true }, status })]);
    expect(host.callerAt("10.0.0.9").kind).toBe("node");
  });
});

test.each([
  ["a Deployment", aReplica("web", "1.1.1.1"), "web"],
  ["a bare pod", aPod("shell", "1.1.1.1"), "shell"],
  ["a DaemonSet", ownedPod("agent-x2v4q", "1.1.1.1", ["DaemonSet", "agent"]), "agent"],
  ["a Job", ownedPod("once-x2v4q", "1.1.1.1", ["Job", "once"]), "once"],
  ["a CronJob", ownedPod("backup-29012345-x2v4q", "1.1.1.1", ["Job", "backup-29012345"]), "backup"],
  ["a SecureWorkload", ownedPod("n-1", "1.1.1.1", ["ReplicaSet", "n"], { "palisade.dev/workload": "named" }), "named"],
])("pods of %s are known by it", (_what, pod, name) => {
  expect(runnerOfPod(pod).name).toBe(name);
});

test.each([
  ["web-7d9f8b6c5-x2v4q", "web"],
  ["web-front-7d9f8b6c5-x2v4q", "web-front"],
  ["db-0", "db"],
  ["backup-29012345-x2v4q", "backup"],
  ["agent-x2v4q", "agent"],
  ["web-front", "web-front"],
])("without an owner, %s is taken to be of %s", (pod, name) => {
  expect(runnerOfName(pod)).toBe(name);
});

test.each([
  ["web-7d9f8b6c5-*", "web"],
  ["db-*", "db"],
  ["backup-29012345-*", "backup"],
  ["web-front-*", "web-front"],
  ["shell", "shell"],
])("the pattern %s is of %s", (pattern, name) => {
  expect(runnerOfPattern(pattern)).toBe(name);
});
