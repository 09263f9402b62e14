/** What the chart refuses, and what it says: the name of the value, and the way out. */
import { describe, expect, test } from "@jest/globals";
import { valuesSchema } from "../../scripts/generators/chart/values-schema.ts";
import { type RenderOptions, refusalOf } from "../support/chart.ts";
import { HELM_VERSIONS } from "../support/helm.ts";

const POD_SECURITY = ["securityContext", "podSecurityContext", "hostNetwork", "hostUsers", "containerSecurityContext"];

describe.each(HELM_VERSIONS)("Helm %p", (version) => {
  test.each([
    [{ replcas: 2 }, "replcas"],
    [{ replicas: 0 }, "/replicas"],
    [{ replicas: "2" }, "/replicas"],
    [{ image: { registry: "registry.example.com" } }, "registry"],
    [{ image: { digest: "sha256:abc" } }, "/image/digest"],
    [{ config: { logLvel: "info" } }, "logLvel"],
    [{ config: { concurrency: 1000 } }, "/config/concurrency"],
    [{ config: { leaderElection: { lease: 7 } } }, "lease"],
    [{ resources: { limits: { memory: null } } }, "memory"],
    [{ networkPolicy: { dns: null } }, "dns"],
    [{ resources: { limits: { "nvidia.com/gpu": 1 } } }, "nvidia.com/gpu"],
    [{ networkPolicy: { apiServer: { cidrs: ["192.0.2.1"] } } }, "/networkPolicy/apiServer/cidrs/0"],
    [{ tolerations: [{ keys: "a" }] }, "keys"],
    [{ podLabels: { a: 1 } }, "/podLabels/a"],
    ...POD_SECURITY.map((name) => [{ [name]: {} }, name] as const),
  ])(
    "the schema refuses %j by its name",
    async (values, name) => {
      const refusal = await refusalOf(version, values);
      expect(refusal).toContain("values don't meet the specifications of the schema");
      expect(refusal).toContain(name);
    },
    600_000,
  );

  test.each<[string, object, RenderOptions, string]>([
    ["no image", { image: { repository: "" } }, {}, "image.repository is not set.*make image.*--set image.repository="],
    ["a moving tag", { image: { tag: "latest" } }, {}, "image.tag is latest.*image.digest"],
    [
      "the namespace default",
      {},
      { namespace: "default" },
      "the namespace default is not.*--namespace palisade-system",
    ],
    ["a namespace of the cluster's", {}, { namespace: "kube-system" }, "the namespace kube-system is not"],
    [
      "a lease that cannot hold",
      { config: { leaderElection: { renewSeconds: 7 } } },
      {},
      "renewSeconds 7 and leaseSeconds 7.*retrySeconds < renewSeconds < leaseSeconds",
    ],
    [
      "more shards than replicas",
      { config: { shards: 4 } },
      {},
      "config.shards is 4 and replicas is 2.*set replicas to 4",
    ],
    ["no port for probes", { config: { health: { port: 0 } } }, {}, "config.health.port is 0.*8080"],
    [
      "probes on loopback",
      { config: { health: { host: "127.0.0.1" } } },
      {},
      "config.health.host is 127.0.0.1.*0.0.0.0",
    ],
    [
      "traces of nothing",
      { config: { tracing: { endpoint: "http://otel:4318/v1/traces", sampleRatio: 0 } } },
      {},
      "config.tracing.sampleRatio is 0.*above 0",
    ],
    [
      "a budget of all",
      { podDisruptionBudget: { minAvailable: 2 } },
      {},
      "minAvailable 2 keeps all of 2.*replicas to 3",
    ],
    ["a budget of most", { podDisruptionBudget: { minAvailable: "51%" } }, {}, "minAvailable 51% keeps all of 2"],
    ["a budget of none", { podDisruptionBudget: { maxUnavailable: "0%" } }, {}, "maxUnavailable is 0.*set it to 1"],
    [
      "two budgets",
      { podDisruptionBudget: { minAvailable: 1, maxUnavailable: 1 } },
      {},
      "both minAvailable and maxUnavailable.*leave one out",
    ],
    [
      "a monitor that nobody serves",
      { serviceMonitor: { enabled: true } },
      {},
      "serviceMonitor.enabled is true.*--api-versions monitoring.coreos.com/v1/ServiceMonitor",
    ],
    [
      "alerts that nobody serves",
      { prometheusRule: { enabled: true } },
      {},
      "prometheusRule.enabled is true.*monitoring.coreos.com/v1/PrometheusRule",
    ],
    [
      "a monitor that nobody lets in",
      { serviceMonitor: { enabled: true } },
      { flags: ["--api-versions=monitoring.coreos.com/v1/ServiceMonitor"] },
      "networkPolicy.metricsFrom lets nobody in.*name your Prometheus",
    ],
    ["an old Kubernetes", {}, { flags: ["--kube-version=1.30.9"] }, "requires kubeVersion: >=1.31.0-0"],
  ])(
    "refuses %s with the way out",
    async (_what, values, options, text) => {
      expect(await refusalOf(version, { ...values }, options)).toMatch(new RegExp(text));
    },
    600_000,
  );
});

test("the schema's own defaults meet it", () => {
  expect(valuesSchema.safeParse(valuesSchema.parse({})).success).toBe(true);
});
