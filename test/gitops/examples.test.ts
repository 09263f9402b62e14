/** The manifests for Argo CD and Flux: they name what exists, and the definitions come first. */

import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { field } from "../support/look.ts";
import { objectsIn } from "../support/yaml-files.ts";

const EXAMPLES = join(import.meta.dirname, "..", "..", "charts", "palisade", "gitops", "examples");

const names = (objects: readonly KubeObject[]): readonly string[] => objects.map(({ metadata }) => metadata.name);

test("Argo CD applies the operator first, then the baseline, then workloads, all by server-side apply", () => {
  const applications = objectsIn(join(EXAMPLES, "argocd"));
  const wave = ({ metadata }: KubeObject): number => Number(metadata.annotations?.["argocd.argoproj.io/sync-wave"]);
  expect(names([...applications].sort((a, b) => wave(a) - wave(b)))).toEqual(["palisade", "platform", "shop"]);
  expect(new Set(applications.map(wave)).size).toBe(applications.length);
  for (const application of applications) {
    expect(application).toMatchObject({ apiVersion: "argoproj.io/v1alpha1", kind: "Application" });
    expect(field(application, "spec.syncPolicy.syncOptions")).toContain("ServerSideApply=true");
    expect(field(application, "spec.ignoreDifferences")).toBeUndefined();
  }
});

test("Flux applies in the same order: each step waits for the one before to be healthy", () => {
  const steps = objectsIn(join(EXAMPLES, "flux", "order"));
  expect(names(steps)).toEqual(["palisade", "platform", "shop"]);
  expect(steps.map((step) => field(step, "spec.dependsOn"))).toEqual([
    undefined,
    [{ name: "palisade" }],
    [{ name: "platform" }],
  ]);
  expect(steps.map((step) => field(step, "spec.wait"))).toEqual([true, true, true]);
  const checked = steps.flatMap((step) => (field(step, "spec.healthCheckExprs") ?? []) as readonly { kind: string }[]);
  expect(checked.map(({ kind }) => kind)).toEqual(["SecurityBaseline", "SecurityException", "SecureWorkload"]);
});

test("the Flux release installs the chart of the repository that stands beside it", () => {
  const [repository, release] = objectsIn(join(EXAMPLES, "flux"));
  expect(field(release, "spec.chart.spec.sourceRef")).toEqual({
    kind: repository?.kind,
    name: repository?.metadata.name,
  });
  expect(field(release, "spec.chart.spec.chart")).toBe("palisade");
});
