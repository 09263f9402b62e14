import { expect, test } from "@jest/globals";
import { findFieldManager } from "./field-owner.ts";

const entry = (manager: string, time: string, fieldsV1: Record<string, unknown>, subresource?: string) => ({
  manager,
  operation: "Update",
  time,
  fieldsV1,
  ...(subresource === undefined ? {} : { subresource }),
});

const container = {
  "f:spec": { "f:template": { "f:spec": { "f:containers": { 'k:{"name":"miner"}': { ".": {}, "f:image": {} } } } } },
};
const path = ["spec", "template", "spec", "containers", "[name=miner]"];

test("names the latest manager whose entry holds the field", () => {
  const entries = [
    entry("kubectl-edit", "2026-01-01T00:00:01Z", container),
    entry("controller", "2026-01-01T00:00:09Z", { "f:status": {} }, "status"),
  ];
  expect(findFieldManager(entries, [path], "palisade")).toEqual({
    manager: "kubectl-edit",
    operation: "Update",
    time: "2026-01-01T00:00:01Z",
    certain: true,
  });
});

test("falls back to the latest other writer, and says that it is not certain", () => {
  const entries = [
    entry("palisade", "2026-01-01T00:00:09Z", container),
    entry("kubectl-edit", "2026-01-01T00:00:01Z", { "f:spec": { "f:replicas": {} } }),
  ];
  expect(findFieldManager(entries, [["spec", "paused"]], "palisade")).toMatchObject({
    manager: "kubectl-edit",
    certain: false,
  });
});

test("knows nobody when managedFields were wiped", () => {
  expect(findFieldManager([], [path], "palisade")).toBeUndefined();
});

test.each([
  { name: "an item by another key than its name", key: 'k:{"port":8080,"protocol":"TCP"}', certain: true },
  { name: "an item by another name", key: 'k:{"name":"web"}', certain: false },
  { name: "an item by a key that is no object", key: "k:7", certain: false },
  { name: "an item by a key that is broken", key: "k:{", certain: false },
  { name: "a field", key: "f:containers", certain: false },
  { name: "the whole list", key: undefined, certain: true },
])("a manager of $name wrote the item: $certain", ({ key, certain }) => {
  const items = key === undefined ? {} : { [key]: { "f:image": {} } };
  const fields = { "f:spec": { "f:template": { "f:spec": { "f:containers": items } } } };
  expect(findFieldManager([entry("kubectl", "2026-01-01T00:00:01Z", fields)], [path], "palisade")?.certain).toBe(
    certain,
  );
});

test("says as much as an entry tells", () => {
  expect(findFieldManager([{ manager: "kubectl" }], [path], "palisade")).toEqual({
    manager: "kubectl",
    operation: "Update",
    certain: false,
  });
  expect(findFieldManager([{ manager: "a" }, entry("b", "2026", {})], [path], "palisade")?.manager).toBe("b");
  expect(findFieldManager([{ operation: "Update" }], [path], "palisade")).toBeUndefined();
  expect(findFieldManager([entry("kubelet", "2026", {}, "status")], [["spec"]], "palisade")).toEqual({
    manager: "kubelet",
    operation: "Update",
    subresource: "status",
    time: "2026",
    certain: true,
  });
});
