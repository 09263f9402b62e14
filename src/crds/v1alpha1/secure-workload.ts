/** The API: one small resource. What an application needs is declared in it, and nothing in it relaxes anything. */
import { z } from "zod";
import { API_VERSION, SECURE_WORKLOAD } from "../group.ts";
import { type Parsed, parseWith } from "../parse.ts";
import { matches, withRules } from "../schema.ts";
import { access, accessRules } from "./access.ts";
import { autoscaling } from "./autoscaling.ts";
import { claims } from "./claims.ts";
import { memorySize, ports } from "./container.ts";
import { containerFields, containers } from "./containers.ts";
import { disruption } from "./disruption.ts";
import { expose, exposedPortsAreDeclared } from "./expose.ts";
import { graceRules } from "./grace-rules.ts";
import { identity } from "./identity.ts";
import { monitoring, monitoringRules } from "./monitoring.ts";
import { pathRules } from "./path-rules.ts";
import { permissions } from "./permissions.ts";
import { placement } from "./placement.ts";
import { podCountRules } from "./pod-counts.ts";
import { priority } from "./priority.ts";
import { rollout } from "./rollout.ts";
import { job, podManagement, runAs, schedule, type } from "./runs.ts";
import { sharedSecrets } from "./shared-secrets.ts";
import { status } from "./status.ts";
import { typeRules } from "./type-rules.ts";

const specFields = z.strictObject({
  type,
  ...containerFields,
  ports: ports.optional().meta({
    description:
      "Ports the container listens on; a Service in front of them has the workload's name. They stay closed until access.inbound names a peer.",
  }),
  containers: containers.optional().meta({
    description: "Containers beside the first: run before it, around it or with it. Every one is locked down alike.",
  }),
  replicas: z.int().min(0).max(1_000).default(1).meta({
    description:
      "How many pods of a Deployment or StatefulSet run. 1 unless set. With autoscaling it only says how many to start with, and 0 stops both. An autoscaler of your own sets it through the scale subresource of the SecureWorkload, never on the Deployment.",
  }),
  autoscaling: autoscaling
    .optional()
    .meta({ description: "Lets the number of pods follow demand. The number is fixed unless set." }),
  disruption: disruption
    .optional()
    .meta({ description: "How many pods a drained node may take down at once. One unless set." }),
  rollout: rollout
    .optional()
    .meta({ description: "How a new version takes over. Never before it is ready, unless set." }),
  placement: placement
    .optional()
    .meta({ description: "Where pods run, by name: there is no field for node names, selectors or tolerations." }),
  priority,
  monitoring: monitoring
    .optional()
    .meta({ description: "Where the monitoring stack scrapes metrics. Nowhere unless set." }),
  runAs: runAs.optional().meta({
    description: "The user the containers run as. Each workload has a UID of its own unless set.",
  }),
  sharedMemory: memorySize(
    "Size of /dev/shm, in memory and counted against the containers' limits. The runtime's small one unless set.",
  ).optional(),
  claims: claims.optional().meta({
    description:
      "Directories that outlive the pods: each pod's own in a StatefulSet, existing claims in the other types.",
  }),
  sharedSecrets: sharedSecrets.optional().meta({
    description:
      "Secrets of this workload that others of its namespace may name too. A Secret belongs to the oldest workload that names it.",
  }),
  terminationGracePeriodSeconds: z.int().min(1).max(600).default(30).meta({
    description:
      "Seconds a pod has to end by itself. 30 unless set; at most ten minutes, since a replaced pod must go.",
  }),
  podManagement,
  job: job.optional().meta({ description: "How a Job, or each run of a CronJob, goes." }),
  schedule: schedule.optional().meta({ description: "When a CronJob runs." }),
  access: access
    .optional()
    .meta({ description: "Who may connect, and to what. Everything else is closed, in both directions." }),
  expose: expose.optional().meta({
    description:
      "What can be reached from outside the cluster: an Ingress or an HTTPRoute, as the platform team set it up, and only with TLS. Nothing unless listed.",
  }),
  identity: identity.optional().meta({
    description:
      "The cloud identity the pods take on, if the platform team grants it to this namespace. Without the grant nothing is rolled out.",
  }),
  permissions: permissions.optional().meta({
    description: "What the workload may do with the Kubernetes API in its own namespace. Without any it gets no token.",
  }),
});

export const spec = withRules(
  specFields,
  ...accessRules,
  exposedPortsAreDeclared,
  ...typeRules,
  ...pathRules,
  ...podCountRules,
  ...graceRules,
  ...monitoringRules,
).meta({
  description:
    "What the application needs, and nothing about how it is locked down: that is the same for every workload, and no field relaxes it.",
});

/** CronJobs allow 52; the shortest bound of all kinds holds for every workload, so that a type can change later. */
const NAMED = matches(
  "^[a-z]([-a-z0-9]{0,50}[a-z0-9])?$",
  "metadata.name must be at most 52 lower-case letters, digits and hyphens, starting with a letter: children are called after it",
);

export const secureWorkload = withRules(
  z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(SECURE_WORKLOAD.kind),
    metadata: z.looseObject({ name: z.string() }),
    spec,
    status: status.optional(),
  }),
  {
    rule: NAMED.rule.replace("self", "self.metadata.name"),
    message: NAMED.message,
    holds: ({ metadata }) => NAMED.holds(metadata.name),
  },
  {
    rule: "self.metadata.name != 'default' && !self.metadata.name.startsWith('palisade-') && !self.metadata.name.endsWith('-pods')",
    message:
      "metadata.name must not be default, start with palisade- or end with -pods: those names belong to Kubernetes and to Palisade",
    holds: ({ metadata: { name } }) => name !== "default" && !name.startsWith("palisade-") && !name.endsWith("-pods"),
  },
  {
    rule: "!has(self.spec.containers) || self.spec.containers.all(c, c.name != self.metadata.name)",
    message: "containers.name must not be the workload's own name, which the first container has: choose another",
    holds: ({ metadata, spec: { containers: beside } }) => (beside ?? []).every(({ name }) => name !== metadata.name),
  },
).meta({
  description:
    "A workload that runs locked down. It becomes a Deployment, or what its type says, a Service, a ServiceAccount, least-privilege RBAC, a NetworkPolicy and a PodDisruptionBudget.",
});

export type SecureWorkload = z.output<typeof secureWorkload>;
export type SecureWorkloadSpec = SecureWorkload["spec"];
export type SecureWorkloadStatus = z.output<typeof status>;
export type Condition = NonNullable<SecureWorkloadStatus["conditions"]>[number];

export type { Parsed };

/**
 * Judges raw JSON as the API server does, the metadata but for the name excepted, which the API server knows by itself.
 * Each error names its field; none repeats a value.
 */
export function parseSecureWorkload(raw: unknown): Parsed<SecureWorkload> {
  return parseWith(secureWorkload, withoutStatus(raw));
}

/** The status is ours to write and says nothing of what the workload wants. */
function withoutStatus(raw: unknown): unknown {
  if (typeof raw !== "object" || raw === null) return raw;
  const { status: _status, ...rest } = raw as Record<string, unknown>;
  return rest;
}
