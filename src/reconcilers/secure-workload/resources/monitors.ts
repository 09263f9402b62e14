/**
 * How the monitoring stack finds the metrics (Prometheus Operator, monitoring.coreos.com/v1).
 *
 * What is scraped must not gain by it: no redirect leads the scraper elsewhere, no label of its own stands in for another's,
 * and one scrape is bounded. Credentials, relabelling and proxies are never set, so whatever sets them is drift.
 */
import type { KubeObject } from "../../../kopf/object.ts";
import type { PodSpec } from "../../../policies/index.ts";
import { child, type ExpandInput, selectorLabels, type WorkloadRef } from "./input.ts";
import { POD_MONITOR, SERVICE_MONITOR } from "./kinds.ts";

type Monitoring = NonNullable<ExpandInput["spec"]["monitoring"]>;
type Port = NonNullable<ExpandInput["spec"]["ports"]>[number];

const SAMPLE_LIMIT = 50_000;
const LABEL_LIMIT = 64;
const LONGEST_SCRAPE_SECONDS = 10;

/** Where the workload's Service answers on the port that is scraped. */
export function buildServiceMonitor({ workload, spec }: ExpandInput): KubeObject | undefined {
  const { monitoring } = spec;
  const port = scrapedPort(spec);
  if (monitoring === undefined || port === undefined) return undefined;
  return child(SERVICE_MONITOR, workload, workload.name, {
    spec: { ...selected(workload), endpoints: [endpoint(port.name, monitoring)] },
  });
}

/** Where no Service leads to it: the pods are scraped themselves. */
export function buildPodMonitor({ workload, spec }: ExpandInput): KubeObject | undefined {
  const { monitoring } = spec;
  if (monitoring === undefined || scrapedPort(spec) !== undefined) return undefined;
  return child(POD_MONITOR, workload, workload.name, {
    spec: { ...selected(workload), podMetricsEndpoints: [endpoint(podPortName(spec), monitoring)] },
  });
}

/** `pod` with the port that only the monitoring stack is meant to reach: a PodMonitor finds it by its name. */
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
 * The declared port that a Service leads to for scraping; undefined when the pods are scraped themselves: on a port that is
 * not declared, or of a StatefulSet, whose two Services would have each pod scraped twice.
 */
function scrapedPort({
  type,
  ports = [],
  monitoring,
}: Pick<ExpandInput["spec"], "type" | "ports" | "monitoring">): Port | undefined {
  return type === "StatefulSet" ? undefined : declaredPort({ ports, monitoring });
}

const declaredPort = ({
  ports = [],
  monitoring,
}: Pick<ExpandInput["spec"], "ports" | "monitoring">): Port | undefined =>
  ports.find(({ port, protocol }) => port === monitoring?.port && protocol === "TCP");

const isDeclared = (spec: ExpandInput["spec"]): boolean => declaredPort(spec) !== undefined;

const podPortName = (spec: ExpandInput["spec"]): string => declaredPort(spec)?.name ?? freeName(spec.ports ?? []);

/** `metrics`, or the first of `metrics-2`, `metrics-3` … that is no declared port's name. */
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
