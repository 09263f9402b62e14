import { expect, test } from "@jest/globals";
import {
  isControllerFinalizer,
  isDeletionFinalizer,
  isTolerated,
  KEDA_FINALIZER,
  KEDA_LABEL,
} from "./ignored-fields.ts";

const restartedAt = ["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"];
const jobLabel = (label: string) => ["spec", "template", "metadata", "labels", label];

test.each([
  { kind: "Deployment", path: ["status"], tolerated: true },
  { kind: "Deployment", path: ["status", "replicas"], tolerated: false },
  { kind: "Deployment", path: ["apiVersion"], tolerated: true },
  { kind: "Deployment", path: ["metadata", "uid"], tolerated: true },
  { kind: "Deployment", path: ["metadata"], tolerated: false },
  { kind: "Deployment", path: ["metadata", "labels"], tolerated: false },
  { kind: "Deployment", path: ["metadata", "labels", "app.kubernetes.io/instance"], tolerated: true },
  { kind: "Deployment", path: ["metadata", "labels", "app"], tolerated: false },
  { kind: "Deployment", path: ["metadata", "annotations", "deployment.kubernetes.io/revision"], tolerated: true },
  { kind: "Deployment", path: ["metadata", "annotations", "evil"], tolerated: false },
  { kind: "Deployment", path: ["metadata", "ownerReferences", "[0]"], tolerated: false },
  { kind: "Deployment", path: ["metadata", "labels", KEDA_LABEL], tolerated: false },
  { kind: "ScaledObject", path: ["metadata", "labels", KEDA_LABEL], tolerated: true },
  { kind: "ScaledObject", path: ["metadata", "annotations", KEDA_LABEL], tolerated: false },
  { kind: "Service", path: ["spec", "clusterIP"], tolerated: true },
  { kind: "Service", path: ["spec", "clusterIP", "[0]"], tolerated: false },
  { kind: "Service", path: ["spec", "externalIPs"], tolerated: false },
  { kind: "Service", path: ["other", "clusterIP"], tolerated: false },
  { kind: "Job", path: ["spec", "selector"], tolerated: true },
  { kind: "Job", path: jobLabel("job-name"), tolerated: true },
  { kind: "Job", path: jobLabel("app"), tolerated: false },
  { kind: "Job", path: restartedAt, tolerated: false },
  { kind: "Deployment", path: restartedAt, tolerated: true },
  { kind: "CronJob", path: restartedAt, tolerated: false },
])("$path of a $kind may be written by others: $tolerated", ({ kind, path, tolerated }) => {
  expect(isTolerated(kind, path)).toBe(tolerated);
});

test("a finalizer is the control plane's, the controller's own, or somebody's", () => {
  expect(isDeletionFinalizer("orphan")).toBe(true);
  expect(isDeletionFinalizer(KEDA_FINALIZER)).toBe(false);
  expect(isControllerFinalizer("ScaledObject", KEDA_FINALIZER)).toBe(true);
  expect(isControllerFinalizer("ScaledObject", "evil")).toBe(false);
  expect(isControllerFinalizer("Deployment", KEDA_FINALIZER)).toBe(false);
});
