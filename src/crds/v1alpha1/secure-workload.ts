/** The API: one small resource. What an application needs is declared in it, and nothing in it relaxes anything. */
import { z } from "zod";
import { API_VERSION, SECURE_WORKLOAD } from "../group.ts";
import { type Parsed, parseWith } from "../parse.ts";
import { dateTime, matches, withRules, withTransitions } from "../schema.ts";
import { access, accessRules } from "./access.ts";
import { autoscaling } from "./autoscaling.ts";
import { claimTypeChanges } from "./claim-changes.ts";
import { claims } from "./claims.ts";
import { clusterReads } from "./cluster-reads.ts";
import { ports } from "./container.ts";
import { containerFields, containers } from "./containers.ts";
import { disruption } from "./disruption.ts";
import { expose, exposedPortsAreDeclared } from "./expose.ts";
import { mainFiles } from "./files.ts";
import { graceRules } from "./grace-rules.ts";
import { identity } from "./identity.ts";
import { monitoring, monitoringRules } from "./monitoring.ts";
import { containerNearMisses, specNearMisses } from "./near-misses.ts";
import { pathRules, sharedMountRules } from "./path-rules.ts";
import { permissions } from "./permissions.ts";
import { placement } from "./placement.ts";
import { podCountRules } from "./pod-counts.ts";
import { portRules } from "./port-rules.ts";
import { priority } from "./priority.ts";
import { memorySize } from "./quantities.ts";
import { rollout } from "./rollout.ts";
import { job, podManagement, runAs, schedule, type } from "./runs.ts";
import { scratchRules } from "./scratch-rules.ts";
import { serviceNameChanges, serviceNameRules, serviceNames } from "./service-names.ts";
import { sharedSecrets } from "./shared-secrets.ts";
import { status } from "./status.ts";
import { typeRules } from "./type-rules.ts";

const specFields = z.strictObject({
  type,
  ...containerFields,
  files: mainFiles
    .optional()
    .meta({ description: "Files and directories to read, from this spec, ConfigMaps or Secrets." }),
  ports: ports.optional().meta({
    description:
      "Ports that the container listens on. A Service with the workload's name serves them. They stay closed until access.inbound names a peer.",
  }),
  sessionAffinity: z.enum(["None", "ClientIP"]).optional().meta({
    description: "Whether the Service sends a client to the same pod for three hours (ClientIP). Defaults to None.",
  }),
  serviceNames: serviceNames.optional().meta({
    description:
      "More names for the same pods, each a Service beside the one with the workload's name. Who may call is decided by access.inbound alone.",
  }),
  containers: containers.optional().meta({
    description: "Additional containers, with the same hardening as the main one.",
  }),
  replicas: z.int().min(0).max(1_000).default(1).meta({
    description:
      "Number of pods of a Deployment or StatefulSet. Defaults to 1. With autoscaling it is only the initial number, and 0 stops both. Your own autoscaler sets it through the scale subresource of the SecureWorkload, never on the Deployment.",
  }),
  autoscaling: autoscaling
    .optional()
    .meta({ description: "Scales the number of pods with demand. By default the number is fixed." }),
  disruption: disruption.optional().meta({
    description: "Number of pods that may be evicted at once, for example when a node is drained. Defaults to one.",
  }),
  rollout: rollout
    .optional()
    .meta({ description: "How a new revision replaces the previous one. By default never before it is ready." }),
  placement: placement.optional().meta({
    description: "Where pods run, by requirement. There are no fields for node names, selectors or tolerations.",
  }),
  priority,
  monitoring: monitoring
    .optional()
    .meta({ description: "Port and path to scrape for metrics. Not scraped by default." }),
  runAs: runAs.optional().meta({
    description: "User of the containers. By default each workload has its own UID.",
  }),
  sharedMemory: memorySize(
    "Size of /dev/shm, in memory; counts against the containers' limits. Defaults to the runtime's small one.",
  ).optional(),
  claims: claims.optional().meta({
    description:
      "Persistent directories: each pod's own in a StatefulSet, one in a Deployment, existing claims in every type.",
  }),
  sharedSecrets: sharedSecrets.optional().meta({
    description:
      "Secrets that this workload has in common with others of its namespace. One of the two lists the other, whichever was first. Otherwise a Secret belongs to the workload that named it first; of two from the same second, to neither.",
  }),
  terminationGracePeriodSeconds: z.int().min(1).max(3_600).default(30).meta({
    description: "Seconds that a pod has to terminate. Defaults to 30; at most one hour.",
  }),
  restartedAt: dateTime().optional().meta({
    description:
      "Replaces all pods, as a rollout does, each time it is set to another time. Runs of a Job or CronJob do not restart.",
  }),
  podManagement,
  job: job.optional().meta({ description: "Settings of a Job, or of each run of a CronJob." }),
  schedule: schedule.optional().meta({ description: "Schedule of a CronJob." }),
  access: access
    .optional()
    .meta({ description: "Allowed callers and destinations. All other traffic is closed, in both directions." }),
  expose: expose.optional().meta({
    description:
      "Hosts to expose outside the cluster, through an Ingress or HTTPRoute as the platform team configured it, always with TLS. None by default.",
  }),
  identity: identity.optional().meta({
    description:
      "Cloud identity of the pods. The platform team must grant it to this namespace; without the grant nothing is rolled out.",
  }),
  ...containerNearMisses,
  ...specNearMisses,
  permissions: permissions.optional().meta({
    description:
      "Permissions in the Kubernetes API, in the workload's own namespace. Without any the pods get no token.",
  }),
  clusterReads: clusterReads.optional().meta({
    description:
      "What the workload reads in the whole cluster (get, list, watch), of the table in docs/reference/permissions.md. The platform team must grant it to the workload and bind a role with it.",
  }),
});

export const spec = withRules(
  withTransitions(specFields, ...claimTypeChanges, ...serviceNameChanges),
  ...accessRules,
  exposedPortsAreDeclared,
  ...typeRules,
  ...pathRules,
  ...scratchRules,
  ...sharedMountRules,
  ...podCountRules,
  ...graceRules,
  ...portRules,
  ...serviceNameRules,
  ...monitoringRules,
).meta({
  description: "What the application needs. Hardening is the same for every workload, and no field relaxes it.",
});

/** CronJobs allow 52; the shortest bound of all kinds holds for every workload, so that a type can change later. */
const NAMED = matches(
  "^[a-z]([-a-z0-9]{0,50}[a-z0-9])?$",
  "metadata.name must be at most 52 lower-case letters, digits and hyphens, starting with a letter: children have the same name",
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
      "metadata.name must not be default, start with palisade- or end with -pods: Kubernetes and Palisade use these names",
    holds: ({ metadata: { name } }) => name !== "default" && !name.startsWith("palisade-") && !name.endsWith("-pods"),
  },
  {
    rule: "!has(self.spec.containers) || self.spec.containers.all(c, c.name != self.metadata.name)",
    message: "containers.name must not be the workload's name, which the main container has: use another name",
    holds: ({ metadata, spec: { containers: beside } }) => (beside ?? []).every(({ name }) => name !== metadata.name),
  },
  {
    rule: "!has(self.spec.serviceNames) || self.spec.serviceNames.all(s, s.name != self.metadata.name || (has(s.headless) && s.headless) || (has(s.governs) && s.governs))",
    message:
      "serviceNames.name is the workload's name, which its Service has anyway: remove it, or set headless or governs",
    holds: ({ metadata, spec: { serviceNames: more } }) =>
      (more ?? []).every(
        ({ name, headless, governs }) => name !== metadata.name || headless === true || governs === true,
      ),
  },
).meta({
  description:
    "A hardened workload. Palisade creates a Deployment, or what type says, a Service, a ServiceAccount, least-privilege RBAC, a NetworkPolicy and a PodDisruptionBudget from it.",
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
