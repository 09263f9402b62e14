/**
 * What could reach the pods of a workload, run beside them or take on their account: refused while a namespace is enrolled, and whatever
 * is foreign once it is sealed. No operator runs here.
 */

import { beforeAll, describe, expect, test } from "@jest/globals";
import { GUARDS } from "../../src/reconcilers/admission/policies.ts";
import { until } from "../cluster/index.ts";
import { runKubectl } from "../cluster/kubectl.ts";
import { asAccount } from "../support/as-account.ts";
import { attempts, CREATE, patch } from "../support/attempts.ts";
import { allWrites } from "../support/audit.ts";
import { kubectl } from "../support/cluster.ts";
import { enforce, refusalOfAttempt } from "../support/enforce.ts";
import { guardedNamespace } from "../support/guarded.ts";
import { aCronJob, aDeployment, aPod, aTemplate, stranger } from "../support/strangers.ts";
import { useCluster } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const SHOP = "shop";
const CLOSED = "closed";
const SEALED = "sealed";

const { cluster } = useCluster({ crds: ["scaledobjects", "verticalpodautoscalers", "gateway-api", "cilium"] });

beforeAll(async () => {
  await guardedNamespace(cluster, SHOP, "observing");
  await guardedNamespace(cluster, CLOSED, "guarding");
  await guardedNamespace(cluster, SEALED, "sealed");
  const alice = { user: "alice" } as const;
  for (const secret of ["web-tls", "mine"])
    await kubectl(cluster, ["create", "secret", "generic", secret, "-n", SHOP], alice);
  await kubectl(cluster, ["create", "deployment", "old", "--image=registry.example.com/own:1", "-n", SEALED], alice);
  await kubectl(cluster, ["create", "service", "clusterip", "old", "--tcp=80", "-n", SEALED], alice);
  const binding = ["create", "rolebinding", "everybody", "--clusterrole=view", "--group=system:serviceaccounts"];
  for (const namespace of [SHOP, CLOSED]) await kubectl(cluster, [...binding, "-n", namespace]);
  await kubectl(cluster, ["create", "serviceaccount", "rotator", "-n", SHOP]);
  await kubectl(cluster, ["create", "role", "quotas", "--verb=create", "--resource=resourcequotas", "-n", SEALED]);
  await kubectl(cluster, ["create", "rolebinding", "quotas", "--role=quotas", "--user=alice", "-n", SEALED]);
  await enforce(cluster, GUARDS);
}, 120_000);

const { refuses, allows } = attempts(() => cluster, SHOP);
const closed = attempts(() => cluster, CLOSED);
const APP = { app: "spy" };

describe("palisade-connect refuses", () => {
  refuses("palisade-connect", [
    { title: "exec, case 66", namespace: CLOSED, args: ["exec", "{pod}", "--", "id"], says: "emergency" },
    { title: "exec in a sealed namespace", namespace: SEALED, args: ["exec", "{pod}", "--", "id"], says: "emergency" },
    { title: "attach, case 66", namespace: CLOSED, args: ["attach", "{pod}"], says: "emergency" },
    {
      title: "port-forward, case 52",
      namespace: CLOSED,
      args: ["create", "--raw", `/api/v1/namespaces/${CLOSED}/pods/web-x/portforward`, "-f", "-"],
      input: {},
      says: "emergency",
    },
    {
      title: "exec by GET, as web sockets come",
      namespace: CLOSED,
      user: "bob",
      args: ["get", "--raw", `/api/v1/namespaces/${CLOSED}/pods/web-x/exec?command=id`],
      says: "emergency",
    },
    {
      title: "exec by POST, as SPDY comes",
      namespace: CLOSED,
      args: ["create", "--raw", `/api/v1/namespaces/${CLOSED}/pods/web-x/exec?command=id`, "-f", "-"],
      input: {},
      says: "emergency",
    },
    {
      title: "the proxy of a pod, case 52",
      namespace: CLOSED,
      args: ["get", "--raw", `/api/v1/namespaces/${CLOSED}/pods/web-x/proxy/`],
      user: "bob",
      says: "emergency",
    },
    {
      title: "the proxy of a Service, case 52",
      namespace: CLOSED,
      args: ["get", "--raw", `/api/v1/namespaces/${CLOSED}/services/web:8080/proxy/`],
      user: "bob",
      says: "emergency",
    },
    {
      title: "exec into a workload's pod where the namespace is only observed, case 99",
      args: ["exec", "deployment/web", "--", "id"],
      says: "emergency",
    },
    {
      title: "the proxy of its Service there, case 99",
      args: ["get", "--raw", `/api/v1/namespaces/${SHOP}/services/http:web:8080/proxy/`],
      user: "bob",
      says: "emergency",
    },
  ]);

  /** No kubelet answers here: what gets past admission fails later, for another reason. */
  test("nobody who may break the glass", async () => {
    const { stderr } = await cluster.kubectl(["exec", "-n", CLOSED, "deployment/web", "--", "id"], {
      user: "platform",
    });
    expect(stderr).not.toContain("ValidatingAdmissionPolicy");
    expect(stderr).toContain("does not have a host assigned");
  });

  test("nobody who reaches other pods and Services of a namespace that is only observed", async () => {
    for (const path of ["pods/other-x/exec?command=id", "pods/https:other-x:8443/proxy/", "services/other:80/proxy/"]) {
      const raw = ["get", "--raw", `/api/v1/namespaces/${SHOP}/${path}`];
      const { stderr } = await cluster.kubectl(raw, { user: "bob" });
      expect({ path, stderr }).toEqual({ path, stderr: expect.stringContaining("not found") });
    }
  });

  test("nobody who was granted the verb in this namespace, and tells of it in the audit log", async () => {
    const role = ["create", "role", "emergency", "--verb=breakglass", "--resource=secureworkloads.palisade.dev"];
    await kubectl(cluster, [...role, "-n", CLOSED]);
    await kubectl(cluster, ["create", "rolebinding", "emergency", "--role=emergency", "--user=alice", "-n", CLOSED]);
    const { stderr } = await cluster.kubectl(["exec", "-n", CLOSED, "deployment/web", "--", "id"], { user: "alice" });
    expect(stderr).toContain("does not have a host assigned");
    await kubectl(cluster, ["delete", "rolebinding", "emergency", "-n", CLOSED]);
    const told = allWrites(cluster).map(({ annotations }) => annotations?.["palisade-connect/reached-into"]);
    expect(told).toContainEqual(expect.stringMatching(/^pods\/exec of closed\/web-/));
  });
});

describe("palisade-accounts refuses", () => {
  const subject = (name: string, kind = "ServiceAccount") => `--${kind.toLowerCase()}=${name}`;
  const bind = (...subjects: readonly string[]) => ["create", "rolebinding", "spy", "--clusterrole=edit", ...subjects];
  refuses("palisade-accounts", [
    { title: "a token of the account, case 61", args: ["create", "token", "web"], says: "account of your own" },
    {
      title: "the same by the platform team",
      user: "platform",
      args: ["create", "token", "web"],
      says: "account of your own",
    },
    {
      title: "a Deployment under the account, case 26",
      args: CREATE,
      input: aDeployment({}, APP, { serviceAccountName: "web" }),
    },
    {
      title: "the same by the old name of the field",
      args: CREATE,
      input: aDeployment({}, APP, { serviceAccount: "web" }),
    },
    { title: "a pod under the account, case 26", args: CREATE, input: aPod({}, { serviceAccountName: "web" }) },
    {
      title: "a CronJob under the account, case 26",
      args: CREATE,
      input: aCronJob(APP, { serviceAccountName: "web" }),
    },
    {
      title: "a PodTemplate under the account",
      args: CREATE,
      user: "platform",
      input: stranger("v1", "PodTemplate", { template: aTemplate(APP, { serviceAccountName: "web" }) }),
    },
  ]);
  closed.refuses("palisade-accounts", [
    { title: "a binding of the account, case 56", user: "bob", args: bind(subject(`${CLOSED}:web`)) },
    {
      title: "a binding of the account as a user",
      user: "bob",
      args: bind(`--user=system:serviceaccount:${CLOSED}:web`),
    },
    {
      title: "a binding of all accounts, case 57",
      user: "bob",
      args: bind("--group=system:serviceaccounts"),
      says: "everybody",
    },
    {
      title: "a binding of the namespace's accounts, case 57",
      user: "bob",
      args: bind(`--group=system:serviceaccounts:${CLOSED}`),
      says: "everybody",
    },
    { title: "a binding of everybody, case 57", user: "bob", args: bind("--user=system:anonymous"), says: "everybody" },
    {
      title: "a subject added to a binding",
      user: "bob",
      args: patch(
        "rolebinding everybody",
        [{ op: "add", path: "/subjects/-", value: { kind: "ServiceAccount", name: "web", namespace: CLOSED } }],
        "json",
      ),
    },
  ]);
});

describe("palisade-accounts lets through", () => {
  allows([
    { title: "a token of another account", args: ["create", "token", "default"] },
    {
      title: "a Deployment under another account",
      args: CREATE,
      input: aDeployment({}, APP, { serviceAccountName: "rotator" }),
    },
    { title: "its rollout", args: ["set", "image", "deployment/spy", "c=registry.example.com/c:2"] },
    { title: "a CronJob without an account", args: CREATE, input: aCronJob(APP) },
    {
      title: "a binding of another account",
      user: "bob",
      args: ["create", "rolebinding", "mine", "--clusterrole=view", `--serviceaccount=${SHOP}:rotator`],
    },
    {
      title: "a binding of a team",
      user: "bob",
      args: ["create", "rolebinding", "team", "--clusterrole=view", "--group=team-c"],
    },
    {
      title: "a label on a binding that stood before",
      user: "bob",
      args: ["label", "rolebinding", "everybody", "team=a"],
    },
    {
      title: "a binding without subjects",
      user: "bob",
      args: CREATE,
      input: stranger("rbac.authorization.k8s.io/v1", "RoleBinding", {
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      }),
    },
  ]);
});

const scaler = (target: object, name = "spy") =>
  stranger("autoscaling/v2", "HorizontalPodAutoscaler", { spec: { maxReplicas: 9, scaleTargetRef: target } }, { name });

describe("palisade-scalers refuses", () => {
  closed.refuses("palisade-scalers", [
    {
      title: "an autoscaler of the Deployment, case 28",
      args: CREATE,
      input: scaler({ apiVersion: "apps/v1", kind: "Deployment", name: "web" }),
    },
    {
      title: "one of a ReplicaSet, case 28",
      args: CREATE,
      input: scaler({ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-7d9f8c6b5d" }),
    },
    {
      title: "one of KEDA, case 28",
      user: "platform",
      args: CREATE,
      input: stranger("keda.sh/v1alpha1", "ScaledObject", { spec: { scaleTargetRef: { name: "web" }, triggers: [] } }),
    },
    {
      title: "one that changes the size of pods, case 28",
      user: "platform",
      args: CREATE,
      input: stranger("autoscaling.k8s.io/v1", "VerticalPodAutoscaler", {
        spec: { targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } },
      }),
    },
  ]);
  describe("not", () => {
    allows([
      {
        title: "an autoscaler of the SecureWorkload",
        args: CREATE,
        input: scaler({ apiVersion: "palisade.dev/v1alpha1", kind: "SecureWorkload", name: "api" }),
      },
      {
        title: "one that only advises",
        user: "platform",
        args: CREATE,
        input: stranger("autoscaling.k8s.io/v1", "VerticalPodAutoscaler", {
          spec: {
            targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
            updatePolicy: { updateMode: "Off" },
          },
        }),
      },
      {
        title: "one of another Deployment",
        args: CREATE,
        input: scaler({ apiVersion: "apps/v1", kind: "Deployment", name: "web2" }, "other"),
      },
    ]);
  });
});

const backend = (name: string) => ({ service: { name, port: { number: 80 } } });
const ingress = (spec: object, name = "spy") => stranger("networking.k8s.io/v1", "Ingress", { spec }, { name });
const byPath = (name: string) => ({
  rules: [{ host: "a.example.com", http: { paths: [{ path: "/", pathType: "Prefix", backend: backend(name) }] } }],
});
const route = (rules: readonly object[], name = "spy") =>
  stranger("gateway.networking.k8s.io/v1", "HTTPRoute", { spec: { rules } }, { name });

describe("palisade-routes refuses", () => {
  closed.refuses("palisade-routes", [
    { title: "an Ingress by a path, case 48", args: CREATE, input: ingress(byPath("web")) },
    { title: "an Ingress by default, case 48", args: CREATE, input: ingress({ defaultBackend: backend("web") }) },
    { title: "an Ingress to the headless Service", args: CREATE, input: ingress(byPath("web-pods")) },
    {
      title: "an HTTPRoute, case 48",
      user: "platform",
      args: CREATE,
      input: route([{ backendRefs: [{ name: "web", port: 80 }] }]),
    },
    {
      title: "a mirror, case 48",
      user: "platform",
      args: CREATE,
      input: route([
        { filters: [{ type: "RequestMirror", requestMirror: { backendRef: { name: "web", port: 80 } } }] },
      ]),
    },
  ]);
  describe("not", () => {
    allows([
      { title: "an Ingress to another Service", args: CREATE, input: ingress(byPath("own")) },
      {
        title: "an Ingress with a host alone",
        args: CREATE,
        input: ingress({ rules: [{ host: "b.example.com" }] }, "bare"),
      },
      {
        title: "an HTTPRoute to another Service",
        user: "platform",
        args: CREATE,
        input: route([{ backendRefs: [{ name: "own", port: 80 }] }]),
      },
      {
        title: "an HTTPRoute with nothing in it",
        user: "platform",
        args: CREATE,
        input: stranger("gateway.networking.k8s.io/v1", "HTTPRoute", { spec: {} }, { name: "bare" }),
      },
    ]);
  });
});

const service = (spec: object, name = "spy") =>
  stranger("v1", "Service", { spec: { ports: [{ port: 80 }], ...spec } }, { name });

describe("palisade-services refuses", () => {
  refuses("palisade-services", [
    {
      title: "a second Service, case 46",
      args: CREATE,
      input: service({ selector: { "palisade.dev/workload": "web" } }),
    },
    {
      title: "one by a label that pods have besides, case 46",
      namespace: CLOSED,
      args: CREATE,
      input: service({ selector: { "app.kubernetes.io/name": "web" } }),
    },
    {
      title: "a LoadBalancer, case 44",
      args: CREATE,
      input: service({ type: "LoadBalancer", selector: { "app.kubernetes.io/managed-by": "palisade" } }),
    },
    {
      title: "external addresses, case 45",
      orBy: "palisade-open-services",
      namespace: CLOSED,
      args: CREATE,
      input: service({ externalIPs: ["192.0.2.7"], selector: { "pod-template-hash": "abc" } }),
    },
    ...["web.closed.svc", "web.closed.svc.cluster.local.", "web-0.web-pods.closed.svc"].map((externalName) => ({
      title: `another name of a workload's Service, as ${externalName}, case 48`,
      namespace: CLOSED,
      args: CREATE,
      input: service({ type: "ExternalName", externalName }),
    })),
  ]);
  describe("not", () => {
    allows([
      { title: "a Service of others", args: CREATE, input: service({ selector: APP }) },
      ...["old.closed.svc", "web.elsewhere.svc", "example.com"].map((externalName, index) => ({
        title: `another name of what is no workload's: ${externalName}`,
        namespace: CLOSED,
        args: CREATE,
        input: service({ type: "ExternalName", externalName }, `alias-${index}`),
      })),
      {
        title: "one by the usual labels of another name",
        args: CREATE,
        input: service({ selector: { "app.kubernetes.io/name": "shop" } }, "usual"),
      },
      { title: "one without a selector", args: CREATE, input: service({}, "bare") },
      {
        title: "one that is a name",
        args: CREATE,
        input: stranger(
          "v1",
          "Service",
          { spec: { type: "ExternalName", externalName: "a.example.com" } },
          { name: "alias" },
        ),
      },
      {
        title: "a load balancer for other pods, while observing",
        args: CREATE,
        input: service({ type: "LoadBalancer", selector: APP }, "front"),
      },
    ]);
  });
});

describe("palisade-open-services refuses", () => {
  refuses("palisade-open-services", [
    {
      title: "a LoadBalancer where nothing foreign runs, case 44",
      namespace: CLOSED,
      args: CREATE,
      input: service({ type: "LoadBalancer", selector: APP }),
      says: "spec.expose",
    },
    {
      title: "a NodePort there, case 44",
      namespace: CLOSED,
      args: CREATE,
      input: service({ type: "NodePort", selector: APP }),
      says: "spec.expose",
    },
    {
      title: "external addresses there, case 45",
      namespace: CLOSED,
      args: CREATE,
      input: service({ externalIPs: ["192.0.2.7"], selector: APP }),
      says: "spec.expose",
    },
  ]);
});

const slice = (labels: object | undefined, name = "spy") =>
  stranger(
    "discovery.k8s.io/v1",
    "EndpointSlice",
    { addressType: "IPv4", endpoints: [{ addresses: ["192.0.2.9"] }] },
    labels === undefined ? { name } : { name, labels },
  );

describe("palisade-endpoints refuses", () => {
  refuses("palisade-endpoints", [
    {
      title: "a slice of our Service, case 50",
      user: "platform",
      args: CREATE,
      input: slice({ "kubernetes.io/service-name": "web" }),
      says: "control plane",
    },
    {
      title: "an edit of one, case 50",
      user: "platform",
      args: ["label", "endpointslice", "-l", "kubernetes.io/service-name=web", "a=b"],
      says: "control plane",
    },
    {
      title: "endpoints of our Service, case 50",
      user: "platform",
      args: CREATE,
      input: stranger("v1", "Endpoints", {}, { name: "web-pods" }),
      says: "control plane",
    },
  ]);
  describe("not", () => {
    allows([
      { title: "a slice without labels", user: "platform", args: CREATE, input: slice(undefined) },
      {
        title: "a slice of another Service",
        user: "platform",
        args: CREATE,
        input: slice({ "kubernetes.io/service-name": "bare" }, "bare"),
      },
      { title: "its end", user: "platform", args: ["delete", "endpointslice", "bare"] },
    ]);
  });
});

const budget = (selector: object | undefined, name = "spy") =>
  stranger(
    "policy/v1",
    "PodDisruptionBudget",
    { spec: { maxUnavailable: 0, ...(selector === undefined ? {} : { selector }) } },
    { name },
  );

describe("palisade-disruption refuses", () => {
  closed.refuses("palisade-disruption", [
    {
      title: "a budget of our pods, case 29",
      args: CREATE,
      input: budget({ matchLabels: { "palisade.dev/workload": "web" } }),
    },
    { title: "a budget of all pods, case 29", args: CREATE, input: budget({}) },
    {
      title: "a budget by what is not there, case 29",
      args: CREATE,
      input: budget({ matchExpressions: [{ key: "app", operator: "DoesNotExist" }] }),
    },
  ]);
  describe("not", () => {
    allows([
      { title: "a budget of other pods", args: CREATE, input: budget({ matchLabels: APP }) },
      {
        title: "a budget of none",
        args: CREATE,
        input: budget({ matchExpressions: [{ key: "app", operator: "In", values: ["a", "b"] }] }, "none"),
      },
      { title: "its change", args: patch("pdb none", { spec: { maxUnavailable: 1 } }) },
    ]);
  });
});

const policy = (spec: object, name = "spy") => stranger("networking.k8s.io/v1", "NetworkPolicy", { spec }, { name });

describe("palisade-network-policies refuses", () => {
  closed.refuses("palisade-network-policies", [
    { title: "one that opens every pod, case 40", args: CREATE, input: policy({ podSelector: {}, ingress: [{}] }) },
    {
      title: "one that opens ours, case 40",
      args: CREATE,
      input: policy({
        podSelector: { matchLabels: { "palisade.dev/workload": "web" } },
        egress: [{}],
        policyTypes: ["Egress"],
      }),
    },
    {
      title: "one that opens whatever is in a zone, case 40",
      args: CREATE,
      input: policy({ podSelector: { matchLabels: { "topology.kubernetes.io/zone": "a" } }, ingress: [{}] }),
    },
  ]);
  describe("not", () => {
    allows([
      { title: "one that allows nothing", args: CREATE, input: policy({ podSelector: {} }) },
      {
        title: "one that opens other pods",
        args: CREATE,
        input: policy({ podSelector: { matchLabels: APP }, ingress: [{}] }, "mine"),
      },
    ]);
  });
});

describe("palisade-secrets refuses", () => {
  refuses("palisade-secrets", [
    {
      title: "a token that never expires, case 60",
      args: CREATE,
      input: stranger(
        "v1",
        "Secret",
        { type: "kubernetes.io/service-account-token" },
        { annotations: { "kubernetes.io/service-account.name": "web" } },
      ),
      says: "never expire",
    },
    {
      title: "a change of a workload's Secret, case 7",
      args: patch("secret web-tls", { stringData: { a: "b" } }),
      says: "SecurityBaseline",
    },
    {
      title: "its end, case 7",
      args: ["delete", "secret", "web-tls"],
      says: "A workload uses Secret web-tls, and only secretWriters of the SecurityBaseline may write it",
    },
    {
      title: "its end with all others, case 7",
      user: "platform",
      args: ["delete", "--raw", `/api/v1/namespaces/${SHOP}/secrets`],
      says: "SecurityBaseline",
    },
  ]);
  describe("not", () => {
    allows([
      { title: "another Secret", args: ["create", "secret", "generic", "theirs"] },
      { title: "a change of another Secret", args: patch("secret theirs", { stringData: { a: "b" } }) },
      { title: "a change by a group that may", user: "bob", args: patch("secret web-tls", { stringData: { a: "c" } }) },
      {
        title: "a change by an account that may",
        user: "platform",
        args: patch(
          "secret web-tls",
          { stringData: { a: "d" } },
          "merge",
          ...asAccount(SHOP, "rotator"),
          "--as-group=system:masters",
        ),
      },
      {
        title: "the same data again, which encrypts it under the newest key",
        args: ["annotate", "secret", "web-tls", "--overwrite", "any-"],
      },
      {
        title: "a new Secret in a namespace without writers",
        namespace: "default",
        user: "platform",
        args: ["create", "secret", "generic", "web-tls"],
      },
    ]);
  });
});

const cilium = stranger("cilium.io/v2", "CiliumNetworkPolicy", { spec: { endpointSelector: {}, ingress: [{}] } });

describe("palisade-sealed refuses", () => {
  const inSealed = (cases: Parameters<typeof refuses>[1]) =>
    cases.map((one) => ({ namespace: SEALED, says: "sealed", ...one }));
  refuses(
    "palisade-sealed",
    inSealed([
      { title: "a pod, case 25", args: CREATE, input: aPod({}) },
      { title: "a Deployment, case 25", args: CREATE, input: aDeployment({}, APP) },
      { title: "a CronJob, case 25", args: CREATE, input: aCronJob(APP) },
      { title: "a Service, case 46", args: CREATE, input: service({ selector: APP }) },
      { title: "an Ingress, case 48", args: CREATE, input: ingress(byPath("own")) },
      { title: "a budget, case 29", args: CREATE, input: budget({ matchLabels: APP }) },
      {
        title: "a NetworkPolicy, case 40",
        args: CREATE,
        input: policy({ podSelector: { matchLabels: APP }, ingress: [{}] }),
      },
      { title: "a policy of Cilium, case 42", user: "platform", args: CREATE, input: cilium },
      {
        title: "a route, case 48",
        user: "platform",
        args: CREATE,
        input: route([{ backendRefs: [{ name: "own", port: 80 }] }]),
      },
      {
        title: "an edit of what was there before",
        args: ["set", "image", "deployment/old", "own=registry.example.com/own:2"],
      },
      { title: "what was there before scaled up, case 127", args: ["scale", "deployment/old", "--replicas=2"] },
      {
        title: "a quota by somebody else than the platform team, case 72",
        args: ["create", "quota", "spy", "--hard=pods=0"],
        says: "Quotas",
      },
    ]),
  );
});

describe("palisade-sealed lets through", () => {
  const inSealed = (cases: Parameters<typeof allows>[0]) => cases.map((one) => ({ namespace: SEALED, ...one }));
  allows(
    inSealed([
      { title: "a quota of the platform team", user: "platform", args: ["create", "quota", "own", "--hard=pods=90"] },
      { title: "a ConfigMap", args: ["create", "configmap", "own"] },
      { title: "a Secret", args: ["create", "secret", "generic", "own"] },
      { title: "a mark of Argo CD", args: ["label", "deployment", "old", "argocd.argoproj.io/instance=shop"] },
      { title: "the label that gives away", args: ["label", "service", "old", "palisade.dev/adopt=web"] },
      { title: "the end of what was there before", args: ["delete", "deployment", "old"] },
      { title: "a restart of the workload", args: ["rollout", "restart", "deployment", "web"] },
      { title: "the end of a pod", args: ["delete", "pod", "{pod}", "--wait=false"] },
    ]),
  );

  test("what is foreign while guarding, with a warning", async () => {
    const args = ["create", "-f", "-", "-n", CLOSED];
    const { code, stderr } = await cluster.kubectl(args, {
      user: "alice",
      input: JSON.stringify(aDeployment({}, APP)),
    });
    expect(code).toBe(0);
    expect(stderr).toContain("Warning: Validation failed for ValidatingAdmissionPolicy 'palisade-sealed'");
  });
});

/** The barest object of each kind that a policy looks at: no expression may stumble over what is not there. */
const BARE = [
  aDeployment({}, APP),
  stranger("apps/v1", "StatefulSet", { spec: { selector: { matchLabels: APP }, template: aTemplate(APP) } }),
  stranger("apps/v1", "DaemonSet", { spec: { selector: { matchLabels: APP }, template: aTemplate(APP) } }),
  stranger("apps/v1", "ReplicaSet", { spec: { selector: { matchLabels: APP }, template: aTemplate(APP) } }),
  stranger("apps/v1", "ControllerRevision", { revision: 1, data: {} }),
  stranger("v1", "ReplicationController", { spec: { selector: APP, template: aTemplate(APP) } }),
  stranger("v1", "PodTemplate", { template: aTemplate(APP) }),
  stranger("batch/v1", "Job", { spec: { template: aTemplate({}, { restartPolicy: "Never" }) } }),
  aCronJob({}),
  aPod({}),
  service({}),
  stranger("v1", "Endpoints"),
  slice(undefined),
  stranger("v1", "ServiceAccount"),
  stranger("v1", "Secret"),
  stranger("v1", "PersistentVolumeClaim", {
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  }),
  stranger("v1", "ConfigMap"),
  stranger("v1", "LimitRange", { spec: { limits: [] } }),
  stranger("v1", "ResourceQuota"),
  stranger("v1", "Event", { involvedObject: { namespace: "bare" } }),
  ingress({ rules: [{}] }),
  budget(undefined),
  stranger("rbac.authorization.k8s.io/v1", "Role"),
  scaler({ apiVersion: "apps/v1", kind: "Deployment", name: "spy" }),
  cilium,
  stranger("keda.sh/v1alpha1", "ScaledObject", { spec: { scaleTargetRef: { name: "spy" }, triggers: [] } }),
];

describe("an object with nothing in it", () => {
  const namespace = "bare";
  const user = "platform" as const;

  beforeAll(async () => {
    const path = await cluster.serviceAccountKubeconfig("palisade-system", "palisade");
    const kubectlOf = cluster.description?.kubectl ?? "";
    await kubectl(cluster, ["create", "namespace", namespace]);
    await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("any", namespace, { replicas: 0 }) });
    // The operator's mark, by its own hand; this namespace has no list of any kind.
    const args = ["label", "namespace", namespace, "palisade.dev/enrolment=guarding"];
    await until(
      async () => (await runKubectl(kubectlOf, path, args)).code === 0,
      "the API server to know the workload",
    );
  });

  test.each(BARE.map((object) => ({ kind: object.kind, object })))(
    "is created, marked, changed and deleted: $kind",
    async ({ kind, object }) => {
      const input = { ...object, metadata: { ...object.metadata, namespace } };
      const target = [kind, "spy", "-n", namespace];
      const steps = [
        { args: [...CREATE, "-n", namespace], input },
        { args: ["label", ...target, "a=b"] },
        { args: ["annotate", ...target, "a=b"] },
        { args: ["label", ...target, "a-"] },
        { args: ["delete", ...target, "--wait=false"] },
      ];
      for (const step of steps)
        expect({ step, said: await refusalOfAttempt(cluster, { user, ...step }) }).toEqual({ step, said: undefined });
    },
  );
});
