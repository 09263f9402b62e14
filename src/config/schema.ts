/** What an installation sets about the operator: a file of JSON, the chart's `config` value, and every flag that has the same name. */
import { z } from "zod";

const seconds = (least: number, most: number): z.ZodNumber => z.number().int().min(least).max(most);

const dnsName = z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "must be a Kubernetes name");

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

const leaderElection = z
  .strictObject({
    leaseSeconds: seconds(3, 300)
      .default(7)
      .describe("Time without a renewal after which another replica may lead: the longest handover, plus one retry."),
    renewSeconds: seconds(2, 299)
      .default(5)
      .describe(
        "How long a leader that cannot renew keeps working. Below leaseSeconds, so that it stops before another replica starts.",
      ),
    retrySeconds: seconds(1, 60).default(1).describe("Time between attempts to renew or to lead. Below renewSeconds."),
  })
  .refine(
    ({ leaseSeconds, renewSeconds, retrySeconds }) => retrySeconds < renewSeconds && renewSeconds < leaseSeconds,
    {
      message: "must satisfy retrySeconds < renewSeconds < leaseSeconds, so that a leader stops before another starts",
    },
  );

export const configSchema = z.strictObject({
  logLevel: z.enum(LOG_LEVELS).default("info").describe("The lowest level to log."),
  concurrency: z.number().int().min(1).max(128).default(16).describe("Number of workloads reconciled in parallel."),
  dnsService: z
    .strictObject({
      namespace: dnsName.default("kube-system").describe("Its namespace."),
      name: dnsName.default("kube-dns").describe("Its name."),
    })
    .prefault({})
    .describe(
      "The Service of the cluster's DNS, which every pod may query. If it does not exist, Palisade looks for openshift-dns/dns-default and for one with the label k8s-app=kube-dns in kube-system.",
    ),
  controlPlane: z
    .strictObject({
      users: z
        .array(z.string().min(1).max(253))
        .max(32)
        .default([])
        .describe(
          "Users who are the scheduler, the controllers of kube-controller-manager or a virtual kubelet here, where they have unusual names. `palisade check` and the condition ControlPlaneUnknown name them.",
        ),
    })
    .prefault({})
    .describe("What makes, schedules and runs the pods. Palisade finds out whether it knows it."),
  kedaAccount: z
    .strictObject({ namespace: dnsName.describe("Its namespace."), name: dnsName.describe("Its name.") })
    .optional()
    .describe("ServiceAccount of KEDA's operator, if it is not called keda-operator. Its namespace does not matter."),
  verifyTokens: z
    .boolean()
    .default(true)
    .describe(
      "Whether admission believes the name of a ServiceAccount, of Palisade's own, the control plane's and KEDA's, only with the id of its token, so that nobody passes for it by impersonation. Set it to false only where an authenticator in front of the API server leaves that id out: the condition ControlPlaneUnknown then names the accounts.",
    ),
  health: z
    .strictObject({
      port: z.number().int().min(0).max(65_535).default(8080).describe("Port of probes and metrics."),
      host: z
        .string()
        .default("0.0.0.0")
        .describe("Address to listen on; every IPv4 address by default, `::` for IPv6."),
    })
    .prefault({})
    .describe("Probes and metrics."),
  leaderElection: leaderElection.prefault({}).describe("How soon another replica takes over from a failed one."),
  shards: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe(
      "Number of shards that the replicas divide the namespaces into. With 1, one replica does all the work; use more for more than a few thousand workloads.",
    ),
  tracing: z
    .strictObject({
      endpoint: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe("OTLP/HTTP endpoint for traces, including `/v1/traces`. Tracing is off unless set."),
      sampleRatio: z.number().min(0).max(1).default(1).describe("Fraction of reconcile runs to trace."),
    })
    .prefault({})
    .describe("Traces of reconcile runs and their requests; off unless an endpoint is set."),
});

/** With every default filled in. */
export type OperatorConfig = z.output<typeof configSchema>;
/** As it is written down. */
export type OperatorConfigInput = z.input<typeof configSchema>;
