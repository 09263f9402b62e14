/** What a cluster holds of one SecureWorkload: objects as the API server and the operator write them. Each test shows only what matters. */
import { apiVersionOf, type KubeObject, type Resource } from "kopf-ts";
import type { Reading } from "../../src/commands/status/reading.ts";
import { API_VERSION, WORKLOAD_LABEL } from "../../src/crds/group.ts";
import { DEPLOYMENT, NETWORK_POLICY, SERVICE, SERVICE_ACCOUNT } from "../../src/kubernetes/kinds.ts";

export const UID = "5f0c1f0e-4c1e-4d2c-9a51-0d7f3b1c9e11";
/** When the page is made. */
export const NOW = Date.parse("2026-11-30T12:00:00Z");

export const condition = (type: string, status: string, reason: string, message = `about ${reason}`) => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: "2026-11-30T11:00:00Z",
  observedGeneration: 3,
});

const ALL_WELL = [
  condition("Ready", "True", "Running", "2 of 2 pods are ready"),
  condition("DriftFree", "True", "NoDrift", "every child is as the spec says"),
  condition("AccessAgreed", "True", "BothEndsAgree", "every workload in access declares its side"),
  condition("RightsMatch", "True", "AsDeclared", "RBAC grants the account exactly what it declares"),
];

/** Those that are well but for `conditions`. */
export const withConditions = (...conditions: readonly ReturnType<typeof condition>[]) => [
  ...ALL_WELL.filter(({ type }) => conditions.every((other) => other.type !== type)),
  ...conditions,
];

const RESOURCES: readonly Resource[] = [NETWORK_POLICY, SERVICE_ACCOUNT, SERVICE, DEPLOYMENT];
export const CHILDREN = RESOURCES.map(({ kind }) => `${kind}/web`);

/** Serves, and everything that it declares is there. */
export function aStoredWorkload({
  name = "web",
  spec = {},
  status = {},
}: {
  readonly name?: string;
  readonly spec?: object;
  readonly status?: object;
} = {}): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: "SecureWorkload",
    metadata: { name, namespace: "shop", uid: UID, generation: 3 },
    spec: { type: "Deployment", image: "registry.example.com/shop/web:1.4.2", replicas: 2, ...spec },
    status: {
      observedGeneration: 3,
      conditions: ALL_WELL,
      replicas: 2,
      readyReplicas: 2,
      children: CHILDREN,
      hardening: { rules: 39, summary: ["no capability", "amounts by default: web limits.memory 256Mi"] },
      drift: { corrected: 0 },
      ...status,
    },
  };
}

export const childOf = (resource: Resource, name: string, fields: object = {}): KubeObject => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
  metadata: {
    name,
    namespace: "shop",
    ownerReferences: [{ apiVersion: API_VERSION, kind: "SecureWorkload", name: "web", uid: UID, controller: true }],
  },
  ...fields,
});

export const aPodOf = (name: string, status: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "shop", labels: { [WORKLOAD_LABEL]: "web" }, ...metadata },
  spec: { containers: [{ name: "web", image: "registry.example.com/shop/web:1.4.2" }] },
  status: {
    phase: "Running",
    containerStatuses: [{ name: "web", ready: true, restartCount: 0, state: { running: {} } }],
    ...status,
  },
});

/** As the operator tells of a correction. */
export const aCorrection = (note: string, fields: object = {}): KubeObject => ({
  apiVersion: "events.k8s.io/v1",
  kind: "Event",
  metadata: { name: "web.1", namespace: "shop" },
  reason: "DriftCorrected",
  action: "Repair",
  note,
  eventTime: "2026-11-30T11:50:00.000000Z",
  reportingController: "palisade.dev/operator",
  regarding: { kind: "SecureWorkload", name: "web", namespace: "shop", uid: UID },
  ...fields,
});

export const aReading = (parts: Partial<Reading> = {}): Reading => ({
  workload: aStoredWorkload(),
  children: new Map(RESOURCES.map((resource) => [`${resource.kind}/web`, childOf(resource, "web")] as const)),
  pods: [aPodOf("web-1"), aPodOf("web-2")],
  events: [],
  unread: [],
  ...parts,
});
