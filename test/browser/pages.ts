/** Pages for the browser: a small shop beside the dashboard of 2018, what Palisade holds in it, and a cluster with thousands of workloads. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type APage, auditPage, clusterPage } from "../support/report-pages.ts";
import { aCorrection, aStoredWorkload, condition } from "../support/workload-reading.ts";

export const NOW = Date.parse("2026-11-30T12:00:00Z");

const DASHBOARD = readFileSync(join(import.meta.dirname, "..", "audit", "dashboard-2018.yaml"), "utf8");

interface App {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  readonly image?: string;
  readonly pod?: object;
  /** Apps of any namespace that a NetworkPolicy lets in; undefined where nothing closes it. */
  readonly from?: readonly string[];
  readonly service?: object;
}

const deployment = ({
  namespace,
  name,
  port,
  image = `registry.example.com/${name}:1.4.2`,
  pod = {},
}: App): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        automountServiceAccountToken: false,
        ...pod,
        containers: [{ name, image, ports: [{ containerPort: port }] }],
      },
    },
  },
});

const service = ({ namespace, name, port, service: spec = {} }: App): object => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace },
  spec: { selector: { app: name }, ports: [{ port }], ...spec },
});

const policy = ({ namespace, name, from = [] }: App): object => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace },
  spec: {
    podSelector: { matchLabels: { app: name } },
    policyTypes: ["Ingress"],
    ingress: from.map((app) => ({ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app } } }] })),
  },
});

const manifests = (apps: readonly App[]): string =>
  apps
    .flatMap((app) => [deployment(app), service(app), ...(app.from === undefined ? [] : [policy(app)])])
    .map((object) => stringify(object))
    .join("---\n");

const SHOP: readonly App[] = [
  { namespace: "edge", name: "gateway", port: 8080, from: [], service: { type: "LoadBalancer" } },
  { namespace: "shop", name: "web", port: 8080, from: ["gateway"] },
  { namespace: "shop", name: "catalog", port: 8080, from: ["web"] },
  { namespace: "shop", name: "cart", port: 8080, from: ["web"] },
  { namespace: "data", name: "redis", port: 6379, image: "redis:7.2", from: ["cart", "catalog"] },
  { namespace: "data", name: "postgres", port: 5432, from: ["catalog"] },
  { namespace: "legacy", name: "reports", port: 3000, image: "grafana/grafana:9.5.2", pod: { hostPID: true } },
  { namespace: "legacy", name: "queue", port: 6379, image: "redis:6.0" },
  {
    namespace: "legacy",
    name: "builder",
    port: 2375,
    pod: { hostNetwork: true, volumes: [{ name: "run", hostPath: { path: "/var/run" } }] },
  },
];

/** Two SecureWorkloads whose pods no policy closes: the first says that it calls the second, which lets it in. */
export const PAIR = [
  ["web", { outbound: [{ workload: "api", port: 8080 }] }],
  ["api", { inbound: [{ workload: "web" }] }],
]
  .flatMap(([name, access]) => [
    {
      apiVersion: "palisade.dev/v1alpha1",
      kind: "SecureWorkload",
      metadata: { name, namespace: "shop" },
      spec: { image: `registry.example.com/${name}:1`, ports: [{ port: 8080 }], access },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: "shop" },
      spec: {
        template: {
          metadata: { labels: { "palisade.dev/workload": name } },
          spec: { containers: [{ name: "main", image: "x", ports: [{ containerPort: 8080 }] }] },
        },
      },
    },
  ])
  .map((object) => stringify(object))
  .join("---\n");

export const FILES = { "dashboard-2018.yaml": DASHBOARD, "shop.yaml": manifests(SHOP) };

export const shopPage = (): APage => auditPage(FILES, { now: NOW });

/** The same cluster on the day before: without the dashboard, with something else. */
const earlier = (): APage["data"] =>
  clusterPage(
    { "shop.yaml": manifests([...SHOP, { namespace: "legacy", name: "mailer", port: 25, pod: { hostIPC: true } }]) },
    {
      ...reading(),
      events: [correction("Deleted Pod/miner; written by kubectl (Update)", { eventTime: "2026-11-29T08:10:00Z" })],
    },
    { now: NOW - 86_400_000 },
  ).data;

function workload(name: string, status: object = {}) {
  const stored = aStoredWorkload({ name, status });
  return { ...stored, metadata: { ...stored.metadata, uid: name } };
}

const correction = (note: string, fields: object = {}) => aCorrection(note, { regarding: { uid: "web" }, ...fields });

function reading() {
  const namespaces = Object.entries({ edge: "sealed", shop: "sealed", data: "guarding", legacy: "observing" });
  return {
    workloads: [
      workload("web", {
        drift: { corrected: 12 },
        exceptions: [{ name: "web-debug", user: "alice", expires: "2026-11-30T16:00:00Z" }],
      }),
      workload("catalog", { conditions: [condition("Ready", "False", "ImageRefused", "the image has no digest")] }),
      workload("cart", {
        unusual: {
          containers: [
            {
              name: "web",
              restarts: 12,
              pods: 2,
              exits: [{ code: 137, reason: "OOMKilled", pods: 2, last: "2026-11-30T11:58:00Z" }],
            },
          ],
        },
      }),
    ],
    events: [
      correction("Reverted a change of Deployment/web: spec.replicas (drift case 4); written by kubectl-edit (Update)"),
      correction("Deleted Pod/miner; field manager unknown", {
        eventTime: "2026-11-30T09:20:00Z",
        series: { count: 3, lastObservedTime: "2026-11-30T10:20:00Z" },
      }),
    ],
    baseline: {
      apiVersion: "palisade.dev/v1alpha1",
      kind: "SecurityBaseline",
      metadata: { name: "cluster" },
      status: {
        notSealed: [
          { name: "data", state: "Guarding", heldBackBy: ["StatefulSet/postgres"] },
          { name: "legacy", state: "Observing", heldBackBy: ["Deployment/reports", "Deployment/queue"], more: 3 },
        ],
      },
    },
    exceptions: [
      {
        apiVersion: "palisade.dev/v1alpha1",
        kind: "SecurityException",
        metadata: { name: "cart-root", creationTimestamp: "2026-11-20T12:00:00Z" },
        spec: {
          workload: { namespace: "shop", name: "cart" },
          lifts: ["non-root"],
          validFor: "720h",
          reason: "it starts as root",
          requestedBy: "alice",
        },
        status: { expires: "2026-12-20T12:00:00Z", conditions: [condition("Active", "True", "InForce")] },
      },
    ],
    namespaces: namespaces.map(([name, state]) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels: { "palisade.dev/enrolment": state } },
    })),
    namespace: undefined,
    unread: [{ what: "nodes", problem: "may not be read: what is in it is unknown" }],
  };
}

/** One that nobody upgraded. */
const NODE = stringify({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "node-7" },
  status: {
    conditions: [{ type: "Ready", status: "Unknown" }],
    nodeInfo: {
      kubeletVersion: "v1.31.4",
      containerRuntimeVersion: "containerd://1.6.9",
      architecture: "amd64",
    },
    images: [{ names: ["registry.example.com/miner:latest"] }],
  },
});

export const heldPage = (): APage =>
  clusterPage({ ...FILES, "node.yaml": NODE }, reading(), { now: NOW, since: earlier() });

/** Closed as Palisade closes them: each workload lets its neighbour in; but for every fifth namespace, which is open. */
export function manyManifests(count: number, perNamespace: number): string {
  const apps = Array.from({ length: count }, (_, at): App => {
    const namespace = Math.floor(at / perNamespace);
    const closed = namespace % 5 === 0 ? {} : { from: [`app-${at - 1}`, `app-${at - perNamespace}`] };
    return { namespace: `team-${String(namespace).padStart(3, "0")}`, name: `app-${at}`, port: 8080, ...closed };
  });
  return manifests(apps);
}
