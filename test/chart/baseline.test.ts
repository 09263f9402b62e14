/** The chart's own pods against the rules that Palisade holds workloads to. */

import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { checkPod, type PodSpec } from "../../src/policies/index.ts";
import { renderChart, VALUE_SETS } from "../support/chart.ts";

const DRAIN_SECONDS = 30;

interface Template {
  readonly template?: { readonly spec: PodSpec };
}

interface Runs {
  readonly spec: PodSpec & Template & { readonly jobTemplate?: { readonly spec: Template } };
}

/** Every pod that is run: of the Deployments, of the CronJob, and of `helm test`. */
const podsIn = (objects: readonly KubeObject[]): readonly (readonly [string, PodSpec])[] =>
  objects
    .filter(({ kind }) => ["Deployment", "CronJob", "Pod"].includes(kind))
    .map((object) => {
      const { spec } = object as KubeObject & Runs;
      return [
        `${object.kind}/${object.metadata.name}`,
        (spec.jobTemplate?.spec ?? spec).template?.spec ?? spec,
      ] as const;
    });

/** What a value asks for that no workload may have; by rule. The operator's own token breaks none: it is projected, and expires. */
const ASKED_FOR: Readonly<Record<string, readonly string[]>> = {
  everything: ["no-pull-secrets", "no-system-priority"],
};

test.each(Object.entries(VALUE_SETS))(
  "pods of values %s break no rule that no value asked to",
  async (name, values) => {
    const pods = podsIn(await renderChart(4, values));
    expect(pods.map(([pod]) => pod).sort()).toEqual([
      ...(name === "everything" ? ["CronJob/palisade-audit"] : []),
      "Deployment/palisade",
      "Deployment/palisade-admission",
      "Pod/palisade-check",
    ]);
    for (const [pod, spec] of pods)
      expect([
        pod,
        checkPod(spec)
          .map(({ policy }) => policy)
          .sort(),
      ]).toEqual([pod, ASKED_FOR[name] ?? []]);
  },
);

test("each has a token that expires in an hour, and stays for longer than the operator drains", async () => {
  for (const [pod, { volumes = [], terminationGracePeriodSeconds = 0 }] of podsIn(await renderChart(4, {}))) {
    const sources = volumes.flatMap(({ projected }) => projected?.sources ?? []);
    const tokens = sources.flatMap(({ serviceAccountToken }) => serviceAccountToken ?? []);
    expect([pod, tokens]).toEqual([pod, [{ path: "token", expirationSeconds: 3_600 }]]);
    if (pod.startsWith("Deployment/")) expect(terminationGracePeriodSeconds).toBeGreaterThan(DRAIN_SECONDS);
  }
});

test("userNamespaces puts them all into user namespaces", async () => {
  for (const [pod, { hostUsers }] of podsIn(await renderChart(4, { userNamespaces: true })))
    expect([pod, hostUsers]).toEqual([pod, false]);
});
