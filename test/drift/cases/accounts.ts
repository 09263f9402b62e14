/** The workload's account: what it may do, who else can be it, and the Secrets beside it. */
import type { KubeObject } from "kopf-ts";
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  CONFIG_MAP,
  ROLE,
  ROLE_BINDING,
  SECRET,
  SERVICE_ACCOUNT,
} from "../../../src/kubernetes/kinds.ts";
import type { Attack, DriftCase } from "../case.ts";
import { creating, deleting, patching } from "../patches.ts";
import { type Stage, VICTIM } from "../stage.ts";
import { baselineTells, workloadTells } from "../told.ts";

const RBAC = "rbac.authorization.k8s.io";
const account = ({ namespace }: Stage) => ({ kind: "ServiceAccount", name: VICTIM, namespace });
const group = (name: string) => ({ kind: "Group", name, apiGroup: RBAC });
const role = (kind: "ClusterRole" | "Role", name: string) => ({ apiGroup: RBAC, kind, name });

const binding =
  (name: string, subjects: (stage: Stage) => readonly object[], to = "admin") =>
  (stage: Stage): KubeObject =>
    ({
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata: { name, namespace: stage.namespace },
      roleRef: role("ClusterRole", to),
      subjects: subjects(stage),
    }) as KubeObject;

const clusterBinding =
  (subjects: (stage: Stage) => readonly object[]) =>
  (stage: Stage): KubeObject =>
    ({
      apiVersion: `${RBAC}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name: `strong-${stage.namespace}` },
      roleRef: role("ClusterRole", "cluster-admin"),
      subjects: subjects(stage),
    }) as KubeObject;

/** Told of on the workload, and taken away afterwards by hand. */
const toldOnly = (attack: Attack): Attack => ({ ...attack, told: workloadTells("RightsMatch", "False") });

const asAccount = (title: string, args: (stage: Stage) => readonly string[], refusedBy: RegExp): Attack => ({
  title,
  user: "alice",
  act: async ({ cluster, ...stage }) => {
    const { code, stderr } = await cluster.kubectl(args({ cluster, ...stage }), { user: "alice" });
    if (code !== 0 && !refusedBy.test(stderr)) throw new Error(stderr);
  },
});

export const ACCOUNT_CASES: readonly DriftCase[] = [
  {
    number: 7,
    title: "what the pods read changed, and not the pods",
    who: "E",
    attacks: [
      {
        title: "forges the copy of a ConfigMap",
        user: "alice",
        act: async ({ namespace, admin }, client) => {
          const { items } = await admin.list(CONFIG_MAP, {
            namespace,
            labelSelector: `palisade.dev/workload=${VICTIM}`,
          });
          const copy = items[0];
          if (copy === undefined) throw new Error("the victim has no copy");
          const { name, labels = {} } = copy.metadata;
          await client.delete(CONFIG_MAP, { namespace, name });
          const forged = {
            ...copy,
            metadata: { name, namespace, labels },
            data: { forged: "yes" },
          } as unknown as KubeObject;
          await client.create(CONFIG_MAP, forged).catch(() => {});
        },
        stands: async ({ namespace, admin }) => {
          const { items } = await admin.list(CONFIG_MAP, {
            namespace,
            labelSelector: `palisade.dev/workload=${VICTIM}`,
          });
          return items.length === 0 || items.some((live) => JSON.stringify(live["data"]).includes("forged"));
        },
      },
      patching("changes the Secret", SECRET, "web-key", { stringData: { key: "forged" } }, "Zm9yZ2Vk"),
    ],
  },
  {
    number: 56,
    title: "the account bound to a stronger role",
    who: "A",
    attacks: [
      creating(
        "binds the account to admin",
        ROLE_BINDING,
        binding("strong", (stage) => [account(stage)]),
        "bob",
      ),
    ],
  },
  {
    number: 57,
    title: "a group that the account is in bound to a role",
    who: "A/X",
    attacks: [
      creating(
        "binds every account of the namespace",
        ROLE_BINDING,
        binding("strong", ({ namespace }) => [group(`system:serviceaccounts:${namespace}`)]),
        "bob",
      ),
      creating(
        "binds whoever is logged in",
        ROLE_BINDING,
        binding("strong", () => [group("system:authenticated")]),
        "bob",
      ),
      toldOnly(
        creating(
          "binds every account of the cluster",
          CLUSTER_ROLE_BINDING,
          clusterBinding(() => [group("system:serviceaccounts")]),
          "mallory",
        ),
      ),
    ],
  },
  {
    number: 58,
    title: "the account bound over the whole cluster",
    who: "X",
    attacks: [
      toldOnly(
        creating(
          "makes the account cluster-admin",
          CLUSTER_ROLE_BINDING,
          clusterBinding((stage) => [account(stage)]),
          "mallory",
        ),
      ),
    ],
  },
  {
    number: 59,
    title: "a role that grows",
    who: "A/X",
    attacks: [
      patching(
        "widens the workload's Role",
        ROLE,
        `palisade:${VICTIM}`,
        { rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }] },
        '"secrets"',
        { user: "bob" },
      ),
      toldOnly({
        ...creating(
          "feeds what every account may do",
          CLUSTER_ROLE_BINDING,
          (stage) => ({
            ...clusterBinding(() => [group("system:authenticated")])(stage),
            roleRef: role("ClusterRole", "grown"),
          }),
          "mallory",
        ),
        prepare: async ({ admin }) => {
          await admin.apply(CLUSTER_ROLE, {
            apiVersion: `${RBAC}/v1`,
            kind: "ClusterRole",
            metadata: { name: "grown" },
            rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
          } as KubeObject);
        },
      }),
    ],
  },
  {
    number: 60,
    title: "a token that never expires",
    who: "E",
    attacks: [
      creating("asks for a token Secret of the account", SECRET, ({ namespace }) => ({
        apiVersion: "v1",
        kind: "Secret",
        type: "kubernetes.io/service-account-token",
        metadata: { name: "theirs", namespace, annotations: { "kubernetes.io/service-account.name": VICTIM } },
      })),
    ],
  },
  {
    number: 61,
    title: "a token asked for",
    who: "E",
    attacks: [
      {
        title: "asks for a token of the account",
        user: "alice",
        act: ({ namespace }, client) =>
          client.create(
            SERVICE_ACCOUNT,
            {
              apiVersion: "authentication.k8s.io/v1",
              kind: "TokenRequest",
              metadata: { name: VICTIM, namespace },
              spec: {},
            } as unknown as KubeObject,
            { subresource: "token" },
          ),
      },
    ],
  },
  {
    number: 62,
    title: "the account impersonated",
    who: "E",
    attacks: [
      {
        ...asAccount(
          "acts as the account",
          ({ namespace }) => ["auth", "whoami", `--as=system:serviceaccount:${namespace}:${VICTIM}`],
          /cannot impersonate/,
        ),
        told: baselineTells("RBACNarrow", "False"),
      },
    ],
  },
  {
    number: 63,
    title: "a cloud identity put on the account",
    who: "E",
    attacks: [
      patching(
        "takes a role of the cloud",
        SERVICE_ACCOUNT,
        VICTIM,
        { metadata: { annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/theirs" } } },
        "role/theirs",
      ),
    ],
  },
  {
    number: 64,
    title: "the account changed or made anew",
    who: "E",
    attacks: [
      patching(
        "turns token mounting on",
        SERVICE_ACCOUNT,
        VICTIM,
        { automountServiceAccountToken: true },
        '"automountServiceAccountToken":true',
      ),
      patching(
        "adds a pull secret to the account",
        SERVICE_ACCOUNT,
        VICTIM,
        { imagePullSecrets: [{ name: "theirs" }] },
        "theirs",
      ),
      deleting("deletes the account", SERVICE_ACCOUNT, VICTIM),
    ],
  },
  {
    number: 65,
    title: "any Secret of the namespace read",
    who: "E",
    attacks: [
      {
        title: "reads the workload's Secret",
        user: "alice",
        act: ({ namespace }, client) => client.get(SECRET, { namespace, name: "web-key" }),
        told: baselineTells("RBACNarrow", "False"),
      },
    ],
  },
  {
    number: 67,
    title: "the node's proxy, past admission",
    who: "X",
    attacks: [
      {
        title: "may reach every kubelet",
        user: "mallory",
        act: async (_stage, client) => {
          await client.transport.request({ method: "GET", path: "/api/v1/nodes/paper/proxy/pods" }).catch(() => {});
        },
        told: baselineTells("RBACNarrow", "False"),
      },
    ],
  },
];
