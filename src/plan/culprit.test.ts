import { expect, test } from "@jest/globals";
import { findCulprit } from "./culprit.ts";

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
  expect(findCulprit(entries, [path], "palisade")).toEqual({
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
  expect(findCulprit(entries, [["spec", "paused"]], "palisade")).toMatchObject({
    manager: "kubectl-edit",
    certain: false,
  });
});

test("knows nobody when managedFields were wiped", () => {
  expect(findCulprit([], [path], "palisade")).toBeUndefined();
});
