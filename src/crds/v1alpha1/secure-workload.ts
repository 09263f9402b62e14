/** The API: one small resource. What an application needs is declared in it, and nothing in it relaxes anything. */
import { z } from "zod";
import { API_VERSION, SECURE_WORKLOAD } from "../group.ts";
import { listAtomic, withRules } from "../schema.ts";
import { access } from "./access.ts";
import { env, image, ports, resources, scratch } from "./container.ts";
import { permissions } from "./permissions.ts";
import { probes } from "./probes.ts";
import { status } from "./status.ts";

const words = (description: string) =>
  listAtomic(z.string().max(8_192).meta({ description: "One word." }), { max: 64 })
    .optional()
    .meta({ description });

const specFields = z.strictObject({
  image,
  command: words("The program, in place of the image's entrypoint. No shell interprets it."),
  args: words("Arguments, in place of the image's own."),
  ports: ports.optional().meta({
    description:
      "Ports the container listens on; a Service in front of them has the workload's name. They stay closed until access.inbound names a peer.",
  }),
  env: env.optional().meta({ description: "Environment variables." }),
  resources: resources
    .optional()
    .meta({ description: "Processor time and memory. Every container has requests and limits, declared or not." }),
  replicas: z.int().min(0).max(1_000).default(1).meta({
    description:
      "How many pods. An autoscaler sets it through the scale subresource of the SecureWorkload, never on the Deployment.",
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
);

/** CronJobs allow 52; the shortest bound of all kinds holds for every workload, so that a type can change later. */
const NAME = "^[a-z]([-a-z0-9]{0,50}[a-z0-9])?$";

export const secureWorkload = withRules(
  z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(SECURE_WORKLOAD.kind),
    metadata: z.looseObject({ name: z.string() }),
    spec: spec.meta({ description: "What the application needs." }),
    status: status
      .optional()
      .meta({ description: "What the operator saw and did. Written by the operator alone, and never read as a wish." }),
  }),
  {
    rule: `self.metadata.name.matches('${NAME}')`,
    message:
      "metadata.name must be at most 52 lower-case letters, digits and hyphens, starting with a letter: children are called after it",
    holds: ({ metadata }) => new RegExp(NAME).test(metadata.name),
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

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly string[] };

/** Judges raw JSON as the API server does. Each error names its field; none repeats a value. */
export function parseSecureWorkload(raw: unknown): Parsed<SecureWorkload> {
  const result = secureWorkload.safeParse(withoutStatus(raw));
  if (result.success) return { ok: true, value: result.data };
  return {
    ok: false,
    errors: result.error.issues.map(({ path, message }) =>
      path.length === 0 ? message : `${path.join(".")}: ${message}`,
    ),
  };
}

/** The status is ours to write and says nothing of what the workload wants. */
function withoutStatus(raw: unknown): unknown {
  if (typeof raw !== "object" || raw === null) return raw;
  const { status: _status, ...rest } = raw as Record<string, unknown>;
  return rest;
}
