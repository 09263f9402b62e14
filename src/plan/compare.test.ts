import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { compare, repaired, valueAt } from "./compare.ts";
import { formatPath } from "./diff.ts";
import { LearnedDefaults } from "./learned-defaults.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests reach into raw JSON to break it.
type Mutable = any;

const desired: KubeObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    name: "web",
    namespace: "shop",
    labels: { a: "b" },
    ownerReferences: [{ apiVersion: "x/v1", kind: "X", name: "web", uid: "1" }],
  },
  spec: {
    replicas: 1,
    template: {
      metadata: { labels: { a: "b" } },
      spec: {
        containers: [
          { name: "web", image: "web:1" },
          { name: "two", image: "two:1" },
        ],
      },
    },
  },
};

const live = (change: (object: Record<string, never>) => void): KubeObject => {
  const copy = structuredClone({
    ...desired,
    metadata: { ...desired.metadata, uid: "u", resourceVersion: "7", generation: 3, managedFields: [] },
    status: { replicas: 1 },
  });
  change(copy as never);
  return copy;
};

const never = (): boolean => false;
const paths = (object: KubeObject, isDefault = never): string[] =>
  compare(desired, object, isDefault).map(({ path, kind }) => `${kind} ${formatPath(path)}`);

describe("a live child", () => {
  test.each<{ name: string; change: (object: Mutable) => void; expected: string[] }>([
    { name: "conforms as it was made", change: () => {}, expected: [] },
    {
      name: "drifts by a second container",
      change: ({ spec }) => spec.template.spec.containers.push({ name: "miner" }),
      expected: ["foreign spec.template.spec.containers[name=miner]"],
    },
    {
      name: "drifts by a changed value",
      change: ({ spec }) => {
        spec.replicas = 5;
      },
      expected: ["changed spec.replicas"],
    },
    {
      name: "drifts by a removed value",
      change: ({ spec }) => {
        delete spec.replicas;
      },
      expected: ["missing spec.replicas"],
    },
    {
      name: "drifts by a foreign field",
      change: ({ spec }) => {
        spec.template.spec.hostNetwork = true;
      },
      expected: ["foreign spec.template.spec.hostNetwork"],
    },
    {
      name: "drifts by the order of containers",
      change: ({ spec }) => spec.template.spec.containers.reverse(),
      expected: ["changed spec.template.spec.containers"],
    },
    {
      name: "drifts by a missing owner",
      change: ({ metadata }) => {
        delete metadata.ownerReferences;
      },
      expected: ["missing metadata.ownerReferences"],
    },
    {
      name: "drifts by a finalizer that is not the control plane's",
      change: ({ metadata }) => {
        metadata.finalizers = ["x/y"];
      },
      expected: ["foreign metadata.finalizers"],
    },
    {
      name: "conforms with the finalizer of a foreground deletion",
      change: ({ metadata }) => {
        metadata.finalizers = ["foregroundDeletion"];
      },
      expected: [],
    },
    {
      name: "conforms with a tracking annotation",
      change: ({ metadata }) => {
        metadata.annotations = { "argocd.argoproj.io/tracking-id": "x" };
      },
      expected: [],
    },
    {
      name: "drifts by another annotation beside a tracking one",
      change: ({ metadata }) => {
        metadata.annotations = { "argocd.argoproj.io/tracking-id": "x", "evil/x": "1" };
      },
      expected: ["foreign metadata.annotations[evil/x]"],
    },
    {
      name: "conforms after kubectl rollout restart",
      change: ({ spec }) => {
        spec.template.metadata.annotations = { "kubectl.kubernetes.io/restartedAt": "now" };
      },
      expected: [],
    },
    {
      name: "drifts by any other template annotation",
      change: ({ spec }) => {
        spec.template.metadata.annotations = { "k8s.v1.cni.cncf.io/networks": "x" };
      },
      expected: ["foreign spec.template.metadata.annotations[k8s.v1.cni.cncf.io/networks]"],
    },
    {
      name: "drifts by metadata on a template that wants none, entry by entry",
      change: ({ spec }) => {
        spec.template.metadata.annotations = { "kubectl.kubernetes.io/restartedAt": "now", evil: "1" };
      },
      expected: ["foreign spec.template.metadata.annotations.evil"],
    },
    {
      name: "drifts by labels that are no map",
      change: ({ spec }) => {
        spec.template.metadata.annotations = "evil";
      },
      expected: ["foreign spec.template.metadata.annotations"],
    },
    {
      name: "takes null and empty for absent",
      change: ({ spec }) => {
        spec.template.metadata.creationTimestamp = null;
        spec.template.spec.volumes = [];
      },
      expected: [],
    },
  ])("$name", ({ change, expected }) => {
    expect(paths(live(change as never))).toEqual(expected);
  });
});

test("a repair is the desired object at the judged version, with what others may write", () => {
  const object = live((copy: Mutable) => {
    copy.metadata.annotations = { "argocd.argoproj.io/tracking-id": "x", "evil/x": "1" };
    copy.spec.template.metadata.annotations = { "kubectl.kubernetes.io/restartedAt": "now" };
    copy.spec.template.spec.hostNetwork = true;
  });
  const result = repaired(desired, object);
  expect(compare(desired, result, never)).toEqual([]);
  expect(result.metadata.resourceVersion).toBe("7");
  expect(result.metadata.annotations).toEqual({ "argocd.argoproj.io/tracking-id": "x" });
  expect(JSON.stringify(result)).toContain("restartedAt");
  expect(JSON.stringify(result)).not.toContain("hostNetwork");
});

describe("a newer server's default", () => {
  const withNew = (value: unknown) =>
    live((copy: Mutable) => {
      copy.spec.template.spec.brandNewField = value;
    });

  test("is drift until a dry run shows it, and then is none", () => {
    const learned = new LearnedDefaults();
    const differences = compare(desired, withNew("on"), learned.isServerDefault);
    expect(learned.isWorthAsking("Deployment", differences)).toBe(true);
    learned.learn("Deployment", differences, withNew("on"));
    expect(compare(desired, withNew("on"), learned.isServerDefault)).toEqual([]);
    expect(compare(desired, withNew("off"), learned.isServerDefault)).toHaveLength(1);
  });

  test("is never a field this version knows, nor a list item", () => {
    const learned = new LearnedDefaults();
    const known = compare(
      desired,
      live((copy: Mutable) => {
        copy.spec.template.spec.hostNetwork = true;
      }),
      never,
    );
    const item = compare(
      desired,
      live((copy: Mutable) => copy.spec.template.spec.containers.push({ name: "miner" })),
      never,
    );
    expect(learned.isWorthAsking("Deployment", known)).toBe(false);
    expect(learned.isWorthAsking("Deployment", item)).toBe(false);
  });

  test("is asked about once", () => {
    const learned = new LearnedDefaults();
    const differences = compare(desired, withNew("on"), never);
    learned.learn("Deployment", differences, desired);
    expect(learned.isWorthAsking("Deployment", differences)).toBe(false);
    expect(compare(desired, withNew("on"), learned.isServerDefault)).toHaveLength(1);
  });
});

test("what KEDA writes on a ScaledObject is no drift, and stays through a repair; on another kind it is drift", () => {
  const scaled = (kind: string): KubeObject => ({
    apiVersion: "keda.sh/v1alpha1",
    kind,
    metadata: { name: "web", labels: { a: "b" } },
    spec: { maxReplicaCount: 5 },
  });
  const marked = (kind: string): KubeObject => ({
    ...scaled(kind),
    metadata: {
      name: "web",
      labels: { a: "b", "scaledobject.keda.sh/name": "web" },
      finalizers: ["finalizer.keda.sh"],
      resourceVersion: "7",
    },
  });
  expect(compare(scaled("ScaledObject"), marked("ScaledObject"), never)).toEqual([]);
  expect(repaired(scaled("ScaledObject"), marked("ScaledObject")).metadata).toEqual(marked("ScaledObject").metadata);
  expect(compare(scaled("Deployment"), marked("Deployment"), never)).toHaveLength(2);
});

test("a value is found by field, by name and by place, and is undefined where the path leads nowhere", () => {
  const root = { list: [{ name: "a", v: 1 }, "b"], text: "x" };
  expect(valueAt(root, ["list", "[name=a]", "v"])).toBe(1);
  expect(valueAt(root, ["list", "[1]"])).toBe("b");
  expect(valueAt(root, ["list", "[name=c]"])).toBeUndefined();
  expect(valueAt(root, ["text", "deeper"])).toBeUndefined();
  expect(valueAt({ gone: null }, ["gone", "deeper"])).toBeUndefined();
});

test("a repair writes the first version of an object that has none, and makes the maps that carried values need", () => {
  const { spec, ...bare } = desired as KubeObject & { readonly spec: unknown };
  const restarted = { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "now" } } } };
  const result = repaired(bare, { ...bare, spec: restarted });
  expect(result.metadata.resourceVersion).toBe("");
  expect(result["spec"]).toBeUndefined();
  const owned = { ...bare, spec: { template: { metadata: {} } } };
  expect(repaired(owned, { ...bare, spec: restarted })["spec"]).toEqual(restarted);
});
