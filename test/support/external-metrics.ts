/**
 * A metrics API for the autoscaler of a real controller-manager (external.metrics.k8s.io): the API server forwards to it as
 * to any aggregated API, and it answers with the number the test sets.
 */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TestCluster } from "../cluster/index.ts";
import { kubectl } from "./cluster.ts";

const GROUP = "external.metrics.k8s.io";
const VERSION = `${GROUP}/v1beta1`;
const SERVICE = { name: "external-metrics", namespace: "kube-system" };

export interface ExternalMetrics {
  /** What every metric is from now on. */
  value: number;
  stop(): Promise<void>;
}

/** Needs a cluster of one's own: there is one such API in a cluster. */
export async function serveExternalMetrics(cluster: TestCluster): Promise<ExternalMetrics> {
  const certificates = join(cluster.description?.folder ?? "", "certs");
  const tls = {
    cert: readFileSync(join(certificates, "apiserver.crt")),
    key: readFileSync(join(certificates, "apiserver.key")),
  };
  const metrics = { value: 0 };
  const server = createServer(tls, ({ url = "" }, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answerTo(url, metrics.value)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await register(cluster, (server.address() as AddressInfo).port);
  return Object.assign(metrics, { stop: () => close(server) });
}

function answerTo(url: string, value: number): object {
  const name = /\/namespaces\/[^/]+\/([^/?]+)/.exec(url)?.[1];
  if (name === undefined) return { kind: "APIResourceList", apiVersion: "v1", groupVersion: VERSION, resources: [] };
  const item = { metricName: name, metricLabels: {}, timestamp: new Date().toISOString(), value: String(value) };
  return { kind: "ExternalMetricValueList", apiVersion: VERSION, metadata: {}, items: [item] };
}

async function register(cluster: TestCluster, port: number): Promise<void> {
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: SERVICE,
    spec: { type: "ExternalName", externalName: "localhost", ports: [{ port }] },
  };
  const spec = { group: GROUP, version: "v1beta1", groupPriorityMinimum: 100, versionPriority: 100 };
  const api = {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: `v1beta1.${GROUP}` },
    spec: { ...spec, insecureSkipTLSVerify: true, service: { ...SERVICE, port } },
  };
  for (const input of [service, api]) await kubectl(cluster, ["apply", "-f", "-"], { input });
  await kubectl(cluster, ["wait", "--for=condition=Available", `apiservice/v1beta1.${GROUP}`, "--timeout=30s"]);
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
