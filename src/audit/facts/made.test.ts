/** What a template stands for, and what it does not: whoever writes an object writes its owner too. */
import { describe, expect, test } from "@jest/globals";
import { aPod, audited, chainsOf, documents } from "../../../test/support/audited.ts";

type Raw = Readonly<Record<string, unknown>>;

const owned = (text: string, kind: string, name: string, change: Raw = {}): string => {
  const { metadata, ...object } = JSON.parse(text) as { readonly metadata: Raw };
  const ownerReferences = [{ apiVersion: "apps/v1", kind, name, uid: "u", controller: true }];
  return JSON.stringify({ ...object, metadata: { ...metadata, ownerReferences }, ...change });
};

/** What makes pods like this one. */
const template = (kind: string, name: string, pod: string): string => {
  const { spec, metadata } = JSON.parse(pod) as { readonly spec: Raw; readonly metadata: Raw };
  const shape = { template: { metadata: { labels: metadata["labels"] }, spec } };
  return JSON.stringify({
    apiVersion: kind === "CronJob" ? "batch/v1" : "apps/v1",
    kind,
    metadata: { name, namespace: "shop" },
    spec: kind === "CronJob" ? { jobTemplate: { spec: shape } } : shape,
  });
};

const ROOT = { securityContext: { privileged: true } };
const weak = aPod("web-1", {}, ROOT);
const plain = aPod("web-1");

const starts = (...texts: readonly string[]): readonly string[] =>
  chainsOf(audited(documents(...texts))).flatMap(({ members }) => members.map(({ words }) => words));

describe("a pod that its template does not explain is judged by itself", () => {
  test.each<[string, string, string]>([
    ["of a Deployment", template("Deployment", "web", plain), owned(weak, "Deployment", "web")],
    ["of its ReplicaSet", template("Deployment", "web", plain), owned(weak, "ReplicaSet", "web-abc")],
    ["of a DaemonSet", template("DaemonSet", "web", plain), owned(weak, "DaemonSet", "web")],
    ["of an unknown maker, beside another", owned(aPod("a"), "Shop", "web"), owned(weak, "Shop", "web")],
  ])("%s", (_, maker, pod) => {
    expect(starts(maker, pod)).toHaveLength(1);
    expect(starts(pod, maker)).toHaveLength(1);
  });

  test.each<[string, object, object]>([
    ["with another account", { serviceAccountName: "root" }, {}],
    ["with a token", { automountServiceAccountToken: true }, {}],
    ["with a port of the node", {}, { ports: [{ containerPort: 80, hostPort: 80 }] }],
    ["with a program that asks nobody", {}, { image: "redis:7" }],
    ["with a claim", { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "c" } }] }, mounted()],
  ])("%s", (_, spec, container) => {
    const { workloads } = audited(
      documents(template("DaemonSet", "web", plain), owned(aPod("web-1", spec, container), "DaemonSet", "web")),
    );
    expect(workloads).toEqual(["DaemonSet/shop/web", "Pod/shop/web-1"]);
  });
});

test("owners that lead in a circle hide nobody", () => {
  const set = (name: string, owner: string): string => owned(template("ReplicaSet", name, weak), "ReplicaSet", owner);
  expect(starts(set("a", "a"))).toHaveLength(1);
  expect(starts(set("a", "b"), set("b", "a")).length).toBeGreaterThan(0);
  expect(starts(set("a", "b"), set("b", "c"), set("c", "a")).length).toBeGreaterThan(0);
});

describe("a pod that its template explains is told once", () => {
  test.each<[string, readonly string[]]>([
    ["of a ReplicaSet", [template("Deployment", "web", weak), owned(weak, "ReplicaSet", "web-abc")]],
    [
      "of a run of a CronJob",
      [
        template("CronJob", "web", weak),
        owned(template("Job", "web-7", weak), "CronJob", "web"),
        owned(weak, "Job", "web-7"),
      ],
    ],
    [
      "of a revision that was left",
      [
        template("Deployment", "web", plain),
        owned(template("ReplicaSet", "web-old", weak), "Deployment", "web", idle()),
      ],
    ],
    ["that ended", [template("Job", "web", plain), owned(weak, "Job", "web", { status: { phase: "Failed" } })]],
    [
      "with a container that a webhook added",
      [template("DaemonSet", "web", weak), owned(withSidecar(), "DaemonSet", "web")],
    ],
    [
      "with the claim of a StatefulSet",
      [
        template("StatefulSet", "web", aPod("web-1", {}, mounted())).replace(
          '"template":',
          '"volumeClaimTemplates":[{"metadata":{"name":"v"}}],"template":',
        ),
        owned(
          aPod("web-1", { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "v-web-0" } }] }, mounted()),
          "StatefulSet",
          "web",
        ),
      ],
    ],
  ])("%s", (_, texts) => {
    expect(audited(documents(...texts)).workloads).toHaveLength(1);
    expect(audited(documents(...texts.toReversed())).workloads).toHaveLength(1);
  });
});

test("a mirror of a static pod belongs to a Node: the annotation alone hides nothing", () => {
  const annotated = weak
    .replaceAll("shop", "kube-system")
    .replace('"labels":', '"annotations":{"kubernetes.io/config.mirror":"x"},"labels":');
  expect(starts(annotated)).toEqual(["Pod/kube-system/web-1"]);
  expect(starts(owned(annotated, "Node", "n"))).toEqual([]);
});

function mounted(): object {
  return { volumeMounts: [{ name: "v", mountPath: "/v" }] };
}

function idle(): Raw {
  const { spec } = JSON.parse(template("ReplicaSet", "web-old", weak)) as { readonly spec: Raw };
  return { spec: { ...spec, replicas: 0 } };
}

function withSidecar(): string {
  const { spec, ...pod } = JSON.parse(weak) as { readonly spec: { readonly containers: readonly object[] } };
  const sidecar = { name: "proxy", image: "registry.example.com/proxy:1.0.0" };
  return JSON.stringify({ ...pod, spec: { ...spec, containers: [...spec.containers, sidecar] } });
}
