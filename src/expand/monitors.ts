/**
 * How the monitoring stack finds the metrics (Prometheus Operator, monitoring.coreos.com/v1).
 *
 * A scraped workload must gain nothing: redirects are not followed, its labels never override those of others, and each scrape is
 * bounded. Credentials, relabelling and proxies are never set, so setting them is drift.
 */
import type { KubeObject } from "kopf-ts";
import { POD_MONITOR, SERVICE_MONITOR } from "../kubernetes/kinds.ts";
import type { PodSpec } from "../policies/index.ts";
import { child, type ExpandInput, selectorLabels, type WorkloadRef } from "./input.ts";

type Monitoring = NonNullable<ExpandInput["spec"]["monitoring"]>;
type Port = NonNullable<ExpandInput["spec"]["ports"]>[number];

const SAMPLE_LIMIT = 50_000;
const LABEL_LIMIT = 64;
const LONGEST_SCRAPE_SECONDS = 10;

/** For a scraped port that the workload's Service serves. */
export function buildServiceMonitor({ workload, spec }: ExpandInput): KubeObject | undefined {
  const { monitoring } = spec;
  const port = scrapedPort(spec);
  if (monitoring === undefined || port === undefined) return undefined;
  return child(SERVICE_MONITOR, workload, workload.name, {
    spec: { ...selected(workload), endpoints: [endpoint(port.name, monitoring)] },
  });
}

/** For a scraped port that no Service serves: the pods are scraped directly. */
export function buildPodMonitor({ workload, spec }: ExpandInput): KubeObject | undefined {
  const { monitoring } = spec;
  if (monitoring === undefined || scrapedPort(spec) !== undefined) return undefined;
  return child(POD_MONITOR, workload, workload.name, {
    spec: { ...selected(workload), podMetricsEndpoints: [endpoint(podPortName(spec), monitoring)] },
  });
}

/** `pod` with the undeclared port that is scraped, by whose name a PodMonitor finds it. */
export function scrapable(pod: PodSpec, { workload, spec }: Pick<ExpandInput, "workload" | "spec">): PodSpec {
  const { monitoring, ports = [] } = spec;
  if (monitoring === undefined || isDeclared(spec)) return pod;
  const scraped = { name: freeName(ports), containerPort: monitoring.port, protocol: "TCP" };
  return {
    ...pod,
    containers: pod.containers.map((container) =>
      container.name === workload.name ? { ...container, ports: [...(container.ports ?? []), scraped] } : container,
    ),
  };
}

/**
 * The declared port to scrape through the Service; undefined where the pods are scraped directly: on an undeclared port, or where
 * several Services, two of a StatefulSet for example, would have each pod scraped more than once.
 */
function scrapedPort({
  type,
  ports = [],
  monitoring,
  serviceNames = [],
}: Pick<ExpandInput["spec"], "type" | "ports" | "monitoring" | "serviceNames">): Port | undefined {
  return type === "StatefulSet" || serviceNames.length > 0 ? undefined : declaredPort({ ports, monitoring });
}

const declaredPort = ({
  ports = [],
  monitoring,
}: Pick<ExpandInput["spec"], "ports" | "monitoring">): Port | undefined =>
  ports.find(({ port, protocol }) => port === monitoring?.port && protocol === "TCP");

const isDeclared = (spec: ExpandInput["spec"]): boolean => declaredPort(spec) !== undefined;

const podPortName = (spec: ExpandInput["spec"]): string => declaredPort(spec)?.name ?? freeName(spec.ports ?? []);

/** `metrics`, or the first of `metrics-2`, `metrics-3` … that no declared port has. */
function freeName(ports: readonly Port[]): string {
  const taken = new Set(ports.map(({ name }) => name));
  const candidates = ports.map((_, index) => `metrics-${index + 2}`);
  return ["metrics", ...candidates].find((name) => !taken.has(name)) ?? "metrics";
}

const selected = (workload: WorkloadRef) => ({
  selector: { matchLabels: selectorLabels(workload) },
  jobLabel: "app.kubernetes.io/name",
  sampleLimit: SAMPLE_LIMIT,
  labelLimit: LABEL_LIMIT,
});

const endpoint = (port: string, { path, intervalSeconds }: Monitoring) => ({
  port,
  path,
  interval: `${intervalSeconds}s`,
  scrapeTimeout: `${Math.min(LONGEST_SCRAPE_SECONDS, intervalSeconds)}s`,
  honorLabels: false,
  followRedirects: false,
});
