import { expect, test } from "@jest/globals";
import { clusterOf } from "./audited-cluster.ts";

test.each([500, 10_000])("a cluster of %d objects has about as many, each once", (count) => {
  const keys = [...clusterOf(count)].map(({ object: { kind, metadata } }) =>
    [kind, metadata.namespace, metadata.name].join("/"),
  );
  expect(keys.length).toBeGreaterThan(count * 0.95);
  expect(keys.length).toBeLessThanOrEqual(count);
  expect(new Set(keys).size).toBe(keys.length);
});

test("whatever an object needs stands before it, also when they are created kind by kind", () => {
  const order = [...Map.groupBy(clusterOf(500), ({ object }) => object.kind).keys()];
  expect(order[0]).toBe("Namespace");
  expect(order.indexOf("ServiceAccount")).toBeLessThan(order.indexOf("Pod"));
  const namespaces = new Set<string>();
  for (const { object } of clusterOf(500)) {
    if (object.kind === "Namespace") namespaces.add(object.metadata.name);
    else expect(namespaces).toContain(object.metadata.namespace);
  }
});
