/** What an installation sets about the operator: a file of JSON, the chart's `config` value, and every flag that has the same name. */
import { z } from "zod";

const seconds = (least: number, most: number): z.ZodNumber => z.number().int().min(least).max(most);

const dnsName = z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "must be a name of Kubernetes");

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

const leaderElection = z
  .strictObject({
    leaseSeconds: seconds(3, 300)
      .default(7)
      .describe(
        "How long a leader that says nothing more is waited for: what a handover takes at most, beside one retry.",
      ),
    renewSeconds: seconds(2, 299)
      .default(5)
      .describe(
        "How long a leader that cannot renew goes on. Below leaseSeconds, so that it stops before another may start.",
      ),
    retrySeconds: seconds(1, 60)
      .default(1)
      .describe("Time between two tries to renew, or to lead. Below renewSeconds."),
  })
  .refine(
    ({ leaseSeconds, renewSeconds, retrySeconds }) => retrySeconds < renewSeconds && renewSeconds < leaseSeconds,
    {
      message: "must be retrySeconds < renewSeconds < leaseSeconds, so that a leader stops before another may start",
    },
  );

export const configSchema = z.strictObject({
  logLevel: z.enum(LOG_LEVELS).default("info").describe("The least severe level that is logged."),
  concurrency: z.number().int().min(1).max(128).default(16).describe("Workloads reconciled at once."),
  dnsService: z
    .strictObject({
      namespace: dnsName.default("kube-system").describe("Its namespace."),
      name: dnsName.default("kube-dns").describe("Its name."),
    })
    .prefault({})
    .describe("The Service of the cluster's DNS, the one way that is open to every pod."),
  health: z
    .strictObject({
      port: z.number().int().min(0).max(65_535).default(8080).describe("Where probes and metrics are served."),
      host: z.string().default("0.0.0.0").describe("On which address; every IPv4 address unless set, `::` for IPv6."),
    })
    .prefault({})
    .describe("Probes and metrics."),
  leaderElection: leaderElection.prefault({}).describe("How soon another replica takes over from one that is gone."),
  shards: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe(
      "Into how many parts the namespaces are divided among the replicas. One replica does everything with 1; more than a few thousand workloads are worth more.",
    ),
  tracing: z
    .strictObject({
      endpoint: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe("Where traces are sent, by OTLP over HTTP, `/v1/traces` included. None are made unless set."),
      sampleRatio: z.number().min(0).max(1).default(1).describe("Which part of the passes is traced."),
    })
    .prefault({})
    .describe("Traces of passes and their requests; off unless an endpoint is set."),
});

/** With every default filled in. */
export type OperatorConfig = z.output<typeof configSchema>;
/** As it is written down. */
export type OperatorConfigInput = z.input<typeof configSchema>;
