/** What the chart renders: the same by both Helms, as it was once read and found right, and the definitions and roles of their sources. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { parse, stringify } from "yaml";
import { auditRbacObjects, rbacObjects } from "../../scripts/generators/rbac.ts";
import { operatorLeases } from "../../src/commands/check/lease.ts";
import { CUSTOM_KINDS } from "../../src/crds/custom-kinds.ts";
import { buildCrd, crdNameOf } from "../../src/crds/custom-resource-definition.ts";
import { KEEPER_NAME, PROBE_NAME } from "../../src/installation.ts";
import type { PolicyRule } from "../../src/kubernetes/policy-rule.ts";
import { NAMESPACE, objectNamed, renderChart, VALUE_SETS } from "../support/chart.ts";
import { typeAtDesk } from "../support/desk.ts";
import { golden } from "../support/golden.ts";
import { CHART, HELM_VERSIONS, mustHelm } from "../support/helm.ts";

/** Judged by their sources below, and too long to be read. */
const GENERATED = new Set([
  "CustomResourceDefinition",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
  "PriorityClass",
  "PrometheusRule",
  "ServiceAccount",
]);

const byName = (a: KubeObject, b: KubeObject): number =>
  `${a.kind}/${a.metadata.name}`.localeCompare(`${b.kind}/${b.metadata.name}`);

const textOf = (objects: readonly KubeObject[]): string =>
  objects
    .filter(({ kind, metadata }) => !GENERATED.has(kind) && metadata.name !== "palisade-dashboard")
    .toSorted(byName)
    .map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join("---\n");

test.each(Object.entries(VALUE_SETS))(
  "values %s render as they did, by both Helms",
  async (name, values) => {
    const [three, four] = await Promise.all(HELM_VERSIONS.map((version) => renderChart(version, values)));
    expect(three?.toSorted(byName)).toEqual(four?.toSorted(byName));
    const text = textOf(four ?? []);
    expect(text).toEqual(golden(`chart/${name}.yaml`, text));
  },
  600_000,
);

/** What runs, without what says that Helm put it there. */
function withoutHelm({ metadata, ...rest }: KubeObject): KubeObject {
  const { "helm.sh/chart": _, "app.kubernetes.io/managed-by": __, ...labels } = metadata.labels ?? {};
  return { ...rest, metadata: { ...metadata, labels } };
}

test("config/manager is what the chart renders, for who installs without Helm", async () => {
  const rendered = await renderChart(4, { image: { repository: "registry.example.com/palisade/palisade" } });
  const objects = rendered.filter(({ metadata }) => metadata.annotations?.["helm.sh/hook"] === undefined);
  const text = textOf(objects.map(withoutHelm));
  expect(text).toEqual(golden("../../config/manager/palisade.yaml", text));
});

test("the definitions are those of the sources, and kept when the release goes", async () => {
  const objects = await renderChart(4, {});
  for (const kind of CUSTOM_KINDS) {
    const { spec, metadata } = objectNamed(objects, "CustomResourceDefinition", crdNameOf(kind.resource));
    expect(spec).toEqual(JSON.parse(JSON.stringify(buildCrd(kind)["spec"])));
    expect(metadata.annotations).toEqual({ "helm.sh/resource-policy": "keep" });
  }
});

test("crds.keep=false keeps none, and crds.enabled=false brings none", async () => {
  const definitions = (objects: readonly KubeObject[]): readonly KubeObject[] =>
    objects.filter(({ kind }) => kind === "CustomResourceDefinition");
  const gone = definitions(await renderChart(4, { crds: { keep: false } }));
  expect(gone.map(({ metadata }) => metadata.annotations)).toEqual(CUSTOM_KINDS.map(() => undefined));
  expect(definitions(await renderChart(4, { crds: { enabled: false } }))).toEqual([]);
});

test("accounts and roles are those of the sources, in whatever namespace the release is", async () => {
  const objects = await renderChart(4, {}, { namespace: "guard" });
  for (const { kind, metadata, ...rest } of rbacObjects("guard").filter(({ kind }) => kind !== "Namespace")) {
    const live = objectNamed(objects, kind, metadata.name);
    expect(live.metadata.namespace).toBe(metadata.namespace);
    expect(live.metadata.labels).toMatchObject(metadata.labels ?? {});
    expect(live).toMatchObject(JSON.parse(JSON.stringify(rest)));
  }
});

test("accounts get no token by themselves, and the annotations of the values", async () => {
  const annotations = { "example.com/team": "platform" };
  const objects = await renderChart(4, { serviceAccount: { annotations } });
  const accounts = objects.filter(
    ({ kind, metadata }) => kind === "ServiceAccount" && metadata.name !== "palisade-check",
  );
  expect(accounts.map(({ metadata }) => metadata.name)).toContain("palisade");
  for (const account of accounts) {
    expect(account["automountServiceAccountToken"]).toBe(false);
    expect(account.metadata.annotations).toEqual(annotations);
  }
});

test("audit.enabled brings a CronJob, its account and its role, and nothing of them is there without it", async () => {
  const named = (objects: readonly KubeObject[]): readonly string[] =>
    objects.flatMap(({ kind, metadata }) => (metadata.name === "palisade-audit" ? [kind] : [])).sort();
  expect(named(await renderChart(4, {}))).toEqual([]);
  const objects = await renderChart(4, { audit: { enabled: true } }, { namespace: "guard" });
  const own = ["ClusterRole", "ClusterRoleBinding", "CronJob", "NetworkPolicy", "ServiceAccount"];
  expect(named(objects)).toEqual(own);
  for (const { kind, metadata, ...rest } of auditRbacObjects("guard"))
    expect(objectNamed(objects, kind, metadata.name)).toMatchObject(JSON.parse(JSON.stringify(rest)));
  const { rules } = objectNamed(objects, "ClusterRole", "palisade-audit") as KubeObject & {
    readonly rules: readonly PolicyRule[];
  };
  expect([...new Set(rules.flatMap(({ verbs }) => verbs))]).toEqual(["list"]);
  expect(rules.flatMap(({ resources }) => resources).filter((name) => /secrets|\*/.test(name))).toEqual([]);
});

test("the CronJob types a command that there is", async () => {
  const { spec } = objectNamed(await renderChart(4, VALUE_SETS["everything"] ?? {}), "CronJob", "palisade-audit");
  const [, args] = /"args":(\[[^\]]*\])/.exec(JSON.stringify(spec)) ?? [];
  const words = JSON.parse(args ?? "[]") as readonly string[];
  expect(words).toEqual(["audit", "--fail-on", "critical", "--output", "json", "--timeout", "600"]);
  // Without a cluster it looks, and finds none.
  const { code, stderr } = await typeAtDesk([...words, "--kubeconfig", "/none"]);
  expect([code, stderr]).toEqual([3, expect.stringContaining("/none")]);
});

test("aggregateRoles=false leaves the built-in roles alone", async () => {
  const aggregated = (objects: readonly KubeObject[]): readonly string[] =>
    objects.flatMap(({ metadata }) =>
      Object.keys(metadata.labels ?? {}).filter((label) => label.includes("/aggregate-to-")),
    );
  expect(aggregated(await renderChart(4, {}))).not.toEqual([]);
  expect(aggregated(await renderChart(4, { aggregateRoles: false }))).toEqual([]);
});

test("every object names its chart and release, and every namespaced one the release's namespace", async () => {
  for (const { kind, metadata } of await renderChart(4, VALUE_SETS["everything"] ?? {}, { namespace: "guard" })) {
    expect([kind, metadata.labels]).toEqual([
      kind,
      expect.objectContaining({ "app.kubernetes.io/instance": "palisade", "app.kubernetes.io/managed-by": "Helm" }),
    ]);
    expect([undefined, "guard"]).toContain(metadata.namespace);
  }
  expect(JSON.stringify(await renderChart(4, {}, { namespace: "guard" }))).not.toContain(NAMESPACE);
});

interface Alerts {
  readonly groups: readonly { readonly rules: readonly { readonly alert?: string; readonly annotations?: object }[] }[];
}

const fileOf = (name: string): string | undefined => {
  const path = join(CHART, "files", name);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
};

test.each(["", "https://runbooks.example.com"])(
  "the alerts are those of the file, with links below %j",
  async (runbookUrl) => {
    const values = { prometheusRule: { enabled: true, runbookUrl } };
    const { spec } = objectNamed(await renderChart(4, values), "PrometheusRule", "palisade");
    const { groups } = parse(fileOf("alerts.yaml") ?? "groups: []") as Alerts;
    const link = (alert: string) => (runbookUrl === "" ? {} : { runbook_url: `${runbookUrl}/${alert}.md` });
    expect(spec).toEqual({
      groups: groups.map(({ rules, ...group }) => ({
        ...group,
        rules: rules.map(({ alert, annotations, ...rule }) => {
          if (alert === undefined) return rule;
          const { runbook_url: _, ...said } = { runbook_url: "", ...annotations };
          return { alert, ...rule, annotations: { ...said, ...link(alert) } };
        }),
      })),
    });
  },
);

test.each([1, 3])(
  "helm test may read the Leases of %p shards and of the keeper, and make its probe, and nothing else",
  async (shards) => {
    const objects = await renderChart(4, { replicas: 3, config: { shards } });
    const { rules } = objectNamed(objects, "Role", "palisade-check") as KubeObject & {
      readonly rules: readonly object[];
    };
    const resourceNames = [KEEPER_NAME, ...operatorLeases(shards)];
    const [leases, ...probe] = rules;
    expect(leases).toEqual({
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      resourceNames,
      verbs: ["get"],
    });
    expect(probe).toEqual([
      { apiGroups: ["apps"], resources: ["replicasets"], verbs: ["create"] },
      { apiGroups: ["apps"], resources: ["replicasets"], resourceNames: [PROBE_NAME], verbs: ["get", "delete"] },
      { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    ]);
  },
);

test("the dashboard is that of the file", async () => {
  const { data } = objectNamed(
    await renderChart(4, { grafanaDashboard: { enabled: true } }),
    "ConfigMap",
    "palisade-dashboard",
  );
  expect((data as { readonly "palisade.json": string })["palisade.json"].trim()).toBe(
    (fileOf("dashboard.json") ?? "").trim(),
  );
});

test.each(HELM_VERSIONS)("helm %p lints the chart strictly", async (version) => {
  const args = [
    "lint",
    "--strict",
    CHART,
    "--namespace",
    NAMESPACE,
    "--set",
    "image.repository=registry.example.com/p",
  ];
  expect(await mustHelm(version, args)).toContain("0 chart(s) failed");
});
