/**
 * Every value of the chart: the one source of `values.yaml`, `values.schema.json` and the chart's README. Closed at every level, so that a
 * misspelled value is refused and not ignored. None weakens the security context of the chart's own pods.
 */
import { z } from "zod";
import { configSchema } from "../../../src/config/schema.ts";
import {
  affinity,
  annotations,
  cidr,
  duration,
  labels,
  networkPeer,
  objectName,
  optionalName,
  podCount,
  port,
  resources,
  spreadConstraint,
  toleration,
} from "./kubernetes-values.ts";

const image = z.strictObject({
  repository: z
    .string()
    .regex(/^([a-z0-9]([a-z0-9._/:-]*[a-z0-9])?)?$/)
    .default("")
    .describe(
      "Where the image is, without tag or digest. It must be set: there is no public one. `make image` builds it, and any OCI tool pushes it.",
    ),
  tag: z
    .string()
    .regex(/^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$/)
    .default("")
    .describe("The chart's appVersion unless set. `latest` is refused: it is another program tomorrow."),
  digest: z
    .string()
    .regex(/^(sha256:[a-f0-9]{64})?$/)
    .default("")
    .describe("`sha256:…`, which wins over the tag: exactly this image runs."),
  pullPolicy: z.enum(["IfNotPresent", "Always", "Never"]).default("IfNotPresent").describe("When the node pulls it."),
});

const podDisruptionBudget = z.strictObject({
  enabled: z.boolean().default(true).describe("Whether drains wait for a replica to be ready elsewhere."),
  minAvailable: podCount
    .optional()
    .describe("How many stay, in place of maxUnavailable. Below replicas, or no node could ever be drained."),
  maxUnavailable: podCount
    .optional()
    .describe("How many may be gone at once; 1 unless this or minAvailable is set. Above 0."),
});

const SPREAD = ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable: "ScheduleAnyway" as const,
}));

const networkPolicy = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe("NetworkPolicies for the chart's own pods: nothing in but what is named here, and as little out."),
  apiServer: z
    .strictObject({
      cidrs: z
        .array(cidr)
        .default([])
        .describe(
          "Its addresses, as the nodes see them. Anywhere unless set: most network plugins judge a connection after the Service's address was translated, by addresses that this chart cannot know.",
        ),
      ports: z
        .array(port)
        .min(1)
        .default([443, 6443])
        .describe("Its ports: that of the Service, and that of the endpoints behind it."),
    })
    .prefault({})
    .describe("The way to the API server."),
  dns: z
    .strictObject({
      cidrs: z
        .array(cidr)
        .default(["169.254.20.10/32"])
        .describe(
          "Where DNS answers beside the pods of config.dnsService.namespace: the cache on each node (KEP-1024).",
        ),
      ports: z.array(port).min(1).default([53]).describe("Ports of DNS, UDP and TCP; as the pods listen."),
    })
    .prefault({})
    .describe("The way to DNS, which names of registries and of a trace collector need."),
  registries: z
    .strictObject({
      cidrs: z
        .array(cidr)
        .default([])
        .describe(
          "Their addresses, and those of their token services. None unless set; the ways of apiServer are open all the same.",
        ),
      ports: z.array(port).min(1).default([443]).describe("Their ports."),
    })
    .prefault({})
    .describe("The way to registries, where tags are asked for their digests."),
  metricsFrom: z
    .array(networkPeer)
    .default([])
    .describe(
      "Who may read metrics and probes over the network, as peers of a NetworkPolicy. Nobody unless set; the kubelet comes from the node.",
    ),
  tracesTo: z
    .array(networkPeer)
    .min(1)
    .default([{ namespaceSelector: {} }])
    .describe("Where the collector of config.tracing.endpoint is, as peers. Any pod of the cluster unless set."),
});

const serviceMonitor = z.strictObject({
  enabled: z.boolean().default(false).describe("A ServiceMonitor for the Prometheus operator."),
  interval: duration.default("30s").describe("How often metrics are read."),
  labels: labels.default({}).describe("Labels by which your Prometheus selects it."),
});

const prometheusRule = z.strictObject({
  enabled: z.boolean().default(false).describe("The alerts, as a PrometheusRule for the Prometheus operator."),
  labels: labels.default({}).describe("Labels by which your Prometheus selects it."),
  runbookUrl: z
    .string()
    .regex(/^(https?:\/\/.*[^/])?$/)
    .default("")
    .describe("Where you serve docs/runbooks, without a slash at the end. Alerts have no link unless set."),
});

const grafanaDashboard = z.strictObject({
  enabled: z.boolean().default(false).describe("A ConfigMap with the dashboard, for the sidecar of Grafana's chart."),
  labels: labels.default({ grafana_dashboard: "1" }).describe("Labels by which the sidecar selects it."),
});

export const valuesSchema = z.strictObject({
  image: image.prefault({}).describe("The one image of every process."),
  imagePullSecrets: z
    .array(z.strictObject({ name: objectName }))
    .default([])
    .describe("Secrets with which the nodes pull the image, where they have no credentials of their own."),
  replicas: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(2)
    .describe("Pods of the operator. One leads, or each leads its shards; the others take over within seconds."),
  resources: resources(
    { cpu: "100m", memory: "384Mi", "ephemeral-storage": "64Mi" },
    { cpu: "2", memory: "1Gi", "ephemeral-storage": "256Mi" },
  ).describe("Of the operator's container."),
  admissionKeeper: z
    .strictObject({
      replicas: z
        .number()
        .int()
        .min(1)
        .max(3)
        .default(1)
        .describe("Its pods. While none runs the policies stand, and nobody puts back one that is changed."),
      resources: resources(
        { cpu: "20m", memory: "96Mi", "ephemeral-storage": "16Mi" },
        { cpu: "500m", memory: "256Mi", "ephemeral-storage": "64Mi" },
      ).describe("Of its container."),
    })
    .prefault({})
    .describe("The process that keeps the admission policies, under an account that may do nothing else."),
  config: configSchema.prefault({}).describe("The operator's configuration, as its file."),
  registries: z
    .strictObject({
      credentialsSecret: optionalName
        .default("")
        .describe(
          "A Secret of the type kubernetes.io/dockerconfigjson in the release's namespace: the operator asks registries with it.",
        ),
      authoritiesConfigMap: optionalName
        .default("")
        .describe(
          "A ConfigMap in the release's namespace, with PEM under `ca.crt`: authorities of registries beside the system's.",
        ),
    })
    .prefault({})
    .describe("How registries are asked for digests."),
  crds: z
    .strictObject({
      enabled: z.boolean().default(true).describe("Whether the chart brings the definitions of its kinds."),
      keep: z
        .boolean()
        .default(true)
        .describe(
          "Whether they stay when the release is removed. Without them every SecureWorkload is gone, and all that it runs.",
        ),
    })
    .prefault({})
    .describe("The CustomResourceDefinitions."),
  aggregateRoles: z
    .boolean()
    .default(true)
    .describe("Whether the built-in roles view, edit and admin include palisade-view and palisade-edit."),
  serviceAccount: z
    .strictObject({
      annotations: annotations.default({}).describe("On the accounts of both processes."),
    })
    .prefault({})
    .describe(
      "The ServiceAccounts, palisade and palisade-admission. Their names are fixed: admission policies name them.",
    ),
  podDisruptionBudget: podDisruptionBudget
    .prefault({})
    .describe("Of the operator, and of the keeper when it has more than one replica."),
  priorityClassName: optionalName
    .default("palisade-high")
    .describe(
      "One of the chart's own classes, which throws no pod out. `system-cluster-critical` suits a cluster that allows it outside kube-system.",
    ),
  userNamespaces: z
    .boolean()
    .default(false)
    .describe(
      "Runs the chart's pods in user namespaces (`hostUsers: false`, KEP-127). For clusters all of whose nodes support it: any other node cannot start them.",
    ),
  nodeSelector: labels
    .default({ "kubernetes.io/os": "linux" })
    .describe("Labels of the nodes that the pods may run on."),
  tolerations: z.array(toleration).default([]).describe("Taints of nodes that the pods may run on all the same."),
  affinity: affinity
    .default({})
    .describe("In place of the chart's own, which prefers to have replicas on different nodes."),
  topologySpreadConstraints: z
    .array(spreadConstraint)
    .default(SPREAD)
    .describe("How replicas are spread. Without a labelSelector a constraint counts the pods of its own Deployment."),
  podAnnotations: annotations.default({}).describe("On every pod of the chart."),
  podLabels: labels.default({}).describe("On every pod of the chart, beside its own."),
  networkPolicy: networkPolicy
    .prefault({})
    .describe(
      "Who the chart's pods may talk to. Pods of workloads are always among them: the operator tries their closed ports.",
    ),
  serviceMonitor: serviceMonitor.prefault({}).describe("Metrics."),
  prometheusRule: prometheusRule.prefault({}).describe("Alerts."),
  grafanaDashboard: grafanaDashboard.prefault({}).describe("The dashboard."),
  global: z.record(z.string(), z.unknown()).optional().describe("Of a chart around this one. Not read."),
});

export type Values = z.output<typeof valuesSchema>;
