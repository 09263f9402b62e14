/** What is rendered without a cluster: the very objects that the operator builds, each line with its origin. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parse, stringify } from "yaml";
import { SECURE_WORKLOAD } from "../crds/group.ts";
import { expand } from "../expand/child-kinds.ts";
import { type Manifest, parseManifests } from "../manifests/parse.ts";
import { YAML_FORM } from "../manifests/yaml-form.ts";
import { checkPod, type PodSpec } from "../policies/index.ts";
import { changeOf } from "./difference.ts";
import { type Beside, isBaseline, isWorkload, keyIn, type Readied, readyWorkload } from "./input.ts";
import { printMarked, printPlain, withoutMarks } from "./print.ts";
import { keyOfPath, leavesOf, markedChildren } from "./provenance.ts";

const ROOT = join(import.meta.dirname, "..", "..");

const manifestsBelow = (folder: string): readonly Manifest[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.yaml$/.test(file) && !/\.out\.yaml$|kustomization/.test(file))
    .sort()
    .flatMap((file) => parseManifests(file, readFileSync(join(ROOT, folder, file), "utf8")).manifests);

const EXAMPLES = [
  ...["examples", "config/samples"].flatMap(manifestsBelow),
  ...readdirSync(join(ROOT, "test/golden"))
    .filter((file) => file.endsWith(".in.yaml"))
    .flatMap((file) => parseManifests(file, readFileSync(join(ROOT, "test/golden", file), "utf8")).manifests),
];
const WORKLOADS = EXAMPLES.filter(({ object }) => isWorkload(object));

const BESIDE: Beside = {
  configMaps: new Map(
    EXAMPLES.filter(({ object }) => object.kind === "ConfigMap").map(({ object }) => [keyIn(object, "shop"), object]),
  ),
  baseline: EXAMPLES.find(({ object }) => isBaseline(object))?.object,
  namespace: "shop",
};

function readied(manifest: Manifest, beside = BESIDE): Readied {
  const ready = readyWorkload(manifest.object, beside);
  if (!ready.ok) throw new Error(`${manifest.file}: ${ready.errors.join("; ")}`);
  return ready.readied;
}

test("there are examples of every type", () => {
  const types = new Set(WORKLOADS.map((manifest) => readied(manifest).input.spec.type));
  expect([...types].sort()).toEqual(["CronJob", "DaemonSet", "Deployment", "Job", "StatefulSet"]);
  expect(WORKLOADS.length).toBeGreaterThan(40);
});

describe.each(WORKLOADS.map((manifest) => ({ name: `${manifest.file} ${manifest.object.metadata.name}`, manifest })))(
  "$name",
  ({ manifest }) => {
    const { input } = readied(manifest);
    const marked = markedChildren(input);

    test("is, without its marks, byte for byte what the operator's builders give", () => {
      const built = expand(input);
      expect(marked.map((child) => withoutMarks(printMarked(child)))).toEqual(
        built.map((object) => stringify(object, YAML_FORM)),
      );
      expect(marked.map(({ object }) => printPlain(object))).toEqual(
        built.map((object) => stringify(object, YAML_FORM)),
      );
      expect(marked.map((child) => parse(printMarked(child)))).toEqual(JSON.parse(JSON.stringify(built)));
    });

    test("marks each leaf that the spec does not say, and no other", () => {
      const said = new Set(leavesOf(input.spec).map(({ value }) => value));
      for (const { object, marks } of marked)
        for (const { path, value } of leavesOf(object))
          expect([path, marks.has(keyOfPath(path)) || said.has(value)]).toEqual([path, true]);
    });

    test("each mark of a rule names a rule that would write the line again", () => {
      for (const { object, marks } of marked) {
        const { template, jobTemplate } = (object["spec"] ?? {}) as {
          template?: Pod;
          jobTemplate?: { spec: { template: Pod } };
        };
        const pod = (template ?? jobTemplate?.spec.template)?.spec;
        if (pod !== undefined) expect(checkPod(pod)).toEqual([]);
        const rules = [...marks.values()].filter((mark) => mark.startsWith("rule "));
        expect(rules.length > 0).toBe(pod !== undefined);
      }
    });
  },
);

interface Pod {
  readonly spec: PodSpec;
}

const workload = (spec: object, name = "web"): Manifest => ({
  object: {
    apiVersion: "palisade.dev/v1alpha1",
    kind: SECURE_WORKLOAD.kind,
    metadata: { name, namespace: "shop" },
    spec,
  },
  file: "-",
  lineOf: () => 1,
});
const IMAGE = "registry.example.com/shop/web:1.4.2";

test("says what only the cluster knows", () => {
  const alone = { configMaps: new Map(), baseline: undefined, namespace: "shop" };
  const { unknown } = readied(
    workload({
      image: IMAGE,
      files: [{ path: "/etc/app", configMap: { name: "web-config" } }],
      permissions: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
      access: { outbound: [{ host: "api.example.com", port: 443 }] },
    }),
    alone,
  );
  for (const said of [/uid/, /DNS/, /API server/, /network plugin/, /ConfigMap web-config/, /--platform/])
    expect(unknown).toEqual(expect.arrayContaining([expect.stringMatching(said)]));
});

test("says which permissions are not granted, and gives those that are", () => {
  const things = { apiGroups: ["example.com"], resources: ["things"], verbs: ["get"] };
  const grant = { namespace: "shop", workloads: ["web"], rules: [things], reason: "reads them" };
  const withGrants = (...permissions: readonly object[]): Readied =>
    readied(workload({ image: IMAGE, permissions: [things] }), {
      configMaps: new Map(),
      baseline: {
        apiVersion: "palisade.dev/v1alpha1",
        kind: "SecurityBaseline",
        metadata: { name: "cluster" },
        spec: { permissions },
      },
      namespace: "shop",
    });
  const rolesOf = ({ input }: Readied) => expand(input).filter(({ kind }) => kind === "Role");
  const without = withGrants();
  expect(without.problems).toEqual([expect.stringContaining("get things.example.com is not granted to this workload")]);
  expect(rolesOf(without)).toEqual([]);
  expect(withGrants(grant).problems).toEqual([]);
  expect(rolesOf(withGrants(grant))).toMatchObject([{ rules: [things] }]);
});

describe("a difference", () => {
  const before = readied(workload({ image: IMAGE }));
  const change = (spec: object) => changeOf(readied(workload({ image: IMAGE, ...spec })), before);

  test("is none between equals", () => {
    expect(change({})).toMatchObject({ change: "unchanged", spec: [], children: [], pods: "stay" });
  });

  test("of the image restarts the pods, and names both values", () => {
    const { spec, pods, children } = change({ image: `${IMAGE}-1` });
    expect(pods).toBe("restart");
    expect(spec).toEqual([{ path: "spec.image", from: IMAGE, to: `${IMAGE}-1` }]);
    expect(children.map(({ child }) => child)).toEqual(["Deployment/web"]);
  });

  test("of the replicas restarts nothing", () => {
    expect(change({ replicas: 3 })).toMatchObject({ change: "changed", pods: "stay" });
  });

  test("of the type deletes one controller and creates another", () => {
    const { children, pods } = change({ type: "DaemonSet" });
    expect(children).toEqual(
      expect.arrayContaining([
        { child: "DaemonSet/web", change: "created", fields: [] },
        { child: "Deployment/web", change: "deleted", fields: [] },
      ]),
    );
    expect(pods).toBe("restart");
  });

  test("shows no value that is a secret by its name", () => {
    const withEnv = (...env: readonly object[]) => readied(workload({ image: IMAGE, env }));
    const password = (value: string) => ({ name: "DB_PASSWORD", value });
    const level = { name: "LEVEL", value: "info" };
    const changed = [
      changeOf(withEnv(password("hunter2")), withEnv(password("hunter3"))),
      changeOf(withEnv(password("hunter2"), level), before),
      changeOf(before, withEnv(password("hunter3"))),
    ];
    expect(JSON.stringify(changed)).not.toContain("hunter");
    expect(changed.map(({ change: what }) => what)).toEqual(["changed", "changed", "changed"]);
    expect(JSON.stringify(changed)).toContain("info");
  });

  test("to nothing creates everything", () => {
    expect(changeOf(before, undefined)).toMatchObject({ change: "created", pods: "start" });
  });
});
