import { beforeAll, expect, test } from "@jest/globals";
import { hardenPod } from "../../src/policies/index.ts";
import { until } from "../cluster/index.ts";
import { VICTIM } from "../drift/stage.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { settled } from "../support/marker.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const namespace = uniqueNamespace("drift");

const CHILDREN = [
  "deployment",
  "service",
  "serviceaccount",
  "networkpolicy",
  "poddisruptionbudget",
  "role",
  "rolebinding",
];

/** Every child, without what changes by itself. */
async function snapshot(): Promise<string> {
  const { items } = JSON.parse(await kubectl(cluster, ["get", CHILDREN.join(","), "-n", namespace, "-o", "json"])) as {
    items: Record<string, unknown>[];
  };
  const shown = items.map((item) => {
    const { status: _status, metadata, ...rest } = item as { status?: unknown; metadata: Record<string, unknown> };
    const { name, labels, ownerReferences, finalizers } = metadata;
    return { ...rest, metadata: { name, labels, ownerReferences, finalizers } };
  });
  return JSON.stringify(shown, (key, value) => (key === "clusterIP" || key === "clusterIPs" ? undefined : value), 1);
}

interface Note {
  readonly note: string;
  readonly series?: { readonly count: number };
}

async function corrections(): Promise<readonly string[]> {
  const { items } = JSON.parse(
    await kubectl(cluster, ["get", "events.events.k8s.io", "-n", namespace, "-o", "json"]),
  ) as { items: (Note & { reason: string })[] };
  return items
    .filter(({ reason }) => reason === "DriftCorrected")
    .flatMap(({ note, series }) => Array.from({ length: series?.count ?? 1 }, () => note));
}

const palisade = usePalisade({ namespaces: [namespace] });
const { cluster } = palisade;

beforeAll(async () => {
  const permissions = [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }];
  await kubectl(cluster, ["apply", "-f", "-"], {
    input: aWorkload(VICTIM, namespace, { permissions, access: { inbound: [{ workload: "gateway" }] } }),
    user: "alice",
  });
  await until(
    async () => (await cluster.kubectl(["get", "deployment", VICTIM, "-n", namespace])).code === 0,
    "the Deployment",
  );
});

test("a change under the operator's own field manager is undone, and told with its path, case 34", async () => {
  const before = await snapshot();
  const aliases = [{ ip: "203.0.113.7", hostnames: ["x"] }];
  const body = JSON.stringify({ spec: { template: { spec: { hostAliases: aliases } } } });
  const patch = ["patch", "deployment", VICTIM, "--type=strategic", "--field-manager=palisade", "-p", body];
  await kubectl(cluster, [...patch, "-n", namespace], { user: "alice" });
  await until(async () => (await corrections()).some((note) => note.includes("hostAliases")), "the Event");
  expect((await corrections()).join("\n")).toContain(`Deployment/${VICTIM}`);
  await until(async () => (await snapshot()) === before, "every child to be as before");
});

test("a lowered namespace label is raised again, cases 69 and 70", async () => {
  const label = (value: string) =>
    kubectl(cluster, ["label", "namespace", namespace, value, "--overwrite"], { user: "platform" });
  const labels = async () =>
    (
      JSON.parse(await kubectl(cluster, ["get", "namespace", namespace, "-o", "json"])) as {
        metadata: { labels: Record<string, string> };
      }
    ).metadata.labels;
  await label("pod-security.kubernetes.io/enforce=privileged");
  await until(
    async () => (await labels())["pod-security.kubernetes.io/enforce"] === "restricted",
    "enforce to be raised",
  );
  await until(async () => (await corrections()).some((note) => note.includes("drift case 69")), "the Event");
  expect((await corrections()).find((note) => note.includes("drift case 69"))).toContain("written by kubectl-label");
  await label("pod-security.kubernetes.io/enforce-version=v1.24");
  await until(
    async () => (await labels())["pod-security.kubernetes.io/enforce-version"] === "v1.37",
    "the version to be raised",
  );
  await label("pod-security.kubernetes.io/enforce-version=latest");
  await settled(cluster);
  expect((await labels())["pod-security.kubernetes.io/enforce-version"]).toBe("latest");
});

test("a pod that obeys stays when a lowered label is raised, though it is bound to a node, case 69", async () => {
  const labels = async () => kubectl(cluster, ["get", "namespace", namespace, "-o", "jsonpath={.metadata.labels}"]);
  const spec = hardenPod({ containers: [{ name: "c", image: "registry.example.com/tool:1" }] });
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "tool" }, spec: { ...spec, nodeName: "node-1" } };
  await kubectl(cluster, ["create", "-n", namespace, "-f", "-"], { input: pod });
  const lower = "pod-security.kubernetes.io/enforce=baseline";
  await kubectl(cluster, ["label", "namespace", namespace, lower, "--overwrite"], { user: "platform" });
  await until(async () => (await labels()).includes('"pod-security.kubernetes.io/enforce":"restricted"'), "the label");
  await settled(cluster);
  const live = JSON.parse(await kubectl(cluster, ["get", "pod", "tool", "-n", namespace, "-o", "json"])) as {
    metadata: { deletionTimestamp?: string };
  };
  expect(live.metadata.deletionTimestamp).toBeUndefined();
  await kubectl(cluster, ["delete", "pod", "tool", "-n", namespace, "--force", "--grace-period=0"]);
});

test("a pod that takes the workload's labels is deleted, case 24", async () => {
  const safe = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  };
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "impostor", labels: { "palisade.dev/workload": VICTIM } },
    spec: { containers: [{ name: "c", image: "registry.example.com/evil:1", securityContext: safe }] },
  };
  await kubectl(cluster, ["create", "-n", namespace, "-f", "-"], { user: "alice", input: pod });
  await until(
    async () => (await cluster.kubectl(["get", "pod", "impostor", "-n", namespace])).code !== 0,
    "the impostor to be gone",
  );
});

test("no weak revision is left to roll back to, case 82", async () => {
  const templates = async (kind: string): Promise<readonly string[]> => {
    const text = await kubectl(cluster, ["get", kind, "-n", namespace, "-o", "json"]);
    const { items } = JSON.parse(text) as { items: readonly { spec: { template: { spec: object } } }[] };
    return items.map(({ spec }) => JSON.stringify(spec.template.spec));
  };
  const [wanted] = await templates("deployment");
  const weak = `deployment/${VICTIM}`;
  await kubectl(cluster, ["set", "image", weak, `${VICTIM}=registry.example.com/evil:1`, "-n", namespace], {
    user: "alice",
  });
  await until(async () => (await corrections()).some((note) => note.includes("drift case 12")), "the correction");
  await until(
    async () => (await templates("replicaset")).every((template) => template === wanted),
    "the weak ones to go",
  );
});

test("what Kubernetes and deployment tools legitimately write is left alone", async () => {
  // The pods of the weak revision are told of behind it.
  await settled(cluster);
  const told = (await corrections()).length;
  await kubectl(cluster, ["rollout", "restart", `deployment/${VICTIM}`, "-n", namespace], { user: "alice" });
  await kubectl(
    cluster,
    ["annotate", "deployment", VICTIM, "argocd.argoproj.io/tracking-id=shop:apps/Deployment:web", "-n", namespace],
    { user: "alice" },
  );
  await kubectl(cluster, ["label", "service", VICTIM, "app.kubernetes.io/instance=shop", "-n", namespace], {
    user: "alice",
  });
  await settled(cluster);
  const { metadata, spec } = JSON.parse(
    await kubectl(cluster, ["get", "deployment", VICTIM, "-n", namespace, "-o", "json"]),
  ) as {
    metadata: { annotations: Record<string, string> };
    spec: { template: { metadata: { annotations?: Record<string, string> } } };
  };
  expect(metadata.annotations["argocd.argoproj.io/tracking-id"]).toBeDefined();
  expect(spec.template.metadata.annotations?.["kubectl.kubernetes.io/restartedAt"]).toBeDefined();
  expect((await corrections()).length).toBe(told);
});

test("no Event and no status names a value", async () => {
  const secret = "hunter2-is-the-password";
  await kubectl(cluster, ["set", "env", `deployment/${VICTIM}`, `PASSWORD=${secret}`, "-n", namespace], {
    user: "alice",
  });
  await until(async () => (await corrections()).some((note) => note.includes("env")), "the Event");
  const all = await kubectl(cluster, ["get", "events.events.k8s.io,secureworkload", "-n", namespace, "-o", "json"]);
  expect(all).not.toContain(secret);
});

test("writers are named again after somebody wiped managedFields, case 34", async () => {
  const wipe = { metadata: { managedFields: [{}] }, automountServiceAccountToken: true };
  const lower = { automountServiceAccountToken: true };
  const told = async (): Promise<number> => (await corrections()).length;
  for (const body of [wipe, lower]) {
    const before = await told();
    await kubectl(cluster, ["patch", "serviceaccount", VICTIM, "-n", namespace, "-p", JSON.stringify(body)], {
      user: "alice",
    });
    await until(async () => (await told()) > before, "the Event");
  }
  const { metadata } = JSON.parse(
    await kubectl(cluster, ["get", "serviceaccount", VICTIM, "-n", namespace, "-o", "json", "--show-managed-fields"]),
  ) as { metadata: { managedFields?: readonly object[] } };
  expect(metadata.managedFields?.length).toBeGreaterThan(0);
});
