/** Every metric that a running operator has: those of an operator that is wired as in a pod, and never started. */

import { createOperator, createTransport } from "kopf-ts";
import { Registry } from "prom-client";
import { DEFAULT_INSTALLATION } from "../../src/installation.ts";
import { publishBuildInfo } from "../../src/observability/build-info.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { registerReconcilers } from "../../src/reconcilers/register.ts";

export interface MetricDescription {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly help: string;
  readonly labels: readonly string[];
}

/** By name. */
export function registeredMetrics(): readonly MetricDescription[] {
  return registryOfAll()
    .getMetricsAsArray()
    .map((metric) => {
      const { name, type, help, labelNames } = metric as unknown as Omit<MetricDescription, "labels"> & {
        readonly labelNames: readonly string[];
      };
      return { name, type, help, labels: labelNames };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function registryOfAll(): Registry {
  const registry = new Registry();
  publishBuildInfo(registry, "0.0.0");
  const connection = { server: "https://kubernetes.invalid", tls: () => ({}), authorization: async () => undefined };
  const operator = createOperator({ name: "palisade", transport: createTransport(connection, { registry }), registry });
  registerReconcilers(operator, {
    installation: DEFAULT_INSTALLATION,
    admission: ADMISSION_POLICIES,
    ownPod: DEFAULT_INSTALLATION,
    podSecurityVersion: "latest",
    dnsService: { namespace: "kube-system", name: "kube-dns" },
    concurrency: 1,
  });
  return registry;
}
