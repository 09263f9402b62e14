/** A field that goes takes along exactly what it made: nothing of somebody else's, whatever that is called. */
import { beforeAll, expect, jest, test } from "@jest/globals";
import { until } from "../cluster/index.ts";
import { kubectl } from "../support/cluster.ts";
import { lookAt } from "../support/look.ts";
import { settled } from "../support/marker.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

/** A cluster of its own: a node that exists on paper would take the pods of every other test. */
jest.setTimeout(240_000);

const namespace = "prune";

const asAdmin = (input: object): Promise<string> => kubectl(cluster, ["apply", "-n", namespace, "-f", "-"], { input });
const apply = (name: string, spec: object): Promise<string> =>
  kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload(name, namespace, spec), user: "alice" });

const RBAC = "rbac.authorization.k8s.io";
const SELECTOR = { app: "theirs" };

/** One object of each kind, called almost like a child, and none of them a workload's. */
const foreign = (name: string): readonly object[] => [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: `${name}-2` },
    spec: { selector: SELECTOR, ports: [{ port: 80 }] },
  },
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `${name}.settings` }, data: { a: "theirs" } },
  { apiVersion: `${RBAC}/v1`, kind: "Role", metadata: { name: `palisade:${name}-2` }, rules: [] },
  { apiVersion: `${RBAC}/v1`, kind: "Role", metadata: { name }, rules: [] },
  {
    apiVersion: `${RBAC}/v1`,
    kind: "RoleBinding",
    metadata: { name },
    roleRef: { apiGroup: RBAC, kind: "Role", name },
    subjects: [{ kind: "User", apiGroup: RBAC, name: "bob" }],
  },
  {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: `${name}-2` },
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "theirs" }, maxReplicas: 3 },
  },
  {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: `${name}-2` },
    spec: {
      replicas: 0,
      serviceName: "theirs",
      selector: { matchLabels: SELECTOR },
      template: {
        metadata: { labels: SELECTOR },
        spec: { containers: [{ name: "c", image: "registry.example.com/c:1" }] },
      },
    },
  },
];

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const isThere = async (kind: string, name: string): Promise<boolean> => (await look.get(kind, name)) !== undefined;
const comes = (kind: string, name: string): Promise<void> => until(() => isThere(kind, name), `${kind}/${name}`);
const goes = (kind: string, name: string): Promise<void> =>
  until(async () => !(await isThere(kind, name)), `${kind}/${name} to go`, 60_000);
const isReady = (name: string): Promise<void> =>
  until(async () => (await look.condition(name, "Ready"))?.status === "True", `${name} to be ready`, 60_000);

async function allForeignAreThere(name: string): Promise<void> {
  for (const { kind, metadata } of foreign(name) as readonly Named[])
    expect({ kind, name: metadata.name, there: await isThere(kind, metadata.name) }).toEqual({
      kind,
      name: metadata.name,
      there: true,
    });
}

const palisade = usePalisade({ namespaces: [namespace], kubelet: { namespace } });
const { cluster } = palisade;
const { kubelet } = palisade;
const look = lookAt(cluster, namespace);

beforeAll(async () => {
  for (const name of ["web", "db", "moves"]) for (const object of foreign(name)) await asAdmin(object);
  await asAdmin({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { a: "1" } });
});

test.each([
  {
    field: "permissions",
    value: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
    made: ["role/palisade:web", "rolebinding/palisade:web"],
  },
  { field: "ports", value: [{ name: "http", port: 8080 }], made: ["service/web"] },
  { field: "autoscaling", value: { maxReplicas: 3, cpu: { averageUtilization: 70 } }, made: ["hpa/web"] },
])("without $field its $made go, and nothing else", async ({ field, value, made }) => {
  await apply("web", { ports: [], [field]: value });
  const parts = made.map((one) => one.split("/") as [string, string]);
  for (const [kind, name] of parts) await comes(kind, name);
  await apply("web", { ports: [] });
  for (const [kind, name] of parts) await goes(kind, name);
  expect(await isThere("deployment", "web")).toBe(true);
  await allForeignAreThere("web");
});

test("a name that somebody else took while no field wanted it is not pruned", async () => {
  await apply("web", { ports: [] });
  await goes("service", "web");
  const theirs = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: { selector: SELECTOR, ports: [{ port: 80 }] },
  };
  await asAdmin(theirs);
  await apply("web", { ports: [], env: [{ name: "A", value: "1" }] });
  await isReady("web");
  await settled(cluster);
  expect((await look.get("service", "web"))?.metadata.ownerReferences).toBeUndefined();
  await kubectl(cluster, ["delete", "service", "web", "-n", namespace]);
});

test("the copy of a ConfigMap goes only when no pod uses it any more, and the ConfigMap itself stays", async () => {
  const copies = async (): Promise<readonly string[]> =>
    (await look.list("configmap", "-l", "palisade.dev/workload=web")).map(({ metadata }) => metadata.name);
  const stuck = "registry.example.com/shop/web:9";
  kubelet.fates.set(stuck, { reason: "ImagePullBackOff" });
  await apply("web", { ports: [], files: [{ path: "/etc/app", configMap: { name: "settings" } }] });
  await until(async () => (await copies()).length === 1, "the copy");
  await isReady("web");
  await apply("web", { ports: [], image: stuck });
  await until(
    async () => (await look.condition("web", "Ready"))?.message.includes("ImagePullBackOff") === true,
    "the wait",
  );
  await settled(cluster);
  expect(await copies()).toHaveLength(1);
  kubelet.fates.delete(stuck);
  await until(async () => (await copies()).length === 0, "the copy to go", 60_000);
  expect(await isThere("configmap", "settings")).toBe(true);
  await allForeignAreThere("web");
});

test("claims of a StatefulSet outlive their field, and the StatefulSet", async () => {
  const CLAIM = '"name":"data"';
  const claims = [{ name: "data", path: "/var/lib/app", size: "1Gi" }];
  await apply("db", { type: "StatefulSet", claims });
  await comes("pvc", "data-db-0");
  await apply("db", { type: "StatefulSet" });
  await until(
    async () => JSON.stringify((await look.get("statefulset", "db"))?.["spec"] ?? CLAIM).includes(CLAIM) === false,
    "no claim to be wanted",
    60_000,
  );
  expect(await isThere("pvc", "data-db-0")).toBe(true);
  await kubectl(cluster, ["delete", "sw", "db", "-n", namespace], { user: "alice" });
  await goes("statefulset", "db");
  await settled(cluster);
  expect((await look.get("pvc", "data-db-0"))?.metadata.deletionTimestamp).toBeUndefined();
  await allForeignAreThere("db");
});

test("another type takes the old controller away only when the new one is rolled out", async () => {
  const stuck = "registry.example.com/shop/web:8";
  kubelet.fates.set(stuck, { reason: "ImagePullBackOff" });
  await apply("moves", {});
  await isReady("moves");
  await apply("moves", { type: "StatefulSet", image: stuck });
  await comes("statefulset", "moves");
  await settled(cluster);
  expect(await isThere("deployment", "moves")).toBe(true);
  kubelet.fates.delete(stuck);
  await goes("deployment", "moves");
  expect(await isThere("statefulset", "moves")).toBe(true);
  await allForeignAreThere("moves");
});
