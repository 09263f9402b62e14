import { expect, test } from "@jest/globals";
import { shapeClaim } from "./claim.ts";

const claim = (spec: object, status: object) => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "data-db-0", namespace: "shop", uid: "u", labels: { "palisade.dev/workload": "db" } },
  spec: { storageClassName: "fast", resources: { requests: { storage: "2Gi" } }, ...spec },
  status,
});

test("a claim is kept as its size, its volume's, and what lets it grow", () => {
  expect(shapeClaim(claim({}, { phase: "Bound", capacity: { storage: "1Gi" } }))).toEqual({
    uid: "u",
    workload: "db",
    requested: "2Gi",
    capacity: "1Gi",
    storageClass: "fast",
    isBound: true,
    obstacle: undefined,
  });
});

test.each([
  {
    status: { allocatedResourceStatuses: { storage: "ControllerResizeInfeasible" } },
    obstacle: "ControllerResizeInfeasible",
  },
  { status: { conditions: [{ type: "NodeResizeError", status: "True" }] }, obstacle: "NodeResizeError" },
  { status: { conditions: [{ type: "NodeResizeError", status: "False" }] }, obstacle: undefined },
  { status: { conditions: [{ type: "FileSystemResizePending", status: "True" }] }, obstacle: undefined },
])("what keeps a claim from growing with $status is $obstacle", ({ status, obstacle }) => {
  expect(shapeClaim(claim({}, status)).obstacle).toBe(obstacle);
});

test("no StorageClass is none", () => {
  expect(shapeClaim(claim({ storageClassName: "" }, {})).storageClass).toBeUndefined();
});
