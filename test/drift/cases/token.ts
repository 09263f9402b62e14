/** Whoever holds the operator's token, and whoever passes for one of the accounts that the policies trust. */
import { ApiError, type KubeObject, type Resource } from "kopf-ts";
import { API_VERSION } from "../../../src/crds/group.ts";
import {
  API_SERVICE,
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  CORE_EVENT,
  clusterScoped,
  DEPLOYMENT,
  NAMESPACE,
  NETWORK_POLICY,
  ROLE,
  ROLE_BINDING,
  SERVICE,
  SERVICE_ACCOUNT,
} from "../../../src/kubernetes/kinds.ts";
import type { Attack, DriftCase } from "../case.ts";
import { type Stage, VICTIM } from "../stage.ts";

const RBAC = "rbac.authorization.k8s.io";
const GHOST = "00000000-0000-0000-0000-000000000000";
const OUTSIDE = "default";

type Act = Attack["act"];

/** Only the policies answer a thief: the operator does not tell its own account from him. */
const stolen = (title: string, act: Act): Attack => ({ title, user: "thief", onlyGuarded: true, act });

const labels = { "app.kubernetes.io/managed-by": "palisade", "palisade.dev/workload": VICTIM };

/** Marked as what Palisade makes for the victim. */
const marked = (
  apiVersion: string,
  kind: string,
  name: string,
  namespace: string,
  rest: object,
  owner = "SecureWorkload",
): KubeObject =>
  ({
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      labels: owner === "SecureWorkload" ? labels : { ...labels, "palisade.dev/grant": "breakglass" },
      ownerReferences: [
        {
          apiVersion: API_VERSION,
          kind: owner,
          name: owner === "SecureWorkload" ? VICTIM : (name.split(":").at(-1) ?? ""),
          uid: GHOST,
          controller: true,
        },
      ],
    },
    ...rest,
  }) as unknown as KubeObject;

const making =
  (resource: Resource, object: (stage: Stage) => KubeObject): Act =>
  (stage, client) =>
    client.create(resource, object(stage));

/** A child of the victim, changed as the operator writes it. */
const changing =
  (resource: Resource, name: string, change: (live: Readonly<Record<string, unknown>>) => object): Act =>
  async ({ namespace, admin }, client) => {
    const live = await admin.get(resource, { namespace, name });
    if (live === undefined) throw new Error(`${resource.kind} ${name} is not there`);
    return client.replace(resource, { ...live, ...change(live) } as KubeObject);
  };

const grant = "palisade:breakglass:ghost";
const breaking = { rules: [{ apiGroups: ["palisade.dev"], resources: ["secureworkloads"], verbs: ["breakglass"] }] };
const lettingIn = {
  roleRef: { apiGroup: RBAC, kind: "Role", name: grant },
  subjects: [{ kind: "User", name: "alice", apiGroup: RBAC }],
};

interface Templated {
  readonly template: { readonly spec: { readonly volumes?: readonly object[] } };
}

const withVolume = (volume: object) => (live: Readonly<Record<string, unknown>>) => {
  const { template, ...spec } = live["spec"] as Templated;
  const volumes = [...(template.spec.volumes ?? []), volume];
  return { spec: { ...spec, template: { ...template, spec: { ...template.spec, volumes } } } };
};

const specOf = (change: object) => (live: Readonly<Record<string, unknown>>) => ({
  spec: { ...(live["spec"] as object), ...change },
});

const onNamespace =
  (metadata: object): Act =>
  ({ namespace }, client) =>
    client.patch(NAMESPACE, { name: namespace }, { metadata }, { type: "merge" });

export const TOKEN_CASES: readonly DriftCase[] = [
  {
    number: 87,
    title: "the operator's token: somebody let in by no exception",
    who: "token",
    attacks: [
      stolen(
        "makes a break-glass Role for the whole menu where no workload is",
        making(ROLE, () =>
          marked(
            `${RBAC}/v1`,
            "Role",
            grant,
            OUTSIDE,
            {
              rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "delete"] }],
            },
            "SecurityException",
          ),
        ),
      ),
      stolen(
        "makes a break-glass Role of an exception that there is not",
        making(ROLE, ({ namespace }) => marked(`${RBAC}/v1`, "Role", grant, namespace, breaking, "SecurityException")),
      ),
      stolen(
        "binds somebody to one",
        making(ROLE_BINDING, ({ namespace }) =>
          marked(`${RBAC}/v1`, "RoleBinding", grant, namespace, lettingIn, "SecurityException"),
        ),
      ),
    ],
  },
  {
    number: 88,
    title: "the operator's token: objects where no workload is",
    who: "token",
    attacks: [
      stolen(
        "makes a Service for an address outside",
        making(SERVICE, () =>
          marked("v1", "Service", VICTIM, OUTSIDE, { spec: { ports: [{ port: 80 }], externalIPs: ["192.0.2.7"] } }),
        ),
      ),
      stolen(
        "makes an account",
        making(SERVICE_ACCOUNT, () =>
          marked("v1", "ServiceAccount", VICTIM, OUTSIDE, { automountServiceAccountToken: false }),
        ),
      ),
    ],
  },
  {
    number: 89,
    title: "the operator's token: what Palisade never writes",
    who: "token",
    attacks: [
      stolen(
        "opens a Service to an address outside",
        changing(SERVICE, VICTIM, specOf({ externalIPs: ["192.0.2.7"] })),
      ),
      stolen("opens every pod of the namespace", changing(NETWORK_POLICY, VICTIM, specOf({ podSelector: {} }))),
      stolen(
        "lets every namespace in",
        changing(NETWORK_POLICY, VICTIM, specOf({ ingress: [{ from: [{ namespaceSelector: {} }] }] })),
      ),
      stolen(
        "mounts tokens",
        changing(SERVICE_ACCOUNT, VICTIM, () => ({ automountServiceAccountToken: true })),
      ),
      stolen(
        "grants what nobody declared",
        changing(ROLE, `palisade:${VICTIM}`, () => ({
          rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
        })),
      ),
    ],
  },
  {
    number: 90,
    title: "the operator's token: Secrets and claims that the spec does not name",
    who: "token",
    attacks: [
      stolen(
        "mounts another Secret of the namespace",
        changing(
          DEPLOYMENT,
          VICTIM,
          withVolume({ name: "stolen", secret: { secretName: "theirs", defaultMode: 288 } }),
        ),
      ),
      stolen(
        "mounts another claim of the namespace",
        changing(DEPLOYMENT, VICTIM, withVolume({ name: "stolen", persistentVolumeClaim: { claimName: "theirs" } })),
      ),
    ],
  },
  {
    number: 91,
    title: "the operator's token: a namespace that goes, or never goes",
    who: "token",
    attacks: [
      stolen(
        "gives the namespace an owner that is gone",
        onNamespace({ ownerReferences: [{ apiVersion: "v1", kind: "Namespace", name: "gone", uid: GHOST }] }),
      ),
      stolen("holds the namespace by a finalizer", onNamespace({ finalizers: ["example.com/hold"] })),
      stolen(
        "takes the namespace out of another engine",
        onNamespace({ labels: { "admission.gatekeeper.sh/ignore": "yes" } }),
      ),
    ],
  },
];

/** As one who may impersonate accounts, and nothing else of a user: the built-in `edit` bound over the cluster. */
const passingFor = (account: string): Attack => ({
  title: `changes the account of the workload as ${account.split(":").at(-1)}`,
  user: "mallory",
  onlyGuarded: true,
  act: async ({ cluster, namespace }) => {
    const patch = [
      "patch",
      "serviceaccount",
      VICTIM,
      "-n",
      namespace,
      "--type=merge",
      "-p",
      '{"automountServiceAccountToken":true}',
    ];
    const { code, stderr } = await cluster.kubectl(
      [...patch, `--as=system:serviceaccount:${account}`, "--as-group=intruders"],
      {
        user: "mallory",
      },
    );
    if (code !== 0) throw new ApiError(stderr, { status: 403 });
  },
});

const INTRUDERS: KubeObject = {
  apiVersion: `${RBAC}/v1`,
  kind: "ClusterRoleBinding",
  metadata: { name: "intruders" },
  roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "edit" },
  subjects: [{ kind: "Group", name: "intruders", apiGroup: RBAC }],
} as unknown as KubeObject;

const event = (source: object, regarding: object) => (stage: Stage) =>
  ({
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `forged-${crypto.randomUUID()}`, namespace: stage.namespace },
    type: "Normal",
    reason: "DriftCorrected",
    message: "all is well",
    involvedObject: { namespace: stage.namespace, ...regarding },
    ...source,
  }) as unknown as KubeObject;

const forging = (title: string, object: (stage: Stage) => KubeObject): Attack => ({
  title,
  user: "alice",
  onlyGuarded: true,
  act: making(CORE_EVENT, object),
});

const POD = { apiVersion: "v1", kind: "Pod", name: VICTIM };
const PRIORITY_CLASS = clusterScoped("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses");

const above = (title: string, act: Act): Attack => ({ title, user: "mallory", onlyGuarded: true, act });

export const TRUSTED_CASES: readonly DriftCase[] = [
  {
    number: 92,
    title: "somebody who passes for an account that the policies trust",
    who: "X",
    attacks: [
      "palisade-system:palisade",
      "kube-system:deployment-controller",
      "kube-system:generic-garbage-collector",
    ].map((account) => ({
      ...passingFor(account),
      prepare: ({ admin }) => admin.apply(CLUSTER_ROLE_BINDING, INTRUDERS),
    })),
  },
  {
    number: 93,
    title: "Events in Palisade's name",
    who: "E",
    attacks: [
      forging(
        "signs by the newer field",
        event({ reportingComponent: "palisade.dev/operator", reportingInstance: "p" }, POD),
      ),
      forging("signs by the older field", event({ source: { component: "palisade.dev/operator" } }, POD)),
      forging(
        "tells of a workload",
        event({ source: { component: "kubelet" } }, { apiVersion: API_VERSION, kind: "SecureWorkload", name: VICTIM }),
      ),
    ],
  },
  {
    number: 94,
    title: "another server for Palisade's kinds",
    who: "X",
    attacks: [
      above("points the registration elsewhere", (_stage, client) =>
        client.patch(
          API_SERVICE,
          { name: "v1alpha1.palisade.dev" },
          { spec: { service: { name: "theirs", namespace: "default" } } },
          { type: "merge" },
        ),
      ),
      above("registers for a later version", (_stage, client) =>
        client.create(API_SERVICE, {
          apiVersion: "apiregistration.k8s.io/v1",
          kind: "APIService",
          metadata: { name: "v9.palisade.dev" },
          spec: {
            group: "palisade.dev",
            version: "v9",
            groupPriorityMinimum: 9_999,
            versionPriority: 99,
            service: { name: "theirs", namespace: "default" },
            insecureSkipTLSVerify: true,
          },
        } as unknown as KubeObject),
      ),
    ],
  },
  {
    number: 95,
    title: "Palisade's PriorityClasses and roles",
    who: "X",
    attacks: [
      above("deletes a PriorityClass", (_stage, client) => client.delete(PRIORITY_CLASS, { name: "palisade-high" })),
      above("widens the role of app teams", (_stage, client) =>
        client.patch(
          CLUSTER_ROLE,
          { name: "palisade-app-team" },
          { rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] },
          { type: "merge" },
        ),
      ),
      above("deletes the role of app teams", (_stage, client) =>
        client.delete(CLUSTER_ROLE, { name: "palisade-app-team" }),
      ),
    ],
  },
  {
    number: 96,
    title: "a name taken before its workload exists",
    who: "A",
    attacks: [
      {
        title: "makes the Role of a workload to come",
        user: "bob",
        onlyGuarded: true,
        act: making(
          ROLE,
          ({ namespace }) =>
            ({
              apiVersion: `${RBAC}/v1`,
              kind: "Role",
              metadata: { name: "palisade:later", namespace },
              rules: [],
            }) as unknown as KubeObject,
        ),
      },
    ],
  },
];
