/** The API: one small resource. What an application needs is declared in it, and nothing in it relaxes anything. */
import { z } from "zod";
import { API_VERSION, SECURE_WORKLOAD } from "../group.ts";
import { type Parsed, parseWith } from "../parse.ts";
import { listAtomic, matches, text, withRules } from "../schema.ts";
import { access } from "./access.ts";
import { env, image, ports, resources, scratch } from "./container.ts";
import { permissions } from "./permissions.ts";
import { probes } from "./probes.ts";
import { status } from "./status.ts";

const words = (item: string, description: string) =>
  listAtomic(text(8_192).meta({ description: item }), { max: 64 })
    .optional()
    .meta({ description });

const specFields = z.strictObject({
  image,
  command: words(
    "The program, or one fixed argument of it.",
    "The program and its first arguments, in place of the image's entrypoint, which runs unless set. No shell interprets it.",
  ),
  args: words("One argument.", "Arguments of the program, in place of the image's own, which it gets unless set."),
  ports: ports.optional().meta({
    description:
      "Ports the container listens on; a Service in front of them has the workload's name. They stay closed until access.inbound names a peer.",
  }),
  env: env.optional().meta({
    description:
      "Environment variables of the container, each with a value or from a key of a Secret or ConfigMap. Nothing else is set: no variables for Services, and no wholesale import of a Secret.",
  }),
  resources: resources
    .optional()
    .meta({ description: "Processor time and memory. Every container has requests and limits, declared or not." }),
  replicas: z.int().min(0).max(1_000).default(1).meta({
    description:
      "How many pods run. 1 unless set. An autoscaler sets it through the scale subresource of the SecureWorkload, never on the Deployment.",
  }),
  probes: probes
    .optional()
    .meta({ description: "How the kubelet sees whether the container started, works and is ready." }),
  scratch: scratch.optional().meta({
    description:
      "Directories the container may write, each of bounded size and empty at every start. The rest of its files are read-only.",
  }),
  access: access
    .optional()
    .meta({ description: "Who may connect, and to what. Everything else is closed, in both directions." }),
  permissions: permissions.optional().meta({
    description: "What the workload may do with the Kubernetes API in its own namespace. Without any it gets no token.",
  }),
});

export const spec = withRules(
  specFields,
  {
    rule: "!has(self.access) || !has(self.access.inbound) || self.access.inbound.size() == 0 || (has(self.ports) && self.ports.size() > 0)",
    message: "access.inbound needs a port to connect to: declare it under ports",
    holds: ({ access: declared, ports: open }) => (declared?.inbound ?? []).length === 0 || (open ?? []).length > 0,
  },
  {
    rule: "!has(self.access) || !has(self.access.inbound) || self.access.inbound.all(p, !has(p.port) || (has(self.ports) && self.ports.exists(q, q.port == p.port)))",
    message: "access.inbound.port must be one of the declared ports: declare it under ports",
    holds: ({ access: declared, ports: open }) =>
      (declared?.inbound ?? []).every(
        ({ port }) => port === undefined || (open ?? []).some((candidate) => candidate.port === port),
      ),
  },
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
    rule: "self.metadata.name != 'default' && !self.metadata.name.startsWith('palisade-')",
    message:
      "metadata.name must not be default, nor start with palisade-: those names belong to Kubernetes and to Palisade",
    holds: ({ metadata }) => metadata.name !== "default" && !metadata.name.startsWith("palisade-"),
  },
).meta({
  description:
    "A workload that runs locked down. It becomes a Deployment, a Service, a ServiceAccount, least-privilege RBAC, a NetworkPolicy and a PodDisruptionBudget.",
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
