/** Files that are edited by hand, and name what the code decides. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "@jest/globals";
import { parse, parseAllDocuments } from "yaml";
import { CUSTOM_KINDS } from "../../src/crds/custom-kinds.ts";
import { crdNameOf } from "../../src/crds/custom-resource-definition.ts";
import { HEALTH_CHECKS } from "./gitops/flux.ts";

const ROOT = join(import.meta.dirname, "../..");
const textOf = (path: string): string => readFileSync(join(ROOT, path), "utf8");

interface ChartFile {
  readonly version: string;
  readonly appVersion: string;
  readonly kubeVersion: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const CHART = parse(textOf("charts/palisade/Chart.yaml")) as ChartFile;

test("the chart has the version of the package", () => {
  const { version } = JSON.parse(textOf("package.json")) as { readonly version: string };
  expect([CHART.version, CHART.appVersion]).toEqual([version, version]);
  expect(parse(CHART.annotations["artifacthub.io/images"] ?? "")).toEqual([
    { name: "palisade", image: expect.stringMatching(`^registry\\.example\\.com/.*:${version}$`) },
  ]);
});

test("the chart tells Artifact Hub of every kind", () => {
  expect(parse(CHART.annotations["artifacthub.io/crds"] ?? "")).toEqual(
    CUSTOM_KINDS.map(({ resource, schema }) => ({
      kind: resource.kind,
      version: resource.version,
      name: crdNameOf(resource),
      displayName: resource.kind,
      description: schema.meta()?.description,
    })),
  );
});

test("the chart's README names the Kubernetes that the chart asks for", () => {
  expect(textOf("charts/palisade/README.md")).toContain(`Kubernetes ${CHART.kubeVersion.replace("-0", "")}`);
});

test.each(["crd", "rbac", "priority", "manager"])(
  "the kustomization of config/%s takes every file beside it",
  (name) => {
    const folder = `config/${name}`;
    const { resources } = parse(textOf(`${folder}/kustomization.yaml`)) as { readonly resources: readonly string[] };
    const files = readdirSync(join(ROOT, folder)).filter((file) => file !== "kustomization.yaml");
    expect([...resources].sort()).toEqual(files.sort());
    expect(textOf("config/default/kustomization.yaml")).toContain(`- ../${name}\n`);
  },
);

const FLUX_EXAMPLE = "charts/palisade/gitops/examples/flux/order/kustomizations.yaml";

test("the example for Flux checks the health of every kind as the generated patch does", () => {
  const steps = parseAllDocuments(textOf(FLUX_EXAMPLE)).map(
    (document) => document.toJS() as { readonly spec: { readonly healthCheckExprs?: readonly object[] } },
  );
  const checks = steps.flatMap(({ spec }) => spec.healthCheckExprs ?? []);
  expect(checks).toHaveLength(HEALTH_CHECKS.length);
  expect(checks).toEqual(expect.arrayContaining([...HEALTH_CHECKS]));
});

test("Kustomize reads the generated fields from its component", () => {
  const path = "charts/palisade/gitops/kustomize/kustomization.yaml";
  const { configurations } = parse(textOf(path)) as { readonly configurations: readonly string[] };
  expect(readdirSync(join(ROOT, dirname(path)))).toEqual(expect.arrayContaining([...configurations]));
});
