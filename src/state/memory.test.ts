import { expect, test } from "@jest/globals";
import { aClusterState } from "../../test/support/cluster-state.ts";
import { aWorkload } from "../../test/support/workloads.ts";
import { SECURE_WORKLOAD } from "../crds/group.ts";
import { NAMESPACE } from "../kubernetes/kinds.ts";
import { objectMemory } from "./records/memory.ts";
import type { WorkloadRecord } from "./records/workload.ts";

function aWorkloadOf(fixture: ReturnType<typeof aClusterState>): {
  readonly object: ReturnType<typeof fixture.put>;
  readonly record: WorkloadRecord;
} {
  const object = fixture.put(SECURE_WORKLOAD, aWorkload("web", "shop"));
  const record = fixture.state.workloads.get("shop/web");
  if (record === undefined) throw new Error("the workload is not kept");
  return { object, record };
}

test("a workload keeps one record as long as it exists, whatever becomes of its spec", () => {
  const fixture = aClusterState();
  const { record } = aWorkloadOf(fixture);
  const { memory } = fixture.state;
  const before = memory.of(record);
  fixture.put(SECURE_WORKLOAD, aWorkload("web", "shop", { replicas: 3 }));
  expect(memory.of(record)).toBe(before);
});

test("the record ends with the workload, and a pass that still works on it makes none that is kept", () => {
  const fixture = aClusterState();
  const { object, record } = aWorkloadOf(fixture);
  const { memory } = fixture.state;
  const before = memory.of(record);
  const { term } = before;
  const ended: unknown[] = [];
  memory.onTermEnd((...told) => ended.push(told));
  fixture.remove(SECURE_WORKLOAD, object);
  expect(ended).toEqual([[term, record.ref.uid]]);
  objectMemory(memory.of(record).term.objects, "Deployment/shop/web").corrections = {
    tokens: 0,
    refilledMs: 0,
    recentMs: [],
  };
  expect(memory.size.workloads).toBe(0);
  expect(memory.of(record).term).not.toBe(term);
});

test("a workload of the same name that is made anew begins with nothing", () => {
  const fixture = aClusterState();
  const { record } = aWorkloadOf(fixture);
  const before = fixture.state.memory.of(record);
  const metadata = { name: "web", namespace: "shop", uid: "another" };
  fixture.put(SECURE_WORKLOAD, { ...aWorkload("web", "shop"), metadata });
  const now = fixture.state.workloads.get("shop/web");
  expect(now === undefined || fixture.state.memory.of(now)).not.toBe(before);
  expect(fixture.state.memory.size.workloads).toBe(1);
});

test("a hand-over ends what this replica did, and nothing that it saw", () => {
  const fixture = aClusterState();
  const { record } = aWorkloadOf(fixture);
  const memory = fixture.state.memory.of(record);
  const { term } = memory;
  fixture.state.memory.endTerm(record);
  expect(fixture.state.memory.of(record)).toBe(memory);
  expect(memory.term).not.toBe(term);
});

test("a namespace's record ends with it, and where there is none nothing is kept", () => {
  const fixture = aClusterState();
  const { memory } = fixture.state;
  memory.ofNamespace("shop");
  expect(memory.size.namespaces).toBe(0);
  const namespace = fixture.put(NAMESPACE, { apiVersion: "v1", metadata: { name: "shop" } });
  expect(memory.ofNamespace("shop")).toBe(memory.ofNamespace("shop"));
  fixture.remove(NAMESPACE, namespace);
  expect(memory.size.namespaces).toBe(0);
});
