/** Which labels of a SecureWorkload its pods have too. */
import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { aClusterState, type ClusterStateFixture } from "../../test/support/cluster-state.ts";
import { aWorkload } from "../../test/support/workloads.ts";
import { API_VERSION, HANDED_LABELS_ANNOTATION, SECURE_WORKLOAD, SECURITY_BASELINE } from "../crds/group.ts";
import {
  ADMIN_NETWORK_POLICY,
  CILIUM_CLUSTERWIDE_NETWORK_POLICY,
  MUTATING_WEBHOOK_CONFIGURATION,
  NAMESPACE,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  SERVICE,
} from "../kubernetes/kinds.ts";

const namespace = "shop";
const LABELS = { app: "web", team: "shop", "app.kubernetes.io/version": "2" };

function declared(
  { put }: ClusterStateFixture,
  labels: object = LABELS,
  annotations: object = {},
  spec: object = {},
): void {
  const object = aWorkload("web", namespace, spec) as unknown as KubeObject;
  put(SECURE_WORKLOAD, { ...object, metadata: { ...object.metadata, labels, annotations } });
}

function workloadIn({ state }: ClusterStateFixture) {
  const workload = state.workloads.get(`${namespace}/web`);
  if (workload === undefined) throw new Error("there is no workload");
  return workload;
}

const wanted = (fixture: ClusterStateFixture) => fixture.state.handedLabels.wanted(workloadIn(fixture).ref);

function baseline({ put }: ClusterStateFixture, spec: object): void {
  put(SECURITY_BASELINE, { apiVersion: API_VERSION, kind: "SecurityBaseline", metadata: { name: "cluster" }, spec });
}

test("labels that nothing selects by are handed on, once the namespace lists them", () => {
  const fixture = aClusterState();
  declared(fixture);
  expect(wanted(fixture)).toEqual({
    handedOn: { labels: { app: "web", team: "shop" }, annotations: {} },
    withheld: [],
  });
  const { handedLabels } = fixture.state;
  expect(handedLabels.refOf(workloadIn(fixture)).handedOn).toBeUndefined();
  const annotations = { [HANDED_LABELS_ANNOTATION]: ",app=webs,team=shop," };
  fixture.put(NAMESPACE, { metadata: { name: namespace, annotations } });
  expect(handedLabels.refOf(workloadIn(fixture)).handedOn?.labels).toEqual({ team: "shop" });
});

const selecting = (kind: string, spec: object) => ({ metadata: { name: "old", namespace }, kind, spec });
const APP = { matchLabels: { app: "web" } };

test.each([
  { name: "a Service", resource: SERVICE, spec: { selector: { app: "web" } } },
  { name: "a Service that asks for more", resource: SERVICE, spec: { selector: { app: "web", team: "shop" } } },
  { name: "a policy that allows", resource: NETWORK_POLICY, spec: { podSelector: APP, ingress: [{}] } },
  {
    name: "a policy by expressions",
    resource: NETWORK_POLICY,
    spec: { podSelector: { matchExpressions: [{ key: "app", operator: "Exists" }] }, ingress: [{}] },
  },
  { name: "a budget", resource: POD_DISRUPTION_BUDGET, spec: { selector: APP } },
])("a label by which somebody else's object would select the pods stays behind: $name", ({ resource, spec }) => {
  const fixture = aClusterState();
  declared(fixture);
  const old = fixture.put(resource, selecting(resource.kind, spec));
  expect(wanted(fixture).withheld).toContainEqual({ label: "app", by: `${resource.kind}/old` });
  expect(wanted(fixture).handedOn.labels).not.toHaveProperty("app");
  fixture.remove(resource, old);
  expect(wanted(fixture).handedOn.labels).toHaveProperty("app");
});

test("so does one by which a namesake under the workload's own name selects", () => {
  const fixture = aClusterState();
  const ports = [{ name: "http", port: 80 }];
  declared(fixture, LABELS, {}, { ports });
  fixture.state.decideIdentity(workloadIn(fixture), { uid: 70_000, userNamespace: false });
  const spec = { selector: { app: "web" }, ports };
  fixture.put(SERVICE, { metadata: { name: "web", namespace, uid: "theirs" }, kind: "Service", spec });
  expect(wanted(fixture).withheld).toEqual([{ label: "app", by: "Service/web" }]);
});

test("a selector of other pods withholds nothing", () => {
  const fixture = aClusterState();
  declared(fixture);
  fixture.put(SERVICE, selecting("Service", { selector: { app: "other" } }));
  fixture.put(NETWORK_POLICY, selecting("NetworkPolicy", { podSelector: {}, ingress: [{}] }));
  expect(wanted(fixture).withheld).toEqual([]);
});

test.each([
  { name: "asks for it", objectSelector: { matchLabels: { team: "shop" } } },
  { name: "passes over it", objectSelector: { matchExpressions: [{ key: "team", operator: "DoesNotExist" }] } },
])("a label that decides whether a webhook changes the pods stays behind: $name", ({ objectSelector }) => {
  const fixture = aClusterState();
  declared(fixture);
  fixture.put(MUTATING_WEBHOOK_CONFIGURATION, { metadata: { name: "injector" }, webhooks: [{ objectSelector }] });
  expect(wanted(fixture).withheld).toEqual([{ label: "team", by: "MutatingWebhookConfiguration/injector" }]);
});

test("so do those that the platform team reserves, or names callers and peers by", () => {
  const fixture = aClusterState();
  declared(fixture, { app: "web", role: "gateway", tier: "front", team: "shop" });
  const podLabels = (key: string, value: string) => [{ key, value }];
  baseline(fixture, {
    metadata: { reservedLabels: ["tier"] },
    callers: { gateway: { namespace, podLabels: podLabels("role", "gateway") } },
    namespaces: [{ name: "other", pods: [{ namespace, podLabels: podLabels("app", "web") }] }],
  });
  expect(wanted(fixture).handedOn.labels).toEqual({ team: "shop" });
});

test("no workload takes a label from another by naming pods that are no workload's", () => {
  const fixture = aClusterState();
  declared(fixture);
  const pods = { namespace, podLabels: [{ key: "app", value: "web" }] };
  const access = { inbound: [{ pods, port: 80 }], outbound: [{ pods, port: 80 }] };
  fixture.put(SECURE_WORKLOAD, aWorkload("caller", "elsewhere", { access }));
  expect(wanted(fixture).withheld).toEqual([]);
});

const cilium = (spec: object) => ({ metadata: { name: "internet" }, spec });
const WORLD = { egress: [{ toEntities: ["world"] }] };

test.each([
  {
    name: "Cilium, above all namespaces",
    resource: CILIUM_CLUSTERWIDE_NETWORK_POLICY,
    object: cilium({ endpointSelector: { matchLabels: { "k8s:team": "shop" } }, ...WORLD }),
  },
  {
    name: "Cilium, by an expression",
    resource: CILIUM_CLUSTERWIDE_NETWORK_POLICY,
    object: cilium({ endpointSelector: { matchExpressions: [{ key: "team", operator: "Exists" }] }, ...WORLD }),
  },
  {
    name: "an administrator",
    resource: ADMIN_NETWORK_POLICY,
    object: cilium({
      subject: { pods: { namespaceSelector: {}, podSelector: { matchLabels: { team: "shop" } } } },
      egress: [{ action: "Allow" }],
    }),
  },
])("a label for which a policy would open the pods stays behind: $name", ({ resource, object }) => {
  const fixture = aClusterState();
  declared(fixture);
  const policy = fixture.put(resource, object);
  expect(wanted(fixture).withheld).toEqual([{ label: "team", by: `${resource.kind}/internet` }]);
  expect(wanted(fixture).handedOn.labels).toEqual({ app: "web" });
  fixture.remove(resource, policy);
  expect(wanted(fixture).withheld).toEqual([]);
});

test("a policy that opens them anyway, or other pods, withholds nothing", () => {
  const fixture = aClusterState();
  declared(fixture);
  for (const [name, endpointSelector] of [
    ["all", {}],
    ["other", { matchLabels: { team: "billing" } }],
    ["unlabelled", { matchExpressions: [{ key: "zone", operator: "DoesNotExist" }] }],
  ] as const)
    fixture.put(CILIUM_CLUSTERWIDE_NETWORK_POLICY, { metadata: { name }, spec: { endpointSelector, ...WORLD } });
  expect(wanted(fixture).withheld).toEqual([]);
});

test.each([
  "palisade.dev/enrolment",
  "app.kubernetes.io/instance",
  "pod-template-hash",
  "job-name",
  "sidecar.istio.io/inject",
  "linkerd.io/inject",
  "azure.workload.identity/use",
  "aadpodidbinding",
  "admission.datadoghq.com/enabled",
  "kueue.x-k8s.io/queue-name",
  "argocd.argoproj.io/instance",
  "kustomize.toolkit.fluxcd.io/name",
  "spiffe.io/spire-managed-identity",
])("a label that decides something is never handed on: %s", (label) => {
  const fixture = aClusterState();
  declared(fixture, { [label]: "x" });
  expect(wanted(fixture).handedOn.labels).toEqual({});
});

test("of annotations only those of kubectl, and what the platform team lists", () => {
  const fixture = aClusterState();
  const kubectl = "kubectl.kubernetes.io/default-container";
  const last = "kubectl.kubernetes.io/last-applied-configuration";
  declared(fixture, {}, { [kubectl]: "app", [last]: "{}", "example.com/team": "shop", "example.org/x": "1" });
  expect(wanted(fixture).handedOn.annotations).toEqual({ [kubectl]: "app" });
  baseline(fixture, { metadata: { annotations: ["example.com/", "container.apparmor.example/"] } });
  expect(wanted(fixture).handedOn.annotations).toEqual({ [kubectl]: "app", "example.com/team": "shop" });
});
