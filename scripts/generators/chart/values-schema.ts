/**
 * Every value of the chart, with what it is unless set: the one source of `values.schema.json`, and what values.yaml is held to. Closed at every
 * level, so that a misspelled value is refused and not ignored. None weakens the security context of the chart's own pods. What each means,
 * values.yaml says.
 */
import { z } from "zod";
import { SEVERITIES } from "../../../src/audit/severity.ts";
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
    .default(""),
  tag: z
    .string()
    .regex(/^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$/)
    .default(""),
  digest: z
    .string()
    .regex(/^(sha256:[a-f0-9]{64})?$/)
    .default(""),
  pullPolicy: z.enum(["IfNotPresent", "Always", "Never"]).default("IfNotPresent"),
});

const podDisruptionBudget = z.strictObject({
  enabled: z.boolean().default(true),
  minAvailable: podCount.optional(),
  maxUnavailable: podCount.optional(),
});

const SPREAD = ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable: "ScheduleAnyway" as const,
}));

const networkPolicy = z.strictObject({
  enabled: z.boolean().default(true),
  apiServer: z
    .strictObject({ cidrs: z.array(cidr).default([]), ports: z.array(port).min(1).default([443, 6443]) })
    .prefault({}),
  dns: z
    .strictObject({
      cidrs: z.array(cidr).default(["169.254.20.10/32"]),
      ports: z.array(port).min(1).default([53, 5353]),
    })
    .prefault({}),
  registries: z
    .strictObject({ cidrs: z.array(cidr).default([]), ports: z.array(port).min(1).default([443]) })
    .prefault({}),
  metricsFrom: z.array(networkPeer).default([]),
  tracesTo: z
    .array(networkPeer)
    .min(1)
    .default([{ namespaceSelector: {} }]),
});

const serviceMonitor = z.strictObject({
  enabled: z.boolean().default(false),
  interval: duration.default("30s"),
  labels: labels.default({}),
});

const prometheusRule = z.strictObject({
  enabled: z.boolean().default(false),
  labels: labels.default({}),
  runbookUrl: z
    .string()
    .regex(/^(https?:\/\/.*[^/])?$/)
    .default(""),
});

const grafanaDashboard = z.strictObject({
  enabled: z.boolean().default(false),
  labels: labels.default({ grafana_dashboard: "1" }),
});

const audit = z.strictObject({
  enabled: z.boolean().default(false),
  schedule: z
    .string()
    .regex(/^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|\S+( \S+){4})$/)
    .default("23 3 * * *"),
  failOn: z.enum(SEVERITIES).default("high"),
  output: z.enum(["text", "json", "sarif", "junit", "openreports"]).default("text"),
  history: z.number().int().min(1).max(100).default(7),
  resources: resources(
    { cpu: "100m", memory: "256Mi", "ephemeral-storage": "16Mi" },
    { cpu: "2", memory: "1Gi", "ephemeral-storage": "64Mi" },
  ),
});

export const valuesSchema = z.strictObject({
  image: image.prefault({}),
  imagePullSecrets: z.array(z.strictObject({ name: objectName })).default([]),
  replicas: z.number().int().min(1).max(64).default(2),
  resources: resources(
    { cpu: "100m", memory: "384Mi", "ephemeral-storage": "64Mi" },
    { cpu: "2", memory: "1Gi", "ephemeral-storage": "256Mi" },
  ),
  admissionKeeper: z
    .strictObject({
      replicas: z.number().int().min(1).max(3).default(1),
      resources: resources(
        { cpu: "20m", memory: "96Mi", "ephemeral-storage": "16Mi" },
        { cpu: "500m", memory: "256Mi", "ephemeral-storage": "64Mi" },
      ),
    })
    .prefault({}),
  audit: audit.prefault({}),
  config: configSchema.prefault({}),
  registries: z
    .strictObject({ credentialsSecret: optionalName.default(""), authoritiesConfigMap: optionalName.default("") })
    .prefault({}),
  crds: z.strictObject({ enabled: z.boolean().default(true), keep: z.boolean().default(true) }).prefault({}),
  aggregateRoles: z.boolean().default(true),
  serviceAccount: z
    .strictObject({
      annotations: annotations.default({}),
    })
    .prefault({}),
  podDisruptionBudget: podDisruptionBudget.prefault({}),
  priorityClassName: optionalName.default("palisade-high"),
  userNamespaces: z.boolean().default(false),
  nodeSelector: labels.default({ "kubernetes.io/os": "linux" }),
  tolerations: z.array(toleration).default([]),
  affinity: affinity.default({}),
  topologySpreadConstraints: z.array(spreadConstraint).default(SPREAD),
  podAnnotations: annotations.default({}),
  podLabels: labels.default({}),
  networkPolicy: networkPolicy.prefault({}),
  serviceMonitor: serviceMonitor.prefault({}),
  prometheusRule: prometheusRule.prefault({}),
  grafanaDashboard: grafanaDashboard.prefault({}),
  global: z.record(z.string(), z.unknown()).optional().describe("Of a chart around this one. Not read."),
});

export type Values = z.output<typeof valuesSchema>;
