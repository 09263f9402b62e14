import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Resource } from "kopf-ts";
import {
  CALICO_NETWORK_POLICY,
  CONFIG_MAP,
  CRON_JOB,
  DEPLOYMENT,
  HORIZONTAL_POD_AUTOSCALER,
  HTTP_ROUTE,
  INGRESS,
  JOB,
  NETWORK_POLICY,
  ROLE_BINDING,
  SERVICE,
  SERVICE_ACCOUNT,
  STATEFUL_SET,
  VALIDATING_ADMISSION_POLICY,
} from "../kubernetes/kinds.ts";
import type { FieldPath } from "../plan/diff.ts";
import {
  CHILD_KINDS,
  CHILD_RESOURCES,
  childNamed,
  driftCase,
  isImmutableChange,
  keepsPods,
  REFUSED_WHEN_SEALED,
  RESTARTABLE,
} from "./child-kinds.ts";

/** As the API accepts them. */
const workloadName = fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/).filter((name) => !name.endsWith("-pods"));

describe("the table of child kinds", () => {
  test("finds each child, and the workload it belongs to, by name alone", () => {
    fc.assert(
      fc.property(workloadName, (workload) => {
        for (const kind of CHILD_KINDS)
          expect(childNamed(kind.resource, kind.nameFor(workload))).toEqual({ kind, workload });
      }),
    );
  });

  test("knows no child of a resource or a name that is none", () => {
    expect(childNamed(CONFIG_MAP, "web")).toBeUndefined();
    expect(childNamed(ROLE_BINDING, "web")).toBeUndefined();
    expect(childNamed(HTTP_ROUTE, "web")).toBeUndefined();
    expect(childNamed(CALICO_NETWORK_POLICY, "web")).toBeUndefined();
  });

  test.each(CHILD_RESOURCES.map((resource) => ({ name: `${resource.group}/${resource.kind}`, resource })))(
    "has rows of $name that agree on everything but the name",
    ({ resource }) => {
      const facts = CHILD_KINDS.filter((kind) => kind.resource === resource).map(
        ({ nameFor, workloadOf, build, ...rest }) => rest,
      );
      for (const each of facts) expect(each).toEqual(facts[0]);
    },
  );

  test("says of every controller, and of nothing else, what a change does to its pods", () => {
    for (const { role, rollout } of CHILD_KINDS) expect(rollout !== undefined).toBe(role === "controller");
    expect(RESTARTABLE.map(({ kind }) => kind)).toEqual(["Deployment", "StatefulSet", "DaemonSet"]);
  });

  test("creates whatever another child leans on before that child", () => {
    for (const [index, { leansOn }] of CHILD_KINDS.entries()) {
      const basis = CHILD_KINDS.findIndex(({ resource }) => resource === leansOn);
      expect(basis).toBeLessThan(index);
      if (leansOn !== undefined) expect(basis).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("what the table names", () => {
  test("is detectors that exist", () => {
    for (const { foreign } of CHILD_KINDS)
      if (foreign !== undefined)
        expect(existsSync(join(import.meta.dirname, "..", "foreign", `${foreign.detector}.ts`))).toBe(true);
  });

  test("is drift cases that the catalogue has", () => {
    const catalogue = readFileSync(join(import.meta.dirname, "..", "..", "docs", "drift.md"), "utf8");
    const numbers = new Set(CHILD_KINDS.flatMap(({ driftCases }) => driftCases.map(({ number }) => number)));
    for (const number of numbers) expect(catalogue).toMatch(new RegExp(`^\\| ${number} +\\|`, "m"));
  });

  test("is refused in a sealed namespace where it runs, serves, opens or scales something", () => {
    const allowed = CHILD_RESOURCES.filter((resource) => !REFUSED_WHEN_SEALED.includes(resource));
    expect(allowed.map(({ kind }) => kind)).toEqual([
      "ServiceAccount",
      "Role",
      "RoleBinding",
      "ServiceMonitor",
      "PodMonitor",
    ]);
  });
});

test.each([
  { resource: DEPLOYMENT, field: ["spec", "selector", "matchLabels", "app"], immutable: true },
  { resource: DEPLOYMENT, field: ["spec", "replicas"], immutable: false },
  { resource: STATEFUL_SET, field: ["spec", "volumeClaimTemplates", "[name=data]"], immutable: true },
  { resource: JOB, field: ["spec", "template", "spec", "containers", "[name=web]", "image"], immutable: true },
  { resource: CRON_JOB, field: ["spec", "jobTemplate", "spec", "template", "spec"], immutable: false },
  { resource: SERVICE, field: ["spec", "clusterIP"], immutable: true },
  { resource: ROLE_BINDING, field: ["roleRef", "name"], immutable: true },
  { resource: ROLE_BINDING, field: ["subjects", "[0]"], immutable: false },
  { resource: CONFIG_MAP, field: ["data", "key"], immutable: false },
])("$field of a $resource.kind is immutable: $immutable", ({ resource, field, immutable }) => {
  expect(isImmutableChange(resource, [{ path: field, kind: "changed" }])).toBe(immutable);
});

test("a change of an immutable field is found among any number of others", () => {
  const others = Array.from({ length: 20 }, (_, index) => ({ path: ["metadata", "labels", `l${index}`] }));
  const differences = [...others, { path: ["spec", "selector"] }].map(({ path }) => ({
    path,
    kind: "foreign" as const,
  }));
  expect(isImmutableChange(DEPLOYMENT, differences)).toBe(true);
});

test("pods outlive a Deployment that is recreated, and no Job", () => {
  expect(keepsPods(DEPLOYMENT)).toBe(true);
  expect(keepsPods(JOB)).toBe(false);
  expect(keepsPods(SERVICE)).toBe(false);
  expect(keepsPods(CONFIG_MAP)).toBe(false);
});

interface Named {
  readonly resource: Resource;
  readonly paths: readonly FieldPath[];
  readonly expected: string;
}

test.each<Named>([
  { resource: DEPLOYMENT, paths: [["spec", "template", "spec", "hostNetwork"]], expected: "4" },
  { resource: CRON_JOB, paths: [["spec", "jobTemplate", "spec", "template", "spec", "hostPID"]], expected: "4" },
  {
    resource: DEPLOYMENT,
    paths: [["spec", "template", "spec", "containers", "[name=web]", "image"]],
    expected: "12",
  },
  {
    resource: DEPLOYMENT,
    paths: [
      ["spec", "replicas"],
      ["metadata", "ownerReferences"],
    ],
    expected: "32",
  },
  { resource: DEPLOYMENT, paths: [["spec", "selector"]], expected: "other" },
  { resource: INGRESS, paths: [["metadata", "annotations", "x"]], expected: "49" },
  { resource: INGRESS, paths: [["metadata", "labels", "x"]], expected: "33" },
  { resource: SERVICE_ACCOUNT, paths: [["metadata", "annotations", "x"]], expected: "63" },
  { resource: SERVICE_ACCOUNT, paths: [["secrets"]], expected: "64" },
  { resource: NETWORK_POLICY, paths: [["spec", "ingress"]], expected: "41" },
  { resource: SERVICE, paths: [["spec", "type"]], expected: "44" },
  { resource: SERVICE, paths: [["spec", "selector", "x"]], expected: "47" },
  { resource: HORIZONTAL_POD_AUTOSCALER, paths: [["spec", "maxReplicas"]], expected: "28" },
  { resource: CONFIG_MAP, paths: [["metadata", "finalizers"]], expected: "35" },
  { resource: CONFIG_MAP, paths: [["data"]], expected: "other" },
  { resource: VALIDATING_ADMISSION_POLICY, paths: [["metadata", "labels", "x"]], expected: "74" },
])("a change of $paths on a $resource.kind is case $expected", ({ resource, paths, expected }) => {
  expect(
    driftCase(
      resource,
      paths.map((path) => ({ path, kind: "changed" })),
    ),
  ).toBe(expected);
});
