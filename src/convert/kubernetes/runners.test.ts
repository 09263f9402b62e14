/** Objects that run pods in ways which a SecureWorkload does not have: what of them is lost is told. */
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { app, converted, decisionsOf, verdictOf } from "../../../test/support/conversions.ts";

test.each([
  ["helm.sh/hook", "pre-delete"],
  ["argocd.argoproj.io/hook", "PreSync"],
])("a hook would run whenever it is applied, which is told: %s", (name, hook) => {
  const job = app({ kind: "Job" });
  const conversion = converted({ ...job, metadata: { ...job.metadata, annotations: { [name]: hook } } } as KubeObject);
  expect(decisionsOf(conversion)).toEqual([expect.stringContaining(`ran as a hook (${hook})`)]);
});

describe("what is lost is no kept value", () => {
  test.each([
    ["Rollout", { strategy: { canary: { steps: [{ setWeight: 20 }] } } }, "strategy.canary.steps[0].setWeight"],
    ["Rollout", { workloadRef: { name: "web" } }, "workloadRef.name"],
    ["DeploymentConfig", { triggers: [{ type: "ConfigChange" }] }, "triggers[0].type"],
    ["DeploymentConfig", { test: false }, "spec.test"],
  ])("of a %s: %j", (kind, spec, path) => {
    const conversion = converted(app({ kind, spec }));
    expect(verdictOf(conversion, path)).toMatch(/^dropped: /);
    expect(conversion.ledger.filter(({ verdict }) => verdict === "unclaimed")).toEqual([]);
  });

  test("and an order to go back is the command for it", () => {
    expect(verdictOf(converted(app({ spec: { rollbackTo: { revision: 1 } } })), "rollbackTo.revision")).toBe(
      "replaced: palisade undo",
    );
  });
});
