/** The chart as Helm renders it. */
import type { KubeObject } from "kopf-ts";
import { CHART, type HelmVersion, helm, mustHelm } from "./helm.ts";
import { objectsOf } from "./yaml-files.ts";

export const NAMESPACE = "palisade-system";

/** The one value without a default. */
const IMAGE = { repository: "registry.example.com/platform/palisade" };

type Values = Readonly<Record<string, unknown>>;

export interface RenderOptions {
  readonly namespace?: string;
  readonly flags?: readonly string[];
}

/** As a cluster with the Prometheus operator's definitions. */
const MONITORED = ["ServiceMonitor", "PrometheusRule"].map((kind) => `--api-versions=monitoring.coreos.com/v1/${kind}`);

/** Sets of values that between them turn on and off whatever can be. */
export const VALUE_SETS: Readonly<Record<string, Values>> = {
  default: {},
  everything: {
    image: { digest: `sha256:${"0123456789abcdef".repeat(4)}`, pullPolicy: "Always" },
    imagePullSecrets: [{ name: "pull" }],
    replicas: 3,
    admissionKeeper: { replicas: 2 },
    audit: { enabled: true, schedule: "@weekly", failOn: "critical", output: "json", history: 2 },
    config: { shards: 2, tracing: { endpoint: "https://otel.example.com:4318/v1/traces", sampleRatio: 0.1 } },
    registries: { credentialsSecret: "registry-credentials", authoritiesConfigMap: "registry-authorities" },
    serviceAccount: { annotations: { "example.com/team": "platform" } },
    podDisruptionBudget: { minAvailable: 2 },
    priorityClassName: "system-cluster-critical",
    userNamespaces: true,
    nodeSelector: { "example.com/pool": "platform" },
    tolerations: [{ key: "example.com/pool", operator: "Equal", value: "platform", effect: "NoSchedule" }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/arch", operator: "In", values: ["amd64"] }] }],
        },
      },
    },
    podAnnotations: { "example.com/note": "ours" },
    podLabels: { "example.com/cost": "platform" },
    networkPolicy: {
      apiServer: { cidrs: ["192.0.2.10/32", "2001:db8::10/128"], ports: [6443] },
      registries: { cidrs: ["198.51.100.0/24"] },
      metricsFrom: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }],
    },
    serviceMonitor: { enabled: true, labels: { release: "prometheus" } },
    prometheusRule: { enabled: true, labels: { release: "prometheus" }, runbookUrl: "https://runbooks.example.com" },
    grafanaDashboard: { enabled: true },
  },
  least: {
    replicas: 1,
    aggregateRoles: false,
    crds: { keep: false },
    podDisruptionBudget: { enabled: false },
    networkPolicy: { enabled: false },
    affinity: { podAffinity: {} },
    topologySpreadConstraints: [],
    priorityClassName: "",
  },
  withoutDefinitions: { crds: { enabled: false } },
};

/** `image.repository` is set, unless `values` say otherwise. */
export const withImage = (values: Values): string =>
  JSON.stringify({ ...values, image: { ...IMAGE, ...(values["image"] as Values | undefined) } });

const argsOf = ({ namespace = NAMESPACE, flags = [] }: RenderOptions): readonly string[] => [
  "template",
  "palisade",
  CHART,
  "--namespace",
  namespace,
  "--values",
  "-",
  ...flags,
];

/** Every object, those of `helm test` among them. */
export async function renderChart(
  version: HelmVersion,
  values: Values,
  { flags = MONITORED, ...options }: RenderOptions = {},
): Promise<readonly KubeObject[]> {
  const text = await mustHelm(version, argsOf({ ...options, flags }), { input: withImage(values) });
  // Helm separates with lines that may leave a document empty.
  return objectsOf(text).filter((object) => object !== null);
}

/** What Helm says to values that are refused; throws when it takes them. */
export async function refusalOf(version: HelmVersion, values: Values, options: RenderOptions = {}): Promise<string> {
  const { code, stderr } = await helm(version, argsOf(options), { input: withImage(values) });
  if (code === 0) throw new Error(`Helm ${version} took ${JSON.stringify(values)}`);
  return stderr;
}

export function objectNamed(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`the chart renders no ${kind}/${name}`);
  return found;
}
