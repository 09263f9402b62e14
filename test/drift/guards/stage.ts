/** A namespace that holds a child of every kind, whoever writes on it, and the list of what is written on. */
import {
  type Client,
  createClient,
  createTransport,
  type KubeObject,
  kubeconfigConnection,
  type Resource,
  type Transport,
} from "kopf-ts";
import { SECURE_WORKLOAD, SECURITY_BASELINE, SECURITY_EXCEPTION } from "../../../src/crds/group.ts";
import {
  CONFIG_MAP,
  CONTROLLER_REVISION,
  CRON_JOB,
  DAEMON_SET,
  DEPLOYMENT,
  ENDPOINT_SLICE,
  ENDPOINTS,
  HORIZONTAL_POD_AUTOSCALER,
  INGRESS,
  JOB,
  NAMESPACE,
  NETWORK_POLICY,
  PERSISTENT_VOLUME_CLAIM,
  POD,
  POD_DISRUPTION_BUDGET,
  REPLICA_SET,
  ROLE,
  ROLE_BINDING,
  SECRET,
  SERVICE,
  SERVICE_ACCOUNT,
  STATEFUL_SET,
} from "../../../src/kubernetes/kinds.ts";
import { DEFAULT_DENY_NAME } from "../../../src/names.ts";
import { type TestCluster, until } from "../../cluster/index.ts";
import { kubectl } from "../../support/cluster.ts";
import { INGRESS_CLASS } from "../../support/platform.ts";
import { secureWorkload } from "../stage.ts";
import type { Theatre } from "../theatre.ts";

/** `wide` has every standard verb everywhere; `other` is admin of another namespace. */
export const WRITERS = ["wide", "edit", "admin", "palisade-app-team", "other"] as const;
export type Writer = (typeof WRITERS)[number];

const PEOPLE = { wide: "mallory", edit: "alice", admin: "bob", "palisade-app-team": "carol" } as const;

const ELSEWHERE = "elsewhere";

export interface Guarded {
  readonly resource: Resource;
  readonly name: string;
}

/** A name that the spec of `web` chooses for one more Service. */
const CHOSEN = "api";

/** One of every guarded kind. Where a controller gives the name, the first that begins so is meant. */
export const WHOLE: readonly Guarded[] = [
  { resource: DEPLOYMENT, name: "web" },
  { resource: STATEFUL_SET, name: "db" },
  { resource: DAEMON_SET, name: "agent" },
  { resource: JOB, name: "migrate" },
  { resource: CRON_JOB, name: "nightly" },
  { resource: REPLICA_SET, name: "web-*" },
  { resource: CONTROLLER_REVISION, name: "db-*" },
  { resource: POD, name: "web-*" },
  { resource: SERVICE, name: "web" },
  { resource: SERVICE, name: CHOSEN },
  { resource: ENDPOINT_SLICE, name: "web-*" },
  { resource: ENDPOINT_SLICE, name: `${CHOSEN}-*` },
  { resource: ENDPOINTS, name: "web" },
  { resource: NETWORK_POLICY, name: "web" },
  { resource: NETWORK_POLICY, name: DEFAULT_DENY_NAME },
  { resource: SERVICE_ACCOUNT, name: "web" },
  { resource: ROLE, name: "palisade:web" },
  { resource: ROLE_BINDING, name: "palisade:web" },
  { resource: POD_DISRUPTION_BUDGET, name: "scaled" },
  { resource: HORIZONTAL_POD_AUTOSCALER, name: "scaled" },
  { resource: INGRESS, name: "web" },
  { resource: SECRET, name: "web-key" },
  { resource: CONFIG_MAP, name: "web.*" },
  { resource: PERSISTENT_VOLUME_CLAIM, name: "data-db-0" },
  { resource: NAMESPACE, name: "" },
  { resource: SECURE_WORKLOAD, name: "web" },
  { resource: SECURITY_BASELINE, name: "cluster" },
  { resource: SECURITY_EXCEPTION, name: "probe" },
];

/** Those that need no more than every stage has. */
export const OF_EVERY_STAGE: readonly Guarded[] = WHOLE.filter(
  ({ resource, name }) =>
    !name.startsWith(CHOSEN) &&
    [
      DEPLOYMENT,
      REPLICA_SET,
      POD,
      SERVICE,
      ENDPOINT_SLICE,
      NETWORK_POLICY,
      SERVICE_ACCOUNT,
      ROLE,
      ROLE_BINDING,
      SECRET,
      NAMESPACE,
      SECURE_WORKLOAD,
    ].includes(resource),
);

const BASELINE = {
  apiVersion: "palisade.dev/v1alpha1",
  kind: "SecurityBaseline",
  metadata: { name: "cluster" },
};

const WEB = {
  serviceNames: [{ name: CHOSEN }],
  permissions: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
  access: { inbound: [{ workload: "gateway" }] },
  files: [{ path: "/etc/app/app.conf", configMap: { name: "settings", key: "app.conf" } }],
  env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: "web-key", key: "key" } } }],
  expose: [{ host: "web.example.com", port: 8080, tls: { secretName: "tls" } }],
};

const without = { replicas: undefined, ports: [] };
const OTHERS: readonly (readonly [string, object])[] = [
  ["scaled", { replicas: 2, autoscaling: { minReplicas: 2, maxReplicas: 4, cpu: { averageUtilization: 70 } } }],
  ["db", { type: "StatefulSet", claims: [{ name: "data", path: "/data", size: "1Gi" }] }],
  ["agent", { type: "DaemonSet", replicas: undefined }],
  ["migrate", { ...without, type: "Job", job: {} }],
  ["nightly", { ...without, type: "CronJob", schedule: { cron: "0 3 * * *" } }],
];

const SETTINGS = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { "app.conf": "x" } };

const EXCEPTION = (namespace: string) => ({
  apiVersion: "palisade.dev/v1alpha1",
  kind: "SecurityException",
  metadata: { name: "probe" },
  spec: {
    workload: { namespace, name: "nobody" },
    lifts: ["read-only-root"],
    validFor: "72h",
    reason: "tells what may be written here",
    requestedBy: "nobody",
  },
});

const apply = (cluster: TestCluster, namespace: string, input: object): Promise<string> =>
  kubectl(cluster, ["apply", "-n", namespace, "-f", "-"], { input });

/** A child of every kind, by the ways that users have; the operator must be running. */
export async function furnishStage({ cluster }: Theatre, namespace: string): Promise<void> {
  const spec = {
    secretWriters: [{ kind: "ServiceAccount", name: "external-secrets", namespace: "vault" }],
    callers: { gateway: { namespace: "edge", podLabels: [{ key: "app", value: "gateway" }] } },
    exposure: { ingressClass: "public" },
    namespaces: [{ name: namespace, hosts: ["*.example.com"] }],
  };
  await kubectl(cluster, ["apply", "-f", "-"], { input: { ...BASELINE, spec } });
  await kubectl(cluster, ["apply", "-f", "-"], { input: INGRESS_CLASS });
  await kubectl(cluster, ["apply", "-f", "-"], { input: EXCEPTION(namespace) });
  await apply(cluster, namespace, SETTINGS);
  await apply(cluster, namespace, secureWorkload(namespace, "web", WEB));
  for (const [name, more] of OTHERS) await apply(cluster, namespace, secureWorkload(namespace, name, more));
}

/** Those whose names controllers give are looked up. Resolves when all of them are there. */
export async function standing(
  client: Client,
  namespace: string,
  objects: readonly Guarded[],
): Promise<readonly Guarded[]> {
  const found: Guarded[] = [];
  for (const object of objects) {
    let name: string | undefined;
    await until(
      async () => {
        name = await nameOf(client, namespace, object);
        return name !== undefined;
      },
      `${object.resource.kind} ${object.name}`,
      60_000,
    );
    found.push({ ...object, name: name ?? "" });
  }
  return found;
}

async function nameOf(client: Client, namespace: string, { resource, name }: Guarded): Promise<string | undefined> {
  if (resource === NAMESPACE) return namespace;
  const { items } = await client.list<KubeObject>(resource, resource.namespaced ? { namespace } : {});
  const prefix = name.endsWith("*") ? name.slice(0, -1) : undefined;
  return items.find(({ metadata }) =>
    prefix === undefined ? metadata.name === name : metadata.name.startsWith(prefix),
  )?.metadata.name;
}

export interface WriterClients {
  readonly of: (writer: Writer) => Client;
  close(): Promise<void>;
}

export async function openWriters({ cluster, clients }: Theatre): Promise<WriterClients> {
  await kubectl(cluster, ["create", "namespace", ELSEWHERE]);
  await kubectl(cluster, ["create", "serviceaccount", "other", "-n", ELSEWHERE]);
  const subject = `--serviceaccount=${ELSEWHERE}:other`;
  await kubectl(cluster, ["create", "rolebinding", "other", "--clusterrole=admin", subject, "-n", ELSEWHERE]);
  const path = await cluster.serviceAccountKubeconfig(ELSEWHERE, "other");
  const transport: Transport = createTransport(await kubeconfigConnection({ path }), { userAgent: "other" });
  const other = createClient(transport, "other-writes");
  return {
    of: (writer) => (writer === "other" ? other : clients.of(PEOPLE[writer])),
    close: () => transport.close(),
  };
}
