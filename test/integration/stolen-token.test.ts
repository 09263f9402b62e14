/**
 * Whoever holds the token of the operator, or of the keeper, from the cluster's point of view: raw requests under the real account, its real role and the
 * policies, while both processes run. What is left to such a token is told in docs/threat-model.md, and shown here as well.
 */

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  ApiError,
  type Client,
  createClient,
  createTransport,
  EVENT,
  type KubeObject,
  kubeconfigConnection,
  pathOf,
  type Resource,
} from "kopf-ts";
import { liftedText } from "../../src/admission/lifted.ts";
import { ENROLMENT_LABEL, LIFTED_ANNOTATION, SECURE_WORKLOAD, WORKLOAD_LABEL } from "../../src/crds/group.ts";
import { DEFAULT_INSTALLATION, KEEPER_NAME, operatorUser } from "../../src/installation.ts";
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  CONFIG_MAP,
  DEPLOYMENT,
  NAMESPACE,
  NETWORK_POLICY,
  PERSISTENT_VOLUME_CLAIM,
  POD,
  ROLE,
  ROLE_BINDING,
  SECRET,
  SERVICE,
  SERVICE_ACCOUNT,
  VALIDATING_ADMISSION_POLICY,
  VALIDATING_ADMISSION_POLICY_BINDING,
} from "../../src/kubernetes/kinds.ts";
import { POD_POLICIES } from "../../src/policies/index.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { addNode, until } from "../cluster/index.ts";
import { allWrites, isStored } from "../support/audit.ts";
import { kubectl } from "../support/cluster.ts";
import { untilPoliciesStand } from "../support/enforce.ts";
import { anException } from "../support/exceptions.ts";
import { setBaseline } from "../support/platform.ts";
import { aPod, DEPLOYMENTS, HOLDERS, holding, unlabelled } from "../support/pod-holders.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { containerWith, OBEYING, podWith } from "../support/weak-pods.ts";
import { aWorkload } from "../support/workloads.ts";

/** Holds a workload; holds something else; holds nothing but a Secret, which the thief is after. */
const SHOP = "shop";
const OTHERS = "others";
const TAKEN = "taken";
const { namespace: OWN, account: OPERATOR } = DEFAULT_INSTALLATION;

let operator: Client;
let keeper: Client;

const thief = async (account: string): Promise<Client> => {
  const path = await cluster.serviceAccountKubeconfig(OWN, account);
  return createClient(createTransport(await kubeconfigConnection({ path }), { userAgent: "thief" }), "thief");
};

const palisade = usePalisade({
  baseline: {},
  admission: ADMISSION_POLICIES,
  before: async () => {
    await addNode(cluster, "node-1", { userNamespaces: true });
    for (const namespace of [SHOP, OTHERS, TAKEN]) {
      await kubectl(cluster, ["create", "namespace", namespace]);
      await kubectl(cluster, ["create", "secret", "generic", "password", "--from-literal=key=value", "-n", namespace]);
    }
    await kubectl(cluster, ["create", "secret", "generic", "named", "--from-literal=key=value", "-n", SHOP]);
    await kubectl(cluster, ["create", "deployment", "app", "--image=registry.example.com/app:1", "-n", OTHERS]);
    const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
    const data = made("v1", "PersistentVolumeClaim", "data", SHOP, { spec });
    await kubectl(cluster, ["apply", "-f", "-"], { input: data });
    await kubectl(cluster, ["create", "configmap", "coredns", "-n", "kube-system"]);
    await kubectl(cluster, ["create", "service", "clusterip", "app", "--tcp=80", "-n", OTHERS]);
    await kubectl(cluster, ["create", "deployment", OPERATOR, "--image=registry.example.com/p:1", "-n", OWN]);
  },
});
const { cluster } = palisade;

beforeAll(async () => {
  const permissions = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }];
  const env = [{ name: "NAMED", valueFrom: { secretKeyRef: { name: "named", key: "key" } } }];
  await untilPoliciesStand(cluster);
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("web", SHOP, { replicas: 1, permissions, env }) });
  await until(
    async () => (await kubectl(cluster, ["get", "pods", "-n", SHOP, "-o", "name"])).includes("pod/web"),
    "the pod of the workload",
  );
  [operator, keeper] = await Promise.all([thief(OPERATOR), thief(KEEPER_NAME)]);
}, 120_000);

afterAll(async () => {
  await Promise.all([operator?.transport.close(), keeper?.transport.close()]);
});

test("what the two do is refused neither of them", () => {
  const accounts = [OPERATOR, KEEPER_NAME].map((name) => `system:serviceaccount:${OWN}:${name}`);
  const written = allWrites(cluster).filter(({ user }) => accounts.includes(user.username));
  expect(written.length).toBeGreaterThan(50);
  // By one refusal the operator knows that the policy of its probe is in force.
  const refused = written.filter(({ responseStatus }) => responseStatus?.code === 403);
  expect(refused.filter(isStored)).toEqual([]);
});

interface Theft {
  readonly title: string;
  readonly act: (client: Client) => Promise<unknown>;
}

/** Refused by RBAC or by a policy, and by no accident of the request. */
function refuses(client: () => Client, thefts: readonly Theft[]): void {
  test.each(thefts)("$title", async ({ act }) => {
    const said = await act(client()).then(
      () => "it was done",
      (error: unknown) => error,
    );
    expect(said).toBeInstanceOf(ApiError);
    const { status, message } = said as ApiError;
    expect(message).not.toContain("resulted in error");
    // A policy that does not find its parameters says so as an invalid request.
    if (message.includes("no params found")) expect(message).toMatch(/'palisade-(enrolment-|operator-break-glass)/);
    else expect({ status, message }).toMatchObject({ status: 403 });
  });
}

const dryRun = { dryRun: true } as const;
const made = (
  apiVersion: string,
  kind: string,
  name: string,
  namespace: string | undefined,
  rest: object,
): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  ...rest,
});
const create =
  (resource: Resource, object: KubeObject) =>
  (client: Client): Promise<unknown> =>
    client.create(resource, object, dryRun);
const patch =
  (resource: Resource, name: string, namespace: string | undefined, body: unknown, subresource?: string) =>
  (client: Client): Promise<unknown> =>
    client.patch(resource, { name, ...(namespace === undefined ? {} : { namespace }) }, body, {
      type: "merge",
      ...dryRun,
      ...(subresource === undefined ? {} : { subresource }),
    });
const remove =
  (resource: Resource, name: string, namespace?: string) =>
  (client: Client): Promise<unknown> =>
    client.delete(resource, { name, ...(namespace === undefined ? {} : { namespace }) }, dryRun);
const post =
  (path: string, body: unknown = {}) =>
  ({ transport }: Client): Promise<unknown> =>
    transport.request({ method: "POST", path, body, query: { dryRun: "All" } });
const get =
  (path: string) =>
  ({ transport }: Client): Promise<unknown> =>
    transport.request({ method: "GET", path });

const resource = (group: string, version: string, kind: string, plural: string, namespaced: boolean): Resource => ({
  group,
  version,
  kind,
  plural,
  namespaced,
});
const LEASE = resource("coordination.k8s.io", "v1", "Lease", "leases", true);
const CRD = resource("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false);
const WEBHOOK = resource(
  "admissionregistration.k8s.io",
  "v1",
  "ValidatingWebhookConfiguration",
  "validatingwebhookconfigurations",
  false,
);
const MUTATING_WEBHOOK = resource(
  "admissionregistration.k8s.io",
  "v1",
  "MutatingWebhookConfiguration",
  "mutatingwebhookconfigurations",
  false,
);
const CSR = resource("certificates.k8s.io", "v1", "CertificateSigningRequest", "certificatesigningrequests", false);
const CONTROLLER = resource("", "v1", "ReplicationController", "replicationcontrollers", true);

const RBAC = "rbac.authorization.k8s.io";
const roleRef = (kind: string, name: string) => ({ roleRef: { apiGroup: RBAC, kind, name } });
const self = { kind: "ServiceAccount", name: OPERATOR, namespace: OWN };
const ALL_LIFTED = { [LIFTED_ANNOTATION]: liftedText(POD_POLICIES.map(({ id }) => id)) ?? "" };

const PRIVILEGED = podWith({
  hostPID: true,
  hostNetwork: true,
  containers: [containerWith({ securityContext: { privileged: true } })],
});
const CAPABLE = podWith({
  containers: [containerWith({ securityContext: { capabilities: { add: ["SYS_ADMIN"] } } })],
});
const STEALING = podWith({ volumes: [{ name: "stolen", secret: { secretName: "password" } }] });
const stranger = { kind: "Pod", version: "v1" };

const podIn = (namespace: string): readonly Theft[] => [
  { title: `a pod in ${namespace}`, act: (client) => client.create(POD, aPod(OBEYING, { namespace })) },
  ...(namespace === SHOP
    ? []
    : [{ title: `a pod in ${namespace}, by dry run`, act: create(POD, aPod(OBEYING, { namespace })) }]),
  {
    title: `a ReplicationController in ${namespace}`,
    act: create(
      CONTROLLER,
      made(stranger.version, CONTROLLER.kind, "any", namespace, {
        spec: { selector: { a: "b" }, template: { metadata: { labels: { a: "b" } }, spec: PRIVILEGED } },
      }),
    ),
  },
  ...HOLDERS.flatMap((holder): readonly Theft[] => {
    const { kind } = holder.resource;
    const object = holding(holder, PRIVILEGED, { namespace });
    return [
      { title: `a privileged ${kind} in ${namespace}`, act: create(holder.resource, object) },
      { title: `a privileged ${kind} of nobody in ${namespace}`, act: create(holder.resource, unlabelled(object)) },
      {
        title: `a privileged ${kind} in ${namespace} for which every rule is said to be lifted`,
        act: create(holder.resource, holding(holder, PRIVILEGED, { namespace, annotations: ALL_LIFTED })),
      },
      {
        title: `a ${kind} in ${namespace} with capabilities, for which every rule is said to be lifted`,
        act: create(holder.resource, holding(holder, CAPABLE, { namespace, annotations: ALL_LIFTED })),
      },
    ];
  }),
];

const firstPod = async (client: Client): Promise<string> => {
  const { items } = await client.list(POD, { namespace: SHOP });
  return items[0]?.metadata.name ?? "";
};
const intoPod =
  (subresource: string, method: "GET" | "POST" = "POST") =>
  async (client: Client): Promise<unknown> =>
    client.transport.request({
      method,
      path: `${pathOf(POD, { namespace: SHOP, name: await firstPod(client), subresource })}?command=id`,
    });

describe("with the operator's token nobody makes", () => {
  for (const namespace of [SHOP, OTHERS, "kube-system", OWN]) refuses(() => operator, podIn(namespace));
  refuses(
    () => operator,
    [
      {
        title: "a weak pod of what runs already",
        act: patch(DEPLOYMENT, "web", SHOP, { spec: { template: { spec: { shareProcessNamespace: true } } } }),
      },
      {
        title: "a pod of what others run",
        act: patch(DEPLOYMENT, "app", OTHERS, { spec: { template: { spec: { hostPID: true } } } }),
      },
      {
        title: "an ephemeral container",
        act: async (client) =>
          patch(
            POD,
            await firstPod(client),
            SHOP,
            { spec: { ephemeralContainers: [containerWith({ name: "debug" })] } },
            "ephemeralcontainers",
          )(client),
      },
      { title: "a SecureWorkload", act: create(SECURE_WORKLOAD, aWorkload("mine", TAKEN) as unknown as KubeObject) },
      { title: "its way into a pod", act: intoPod("exec") },
      { title: "its way into a pod by the other method", act: intoPod("exec", "GET") },
      { title: "its way onto a pod", act: intoPod("attach") },
      { title: "its way to a pod", act: intoPod("portforward") },
    ],
  );
});

describe("with the operator's token nobody reads a Secret", () => {
  refuses(
    () => operator,
    [
      { title: "by its name", act: get(pathOf(SECRET, { namespace: SHOP, name: "password" })) },
      { title: "in a list", act: get(pathOf(SECRET, { namespace: SHOP })) },
      { title: "in a list of all", act: get(pathOf(SECRET)) },
      {
        title: "of a namespace that is not enrolled, by mounting it",
        act: create(DEPLOYMENT, holding(DEPLOYMENTS, STEALING, { namespace: OTHERS })),
      },
      {
        title: "of the cluster itself, by mounting it",
        act: create(DEPLOYMENT, holding(DEPLOYMENTS, STEALING, { namespace: "kube-system" })),
      },
    ],
  );

  test("of a namespace that holds no SecureWorkload, by enrolling it first", async () => {
    const label = { metadata: { labels: { [ENROLMENT_LABEL]: "observing" } } };
    const act = patch(NAMESPACE, TAKEN, undefined, label)(operator);
    await expect(act).rejects.toThrow("'palisade-enrolment-needs-secureworkload'");
  });

  test("of the namespace of a workload, by mounting it", async () => {
    const act = create(DEPLOYMENT, holding(DEPLOYMENTS, STEALING, { namespace: SHOP }))(operator);
    await expect(act).rejects.toThrow("'palisade-operator-forms'");
  });
  test.each(["volumes", "env", "envFrom"])(
    "of the workload's own namespace, in the workload's own form: %s",
    async (by) => {
      const act = changed(DEPLOYMENT, "web", (live) => naming(live, by, "password"))(operator);
      await expect(act).rejects.toThrow("the Secrets that their SecureWorkload names");
    },
  );

  /** What is left: see the threat model. */
  test("but it gives a workload the Secret that its spec names", async () => {
    await changed(DEPLOYMENT, "web", (live) => naming(live, "env", "named"))(operator);
  });
});

interface Templated {
  readonly template: {
    readonly spec: { readonly containers: readonly object[]; readonly volumes?: readonly object[] };
  };
}

function naming(live: KubeObject, by: string, secret: string): KubeObject {
  const { template, ...spec } = live["spec"] as unknown as Templated;
  const [first = {}, ...others] = template.spec.containers;
  const more = {
    volumes: {},
    env: { env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: secret, key: "key" } } }] },
    envFrom: { envFrom: [{ secretRef: { name: secret } }] },
  }[by];
  const volumes = by === "volumes" ? [{ name: "stolen", secret: { secretName: secret, defaultMode: 0o440 } }] : [];
  const pod = {
    ...template.spec,
    containers: [{ ...first, ...more }, ...others],
    volumes: [...(template.spec.volumes ?? []), ...volumes],
  };
  return { ...live, spec: { ...spec, template: { ...template, spec: pod } } };
}

/** Changes a child of the workload as the operator would, with everything else as it is. */
const changed =
  (resource: Resource, name: string, change: (live: KubeObject) => KubeObject) =>
  async (client: Client): Promise<unknown> => {
    const live = await client.get(resource, { namespace: SHOP, name });
    if (live === undefined) throw new Error(`${resource.kind} ${name} is not there`);
    return client.replace(resource, change(live), dryRun);
  };

const BREAKING = [{ apiGroups: ["palisade.dev"], resources: ["secureworkloads"], verbs: ["breakglass"] }];
const EVERY_WAY = { externalIPs: ["192.0.2.7"], ports: [{ port: 80 }], selector: { [WORKLOAD_LABEL]: "web" } };
const GHOST = "00000000-0000-0000-0000-000000000000";

/** What lets somebody into the workload's pods, by an exception of the uid `owned`. */
const grantOf = (kind: "Role" | "RoleBinding", owned: string, rest: object): KubeObject =>
  ({
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata: {
      name: "palisade:breakglass:x",
      namespace: SHOP,
      labels: {
        "app.kubernetes.io/managed-by": "palisade",
        [WORKLOAD_LABEL]: "web",
        "palisade.dev/grant": "breakglass",
      },
      ownerReferences: [
        { apiVersion: "palisade.dev/v1alpha1", kind: "SecurityException", name: "x", uid: owned, controller: true },
      ],
    },
    ...rest,
  }) as unknown as KubeObject;
/** As Palisade marks what belongs to a workload. */
const marked = (namespace: string, name: string, uid = GHOST) => ({
  name,
  namespace,
  labels: { "app.kubernetes.io/managed-by": "palisade", [WORKLOAD_LABEL]: "web" },
  ownerReferences: [
    {
      apiVersion: "palisade.dev/v1alpha1",
      kind: "SecureWorkload",
      name: "web",
      uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ],
});

describe("with the operator's token nobody writes where no workload is", () => {
  const here = (apiVersion: string, kind: string, name: string, rest: object): KubeObject =>
    ({ apiVersion, kind, metadata: marked(OTHERS, name), ...rest }) as KubeObject;
  const grant = "palisade:breakglass:x";
  const menu = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "delete"] }];
  refuses(
    () => operator,
    [
      {
        title: "a Service for an address outside",
        act: create(SERVICE, here("v1", "Service", "web", { spec: EVERY_WAY })),
      },
      {
        title: "a Service",
        act: create(SERVICE, made("v1", "Service", "any", OTHERS, { spec: { ports: [{ port: 80 }] } })),
      },
      {
        title: "a ServiceAccount",
        act: create(SERVICE_ACCOUNT, here("v1", "ServiceAccount", "web", { automountServiceAccountToken: false })),
      },
      { title: "a ConfigMap", act: create(CONFIG_MAP, made("v1", "ConfigMap", "any", OTHERS, { data: {} })) },
      {
        title: "a copy of a ConfigMap",
        act: create(CONFIG_MAP, here("v1", "ConfigMap", `web.any.${"0".repeat(20)}`, { immutable: true })),
      },
      {
        title: "a default deny",
        act: create(NETWORK_POLICY, {
          ...made("networking.k8s.io/v1", "NetworkPolicy", "palisade-default-deny", OTHERS, {
            spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
          }),
          metadata: { ...marked(OTHERS, "palisade-default-deny"), ownerReferences: [] },
        }),
      },
      {
        title: "a claim",
        act: create(PERSISTENT_VOLUME_CLAIM, {
          ...made("v1", "PersistentVolumeClaim", "data-web", OTHERS, {
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          }),
          metadata: { ...marked(OTHERS, "data-web"), ownerReferences: [] },
        } as unknown as KubeObject),
      },
      {
        title: "a Role for what the menu has",
        act: create(ROLE, made(`${RBAC}/v1`, "Role", grant, OTHERS, { rules: menu })),
      },
      {
        title: "a Role that breaks glass",
        act: create(ROLE, made(`${RBAC}/v1`, "Role", grant, OTHERS, { rules: BREAKING })),
      },
      {
        title: "an eviction",
        act: async (client) => {
          const { items } = await client.list(POD, { namespace: OTHERS });
          const name = items[0]?.metadata.name ?? "";
          await client.create(POD, made("policy/v1", "Eviction", name, OTHERS, {}), {
            subresource: "eviction",
            ...dryRun,
          });
        },
      },
    ],
  );
});

describe("with the operator's token nobody writes but in Palisade's own forms", () => {
  const here = (apiVersion: string, kind: string, name: string, rest: object): KubeObject =>
    ({ apiVersion, kind, metadata: marked(SHOP, name), ...rest }) as KubeObject;
  const service = (spec: object): ((client: Client) => Promise<unknown>) =>
    changed(SERVICE, "web", (live) => ({ ...live, spec: { ...(live["spec"] as object), ...spec } }));
  const meta = (change: object) =>
    changed(SERVICE_ACCOUNT, "web", (live) => ({ ...live, metadata: { ...live.metadata, ...change } }));
  const policy = (spec: object) =>
    changed(NETWORK_POLICY, "web", (live) => ({ ...live, spec: { ...(live["spec"] as object), ...spec } }));
  const grant = (kind: "Role" | "RoleBinding", rest: object) =>
    create(kind === "Role" ? ROLE : ROLE_BINDING, grantOf(kind, GHOST, rest));
  const mallory = { kind: "User", name: "mallory", apiGroup: RBAC };
  const namespaced = (change: object) => patch(NAMESPACE, SHOP, undefined, { metadata: change });
  const owner = { apiVersion: "v1", kind: "ConfigMap", name: "gone", uid: GHOST };

  refuses(
    () => operator,
    [
      { title: "a Service with an address outside", act: service({ externalIPs: ["192.0.2.7"] }) },
      { title: "a Service that leads out", act: service({ type: "LoadBalancer" }) },
      { title: "a Service for other pods", act: service({ selector: { app: "other" } }) },
      { title: "a Service of another name", act: create(SERVICE, here("v1", "Service", "other", { spec: EVERY_WAY })) },
      { title: "a policy for every pod", act: policy({ podSelector: {} }) },
      { title: "a policy that lets everybody in", act: policy({ ingress: [{ ports: [{ port: 8080 }] }] }) },
      {
        title: "a policy that lets every namespace in",
        act: policy({ ingress: [{ from: [{ namespaceSelector: {} }] }] }),
      },
      { title: "a policy for one direction", act: policy({ policyTypes: ["Egress"] }) },
      {
        title: "an account with a token",
        act: changed(SERVICE_ACCOUNT, "web", (live) => ({ ...live, automountServiceAccountToken: true })),
      },
      {
        title: "an account with a cloud identity",
        act: meta({ annotations: { "iam.gke.io/gcp-service-account": "a@b" } }),
      },
      { title: "an account with any annotation", act: meta({ annotations: { mine: "yes" } }) },
      { title: "a finalizer", act: meta({ finalizers: ["example.com/hold"] }) },
      {
        title: "a second owner",
        act: changed(SERVICE_ACCOUNT, "web", (live) => ({
          ...live,
          metadata: {
            ...live.metadata,
            ownerReferences: [...(live.metadata.ownerReferences ?? []), { ...owner, controller: false }],
          },
        })),
      },
      { title: "an owner of another uid", act: meta({ ownerReferences: marked(SHOP, "web").ownerReferences }) },
      {
        title: "permissions that nobody declared",
        act: changed(ROLE, "palisade:web", (live) => ({
          ...live,
          rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }],
        })),
      },
      {
        title: "pods under another account",
        act: changed(DEPLOYMENT, "web", (live) =>
          otherPod(live, { serviceAccountName: "default", serviceAccount: "default" }),
        ),
      },
      {
        title: "a claim of others in a pod",
        act: changed(DEPLOYMENT, "web", (live) =>
          otherPod(live, { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] }),
        ),
      },
      {
        title: "a ConfigMap of others in a pod",
        act: changed(DEPLOYMENT, "web", (live) =>
          otherPod(live, { volumes: [{ name: "data", configMap: { name: "theirs" } }] }),
        ),
      },
      { title: "the end of a ConfigMap of others", act: remove(CONFIG_MAP, "kube-root-ca.crt", SHOP) },
      {
        title: "a grant for the whole menu",
        act: grant("Role", { rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }] }),
      },
      { title: "a grant of no SecurityException", act: grant("Role", { rules: BREAKING }) },
      {
        title: "a person let in under the name of a grant",
        act: grant("RoleBinding", { ...roleRef("Role", "palisade:web"), subjects: [mallory] }),
      },
      { title: "an owner of a namespace", act: namespaced({ ownerReferences: [owner] }) },
      { title: "a finalizer of a namespace", act: namespaced({ finalizers: ["example.com/hold"] }) },
      {
        title: "a label of others on a namespace",
        act: namespaced({ labels: { "admission.gatekeeper.sh/ignore": "yes" } }),
      },
      {
        title: "an annotation of others on a namespace",
        act: namespaced({ annotations: { "scheduler.alpha.kubernetes.io/node-selector": "a=b" } }),
      },
    ],
  );
});

describe("with the operator's token and a SecurityException nobody else is let in", () => {
  const rules = { rules: BREAKING };
  const uid = async (): Promise<string> =>
    (await kubectl(cluster, ["get", "securityexception", "x", "-o", "jsonpath={.metadata.uid}"])).trim();
  const bound = (name: string) => ({
    ...roleRef("Role", "palisade:breakglass:x"),
    subjects: [{ kind: "User", name, apiGroup: RBAC }],
  });

  beforeAll(async () => {
    const spec = { lifts: undefined, breakGlass: { user: "alice" }, validFor: "1h" };
    await kubectl(cluster, ["apply", "-f", "-"], { input: anException("x", spec) });
    await until(
      async () => (await cluster.kubectl(["get", "rolebinding", "palisade:breakglass:x", "-n", SHOP])).code === 0,
      "the person to be let in",
    );
  }, 60_000);

  afterAll(() => kubectl(cluster, ["delete", "securityexception", "x"]));

  const replaced = (resource: Resource, object: KubeObject) => operator.replace(resource, object, dryRun);

  test("but whom it names", async () => {
    await replaced(ROLE, grantOf("Role", await uid(), rules));
    await replaced(ROLE_BINDING, grantOf("RoleBinding", await uid(), bound("alice")));
  });

  test("by another name", async () => {
    const act = replaced(ROLE_BINDING, grantOf("RoleBinding", await uid(), bound("mallory")));
    await expect(act).rejects.toThrow("'palisade-operator-break-glass'");
  });

  test("by another uid", async () => {
    await expect(replaced(ROLE, grantOf("Role", GHOST, rules))).rejects.toThrow("'palisade-operator-break-glass'");
  });
});

/** With volumes beside those that it has. */
function otherPod(
  live: KubeObject,
  { volumes = [], ...change }: { readonly volumes?: readonly object[]; readonly [field: string]: unknown },
): KubeObject {
  const { template, ...spec } = live["spec"] as unknown as Templated;
  const pod = { ...template.spec, ...change, volumes: [...(template.spec.volumes ?? []), ...volumes] };
  return { ...live, spec: { ...spec, template: { ...template, spec: pod } } };
}

describe("with the operator's token nobody reaches the data of others, or lets it go", () => {
  const labels = { [WORKLOAD_LABEL]: "web" };
  const claim = (metadata: object, spec: object = {}) => {
    const object = made("v1", "PersistentVolumeClaim", "new", SHOP, {
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
    });
    return create(PERSISTENT_VOLUME_CLAIM, { ...object, metadata: { ...object.metadata, ...metadata } } as KubeObject);
  };
  const owner = { apiVersion: "v1", kind: "ConfigMap", name: "gone", uid: "00000000-0000-0000-0000-000000000000" };
  const change = (body: object) => patch(PERSISTENT_VOLUME_CLAIM, "data", SHOP, body);
  refuses(
    () => operator,
    [
      { title: "by a claim of no workload", act: claim({}) },
      { title: "by a claim that goes with another object", act: claim({ labels, ownerReferences: [owner] }) },
      { title: "by a claim on a volume", act: claim({ labels }, { volumeName: "theirs" }) },
      {
        title: "by a copy of a claim",
        act: claim({ labels }, { dataSource: { kind: "PersistentVolumeClaim", name: "data" } }),
      },
      { title: "by an owner that is gone", act: change({ metadata: { ownerReferences: [owner] } }) },
      { title: "by a label", act: change({ metadata: { labels } }) },
      { title: "by deleting a claim", act: remove(PERSISTENT_VOLUME_CLAIM, "data", SHOP) },
    ],
  );
});

describe("with the operator's token nobody gets more", () => {
  const binding = (name: string, ref: object, subjects: readonly object[], namespace = SHOP) =>
    create(ROLE_BINDING, made(`${RBAC}/v1`, "RoleBinding", name, namespace, { ...ref, subjects }));
  const role = (rules: readonly object[], namespace = SHOP) =>
    create(ROLE, made(`${RBAC}/v1`, "Role", "palisade:web", namespace, { rules }));
  refuses(
    () => operator,
    [
      {
        title: "by a ClusterRoleBinding",
        act: create(
          CLUSTER_ROLE_BINDING,
          made(`${RBAC}/v1`, "ClusterRoleBinding", "mine", undefined, {
            ...roleRef("ClusterRole", "cluster-admin"),
            subjects: [self],
          }),
        ),
      },
      {
        title: "by a ClusterRole",
        act: create(CLUSTER_ROLE, made(`${RBAC}/v1`, "ClusterRole", "mine", undefined, { rules: [] })),
      },
      {
        title: "by adding to its own role",
        act: patch(CLUSTER_ROLE, "palisade-operator", undefined, { rules: [] }),
      },
      {
        title: "by a label that is aggregated",
        act: patch(CLUSTER_ROLE, "palisade-view", undefined, {
          metadata: { labels: { "rbac.authorization.k8s.io/aggregate-to-admin": "true" } },
        }),
      },
      { title: "by a Role for Secrets", act: role([{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }]) },
      { title: "by a Role for everything", act: role([{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]) },
      {
        title: "by a Role for what it holds, in the cluster's own namespace",
        act: role([{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }], "kube-system"),
      },
      { title: "by binding itself", act: binding("palisade:web", roleRef("Role", "palisade:web"), [self]) },
      {
        title: "by binding a person",
        act: binding("palisade:web", roleRef("Role", "palisade:web"), [
          { kind: "User", name: "mallory", apiGroup: RBAC },
        ]),
      },
      {
        title: "by binding to cluster-admin",
        act: binding("palisade:web", roleRef("ClusterRole", "cluster-admin"), [
          { kind: "ServiceAccount", name: "web", namespace: SHOP },
        ]),
      },
      {
        title: "by a token of the keeper",
        act: post(pathOf(SERVICE_ACCOUNT, { namespace: OWN, name: KEEPER_NAME, subresource: "token" })),
      },
      {
        title: "by a token of a controller",
        act: post(pathOf(SERVICE_ACCOUNT, { namespace: "kube-system", name: "default", subresource: "token" })),
      },
      {
        title: "by a certificate",
        act: create(
          CSR,
          made("certificates.k8s.io/v1", CSR.kind, "mine", undefined, {
            spec: { request: "bWluZQ==", signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"] },
          }),
        ),
      },
      { title: "by approving one", act: patch(CSR, "any", undefined, { status: { conditions: [] } }, "approval") },
    ],
  );

  test("by speaking as somebody else", async () => {
    const path = await cluster.serviceAccountKubeconfig(OWN, OPERATOR);
    for (const as of [
      "--as=admin",
      `--as=system:serviceaccount:${OWN}:${KEEPER_NAME}`,
      "--as=x --as-group=system:masters",
    ]) {
      const { code, stderr } = await cluster.kubectl(["--kubeconfig", path, "get", "namespaces", ...as.split(" ")]);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("cannot impersonate") });
    }
  });
});

const POLICY = "palisade-operator";
const weaken = { spec: { validations: [{ expression: "true" }] } };

describe("with the operator's token nobody changes what holds for it", () => {
  refuses(
    () => operator,
    [
      { title: "a policy", act: patch(VALIDATING_ADMISSION_POLICY, POLICY, undefined, weaken) },
      { title: "the existence of a policy", act: remove(VALIDATING_ADMISSION_POLICY, POLICY) },
      {
        title: "a binding",
        act: patch(VALIDATING_ADMISSION_POLICY_BINDING, POLICY, undefined, { spec: { validationActions: ["Audit"] } }),
      },
      { title: "the existence of a binding", act: remove(VALIDATING_ADMISSION_POLICY_BINDING, POLICY) },
      {
        title: "a webhook",
        act: create(
          WEBHOOK,
          made("admissionregistration.k8s.io/v1", WEBHOOK.kind, "mine", undefined, { webhooks: [] }),
        ),
      },
      {
        title: "a webhook that changes",
        act: create(
          MUTATING_WEBHOOK,
          made("admissionregistration.k8s.io/v1", MUTATING_WEBHOOK.kind, "mine", undefined, { webhooks: [] }),
        ),
      },
      {
        title: "a definition",
        act: patch(CRD, "secureworkloads.palisade.dev", undefined, { metadata: { labels: { a: "b" } } }),
      },
      { title: "the existence of a definition", act: remove(CRD, "secureworkloads.palisade.dev") },
      { title: "the role that the policies go with", act: remove(CLUSTER_ROLE, KEEPER_NAME) },
      { title: "the rights of the keeper", act: remove(CLUSTER_ROLE_BINDING, KEEPER_NAME) },
      { title: "the rights of others", act: remove(CLUSTER_ROLE_BINDING, "cluster-admin") },
      { title: "its own Deployment", act: patch(DEPLOYMENT, OPERATOR, OWN, { spec: { replicas: 0 } }) },
      { title: "the existence of its own Deployment", act: remove(DEPLOYMENT, OPERATOR, OWN) },
      { title: "its own account", act: remove(SERVICE_ACCOUNT, OPERATOR, OWN) },
      { title: "what stands in its own namespace", act: create(CONFIG_MAP, made("v1", "ConfigMap", "mine", OWN, {})) },
      { title: "the keeper's Lease", act: patch(LEASE, KEEPER_NAME, OWN, { spec: { holderIdentity: "thief" } }) },
      { title: "the existence of the keeper's Lease", act: remove(LEASE, KEEPER_NAME, OWN) },
      {
        title: "its own namespace",
        act: patch(NAMESPACE, OWN, undefined, { metadata: { labels: { [ENROLMENT_LABEL]: "observing" } } }),
      },
      {
        title: "Pod Security to privileged",
        act: patch(NAMESPACE, SHOP, undefined, {
          metadata: { labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
        }),
      },
      {
        title: "Pod Security to privileged, in a namespace that it takes back to observing",
        act: patch(NAMESPACE, SHOP, undefined, {
          metadata: {
            labels: { "pod-security.kubernetes.io/enforce": "privileged", [ENROLMENT_LABEL]: "observing" },
          },
        }),
      },
      {
        title: "Pod Security to nothing",
        act: patch(NAMESPACE, SHOP, undefined, {
          metadata: { labels: { "pod-security.kubernetes.io/enforce": null } },
        }),
      },
      {
        title: "how far a namespace is enrolled",
        act: patch(NAMESPACE, SHOP, undefined, { metadata: { labels: { [ENROLMENT_LABEL]: null } } }),
      },
      {
        title: "the state of a namespace to one that there is not",
        act: patch(NAMESPACE, SHOP, undefined, { metadata: { labels: { [ENROLMENT_LABEL]: "none" } } }),
      },
      { title: "what the keeper tells", act: create(EVENT, eventOf("palisade.dev/admission")) },
    ],
  );
});

test.each(["observing", "guarding"])("with the operator's token nobody takes a namespace back to %s", async (state) => {
  const act = patch(NAMESPACE, SHOP, undefined, { metadata: { labels: { [ENROLMENT_LABEL]: state } } })(operator);
  await expect(act).rejects.toThrow(`'palisade-enrolment-${state}-needs-baseline'`);
});

function eventOf(controller: string): KubeObject {
  return made("events.k8s.io/v1", "Event", "forged", SHOP, {
    reportingController: controller,
    reportingInstance: "thief",
    action: "Repair",
    reason: "DriftCorrected",
    type: "Normal",
    eventTime: "2026-01-01T00:00:00.000000Z",
    regarding: { kind: "SecureWorkload", name: "web", namespace: SHOP },
  });
}

describe("the operator's token does not reach", () => {
  refuses(
    () => operator,
    [
      {
        title: "namespaces of the cluster's own",
        act: patch(NAMESPACE, "kube-system", undefined, {
          metadata: { labels: { [ENROLMENT_LABEL]: "observing" } },
        }),
      },
      {
        title: "default",
        act: patch(NAMESPACE, "default", undefined, {
          metadata: { labels: { [ENROLMENT_LABEL]: "observing" } },
        }),
      },
      { title: "a new namespace", act: create(NAMESPACE, made("v1", "Namespace", "mine", undefined, {})) },
      {
        title: "what the cluster's own programs read",
        act: patch(CONFIG_MAP, "coredns", "kube-system", {
          data: { Corefile: "mine" },
        }),
      },
      {
        title: "the cluster's DNS",
        act: patch(SERVICE, "kube-dns", "kube-system", { spec: { selector: { mine: "yes" } } }),
      },
      {
        title: "Leases of the control plane",
        act: create(
          LEASE,
          made("coordination.k8s.io/v1", "Lease", "kube-scheduler", "kube-system", {
            spec: { holderIdentity: "thief" },
          }),
        ),
      },
      {
        title: "a Lease where it works",
        act: create(LEASE, made("coordination.k8s.io/v1", "Lease", "mine", SHOP, { spec: {} })),
      },
      { title: "what others run", act: remove(DEPLOYMENT, "app", OTHERS) },
      {
        title: "the pods of others",
        act: async (client) => {
          const { items } = await client.list(POD, { namespace: OTHERS });
          return remove(POD, items[0]?.metadata.name ?? "", OTHERS)(client);
        },
      },
      { title: "the Services of others", act: patch(SERVICE, "app", OTHERS, { spec: { selector: { mine: "yes" } } }) },
      { title: "the accounts of others", act: remove(SERVICE_ACCOUNT, "default", OTHERS) },
    ],
  );
});

describe("with the keeper's token nobody", () => {
  refuses(
    () => keeper,
    [
      { title: "makes a pod", act: create(POD, aPod(OBEYING, { namespace: SHOP })) },
      { title: "makes what makes pods", act: create(DEPLOYMENT, holding(DEPLOYMENTS, OBEYING, { namespace: SHOP })) },
      {
        title: "makes a SecureWorkload",
        act: create(SECURE_WORKLOAD, aWorkload("mine", SHOP) as unknown as KubeObject),
      },
      { title: "enters a pod", act: post(pathOf(POD, { namespace: SHOP, name: "any", subresource: "exec" })) },
      { title: "changes a workload", act: patch(SECURE_WORKLOAD, "web", SHOP, { spec: { replicas: 0 } }) },
      { title: "writes the status of one", act: patch(SECURE_WORKLOAD, "web", SHOP, { status: {} }, "status") },
      { title: "reads a pod", act: get(pathOf(POD, { namespace: SHOP })) },
      { title: "reads a Secret", act: get(pathOf(SECRET, { namespace: SHOP, name: "password" })) },
      { title: "reads a ConfigMap", act: get(pathOf(CONFIG_MAP, { namespace: SHOP })) },
      { title: "labels a namespace", act: patch(NAMESPACE, SHOP, undefined, { metadata: { labels: { a: "b" } } }) },
      { title: "changes a role", act: patch(CLUSTER_ROLE, KEEPER_NAME, undefined, { rules: [] }) },
      {
        title: "binds a role",
        act: create(
          CLUSTER_ROLE_BINDING,
          made(`${RBAC}/v1`, "ClusterRoleBinding", "mine", undefined, {
            ...roleRef("ClusterRole", "cluster-admin"),
            subjects: [{ ...self, name: KEEPER_NAME }],
          }),
        ),
      },
      {
        title: "gets a token",
        act: post(pathOf(SERVICE_ACCOUNT, { namespace: OWN, name: OPERATOR, subresource: "token" })),
      },
      {
        title: "makes a webhook",
        act: create(
          WEBHOOK,
          made("admissionregistration.k8s.io/v1", WEBHOOK.kind, "mine", undefined, { webhooks: [] }),
        ),
      },
      { title: "changes a definition", act: remove(CRD, "secureworkloads.palisade.dev") },
      { title: "takes the operator's Lease", act: patch(LEASE, OPERATOR, OWN, { spec: { holderIdentity: "thief" } }) },
      { title: "speaks for the operator", act: create(EVENT, eventOf("palisade.dev/operator")) },
      {
        title: "changes a policy of others",
        act: patch(VALIDATING_ADMISSION_POLICY, "of-others", undefined, weaken),
      },
    ],
  );

  /** What is left: whoever may write policies can undo them, and has nothing to gain by it with these rights alone. */
  test("is kept from changing the policies that it keeps", async () => {
    await patch(VALIDATING_ADMISSION_POLICY, POLICY, undefined, { metadata: { labels: { a: "b" } } })(keeper);
  });
});

test("the operator worked on: a new workload runs", async () => {
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("later", SHOP, { replicas: 1 }) });
  await until(
    async () => (await cluster.kubectl(["get", "deployment", "later", "-n", SHOP])).code === 0,
    `the Deployment, by ${operatorUser(DEFAULT_INSTALLATION)}`,
  );
});

test.each(["Guarding", "Observing"])(
  "the operator moves a namespace back to %s where the SecurityBaseline says so",
  async (enrolment) => {
    await setBaseline(cluster, { namespaces: [{ name: SHOP, enrolment }] });
    const label = `jsonpath={.metadata.labels.${ENROLMENT_LABEL.replaceAll(".", "\\.")}}`;
    await until(
      async () => (await kubectl(cluster, ["get", "namespace", SHOP, "-o", label])) === enrolment.toLowerCase(),
      "the label",
    );
  },
);
