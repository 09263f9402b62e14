import { expect, test } from "@jest/globals";
import { isTolerated } from "./ignored-fields.ts";
import { isPlatformFinalizer, isPlatformMetadata } from "./platform-metadata.ts";

test.each([
  { kind: "Service", key: "cloud.google.com/neg", expected: true },
  { kind: "Service", key: "networking.gke.io/anything", expected: true },
  { kind: "Service", key: "cloud.google.com/backend-config", expected: false },
  { kind: "Service", key: "service.cilium.io/global", expected: false },
  { kind: "Deployment", key: "autopilot.gke.io/resource-adjustment", expected: true },
  { kind: "Deployment", key: "example.com/team", expected: true },
  { kind: "Deployment", key: "example.com.evil/team", expected: false },
  { kind: "Deployment", key: "team", expected: true },
  { kind: "Deployment", key: "team-b", expected: false },
  { kind: "Ingress", key: "networking.gke.io/v1beta1.FrontendConfig", expected: false },
  { kind: "Ingress", key: "ingress.kubernetes.io/backends", expected: true },
  { kind: "Ingress", key: "example.com/team", expected: true },
  { kind: "ServiceAccount", key: "field.cattle.io/projectId", expected: false },
])("$key on a $kind: $expected", ({ kind, key, expected }) => {
  for (const field of ["labels", "annotations"] as const) {
    expect(isPlatformMetadata(kind, field, key, ["example.com/", "team"])).toBe(expected);
    expect(isTolerated(kind, ["metadata", field, key], ["example.com/", "team"])).toBe(expected);
  }
});

test("of a ServiceAccount only labels, and only what is listed", () => {
  const tolerated = (field: string) => isTolerated("ServiceAccount", ["metadata", field, "team"], ["team"]);
  expect([tolerated("labels"), tolerated("annotations")]).toEqual([true, false]);
});

test("never on a pod template, nor anywhere else in metadata", () => {
  const key = "networking.gke.io/x";
  expect(isTolerated("Deployment", ["spec", "template", "metadata", "annotations", key], [key])).toBe(false);
  expect(isTolerated("Deployment", ["metadata", "finalizers", key], [key])).toBe(false);
  expect(isTolerated("Deployment", ["metadata", "annotations"], [key])).toBe(false);
});

test.each([
  { kind: "Ingress", finalizer: "ingress.k8s.aws/resources", expected: true },
  { kind: "Ingress", finalizer: "group.ingress.k8s.aws/shared", expected: true },
  { kind: "Ingress", finalizer: "networking.gke.io/ingress-finalizer-V2", expected: true },
  { kind: "Ingress", finalizer: "httproute.k8s.aws/resources", expected: false },
  { kind: "HTTPRoute", finalizer: "httproute.k8s.aws/resources", expected: true },
  { kind: "NetworkPolicy", finalizer: "networking.k8s.aws/resources", expected: true },
  { kind: "NetworkPolicy", finalizer: "networking.k8s.aws/resources2", expected: false },
  { kind: "Deployment", finalizer: "networking.gke.io/any", expected: false },
  { kind: "Deployment", finalizer: "example.com/clean-up", expected: true },
  { kind: "ServiceAccount", finalizer: "example.com/clean-up", expected: false },
  { kind: "Ingress", finalizer: "foregroundDeletion", expected: false },
])("the finalizer $finalizer on a $kind: $expected", ({ kind, finalizer, expected }) => {
  expect(isPlatformFinalizer(kind, finalizer, ["example.com/"])).toBe(expected);
});
