/** A namespace with a workload that runs, to be attacked; and a supply of them. */
import {
  type Client,
  createClient,
  createTransport,
  type KubeObject,
  kubeconfigConnection,
  type Resource,
  type Transport,
} from "kopf-ts";
import { API_VERSION, SECURE_WORKLOAD } from "../../src/crds/group.ts";
import { NAMESPACE, PERSISTENT_VOLUME_CLAIM, POD, ROLE_BINDING, SECRET } from "../../src/kubernetes/kinds.ts";
import { type ClusterUser, type TestCluster, until } from "../cluster/index.ts";
import { kubectl } from "../support/cluster.ts";

/** The workload that every attack is made on. */
export const VICTIM = "web";

export interface Stage {
  readonly cluster: TestCluster;
  readonly namespace: string;
  /** Beyond RBAC: for looking, and for what must be there before an attack. Admission holds for it all the same. */
  readonly admin: Client;
  /** As the operator itself, for what only it may have written. */
  readonly operator: Client;
  get(resource: Resource, name: string): Promise<KubeObject | undefined>;
  /** The victim's pods that are not on their way out. */
  pods(): Promise<readonly KubeObject[]>;
}

/** Who acts: people, and the accounts of programs that are beside the product. */
export type Actor = ClusterUser | keyof typeof PROGRAMS;

const PROGRAMS = {
  autoscaler: { namespace: "kube-system", name: "horizontal-pod-autoscaler" },
  "secret-manager": { namespace: "vault", name: "external-secrets" },
  operator: { namespace: "palisade-system", name: "palisade" },
  thief: { namespace: "palisade-system", name: "palisade" },
} as const;

/** The secret manager has a namespace of its own, and may write the Secrets of all. */
const SECRET_MANAGER: readonly object[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: PROGRAMS["secret-manager"].namespace } },
  { apiVersion: "v1", kind: "ServiceAccount", metadata: PROGRAMS["secret-manager"] },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "secret-manager" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" },
    subjects: [{ kind: "ServiceAccount", ...PROGRAMS["secret-manager"] }],
  },
];

export interface Clients {
  readonly of: (user: Actor) => Client;
  close(): Promise<void>;
}

export async function openClients(cluster: TestCluster): Promise<Clients> {
  for (const input of SECRET_MANAGER) await kubectl(cluster, ["apply", "-f", "-"], { input });
  const users: readonly ClusterUser[] = ["admin", "platform", "alice", "bob", "carol", "mallory"];
  const transports = new Map<Actor, Transport>();
  const open = async (user: Actor, path: string): Promise<void> => {
    transports.set(user, createTransport(await kubeconfigConnection({ path }), { userAgent: user }));
  };
  for (const user of users) await open(user, cluster.kubeconfig(user));
  for (const program of ["autoscaler", "secret-manager", "operator", "thief"] as const) {
    const { namespace, name } = PROGRAMS[program];
    await open(program, await cluster.serviceAccountKubeconfig(namespace, name));
  }
  return {
    of: (user) => createClient(transports.get(user) as Transport, `${user}-edits`),
    close: async () => {
      await Promise.all([...transports.values()].map((transport) => transport.close()));
    },
  };
}

const RBAC = "rbac.authorization.k8s.io";

const binding = (namespace: string, user: string, role: string): KubeObject =>
  ({
    apiVersion: `${RBAC}/v1`,
    kind: "RoleBinding",
    metadata: { name: `${user}-${role}`, namespace },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role },
    subjects: [{ kind: "User", name: user, apiGroup: RBAC }],
  }) as KubeObject;

const ROLES = [
  ["alice", "edit"],
  ["bob", "admin"],
  ["carol", "palisade-app-team"],
] as const;

/** What `mallory` may do: all that standard verbs can, everywhere. Palisade's own verbs are not among them. */
export const INTRUDER: readonly KubeObject[] = [
  {
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRole",
    metadata: { name: "intruder" },
    rules: [
      {
        apiGroups: ["*"],
        resources: ["*"],
        verbs: [
          "get",
          "list",
          "watch",
          "create",
          "update",
          "patch",
          "delete",
          "deletecollection",
          "escalate",
          "bind",
          "impersonate",
        ],
      },
    ],
  } as KubeObject,
  {
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: "intruder" },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "intruder" },
    subjects: [{ kind: "User", name: "mallory", apiGroup: RBAC }],
  } as KubeObject,
];

export const secureWorkload = (namespace: string, name: string, spec: object = {}): KubeObject => ({
  apiVersion: API_VERSION,
  kind: SECURE_WORKLOAD.kind,
  metadata: { name, namespace },
  spec: { image: "registry.example.com/shop/web:1.4.2", ports: [{ name: "http", port: 8080 }], ...spec },
});

const VICTIM_SPEC = {
  permissions: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }],
  access: { inbound: [{ workload: "gateway" }] },
  files: [{ path: "/etc/app/app.conf", content: "listen 8080" }],
  env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: "web-key", key: "key" } } }],
};

/** A workload with a claim and no pod, so that it needs no volume. */
const STORE = "store";
/** Its claim. */
export const DATA = `data-${STORE}`;
const STORE_SPEC = { replicas: 0, claims: [{ name: "data", path: "/var/data", size: "1Gi" }] };

/** Makes a namespace, its teams' bindings and the victim, by the ways that users have; the operator must be running. */
export async function makeStage(cluster: TestCluster, clients: Clients, namespace: string): Promise<Stage> {
  const admin = clients.of("admin");
  await admin.create(NAMESPACE, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  for (const [user, role] of ROLES) await admin.create(ROLE_BINDING, binding(namespace, user, role));
  await admin.create(SECRET, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "web-key", namespace },
    stringData: { key: "value" },
  });
  await admin.create(SECURE_WORKLOAD, secureWorkload(namespace, VICTIM, VICTIM_SPEC));
  await admin.create(SECURE_WORKLOAD, secureWorkload(namespace, STORE, STORE_SPEC));
  const stage = stageOf(cluster, clients, namespace);
  await until(async () => (await stage.pods()).some(isRunning), `the pods of ${namespace}`, 60_000);
  await until(async () => (await stage.get(PERSISTENT_VOLUME_CLAIM, DATA)) !== undefined, `claim ${DATA}`, 60_000);
  return stage;
}

/** A namespace in which the victim runs already. */
export function stageOf(cluster: TestCluster, clients: Clients, namespace: string): Stage {
  const admin = clients.of("admin");
  return {
    cluster,
    namespace,
    admin,
    operator: clients.of("operator"),
    get: (resource, name) => admin.get(resource, { namespace, name }),
    pods: async () => {
      const { items } = await admin.list(POD, { namespace, labelSelector: `palisade.dev/workload=${VICTIM}` });
      return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    },
  };
}

const isRunning = ({ status }: KubeObject): boolean =>
  (status as { readonly phase?: string } | undefined)?.phase === "Running";
