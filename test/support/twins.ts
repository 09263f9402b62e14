/**
 * Objects of somebody else's beside a workload, every combination of what matters about them: for both who refuse or find them, the API server's
 * policies and the detectors. Admission decides by the request alone, a detector by what stands, and what is foreign to one is foreign to the other.
 */

import type { KubeObject, Resource } from "kopf-ts";
import { WORKLOAD_LABEL } from "../../src/crds/group.ts";
import type { Enrolment } from "../../src/crds/v1alpha1/enrolment.ts";
import { deferralOf } from "../../src/foreign/deferral.ts";
import { detectForeign } from "../../src/foreign/index.ts";
import {
  CRON_JOB,
  DAEMON_SET,
  DEPLOYMENT,
  ENDPOINT_SLICE,
  HORIZONTAL_POD_AUTOSCALER,
  INGRESS,
  JOB,
  NETWORK_POLICY,
  POD,
  POD_DISRUPTION_BUDGET,
  REPLICA_SET,
  REPLICATION_CONTROLLER,
  ROLE_BINDING,
  SERVICE,
  STATEFUL_SET,
} from "../../src/kubernetes/kinds.ts";
import { governed, run } from "./governed.ts";

export interface Foreigner {
  readonly resource: Resource;
  /** What matters about it, in words. */
  readonly what: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of a namespace of that name. */
  readonly body: (namespace: string) => object;
}

/** Its name is no child's. */
const FOREIGN_NAME = "spy";

const OURS = { [WORKLOAD_LABEL]: "web" };
const THEIRS = { app: "legacy" };

type Choice<T> = readonly (readonly [what: string, value: T])[];

const SELECTORS: Choice<object> = [
  ["the workload's pods", { matchLabels: OURS }],
  ["pods of any workload", { matchExpressions: [{ key: WORKLOAD_LABEL, operator: "Exists" }] }],
  ["every pod", {}],
  ["pods without a label", { matchExpressions: [{ key: "app", operator: "NotIn", values: ["legacy"] }] }],
  ["other pods", { matchLabels: THEIRS }],
  ["other pods and ours at once", { matchLabels: { ...THEIRS, ...OURS } }],
];

const OPENINGS: Choice<object> = [
  ["opens them", { ingress: [{}] }],
  ["lets them out", { egress: [{}], policyTypes: ["Egress"] }],
  ["allows nothing", {}],
];

const POLICIES: readonly Foreigner[] = SELECTORS.flatMap(([of, podSelector]) =>
  OPENINGS.map(([what, rules]) => ({
    resource: NETWORK_POLICY,
    what: `${what}: ${of}`,
    body: () => ({ spec: { podSelector, ...rules } }),
  })),
);

const BUDGETS: readonly Foreigner[] = SELECTORS.map(([of, selector]) => ({
  resource: POD_DISRUPTION_BUDGET,
  what: `keeps ${of}`,
  body: () => ({ spec: { selector, minAvailable: 1 } }),
}));

const SERVICE_SELECTORS: Choice<object | undefined> = [
  ["the workload's pods", OURS],
  ["other pods", THEIRS],
  ["other pods and ours at once", { ...THEIRS, ...OURS }],
  ["nothing", undefined],
];

const SERVICE_TYPES: Choice<object> = [
  ["inside the cluster", {}],
  ["by a port of the node", { type: "NodePort" }],
  ["by a load balancer", { type: "LoadBalancer" }],
  ["by an external address", { externalIPs: ["192.0.2.1"] }],
];

const SERVICES: readonly Foreigner[] = [
  ...SERVICE_SELECTORS.flatMap(([of, selector]) =>
    SERVICE_TYPES.map(([what, spec]) => ({
      resource: SERVICE,
      what: `leads ${what} to ${of}`,
      body: () => ({ spec: { ports: [{ port: 80 }], ...spec, ...(selector === undefined ? {} : { selector }) } }),
    })),
  ),
  ...["web", "legacy"].map((name) => ({
    resource: SERVICE,
    what: `another name of the Service ${name}`,
    body: (namespace: string) => ({ spec: { type: "ExternalName", externalName: `${name}.${namespace}.svc` } }),
  })),
];

const TARGETS: Choice<object> = [
  ["the workload's Deployment", { apiVersion: "apps/v1", kind: "Deployment", name: "web" }],
  ["its ReplicaSet", { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-7d9f6b8c54" }],
  ["the SecureWorkload", { apiVersion: "palisade.dev/v1alpha1", kind: "SecureWorkload", name: "web" }],
  ["another Deployment", { apiVersion: "apps/v1", kind: "Deployment", name: "legacy" }],
];

const AUTOSCALERS: readonly Foreigner[] = TARGETS.map(([of, scaleTargetRef]) => ({
  resource: HORIZONTAL_POD_AUTOSCALER,
  what: `scales ${of}`,
  body: () => ({ spec: { scaleTargetRef, maxReplicas: 9 } }),
}));

const INGRESSES: readonly Foreigner[] = ["web", "legacy"].flatMap((name) => {
  const backend = { service: { name, port: { number: 80 } } };
  const rule = { http: { paths: [{ path: "/", pathType: "Prefix", backend }] } };
  return [
    {
      resource: INGRESS,
      what: `routes all to the Service ${name}`,
      body: () => ({ spec: { defaultBackend: backend } }),
    },
    { resource: INGRESS, what: `routes a path to the Service ${name}`, body: () => ({ spec: { rules: [rule] } }) },
  ];
});

const ADDRESSES: Choice<string> = [
  ["a workload's pod", "10.0.0.7"],
  ["something else", "10.9.9.9"],
];

const SLICES: readonly Foreigner[] = ["web", "legacy"].flatMap((name) =>
  ADDRESSES.map(([of, address]) => ({
    resource: ENDPOINT_SLICE,
    what: `gives the Service ${name} the address of ${of}`,
    labels: { "kubernetes.io/service-name": name },
    body: () => ({ addressType: "IPv4", ports: [], endpoints: [{ addresses: [address] }] }),
  })),
);

const group = (name: string) => ({ kind: "Group", apiGroup: ROLE_BINDING.group, name });
const user = (name: string) => ({ kind: "User", apiGroup: ROLE_BINDING.group, name });

const SUBJECTS: Choice<(namespace: string) => object> = [
  ["the workload's account", () => ({ kind: "ServiceAccount", name: "web" })],
  ["the same as a user", (namespace) => user(`system:serviceaccount:${namespace}:web`)],
  ["the accounts of the namespace", (namespace) => group(`system:serviceaccounts:${namespace}`)],
  ["all accounts", () => group("system:serviceaccounts")],
  ["whoever is known", () => group("system:authenticated")],
  ["whoever is not", () => user("system:anonymous")],
  ["a person", () => user("bob")],
  ["another account", () => ({ kind: "ServiceAccount", name: "legacy" })],
];

const BINDINGS: readonly Foreigner[] = SUBJECTS.map(([of, subject]) => ({
  resource: ROLE_BINDING,
  what: `grants rights to ${of}`,
  body: (namespace) => ({
    roleRef: { apiGroup: ROLE_BINDING.group, kind: "ClusterRole", name: "edit" },
    subjects: [subject(namespace)].map((one) => ("apiGroup" in one ? one : { ...one, namespace })),
  }),
}));

const IDENTITIES: Choice<object> = [
  ["with the workload's label", OURS],
  ["with other labels", THEIRS],
];

const ACCOUNTS: Choice<object> = [
  ["its account", { serviceAccountName: "web" }],
  ["the default account", {}],
];

const container = { name: "c", image: "registry.example.com/c:1" };
const once = { restartPolicy: "Never" };

type Template = (labels: object, spec: object) => object;

const template: Template = (labels, spec) => ({ metadata: { labels }, spec: { containers: [container], ...spec } });
const selected: Template = (labels, spec) => ({
  spec: { selector: { matchLabels: labels }, template: template(labels, spec) },
});

const MAKERS: readonly (readonly [Resource, Template])[] = [
  [DEPLOYMENT, selected],
  [
    STATEFUL_SET,
    (labels, spec) => ({ spec: { serviceName: "spy", ...(selected(labels, spec) as { spec: object }).spec } }),
  ],
  [DAEMON_SET, selected],
  [REPLICA_SET, selected],
  [REPLICATION_CONTROLLER, (labels, spec) => ({ spec: { selector: labels, template: template(labels, spec) } })],
  [JOB, (labels, spec) => ({ spec: { template: template(labels, { ...spec, ...once }) } })],
  [
    CRON_JOB,
    (labels, spec) => ({
      spec: { schedule: "0 3 * * *", jobTemplate: { spec: { template: template(labels, { ...spec, ...once }) } } },
    }),
  ],
  [POD, (_, spec) => ({ spec: { containers: [container], ...spec } })],
];

const RUNNING: readonly Foreigner[] = MAKERS.flatMap(([resource, make]) =>
  IDENTITIES.flatMap(([whose, labels]) =>
    ACCOUNTS.map(([account, spec]) => ({
      resource,
      what: `runs ${whose} as ${account}`,
      ...(resource === POD ? { labels: labels as Record<string, string> } : {}),
      body: () => make(labels, spec),
    })),
  ),
);

/** All of them. */
export const FOREIGNERS: readonly Foreigner[] = [
  ...POLICIES,
  ...BUDGETS,
  ...SERVICES,
  ...AUTOSCALERS,
  ...INGRESSES,
  ...SLICES,
  ...BINDINGS,
  ...RUNNING,
];

export function objectOf(
  { resource: { group: inGroup, version, kind }, labels, body }: Foreigner,
  namespace: string,
): KubeObject {
  const apiVersion = inGroup === "" ? version : `${inGroup}/${version}`;
  const metadata = { name: FOREIGN_NAME, namespace, ...(labels === undefined ? {} : { labels }) };
  return { apiVersion, kind, metadata, ...body(namespace) };
}

/** What the operator makes of it: it goes, it is told of, or nobody minds it. */
export type Found = "goes" | "told" | "unseen";

export function found(foreigner: Foreigner, enrolment: Enrolment): Found {
  const world = governed();
  run(world);
  world.enrol(enrolment);
  const { resource, labels } = foreigner;
  world.foreign(resource, FOREIGN_NAME, foreigner.body("shop"), labels === undefined ? {} : { labels });
  const workload = world.workload();
  const objects = detectForeign(workload, world.state).filter(({ key }) => key === `shop/${FOREIGN_NAME}`);
  if (objects.length === 0) return "unseen";
  return objects.some((object) => deferralOf(object, workload, world.state) === undefined) ? "goes" : "told";
}
